//! Entries, notes and proofs of an audit log: nothing panics, and what is an entry has
//! one form only.
#![no_main]

use confidant::audit::{Checkpoint, LogProof, LogRecord, VerifyingKey};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(record) = LogRecord::parse(7, bytes) {
        assert_eq!(record.to_bytes().expect("it was read from bytes"), bytes);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        assert!(Checkpoint::open(text, &[]).is_err());
        assert!(LogProof::open(text, &[]).is_err());
        if let Ok(key) = VerifyingKey::parse(text) {
            assert_eq!(key.to_string(), text);
        }
    }
});
