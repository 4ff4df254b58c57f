//! The Transit engine of Vault and OpenBao.

use std::sync::{Arc, Mutex};

use base64ct::{Base64, Encoding};
use confidant::seal::{
    KeyDestruction, KeyId, KeyProvider, KeyServiceConnection, KeyVersion, UnwrapRequest,
    VaultTransit, WrapRequest, WrappedKey, check_provider,
};
use confidant::secret::Secret;
use confidant::{Error, ErrorKind};
use serde_json::{Value, json};

use super::cipher;
use super::common::{batch, context, failed, key, rewrap, run, unwrap, wrap};
use super::server::{Fault, Reply, Request, Server};
use super::suite::{Peer, TOKEN, suite};

/// The engine, as far as it is asked here.
struct Engine {
    versions: Vec<[u8; 32]>,
    /// The lowest version that may decrypt.
    lowest: usize,
    /// Whether it looks at associated data.
    authenticates: bool,
    deletion_allowed: bool,
    /// After how many requests it refuses everything.
    refuses_after: Option<u32>,
}

impl Engine {
    /// What there is to be said of the key itself.
    fn key(&mut self, request: &Request) -> Reply {
        match &*request.method {
            _ if self.versions.is_empty() => Reply::json(404, &json!({ "errors": [] })),
            "DELETE" if self.deletion_allowed => {
                self.versions.clear();
                Reply::text("")
            }
            "DELETE" => Reply::json(400, &json!({ "errors": ["deletion is not allowed"] })),
            "GET" => {
                let data = json!({
                    "name": "app",
                    "type": "aes256-gcm96",
                    "latest_version": self.versions.len(),
                });
                Reply::json(200, &json!({ "data": data }))
            }
            method => panic!("{method}"),
        }
    }

    fn answer(&mut self, request: &Request) -> Reply {
        match &mut self.refuses_after {
            Some(0) => return Reply::status(403),
            Some(left) => *left -= 1,
            None => {}
        }
        if request.path == "/v1/transit/keys/app/config" {
            assert_eq!(request.method, "POST");
            self.deletion_allowed = request.json()["deletion_allowed"].as_bool().unwrap();
            return Reply::text("");
        }
        let path: Vec<_> = request.path.split('/').collect();
        let (operation, name) = (path[path.len() - 2], path[path.len() - 1]);
        if name != "app" {
            return Reply::json(404, &json!({ "errors": [] }));
        }
        if operation == "keys" {
            return self.key(request);
        }
        assert_eq!(request.method, "POST");
        let body = request.json();
        let items = body["batch_input"].as_array().unwrap();
        let answer = |item| match operation {
            "encrypt" => self.encrypt(item),
            "decrypt" => self.decrypt(item),
            _ => panic!("unknown operation"),
        };
        let answers: Vec<_> = items.iter().map(answer).collect();
        let results: Vec<_> = answers
            .iter()
            .map(|answer| match answer {
                Ok(result) => result.clone(),
                Err(error) => json!({ "error": error }),
            })
            .collect();
        let status = match answers.iter().filter(|answer| answer.is_err()).count() {
            0 => 200,
            some if some == answers.len() => 400,
            _ => body["partial_failure_response_code"]
                .as_u64()
                .unwrap_or(400),
        };
        let body = json!({ "data": { "batch_results": results } });
        Reply::json(status.try_into().unwrap(), &body)
    }

    fn associated(&self, item: &Value) -> Vec<u8> {
        let data = decoded(item, "associated_data").unwrap();
        if self.authenticates { data } else { Vec::new() }
    }

    fn encrypt(&self, item: &Value) -> Result<Value, String> {
        let version = item["key_version"]
            .as_u64()
            .map_or(self.versions.len(), |v| v as usize);
        let key = self.versions.get(version.wrapping_sub(1));
        let key = key.ok_or("requested version for encryption is not there")?;
        let plaintext = decoded(item, "plaintext").unwrap();
        let sealed = cipher::seal(key, &self.associated(item), &plaintext);
        let ciphertext = format!("vault:v{version}:{}", Base64::encode_string(&sealed));
        Ok(json!({ "ciphertext": ciphertext, "key_version": version }))
    }

