//! Any bytes as records of consent, rights, retention and visibility: what is read has one
//! form only.
#![no_main]

use confidant::records::rewritten;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for again in rewritten(bytes) {
        assert_eq!(again, bytes);
    }
});
