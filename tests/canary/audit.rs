//! The audit log: keys, identifiers, entries, and what it says of bad input.

use confidant::audit::{
    Checkpoint, Entry, Identifier, Log, LogKey, LogProof, LogRecord, LogSubjectKeys, Outcome,
    SigningKey, VerifyingKey, WitnessAnswer, WitnessKey, verify_folder, verify_tiles,
};
use confidant::store::MemoryStore;

use super::{CANARY, assert_unseen, error, value};

#[test]
fn what_the_audit_log_is_given_is_not_shown() {
    let mut seed = [b'-'; 32];
    seed[..CANARY.len()].copy_from_slice(CANARY.as_bytes());
    let signing = SigningKey::from_seed("canary.example", &seed).unwrap();
    let key = LogKey::from_bytes(seed);
    let subjects = LogSubjectKeys::new(std::sync::Arc::new(MemoryStore::new()), key.clone());
    let person = confidant::taxonomy::Subject::new(CANARY).unwrap();
    let subject = pollster::block_on(subjects.digest("acme", &person)).unwrap();
    let id = Identifier::new("test").unwrap();
    let entry = Entry::new(id, Outcome::Denied)
        .subject(subject.clone())
        .resource(key.digest("secret", CANARY));
    let log = Log::builder(std::sync::Arc::new(signing))
        .in_memory()
        .unwrap();
    let appended = pollster::block_on(log.append(entry.clone())).unwrap();
    assert_unseen(vec![
        value(
            "SigningKey",
            &SigningKey::from_seed("canary.example", &seed).unwrap(),
        ),
        value("LogKey", &key),
        value("SubjectKeys", &subjects),
        value("Identifier", &subject),
        value("Entry", &entry),
        value("Log", &log),
        value("Appended", &appended),
    ]);
}

#[test]
fn errors_of_the_audit_log_show_nothing_of_the_input() {
    let spaced = format!("{CANARY} {CANARY}");
    let note = format!("{CANARY}\n1\n{CANARY}\n\n— {CANARY} {CANARY}\n");
    let proof = format!("c2sp.org/tlog-proof@v1\nindex {CANARY}\n\n{note}");
    let missing = std::env::temp_dir().join(CANARY);
    let bytes = CANARY.as_bytes();
    let mut entry = vec![0; 22];
    entry[0] = 1;
    entry.extend([1, 0, 21, 9]);
    entry.extend(bytes);
    assert_unseen(vec![
        error("Identifier", Identifier::new(&spaced)),
        error("Identifier too long", Identifier::new(&CANARY.repeat(20))),
        error("SigningKey of such a name", SigningKey::generate(&spaced)),
        error("SigningKey of no file", SigningKey::load(&missing)),
        error("VerifyingKey", VerifyingKey::parse(CANARY)),
        error(
            "VerifyingKey with parts",
            VerifyingKey::parse(&format!("{CANARY}+{CANARY}+{CANARY}")),
        ),
        error(
            "WitnessKey",
            WitnessKey::parse(&format!("{CANARY}+00000000+{CANARY}")),
        ),
        error("Checkpoint", Checkpoint::open(&note, &[])),
        error("Checkpoint of no note", Checkpoint::open(CANARY, &[])),
        error("LogProof", LogProof::open(&proof, &[])),
        error("Record", LogRecord::parse(0, bytes)),
        error("Record with such an id", LogRecord::parse(0, &entry)),
        error("verify_folder", verify_folder(&missing, &[], &[])),
        error("verify_tiles", verify_tiles(&missing, &[], &[])),
        value("WitnessAnswer", &WitnessAnswer::new(200, CANARY.to_owned())),
    ]);
}
