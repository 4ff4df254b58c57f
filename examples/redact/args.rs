//! The command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;

use lexopt::prelude::{Long, Short, Value, ValueExt as _};

/// The output of `--help`.
pub(crate) const HELP: &str = "\
Finds secrets in text and replaces them.

usage: redact [OPTIONS] [FILE|DIR…]

Reads standard input if no path is given (or for `-`) and writes the redacted
text to standard output. Files are written one after the other, as `cat` would
print them. The files of a directory are sorted by name, each after a line
`==> path <==`. Directories honor .gitignore and .ignore files, and what these leave
out is counted. Hidden files are read; `.git` and files with a NUL in their first
8 KB are not. Files of JSON (.json, .ipynb) and of JSON lines (.jsonl, .ndjson) of up
to 64 MB stay JSON.

  --preset secrets|secrets-and-pii  what to look for (default: secrets)
  --rules FILE       more rules, in TOML (repeatable)
  --config FILE      more rules, from a gitleaks configuration (repeatable)
  --report json|sarif  write a report of the findings instead of the text
  --jsonl            read lines {\"id\", \"text\"}, write lines {\"id\", \"redacted\",
                     \"findings\"} in the same order; empty lines are skipped
  --output DIR       write redacted copies under DIR; binary files are skipped
  --in-place         replace files with findings by their redacted form
  --check            exit with 1 if anything was found that is not in the baseline
  --min-confidence N  ignore findings below this confidence, from 0 to 100
  --no-ignore        read what .gitignore and .ignore files leave out
  --baseline FILE    findings that were accepted: they are redacted, but reported as
                     accepted and not counted by --check
  --write-baseline FILE  write the findings of this run as a baseline
  --threads N        files processed at a time (default: the number of cores, at most 8)
  --demo             run on a small sample text
  --help, --version

Exit code: 0, or 1 with --check if anything was found, or 2 on errors. Output that
nobody reads any more ends the run without an error. Findings and errors name files,
lines and columns, never values. A report in JSON ends with the number of findings of
each rule, and how many that are in a million bytes. The baseline names a finding by its file, its rule
and its number among the findings of that rule in the file.
";

/// The output of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    InPlace,
    Jsonl,
    Mirror(PathBuf),
    Report(Format),
    Text,
}

/// The format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Sarif,
}

/// The built-in rules that are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preset {
    Secrets,
    SecretsAndPii,
}

/// A parsed command line.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) baseline: Option<PathBuf>,
    pub(crate) check: bool,
    pub(crate) configs: Vec<PathBuf>,
    pub(crate) demo: bool,
    pub(crate) ignore: bool,
    pub(crate) min_confidence: u8,
    pub(crate) mode: Mode,
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) preset: Preset,
    pub(crate) rules: Vec<PathBuf>,
    pub(crate) threads: usize,
    pub(crate) write_baseline: Option<PathBuf>,
}

/// The action that the command line requests.
#[derive(Debug)]
pub(crate) enum Request {
    Help,
    Run(Options),
    Version,
}

/// Parses the command line.
pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Request, lexopt::Error> {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let mut options = Options {
        baseline: None,
        check: false,
        configs: Vec::new(),
        demo: false,
        ignore: true,
        min_confidence: 0,
        mode: Mode::Text,
        paths: Vec::new(),
        preset: Preset::Secrets,
        rules: Vec::new(),
        threads: cores.min(8),
        write_baseline: None,
    };
    while let Some(arg) = parser.next()? {
        match arg {
            Long("baseline") => options.baseline = Some(parser.value()?.into()),
            Long("write-baseline") => options.write_baseline = Some(parser.value()?.into()),
            Long("no-ignore") => options.ignore = false,
            Long("min-confidence") => {
                options.min_confidence = parser
                    .value()?
                    .parse()
                    .ok()
                    .filter(|confidence| *confidence <= 100)
                    .ok_or("`--min-confidence` takes a number from 0 to 100")?;
            }
            Long("check") => options.check = true,
            Long("config") => options.configs.push(parser.value()?.into()),
            Long("demo") => options.demo = true,
            Long("help") | Short('h') => return Ok(Request::Help),
            Long("version") | Short('V') => return Ok(Request::Version),
            Long("in-place") => options.set(Mode::InPlace)?,
            Long("jsonl") => options.set(Mode::Jsonl)?,
            Long("output") => options.set(Mode::Mirror(parser.value()?.into()))?,
            Long("report") => {
                let format = match parser.value()?.to_str() {
                    Some("json") => Format::Json,
                    Some("sarif") => Format::Sarif,
                    _ => return Err("`--report` takes `json` or `sarif`".into()),
                };
                options.set(Mode::Report(format))?;
            }
            Long("preset") => {
                options.preset = match parser.value()?.to_str() {
                    Some("secrets") => Preset::Secrets,
                    Some("secrets-and-pii") => Preset::SecretsAndPii,
                    _ => return Err("`--preset` takes `secrets` or `secrets-and-pii`".into()),
                }
            }
            Long("rules") => options.rules.push(parser.value()?.into()),
            Long("threads") => {
                options.threads = parser
                    .value()?
                    .parse()
                    .ok()
                    .filter(|threads| (1..=256).contains(threads))
                    .ok_or("`--threads` takes a number from 1 to 256")?;
            }
            Value(path) => options.paths.push(path.into()),
            other => return Err(other.unexpected()),
        }
    }
    options.check()?;
    Ok(Request::Run(options))
}

impl Options {
    fn set(&mut self, mode: Mode) -> Result<(), lexopt::Error> {
        if self.mode != Mode::Text && self.mode != mode {
            let text = "only one of `--report`, `--jsonl`, `--output` and `--in-place` can be used";
            return Err(text.into());
        }
        self.mode = mode;
        Ok(())
    }

    fn check(&self) -> Result<(), lexopt::Error> {
        let stdin = self.paths.is_empty() || self.paths.iter().any(|path| path == "-");
        if self.demo && !self.paths.is_empty() {
            return Err("`--demo` has its own text and takes no path".into());
        }
        if matches!(self.mode, Mode::InPlace | Mode::Mirror(_)) && stdin {
            return Err("`--in-place` and `--output` need a file or directory".into());
        }
        Ok(())
    }
}
