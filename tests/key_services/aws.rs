//! AWS KMS: a server of our own for wrong answers, and `moto` for right ones.

use std::time::{Duration, Instant};

use aws_sdk_kms::Client;
use aws_sdk_kms::config::{BehaviorVersion, Config, Credentials, Region};
use base64ct::{Base64, Encoding};
use confidant::ErrorKind;
use confidant::seal::{AwsKms, CallOptions, KeyVersion, WrappedKey, check_provider};
use serde_json::{Value, json};

use super::common::{DIGEST, altered, batch, failed, key, rewrap, run, unwrap, wrap};
use super::server::{Fault, Reply, Request, Server};
use super::{cipher, peer};

const ARN: &str = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn client(address: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("id", "hunter2", None, None, "test"))
        .endpoint_url(address);
    Client::from_conf(config.build())
}

fn fails(code: &str) -> Reply {
    Reply::json(400, &json!({ "__type": code, "message": "hunter2" }))
}

/// The service, as far as it is asked here.
fn answer(kek: &[u8; 32], request: &Request) -> Reply {
    let body = request.json();
    let field = |name: &str| Base64::decode_vec(body[name].as_str().unwrap()).unwrap();
    // An object is written with its names in order, however it was sent.
    let associated = |name: &str| body[name].to_string().into_bytes();
    match request.header("x-amz-target").unwrap() {
        "TrentService.Encrypt" => {
            assert_eq!(body["KeyId"], ARN);
            assert_eq!(body["EncryptionAlgorithm"], "SYMMETRIC_DEFAULT");
            let sealed = cipher::seal(kek, &associated("EncryptionContext"), &field("Plaintext"));
            let blob = Base64::encode_string(&sealed);
            Reply::json(200, &json!({ "CiphertextBlob": blob, "KeyId": ARN }))
        }
        "TrentService.Decrypt" => {
            assert_eq!(body["KeyId"], ARN);
            let sealed = field("CiphertextBlob");
            let opened = cipher::open(kek, &associated("EncryptionContext"), &sealed);
            let Some(opened) = opened else {
                return fails("InvalidCiphertextException");
            };
            let plaintext = Base64::encode_string(&opened);
            Reply::json(200, &json!({ "Plaintext": plaintext, "KeyId": ARN }))
        }
        "TrentService.ReEncrypt" => {
            assert_eq!(
                (&body["SourceKeyId"], &body["DestinationKeyId"]),
                (&json!(ARN), &json!(ARN))
            );
            let (from, to) = ("SourceEncryptionContext", "DestinationEncryptionContext");
            assert_eq!(body[from], body[to]);
            let opened = cipher::open(kek, &associated(from), &field("CiphertextBlob"));
            let Some(opened) = opened else {
                return fails("InvalidCiphertextException");
            };
            let blob = Base64::encode_string(&cipher::seal(kek, &associated(to), &opened));
            let body = json!({ "CiphertextBlob": blob, "KeyId": ARN, "SourceKeyId": ARN });
            Reply::json(200, &body)
        }
        other => panic!("unknown operation {other}"),
    }
}

struct Aws {
    server: Server,
}

impl Aws {
    fn start() -> Self {
        let kek = cipher::new_key();
        Self {
            server: Server::start(move |request| answer(&kek, request)),
        }
    }

    fn ready(&self) -> AwsKms {
        self.with_calls(CallOptions::default().attempts(2))
    }

    fn with_calls(&self, calls: CallOptions) -> AwsKms {
        let provider = AwsKms::new(client(&self.server.address()), ARN).unwrap();
        provider.with_calls(calls).unwrap()
    }
}

#[test]
fn conformance() {
    let aws = Aws::start();
    let provider = aws.ready();
    run(check_provider(&provider)).unwrap();
    batch(&provider, 40);
    altered(&provider);
}

