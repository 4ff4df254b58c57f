//! Verifies, as somebody outside who trusts neither the product nor its servers, what the
//! entries behind a deletion, an access and a consent say.
//!
//! ```text
//! cargo run --example verify_receipt --features products -- --key FILE --checkpoint FILE RECEIPT…
//! ```
//!
//! `--help` has the options. Without arguments it runs Cloud Claude, takes receipts from it,
//! closes it, and verifies them from their files alone; then it changes one.
//!
//! A receipt shows that the log has the entry, unchanged, and that the log goes on from a
//! checkpoint that the product cannot take back. Persons and things stand in it as digests
//! under a key of the product's, so it shows whose deletion it is to whoever knows the
//! number of the request, and to nobody else. That the stores did what they reported, it
//! cannot show.
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
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use confidant::audit::{Checkpoint, VerifyingKey};

use receipt::{Receipt, Told};
use world::Fallible;

const HELP: &str = "\
Verifies receipts: entries of an audit log with their proofs.

  --key FILE         the verifying key of the log, as the product published it
  --checkpoint FILE  a checkpoint of the log that was kept by somebody outside
  RECEIPT            a receipt

  --issue FOLDER     runs a product, and leaves a key, a checkpoint and receipts there

Each receipt is one line. Where it holds, it is what the entry says: `done`; `begun`, such
as an access that was let in; or `not done`, where it was denied or failed. Otherwise it is
`too old` where it was made before the checkpoint, so that another is needed, or `does not
hold`. The exit code is 0 where all are done or begun, 1 where one is not done or does not
hold, and 2 where nothing can be said of one.
";

fn main() -> ExitCode {
    let done = match std::env::args_os().len() {
        ..2 => demonstrate(),
        _ => options().and_then(|options| match options {
            Asked::Help => {
                print!("{HELP}");
                Ok(ExitCode::SUCCESS)
            }
            Asked::Issue(folder) => issue::receipts(&folder).map(|_| ExitCode::SUCCESS),
            Asked::Verify(options) => verify(&options),
        }),
    };
    done.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::from(2)
    })
}

/// What the program is asked for.
enum Asked {
    Help,
    Issue(PathBuf),
    Verify(Options),
}

/// What somebody outside has.
struct Options {
    key: PathBuf,
    checkpoint: PathBuf,
    receipts: Vec<PathBuf>,
}

fn options() -> Fallible<Asked> {
    let (mut key, mut checkpoint, mut receipts) = (None, None, Vec::new());
    let mut args = lexopt::Parser::from_env();
    while let Some(arg) = args.next()? {
        match arg {
            lexopt::Arg::Long("key") => key = Some(args.value()?.into()),
            lexopt::Arg::Long("checkpoint") => checkpoint = Some(args.value()?.into()),
            lexopt::Arg::Long("issue") => return Ok(Asked::Issue(args.value()?.into())),
            lexopt::Arg::Long("help") | lexopt::Arg::Short('h') => return Ok(Asked::Help),
            lexopt::Arg::Value(value) => receipts.push(value.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    match receipts.is_empty() {
        true => Err("name a receipt; `--help` has the options".into()),
        false => Ok(Asked::Verify(Options {
            key: key.ok_or("name the key of the log by `--key`")?,
            checkpoint: checkpoint.ok_or("name a checkpoint by `--checkpoint`")?,
            receipts,
        })),
    }
}

fn read(path: &Path) -> Fallible<String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// Verifies receipts by their files, a key and a checkpoint, and nothing else.
fn verify(options: &Options) -> Fallible<ExitCode> {
    let key = VerifyingKey::parse(read(&options.key)?.trim())?;
    let keys = [key];
    let kept = Checkpoint::open(&read(&options.checkpoint)?, &keys)?;
    let mut code = 0;
    for path in &options.receipts {
        let name = path.display();
        let told = read(path)
            .map(|text| Receipt::parse(&text).and_then(|receipt| receipt.verify(&keys, &kept)));
        // One that cannot be read does not keep the others from being looked at.
        code = code.max(match told {
            Err(error) => {
                eprintln!("{error}");
                2
            }
            Ok(Ok(Told::Done(told))) => {
                println!("{name}: done: {told}");
                0
            }
            Ok(Ok(Told::Begun(told))) => {
                println!("{name}: begun: {told}");
                0
            }
            Ok(Ok(Told::NotDone(told))) => {
                println!("{name}: not done: {told}");
                1
            }
            Ok(Ok(Told::Older)) => {
                println!("{name}: too old: it was made before the checkpoint; ask for another");
                2
            }
            Ok(Err(error)) => {
                println!("{name}: does not hold: {error}");
                1
            }
        });
    }
    Ok(ExitCode::from(code))
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
