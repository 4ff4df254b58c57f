//! The command line.

use std::path::PathBuf;

use confidant::time::Moment;
use lexopt::prelude::{Long, Short, Value, ValueExt as _};

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Checks policy documents and writes what is generated from them.

usage: policy [COMMAND] [OPTIONS] [FILE…]

Files are TOML, or JSON where their names end so. Without a file a small policy of
the program's own is used.

  check       compile, and say what stands behind each promise (the default)
  diff        compare the first file with the second
  notice      the notice to users, in Markdown
  schedule    the schedule of retention
  record      the record of processing
  recipients  the list of recipients
  cookies     the table of cookies
  registers   where people meet machines
  gpc         the statement for /.well-known/gpc.json
  lint        compare a published notice with the policy

  --promises FILE  the promises that clauses must carry, in JSON
  --notice FILE    the notice that `lint` reads
  --now MOMENT     the moment at which attestations must count (default: now)
  --json           write JSON (`check` and `diff`)
  --help

Exit code: 0 when all is well, 1 on findings (faults, gaps, weakenings, claims), 2 on
bad input.
";

/// What to do.
#[derive(Debug)]
pub(crate) enum Command {
    Check,
    Cookies,
    Diff,
    Gpc,
    Lint(PathBuf),
    Notice,
    Recipients,
    Record,
    Registers,
    Schedule,
}

/// What to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Text,
}

/// A parsed command line.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) command: Command,
    pub(crate) format: Format,
    pub(crate) now: Option<Moment>,
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) promises: Option<PathBuf>,
}

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Request {
    Help,
    Run(Options),
}

/// Reads the command line.
pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Request, lexopt::Error> {
    let mut options = Options {
        command: Command::Check,
        format: Format::Text,
        now: None,
        paths: Vec::new(),
        promises: None,
    };
    let mut is_lint = false;
    let mut notice = None;
    let mut is_first = true;
    while let Some(arg) = parser.next()? {
        match arg {
            Long("help") | Short('h') => return Ok(Request::Help),
            Long("json") => options.format = Format::Json,
            Long("notice") => notice = Some(parser.value()?.into()),
            Long("now") => {
                let text = parser.value()?.string()?;
                let now = text
                    .parse()
                    .map_err(|_| "`--now` takes a moment such as 2026-05-01T00:00:00Z")?;
                options.now = Some(now);
            }
            Long("promises") => options.promises = Some(parser.value()?.into()),
            Value(value) => {
                let command = match value.to_str().filter(|_| is_first) {
                    Some("check") => Command::Check,
                    Some("cookies") => Command::Cookies,
                    Some("diff") => Command::Diff,
                    Some("gpc") => Command::Gpc,
                    Some("notice") => Command::Notice,
                    Some("recipients") => Command::Recipients,
                    Some("record") => Command::Record,
                    Some("registers") => Command::Registers,
                    Some("schedule") => Command::Schedule,
                    Some("lint") => {
                        is_lint = true;
                        is_first = false;
                        continue;
                    }
                    _ => {
                        is_first = false;
                        options.paths.push(value.into());
                        continue;
                    }
                };
                is_first = false;
                options.command = command;
            }
            _ => return Err(arg.unexpected()),
        }
    }
    if is_lint {
        let notice = notice.ok_or("`lint` takes `--notice FILE`")?;
        options.command = Command::Lint(notice);
    }
    Ok(Request::Run(options))
}
