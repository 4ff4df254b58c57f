//! Keys of AWS.

use std::fmt;
use std::sync::Arc;

use super::sign::Signer;
use crate::model::http::Auth;
use crate::model::{ApiKey, CredentialOwner};
use crate::secret::Secret;
use crate::time::Clock;

/// A key for AWS Bedrock: one of IAM, which signs requests, or one of Bedrock itself.
pub struct BedrockKey(Kind);

enum Kind {
    Bearer(ApiKey),
    Iam {
        owner: CredentialOwner,
        id: String,
        secret: Secret<String>,
        session: Option<Secret<String>>,
    },
}

impl BedrockKey {
    /// Returns a key of IAM, with its session token where it is a temporary one.
    #[must_use]
    pub fn iam(
        owner: CredentialOwner,
        id: &str,
        secret: Secret<String>,
        session: Option<Secret<String>>,
    ) -> Self {
        Self(Kind::Iam {
            owner,
            id: id.to_owned(),
            secret,
            session,
        })
    }

    /// Returns a key of Bedrock, which goes along as a bearer token.
    #[must_use]
    pub const fn bearer(key: ApiKey) -> Self {
        Self(Kind::Bearer(key))
    }

    fn owner(&self) -> &CredentialOwner {
        match &self.0 {
            Kind::Bearer(key) => key.owner(),
            Kind::Iam { owner, .. } => owner,
        }
    }

    /// A key without its secret, for the descriptor.
    pub(super) fn named(&self) -> ApiKey {
        ApiKey::owned(self.owner().clone())
    }

    pub(super) fn auth(self, region: String, clock: Arc<dyn Clock>) -> Auth {
        match self.0 {
            Kind::Bearer(key) => Auth::Bearer(key),
            Kind::Iam {
                id,
                secret,
                session,
                ..
            } => Auth::SigV4(Box::new(Signer::new(id, secret, session, region, clock))),
        }
    }
}

impl fmt::Debug for BedrockKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BedrockKey({:?})", self.owner())
    }
}
