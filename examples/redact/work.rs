//! The processing of one job from its text to its output.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::process;

use confidant::redact::Redactor;

use crate::args::{Format, Mode, Options};
use crate::baseline::{Baseline, Identities};
use crate::copy::{Failure, Step, copy};
use crate::jobs::{self, Job, Origin};
use crate::jsonl;
use crate::locate::Locator;
use crate::progress::Progress;
use crate::report;
use crate::structured::{self, Contents, Structure, Structured};
use crate::tally::Tally;

/// How much of a JSON-lines file is read at a time.
const LINES: usize = 256 * 1024;

/// The error of an output that nobody reads any more.
pub(crate) const CLOSED: &str = "closed";

/// Returns the message of a failed copy.
fn message(failure: Failure) -> String {
    match failure {
        Failure::Write(error) if error.kind() == io::ErrorKind::BrokenPipe => CLOSED.to_owned(),
        failure => failure.to_string(),
    }
}

/// The state shared by all jobs.
pub(crate) struct Run<'a> {
    pub(crate) baseline: &'a Baseline,
    pub(crate) options: &'a Options,
    pub(crate) progress: &'a Progress,
    pub(crate) redactor: &'a Redactor,
}

impl Run<'_> {
    /// Runs one job. `output` is its place in standard output.
    pub(crate) fn job(
        &self,
        job: &Job,
        tally: &mut Tally,
        output: &mut impl Write,
    ) -> Result<(), String> {
        let is_file = matches!(job.origin, Origin::File | Origin::Tree);
        // Records in a file are not the contents of that file.
        if !is_file || self.options.mode == Mode::Jsonl {
            return self.opened(job, tally, output);
        }
        let path = job.path.to_string_lossy().replace(MAIN_SEPARATOR, "/");
        let redactor = &self.redactor.for_path(&path);
        Run { redactor, ..*self }.opened(job, tally, output)
    }

    fn opened(&self, job: &Job, tally: &mut Tally, output: &mut impl Write) -> Result<(), String> {
        let opened = jobs::open(job).map_err(|error| format!("cannot read: {error}"))?;
        let Some(mut input) = opened else {
            tally.skipped += 1;
            return Ok(());
        };
        tally.files += 1;
        self.progress.add_file();
        match &self.options.mode {
            Mode::InPlace => self.in_place(job, &mut input, tally),
            Mode::Jsonl => {
                let mut input = BufReader::with_capacity(LINES, input);
                self.lines(&mut input, tally, output)
            }
            Mode::Mirror(root) => self.mirror(&root.join(&job.mirrored), job, &mut input, tally),
            Mode::Report(format) => self.report(*format, job, &mut input, tally, output),
            Mode::Text => self.text(job, &mut input, tally, output),
        }
    }

    fn copy(
        &self,
        job: &Job,
        input: &mut impl Read,
        output: &mut impl Write,
        tally: &mut Tally,
        each: &mut impl FnMut(&Step<'_>) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let mut identities = Identities::default();
        let mut each = |step: &Step<'_>| {
            self.progress.add(step.chunk.len() as u64);
            tally.bytes += step.chunk.len() as u64;
            tally.count(step.findings);
            if !matches!(self.options.mode, Mode::Report(_)) {
                for finding in step.findings {
                    let id = identities.next(&job.path, finding);
                    tally.accepted += u64::from(self.baseline.look_up(id).1);
                }
            }
            each(step)
        };
        let structure = match job.origin {
            Origin::File | Origin::Tree => Structure::of(&job.path),
            _ => Structure::Text,
        };
        let read = structured::redact(structure, self.redactor, input);
        match read.map_err(Failure::Read)? {
            Contents::Unread(bytes) => {
                let mut input = io::Cursor::new(bytes).chain(input);
                copy(self.redactor, &mut input, output, &mut each)
            }
            Contents::Redacted(Structured {
                input,
                output: redacted,
                findings,
            }) => {
                output
                    .write_all(redacted.as_bytes())
                    .map_err(Failure::Write)?;
                let step = Step {
                    chunk: input.as_bytes(),
                    output: redacted.as_bytes(),
                    findings: &findings,
                };
                each(&step).map_err(Failure::Write)?;
                output.flush().map_err(Failure::Write)
            }
        }
    }

    fn lines(
        &self,
        input: &mut impl BufRead,
        tally: &mut Tally,
        output: &mut impl Write,
    ) -> Result<(), String> {
        let malformed = jsonl::run(self.redactor, input, output, tally, self.progress);
        match malformed.map_err(message)? {
            0 => Ok(()),
            1 => Err("1 line is malformed".to_owned()),
            count => Err(format!("{count} lines are malformed")),
        }
    }

    fn text(
        &self,
        job: &Job,
        input: &mut impl Read,
        tally: &mut Tally,
        output: &mut impl Write,
    ) -> Result<(), String> {
        let in_tree = matches!(job.origin, Origin::Tree);
        let mut last = b'\n';
        let mut copy = || {
            if in_tree {
                writeln!(output, "==> {} <==", report::shown(&job.path)).map_err(Failure::Write)?;
            }
            self.copy(job, input, output, tally, &mut |step| {
                last = step.output.last().copied().unwrap_or(last);
                Ok(())
            })?;
            if in_tree && last != b'\n' {
                writeln!(output).map_err(Failure::Write)?;
            }
            Ok(())
        };
        copy().map_err(message)
    }

    /// Writes findings with their positions. In this mode the redactor removes its
    /// findings, so the length of its output shows how much of the text is settled.
    fn report(
        &self,
        format: Format,
        job: &Job,
        input: &mut impl Read,
        tally: &mut Tally,
        output: &mut impl Write,
    ) -> Result<(), String> {
        let mut locator = Locator::new();
        let mut identities = Identities::default();
        let (mut settled, mut count) = (0, 0);
        let copied = self.copy(job, input, &mut io::sink(), tally, &mut |step| {
            locator.take(step.chunk);
            for finding in step.findings {
                let region = locator.region(&finding.span());
                let id = identities.next(&job.path, finding);
                let known = self.baseline.look_up(id);
                count += u64::from(known.1);
                report::finding(format, &job.path, finding, region, &known, output)?;
                settled += finding.span().len();
            }
            settled += step.output.len();
            locator.pass(settled);
            Ok(())
        });
        tally.accepted += count;
        copied.map_err(message)
    }

    fn mirror(
        &self,
        target: &Path,
        job: &Job,
        input: &mut impl Read,
        tally: &mut Tally,
    ) -> Result<(), String> {
        let create = || {
            if let Some(parent) = target.parent() {
                fs::create_dir_all(parent)?;
            }
            let same = fs::canonicalize(target).ok();
            if same.is_some() && same == fs::canonicalize(&job.path).ok() {
                let text = "the copy would be the file itself";
                return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
            }
            File::create(target)
        };
        let mut file = create().map_err(|error| Failure::Write(error).to_string())?;
        let keep_mode = || file.set_permissions(fs::metadata(&job.path)?.permissions());
        if matches!(job.origin, Origin::File | Origin::Tree) {
            keep_mode().map_err(|error| Failure::Write(error).to_string())?;
        }
        let copied = self.copy(job, input, &mut file, tally, &mut |_| Ok(()));
        copied.map_err(message)
    }

    /// Writes the redacted text to a new file and then renames it over the original.
    /// A file without findings is not touched.
    fn in_place(&self, job: &Job, input: &mut impl Read, tally: &mut Tally) -> Result<(), String> {
        let path = &job.path;
        let known = tally.findings;
        let write_error = |error| Failure::Write(error).to_string();
        let path = fs::canonicalize(path).map_err(write_error)?;
        let beside = beside(&path);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&beside)
            .map_err(write_error)?;
        let mut replace = || {
            let permissions = fs::metadata(&path).map_err(Failure::Write)?.permissions();
            file.set_permissions(permissions).map_err(Failure::Write)?;
            self.copy(job, input, &mut file, tally, &mut |_| Ok(()))?;
            if tally.findings == known {
                return fs::remove_file(&beside).map_err(Failure::Write);
            }
            file.sync_all().map_err(Failure::Write)?;
            fs::rename(&beside, &path).map_err(Failure::Write)
        };
        replace().map_err(|failure: Failure| {
            let _ = fs::remove_file(&beside);
            message(failure)
        })
    }
}

/// Returns a name for the new file, in the same directory so that it can be renamed.
fn beside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.redacted", process::id()));
    path.with_file_name(name)
}
