//! The promises of SynCloud, Cloud Claude and Kratys.

use super::promises::{assert_kept, run};
use super::{cloud_claude, kratys, syncloud};

#[test]
fn syncloud_keeps_its_promises() {
    let (report, replayed) = run(syncloud::PRODUCT, &[], syncloud::flow, syncloud::check);
    assert_kept(&report, 29, replayed);
}

#[test]
fn cloud_claude_keeps_its_promises() {
    let (report, replayed) = run(
        cloud_claude::PRODUCT,
        &[],
        cloud_claude::flow,
        cloud_claude::check,
    );
    assert_kept(&report, 62, replayed);
}

#[test]
fn kratys_keeps_its_promises() {
    let (report, replayed) = run(kratys::PRODUCT, &[], kratys::flow, kratys::check);
    assert_kept(&report, 30, replayed);
}
