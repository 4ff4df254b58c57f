//! Keys of AWS.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::sign::Signer;
use crate::Error;
use crate::model::http::Auth;
use crate::model::{ApiKey, CredentialOwner};
use crate::pointer::for_pointers;
use crate::secret::Secret;
use crate::time::Clock;

/// A key for AWS Bedrock: one of IAM, which signs requests, or one of Bedrock itself.
pub struct BedrockKey(Kind);

enum Kind {
    Bearer(ApiKey),
    Iam(CredentialOwner, IamSource),
}

/// Where keys of IAM come from.
pub(super) enum IamSource {
    Fixed(Box<IamKey>),
    Dynamic(Arc<dyn IamKeySource>),
}

/// A key of IAM, with its session token where it is a temporary one.
pub struct IamKey {
    pub(super) id: String,
    pub(super) secret: Secret<String>,
    pub(super) session: Option<Secret<String>>,
}

/// Where keys of IAM come from that change by themselves, such as those of a role.
///
/// It is asked as a [`KeySource`](crate::model::KeySource) is: before every attempt, within
/// the call and on its thread, by as many calls at once as there are.
#[async_trait]
pub trait IamKeySource: Send + Sync {
    /// Returns a key that is good for the next call.
    ///
    /// # Errors
    /// Any reason why there is no key. The attempt is then not made and the call fails.
    async fn key(&self) -> Result<IamKey, Error>;
}

for_pointers! {
    #[async_trait]
    impl IamKeySource {
        async fn key(&self) -> Result<IamKey, Error> {
            (**self).key().await
        }
    }
}

impl IamKey {
    /// Returns a key: its id, and its secret.
    #[must_use]
    pub fn new(id: &str, secret: Secret<String>) -> Self {
        Self {
            id: id.to_owned(),
            secret,
            session: None,
        }
    }

    /// Adds the session token of a temporary key.
    #[must_use]
    pub fn with_session(mut self, token: Secret<String>) -> Self {
        self.session = Some(token);
        self
    }
}

impl BedrockKey {
    /// Returns a key of IAM that stays the same.
    #[must_use]
    pub fn iam(owner: CredentialOwner, key: IamKey) -> Self {
        Self(Kind::Iam(owner, IamSource::Fixed(Box::new(key))))
    }

    /// Returns a key of IAM that is asked for before every attempt.
    #[must_use]
    pub fn from_source(owner: CredentialOwner, source: Arc<dyn IamKeySource>) -> Self {
        Self(Kind::Iam(owner, IamSource::Dynamic(source)))
    }

    /// Returns a key of Bedrock, which goes along as a bearer token.
    #[must_use]
    pub const fn bearer(key: ApiKey) -> Self {
        Self(Kind::Bearer(key))
    }

    const fn owner(&self) -> &CredentialOwner {
        match &self.0 {
            Kind::Bearer(key) => key.owner(),
            Kind::Iam(owner, _) => owner,
        }
    }

    /// A key without its secret, for the descriptor.
    pub(super) fn named(&self) -> ApiKey {
        ApiKey::owned(self.owner().clone())
    }

    pub(super) fn auth(self, region: String, clock: Arc<dyn Clock>) -> Auth {
        match self.0 {
            Kind::Bearer(key) => Auth::Bearer(key),
            Kind::Iam(_, source) => Auth::SigV4(Box::new(Signer::new(source, region, clock))),
        }
    }
}

impl fmt::Debug for IamKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IamKey")
            .field("is_temporary", &self.session.is_some())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for BedrockKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BedrockKey({:?})", self.owner())
    }
}
