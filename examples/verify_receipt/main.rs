//! Verifies, as somebody outside who trusts neither the product nor its servers, that a
//! deletion, an access and a consent happened as told.
//!
//! ```text
//! cargo run --example verify_receipt --features products -- --key FILE --checkpoint FILE RECEIPT…
//!
//! --key FILE         the verifying key of the log, as the product published it
//! --checkpoint FILE  a checkpoint of the log that was kept by somebody outside
//! RECEIPT            a receipt: an entry of the log with its proof
//! ```
//!
//! Each receipt is said in one line, and by the exit code: 0 where all of them hold, 1
//! where one does not, 2 where nothing can be said. Without arguments it runs Cloud Claude,
//! takes receipts from it, closes it, and verifies them from their files alone; then it
//! changes one.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program talks to people"
)]

#[path = "../products/checks/mod.rs"]
mod checks;
mod issue;
#[path = "../products/cloud_claude/mod.rs"]
mod product;
mod receipt;
#[path = "../products/world/mod.rs"]
mod world;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use confidant::audit::{Checkpoint, VerifyingKey};

use receipt::Receipt;
use world::Fallible;

fn main() -> ExitCode {
    let done = match std::env::args_os().len() {
        ..2 => demonstrate(),
        _ => options().and_then(|options| verify(&options)),
    };
    done.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::from(2)
    })
}

/// What somebody outside has.
#[derive(Default)]
struct Options {
    key: PathBuf,
    checkpoint: PathBuf,
    receipts: Vec<PathBuf>,
}

fn options() -> Fallible<Options> {
    let mut options = Options::default();
    let mut args = lexopt::Parser::from_env();
    while let Some(arg) = args.next()? {
        match arg {
            lexopt::Arg::Long("key") => options.key = args.value()?.into(),
            lexopt::Arg::Long("checkpoint") => options.checkpoint = args.value()?.into(),
            lexopt::Arg::Value(value) => options.receipts.push(value.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    match options.receipts.is_empty() {
        true => Err("which receipt?".into()),
        false => Ok(options),
    }
}

/// Verifies receipts by their files, a key and a checkpoint, and nothing else.
fn verify(options: &Options) -> Fallible<ExitCode> {
    let key = VerifyingKey::parse(fs::read_to_string(&options.key)?.trim())?;
    let keys = [key];
    let kept = Checkpoint::open(&fs::read_to_string(&options.checkpoint)?, &keys)?;
    let mut code = ExitCode::SUCCESS;
    for path in &options.receipts {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let told = Receipt::parse(&fs::read_to_string(path)?)
            .and_then(|receipt| receipt.verify(&keys, &kept));
        match told {
            Ok(told) => println!("{name}: holds: {told}"),
            Err(error) => {
                println!("{name}: does not hold: {error}");
                code = ExitCode::from(1);
            }
        }
    }
    Ok(code)
}

fn demonstrate() -> Fallible<ExitCode> {
    let folder = std::env::temp_dir().join(format!("confidant-receipts-{}", std::process::id()));
    let shown = issue::receipts(&folder).and_then(|receipts| {
        let mut options = Options {
            key: folder.join("log.pub"),
            checkpoint: folder.join("checkpoint"),
            receipts,
        };
        println!("From a key, a checkpoint and receipts alone:");
        let held = verify(&options)?;
        println!("One of them says something else now:");
        options.receipts = vec![issue::forged(&folder)?];
        let forged = verify(&options)?;
        Ok(
            match (held == ExitCode::SUCCESS, forged == ExitCode::SUCCESS) {
                (true, false) => ExitCode::SUCCESS,
                _ => ExitCode::FAILURE,
            },
        )
    });
    // What is left of a run that failed is for nobody.
    let _ = fs::remove_dir_all(&folder);
    shown
}
