//! Makes the tables of the engine. Run it in this folder, where cargo is told to show it
//! what it needs of the engine.
//!
//! ```sh
//! cargo run --release -- features CASES corpus.list features.tsv
//! cargo run --release -- buckets check|write [SAMPLE…]
//! ```
//!
//! `training` holds what makes the other tables of the classifier.

mod buckets;
#[path = "../../benches/corpus/mod.rs"]
mod corpus;
mod features;

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args[..] {
        ["features", cases, clean, output] => features::write(cases, clean, output),
        ["buckets", "check", ref samples @ ..] => buckets::check(samples),
        ["buckets", "write", ref samples @ ..] => buckets::write(samples),
        _ => Err("usage: features CASES corpus.list OUTPUT | buckets check|write [SAMPLE…]".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("confidant_tools: {error}");
            ExitCode::FAILURE
        }
    }
}
