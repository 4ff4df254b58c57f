//! A disk that fails when it is told to: a library that stands between a child and
//! the calls by which it writes.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use super::peer;

const SWITCHES: &str = "CONFIDANT_SHIM";

/// Has `child` write through the library, which is built in `folder`, and returns
/// whether that could be done: it takes a C compiler.
pub(crate) fn preload(child: &mut Command, folder: &Path) -> bool {
    let library = folder.join("shim.so");
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&library)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/shim.c"))
        .status();
    if peer::or_skip(compiled.ok(), "C compiler").is_none_or(|status| !status.success()) {
        return false;
    }
    child
        .env("LD_PRELOAD", &library)
        .env(SWITCHES, folder.join("disk"));
    true
}

/// The switches, as the child has them.
pub(crate) struct Disk(PathBuf);

impl Disk {
    pub(crate) fn new() -> Self {
        Self(env::var_os(SWITCHES).unwrap().into())
    }

    /// Whether there is room from now on.
    pub(crate) fn set_full(&self, full: bool) {
        self.switch("full", full);
    }

    /// Whether what is written can be flushed from now on.
    pub(crate) fn set_deaf(&self, deaf: bool) {
        self.switch("sync", deaf);
    }

    fn switch(&self, name: &str, on: bool) {
        let path = self.0.with_extension(name);
        if on {
            fs::write(path, "").unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }
}
