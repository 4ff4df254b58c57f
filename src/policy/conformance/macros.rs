//! The assertion.

/// Panics where a promise comes to less than was promised, with a line for each.
///
/// It takes a [`PromiseReport`](crate::policy::conformance::PromiseReport), which rests on trials; or a
/// policy, a list of promises and a moment, and then asserts no more than that every
/// promise is [covered](crate::policy::Policy::coverage) by a clause that can keep it.
///
/// ```
/// use confidant::policy::{PolicyDoc, Promise, PromiseClass};
///
/// let text = include_str!("../../../examples/policies/infracodebase.toml");
/// let policy = PolicyDoc::from_toml(text)?.compile()?;
/// let promises = [Promise::new("IC-25", PromiseClass::Enforced)?];
/// confidant::assert_policy!(policy, promises, "2026-06-01T00:00:00Z".parse()?);
/// # Ok::<(), confidant::Error>(())
/// ```
#[macro_export]
macro_rules! assert_policy {
    ($report:expr $(,)?) => {
        match &$report {
            report => {
                if !report.is_kept() {
                    let lines: ::std::vec::Vec<::std::string::String> = report.complaints();
                    ::std::panic!("the policy is not kept:\n{}", lines.join("\n"));
                }
            }
        }
    };
    ($policy:expr, $promises:expr, $now:expr $(,)?) => {
        match $policy.coverage(&$promises, &[], $now) {
            coverage => {
                let gaps: ::std::vec::Vec<::std::string::String> = coverage
                    .gaps()
                    .map(|row| ::std::format!("{}: {}", row.promise().id(), row.status().as_str()))
                    .collect();
                if coverage.rows().is_empty() {
                    ::std::panic!("there are no promises");
                }
                if !gaps.is_empty() {
                    ::std::panic!("the policy does not cover:\n{}", gaps.join("\n"));
                }
            }
        }
    };
}