    fn decrypt(&self, item: &Value) -> Result<Value, String> {
        let text = item["ciphertext"].as_str().unwrap();
        let parts = text
            .strip_prefix("vault:v")
            .and_then(|rest| rest.split_once(':'));
        let (version, sealed) = parts.ok_or("invalid ciphertext: no prefix")?;
        let version: usize = version.parse().map_err(|_| "invalid ciphertext: version")?;
        if version < self.lowest {
            return Err("ciphertext or signature version is disallowed by policy (too old)".into());
        }
        let key = self
            .versions
            .get(version.wrapping_sub(1))
            .ok_or("invalid ciphertext")?;
        let sealed = Base64::decode_vec(sealed).map_err(|_| "invalid ciphertext: base64")?;
        let opened = cipher::open(key, &self.associated(item), &sealed);
        let opened = opened.ok_or("cipher: message authentication failed")?;
        Ok(json!({ "plaintext": Base64::encode_string(&opened) }))
    }
}

fn decoded(item: &Value, field: &str) -> Option<Vec<u8>> {
    Some(Base64::decode_vec(item[field].as_str()?).unwrap())
}

struct Vault {
    engine: Arc<Mutex<Engine>>,
    server: Server,
}

impl Vault {
    fn ready(&self) -> VaultTransit {
        let token = Secret::from(TOKEN.to_owned());
        let builder = VaultTransit::builder(&self.server.address(), token).key("app");
        builder.build().unwrap()
    }
}

impl Peer for Vault {
    fn start() -> Self {
        let engine = Arc::new(Mutex::new(Engine {
            versions: vec![cipher::new_key()],
            lowest: 1,
            authenticates: true,
            deletion_allowed: false,
            refuses_after: None,
        }));
        let answering = Arc::clone(&engine);
        Self {
            engine,
            server: Server::start(move |request| answering.lock().unwrap().answer(request)),
        }
    }

    fn server(&self) -> &Server {
        &self.server
    }

    fn provider(&self, address: &str, connection: KeyServiceConnection) -> Box<dyn KeyProvider> {
        let token = Secret::from(TOKEN.to_owned());
        let builder = VaultTransit::builder(address, token)
            .key("app")
            .connection(connection);
        Box::new(builder.build().unwrap())
    }

    fn rotate(&self) {
        self.engine.lock().unwrap().versions.push(cipher::new_key());
    }
}

suite!(Vault);

#[test]
fn a_batch_goes_in_requests_of_128() {
    let vault = Vault::start();
    batch(&vault.ready(), 200);
    let sizes = vault.server.requests().into_iter().map(|request| {
        let body = request.json();
        body["batch_input"].as_array().unwrap().len()
    });
    // Wrapping, re-wrapping by decrypting and encrypting, unwrapping twice.
    assert_eq!(sizes.collect::<Vec<_>>(), [128, 72].repeat(5));
}

#[test]
fn an_item_fails_alone() {
    let vault = Vault::start();
    let provider = vault.ready();
    let good = wrap(&provider, &key(7)).unwrap();
    let mut bytes = good.bytes().to_vec();
    bytes[20] ^= 1;
    let changed = WrappedKey::new(good.version().clone(), &bytes).unwrap();
    let text = WrappedKey::new(good.version().clone(), b"vault:v2:AAAA").unwrap();
    let other = WrappedKey::new(good.version().clone(), &[0xff; 40]).unwrap();
    let items = [&good, &changed, &text, &good, &other].map(|wrapped| UnwrapRequest {
        wrapped,
        context: context(),
    });
    let results = run(provider.unwrap(&items));
    let opened = results.iter().map(|result| match result {
        Ok(key) => Some(key.expose_secret()[0]),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Open);
            None
        }
    });
    assert_eq!(
        opened.collect::<Vec<_>>(),
        [Some(7), None, None, Some(7), None]
    );
}

#[test]
fn a_batch_that_cannot_be_asked_fails_for_every_item() {
    let vault = Vault::start();
    let provider = vault.ready();
    let key = key(7);
    let items = [WrapRequest {
        key: &key,
        context: context(),
    }; 3];
    vault.server.spoil([Fault::Instead(Reply::status(403))]);
    let results = run(provider.wrap(&items));
    assert_eq!(results.len(), 3);
    for result in results {
        assert_eq!(failed(result), (ErrorKind::Refused, false));
    }
}