#[test]
fn the_context_goes_along() {
    let aws = Aws::start();
    let provider = aws.ready();
    let wrapped = wrap(&provider, &key(7)).unwrap();
    let again = rewrap(&provider, &wrapped, None).unwrap();
    unwrap(&provider, &again).unwrap();
    let expected = json!({
        "confidant:v": "1",
        "confidant:ctx": Base64::encode_string(&DIGEST),
        "confidant:tenant": "acme",
    });
    let fields = [
        "EncryptionContext",
        "SourceEncryptionContext",
        "EncryptionContext",
    ];
    let requests = aws.server.requests();
    assert_eq!(requests.len(), fields.len());
    for (request, field) in requests.iter().zip(fields) {
        assert_eq!(request.json()[field], expected);
    }
    // Re-wrapping has shown the data key to nobody.
    assert!(
        !requests[1]
            .json()
            .to_string()
            .contains(&Base64::encode_string(&[7; 32]))
    );
}

#[test]
fn the_key_of_an_answer_is_compared() {
    let aws = Aws::start();
    let provider = aws.ready();
    let wrapped = wrap(&provider, &key(7)).unwrap();
    let other = |body: &mut Value| body["KeyId"] = ARN.replace("1111", "2222").into();
    let missing = |body: &mut Value| drop(body.as_object_mut().unwrap().remove("KeyId"));
    for alter in [other as fn(&mut Value), missing] {
        aws.server.spoil([Fault::Alter(alter)]);
        assert_eq!(
            failed(wrap(&provider, &key(7))),
            (ErrorKind::Integrity, false)
        );
        aws.server.spoil([Fault::Alter(alter)]);
        assert_eq!(
            failed(unwrap(&provider, &wrapped)),
            (ErrorKind::Integrity, false)
        );
        aws.server.spoil([Fault::Alter(alter)]);
        assert_eq!(
            failed(rewrap(&provider, &wrapped, None)),
            (ErrorKind::Integrity, false)
        );
    }
    aws.server
        .spoil([Fault::Alter(|body| body["SourceKeyId"] = "other".into())]);
    assert_eq!(
        failed(rewrap(&provider, &wrapped, None)),
        (ErrorKind::Integrity, false)
    );
}

#[test]
fn values_of_another_form_are_refused() {
    let aws = Aws::start();
    let provider = aws.ready();
    let wrapped = wrap(&provider, &key(7)).unwrap();
    let unwraps = |alter: fn(&mut Value), kind| {
        aws.server.spoil([Fault::Alter(alter)]);
        assert_eq!(failed(unwrap(&provider, &wrapped)).0, kind);
    };
    unwraps(|body| body["Plaintext"] = "AAAA".into(), ErrorKind::Open);
    unwraps(|body| body["Plaintext"] = "%".into(), ErrorKind::KeyService);
    unwraps(
        |body| body["Plaintext"] = Value::Null,
        ErrorKind::KeyService,
    );
    aws.server
        .spoil([Fault::Alter(|body| body["CiphertextBlob"] = "".into())]);
    assert_eq!(
        failed(wrap(&provider, &key(7))),
        (ErrorKind::KeyService, false)
    );

    let version = KeyVersion::new("2").unwrap();
    let other = WrappedKey::new(version.clone(), wrapped.bytes()).unwrap();
    assert_eq!(failed(unwrap(&provider, &other)), (ErrorKind::Open, false));
    let chosen = rewrap(&provider, &wrapped, Some(&version));
    assert_eq!(failed(chosen), (ErrorKind::Config, false));
}

