//! Google Cloud KMS.

use std::sync::{Arc, Mutex};

use base64ct::{Base64, Encoding};
use confidant::ErrorKind;
use confidant::seal::{GcpKms, KeyDestruction, KeyProvider, KeyServiceConnection, KeyVersion};
use confidant::secret::Secret;
use crc::{CRC_32_ISCSI, Crc};
use serde_json::{Value, json};

use super::cipher;
use super::common::{context, failed, key, rewrap, run, unwrap, wrap};
use super::server::{Fault, Reply, Request, Server};
use super::suite::{Peer, TOKEN, suite};

const KEY: &str = "projects/acme/locations/global/keyRings/app/cryptoKeys/secrets";

fn checksum(bytes: &[u8]) -> String {
    Crc::<u32>::new(&CRC_32_ISCSI).checksum(bytes).to_string()
}

/// The service, as far as it is asked here.
#[derive(Default)]
struct Service {
    versions: Vec<[u8; 32]>,
    /// How many of them, from the first one on, are to be destroyed.
    scheduled: usize,
}

fn invalid(message: &str) -> Reply {
    let error = json!({ "code": 400, "message": message, "status": "INVALID_ARGUMENT" });
    Reply::json(400, &json!({ "error": error }))
}

/// The bytes of a field whose checksum came along and is right.
fn checked(body: &Value, field: &str) -> Option<Vec<u8>> {
    let bytes = Base64::decode_vec(body[field].as_str()?).ok()?;
    let expected = body[format!("{field}Crc32c")].as_str()?;
    (checksum(&bytes) == expected).then_some(bytes)
}

impl Service {
    fn name(version: usize) -> String {
        format!("{KEY}/cryptoKeyVersions/{version}")
    }

    fn version(&self, number: usize) -> Value {
        let state = if number <= self.scheduled {
            "DESTROY_SCHEDULED"
        } else {
            "ENABLED"
        };
        json!({ "name": Self::name(number), "state": state })
    }

    /// The versions, one on each page.
    fn list(&self, query: &str) -> Reply {
        let at: usize = match query.strip_prefix("pageToken=at-") {
            Some(number) => number.parse().unwrap(),
            None => 1,
        };
        let mut page = json!({ "cryptoKeyVersions": [self.version(at)], "totalSize": 2 });
        if at < self.versions.len() {
            page["nextPageToken"] = format!("at-{}", at + 1).into();
        }
        Reply::json(200, &page)
    }

    fn answer(&mut self, request: &Request) -> Reply {
        let path = request.path.strip_prefix("/v1/").unwrap();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        if path == format!("{KEY}/cryptoKeyVersions") {
            assert_eq!(request.method, "GET");
            return self.list(query);
        }
        if let Some(name) = path.strip_suffix(":destroy") {
            let number = name.rsplit('/').next().unwrap().parse().unwrap();
            assert_eq!((&*request.method, number), ("POST", self.scheduled + 1));
            self.scheduled = number;
            return Reply::json(200, &self.version(number));
        }
        let Some((name, verb)) = path.split_once(':') else {
            assert_eq!((request.method.as_str(), path), ("GET", KEY));
            let primary = json!({ "name": Self::name(self.versions.len()), "state": "ENABLED" });
            return Reply::json(200, &json!({ "name": KEY, "primary": primary }));
        };
        assert_eq!(request.method, "POST");
        let body = request.json();
        let Some(associated) = checked(&body, "additionalAuthenticatedData") else {
            return invalid("the checksum of the associated data does not match");
        };
        match verb {
            "encrypt" => {
                let Some(plaintext) = checked(&body, "plaintext") else {
                    return invalid("the checksum of the plaintext does not match");
                };
                let version: usize = match name.strip_prefix(KEY).unwrap() {
                    "" => self.versions.len(),
                    rest => rest
                        .strip_prefix("/cryptoKeyVersions/")
                        .unwrap()
                        .parse()
                        .unwrap(),
                };
                let key = &self.versions[version - 1];
                let mut sealed = vec![version as u8];
                sealed.extend(cipher::seal(key, &associated, &plaintext));
                let body = json!({
                    "name": Self::name(version),
                    "ciphertext": Base64::encode_string(&sealed),
                    "ciphertextCrc32c": checksum(&sealed),
                    "verifiedPlaintextCrc32c": true,
                    "verifiedAdditionalAuthenticatedDataCrc32c": true,
                    "protectionLevel": "SOFTWARE",
                });
                Reply::json(200, &body)
            }
            "decrypt" => {
                assert_eq!(name, KEY);
                let Some(sealed) = checked(&body, "ciphertext") else {
                    return invalid("the checksum of the ciphertext does not match");
                };
                let version = usize::from(sealed[0]).wrapping_sub(1);
                let opened = self
                    .versions
                    .get(version)
                    .and_then(|key| cipher::open(key, &associated, &sealed[1..]));
                let Some(opened) = opened else {
                    return invalid("Decryption failed");
                };
                let body = json!({
                    "plaintext": Base64::encode_string(&opened),
                    "plaintextCrc32c": checksum(&opened),
                    "usedPrimary": true,
                });
                Reply::json(200, &body)
            }
            _ => panic!("unknown verb"),
        }
    }
}

