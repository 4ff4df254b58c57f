//! Azure Key Vault and managed HSMs.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use base64ct::Base64UrlUnpadded;
use reqwest::Url;
use serde::{Deserialize, Serialize};

use super::batch::OneByOne;
use super::http::{Answer, Auth, Client, Decoded, Hidden, KeyServiceConnection, data_key, encode};
use super::token::TokenSource;
use crate::Error;
use crate::error::{KeyServiceCause, Refusal};
use crate::seal::key_provider::{
    DataKey, KeyId, KeyProvider, KeyServiceCapabilities, KeyVersion, RewrapRequest, UnwrapRequest,
    WrapContext, WrapRequest, WrappedKey,
};

const SERVICE: &str = "Key Vault";
const API_VERSION: &str = "7.4";

/// How Key Vault wraps data keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WrapAlgorithm {
    /// AES key wrap (RFC 3394) by a 256-bit key of a managed HSM.
    A256Kw,
    /// RSA-OAEP with SHA-256, by an RSA key of a vault or managed HSM.
    #[default]
    RsaOaep256,
}

impl WrapAlgorithm {
    const fn name(self) -> &'static str {
        match self {
            Self::A256Kw => "A256KW",
            Self::RsaOaep256 => "RSA-OAEP-256",
        }
    }
}

/// Data keys wrapped by a key of Azure Key Vault or a managed HSM.
///
/// A wrapped key is what the service gives back, and its version the 32
/// hexadecimal digits of the version that wrapped it. New keys are wrapped under
/// the newest version, for which every batch asks once, or under the one that
/// [`version`](AzureKeyVaultBuilder::version) names. What an answer says of the
/// key, its vault, name and version, is compared.
///
/// The caller needs the permissions `wrapKey` and `unwrapKey`, and `get` unless a
/// version is named; the role "Key Vault Crypto Service Encryption User" has them.
/// Tokens, for the scope `https://vault.azure.net/.default` or
/// `https://managedhsm.azure.net/.default`, come from the caller's [`TokenSource`].
///
/// It has to be called from within a tokio runtime with time and I/O. A batch has
/// up to eight calls under way at a time.
///
/// # Security
/// * Neither algorithm takes a context, so the service unwraps whatever was wrapped
///   by the key. That an envelope opens for its own context only is then held by
///   the envelope alone.
/// * With RSA, whoever knows the public key can wrap keys: that the service unwraps
///   one does not say who wrapped it.
/// * Keys are re-wrapped by unwrapping and wrapping them, and pass through this
///   process.
/// * Requests and answers are wiped where they are held here. The buffers of the
///   HTTP and TLS libraries are out of reach.
///
/// # Example
/// ```
/// use confidant::secret::Secret;
/// use confidant::seal::{AzureKeyVault, KeyProvider};
///
/// let token = Secret::from(String::from("from your credentials"));
/// let keys = AzureKeyVault::builder("https://acme.vault.azure.net", token).key("app").build()?;
/// assert_eq!(keys.id().as_str(), "azure-keyvault:https://acme.vault.azure.net/keys/app");
/// assert!(!keys.capabilities().binds_context);
/// # Ok::<(), confidant::Error>(())
/// ```
pub struct AzureKeyVault {
    id: KeyId,
    key: String,
    /// What the names of the key's versions begin with.
    prefix: String,
    version: Option<KeyVersion>,
    algorithm: WrapAlgorithm,
    client: Client,
}

/// How [`AzureKeyVault`] is set up.
pub struct AzureKeyVaultBuilder {
    address: String,
    key: String,
    token: Arc<dyn TokenSource>,
    version: Option<KeyVersion>,
    algorithm: WrapAlgorithm,
    connection: KeyServiceConnection,
}

impl AzureKeyVault {
    /// Begins a provider over the vault at this address. Its tokens come from `token`; the
    /// [`key`](AzureKeyVaultBuilder::key) has to be named.
    pub fn builder(address: &str, token: impl TokenSource + 'static) -> AzureKeyVaultBuilder {
        AzureKeyVaultBuilder {
            address: address.to_owned(),
            key: String::new(),
            token: Arc::new(token),
            version: None,
            algorithm: WrapAlgorithm::default(),
            connection: KeyServiceConnection::default(),
        }
    }
}

