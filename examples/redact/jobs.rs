//! The inputs: standard input, files and directory trees.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use ignore::{DirEntry, Walk, WalkBuilder};

use crate::args::{Mode, Options};

/// The text for `--demo`.
pub(crate) const DEMO: &str = include_str!("demo.txt");

/// How much of a file is searched for a NUL.
const PROBE: u64 = 8 * 1024;

/// The origin of a text.
#[derive(Debug)]
pub(crate) enum Origin {
    Demo,
    File,
    Stdin,
    /// A file in a directory. Binary files are skipped.
    Tree,
}

/// A text to process.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) origin: Origin,
    /// The path of the file, or a name for other inputs.
    pub(crate) path: PathBuf,
    /// The path of the copy below the output directory.
    pub(crate) mirrored: PathBuf,
}

/// A job, or a path that could not be read.
pub(crate) type Found = Result<Job, (PathBuf, String)>;

/// Passes all jobs to `take` in order, until it returns false. Returns the number of
/// files that ignore files leave out.
pub(crate) fn each(options: &Options, mut take: impl FnMut(Found) -> bool) -> u64 {
    if options.demo || options.paths.is_empty() {
        let (origin, word) = if options.demo {
            (Origin::Demo, "demo")
        } else {
            (Origin::Stdin, "stdin")
        };
        take(Ok(job(origin, word.into(), PathBuf::new())));
        return 0;
    }
    let mut ignored = 0;
    let several = options.paths.len() > 1;
    for path in &options.paths {
        let goes_on = if path == Path::new("-") {
            take(Ok(job(Origin::Stdin, "stdin".into(), PathBuf::new())))
        } else if path.is_dir() {
            tree(options, path, several, &mut ignored, &mut take)
        } else {
            let name = path.file_name().map(PathBuf::from).unwrap_or_default();
            let mirrored = if several { below(path) } else { name };
            take(Ok(job(Origin::File, path.clone(), mirrored)))
        };
        if !goes_on {
            break;
        }
    }
    ignored
}

const fn job(origin: Origin, path: PathBuf, mirrored: PathBuf) -> Job {
    Job {
        origin,
        path,
        mirrored,
    }
}

fn tree(
    options: &Options,
    root: &Path,
    several: bool,
    ignored: &mut u64,
    take: &mut impl FnMut(Found) -> bool,
) -> bool {
    let mut taken = 0;
    for entry in walk(options, root, options.ignore) {
        let found = match entry {
            Ok(entry) if is_file(&entry) => {
                taken += 1;
                let path = entry.into_path();
                let inner = path.strip_prefix(root).unwrap_or(&path);
                let mirrored = if several {
                    below(root).join(inner)
                } else {
                    inner.to_owned()
                };
                Ok(job(Origin::Tree, path, mirrored))
            }
            Ok(_) => continue,
            Err(error) => {
                let reason = error
                    .io_error()
                    .map_or("cannot walk this directory".to_owned(), ToString::to_string);
                Err((root.to_owned(), reason))
            }
        };
        if !take(found) {
            return false;
        }
    }
    if options.ignore {
        let all = walk(options, root, false).flatten().filter(is_file).count() as u64;
        *ignored += all.saturating_sub(taken);
    }
    true
}

fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_file())
}

/// Walks over a directory, without what ignore files leave out if `ignore` says so.
fn walk(options: &Options, root: &Path, ignore: bool) -> Walk {
    let output = match &options.mode {
        Mode::Mirror(output) => fs::canonicalize(output).ok(),
        _ => None,
    };
    WalkBuilder::new(root)
        .standard_filters(ignore)
        .hidden(false)
        .require_git(false)
        .sort_by_file_name(Ord::cmp)
        .filter_entry(move |entry| {
            let directory = entry.file_type().is_some_and(|kind| kind.is_dir());
            let ours = output.is_some() && fs::canonicalize(entry.path()).ok() == output;
            !(directory && (ours || entry.file_name() == ".git"))
        })
        .build()
}

/// Returns the named parts of a path, so that it can be joined to another one.
fn below(path: &Path) -> PathBuf {
    let parts = path.components();
    parts
        .filter(|part| matches!(part, Component::Normal(_)))
        .collect()
}

/// Opens the text of a job. Returns `None` for a binary file in a directory.
pub(crate) fn open(job: &Job) -> io::Result<Option<Box<dyn Read>>> {
    match job.origin {
        Origin::Demo => Ok(Some(Box::new(DEMO.as_bytes()))),
        Origin::Stdin => Ok(Some(Box::new(io::stdin().lock()))),
        Origin::File => Ok(Some(Box::new(File::open(&job.path)?))),
        Origin::Tree => {
            let mut file = File::open(&job.path)?;
            let mut front = Vec::new();
            file.by_ref().take(PROBE).read_to_end(&mut front)?;
            if front.contains(&0) {
                return Ok(None);
            }
            Ok(Some(Box::new(io::Cursor::new(front).chain(file))))
        }
    }
}
