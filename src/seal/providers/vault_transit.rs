//! The Transit engine of HashiCorp Vault and OpenBao.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use base64ct::Base64;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};

use super::batch::{all, merge};
use super::http::{Auth, Client, Decoded, Hidden, KeyServiceConnection, data_key, encode};
use super::token::TokenSource;
use crate::Error;
use crate::error::{KeyServiceCause, Refusal};
use crate::seal::KeyDestruction;
use crate::seal::key_provider::{
    DataKey, KeyId, KeyProvider, KeyServiceCapabilities, KeyVersion, RewrapRequest, UnwrapRequest,
    WrapContext, WrapRequest, WrappedKey,
};

const SERVICE: &str = "Vault Transit";

/// The most data keys of one request.
const MAX_BATCH: usize = 128;

/// Data keys wrapped by the Transit engine of HashiCorp Vault or OpenBao.
///
/// A wrapped key is the ciphertext as the engine writes it, `vault:v3:…`, and its
/// version the number in there. The digest of the context goes along as
/// `associated_data`, so the engine itself refuses a key of another context.
/// Batches of up to 128 keys are one request.
///
/// The key must be one that authenticates: `aes256-gcm96` (the default of the
/// engine), `aes128-gcm96` or `chacha20-poly1305`; the token needs `update` on
/// `encrypt/<key>` and `decrypt/<key>`, and `read` on `keys/<key>` for
/// [`current_version`](KeyProvider::current_version).
///
/// The engine's own `rewrap` takes no associated data, so keys are re-wrapped by
/// unwrapping and wrapping them, and pass through this process.
///
/// It has to be called from within a tokio runtime with time and I/O.
///
/// # Security
/// * A token that may `create` on `encrypt/<key>` makes the engine create a key
///   that does not exist. Give it `update` alone.
/// * An engine from before associated data (Vault 1.8) leaves it out without a
///   word. [`check_provider`](crate::seal::check_provider) finds that out.
/// * The answer names the version and not the key; that the right one was used
///   rests on TLS and on the path of the request.
/// * Requests and answers are wiped where they are held here. The buffers of the
///   HTTP and TLS libraries are out of reach.
///
/// # Example
/// ```
/// use confidant::secret::Secret;
/// use confidant::seal::{KeyProvider, VaultTransit};
///
/// let token = Secret::from(String::from("s.from-your-login"));
/// let keys = VaultTransit::builder("https://vault.example.test:8200", token).key("app")
///     .namespace("team-a")
///     .build()?;
/// assert_eq!(keys.id().as_str(), "vault-transit:team-a/transit/app");
/// assert!(keys.capabilities().binds_context);
/// # Ok::<(), confidant::Error>(())
/// ```
pub struct VaultTransit {
    id: KeyId,
    mount: String,
    key: String,
    client: Client,
}

/// How [`VaultTransit`] is set up.
pub struct VaultTransitBuilder {
    address: String,
    key: String,
    token: Arc<dyn TokenSource>,
    mount: String,
    namespace: Option<String>,
    id: Option<KeyId>,
    connection: KeyServiceConnection,
}

impl VaultTransit {
    /// Begins a provider at the server of this address. Its tokens come from `token`; the
    /// [`key`](VaultTransitBuilder::key) has to be named.
    pub fn builder(address: &str, token: impl TokenSource + 'static) -> VaultTransitBuilder {
        VaultTransitBuilder {
            address: address.to_owned(),
            key: String::new(),
            token: Arc::new(token),
            mount: "transit".to_owned(),
            namespace: None,
            id: None,
            connection: KeyServiceConnection::default(),
        }
    }
}

impl VaultTransitBuilder {
    /// Sets the name of the key. There is no default.
    #[must_use]
    pub fn key(mut self, key: &str) -> Self {
        key.clone_into(&mut self.key);
        self
    }

    /// Sets where the engine is mounted; `transit` unless said otherwise.
    #[must_use]
    pub fn mount(mut self, mount: &str) -> Self {
        mount.clone_into(&mut self.mount);
        self
    }

    /// Sets the namespace that the mount lies in.
    #[must_use]
    pub fn namespace(mut self, namespace: &str) -> Self {
        self.namespace = Some(namespace.to_owned());
        self
    }

