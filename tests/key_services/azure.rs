//! Azure Key Vault.

use std::sync::{Arc, Mutex};

use base64ct::{Base64UrlUnpadded, Encoding};
use confidant::ErrorKind;
use confidant::seal::{
    AzureKeyVault, KeyProvider, KeyServiceConnection, KeyVersion, WrapAlgorithm,
};
use confidant::secret::Secret;
use serde_json::{Value, json};

use super::cipher;
use super::common::{failed, key, rewrap, run, unwrap, wrap};
use super::server::{Fault, Reply, Request, Server};
use super::suite::{Peer, TOKEN, suite};

/// The service, as far as it is asked here. It wraps by AES-GCM whatever algorithm
/// it is asked for, which a client cannot tell.
struct Service {
    address: String,
    versions: Vec<(String, [u8; 32])>,
    algorithm: &'static str,
}

fn new_version() -> (String, [u8; 32]) {
    let digits = cipher::new_key()[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    (digits, cipher::new_key())
}

fn fails(status: u16, code: &str) -> Reply {
    let error = json!({ "code": code, "message": "hunter2" });
    Reply::json(status, &json!({ "error": error }))
}

impl Service {
    fn kid(&self, version: &str) -> String {
        format!("{}/keys/app/{version}", self.address)
    }

    fn answer(&self, request: &Request) -> Reply {
        let (path, query) = request.path.split_once('?').unwrap();
        assert_eq!(query, "api-version=7.4");
        let path = path.strip_prefix("/keys/app/").unwrap();
        let Some((version, operation)) = path.split_once('/') else {
            assert_eq!((request.method.as_str(), path), ("GET", ""));
            let kid = self.kid(&self.versions.last().unwrap().0);
            let key = json!({ "kid": kid, "kty": "RSA", "key_ops": ["wrapKey", "unwrapKey"] });
            return Reply::json(
                200,
                &json!({ "key": key, "attributes": { "enabled": true } }),
            );
        };
        assert_eq!(request.method, "POST");
        let Some((_, key)) = self.versions.iter().find(|(other, _)| other == version) else {
            return fails(404, "KeyNotFound");
        };
        let body = request.json();
        assert_eq!(body["alg"], self.algorithm);
        let value = Base64UrlUnpadded::decode_vec(body["value"].as_str().unwrap()).unwrap();
        let value = match operation {
            "wrapkey" => Some(cipher::seal(key, b"", &value)),
            "unwrapkey" => cipher::open(key, b"", &value),
            _ => panic!("unknown operation"),
        };
        let Some(value) = value else {
            return fails(400, "BadParameter");
        };
        let value = Base64UrlUnpadded::encode_string(&value);
        Reply::json(200, &json!({ "kid": self.kid(version), "value": value }))
    }
}

struct Azure {
    service: Arc<Mutex<Service>>,
    server: Server,
}

impl Azure {
    fn ready(&self) -> Box<dyn KeyProvider> {
        self.provider(&self.server.address(), KeyServiceConnection::default())
    }
}

impl Peer for Azure {
    fn start() -> Self {
        let service = Arc::new(Mutex::new(Service {
            address: String::new(),
            versions: vec![new_version()],
            algorithm: "RSA-OAEP-256",
        }));
        let answering = Arc::clone(&service);
        let server = Server::start(move |request| answering.lock().unwrap().answer(request));
        service.lock().unwrap().address = server.address();
        Self { service, server }
    }

    fn server(&self) -> &Server {
        &self.server
    }

    fn provider(&self, address: &str, connection: KeyServiceConnection) -> Box<dyn KeyProvider> {
        let token = Secret::from(TOKEN.to_owned());
        let builder = AzureKeyVault::builder(address, token)
            .key("app")
            .connection(connection);
        Box::new(builder.build().unwrap())
    }

    fn rotate(&self) {
        self.service.lock().unwrap().versions.push(new_version());
    }
}

suite!(Azure);

#[test]
fn the_key_of_an_answer_is_compared() {
    let azure = Azure::start();
    let provider = azure.ready();
    let wrapped = wrap(&*provider, &key(7)).unwrap();
    for alter in [
        (|b| b["kid"] = "".into()) as fn(&mut Value),
        |b| b["kid"] = b["kid"].as_str().unwrap().replace("/app/", "/bpp/").into(),
        |b| {
            b["kid"] = b["kid"]
                .as_str()
                .unwrap()
                .replace("127.0.0.1", "127.0.0.2")
                .into()
        },
        |b| b["kid"] = format!("{}/", b["kid"].as_str().unwrap()).into(),
        |b| b["kid"] = b["kid"].as_str().unwrap()[..40].into(),
        |b| {
            let kid = b["kid"].as_str().unwrap();
            let (front, _) = kid.rsplit_once('/').unwrap();
            b["kid"] = format!("{front}/{}", "0".repeat(32)).into();
        },
    ] {
        azure.server.spoil([Fault::Alter(alter)]);
        assert_eq!(
            failed(unwrap(&*provider, &wrapped)),
            (ErrorKind::Integrity, false)
        );
    }
    azure.server.spoil([Fault::Alter(|b| {
        b["key"]["kid"] = "https://other.test/keys/app/0".into()
    })]);
    assert_eq!(
        failed(wrap(&*provider, &key(7))),
        (ErrorKind::Integrity, false)
    );

    // Hosts and names in capitals are the same.
    azure.server.spoil([Fault::Alter(|b| {
        b["kid"] = b["kid"].as_str().unwrap().replace("/app/", "/APP/").into();
    })]);
    unwrap(&*provider, &wrapped).unwrap();
}

#[test]
fn values_of_another_form_are_refused() {
    let azure = Azure::start();
    let provider = azure.ready();
    let wrapped = wrap(&*provider, &key(7)).unwrap();
    let unwraps = |alter: fn(&mut Value), kind| {
        azure.server.spoil([Fault::Alter(alter)]);
        assert_eq!(failed(unwrap(&*provider, &wrapped)), (kind, false));
    };
    unwraps(|b| b["value"] = "+/".into(), ErrorKind::KeyService);
    unwraps(|b| b["value"] = Value::Null, ErrorKind::KeyService);
    unwraps(|b| b["value"] = "AAAA".into(), ErrorKind::Open);
}

#[test]
fn a_key_that_may_not_is_refused() {
    let azure = Azure::start();
    let provider = azure.ready();
    let wrapped = wrap(&*provider, &key(7)).unwrap();
    let inner = json!({ "code": "Forbidden", "innererror": { "code": "KeyDisabled" } });
    let disabled = Reply::json(403, &json!({ "error": inner }));
    let unfit = fails(403, "KeyOperationForbidden");
    for reply in [
        disabled,
        unfit,
        fails(403, "Forbidden"),
        fails(404, "KeyNotFound"),
    ] {
        azure.server.spoil([Fault::Instead(reply)]);
        assert_eq!(
            failed(unwrap(&*provider, &wrapped)),
            (ErrorKind::Refused, false)
        );
    }
    azure
        .server
        .spoil([Fault::Instead(fails(401, "Unauthorized"))]);
    assert_eq!(
        failed(run(provider.current_version())),
        (ErrorKind::Refused, false)
    );
}

#[test]
fn a_version_that_is_named_saves_a_call() {
    let azure = Azure::start();
    azure.service.lock().unwrap().algorithm = "A256KW";
    let first = azure.service.lock().unwrap().versions[0].0.clone();
    azure.rotate();
    let token = Secret::from(TOKEN.to_owned());
    let provider = AzureKeyVault::builder(&azure.server.address(), token)
        .key("app")
        .version(KeyVersion::new(&first).unwrap())
        .algorithm(WrapAlgorithm::A256Kw)
        .build()
        .unwrap();
    let wrapped = wrap(&provider, &key(7)).unwrap();
    assert_eq!(wrapped.version().as_str(), first);
    assert_eq!(azure.server.requests().len(), 1);
    rewrap(&provider, &wrapped, None).unwrap();
    assert_eq!(azure.server.requests().len(), 2);
}

#[test]
fn a_provider_is_set_up_with_good_names_only() {
    let address = "https://acme.vault.azure.net";
    let build = |address: &str, key: &str, version: &str| {
        let token = Secret::from(TOKEN.to_owned());
        let builder = AzureKeyVault::builder(address, token).key(key);
        builder.version(KeyVersion::new(version).unwrap()).build()
    };
    let version = "0123456789abcdef0123456789abcdef";
    let provider = build(address, "app-1", version).unwrap();
    let id = "azure-keyvault:https://acme.vault.azure.net/keys/app-1";
    assert_eq!(provider.id().as_str(), id);
    for (address, key, version) in [
        (address, "", version),
        (address, "a/b", version),
        (address, "..", version),
        (address, "app", "7"),
        (address, "app", "0123456789ABCDEF0123456789ABCDEF"),
        ("http://acme.vault.azure.net", "app", version),
        ("https://acme.vault.azure.net/path", "app", version),
    ] {
        let failed = failed(build(address, key, version));
        assert_eq!(
            failed,
            (ErrorKind::Config, false),
            "{address} {key} {version}"
        );
    }
}
