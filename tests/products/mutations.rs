//! With a mechanism taken out, the promises that rest on it are seen to break, in every
//! product that makes them.

use std::thread;

use super::promises::{PRODUCTS, breaks, without};
use super::world::Switch;
use super::world::switch::Seam;

/// For each switch a promise of every product that rests on it: that one breaks, and with it
/// whatever else rests on the mechanism.
const RESTS_ON: [(Switch, &[&str]); 32] = [
    (
        Switch::RedactorIdentity,
        &["IC-24", "SC-06", "CC-08", "AE-13", "KR-15"],
    ),
    (Switch::AuditSkipped, &["IC-51", "SC-26", "CC-28", "KR-28"]),
    (Switch::ConsentDefaultAllow, &["IC-69", "CC-46"]),
    (Switch::ProhibitionIgnored, &["SC-18", "CC-19"]),
    (Switch::ObjectionIgnored, &["IC-67"]),
    (
        Switch::RetentionDayLate,
        &["IC-57", "SC-28", "CC-35", "AE-27", "KR-23"],
    ),
    (Switch::HoldsIgnored, &["IC-58", "CC-44", "AE-29"]),
    (Switch::OwnerIgnored, &["IC-32"]),
    (Switch::PlainHttp, &["IC-48", "SC-23", "AE-18"]),
    (
        Switch::RecipientsOpen,
        &["IC-24", "CC-29", "AE-10", "KR-16"],
    ),
    (Switch::PurposesOpen, &["IC-08", "CC-13"]),
    (Switch::MessagesOpen, &["IC-37", "CC-16"]),
    (
        Switch::AttestationsNeverLapse,
        &["IC-29", "SC-20", "CC-50", "AE-03"],
    ),
    (Switch::HostsOpen, &["IC-35", "CC-34", "AE-25"]),
    (Switch::SecretsShown, &["IC-06", "SC-24", "CC-05", "KR-25"]),
    (Switch::CredentialsUnbound, &["IC-36", "SC-19", "KR-05"]),
    (
        Switch::TelemetryOpen,
        &["IC-10", "SC-08", "CC-18", "AE-07", "KR-08"],
    ),
    (Switch::AgeIgnored, &["IC-86", "CC-58"]),
    (Switch::SignalIgnored, &["IC-74"]),
    (Switch::LevelsIgnored, &["IC-42", "SC-15", "CC-51", "KR-26"]),
    (Switch::ScanSkipped, &["IC-47"]),
    (
        Switch::DeadlinesForgotten,
        &["IC-70", "SC-25", "CC-42", "AE-28", "KR-27"],
    ),
    (
        Switch::NoticeUngated,
        &["IC-88", "SC-16", "CC-59", "AE-32", "KR-29"],
    ),
    (Switch::GroundsIgnored, &["IC-33", "SC-21", "CC-32"]),
    (Switch::CookiesUnchecked, &["IC-82", "CC-56"]),
    (
        Switch::ReportsUnawaited,
        &["IC-59", "CC-44", "AE-29", "KR-24"],
    ),
    (Switch::TenantUnbound, &["IC-50", "CC-25", "AE-01", "KR-25"]),
    (Switch::RotationLate, &["SC-10", "CC-11"]),
    (Switch::LinksMixed, &["SC-27", "CC-46", "AE-31"]),
    (Switch::RequestersPunished, &["IC-75"]),
    (
        Switch::SubjectIgnored,
        &["IC-68", "CC-45", "AE-30", "KR-24"],
    ),
    (Switch::CertificationShown, &["KR-03"]),
];

#[test]
fn each_mechanism_that_is_taken_out_is_noticed() {
    assert_eq!(RESTS_ON.map(|(switch, _)| switch), Switch::ALL);
    let pairs = RESTS_ON.iter();
    let pairs: Vec<(Switch, &str)> = pairs
        .flat_map(|(switch, ids)| ids.iter().map(|id| (*switch, *id)))
        .collect();
    let (one, two) = pairs.split_at(pairs.len() / 2);
    let unnoticed: Vec<_> = thread::scope(|scope| {
        let halves = [one, two].map(|half| {
            scope.spawn(|| {
                let left = half.iter().filter(|(switch, id)| {
                    let product = PRODUCTS.into_iter();
                    let mut product = product.filter(|product| id.starts_with(product.prefix));
                    !breaks(product.next().unwrap(), *switch, id)
                });
                left.copied().collect::<Vec<_>>()
            })
        });
        halves
            .into_iter()
            .flat_map(|half| half.join().unwrap())
            .collect()
    });
    assert!(unnoticed.is_empty(), "{unnoticed:#?}");
}

/// Runs every product without each mechanism, flow and all, and prints what breaks. A product
/// of which something breaks has an entry in the table, and so has every switch.
#[test]
#[ignore = "runs five products for each of the switches"]
#[expect(clippy::print_stdout, reason = "the table is for people")]
fn the_table_names_every_product_that_rests_on_a_mechanism() {
    let mut unlisted = Vec::new();
    for (switch, listed) in RESTS_ON {
        let seam = match switch.seam() {
            Seam::Document => "by its document",
            Seam::Library => "by what the library is given",
        };
        for product in PRODUCTS {
            let report = match without(product, switch) {
                Ok(report) => report,
                Err(error) => {
                    println!("{switch:?} ({seam}), {}: {error}", product.name);
                    continue;
                }
            };
            let broken: Vec<&str> = report
                .failures()
                .map(|check| check.promise().id().as_str())
                .collect();
            if !broken.is_empty() {
                println!(
                    "{switch:?} ({seam}), {}: {}",
                    product.name,
                    broken.join(" ")
                );
            }
            let is_listed = listed.iter().any(|id| id.starts_with(product.prefix));
            if is_listed == broken.is_empty() {
                unlisted.push(format!("{switch:?}, {}: {broken:?}", product.name));
            }
        }
        if listed.is_empty() {
            unlisted.push(format!("{switch:?} breaks nothing"));
        }
    }
    assert!(unlisted.is_empty(), "{unlisted:#?}");
}