    /// Sets the id under which envelopes name the key; `vault-transit:` with namespace,
    /// mount and key unless said otherwise. Two servers with equal paths need ids that
    /// tell them apart.
    #[must_use]
    pub fn id(mut self, id: KeyId) -> Self {
        self.id = Some(id);
        self
    }

    /// Sets how the server is reached.
    #[must_use]
    pub fn connection(mut self, connection: KeyServiceConnection) -> Self {
        self.connection = connection;
        self
    }

    /// Returns the provider.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for an address that is not `https` or of
    /// this machine, names that are not made of letters, digits and `-_.` (and `/`
    /// between the parts of a mount or namespace), and what a [`KeyServiceConnection`] may
    /// have wrong.
    pub fn build(self) -> Result<VaultTransit, Error> {
        if !is_name(&self.key) {
            return Err(Error::config("name of a Transit key is not well-formed"));
        }
        let is_path = |path: &str| path.split('/').all(is_name);
        if !is_path(&self.mount) || !self.namespace.as_deref().is_none_or(is_path) {
            return Err(Error::config("mount or namespace is not well-formed"));
        }
        let auth = Auth::Header("x-vault-token");
        let mut client = Client::new(SERVICE, &self.address, &self.connection, auth, self.token)?
            .with_header("x-vault-request", "true")?;
        let mut name = String::from("vault-transit:");
        if let Some(namespace) = &self.namespace {
            client = client.with_header("x-vault-namespace", namespace)?;
            name.push_str(namespace);
            name.push('/');
        }
        name.push_str(&self.mount);
        name.push('/');
        name.push_str(&self.key);
        Ok(VaultTransit {
            id: self.id.map_or_else(|| KeyId::new(&name), Ok)?,
            mount: self.mount,
            key: self.key,
            client,
        })
    }
}

/// One part of a path.
fn is_name(part: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !part.is_empty() && part != "." && part != ".." && part.bytes().all(plain)
}

#[derive(Serialize)]
struct Batch<'a, T> {
    batch_input: &'a [T],
    /// What the engine answers with where a part of a batch fails.
    partial_failure_response_code: u16,
}

#[derive(Serialize)]
struct Encrypt {
    plaintext: Hidden,
    associated_data: Hidden,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_version: Option<u64>,
}

#[derive(Serialize)]
struct Decrypt<'a> {
    ciphertext: &'a str,
    associated_data: Hidden,
}

#[derive(Deserialize)]
struct Errors {
    errors: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
struct Outer<T> {
    data: T,
}

#[derive(Deserialize)]
struct Results<T> {
    batch_results: Vec<T>,
}

#[derive(Deserialize)]
struct Encrypted {
    ciphertext: Option<String>,
    key_version: Option<u64>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Decrypted {
    plaintext: Option<Decoded<Base64>>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Key<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    latest_version: u64,
}

const fn answer() -> KeyServiceCause {
    KeyServiceCause::Answer { service: SERVICE }
}

/// What is to be changed of the key's settings.
#[derive(Serialize)]
struct Config {
    deletion_allowed: bool,
}

const fn other_key() -> KeyServiceCause {
    KeyServiceCause::OtherKey { service: SERVICE }
}

fn refused(reason: Refusal) -> Error {
    KeyServiceCause::Refused {
        service: SERVICE,
        reason,
    }
    .into()
}

/// The version in `vault:v3:…`.
fn version_of(ciphertext: &str) -> Option<u64> {
    let (version, rest) = ciphertext.strip_prefix("vault:v")?.split_once(':')?;
    let number = parse_version(version)?;
    (!rest.is_empty()).then_some(number)
}

/// A version as the engine writes it.
fn parse_version(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number > 0 && number.to_string() == text).then_some(number)
}

impl VaultTransit {
    /// Sends items, in batches, and gives one result for each.
    async fn ask<T, R, U>(
        &self,
        operation: &str,
        items: &[T],
        read: impl Fn(&T, R) -> Result<U, Error>,
    ) -> Vec<Result<U, Error>>
    where
        T: Serialize + Sync,
        R: DeserializeOwned,
    {
        let mut results = Vec::with_capacity(items.len());
        for batch in items.chunks(MAX_BATCH) {
            match self.ask_once(operation, batch).await {
                Ok(answers) => {
                    results.extend(batch.iter().zip(answers).map(|(item, a)| read(item, a)));
                }
                Err(error) => results.extend(all(error, batch.len())),
            }
        }
        results
    }

