use std::fs;
use std::path::PathBuf;

use super::*;
use crate::ErrorKind;

const DIGEST: &[u8; 32] = &[5; 32];

fn version(text: &str) -> KeyVersion {
    KeyVersion::new(text).unwrap()
}

fn secret(byte: u8) -> Secret<[u8; 32]> {
    Secret::from(&mut [byte; 32])
}

fn set(id: &str, keys: &[(&str, u8)]) -> KeySet {
    let mut set = KeySet::new(KeyId::new(id).unwrap());
    for (name, byte) in keys {
        set.add(version(name), &secret(*byte)).unwrap();
    }
    set
}

fn kind<T>(result: Result<T, Error>) -> ErrorKind {
    result.err().unwrap().kind()
}

#[test]
fn a_wrapped_key_opens_under_its_key_only() {
    let keys = set("local:a", &[("1", 1), ("2", 2)]);
    let key = fresh_key().unwrap();
    let wrapped = keys.wrap(&version("1"), &key, DIGEST).unwrap();
    let unwrapped = keys.unwrap("1", &wrapped, DIGEST).unwrap();
    assert_eq!(unwrapped.expose_secret(), key.expose_secret());
    assert!(keys.unwrap("2", &wrapped, DIGEST).is_err());
    assert!(keys.unwrap("3", &wrapped, DIGEST).is_err());
    assert!(keys.unwrap("1", &wrapped, &[6; 32]).is_err());
    // The same key under another name is another key.
    for other in [
        set("local:b", &[("1", 1)]),
        set("local:a", &[("1", 2)]),
        set("local:a1", &[("", 1)]),
    ] {
        assert!(other.unwrap("1", &wrapped, DIGEST).is_err());
        assert!(other.unwrap("", &wrapped, DIGEST).is_err());
    }
    assert!(
        set("local:a", &[("1", 1)])
            .unwrap("1", &wrapped, DIGEST)
            .is_ok()
    );
}

#[test]
fn bitflip_wrapped_keys_are_refused() {
    let keys = set("local:a", &[("1", 1)]);
    let wrapped = keys.wrap(&version("1"), &secret(9), DIGEST).unwrap();
    for bit in 0..wrapped.len() * 8 {
        let mut flipped = wrapped;
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(keys.unwrap("1", &flipped, DIGEST).is_err(), "bit {bit}");
    }
    for len in 0..wrapped.len() {
        assert!(keys.unwrap("1", &wrapped[..len], DIGEST).is_err());
    }
    let longer = [&wrapped[..], &[0]].concat();
    assert!(keys.unwrap("1", &longer, DIGEST).is_err());
}

#[test]
fn whatever_goes_into_a_wrap_changes_its_salt() {
    let salt = |id: &str, name: &str, kek, key, digest: u8| {
        let keys = set(id, &[(name, kek)]);
        let wrapped = keys.wrap(&version(name), &secret(key), &[digest; 32]);
        wrapped.unwrap()[1..25].to_vec()
    };
    let mut salts = vec![
        salt("local:a", "1", 1, 1, 1),
        salt("local:b", "1", 1, 1, 1),
        salt("local:a", "2", 1, 1, 1),
        salt("local:a", "1", 2, 1, 1),
        salt("local:a", "1", 1, 2, 1),
        salt("local:a", "1", 1, 1, 2),
        salt("local:a1", "", 1, 1, 1),
    ];
    salts.sort();
    salts.dedup();
    assert_eq!(salts.len(), 7);
}

#[test]
fn versions_come_and_go() {
    let keys = LocalKeys::new("local:a", version("1"), &secret(1)).unwrap();
    let keys = keys.version(version("2"), &secret(2)).unwrap();
    assert_eq!(keys.current().as_str(), "2");
    let keys = keys.with_current(&version("1")).unwrap();
    assert_eq!(keys.current().as_str(), "1");
    let keys = keys.version(version("3"), &secret(3)).unwrap();
    let keys = keys.retire(&version("1")).unwrap();
    assert_eq!(keys.keys().current().unwrap().as_str(), "3");
    let wrapped = set("local:a", &[("1", 1)]).wrap(&version("1"), &secret(7), DIGEST);
    assert!(keys.keys().unwrap("1", &wrapped.unwrap(), DIGEST).is_err());

    assert_eq!(kind(keys.retire(&version("3"))), ErrorKind::Config);
    let keys = || LocalKeys::new("local:a", version("1"), &secret(1)).unwrap();
    assert_eq!(kind(keys().retire(&version("9"))), ErrorKind::Config);
    assert_eq!(kind(keys().with_current(&version("9"))), ErrorKind::Config);
    let again = keys().version(version("1"), &secret(2));
    assert_eq!(kind(again), ErrorKind::Config);
    let spaced = LocalKeys::new("local a", version("1"), &secret(1));
    assert_eq!(kind(spaced), ErrorKind::Config);
}