#[test]
fn a_version_out_of_use_is_refused() {
    let vault = Vault::start();
    let provider = vault.ready();
    let old = wrap(&provider, &key(7)).unwrap();
    vault.rotate();
    vault.engine.lock().unwrap().lowest = 2;
    assert_eq!(failed(unwrap(&provider, &old)), (ErrorKind::Refused, false));
    let missing = KeyVersion::new("9").unwrap();
    let new = wrap(&provider, &key(7)).unwrap();
    let rewrapped = rewrap(&provider, &new, Some(&missing));
    assert_eq!(failed(rewrapped), (ErrorKind::Refused, false));
}

#[test]
fn a_key_is_destroyed_with_all_versions() {
    let vault = Vault::start();
    let provider = vault.ready();
    let wrapped = wrap(&provider, &key(7)).unwrap();
    vault.rotate();
    let destroy = || run(provider.destroy_key());
    // That the engine refuses on the way is not taken for an end.
    let versions = vault.engine.lock().unwrap().versions.clone();
    for place in 0..4 {
        vault.engine.lock().unwrap().refuses_after = Some(place);
        assert_eq!(failed(destroy()), (ErrorKind::Refused, false), "{place}");
        vault.engine.lock().unwrap().versions = versions.clone();
    }
    vault.engine.lock().unwrap().refuses_after = None;
    // Only the engine says that it has no such key: neither a balancer before it, nor the
    // server where the mount is not there.
    let unrouted = json!({ "errors": ["no handler for route \"transit/keys/app\""] });
    for elsewhere in [Reply::status(404), Reply::json(404, &unrouted)] {
        vault.server.spoil([Fault::Instead(elsewhere)]);
        assert_eq!(failed(destroy()), (ErrorKind::Refused, false));
    }
    assert!(!vault.engine.lock().unwrap().versions.is_empty());
    for _ in 0..2 {
        assert_eq!(destroy().unwrap(), KeyDestruction::Destroyed);
    }
    assert!(vault.engine.lock().unwrap().versions.is_empty());
    assert!(unwrap(&provider, &wrapped).is_err());
}

#[test]
fn an_engine_that_ignores_the_context_is_found_out() {
    let vault = Vault::start();
    vault.engine.lock().unwrap().authenticates = false;
    let checked = run(check_provider(&vault.ready()));
    assert_eq!(failed(checked), (ErrorKind::Integrity, false));
}

#[test]
fn answers_for_another_key_or_version_are_refused() {
    let vault = Vault::start();
    let provider = vault.ready();
    let wraps = |alter: fn(&mut Value), kind| {
        vault.server.spoil([Fault::Alter(alter)]);
        assert_eq!(failed(wrap(&provider, &key(7))), (kind, false));
    };
    wraps(
        |body| body["data"]["batch_results"][0]["key_version"] = 2.into(),
        ErrorKind::Integrity,
    );
    for alter in [
        (|body| body["data"]["batch_results"][0]["ciphertext"] = "vault:v1:".into())
            as fn(&mut Value),
        |body| body["data"]["batch_results"][0]["ciphertext"] = "vault:v01:AAAA".into(),
        |body| body["data"]["batch_results"][0]["ciphertext"] = "v1:AAAA".into(),
        |body| body["data"]["batch_results"][0]["ciphertext"] = "".into(),
        |body| body["data"]["batch_results"][0]["ciphertext"] = Value::Null,
        |body| body["data"]["batch_results"] = json!([]),
        |body| {
            let one = body["data"]["batch_results"][0].clone();
            body["data"]["batch_results"] = json!([one, one]);
        },
        |body| {
            let long = format!("vault:v1:{}", "A".repeat(1200));
            body["data"]["batch_results"][0]["ciphertext"] = long.into();
        },
    ] {
        wraps(alter, ErrorKind::KeyService);
    }

    vault
        .server
        .spoil([Fault::Alter(|body| body["data"]["name"] = "other".into())]);
    let version = run(provider.current_version());
    assert_eq!(failed(version), (ErrorKind::Integrity, false));
}

#[test]
fn plaintext_of_another_form_is_refused() {
    let vault = Vault::start();
    let provider = vault.ready();
    let wrapped = wrap(&provider, &key(7)).unwrap();
    let unwraps = |alter: fn(&mut Value), kind| {
        vault.server.spoil([Fault::Alter(alter)]);
        assert_eq!(failed(unwrap(&provider, &wrapped)), (kind, false));
    };
    let service = ErrorKind::KeyService;
    unwraps(
        |b| b["data"]["batch_results"][0]["plaintext"] = "_-_-".into(),
        service,
    );
    unwraps(
        |b| b["data"]["batch_results"][0]["plaintext"] = Value::Null,
        service,
    );
    unwraps(
        |b| b["data"]["batch_results"][0]["error"] = "internal error".into(),
        service,
    );
    unwraps(
        |b| b["data"]["batch_results"][0]["plaintext"] = "AAAA".into(),
        ErrorKind::Open,
    );
    unwraps(
        |b| b["data"]["batch_results"][0]["plaintext"] = "".into(),
        ErrorKind::Open,
    );
}

