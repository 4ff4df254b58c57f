//! Verifies an audit log, as an auditor does who has the log's files, its verifying
//! key and the checkpoints of earlier visits.
//!
//! ```text
//! cargo run --example audit_verify -- [--key KEY]... [--anchor FILE]... [--keep FILE] [--tiles] DIR
//!
//! --key KEY      a verifying key of the log, or a file that holds it: the one that it
//!                began with or was handed over to, and those that signed the anchors;
//!                DIR/key.pub otherwise, which is worth as much as DIR is
//! --anchor FILE  a checkpoint that was kept
//! --keep FILE    write the last checkpoint there when the log is intact
//! --tiles        verify the tiles in DIR, where it holds the log's own files as well
//! ```
//!
//! DIR holds a log in files, or one exported as tiles. Where it holds both, its own files are
//! verified, which are what the log is read from. What it is found to be is said in
//! one line, and by the exit code: 0 for a log that is intact, 1 for one that was
//! altered, 3 for one that is shorter than an anchor, 4 for one that forked from an
//! anchor, 5 for one that is signed and malformed, 6 for one that none of the keys
//! signed, and 2 where nothing can be said.
//! Without arguments it makes a log, verifies it, and shows what it says of one that
//! was changed.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program talks to people"
)]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use confidant::audit::{
    Checkpoint, Entry, Identifier, Log, LogReport, LogVerdict, Outcome, SigningKey, VerifyingKey,
    verify_folder, verify_tiles,
};
use lexopt::ValueExt as _;

type Failure = Box<dyn Error>;

#[derive(Default)]
struct Options {
    folder: PathBuf,
    keys: Vec<String>,
    anchors: Vec<PathBuf>,
    keep: Option<PathBuf>,
    tiles: bool,
}

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

fn options() -> Result<Options, Failure> {
    let mut options = Options::default();
    let mut folder = None;
    let mut args = lexopt::Parser::from_env();
    while let Some(arg) = args.next()? {
        match arg {
            lexopt::Arg::Long("key") => options.keys.push(args.value()?.string()?),
            lexopt::Arg::Long("anchor") => options.anchors.push(args.value()?.into()),
            lexopt::Arg::Long("keep") => options.keep = Some(args.value()?.into()),
            lexopt::Arg::Long("tiles") => options.tiles = true,
            lexopt::Arg::Value(value) if folder.is_none() => folder = Some(value),
            other => return Err(other.unexpected().into()),
        }
    }
    options.folder = folder.ok_or("which folder?")?.into();
    Ok(options)
}

fn verify(options: &Options) -> Result<ExitCode, Failure> {
    let folder = &options.folder;
    let mut keys = Vec::new();
    for key in &options.keys {
        let text = fs::read_to_string(key).unwrap_or_else(|_| key.clone());
        keys.push(VerifyingKey::parse(text.trim())?);
    }
    if keys.is_empty() {
        let text = fs::read_to_string(folder.join("key.pub"))
            .map_err(|error| format!("no `--key`, and no key.pub: {error}"))?;
        eprintln!("the key is that of the folder, which whoever changes the log can change too");
        keys.push(VerifyingKey::parse(text.trim())?);
    }
    let mut anchors = Vec::new();
    for path in &options.anchors {
        anchors.push(Checkpoint::open(&fs::read_to_string(path)?, &keys)?);
    }
    let has_only_tiles = folder.join("tile").exists() && !has_segments(folder)?;
    let report = if options.tiles || has_only_tiles {
        verify_tiles(folder, &keys, &anchors)?
    } else {
        verify_folder(folder, &keys, &anchors)?
    };
    show(&report);
    if let (LogVerdict::Intact, Some(checkpoint), Some(path)) =
        (report.verdict, &report.checkpoint, &options.keep)
    {
        fs::write(path, checkpoint.note())?;
    }
    Ok(code(report.verdict))
}

/// Whether the log's own files lie in a folder.
fn has_segments(folder: &Path) -> Result<bool, Failure> {
    for entry in fs::read_dir(folder)? {
        let name = PathBuf::from(entry?.file_name());
        if name.extension().is_some_and(|end| end == "segment") {
            return Ok(true);
        }
    }
    Ok(false)
}

