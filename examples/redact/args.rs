//! The command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;

use lexopt::prelude::{Long, Short, Value, ValueExt as _};

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Finds secrets in text and replaces them.

usage: redact [OPTIONS] [FILE|DIR…]

Reads standard input when no path is given (or for `-`) and writes the redacted
text to standard output. Files come one after the other, as `cat` would print
them; files of a directory come in the order of their names, each after a line
`==> path <==`. Directories are walked with respect to .gitignore and .ignore
files; hidden files are read, `.git` and files with a NUL in their first 8 KB
are not.

  --preset secrets|secrets-and-pii  what to look for (default: secrets)
  --rules FILE       more rules, in TOML; may be given again
  --config FILE      more rules, as a configuration of gitleaks; may be given again
  --report json|sarif  write a report of what was found, and no text
  --jsonl            read lines {\"id\", \"text\"}, write lines {\"id\", \"redacted\",
                     \"findings\"} in the same order; empty lines are passed over
  --output DIR       write redacted copies under DIR; binary files are left out
  --in-place         replace files that hold something by their redacted form
  --check            exit with 1 when anything was found
  --threads N        files at a time (default: the processor's cores, 8 at most)
  --demo             run on a small sample text
  --help, --version

Exit code: 0, with --check 1 when anything was found, 2 on errors. Findings and
errors name files, lines and columns, never values.
";

/// What to do with the redacted text.
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

/// Which built-in rules are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preset {
    Secrets,
    SecretsAndPii,
}

/// A parsed command line.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) check: bool,
    pub(crate) configs: Vec<PathBuf>,
    pub(crate) demo: bool,
    pub(crate) mode: Mode,
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) preset: Preset,
    pub(crate) rules: Vec<PathBuf>,
    pub(crate) threads: usize,
}

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Request {
    Help,
    Run(Options),
    Version,
}

/// Reads the command line.
pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Request, lexopt::Error> {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let mut options = Options {
        check: false,
        configs: Vec::new(),
        demo: false,
        mode: Mode::Text,
        paths: Vec::new(),
        preset: Preset::Secrets,
        rules: Vec::new(),
        threads: cores.min(8),
    };
    while let Some(arg) = parser.next()? {
        match arg {
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
            let text = "of `--report`, `--jsonl`, `--output` and `--in-place` only one is possible";
            return Err(text.into());
        }
        self.mode = mode;
        Ok(())
    }

    fn check(&self) -> Result<(), lexopt::Error> {
        let stdin = self.paths.is_empty() || self.paths.iter().any(|path| path == "-");
        if self.demo && !self.paths.is_empty() {
            return Err("`--demo` brings its own text and takes no path".into());
        }
        if matches!(self.mode, Mode::InPlace | Mode::Mirror(_)) && stdin {
            return Err("`--in-place` and `--output` need a file or directory".into());
        }
        Ok(())
    }
}