#[test]
fn namespace_and_mount_go_along() {
    let vault = Vault::start();
    let token = Secret::from(TOKEN.to_owned());
    let provider = VaultTransit::builder(&vault.server.address(), token)
        .key("app")
        .mount("keys/transit-2")
        .namespace("team-a/eu")
        .build()
        .unwrap();
    assert_eq!(
        provider.id().as_str(),
        "vault-transit:team-a/eu/keys/transit-2/app"
    );
    let wrapped = wrap(&provider, &key(7)).unwrap();
    let [request] = &vault.server.requests()[..] else {
        panic!("there is one request");
    };
    assert_eq!(request.path, "/v1/keys/transit-2/encrypt/app");
    assert_eq!(request.header("x-vault-namespace"), Some("team-a/eu"));
    assert_eq!(request.header("x-vault-request"), Some("true"));
    assert!(wrapped.bytes().starts_with(b"vault:v1:"));
    let body = request.json();
    let item = body["batch_input"][0].as_object().unwrap();
    assert_eq!(
        item["associated_data"],
        Base64::encode_string(context().digest)
    );
    assert!(!item.contains_key("key_version"));
}

#[test]
fn a_provider_is_set_up_with_good_names_only() {
    let build = |address: &str, key: &str, mount: &str, namespace: &str| {
        let token = Secret::from(TOKEN.to_owned());
        let builder = VaultTransit::builder(address, token).key(key).mount(mount);
        builder.namespace(namespace).build()
    };
    let address = "https://vault.example.test";
    build(address, "app-1.x_y", "a/b", "c/d").unwrap();
    for (address, key, mount, namespace) in [
        (address, "", "transit", "a"),
        (address, "..", "transit", "a"),
        (address, "a/b", "transit", "a"),
        (address, "a?b", "transit", "a"),
        (address, "app", "", "a"),
        (address, "app", "/transit", "a"),
        (address, "app", "a/../b", "a"),
        (address, "app", "transit", ""),
        (address, "app", "transit", "a b"),
        (address, "app", "transit", "a\r\nb: c"),
        ("http://vault.example.test", "app", "transit", "a"),
        (
            "https://user:word@vault.example.test",
            "app",
            "transit",
            "a",
        ),
    ] {
        let failed = failed(build(address, key, mount, namespace));
        assert_eq!(
            failed,
            (ErrorKind::Config, false),
            "{address} {key} {mount} {namespace}"
        );
    }
    let token = Secret::from("two\r\nlines".to_owned());
    let vault = Vault::start();
    let builder = VaultTransit::builder(&vault.server.address(), token).key("app");
    let provider = builder.id(KeyId::new("own:id").unwrap()).build().unwrap();
    assert_eq!(provider.id().as_str(), "own:id");
    assert_eq!(failed(wrap(&provider, &key(7))), (ErrorKind::Config, false));
}

/// Fails as often as it is told to.
struct Failing(Mutex<u32>, bool);

#[async_trait::async_trait]
impl confidant::seal::TokenSource for Failing {
    async fn token(&self) -> Result<Secret<String>, Error> {
        let mut left = self.0.lock().unwrap();
        if *left == 0 {
            return Ok(Secret::from(TOKEN.to_owned()));
        }
        *left -= 1;
        let error = Error::foreign(ErrorKind::Refused, std::io::Error::other("hunter2"));
        Err(if self.1 { error.retry() } else { error })
    }
}

#[test]
fn a_source_of_tokens_may_fail() {
    let vault = Vault::start();
    let ready = |times, retryable| {
        let source = Failing(Mutex::new(times), retryable);
        VaultTransit::builder(&vault.server.address(), source)
            .key("app")
            .build()
            .unwrap()
    };
    wrap(&ready(2, true), &key(7)).unwrap();
    assert_eq!(vault.server.requests().len(), 1);
    assert_eq!(
        failed(wrap(&ready(1, false), &key(7))),
        (ErrorKind::Refused, false)
    );
    assert!(vault.server.requests().is_empty());
}
