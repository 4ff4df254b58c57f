//! With a mechanism switched off, the promise that rests on it is seen to break.

use std::thread;

use super::infracodebase;
use super::promises::run;
use super::world::Switch;

/// The promise that must break, and with it whatever else rests on the mechanism.
const RESTS_ON: [(Switch, &str); 24] = [
    (Switch::RedactorIdentity, "IC-24"),
    (Switch::AuditSkipped, "IC-51"),
    (Switch::ConsentDefaultAllow, "IC-69"),
    (Switch::ProhibitionIgnored, "IC-25"),
    (Switch::RetentionDayLate, "IC-57"),
    (Switch::HoldsIgnored, "IC-58"),
    (Switch::OwnerIgnored, "IC-32"),
    (Switch::PlainHttp, "IC-48"),
    (Switch::CategoriesIgnored, "IC-24"),
    (Switch::AttestationsNeverLapse, "IC-29"),
    (Switch::HostsOpen, "IC-35"),
    (Switch::SecretsShown, "IC-06"),
    (Switch::CredentialsUnbound, "IC-36"),
    (Switch::TelemetryOpen, "IC-10"),
    (Switch::AgeIgnored, "IC-86"),
    (Switch::SignalIgnored, "IC-74"),
    (Switch::LevelsIgnored, "IC-42"),
    (Switch::ScanSkipped, "IC-47"),
    (Switch::DeadlinesForgotten, "IC-70"),
    (Switch::NoticeUngated, "IC-88"),
    (Switch::GroundsIgnored, "IC-33"),
    (Switch::CookiesUnchecked, "IC-82"),
    (Switch::ReportsUnawaited, "IC-59"),
    (Switch::TenantUnbound, "IC-50"),
];

#[test]
fn each_mechanism_that_is_switched_off_is_noticed() {
    let switches = RESTS_ON.map(|(switch, _)| switch);
    assert_eq!(switches, Switch::ALL);
    let half = RESTS_ON.len() / 2;
    let (one, two) = RESTS_ON.split_at(half);
    let unnoticed: Vec<_> = thread::scope(|scope| {
        let halves = [one, two].map(|half| scope.spawn(|| unnoticed(half)));
        halves
            .into_iter()
            .flat_map(|half| half.join().unwrap())
            .collect()
    });
    assert!(unnoticed.is_empty(), "{unnoticed:#?}");
}

/// Runs the product without each mechanism, and returns what did not break.
#[expect(clippy::print_stdout, reason = "the table is for people")]
fn unnoticed(mutations: &[(Switch, &str)]) -> Vec<String> {
    let mut unnoticed = Vec::new();
    for (switch, id) in mutations {
        let (report, _) = run(
            infracodebase::PRODUCT,
            &[*switch],
            infracodebase::flow,
            infracodebase::check,
        );
        let broken: Vec<&str> = report
            .failures()
            .map(|check| check.promise().id().as_str())
            .collect();
        println!("{switch:?}: {}", broken.join(" "));
        if !broken.contains(id) {
            unnoticed.push(format!("{switch:?} leaves {id} whole: {broken:?}"));
        }
    }
    unnoticed
}
