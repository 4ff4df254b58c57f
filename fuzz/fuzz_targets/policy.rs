//! Any text as a policy document, in TOML and in JSON: it is refused with a place or it
//! compiles, and then everything can be generated from it.
#![no_main]

use confidant::policy::{Policy, PolicyDoc};
use confidant::time::Moment;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for doc in [PolicyDoc::from_toml(text), PolicyDoc::from_json(text)] {
        match doc.and_then(|doc| doc.compile()) {
            Ok(policy) => whole(&policy),
            Err(faults) => {
                assert!(faults.iter().count() > 0);
                for fault in faults.iter() {
                    drop(fault.to_string());
                }
            }
        }
    }
});

fn whole(policy: &Policy) {
    let now = Moment::UNIX_EPOCH;
    for text in [
        policy.notice(),
        policy.record_of_processing(),
        policy.retention_schedule(),
        policy.recipient_list(),
        policy.cookie_table(),
        policy.registers(),
    ] {
        drop(text);
    }
    drop(policy.lint_notice(&policy.notice(), now));
    assert!(policy.diff_since(policy).changes().is_empty());
}
