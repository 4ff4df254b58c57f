//! Aegent, promise by promise: a private chat whose providers keep nothing, on the policy
//! document `examples/policies/aegent.toml`.
//!
//! `cargo run --example aegent --features products`
//!
//! Models are asked over HTTP, through the guard, at a server of this process; data lies
//! in a SQLite file and the audit log in a folder. `--help` says how to get the report as
//! a page.
#![allow(clippy::print_stdout, reason = "a program that shows what it does")]

#[path = "../products/checks/mod.rs"]
mod checks;
#[path = "../products/aegent/mod.rs"]
mod product;
#[path = "../products/show.rs"]
mod show;
#[path = "../products/world/mod.rs"]
mod world;

use std::process::ExitCode;

fn main() -> world::Fallible<ExitCode> {
    show::run(product::PRODUCT, product::flow, product::check)
}
