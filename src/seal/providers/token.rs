//! Sources of access tokens.

use async_trait::async_trait;

use crate::Error;
use crate::pointer::for_pointers;
use crate::secret::Secret;

/// Where the access token of a call comes from.
///
/// It is asked before every attempt, within the time of the attempt, and should
/// keep a token for as long as it is valid. A [`Secret<String>`](Secret) is the
/// source of one token that never changes.
///
/// # Example
/// ```
/// use async_trait::async_trait;
/// use confidant::secret::Secret;
/// use confidant::seal::TokenSource;
/// use confidant::{Error, ErrorKind};
///
/// /// The token that another process keeps fresh in a file.
/// struct TokenFile(std::path::PathBuf);
///
/// #[async_trait]
/// impl TokenSource for TokenFile {
///     async fn token(&self) -> Result<Secret<String>, Error> {
///         let mut token = std::fs::read_to_string(&self.0)
///             .map_err(|error| Error::foreign(ErrorKind::KeyService, error))?;
///         token.truncate(token.trim_end().len());
///         Ok(Secret::from(token))
///     }
/// }
/// ```
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// Returns a token that is valid now.
    ///
    /// # Errors
    /// What the call is to fail with. One that [may be
    /// retried](Error::is_retryable) is followed by another attempt.
    async fn token(&self) -> Result<Secret<String>, Error>;
}

for_pointers! {
    #[async_trait]
    impl TokenSource {
        async fn token(&self) -> Result<Secret<String>, Error> {
            (**self).token().await
        }
    }
}

#[async_trait]
impl TokenSource for Secret<String> {
    async fn token(&self) -> Result<Self, Error> {
        Ok(Self::from(self.expose_secret().clone()))
    }
}
