//! Every id reads and shows itself in the same ways, and so does every key.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use confidant::Error;

/// Holds an id to the traits of its class. `text` is one that it takes, `wrong` one that it
/// refuses.
macro_rules! id {
    // Its text may be personal: it can be read, and nothing shows it.
    (hidden $seen:ident, $name:ident, $type:ty, $text:expr, $wrong:expr) => {{
        $seen.insert(stringify!($name));
        let (text, wrong): (&str, &str) = ($text, $wrong);
        let id: $type = text.parse().unwrap();
        assert!(<$type>::try_from(text).unwrap() == id);
        let refused: [Error; 2] = [
            wrong.parse::<$type>().unwrap_err(),
            <$type>::try_from(wrong).unwrap_err(),
        ];
        for error in refused {
            let (kind, shown) = (error.kind(), format!("{error} {error:?}"));
            assert!(
                matches!(kind, confidant::ErrorKind::Config | confidant::ErrorKind::Limit),
                "{shown}"
            );
            assert!(wrong.len() < 3 || !shown.contains(wrong), "{shown}");
        }
        #[cfg(feature = "serde")]
        {
            let json = serde_json::to_string(text).unwrap();
            assert!(serde_json::from_str::<$type>(&json).unwrap() == id);
            let wrong = serde_json::to_string(wrong).unwrap();
            assert!(serde_json::from_str::<$type>(&wrong).is_err());
            assert!(serde_json::from_str::<$type>("7").is_err());
        }
        id
    }};
    // It is shown as the text that it was read from.
    (shown $seen:ident, $name:ident, $type:ty, $text:expr, $wrong:expr) => {{
        let id = id!(hidden $seen, $name, $type, $text, $wrong);
        assert_eq!(id.to_string(), $text);
        #[cfg(feature = "serde")]
        assert_eq!(
            serde_json::to_string(&id).unwrap(),
            serde_json::to_string($text).unwrap()
        );
        id
    }};
    (text $seen:ident, $name:ident, $type:ty, $text:expr, $wrong:expr) => {{
        let id = id!(shown $seen, $name, $type, $text, $wrong);
        let text: &str = id.as_ref();
        assert_eq!((text, id.as_str()), ($text, $text));
    }};
    (bytes $seen:ident, $name:ident, $type:ty, $text:expr, $wrong:expr) => {{
        let id = id!(shown $seen, $name, $type, $text, $wrong);
        let bytes: &[u8] = id.as_ref();
        assert_eq!(bytes, id.as_bytes());
        assert!(<$type>::from_bytes(*id.as_bytes()) == id);
    }};
}

/// What a name says is an id, and is none of those below, with the reason.
const OTHERS: [(&str, &str); 3] = [
    ("ActionId", "a number within the rules that made it"),
    ("AskerId", "a borrowed id with what is known of a request"),
    ("BlockId", "a number within the answer that has it"),
];

#[test]
fn every_id_is_read_and_shown_in_the_same_ways() {
    use confidant::{decision, retention, taxonomy, visibility};

    let mut seen = BTreeSet::new();
    let long = "x".repeat(300);
    let digits = "0123456789abcdef".repeat(4);
    id!(text seen, ClauseId, decision::ClauseId, "CC-37", "two words");
    id!(text seen, Category, taxonomy::DataCategory, "chat.log", "chat..log");
    id!(text seen, DataStore, taxonomy::DataStore, "primary", "");
    id!(text seen, Jurisdiction, taxonomy::Jurisdiction, "US-CA", "us-ca");
    id!(text seen, Jurisdiction, taxonomy::Jurisdiction, "EU", "EUR");
    id!(text seen, Processor, taxonomy::Processor, "stripe", "str\u{ef}pe");
    id!(text seen, Purpose, taxonomy::Purpose, "training", "training!");
    id!(text seen, Region, taxonomy::Region, "eu.de", long.as_str());
    id!(hidden seen, Subject, taxonomy::Subject, "jo@mail.test", long.as_str());
    id!(text seen, HoldId, retention::HoldId, "hold/2026-17", "hold 17");
    id!(text seen, HoldReason, retention::HoldReason, "litigation:17", "");
    id!(text seen, Person, retention::Person, "staff:4711", "jo@mail.test");
    id!(text seen, Action, visibility::Action, "view", "view it");
    id!(text seen, Attribute, visibility::Attribute, "mfa", long.as_str());
    id!(text seen, ReasonKind, visibility::ReasonKind, "incident", "");
    id!(text seen, Role, visibility::MemberRole, "editor", "edit\u{f6}r");
    id!(bytes seen, ContentDigest, visibility::ContentDigest, digits.as_str(), "0f0F");
    #[cfg(feature = "audit")]
    {
        use confidant::audit::{DigestKind, Identifier};

        for id in [
            Identifier::new("service:deployer").unwrap(),
            Identifier::from_digest(DigestKind::Log, [7; 32]),
            Identifier::from_digest(DigestKind::Subject, [0xff; 32]),
        ] {
            let text = id.to_string();
            let read = id!(shown seen, Identifier, Identifier, text.as_str(), "jo@mail.test");
            let text_of: &str = read.as_ref();
            assert_eq!((text_of, &read), (text.as_str(), &id));
        }
    }
    #[cfg(feature = "consent")]
    {
        use confidant::consent::ReceiptId;

        let id = "00010203-0405-4607-8809-0a0b0c0d0e0f";
        id!(bytes seen, ReceiptId, ReceiptId, id, "00010203-0405-1607-8809-0a0b0c0d0e0f");
    }
    #[cfg(feature = "guard")]
    {
        use confidant::guard::ConversationId;

        id!(text seen, ConversationId, ConversationId, "acme/c-17", "acme/c 17");
        id!(text seen, ConversationId, ConversationId, "a/b/c-17", "c-17");
        id!(text seen, ConversationId, ConversationId, "/c-17", "acme/");
    }
    #[cfg(feature = "pseudonym")]
    id!(bytes seen, Pseudonym, confidant::pseudonym::Pseudonym, digits.as_str(), "0f0F");
    #[cfg(feature = "redact")]
    {
        use confidant::redact::{Encoding, Kind};

        id!(shown seen, Encoding, Encoding, "base64", "Base64");
        id!(shown seen, Kind, Kind, "APIKEY", "apikey");
    }
    #[cfg(feature = "rights")]
    {
        let id = &digits[..32];
        id!(bytes seen, RequestId, confidant::rights::RequestId, id, "+123456789abcdef0123456789abcdef0");
    }
    #[cfg(feature = "seal")]
    {
        use confidant::seal::{KeyId, KeyVersion};

        id!(text seen, KeyId, KeyId, "local:main", "local main");
        id!(text seen, KeyVersion, KeyVersion, "3", "3 4");
    }
    #[cfg(feature = "vault")]
    {
        use confidant::vault;

        id!(text seen, SecretPurpose, vault::SecretPurpose, "repository-work", "two words");
        id!(text seen, Scope, vault::Scope, "github:acme/website", "");
    }
    if cfg!(all(
        feature = "guard",
        feature = "rights",
        feature = "vault",
        feature = "redact"
    )) {
        nothing_is_missing(&seen);
    }
}