    async fn ask_once<T, R>(&self, operation: &str, items: &[T]) -> Result<Vec<R>, Error>
    where
        T: Serialize + Sync,
        R: DeserializeOwned,
    {
        let url = self.client.url(self.path(operation))?;
        let batch = Batch {
            batch_input: items,
            partial_failure_response_code: 200,
        };
        let response = self.client.post(url, &batch).await?;
        // A batch of which every item fails is a bad request with results.
        let results = match response.status() {
            200 => response.json::<Outer<Results<R>>>()?,
            400 => response.json().map_err(|_| response.failure())?,
            _ => return Err(response.failure()),
        };
        let results = results.data.batch_results;
        if results.len() != items.len() {
            return Err(answer().into());
        }
        Ok(results)
    }

    fn path<'a>(&'a self, operation: &'a str) -> impl Iterator<Item = &'a str> {
        let mount = self.mount.split('/');
        ["v1"]
            .into_iter()
            .chain(mount)
            .chain([operation, &self.key])
    }

    /// Whether the engine has the key. Only the engine itself can say that it has none:
    /// what stands before it answers with the same status where the engine is away, and
    /// the server where the mount is, and both say more.
    async fn exists(&self) -> Result<bool, Error> {
        let response = self.client.get(self.client.url(self.path("keys"))?).await?;
        let says_no_more = || {
            response
                .json::<Errors>()
                .is_ok_and(|said| said.errors.is_empty())
        };
        match response.status() {
            404 if says_no_more() => Ok(false),
            _ if response.is_success() => Ok(true),
            _ => Err(response.failure()),
        }
    }

    async fn encrypt(&self, items: &[Encrypt]) -> Vec<Result<WrappedKey, Error>> {
        self.ask("encrypt", items, read_encrypted).await
    }
}

fn encrypt(key: &DataKey, context: WrapContext<'_>, key_version: Option<u64>) -> Encrypt {
    Encrypt {
        plaintext: encode::<Base64>(key.expose_secret()),
        associated_data: encode::<Base64>(context.digest),
        key_version,
    }
}

fn read_encrypted(item: &Encrypt, result: Encrypted) -> Result<WrappedKey, Error> {
    if result.error.is_some_and(|error| !error.is_empty()) {
        return Err(refused(Refusal::Unfit));
    }
    let ciphertext = result.ciphertext.ok_or_else(answer)?;
    let version = version_of(&ciphertext).ok_or_else(answer)?;
    let expected = [result.key_version, item.key_version];
    if expected.into_iter().flatten().any(|other| other != version) {
        return Err(other_key().into());
    }
    let version = KeyVersion::new(&version.to_string())?;
    WrappedKey::new(version, ciphertext.as_bytes()).map_err(|_| answer().into())
}

fn read_decrypted(_: &Decrypt<'_>, result: Decrypted) -> Result<DataKey, Error> {
    if let Some(error) = result.error.filter(|error| !error.is_empty()) {
        // There are no codes. A version below the lowest that may decrypt, and a
        // failure of the engine, say nothing against the wrapped key.
        if error.contains("disallowed by policy") {
            return Err(refused(Refusal::Unfit));
        }
        if error.contains("internal error") {
            return Err(KeyServiceCause::Failed { service: SERVICE }.into());
        }
        return Err(KeyServiceCause::Open { service: SERVICE }.into());
    }
    let plaintext = result.plaintext.ok_or_else(answer)?;
    let bytes = plaintext.bytes().ok_or_else(answer)?;
    data_key(bytes).ok_or_else(|| KeyServiceCause::Open { service: SERVICE }.into())
}

#[async_trait]
impl KeyProvider for VaultTransit {
    fn id(&self) -> &KeyId {
        &self.id
    }

