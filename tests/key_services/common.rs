//! What all key services are asked in the same way.
#![allow(dead_code, reason = "no service needs all of it")]

use std::future::Future;

use confidant::seal::{
    DataKey, KeyProvider, KeyVersion, RewrapRequest, UnwrapRequest, WrapContext, WrapRequest,
    WrappedKey,
};
use confidant::secret::Secret;
use confidant::{Error, ErrorKind};

pub(super) fn run<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(future)
}

pub(super) fn key(byte: u8) -> DataKey {
    Secret::fill(|key: &mut [u8; 32]| key.fill(byte))
}

pub(super) const DIGEST: [u8; 32] = [0xd1; 32];

pub(super) fn context() -> WrapContext<'static> {
    WrapContext::new("acme", &DIGEST)
}

pub(super) fn wrap(provider: &dyn KeyProvider, key: &DataKey) -> Result<WrappedKey, Error> {
    let context = context();
    one(run(provider.wrap(&[WrapRequest { key, context }])))
}

pub(super) fn unwrap(provider: &dyn KeyProvider, wrapped: &WrappedKey) -> Result<DataKey, Error> {
    let context = context();
    one(run(provider.unwrap(&[UnwrapRequest { wrapped, context }])))
}

pub(super) fn rewrap(
    provider: &dyn KeyProvider,
    wrapped: &WrappedKey,
    version: Option<&KeyVersion>,
) -> Result<WrappedKey, Error> {
    let context = context();
    one(run(provider.rewrap(&[RewrapRequest {
        wrapped,
        context,
        version,
    }])))
}

fn one<T>(results: Vec<Result<T, Error>>) -> Result<T, Error> {
    let Ok([result]) = <[_; 1]>::try_from(results) else {
        panic!("a batch of one has one result");
    };
    result
}

/// The kind of what went wrong, and whether to try again.
pub(super) fn failed<T>(result: Result<T, Error>) -> (ErrorKind, bool) {
    let Err(error) = result else {
        panic!("it did not fail");
    };
    (error.kind(), error.is_retryable())
}

/// Keys that differ, under contexts that differ, in one batch and back.
pub(super) fn batch(provider: &dyn KeyProvider, items: u8) {
    let keys: Vec<_> = (0..items).map(key).collect();
    let digests: Vec<_> = (0..items).map(|item| [item; 32]).collect();
    let context = |item: usize| WrapContext::new("acme", &digests[item]);
    let requests: Vec<_> = (0..keys.len())
        .map(|item| WrapRequest {
            key: &keys[item],
            context: context(item),
        })
        .collect();
    let wrapped = run(provider.wrap(&requests));
    assert_eq!(wrapped.len(), keys.len());
    let wrapped: Vec<_> = wrapped.into_iter().map(Result::unwrap).collect();

    let requests: Vec<_> = (0..keys.len())
        .map(|item| RewrapRequest {
            wrapped: &wrapped[item],
            context: context(item),
            version: None,
        })
        .collect();
    let again = run(provider.rewrap(&requests));
    assert_eq!(again.len(), keys.len());
    let again: Vec<_> = again.into_iter().map(Result::unwrap).collect();

    for wrapped in [&wrapped, &again] {
        let requests: Vec<_> = (0..keys.len())
            .map(|item| UnwrapRequest {
                wrapped: &wrapped[item],
                context: context(item),
            })
            .collect();
        let opened = run(provider.unwrap(&requests));
        assert_eq!(opened.len(), keys.len());
        for (opened, key) in opened.iter().zip(&keys) {
            let opened = opened.as_ref().unwrap();
            assert_eq!(opened.expose_secret(), key.expose_secret());
        }
    }
    assert!(run(provider.wrap(&[])).is_empty());
    assert!(run(provider.unwrap(&[])).is_empty());
    assert!(run(provider.rewrap(&[])).is_empty());
}

/// A wrapped key opens as it is and for its context, and in no other way.
pub(super) fn altered(provider: &dyn KeyProvider) {
    let wrapped = wrap(provider, &key(7)).unwrap();
    let version = wrapped.version().clone();
    let bytes = wrapped.bytes();
    for at in [0, bytes.len() / 2, bytes.len() - 1] {
        let mut bytes = bytes.to_vec();
        // Also a letter of base 64 stays one.
        bytes[at] = if bytes[at] == b'x' { b'y' } else { b'x' };
        let other = WrappedKey::new(version.clone(), &bytes).unwrap();
        assert_eq!(
            failed(unwrap(provider, &other)),
            (ErrorKind::Open, false),
            "at {at}"
        );
        assert_eq!(
            failed(rewrap(provider, &other, None)),
            (ErrorKind::Open, false)
        );
    }
    for other in ["7", "nonsense", "-1", &"e".repeat(32)] {
        let other = WrappedKey::new(KeyVersion::new(other).unwrap(), bytes).unwrap();
        let (kind, _) = failed(unwrap(provider, &other));
        assert!(matches!(kind, ErrorKind::Open | ErrorKind::Refused));
    }
    if provider.capabilities().binds_context {
        let mut other = DIGEST;
        other[31] ^= 1;
        let context = WrapContext::new("acme", &other);
        let wrapped = &wrapped;
        let opened = run(provider.unwrap(&[UnwrapRequest { wrapped, context }]));
        assert_eq!(failed(one(opened)), (ErrorKind::Open, false));
        let request = RewrapRequest {
            wrapped,
            context,
            version: None,
        };
        let again = run(provider.rewrap(&[request]));
        assert_eq!(failed(one(again)), (ErrorKind::Open, false));
    }
}
