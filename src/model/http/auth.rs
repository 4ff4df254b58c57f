//! Keys of providers.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use zeroize::Zeroizing;

use crate::Error;
use crate::model::CredentialOwner;
use crate::pointer::for_pointers;
use crate::secret::Secret;

/// A key for a provider, and whose contract it stands for.
///
/// Nothing reads a key from the environment.
///
/// # Example
/// ```
/// use confidant::model::{ApiKey, CredentialOwner};
/// use confidant::secret::Secret;
///
/// let key = ApiKey::new(CredentialOwner::Platform, Secret::from("sk-1".to_owned()));
/// assert_eq!(format!("{key:?}"), "ApiKey(Platform)");
/// ```
#[derive(Clone)]
pub struct ApiKey {
    owner: CredentialOwner,
    source: Source,
}

#[derive(Clone)]
enum Source {
    Fixed(Arc<Secret<String>>),
    Dynamic(Arc<dyn KeySource>),
    Missing,
}

/// Where keys come from that change by themselves, such as tokens of Entra.
///
/// It is asked before every attempt, within the call and on its thread, by as many calls at
/// once as there are. Keep a key that is still good, since nothing here does. The time that
/// it takes counts against the limit of the call.
#[async_trait]
pub trait KeySource: Send + Sync {
    /// Returns a key that is good for the next call.
    ///
    /// # Errors
    /// Any reason why there is no key. The attempt is then not made, and the call fails without
    /// another one.
    async fn key(&self) -> Result<Secret<String>, Error>;
}

for_pointers! {
    #[async_trait]
    impl KeySource {
        async fn key(&self) -> Result<Secret<String>, Error> {
            (**self).key().await
        }
    }
}

impl ApiKey {
    /// Returns a key that stays the same.
    #[must_use]
    pub fn new(owner: CredentialOwner, key: Secret<String>) -> Self {
        Self {
            owner,
            source: Source::Fixed(Arc::new(key)),
        }
    }

    /// Returns a key that is asked for before every attempt.
    #[must_use]
    pub fn from_source(owner: CredentialOwner, source: Arc<dyn KeySource>) -> Self {
        Self {
            owner,
            source: Source::Dynamic(source),
        }
    }

    /// Returns no key, for a server that asks for none.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            owner: CredentialOwner::Nobody,
            source: Source::Missing,
        }
    }

    /// Returns a name for a key that is kept elsewhere.
    #[cfg(feature = "bedrock")]
    pub(in crate::model) const fn owned(owner: CredentialOwner) -> Self {
        Self {
            owner,
            source: Source::Missing,
        }
    }

    /// Returns whose contract the key stands for.
    #[must_use]
    pub const fn owner(&self) -> &CredentialOwner {
        &self.owner
    }

    /// Makes the header in which the key goes, or `None` where there is no key.
    async fn header(&self, scheme: &str) -> Result<Option<HeaderValue>, Error> {
        let owned;
        let key = match &self.source {
            Source::Fixed(key) => key.expose_secret(),
            Source::Dynamic(source) => {
                owned = source.key().await?;
                owned.expose_secret()
            }
            Source::Missing => return Ok(None),
        };
        let mut bytes = Zeroizing::new(Vec::with_capacity(scheme.len() + key.len()));
        bytes.extend_from_slice(scheme.as_bytes());
        bytes.extend_from_slice(key.as_bytes());
        let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(bytes))
            .map_err(|_| Error::config("key cannot go into a header"))?;
        value.set_sensitive(true);
        Ok(Some(value))
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({:?})", self.owner)
    }
}

/// How a request shows by whom it is sent.
pub(in crate::model) enum Auth {
    Bearer(ApiKey),
    Header(&'static str, ApiKey),
    #[cfg(feature = "bedrock")]
    SigV4(Box<crate::model::bedrock::Signer>),
}

impl Auth {
    /// Returns the headers for one attempt.
    pub(super) async fn headers(
        &self,
        request: &super::transport::Outgoing<'_>,
    ) -> Result<Vec<(HeaderName, HeaderValue)>, Error> {
        let (name, value) = match self {
            Self::Bearer(key) => (AUTHORIZATION, key.header("Bearer ").await?),
            Self::Header(name, key) => (HeaderName::from_static(name), key.header("").await?),
            #[cfg(feature = "bedrock")]
            Self::SigV4(signer) => return signer.headers(request.url, request.body).await,
        };
        // Only signatures look at the request.
        let _ = request;
        Ok(value.map(|value| (name, value)).into_iter().collect())
    }
}
