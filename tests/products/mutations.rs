//! With a mechanism switched off, the promises that rest on it are seen to break, in every
//! product that makes them.

use std::thread;

use super::promises::{PRODUCTS, without};
use super::world::Switch;
use super::world::switch::Seam;

/// For each switch a promise of every product that rests on it: that one breaks, and with it
/// whatever else rests on the mechanism.
const RESTS_ON: [(Switch, &[&str]); 28] = [
    (Switch::RedactorIdentity, &[]),
    (Switch::AuditSkipped, &[]),
    (Switch::ConsentDefaultAllow, &[]),
    (Switch::ProhibitionIgnored, &[]),
    (Switch::ObjectionIgnored, &[]),
    (Switch::RetentionDayLate, &[]),
    (Switch::HoldsIgnored, &[]),
    (Switch::OwnerIgnored, &[]),
    (Switch::PlainHttp, &[]),
    (Switch::RecipientsOpen, &[]),
    (Switch::PurposesOpen, &[]),
    (Switch::MessagesOpen, &[]),
    (Switch::AttestationsNeverLapse, &[]),
    (Switch::HostsOpen, &[]),
    (Switch::SecretsShown, &[]),
    (Switch::CredentialsUnbound, &[]),
    (Switch::TelemetryOpen, &[]),
    (Switch::AgeIgnored, &[]),
    (Switch::SignalIgnored, &[]),
    (Switch::LevelsIgnored, &[]),
    (Switch::ScanSkipped, &[]),
    (Switch::DeadlinesForgotten, &[]),
    (Switch::NoticeUngated, &[]),
    (Switch::GroundsIgnored, &[]),
    (Switch::CookiesUnchecked, &[]),
    (Switch::ReportsUnawaited, &[]),
    (Switch::TenantUnbound, &[]),
    (Switch::RotationLate, &[]),
];

#[test]
fn each_mechanism_that_is_switched_off_is_noticed() {
    assert_eq!(RESTS_ON.map(|(switch, _)| switch), Switch::ALL);
    let (one, two) = RESTS_ON.split_at(RESTS_ON.len() / 2);
    let unnoticed: Vec<_> = thread::scope(|scope| {
        let halves = [one, two].map(|half| scope.spawn(|| unnoticed(half)));
        halves
            .into_iter()
            .flat_map(|half| half.join().unwrap())
            .collect()
    });
    assert!(unnoticed.is_empty(), "{unnoticed:#?}");
}

/// Runs the products without each mechanism, and returns what differs from the table.
#[expect(clippy::print_stdout, reason = "the table is for people")]
fn unnoticed(mutations: &[(Switch, &[&str])]) -> Vec<String> {
    let mut unnoticed = Vec::new();
    for (switch, listed) in mutations {
        let seam = match switch.seam() {
            Seam::Document => "by its document",
            Seam::Library => "by what the library is given",
        };
        for product in PRODUCTS {
            let report = match without(product, *switch) {
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
            let named = listed.iter().find(|id| id.starts_with(product.prefix));
            if !broken.is_empty() {
                println!(
                    "{switch:?} ({seam}), {}: {}",
                    product.name,
                    broken.join(" ")
                );
            }
            match named {
                Some(id) if !broken.contains(id) => {
                    unnoticed.push(format!("{switch:?} leaves {id} whole: {broken:?}"));
                }
                None if !broken.is_empty() => {
                    unnoticed.push(format!("{switch:?} is not listed with one of {broken:?}"));
                }
                _ => {}
            }
        }
        if listed.is_empty() {
            unnoticed.push(format!("{switch:?} breaks nothing"));
        }
    }
    unnoticed
}
