//! With a mechanism switched off, a promise is seen to break.

use super::infracodebase;
use super::promises::run;
use super::world::Switch;

#[test]
fn each_mechanism_that_is_switched_off_is_noticed() {
    let mut unnoticed = Vec::new();
    for switch in Switch::ALL {
        let (report, _) = run(
            infracodebase::PRODUCT,
            &[switch],
            infracodebase::flow,
            infracodebase::check,
        );
        let broken: Vec<&str> = report
            .failures()
            .map(|check| check.promise().id().as_str())
            .collect();
        println!("{switch:?}: {}", broken.join(" "));
        if broken.is_empty() {
            unnoticed.push(switch);
        }
    }
    assert!(unnoticed.is_empty(), "{unnoticed:?}");
}