#[test]
fn the_versions_of_a_key_are_bounded() {
    let mut keys = set("local:a", &[]);
    assert_eq!(kind(keys.current()), ErrorKind::Config);
    for number in 0..KeySet::MAX {
        keys.add(version(&number.to_string()), &secret(1)).unwrap();
    }
    assert_eq!(
        kind(keys.add(version("more"), &secret(1))),
        ErrorKind::Limit
    );
}

#[test]
fn keys_are_read_from_text() {
    let digits = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";
    let text = format!("# keys\n\n 2026-01 {digits}\r\n2026-02\t{digits}\n#{digits}\n");
    let keys = key_text::read(text.as_bytes(), "local:a").unwrap();
    assert_eq!((keys.keys().len(), keys.current().as_str()), (2, "2026-02"));
    let bytes: [u8; 32] = std::array::from_fn(|at| at as u8);
    let mut same = KeySet::new(KeyId::new("local:a").unwrap());
    same.add(version("2026-01"), &Secret::from(&mut { bytes }))
        .unwrap();
    let wrapped = same.wrap(&version("2026-01"), &secret(3), DIGEST).unwrap();
    assert!(keys.keys().unwrap("2026-01", &wrapped, DIGEST).is_ok());
    let line = format!("1 {digits},2   {digits}");
    let keys = key_text::read(line.as_bytes(), "local:a").unwrap();
    assert_eq!((keys.keys().len(), keys.current().as_str()), (2, "2"));

    for text in [
        String::new(),
        "# nothing\n".to_owned(),
        digits.to_owned(),
        format!("1 {}", &digits[1..]),
        format!("1 {digits}0"),
        format!("1 {digits} {digits}"),
        format!("1 x {digits}"),
        format!("1 {}g", &digits[1..]),
        format!("1 +{}", &digits[1..]),
        format!("1 {digits}\n1 {digits}"),
        format!("\u{e9} {digits}"),
        format!("{} {digits}", "v".repeat(65)),
    ] {
        let read = key_text::read(text.as_bytes(), "local:a");
        assert_eq!(kind(read), ErrorKind::Config, "{text}");
    }
    let keys = key_text::read(&key_text::generate().unwrap(), "local:a").unwrap();
    assert_eq!((keys.keys().len(), keys.current().as_str()), (1, "1"));
}

/// A folder of one test, which goes when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("confidant-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

#[test]
#[cfg(unix)]
fn a_key_file_must_be_its_owners_alone() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let folder = Folder::new("key-file");
    let path = folder.0.join("keys");
    let made = LocalKeys::generate_file("local:a", &path).unwrap();
    let wrapped = made.keys().wrap(&version("1"), &secret(3), DIGEST).unwrap();
    let read = LocalKeys::load("local:a", &path).unwrap();
    assert!(read.keys().unwrap("1", &wrapped, DIGEST).is_ok());
    let again = LocalKeys::generate_file("local:a", &path);
    assert_eq!(kind(again), ErrorKind::Store);
    // Nothing is left beside it of either.
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1);

    for mode in [0o640, 0o604, 0o660, 0o602, 0o610, 0o644] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let read = LocalKeys::load("local:a", &path);
        assert_eq!(kind(read), ErrorKind::Refused, "{mode:o}");
    }
    for mode in [0o600, 0o400] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        assert!(LocalKeys::load("local:a", &path).is_ok(), "{mode:o}");
    }
    let link = folder.0.join("link");
    symlink(&path, &link).unwrap();
    for other in [&link, &folder.0] {
        let read = LocalKeys::load("local:a", other);
        assert_eq!(kind(read), ErrorKind::Refused);
    }
    let read = LocalKeys::load("local:a", folder.0.join("missing"));
    assert_eq!(kind(read), ErrorKind::Store);
    let long = folder.0.join("long");
    fs::write(&long, "#".repeat(128 * 1024 + 1)).unwrap();
    fs::set_permissions(&long, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(kind(LocalKeys::load("local:a", &long)), ErrorKind::Limit);
}

#[test]
fn a_variable_that_is_not_set_is_an_error() {
    let keys = LocalKeys::from_env("local:a", "CONFIDANT_TEST_NO_SUCH_VARIABLE");
    assert_eq!(kind(keys), ErrorKind::Config);
}