impl AzureKeyVaultBuilder {
    /// Sets the name of the key. There is no default.
    #[must_use]
    pub fn key(mut self, key: &str) -> Self {
        key.clone_into(&mut self.key);
        self
    }

    /// Wraps under this version, and asks for no newer one.
    #[must_use]
    pub fn version(mut self, version: KeyVersion) -> Self {
        self.version = Some(version);
        self
    }

    /// Sets how keys are wrapped; RSA-OAEP with SHA-256 unless said otherwise.
    #[must_use]
    pub fn algorithm(mut self, algorithm: WrapAlgorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Sets how the service is reached.
    #[must_use]
    pub fn connection(mut self, connection: KeyServiceConnection) -> Self {
        self.connection = connection;
        self
    }

    /// Returns the provider.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for an address that is not `https` or of
    /// this machine or has a path, a name that is not made of letters, digits and
    /// `-`, a version that is not 32 hexadecimal digits, and what a [`KeyServiceConnection`]
    /// may have wrong.
    pub fn build(self) -> Result<AzureKeyVault, Error> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if self.key.is_empty() || !self.key.bytes().all(plain) {
            return Err(Error::config("name of a Key Vault key is not well-formed"));
        }
        if let Some(version) = &self.version {
            check_version(version)?;
        }
        let (connection, token) = (&self.connection, self.token);
        let address = connection.address(&self.address)?;
        if address.path() != "/" {
            return Err(Error::config("address of a vault has a path"));
        }
        let prefix = format!("{address}keys/{}", self.key);
        Ok(AzureKeyVault {
            id: KeyId::new(&format!("azure-keyvault:{prefix}"))?,
            prefix: format!("{prefix}/"),
            key: self.key,
            version: self.version,
            algorithm: self.algorithm,
            client: Client::new(SERVICE, &self.address, connection, Auth::Bearer, token)?,
        })
    }
}

/// A version, as the service writes it.
fn is_version(text: &str) -> bool {
    text.len() == 32
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// A version goes into a path.
fn check_version(version: &KeyVersion) -> Result<(), Error> {
    if is_version(version.as_str()) {
        return Ok(());
    }
    Err(Error::config(
        "version of a Key Vault key is not 32 hexadecimal digits",
    ))
}

#[derive(Serialize)]
struct Operation<'a> {
    alg: &'a str,
    value: Hidden,
}

#[derive(Deserialize)]
struct Outcome<'a> {
    #[serde(borrow)]
    kid: Cow<'a, str>,
    value: Decoded<Base64UrlUnpadded>,
}

#[derive(Deserialize)]
struct KeyBundle<'a> {
    #[serde(borrow)]
    key: JsonWebKey<'a>,
}

#[derive(Deserialize)]
struct JsonWebKey<'a> {
    #[serde(borrow)]
    kid: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Failure<'a> {
    #[serde(borrow)]
    error: Code<'a>,
}

#[derive(Deserialize)]
struct Code<'a> {
    #[serde(borrow)]
    code: Cow<'a, str>,
    #[serde(borrow, rename = "innererror")]
    inner: Option<InnerCode<'a>>,
}

#[derive(Deserialize)]
struct InnerCode<'a> {
    #[serde(borrow)]
    code: Cow<'a, str>,
}

fn answer() -> Error {
    KeyServiceCause::Answer { service: SERVICE }.into()
}

fn other_key() -> Error {
    KeyServiceCause::OtherKey { service: SERVICE }.into()
}

/// The error that an answer other than a success stands for.
fn failure(answer: &Answer, unwrapping: bool) -> Error {
    let failure = answer.json::<Failure<'_>>();
    let (code, inner) = failure.as_ref().map_or(("", ""), |failure| {
        let inner = failure.error.inner.as_ref();
        (&failure.error.code, inner.map_or("", |inner| &inner.code))
    });
    let refused = |reason| KeyServiceCause::Refused {
        service: SERVICE,
        reason,
    };
    match (answer.status(), code, inner) {
        (400, "BadParameter", _) if unwrapping => KeyServiceCause::Open { service: SERVICE }.into(),
        (403, _, "KeyDisabled" | "KeyExpired" | "KeyNotYetValid")
        | (403, "KeyDisabled" | "KeyExpired" | "KeyNotYetValid", _) => {
            refused(Refusal::Disabled).into()
        }
        (403, "KeyOperationForbidden", _) => refused(Refusal::Unfit).into(),
        _ => answer.failure(),
    }
}

