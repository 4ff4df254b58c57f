//! Many values at once: one question to each provider.

use std::fmt;

use super::cache::Cache;
use super::{Keyring, counted, wrapped_key};
use crate::Error;
use crate::seal::envelope::Parts;
use crate::seal::local::fresh_keys;
use crate::seal::observer::Failure;
use crate::seal::payload;
use crate::seal::{
    Context, DataKey, Envelope, KeyProvider, KeyVersion, RewrapRequest, SealOperation, Stage,
    UnwrapRequest, WrapRequest, WrappedKey,
};
use crate::secret::Secret;

/// One value to seal.
#[derive(Clone, Copy)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a request has exactly these parts"
)]
pub struct SealRequest<'a> {
    /// The value.
    pub plaintext: &'a [u8],
    /// What it is to be bound to.
    pub context: &'a Context,
}

impl fmt::Debug for SealRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealRequest")
            .field("len", &self.plaintext.len())
            .field("context", self.context)
            .finish_non_exhaustive()
    }
}

/// One envelope to open, or to wrap anew.
#[derive(Clone, Copy)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a request has exactly these parts"
)]
pub struct OpenRequest<'a> {
    /// The envelope.
    pub envelope: &'a [u8],
    /// What it was bound to.
    pub context: &'a Context,
}

impl fmt::Debug for OpenRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenRequest")
            .field("len", &self.envelope.len())
            .field("context", self.context)
            .finish_non_exhaustive()
    }
}