/// Holds the table to the source: whatever is given the traits of an id, or is named as
/// one, stands in it.
fn nothing_is_missing(seen: &BTreeSet<&str>) {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap_or_default();
            for line in text.lines() {
                let given = ["text_id!(", "byte_id!(", "parsed_id!("];
                let given = given.iter().find_map(|start| line.strip_prefix(start));
                let named = line.strip_prefix("pub struct ");
                let end = |rest: &str| rest.find(|c: char| !c.is_alphanumeric());
                let name = |rest: &'_ str| rest[..end(rest).unwrap_or(rest.len())].to_owned();
                let named = named.map(name).filter(|name| name.ends_with("Id"));
                for name in given.map(name).into_iter().chain(named) {
                    count += 1;
                    let other = OTHERS.iter().any(|(other, _)| *other == name);
                    assert!(other || seen.contains(&*name), "{name} is not in the table");
                }
            }
        }
    }
    assert!(count > 15, "only {count} ids were looked at");
}

#[test]
#[cfg(all(unix, feature = "consent", feature = "pseudonym", feature = "redact"))]
fn every_key_is_made_kept_and_hidden_in_the_same_ways() {
    use confidant::{ErrorKind, audit, consent, pseudonym, redact};
    use std::os::unix::fs::PermissionsExt as _;

    let folder = std::env::temp_dir().join(format!("confidant-keys-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    macro_rules! key {
        ($type:ty, $role:literal, $other:ty) => {{
            let path = folder.join($role);
            let key = <$type>::generate().unwrap();
            key.save(&path).unwrap();
            assert_eq!(key.save(&path).unwrap_err().kind(), ErrorKind::Store);
            let text = fs::read_to_string(&path).unwrap();
            let digits = text.trim_end().rsplit(' ').next().unwrap();
            assert_eq!(text, format!("confidant-key-v1 {} {digits}\n", $role));
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            // What is read is what was written, down to the file.
            let again = folder.join(concat!($role, "-again"));
            let read = <$type>::load(&path).unwrap();
            read.save(&again).unwrap();
            assert_eq!(fs::read_to_string(&again).unwrap(), text);
            for shown in [format!("{key:?}"), format!("{read:#?}")] {
                assert!(
                    !shown.contains(&digits[..8]) && shown.ends_with("{ .. }"),
                    "{shown}"
                );
            }
            // Another file holds no such key.
            assert_eq!(<$other>::load(&path).unwrap_err().kind(), ErrorKind::Config);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
            assert_eq!(<$type>::load(&path).unwrap_err().kind(), ErrorKind::Refused);
            let link = folder.join(concat!($role, "-link"));
            std::os::unix::fs::symlink(&again, &link).unwrap();
            assert_eq!(<$type>::load(&link).unwrap_err().kind(), ErrorKind::Refused);
            fs::write(&again, "x".repeat(4097)).unwrap();
            assert_eq!(<$type>::load(&again).unwrap_err().kind(), ErrorKind::Limit);
            let missing = folder.join("missing");
            assert_eq!(
                <$type>::load(&missing).unwrap_err().kind(),
                ErrorKind::Store
            );
            let other = <$type>::generate().unwrap();
            other.save(&missing).unwrap();
            assert_ne!(fs::read_to_string(&missing).unwrap(), text);
            fs::remove_file(&missing).unwrap();
        }};
    }
    key!(audit::LogKey, "log", consent::LedgerKey);
    key!(consent::LedgerKey, "ledger", audit::LogKey);
    key!(pseudonym::PseudonymKey, "pseudonym", redact::Key);
    key!(redact::Key, "redact", pseudonym::PseudonymKey);
    fs::remove_dir_all(&folder).unwrap();
}
