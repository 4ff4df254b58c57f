use proptest::prelude::*;

use super::*;

fn id(text: &str) -> Identifier {
    Identifier::new(text).unwrap()
}

fn full() -> LogRecord {
    let entry = Entry::new(id("secret.reveal"), Outcome::Succeeded)
        .actor(Identifier::from_digest(DigestKind::Subject, [7; 32]))
        .tenant(id("acme"))
        .subject(Identifier::from_digest(DigestKind::Subject, [9; 32]))
        .resource(Identifier::from_digest(DigestKind::Log, [8; 32]))
        .purpose(id("deploy"))
        .request(id("req:1"))
        .client(id("cli/1.2"))
        .count("bytes", 40)
        .unwrap()
        .count("attempts", u64::MAX)
        .unwrap()
        .with_statement("a note\n")
        .unwrap()
        .instance(id("secret:7"))
        .digest([6; 32])
        .moment(Moment::from_unix_nanoseconds(-1).unwrap());
    LogRecord {
        index: 3,
        time: "2026-05-01T12:30:00.25Z".parse().unwrap(),
        behind: Duration::from_nanos(5),
        entry,
    }
}

#[test]
fn an_entry_leads_back() {
    for record in [
        full(),
        LogRecord {
            index: 0,
            time: Moment::MIN,
            behind: Duration::ZERO,
            entry: Entry::new(id("a"), Outcome::Denied),
        },
    ] {
        let bytes = record.to_bytes().unwrap();
        assert_eq!(LogRecord::parse(record.index, &bytes).unwrap(), record);
    }
}

/// The bytes are frozen: a change here is a change of format.
#[test]
fn the_format_is_frozen() {
    let record = LogRecord {
        index: 0,
        time: Moment::from_unix_seconds(2).unwrap(),
        behind: Duration::from_nanos(3),
        entry: Entry::new(id("go"), Outcome::Failed)
            .client(Identifier::from_digest(DigestKind::Log, [0xaa; 32]))
            .count("n", 258)
            .unwrap()
            .scope(id("s"))
            .instance(id("i"))
            .digest([0xbb; 32])
            .moment(Moment::from_unix_nanoseconds(-1).unwrap()),
    };
    let mut expected = vec![1, 2, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0];
    expected.extend([0, 0, 0, 0, 0, 0, 0, 3]);
    expected.extend([1, 0, 3, 0, b'g', b'o']);
    expected.extend([8, 0, 33, 1]);
    expected.extend([0xaa; 32]);
    expected.extend([9, 0, 2, 0, b's']);
    expected.extend([10, 0, 10, 1, b'n', 0, 0, 0, 0, 0, 0, 1, 2]);
    expected.extend([12, 0, 2, 0, b'i']);
    expected.extend([13, 0, 32]);
    expected.extend([0xbb; 32]);
    expected.extend([14, 0, 12]);
    expected.extend([0xff; 8]);
    expected.extend(999_999_999_u32.to_be_bytes());
    assert_eq!(record.to_bytes().unwrap(), expected);
}

#[test]
fn other_forms_are_refused() {
    let bytes = full().to_bytes().unwrap();
    for cut in 0..bytes.len() {
        // A cut between two fields leaves a shorter entry, which is one.
        if let Ok(record) = LogRecord::parse(3, &bytes[..cut]) {
            assert_eq!(record.to_bytes().unwrap(), &bytes[..cut]);
        }
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(LogRecord::parse(3, &longer).is_err());
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            if let Ok(record) = LogRecord::parse(3, &changed) {
                assert_ne!(record, full());
                assert_eq!(
                    record.to_bytes().unwrap(),
                    changed,
                    "two forms of one entry"
                );
            }
        }
    }
}

#[test]
fn identifiers_have_no_room_for_persons() {
    let long = "a".repeat(256);
    for text in ["", "Jo Doe", "jo@mail.test", "é", "a\nb", "+49", &long] {
        assert!(Identifier::new(text).is_err(), "{text}");
    }
    let entry = || Entry::new(id("a"), Outcome::Denied);
    assert!(entry().count("Jo Doe", 1).is_err());
    assert!(entry().count(&"a".repeat(65), 1).is_err());
    let mut many = entry();
    for number in 0..64 {
        many = many.count(&number.to_string(), 1).unwrap();
    }
    assert!(many.count("one-more", 1).is_err());
}

proptest! {
    #[test]
    fn what_parses_has_one_form(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(record) = LogRecord::parse(0, &bytes) {
            prop_assert_eq!(record.to_bytes().unwrap(), bytes);
        }
    }

    #[test]
    fn changed_entries_have_one_form(changes in prop::collection::vec((any::<usize>(), any::<u8>()), 1..4)) {
        let mut bytes = full().to_bytes().unwrap();
        for (at, byte) in changes {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        if let Ok(record) = LogRecord::parse(0, &bytes) {
            prop_assert_eq!(record.to_bytes().unwrap(), bytes);
        }
    }
}

#[test]
fn what_is_only_checked_is_refused_alike() {
    let entry = Entry::new(Identifier::new("secret.reveal").unwrap(), Outcome::Denied)
        .tenant(Identifier::new("acme").unwrap())
        .subject(Identifier::from_digest(DigestKind::Subject, [7; 32]))
        .count("bytes", 40)
        .unwrap();
    let time = Moment::from_unix_seconds(1_700_000_000).unwrap();
    let record = LogRecord::new(3, time, Duration::from_nanos(5), entry);
    let bytes = record.to_bytes().unwrap();
    assert_eq!(
        LogRecord::times(&bytes).unwrap(),
        (time, Duration::from_nanos(5))
    );
    for at in 0..bytes.len() {
        for change in 0..=u8::MAX {
            let mut changed = bytes.clone();
            changed[at] ^= change;
            let parsed = LogRecord::parse(0, &changed).map(|record| (record.time, record.behind));
            let times = LogRecord::times(&changed);
            match (parsed, times) {
                (Ok(parsed), Ok(times)) => assert_eq!(parsed, times),
                (Err(parsed), Err(times)) => assert_eq!(parsed.to_string(), times.to_string()),
                other => panic!("byte {at} by {change}: {other:?}"),
            }
        }
        assert_eq!(
            LogRecord::times(&bytes[..at]).is_ok(),
            LogRecord::parse(0, &bytes[..at]).is_ok()
        );
    }
}
