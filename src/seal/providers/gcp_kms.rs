//! Google Cloud KMS.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use base64ct::Base64;
use crc::{CRC_32_ISCSI, Crc};
use serde::{Deserialize, Serialize};

use super::batch::OneByOne;
use super::http::{Answer, Auth, Client, Decoded, Hidden, KeyServiceConnection, data_key, encode};
use super::token::TokenSource;
use crate::Error;
use crate::error::{KeyServiceCause, Refusal};
use crate::seal::KeyDestruction;
use crate::seal::key_provider::{
    DataKey, KeyId, KeyProvider, KeyServiceCapabilities, KeyVersion, RewrapRequest, UnwrapRequest,
    WrapContext, WrapRequest, WrappedKey,
};

const SERVICE: &str = "Cloud KMS";
/// The most pages of versions that are read of a key, of 100 versions each.
const MAX_PAGES: usize = 100;

/// CRC-32C, which the service calls by its use and not by a name.
const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

/// Data keys wrapped by a symmetric key of Google Cloud KMS.
///
/// The version of a wrapped key is the number at the end of the version's name.
/// New keys are wrapped under the primary version, for which every batch asks once,
/// or under the one that [`version`](GcpKmsBuilder::version) names. The 32 bytes of
/// the context's digest, followed by the digits of the version, go along as
/// additional authenticated data, so the service itself refuses a key of another
/// context, or one that claims another version. Both ways, everything carries a
/// checksum (CRC-32C), which the service checks on requests and this provider on
/// answers.
///
/// The caller needs `cloudkms.cryptoKeyVersions.useToEncrypt` and `…useToDecrypt`,
/// and `cloudkms.cryptoKeys.get` unless a version is named. Tokens come from the
/// caller's [`TokenSource`]: there is nothing here that finds credentials.
///
/// It has to be called from within a tokio runtime with time and I/O. A batch has
/// up to eight calls under way at a time.
///
/// # Security
/// * The service does not re-encrypt. Keys are re-wrapped by unwrapping and wrapping
///   them, and pass through this process.
/// * An answer names the version that wrapped, which is compared; an answer to
///   unwrapping names none, and that the right one was used rests on TLS and on the
///   path of the request.
/// * Requests and answers are wiped where they are held here. The buffers of the
///   HTTP and TLS libraries are out of reach.
///
/// # Example
/// ```
/// use confidant::secret::Secret;
/// use confidant::seal::{GcpKms, KeyProvider};
///
/// let token = Secret::from(String::from("ya29.from-your-credentials"));
/// let key = "projects/acme/locations/europe-west4/keyRings/app/cryptoKeys/secrets";
/// let keys = GcpKms::builder(key, token).build()?;
/// assert_eq!(keys.id().as_str(), format!("gcp-kms:{key}"));
/// assert!(keys.capabilities().chooses_version);
/// # Ok::<(), confidant::Error>(())
/// ```
pub struct GcpKms {
    id: KeyId,
    key: String,
    version: Option<KeyVersion>,
    client: Client,
}

/// How [`GcpKms`] is set up.
pub struct GcpKmsBuilder {
    key: String,
    token: Arc<dyn TokenSource>,
    version: Option<KeyVersion>,
    address: String,
    connection: KeyServiceConnection,
}

impl GcpKms {
    /// Begins a provider with the key of this name,
    /// `projects/…/locations/…/keyRings/…/cryptoKeys/…`, and tokens of this source.
    pub fn builder(key: &str, token: impl TokenSource + 'static) -> GcpKmsBuilder {
        GcpKmsBuilder {
            key: key.to_owned(),
            token: Arc::new(token),
            version: None,
            address: "https://cloudkms.googleapis.com".to_owned(),
            connection: KeyServiceConnection::default(),
        }
    }
}

impl GcpKmsBuilder {
    /// Wraps under this version, and asks for no newer one.
    #[must_use]
    pub fn version(mut self, version: KeyVersion) -> Self {
        self.version = Some(version);
        self
    }