#[test]
#[cfg(feature = "passphrase")]
fn a_passphrase_and_its_settings_make_one_key() {
    let phrase = |text: &str| Secret::<str>::from(Box::from(text));
    let cheap = || {
        let settings = PassphraseSettings::generate().unwrap();
        settings
            .with_memory_kib(19_456)
            .and_then(|settings| settings.with_passes(2))
            .unwrap()
    };
    let settings = cheap();
    let kept: PassphraseSettings = settings.to_string().parse().unwrap();
    let keys = |phrase: &Secret<str>, settings: &PassphraseSettings| {
        LocalKeys::from_passphrase("local:a", phrase, settings).unwrap()
    };
    let first = keys(&phrase("correct horse"), &settings);
    let wrapped = first
        .keys()
        .wrap(&version("1"), &secret(3), DIGEST)
        .unwrap();
    let opens = |keys: &LocalKeys| keys.keys().unwrap("1", &wrapped, DIGEST).is_ok();
    assert!(opens(&keys(&phrase("correct horse"), &kept)));
    assert!(!opens(&keys(&phrase("correct horsf"), &settings)));
    assert!(!opens(&keys(&phrase("correct horse"), &cheap())));
    let dearer = settings.clone().with_passes(3).unwrap();
    assert!(!opens(&keys(&phrase("correct horse"), &dearer)));

    for (cost, message) in [
        (
            (19_455, 2, 1),
            "the memory for a passphrase, in KiB, is below the minimum of 19456",
        ),
        (
            (1_048_577, 2, 1),
            "the memory for a passphrase, in KiB, passes the limit of 1048576",
        ),
        (
            (19_456, 1, 1),
            "the passes for a passphrase is below the minimum of 2",
        ),
        (
            (19_456, 2, 17),
            "the lanes for a passphrase passes the limit of 16",
        ),
    ] {
        let (memory, passes, lanes) = cost;
        let error = settings
            .clone()
            .with_memory_kib(memory)
            .and_then(|settings| settings.with_passes(passes))
            .and_then(|settings| settings.with_lanes(lanes))
            .unwrap_err();
        assert_eq!(
            (error.kind(), &*error.to_string()),
            (ErrorKind::Limit, message)
        );
    }
    let short = LocalKeys::from_passphrase("local:a", &phrase("1234567"), &settings);
    assert_eq!(kind(short), ErrorKind::Config);
    let long = phrase(&"x".repeat(1025));
    let long = LocalKeys::from_passphrase("local:a", &long, &settings);
    assert_eq!(kind(long), ErrorKind::Limit);
}

#[test]
#[cfg(feature = "passphrase")]
fn settings_of_a_passphrase_are_bounded() {
    let salt = "000102030405060708090a0b0c0d0e0f";
    let parse = |text: &str| text.parse::<PassphraseSettings>();
    assert!(parse(&format!("argon2id m=19456,t=2,p=1 {salt}")).is_ok());
    for cost in [
        "m=19455,t=2,p=1",
        "m=1048577,t=2,p=1",
        "m=19456,t=1,p=1",
        "m=19456,t=65,p=1",
        "m=19456,t=2,p=0",
        "m=19456,t=2,p=17",
    ] {
        let settings = parse(&format!("argon2id {cost} {salt}"));
        assert_eq!(kind(settings), ErrorKind::Limit, "{cost}");
    }
    for text in [
        "",
        "argon2id",
        "argon2i m=19456,t=2,p=1 000102030405060708090a0b0c0d0e0f",
        "argon2id m=19456,t=2,p=1 000102030405060708090a0b0c0d0e",
        "argon2id m=19456,t=2,p=1 000102030405060708090A0B0C0D0E0F",
        "argon2id m=019456,t=2,p=1 000102030405060708090a0b0c0d0e0f",
        "argon2id m=+19456,t=2,p=1 000102030405060708090a0b0c0d0e0f",
        "argon2id t=2,m=19456,p=1 000102030405060708090a0b0c0d0e0f",
        "argon2id m=19456,t=2,p=1,x=1 000102030405060708090a0b0c0d0e0f",
        "argon2id m=99999999999,t=2,p=1 000102030405060708090a0b0c0d0e0f",
    ] {
        assert_eq!(kind(parse(text)), ErrorKind::Config, "{text}");
    }
}

/// Made with the Argon2id of OpenSSL.
#[test]
#[cfg(feature = "passphrase")]
fn interop_key_of_a_passphrase() {
    let text = "argon2id m=19456,t=2,p=1 000102030405060708090a0b0c0d0e0f";
    let settings: PassphraseSettings = text.parse().unwrap();
    let key = settings.derive(&Secret::<str>::from(Box::from("correct horse")));
    let hex: String = key
        .unwrap()
        .expose_secret()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        hex,
        "d00b90c40f918cf889780d7d3a9ec3c2b1719df87dc5e4d4d93ea6163db04e17"
    );
}