impl Keyring {
    /// Seals many values; every one has a data key and an answer of its own, in
    /// the order in which they are given.
    ///
    /// # Errors
    /// Those of [`seal`](Self::seal), item by item.
    pub async fn seal_many(&self, items: &[SealRequest<'_>]) -> Vec<Result<Envelope, Error>> {
        let sealed = self.try_seal_many(items).await;
        let pairs = items.iter().zip(sealed);
        let answer = |(item, sealed): (&SealRequest<'_>, Result<Envelope, Failure>)| {
            let envelope = sealed.as_ref().map(Envelope::as_bytes).unwrap_or_default();
            self.note(SealOperation::Seal, envelope, item.context, false, &sealed);
            Ok(sealed?)
        };
        pairs.map(answer).collect()
    }

    async fn try_seal_many(&self, items: &[SealRequest<'_>]) -> Vec<Result<Envelope, Failure>> {
        let keys = match fresh_keys(items.len()) {
            Ok(keys) => keys,
            Err(error) => return for_all(items.len(), error),
        };
        let mut answers: Vec<_> = items
            .iter()
            .map(|item| payload::check_len(item.plaintext).map_err(Failure::from))
            .collect();
        let good: Vec<_> = answers.iter().map(Result::is_ok).collect();
        let pairs = items
            .iter()
            .zip(&keys)
            .zip(&good)
            .filter(|(_, good)| **good);
        let requests: Vec<_> = pairs
            .map(|((item, key), _)| WrapRequest {
                key,
                context: item.context.for_wrap(),
            })
            .collect();
        let wrapped = ask(requests.len(), self.wrap(&requests)).await;
        let mut wrapped = wrapped.into_iter();
        let finish =
            |((item, key), answer): ((&SealRequest<'_>, &DataKey), Result<(), Failure>)| {
                answer?;
                let wrapped = wrapped.next().unwrap_or_else(|| Err(super::miscounted()))?;
                Ok(self.envelope(&wrapped, key, item.plaintext, item.context)?)
            };
        let pairs = items.iter().zip(&keys).zip(answers.drain(..));
        pairs.map(finish).collect()
    }

    /// Opens many envelopes; every one has an answer of its own, in the order in
    /// which they are given.
    ///
    /// # Errors
    /// Those of [`open`](Self::open), item by item.
    pub async fn open_many(&self, items: &[OpenRequest<'_>]) -> Vec<Result<Secret<[u8]>, Error>> {
        let mut opened: Vec<Option<Opened>> = Vec::new();
        let mut missing = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let hit = self.inner.cache.as_ref().and_then(|cache| {
                let parts = Parts::parse(item.envelope)?;
                // Retired keys are refused whether they are cached or not.
                self.provider(&parts).ok()?;
                let key = cache.hit(&parts, item.context.digest())?;
                Some(payload::open(&key, item.context.digest(), parts.body))
            });
            if hit.is_none() {
                missing.push((at, *item));
            }
            opened.push(hit.map(|opened| (true, opened.map_err(Failure::from))));
        }
        let wanted: Vec<_> = missing.iter().map(|(_, item)| *item).collect();
        let generation = self.inner.cache.as_ref().map(Cache::generation);
        let keys = self.unwrap_many(&wanted).await;
        for ((at, item), key) in missing.into_iter().zip(keys) {
            let result = key.and_then(|key| {
                let parts = Parts::parse(item.envelope).ok_or(Stage::Format)?;
                let opened = payload::open(&key, item.context.digest(), parts.body);
                if let (Some(cache), Some(generation)) = (&self.inner.cache, generation) {
                    cache.keep(&parts, item.context.digest(), key, generation);
                }
                Ok(opened?)
            });
            if let Some(place) = opened.get_mut(at) {
                *place = Some((false, result));
            }
        }
        let finish = |(item, opened): (&OpenRequest<'_>, Option<_>)| {
            let (cached, opened) = opened.unwrap_or((false, Err(Stage::Format.into())));
            let operation = SealOperation::Open;
            self.note(operation, item.envelope, item.context, cached, &opened);
            Ok(opened?)
        };
        items.iter().zip(opened).map(finish).collect()
    }

    /// Unwraps the data keys of many envelopes, with one question to each of
    /// the providers that they name.
    async fn unwrap_many(&self, items: &[OpenRequest<'_>]) -> Vec<Result<DataKey, Failure>> {
        let mut answers: Vec<Option<Result<DataKey, Failure>>> = Vec::new();
        let mut groups: Vec<Group<'_>> = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let place = self.place(item).map(|(provider, wrapped)| {
                let known = |group: &&mut Group<'_>| group.provider.id() == provider.id();
                match groups.iter_mut().find(known) {
                    Some(group) => group.items.push((at, item.context, wrapped)),
                    None => groups.push(Group {
                        provider,
                        items: vec![(at, item.context, wrapped)],
                    }),
                }
            });
            answers.push(place.err().map(|stage| Err(stage.into())));
        }
        for group in groups {
            let requests = group
                .items
                .iter()
                .map(|(_, context, wrapped)| UnwrapRequest {
                    wrapped,
                    context: context.for_wrap(),
                });
            let requests: Vec<_> = requests.collect();
            let unwrapped = ask(requests.len(), group.provider.unwrap(&requests)).await;
            for ((at, ..), key) in group.items.iter().zip(unwrapped) {
                if let Some(place) = answers.get_mut(*at) {
                    *place = Some(key.map_err(Failure::of_provider));
                }
            }
        }
        let missing = || Err(super::miscounted().into());
        answers
            .into_iter()
            .map(|answer| answer.unwrap_or_else(missing))
            .collect()
    }

    fn place(&self, item: &OpenRequest<'_>) -> Result<(&dyn KeyProvider, WrappedKey), Stage> {
        let parts = Parts::parse(item.envelope).ok_or(Stage::Format)?;
        Ok((self.provider(&parts)?, wrapped_key(&parts)?))
    }

    /// Wraps the data key of an envelope anew, under `version` of the sealing
    /// key or under its current one. The payload stays as it is.
    ///
    /// # Errors
    /// Those of [`open`](Self::open), and those of the provider where it cannot
    /// wrap under that version.
    ///
    /// # Security
    /// Where the data key comes into this process, which it does unless the provider
    /// [re-wraps at its service](crate::seal::KeyServiceCapabilities::rewraps_at_service), the
    /// envelope's commitment is checked, so that nothing is re-wrapped whose wrapped
    /// key belongs to another payload or context. A service that re-wraps by itself
    /// checks the context where it binds it, and nobody checks the payload. That the
    /// ciphertext was not changed shows only when the envelope is opened.
    ///
    /// A new wrap does not help where a data key has leaked: see
    /// [`rekey`](Self::rekey). Old copies of the envelope still open with the old
    /// key-encryption key, until that is destroyed.
    pub async fn rewrap(
        &self,
        envelope: &[u8],
        context: &Context,
        version: Option<&KeyVersion>,
    ) -> Result<Envelope, Error> {
        let item = OpenRequest { envelope, context };
        let mut answers = self.rewrap_many(&[item], version).await;
        answers.pop().unwrap_or_else(|| Err(super::miscounted()))
    }

    /// Wraps the data keys of many envelopes anew; every one has an answer of
    /// its own, in the order in which they are given.
    ///
    /// # Errors
    /// Those of [`rewrap`](Self::rewrap), item by item.
    pub async fn rewrap_many(
        &self,
        items: &[OpenRequest<'_>],
        version: Option<&KeyVersion>,
    ) -> Vec<Result<Envelope, Error>> {
        let wrapped = self.try_rewrap_many(items, version).await;
        let finish = |(item, wrapped): (&OpenRequest<'_>, Result<WrappedKey, Failure>)| {
            let wrapped = wrapped.and_then(|wrapped| self.replace(item.envelope, &wrapped));
            let operation = SealOperation::Rewrap;
            self.note(operation, item.envelope, item.context, false, &wrapped);
            Ok(wrapped?)
        };
        items.iter().zip(wrapped).map(finish).collect()
    }

    /// The envelope with another wrapped key in front.
    fn replace(&self, envelope: &[u8], wrapped: &WrappedKey) -> Result<Envelope, Failure> {
        let body = Parts::parse(envelope).ok_or(Stage::Format)?.body;
        let version = wrapped.version().as_str();
        let bytes = wrapped.bytes();
        let assembled = Envelope::assemble(self.key_id(), version, bytes, body.len(), |out| {
            out.extend_from_slice(body);
            Ok(())
        });
        Ok(assembled?)
    }

    /// The wrapped key of an envelope whose payload was sealed under `key`.
    fn checked(&self, item: &OpenRequest<'_>, key: &DataKey) -> Result<WrappedKey, Stage> {
        let parts = Parts::parse(item.envelope).ok_or(Stage::Format)?;
        payload::check(key, item.context.digest(), parts.body)?;
        wrapped_key(&parts)
    }

    async fn try_rewrap_many(
        &self,
        items: &[OpenRequest<'_>],
        version: Option<&KeyVersion>,
    ) -> Vec<Result<WrappedKey, Failure>> {
        // Those of the sealing key go to its service as they are; the others are
        // unwrapped first, and what they open is checked.
        let at_service = self.inner.sealing.capabilities().rewraps_at_service;
        let is_own = |item: &OpenRequest<'_>| {
            let parts = Parts::parse(item.envelope);
            parts.is_some_and(|parts| parts.key_id == self.key_id().as_str())
        };
        let own = |item: &OpenRequest<'_>| at_service && is_own(item);
        let (own, others): (Vec<_>, Vec<_>) = items
            .iter()
            .copied()
            .enumerate()
            .partition(|(_, item)| own(item));
        let mut answers: Vec<Option<Result<WrappedKey, Failure>>> = Vec::new();
        answers.resize_with(items.len(), || None);
        let mut answer = |at: usize, with| {
            if let Some(place) = answers.get_mut(at) {
                *place = Some(with);
            }
        };

        let mut wrapped = Vec::new();
        for (at, item) in own {
            match self.place(&item) {
                Ok((_, key)) => wrapped.push((at, key, item.context)),
                Err(stage) => answer(at, Err(stage.into())),
            }
        }
        let foreign: Vec<_> = others.iter().map(|(_, item)| *item).collect();
        let keys = self.unwrap_many(&foreign).await;
        let mut unwrapped = Vec::new();
        for ((at, item), key) in others.into_iter().zip(keys) {
            match key.and_then(|key| Ok((self.checked(&item, &key)?, key))) {
                // Wrapping is under the current version; for another one, the provider
                // wraps the key that it knows.
                Ok((wrapped_key, _)) if version.is_some() && is_own(&item) => {
                    wrapped.push((at, wrapped_key, item.context));
                }
                Ok((_, key)) => unwrapped.push((at, key, item.context)),
                Err(failure) => answer(at, Err(failure)),
            }
        }
        let requests: Vec<_> = unwrapped
            .iter()
            .map(|(_, key, context)| WrapRequest {
                key,
                context: context.for_wrap(),
            })
            .collect();
        let fresh = ask(requests.len(), self.wrap(&requests)).await;
        for ((at, _, context), fresh) in unwrapped.iter().zip(fresh) {
            match fresh {
                // Wrapping is under the current version; another one is a step more.
                Ok(key) if version.is_some_and(|version| version != key.version()) => {
                    wrapped.push((*at, key, context));
                }
                fresh => answer(*at, fresh.map_err(Failure::from)),
            }
        }
        let requests: Vec<_> = wrapped
            .iter()
            .map(|(_, wrapped, context)| RewrapRequest {
                wrapped,
                context: context.for_wrap(),
                version,
            })
            .collect();
        let fresh = ask(requests.len(), self.wrap_anew(&requests)).await;
        for ((at, ..), fresh) in wrapped.iter().zip(fresh) {
            answer(*at, fresh.map_err(Failure::of_provider));
        }
        let missing = || Err(super::miscounted().into());
        answers
            .into_iter()
            .map(|answer| answer.unwrap_or_else(missing))
            .collect()
    }
}

/// Whether the cache had the data key, and what came out.
type Opened = (bool, Result<Secret<[u8]>, Failure>);

/// The wrapped keys of one provider, with their places among all items.
struct Group<'a> {
    provider: &'a dyn KeyProvider,
    items: Vec<(usize, &'a Context, WrappedKey)>,
}

/// Asks a provider, unless there is nothing to ask.
async fn ask<T>(
    questions: usize,
    asked: impl Future<Output = Vec<Result<T, Error>>>,
) -> Vec<Result<T, Error>> {
    if questions == 0 {
        return Vec::new();
    }
    let miscounted = || (0..questions).map(|_| Err(super::miscounted())).collect();
    counted(asked.await, questions).unwrap_or_else(|_| miscounted())
}

/// One failure, told to all.
fn for_all<T>(count: usize, error: Error) -> Vec<Result<T, Failure>> {
    let kind = error.kind();
    let retry = error.is_retryable();
    let again = move || {
        let again = Error::message(kind, "the system gives no random numbers");
        if retry { again.retry() } else { again }
    };
    let mut answers: Vec<_> = (1..count).map(|_| Err(again().into())).collect();
    if count > 0 {
        answers.push(Err(error.into()));
    }
    answers
}