impl AzureKeyVault {
    /// The version in the name of a key, where that key is this one.
    fn version_in(&self, kid: &str) -> Result<KeyVersion, Error> {
        // Names of hosts and of keys do not tell small letters from capitals.
        let (prefix, version) = kid
            .split_at_checked(self.prefix.len())
            .ok_or_else(other_key)?;
        if !prefix.eq_ignore_ascii_case(&self.prefix) || !is_version(version) {
            return Err(other_key());
        }
        KeyVersion::new(version)
    }

    fn url(&self, rest: &[&str]) -> Result<Url, Error> {
        let path = ["keys", &self.key].into_iter().chain(rest.iter().copied());
        let mut url = self.client.url(path)?;
        url.query_pairs_mut()
            .append_pair("api-version", API_VERSION);
        Ok(url)
    }

    /// Has the service wrap or unwrap `value` under just this version.
    async fn operate(
        &self,
        version: &KeyVersion,
        operation: &str,
        value: &[u8],
    ) -> Result<Decoded<Base64UrlUnpadded>, Error> {
        check_version(version)?;
        let url = self.url(&[version.as_str(), operation])?;
        let request = Operation {
            alg: self.algorithm.name(),
            value: encode::<Base64UrlUnpadded>(value),
        };
        let response = self.client.post(url, &request).await?;
        if !response.is_success() {
            return Err(failure(&response, operation == "unwrapkey"));
        }
        let outcome = response.json::<Outcome<'_>>()?;
        if self.version_in(&outcome.kid)? != *version {
            return Err(other_key());
        }
        Ok(outcome.value)
    }
}

#[async_trait]
impl OneByOne for AzureKeyVault {
    fn check_version(&self, version: &KeyVersion) -> Result<(), Error> {
        check_version(version)
    }

    async fn wrap_one(
        &self,
        key: &DataKey,
        _: WrapContext<'_>,
        version: &KeyVersion,
    ) -> Result<WrappedKey, Error> {
        let wrapped = self
            .operate(version, "wrapkey", key.expose_secret())
            .await?;
        let bytes = wrapped.bytes().ok_or_else(answer)?;
        WrappedKey::new(version.clone(), bytes).map_err(|_| answer())
    }

    async fn unwrap_one(&self, wrapped: &WrappedKey, _: WrapContext<'_>) -> Result<DataKey, Error> {
        let open = || Error::from(KeyServiceCause::Open { service: SERVICE });
        if !is_version(wrapped.version().as_str()) {
            return Err(open());
        }
        let opened = self.operate(wrapped.version(), "unwrapkey", wrapped.bytes());
        let opened = opened.await?;
        data_key(opened.bytes().ok_or_else(answer)?).ok_or_else(open)
    }
}

#[async_trait]
impl KeyProvider for AzureKeyVault {
    fn id(&self) -> &KeyId {
        &self.id
    }

    fn capabilities(&self) -> KeyServiceCapabilities {
        KeyServiceCapabilities {
            binds_context: false,
            authenticates: matches!(self.algorithm, WrapAlgorithm::A256Kw),
            rewraps_at_service: false,
            chooses_version: true,
            max_batch: 1,
        }
    }

    async fn current_version(&self) -> Result<KeyVersion, Error> {
        if let Some(version) = &self.version {
            return Ok(version.clone());
        }
        // The empty part in place of a version stands for the newest.
        let response = self.client.get(self.url(&[""])?).await?;
        if !response.is_success() {
            return Err(failure(&response, false));
        }
        self.version_in(&response.json::<KeyBundle<'_>>()?.key.kid)
    }

    async fn wrap(&self, items: &[WrapRequest<'_>]) -> Vec<Result<WrappedKey, Error>> {
        self.wrap_all(items).await
    }

    async fn unwrap(&self, items: &[UnwrapRequest<'_>]) -> Vec<Result<DataKey, Error>> {
        self.unwrap_all(items).await
    }

    async fn rewrap(&self, items: &[RewrapRequest<'_>]) -> Vec<Result<WrappedKey, Error>> {
        self.rewrap_all(items).await
    }
}

impl fmt::Debug for AzureKeyVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AzureKeyVault")
            .field("id", &self.id)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AzureKeyVaultBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AzureKeyVaultBuilder")
            .field("key", &self.key)
            .field("algorithm", &self.algorithm)
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}