fn code(verdict: LogVerdict) -> ExitCode {
    ExitCode::from(match verdict {
        LogVerdict::Intact => 0,
        LogVerdict::Altered { .. } => 1,
        LogVerdict::Shorter { .. } => 3,
        LogVerdict::Forked { .. } => 4,
        LogVerdict::Malformed { .. } => 5,
        LogVerdict::OtherKey => 6,
        _ => 2,
    })
}

/// All that was found, in one line.
fn show(report: &LogReport) {
    let mut line = match report.verdict {
        LogVerdict::Intact if report.foreign => {
            format!("intact: {} entries of another form", report.size)
        }
        LogVerdict::Intact => format!("intact: {} entries", report.size),
        LogVerdict::Altered { leaf } => format!("ALTERED at entry {leaf}"),
        LogVerdict::Shorter { size, anchor } => {
            format!("SHORTER: {size} entries, and there were {anchor}")
        }
        LogVerdict::Forked { anchor } => {
            format!("FORKED: not the log that was seen with {anchor} entries")
        }
        LogVerdict::Malformed { leaf } => {
            format!("MALFORMED at entry {leaf}, which is signed and not as a log writes it")
        }
        LogVerdict::OtherKey => "OTHER KEY: none of the keys signed the log".to_owned(),
        other => format!("{other:?}"),
    };
    if report.torn_bytes > 0 {
        let (bytes, entries) = (report.torn_bytes, report.torn_entries);
        line += &format!("; {bytes} bytes behind the end that nobody signed");
        line += &format!(", with {entries} entries");
    }
    if !report.damaged.is_empty() {
        line += &format!("; damaged and of no account: {}", report.damaged.join(", "));
    }
    println!("{line}");
}

/// A log, and what is said of it after each of a few edits.
fn demonstrate() -> Result<ExitCode, Failure> {
    let folder = std::env::temp_dir().join(format!("confidant-audit-{}", std::process::id()));
    let shown = demonstrate_in(&folder);
    fs::remove_dir_all(&folder)?;
    shown
}

fn demonstrate_in(folder: &Path) -> Result<ExitCode, Failure> {
    let key = SigningKey::generate("acme.example/audit")?;
    let (mut early, mut kept) = (None, None);
    pollster::block_on(async {
        let log = Log::builder(Arc::new(key)).segment_bytes(4096);
        let log = log.open(folder).await?;
        for number in 0..20 {
            let entry = Entry::new(Identifier::new("secret.reveal")?, Outcome::Succeeded)
                .actor(Identifier::new("service:deployer")?)
                .count("bytes", number)?;
            let appended = log.append(entry).await?;
            if number == 9 {
                early = Some(appended.checkpoint().clone());
            }
        }
        kept = Some((log.checkpoint().await?, log.verifying_key()));
        Ok::<_, confidant::Error>(())
    })?;
    let (anchor, key) = kept.ok_or("no log was made")?;
    println!("verifying key: {key}\n\n{}", anchor.note());
    let anchors: Vec<_> = early.into_iter().chain([anchor.as_ref().clone()]).collect();
    let keys = [key];
    let expect = |what: &str, expected: &dyn Fn(LogVerdict) -> bool| -> Result<(), Failure> {
        let report = verify_folder(folder, &keys, &anchors)?;
        print!("{what}: ");
        show(&report);
        if expected(report.verdict) {
            Ok(())
        } else {
            Err("which is not what it should say".into())
        }
    };
    expect("as it was written", &|verdict| {
        verdict == LogVerdict::Intact
    })?;

    let segment = folder.join("00000000000000000000.segment");
    let bytes = fs::read(&segment)?;
    let mut changed = bytes.clone();
    let byte = changed.get_mut(1500).ok_or("the segment is too short")?;
    *byte ^= 1;
    fs::write(&segment, changed)?;
    expect("with one bit changed", &|verdict| {
        matches!(verdict, LogVerdict::Altered { .. })
    })?;

    fs::write(&segment, bytes)?;
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        let is_segment = path.extension().is_some_and(|name| name == "segment");
        if is_segment && path != segment {
            fs::remove_file(path)?;
        }
    }
    expect("with the end cut off", &|verdict| {
        matches!(verdict, LogVerdict::Shorter { .. })
    })?;
    Ok(ExitCode::SUCCESS)
}