    /// Sets where the service is, for an endpoint of a region or of one's own network;
    /// `https://cloudkms.googleapis.com` unless said otherwise.
    #[must_use]
    pub fn address(mut self, address: &str) -> Self {
        address.clone_into(&mut self.address);
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
    /// [`Config`](crate::ErrorKind::Config) for a key without a full name, a version
    /// that is not a number, an address that is not `https` or of this machine, and
    /// what a [`KeyServiceConnection`] may have wrong.
    pub fn build(self) -> Result<GcpKms, Error> {
        if !is_key_name(&self.key) {
            return Err(Error::config("name of a Cloud KMS key is not a full one"));
        }
        if let Some(version) = &self.version {
            check_version(version)?;
        }
        let (connection, token) = (&self.connection, self.token);
        Ok(GcpKms {
            id: KeyId::new(&format!("gcp-kms:{}", self.key))?,
            key: self.key,
            version: self.version,
            client: Client::new(SERVICE, &self.address, connection, Auth::Bearer, token)?,
        })
    }
}

fn is_key_name(name: &str) -> bool {
    let fixed = ["projects", "locations", "keyRings", "cryptoKeys"];
    // A project of a domain is `example.com:name`.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    let mut parts = name.split('/');
    fixed.into_iter().all(|word| {
        parts.next() == Some(word)
            && parts
                .next()
                .is_some_and(|id| id.bytes().all(plain) && !matches!(id, "" | "." | ".."))
    }) && parts.next().is_none()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Encrypt {
    plaintext: Hidden,
    plaintext_crc32c: Hidden,
    additional_authenticated_data: Hidden,
    additional_authenticated_data_crc32c: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Encrypted<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    ciphertext: Decoded<Base64>,
    #[serde(borrow)]
    ciphertext_crc32c: Cow<'a, str>,
    #[serde(default)]
    verified_plaintext_crc32c: bool,
    #[serde(default)]
    verified_additional_authenticated_data_crc32c: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Decrypt {
    ciphertext: Hidden,
    ciphertext_crc32c: String,
    additional_authenticated_data: Hidden,
    additional_authenticated_data_crc32c: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Decrypted<'a> {
    plaintext: Decoded<Base64>,
    #[serde(borrow)]
    plaintext_crc32c: Cow<'a, str>,
}

#[derive(Deserialize)]
struct CryptoKey<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    primary: Option<Version<'a>>,
}

#[derive(Deserialize)]
struct Version<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Failure<'a> {
    #[serde(borrow)]
    error: Status<'a>,
}

#[derive(Deserialize)]
struct Status<'a> {
    #[serde(borrow)]
    status: Cow<'a, str>,
}

/// A page of the versions of a key.
#[derive(Deserialize)]
struct Versions<'a> {
    #[serde(borrow, default, rename = "cryptoKeyVersions")]
    versions: Vec<CryptoKeyVersion<'a>>,
    #[serde(borrow, default, rename = "nextPageToken")]
    next_page_token: Cow<'a, str>,
}

#[derive(Deserialize)]
struct CryptoKeyVersion<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    state: Cow<'a, str>,
}

#[derive(Serialize)]
struct Nothing {}

impl CryptoKeyVersion<'_> {
    /// How far its destruction has come, if it has begun.
    fn destruction(&self) -> Option<KeyDestruction> {
        match &*self.state {
            "DESTROYED" => Some(KeyDestruction::Destroyed),
            "DESTROY_SCHEDULED" => Some(KeyDestruction::Scheduled),
            _ => None,
        }
    }
}

/// What the service authenticates along with a key.
fn associated(context: WrapContext<'_>, version: &KeyVersion) -> Vec<u8> {
    [context.digest.as_slice(), version.as_str().as_bytes()].concat()
}

const fn answer() -> KeyServiceCause {
    KeyServiceCause::Answer { service: SERVICE }
}

fn checksum(bytes: &[u8]) -> String {
    CRC.checksum(bytes).to_string()
}

/// Holds what was received against its checksum.
fn intact(bytes: &[u8], expected: &str) -> Result<(), Error> {
    let expected = expected.parse::<u32>().map_err(|_| answer())?;
    if CRC.checksum(bytes) != expected {
        return Err(KeyServiceCause::Damaged { service: SERVICE }.into());
    }
    Ok(())
}