struct Gcp {
    service: Arc<Mutex<Service>>,
    server: Server,
}

impl Gcp {
    fn ready(&self) -> Box<dyn KeyProvider> {
        self.provider(&self.server.address(), KeyServiceConnection::default())
    }

    /// It asks for no version before it wraps.
    fn pinned(&self) -> GcpKms {
        let builder = GcpKms::builder(KEY, Secret::from(TOKEN.to_owned()));
        let builder = builder.version(KeyVersion::new("1").unwrap());
        builder.address(&self.server.address()).build().unwrap()
    }
}

impl Peer for Gcp {
    fn start() -> Self {
        let service = Arc::new(Mutex::new(Service {
            versions: vec![cipher::new_key()],
            scheduled: 0,
        }));
        let answering = Arc::clone(&service);
        Self {
            service,
            server: Server::start(move |request| answering.lock().unwrap().answer(request)),
        }
    }

    fn server(&self) -> &Server {
        &self.server
    }

    fn provider(&self, address: &str, connection: KeyServiceConnection) -> Box<dyn KeyProvider> {
        let builder = GcpKms::builder(KEY, Secret::from(TOKEN.to_owned())).address(address);
        Box::new(builder.connection(connection).build().unwrap())
    }

    fn rotate(&self) {
        self.service
            .lock()
            .unwrap()
            .versions
            .push(cipher::new_key());
    }
}

suite!(Gcp);

#[test]
fn every_version_of_a_key_is_destroyed() {
    let gcp = Gcp::start();
    gcp.rotate();
    gcp.rotate();
    let provider = gcp.ready();
    let destroy = || run(provider.destroy_key());
    // An answer for another version or of another state is none.
    let other = Service::name(2);
    gcp.server.spoil([Fault::Alter(|b| {
        b["cryptoKeyVersions"][0]["name"] = "other".into()
    })]);
    assert_eq!(failed(destroy()), (ErrorKind::Integrity, false));
    let version = json!({ "name": other, "state": "DESTROY_SCHEDULED" });
    let list = gcp.service.lock().unwrap().list("");
    gcp.server.spoil([
        Fault::Instead(list),
        Fault::Instead(Reply::json(200, &version)),
    ]);
    assert_eq!(failed(destroy()), (ErrorKind::Integrity, false));
    for _ in 0..2 {
        assert_eq!(destroy().unwrap(), KeyDestruction::Scheduled);
        assert_eq!(gcp.service.lock().unwrap().scheduled, 3);
    }
}

#[test]
fn an_answer_to_wrapping_is_checked() {
    let gcp = Gcp::start();
    let provider = gcp.pinned();
    let wraps = |alter: fn(&mut Value), kind, retryable| {
        gcp.server.spoil([Fault::Alter(alter)]);
        assert_eq!(failed(wrap(&provider, &key(7))), (kind, retryable));
    };
    let (other, service) = (ErrorKind::Integrity, ErrorKind::KeyService);
    wraps(
        |b| b["name"] = Service::name(1).replace("acme", "evil").into(),
        other,
        false,
    );
    wraps(|b| b["name"] = KEY.into(), other, false);
    wraps(
        |b| b["name"] = format!("{}x", Service::name(1)).into(),
        other,
        false,
    );
    wraps(|b| b["ciphertextCrc32c"] = "7".into(), service, true);
    wraps(|b| b["ciphertextCrc32c"] = "seven".into(), service, false);
    wraps(
        |b| b["verifiedPlaintextCrc32c"] = false.into(),
        service,
        true,
    );
    wraps(
        |b| drop(b.as_object_mut().unwrap().remove("verifiedPlaintextCrc32c")),
        service,
        true,
    );
    wraps(
        |b| b["verifiedAdditionalAuthenticatedDataCrc32c"] = false.into(),
        service,
        true,
    );
    wraps(|b| b["ciphertext"] = "%".into(), service, false);
    wraps(
        |b| {
            b["ciphertext"] = "".into();
            b["ciphertextCrc32c"] = "0".into();
        },
        service,
        false,
    );
    wraps(
        |b| drop(b.as_object_mut().unwrap().remove("ciphertextCrc32c")),
        service,
        false,
    );
}

