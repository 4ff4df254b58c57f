//! How fast decisions are made, by section: visibility.
//!
//! `cargo bench --bench decisions` takes about a minute. Options come after `--`:
//! `--only NAME` for one section, `--quick` or `--test` for a run of seconds whose
//! figures mean little.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a program of its own, which should stop where it cannot measure"
)]

#[path = "../redaction/plan.rs"]
mod plan;
mod population;
mod visibility;

use std::process::ExitCode;

use plan::Plan;

/// Measures one section.
type Section = fn(&Plan);

/// The sections, each a file beside this one.
const SECTIONS: &[(&str, Section)] = &[("visibility", visibility::run)];

fn main() -> ExitCode {
    Plan::run(|plan| {
        for (name, section) in SECTIONS {
            if plan.wants(name) {
                println!("\n# {name}");
                section(plan);
            }
        }
    })
}