/// The error that an answer other than a success stands for.
fn failure(answer: &Answer, unwrapping: bool) -> Error {
    let status = answer.json::<Failure<'_>>();
    let status = status.as_ref().map_or("", |failure| &failure.error.status);
    match status {
        "INVALID_ARGUMENT" if unwrapping => KeyServiceCause::Open { service: SERVICE }.into(),
        "FAILED_PRECONDITION" => KeyServiceCause::Refused {
            service: SERVICE,
            reason: Refusal::Disabled,
        }
        .into(),
        _ => answer.failure(),
    }
}

impl GcpKms {
    /// The number of one of this key's versions.
    fn number(&self, name: &str) -> Result<KeyVersion, Error> {
        let rest = name.strip_prefix(&self.key);
        let number = rest.and_then(|rest| rest.strip_prefix("/cryptoKeyVersions/"));
        let number = number.filter(|number| is_number(number));
        KeyVersion::new(number.ok_or(KeyServiceCause::OtherKey { service: SERVICE })?)
    }

    /// Destroys a version, unless it is destroyed already.
    async fn destroy_version(
        &self,
        version: &CryptoKeyVersion<'_>,
    ) -> Result<KeyDestruction, Error> {
        let number = self.number(&version.name)?;
        if let Some(reached) = version.destruction() {
            return Ok(reached);
        }
        let url = self.url(&format!("/cryptoKeyVersions/{}:destroy", number.as_str()))?;
        let response = self.client.post(url, &Nothing {}).await?;
        if !response.is_success() {
            return Err(failure(&response, false));
        }
        let after = response.json::<CryptoKeyVersion<'_>>()?;
        if self.number(&after.name)? != number {
            return Err(KeyServiceCause::OtherKey { service: SERVICE }.into());
        }
        after.destruction().ok_or_else(|| answer().into())
    }

    /// The address of the key, or of something that belongs to it.
    fn url(&self, rest: &str) -> Result<reqwest::Url, Error> {
        self.client.url(format!("v1/{}{rest}", self.key).split('/'))
    }
}

#[async_trait]
impl OneByOne for GcpKms {
    fn check_version(&self, version: &KeyVersion) -> Result<(), Error> {
        check_version(version)
    }

    async fn wrap_one(
        &self,
        key: &DataKey,
        context: WrapContext<'_>,
        version: &KeyVersion,
    ) -> Result<WrappedKey, Error> {
        check_version(version)?;
        let url = self.url(&format!("/cryptoKeyVersions/{}:encrypt", version.as_str()))?;
        let associated = associated(context, version);
        let request = Encrypt {
            plaintext: encode::<Base64>(key.expose_secret()),
            plaintext_crc32c: Hidden::new(checksum(key.expose_secret())),
            additional_authenticated_data: encode::<Base64>(&associated),
            additional_authenticated_data_crc32c: checksum(&associated),
        };
        let response = self.client.post(url, &request).await?;
        if !response.is_success() {
            return Err(failure(&response, false));
        }
        let encrypted = response.json::<Encrypted<'_>>()?;
        if self.number(&encrypted.name)? != *version {
            return Err(KeyServiceCause::OtherKey { service: SERVICE }.into());
        }
        // Without these the service has not seen our checksums.
        if !encrypted.verified_plaintext_crc32c
            || !encrypted.verified_additional_authenticated_data_crc32c
        {
            return Err(KeyServiceCause::Damaged { service: SERVICE }.into());
        }
        let bytes = encrypted.ciphertext.bytes().ok_or_else(answer)?;
        intact(bytes, &encrypted.ciphertext_crc32c)?;
        WrappedKey::new(version.clone(), bytes).map_err(|_| answer().into())
    }

