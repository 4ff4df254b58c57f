//! A check that a key provider keeps its contract.

use subtle::ConstantTimeEq;

use crate::random::random;
use crate::seal::key_provider::{
    DataKey, KeyProvider, RewrapRequest, UnwrapRequest, WrapContext, WrapRequest, WrappedKey,
};
use crate::seal::local::fresh_key;
use crate::{Error, ErrorKind};

/// Wraps, unwraps and re-wraps a random data key, and sees whether another context
/// is refused where the provider says that its service binds it.
///
/// It is for the start of a program and for tests of one's own providers. It finds
/// a key that may wrap but not unwrap, and a service that takes a context and does
/// not look at it, before data depends on them.
///
/// # Errors
/// The error of the provider, and [`Integrity`](ErrorKind::Integrity) where it gave
/// back another key or opened a key of another context.
///
/// # Example
/// ```no_run
/// # async fn start(provider: &dyn confidant::seal::KeyProvider) -> Result<(), confidant::Error> {
/// confidant::seal::check_provider(provider).await?;
/// # Ok(())
/// # }
/// ```
pub async fn check_provider(provider: &dyn KeyProvider) -> Result<(), Error> {
    let key = fresh_key()?;
    let mut digests = [[0; 32]; 2];
    random(digests.as_flattened_mut())?;
    let [digest, other] = &digests;
    let context = WrapContext::new("confidant-check", digest);

    let wrapped = one(provider.wrap(&[WrapRequest { key: &key, context }]).await)?;
    same(&unwrap(provider, &wrapped, context).await?, &key)?;
    let request = RewrapRequest {
        wrapped: &wrapped,
        context,
        version: None,
    };
    let rewrapped = one(provider.rewrap(&[request]).await)?;
    same(&unwrap(provider, &rewrapped, context).await?, &key)?;

    if !provider.capabilities().binds_context {
        return Ok(());
    }
    let context = WrapContext::new(context.tenant, other);
    match unwrap(provider, &rewrapped, context).await {
        Err(error) if error.kind() == ErrorKind::Open => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Err(broken("key service opened a key of another context")),
    }
}

async fn unwrap(
    provider: &dyn KeyProvider,
    wrapped: &WrappedKey,
    context: WrapContext<'_>,
) -> Result<DataKey, Error> {
    one(provider.unwrap(&[UnwrapRequest { wrapped, context }]).await)
}

/// The one result of a batch of one.
fn one<T>(mut results: Vec<Result<T, Error>>) -> Result<T, Error> {
    match results.pop() {
        Some(result) if results.is_empty() => result,
        _ => Err(broken("key provider gave no result or too many")),
    }
}

fn same(opened: &DataKey, key: &DataKey) -> Result<(), Error> {
    let equal = opened.expose_secret().ct_eq(key.expose_secret());
    if bool::from(equal) {
        return Ok(());
    }
    Err(broken("key provider gave back another key"))
}

fn broken(what: &'static str) -> Error {
    Error::message(ErrorKind::Integrity, what)
}