#[test]
fn an_answer_to_unwrapping_is_checked() {
    let gcp = Gcp::start();
    let provider = gcp.ready();
    let wrapped = wrap(&*provider, &key(7)).unwrap();
    let unwraps = |alter: fn(&mut Value), kind, retryable| {
        gcp.server.spoil([Fault::Alter(alter)]);
        assert_eq!(failed(unwrap(&*provider, &wrapped)), (kind, retryable));
    };
    let service = ErrorKind::KeyService;
    unwraps(|b| b["plaintextCrc32c"] = "7".into(), service, true);
    unwraps(
        |b| b["plaintext"] = Base64::encode_string(&[8; 32]).into(),
        service,
        true,
    );
    unwraps(|b| b["plaintext"] = "%".into(), service, false);
    unwraps(
        |b| {
            b["plaintext"] = Base64::encode_string(&[7; 16]).into();
            b["plaintextCrc32c"] = checksum(&[7; 16]).into();
        },
        ErrorKind::Open,
        false,
    );
}

#[test]
fn a_version_that_does_not_answer_is_refused() {
    let gcp = Gcp::start();
    let provider = gcp.ready();
    let wrapped = wrap(&*provider, &key(7)).unwrap();
    let error = json!({ "code": 400, "status": "FAILED_PRECONDITION", "message": "DISABLED" });
    let reply = Reply::json(400, &json!({ "error": error }));
    gcp.server.spoil([Fault::Instead(reply)]);
    assert_eq!(
        failed(unwrap(&*provider, &wrapped)),
        (ErrorKind::Refused, false)
    );

    let other = |b: &mut Value| b["primary"]["name"] = format!("{KEY}2/cryptoKeyVersions/1").into();
    gcp.server.spoil([Fault::Alter(other)]);
    assert_eq!(
        failed(run(provider.current_version())),
        (ErrorKind::Integrity, false)
    );
    gcp.server
        .spoil([Fault::Alter(|b| b["name"] = "projects/other".into())]);
    assert_eq!(
        failed(run(provider.current_version())),
        (ErrorKind::Integrity, false)
    );
    gcp.server
        .spoil([Fault::Alter(|b| b["primary"] = Value::Null)]);
    assert_eq!(
        failed(run(provider.current_version())),
        (ErrorKind::Refused, false)
    );
}

#[test]
fn an_invalid_argument_of_wrapping_says_nothing_of_a_wrapped_key() {
    let gcp = Gcp::start();
    gcp.server.spoil([Fault::Instead(invalid("no"))]);
    assert_eq!(
        failed(wrap(&gcp.pinned(), &key(7))),
        (ErrorKind::KeyService, false)
    );
}

#[test]
fn a_version_that_is_named_saves_a_call() {
    let gcp = Gcp::start();
    gcp.rotate();
    let provider = gcp.pinned();
    let wrapped = wrap(&provider, &key(7)).unwrap();
    assert_eq!(wrapped.version().as_str(), "1");
    let [request] = &gcp.server.requests()[..] else {
        panic!("there is one request");
    };
    let associated = [context().digest.as_slice(), b"1"].concat();
    let sent = &request.json()["additionalAuthenticatedData"];
    assert_eq!(*sent, Base64::encode_string(&associated));
    rewrap(&provider, &wrapped, None).unwrap();
    assert_eq!(gcp.server.requests().len(), 2);

    let builder = GcpKms::builder(KEY, Secret::from(TOKEN.to_owned()));
    let builder = builder.version(KeyVersion::new("../1").unwrap());
    assert_eq!(failed(builder.build()), (ErrorKind::Config, false));
}