    async fn unwrap_one(
        &self,
        wrapped: &WrappedKey,
        context: WrapContext<'_>,
    ) -> Result<DataKey, Error> {
        let url = self.url(":decrypt")?;
        let associated = associated(context, wrapped.version());
        let request = Decrypt {
            ciphertext: encode::<Base64>(wrapped.bytes()),
            ciphertext_crc32c: checksum(wrapped.bytes()),
            additional_authenticated_data: encode::<Base64>(&associated),
            additional_authenticated_data_crc32c: checksum(&associated),
        };
        let response = self.client.post(url, &request).await?;
        if !response.is_success() {
            return Err(failure(&response, true));
        }
        let decrypted = response.json::<Decrypted<'_>>()?;
        let bytes = decrypted.plaintext.bytes().ok_or_else(answer)?;
        intact(bytes, &decrypted.plaintext_crc32c)?;
        data_key(bytes).ok_or_else(|| KeyServiceCause::Open { service: SERVICE }.into())
    }
}

/// A version goes into a path.
fn check_version(version: &KeyVersion) -> Result<(), Error> {
    if is_number(version.as_str()) {
        return Ok(());
    }
    Err(Error::config("version of a Cloud KMS key is not a number"))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[async_trait]
impl KeyProvider for GcpKms {
    fn id(&self) -> &KeyId {
        &self.id
    }

    fn capabilities(&self) -> KeyServiceCapabilities {
        KeyServiceCapabilities {
            binds_context: true,
            authenticates: true,
            rewraps_at_service: false,
            chooses_version: true,
            max_batch: 1,
        }
    }

    async fn current_version(&self) -> Result<KeyVersion, Error> {
        if let Some(version) = &self.version {
            return Ok(version.clone());
        }
        let response = self.client.get(self.url("")?).await?;
        if !response.is_success() {
            return Err(failure(&response, false));
        }
        let key = response.json::<CryptoKey<'_>>()?;
        if key.name != self.key {
            return Err(KeyServiceCause::OtherKey { service: SERVICE }.into());
        }
        let primary = key.primary.ok_or(KeyServiceCause::Refused {
            service: SERVICE,
            reason: Refusal::Unfit,
        })?;
        self.number(&primary.name)
    }

    /// Destroys every version of the key. The service takes them out of use at once,
    /// and destroys them after the time that the key has for this, 30 days unless set:
    /// until then whoever may restore versions can bring them back. The caller needs
    /// `cloudkms.cryptoKeyVersions.list` and `cloudkms.cryptoKeyVersions.destroy`.
    async fn destroy_key(&self) -> Result<KeyDestruction, Error> {
        let mut reached = KeyDestruction::Destroyed;
        let mut token = String::new();
        for _ in 0..MAX_PAGES {
            let mut url = self.url("/cryptoKeyVersions")?;
            if !token.is_empty() {
                url.query_pairs_mut().append_pair("pageToken", &token);
            }
            let response = self.client.get(url).await?;
            if !response.is_success() {
                return Err(failure(&response, false));
            }
            let page = response.json::<Versions<'_>>()?;
            for version in &page.versions {
                match self.destroy_version(version).await? {
                    KeyDestruction::Destroyed => {}
                    KeyDestruction::Scheduled => reached = KeyDestruction::Scheduled,
                }
            }
            if page.next_page_token.is_empty() {
                return Ok(reached);
            }
            token = page.next_page_token.into_owned();
        }
        Err(answer().into())
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

impl fmt::Debug for GcpKms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GcpKms")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for GcpKmsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GcpKmsBuilder")
            .field("key", &self.key)
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_is_the_castagnoli_one() {
        // The check value of CRC-32C in the catalogue of parametrised CRCs.
        assert_eq!(checksum(b"123456789"), 0xe306_9283_u32.to_string());
    }

    #[test]
    fn a_key_has_a_full_name() {
        let good = "projects/p/locations/l/keyRings/r/cryptoKeys/k";
        assert!(is_key_name(good));
        assert!(is_key_name(&good.replace("/p/", "/example.com:p/")));
        for bad in [
            String::new(),
            format!("/{good}"),
            format!("{good}/"),
            format!("{good}/cryptoKeyVersions/1"),
            format!("{good}:decrypt?"),
            good.replace("/p/", "//"),
            good.replace("/p/", "/../"),
            good.replace("/p/", "/a b/"),
            good.replace("keyRings", "keyrings"),
        ] {
            assert!(!is_key_name(&bad), "{bad}");
        }
    }
}
