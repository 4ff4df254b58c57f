//! The processing of one job from its text to its output.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::process;

use confidant::redact::Redactor;

use crate::args::{Format, Mode, Options};
use crate::copy::{Failure, Step, copy};
use crate::jobs::{self, Job, Origin};
use crate::jsonl;
use crate::locate::Locator;
use crate::progress::Progress;
use crate::report;
use crate::tally::Tally;

/// How much of a JSON-lines file is read at a time.
const LINES: usize = 256 * 1024;

/// The state shared by all jobs.
pub(crate) struct Run<'a> {
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
            Mode::InPlace => self.in_place(&job.path, &mut input, tally),
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
        input: &mut impl Read,
        output: &mut impl Write,
        tally: &mut Tally,
        each: &mut impl FnMut(&Step<'_>) -> io::Result<()>,
    ) -> Result<(), Failure> {
        copy(self.redactor, input, output, &mut |step| {
            self.progress.add(step.chunk.len() as u64);
            tally.bytes += step.chunk.len() as u64;
            tally.count(step.findings);
            each(step)
        })
    }

    fn lines(
        &self,
        input: &mut impl BufRead,
        tally: &mut Tally,
        output: &mut impl Write,
    ) -> Result<(), String> {
        let malformed = jsonl::run(self.redactor, input, output, tally, self.progress);
        match malformed.map_err(|failure| failure.to_string())? {
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
                writeln!(output, "==> {} <==", report::display(&job.path))
                    .map_err(Failure::Write)?;
            }
            self.copy(input, output, tally, &mut |step| {
                last = step.output.last().copied().unwrap_or(last);
                Ok(())
            })?;
            if in_tree && last != b'\n' {
                writeln!(output).map_err(Failure::Write)?;
            }
            Ok(())
        };
        copy().map_err(|failure: Failure| failure.to_string())
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
        let mut settled = 0;
        let copied = self.copy(input, &mut io::sink(), tally, &mut |step| {
            locator.take(step.chunk);
            for finding in step.findings {
                let region = locator.region(&finding.span());
                report::finding(format, &job.path, finding, region, output)?;
                settled += finding.span().len();
            }
            settled += step.output.len();
            locator.pass(settled);
            Ok(())
        });
        copied.map_err(|failure| failure.to_string())
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
        let copied = self.copy(input, &mut file, tally, &mut |_| Ok(()));
        copied.map_err(|failure| failure.to_string())
    }

    /// Writes the redacted text to a new file and then renames it over the original.
    /// A file without findings is not touched.
    fn in_place(
        &self,
        path: &Path,
        input: &mut impl Read,
        tally: &mut Tally,
    ) -> Result<(), String> {
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
            self.copy(input, &mut file, tally, &mut |_| Ok(()))?;
            if tally.findings == known {
                return fs::remove_file(&beside).map_err(Failure::Write);
            }
            file.sync_all().map_err(Failure::Write)?;
            fs::rename(&beside, &path).map_err(Failure::Write)
        };
        replace().map_err(|failure: Failure| {
            let _ = fs::remove_file(&beside);
            failure.to_string()
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