#[test]
fn trouble_passes_or_is_said_to_be_passing() {
    let aws = Aws::start();
    let provider = aws.ready();
    let wrapped = wrap(&provider, &key(7)).unwrap();
    aws.server.requests();
    let throttled = || Fault::Instead(fails("ThrottlingException"));
    for fault in [throttled(), Fault::Instead(Reply::status(503))] {
        aws.server.spoil([fault]);
        unwrap(&provider, &wrapped).unwrap();
        assert_eq!(aws.server.requests().len(), 2);
    }
    aws.server.spoil([throttled(), throttled()]);
    let outcome = failed(unwrap(&provider, &wrapped));
    assert_eq!(outcome, (ErrorKind::KeyService, true));
    assert_eq!(aws.server.requests().len(), 2);

    let hasty = CallOptions::default().attempts(2);
    let hasty = aws.with_calls(hasty.attempt_timeout(Duration::from_millis(400)));
    let begin = Instant::now();
    aws.server.spoil([Fault::Hang, Fault::Hang]);
    let outcome = failed(unwrap(&hasty, &wrapped));
    assert_eq!(outcome, (ErrorKind::KeyService, true));
    assert_eq!(aws.server.requests().len(), 2);
    // An attempt would take ten seconds by default.
    assert!(begin.elapsed() < Duration::from_secs(9));
    let unreachable = AwsKms::new(client("http://127.0.0.1:1"), ARN).unwrap();
    assert_eq!(
        failed(unwrap(&unreachable, &wrapped)),
        (ErrorKind::KeyService, true)
    );
}

#[test]
fn errors_show_nothing() {
    let aws = Aws::start();
    let provider = aws.ready();
    let wrapped = wrap(&provider, &key(7)).unwrap();
    let mut shown = format!("{provider:?} {provider:#?}");
    let replies = [
        (fails("AccessDeniedException"), ErrorKind::Refused),
        (fails("DisabledException"), ErrorKind::Refused),
        (fails("IncorrectKeyException"), ErrorKind::Open),
        (fails("HunterException hunter2"), ErrorKind::KeyService),
        (Reply::text("hunter2"), ErrorKind::KeyService),
        (
            Reply::text(r#"{"Plaintext": "aHVudGVyMg==hunter2"}"#),
            ErrorKind::KeyService,
        ),
    ];
    for (reply, kind) in replies {
        aws.server.spoil([Fault::Instead(reply)]);
        let error = unwrap(&provider, &wrapped).err().unwrap();
        assert_eq!((error.kind(), error.is_retryable()), (kind, false));
        assert!(std::error::Error::source(&error).is_none());
        shown += &format!(" {error} {error:?} {error:#?}");
    }
    assert!(!shown.contains("hunter2"), "{shown}");
}

fn create_key(client: &Client) -> String {
    let created = run(client.create_key().send()).unwrap();
    created.key_metadata.unwrap().arn.unwrap()
}

#[test]
fn moto_wraps_for_one_context_and_re_encrypts() {
    let Some(address) = peer("CONFIDANT_MOTO_URL") else {
        return;
    };
    let client = client(&address);
    let provider = AwsKms::new(client.clone(), &create_key(&client)).unwrap();
    run(check_provider(&provider)).unwrap();
    batch(&provider, 20);

    let wrapped = wrap(&provider, &key(7)).unwrap();
    let rewrapped = rewrap(&provider, &wrapped, None).unwrap();
    assert_ne!(wrapped, rewrapped);
    assert_eq!(
        unwrap(&provider, &rewrapped).unwrap().expose_secret(),
        &[7; 32]
    );
    let mut bytes = wrapped.bytes().to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    let changed = WrappedKey::new(KeyVersion::default(), &bytes).unwrap();
    assert_eq!(
        failed(unwrap(&provider, &changed)),
        (ErrorKind::Open, false)
    );
}

#[test]
fn moto_keys_do_not_stand_for_one_another() {
    let Some(address) = peer("CONFIDANT_MOTO_URL") else {
        return;
    };
    let client = client(&address);
    let arns = [create_key(&client), create_key(&client)];
    let [first, second] = arns
        .clone()
        .map(|arn| AwsKms::new(client.clone(), &arn).unwrap());
    let wrapped = wrap(&first, &key(7)).unwrap();
    // Here moto says that access is denied, where AWS says that the key is incorrect.
    let outcome = failed(unwrap(&second, &wrapped));
    assert_eq!(outcome, (ErrorKind::Refused, false));

    let missing = arns[0].replace(&arns[0][arns[0].len() - 4..], "0000");
    let missing = AwsKms::new(client, &missing).unwrap();
    assert_eq!(failed(wrap(&missing, &key(7))), (ErrorKind::Refused, false));
}