    fn capabilities(&self) -> KeyServiceCapabilities {
        KeyServiceCapabilities {
            binds_context: true,
            authenticates: true,
            rewraps_at_service: false,
            chooses_version: true,
            max_batch: MAX_BATCH,
        }
    }

    async fn current_version(&self) -> Result<KeyVersion, Error> {
        let url = self.client.url(self.path("keys"))?;
        let response = self.client.get(url).await?;
        if !response.is_success() {
            return Err(response.failure());
        }
        let key = response.json::<Outer<Key<'_>>>()?.data;
        if key.name != self.key {
            return Err(other_key().into());
        }
        KeyVersion::new(&key.latest_version.to_string())
    }

    async fn wrap(&self, items: &[WrapRequest<'_>]) -> Vec<Result<WrappedKey, Error>> {
        let items = items
            .iter()
            .map(|item| encrypt(item.key, item.context, None));
        self.encrypt(&items.collect::<Vec<_>>()).await
    }

    async fn unwrap(&self, items: &[UnwrapRequest<'_>]) -> Vec<Result<DataKey, Error>> {
        let open = || Error::from(KeyServiceCause::Open { service: SERVICE });
        let mut requests = Vec::with_capacity(items.len());
        let mut errors = Vec::with_capacity(items.len());
        for item in items {
            let ciphertext = std::str::from_utf8(item.wrapped.bytes()).ok();
            let version = parse_version(item.wrapped.version().as_str());
            match ciphertext.filter(|text| version.is_some() && version_of(text) == version) {
                Some(ciphertext) => {
                    requests.push(Decrypt {
                        ciphertext,
                        associated_data: encode::<Base64>(item.context.digest),
                    });
                    errors.push(Ok(()));
                }
                None => errors.push(Err(open())),
            }
        }
        merge(errors, self.ask("decrypt", &requests, read_decrypted).await)
    }

    /// Allows the deletion of the key, and deletes it with all its versions. The token
    /// needs `update` on `keys/<key>/config`, and `read` and `delete` on `keys/<key>`.
    ///
    /// # Security
    /// Backups of the engine's own storage keep the key until they are gone.
    async fn destroy_key(&self) -> Result<KeyDestruction, Error> {
        if !self.exists().await? {
            return Ok(KeyDestruction::Destroyed);
        }
        let url = self.client.url(self.path("keys").chain(["config"]))?;
        let allowed = Config {
            deletion_allowed: true,
        };
        let response = self.client.post(url, &allowed).await?;
        if !response.is_success() {
            return Err(response.failure());
        }
        let url = self.client.url(self.path("keys"))?;
        let response = self.client.delete(url).await?;
        if !response.is_success() {
            return Err(response.failure());
        }
        // An engine may answer before it is done, or for another key.
        if self.exists().await? {
            return Err(KeyServiceCause::Failed { service: SERVICE }.into());
        }
        Ok(KeyDestruction::Destroyed)
    }

    async fn rewrap(&self, items: &[RewrapRequest<'_>]) -> Vec<Result<WrappedKey, Error>> {
        let requests = items.iter().map(|item| UnwrapRequest {
            wrapped: item.wrapped,
            context: item.context,
        });
        let keys = self.unwrap(&requests.collect::<Vec<_>>()).await;
        let mut requests = Vec::with_capacity(items.len());
        let mut errors = Vec::with_capacity(items.len());
        for (item, key) in items.iter().zip(keys) {
            let version = match item.version.map(|version| parse_version(version.as_str())) {
                Some(None) => Err(Error::config("version of a Transit key is not a number")),
                Some(version) => Ok(version),
                None => Ok(None),
            };
            match key.and_then(|key| Ok((key, version?))) {
                Ok((key, version)) => {
                    requests.push(encrypt(&key, item.context, version));
                    errors.push(Ok(()));
                }
                Err(error) => errors.push(Err(error)),
            }
        }
        merge(errors, self.encrypt(&requests).await)
    }
}

impl fmt::Debug for VaultTransit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VaultTransit")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for VaultTransitBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VaultTransitBuilder")
            .field("mount", &self.mount)
            .field("key", &self.key)
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}
