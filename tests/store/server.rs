//! A server of one test, which it may stop.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::folder::Folder;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/postgres.sh");

/// A PostgreSQL server in a folder of its own, stopped when dropped.
pub(crate) struct Server {
    folder: Folder,
    address: String,
}

impl Server {
    pub(crate) fn start() -> Self {
        let folder = Folder::new();
        let address = start(folder.path());
        Self { folder, address }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The authority that signed its certificate, where there is one.
    pub(crate) fn authority(&self) -> Option<Vec<u8>> {
        std::fs::read(self.folder.join("ca.pem")).ok()
    }

    /// Stops it, as `pg_ctl` names the ways to do so, and starts it again.
    pub(crate) fn restart(&self, mode: &str) {
        self.stop(mode);
        assert_eq!(start(self.folder.path()), self.address);
    }

    pub(crate) fn stop(&self, mode: &str) {
        let stopped = Command::new(SCRIPT)
            .arg("stop")
            .arg(self.folder.path())
            .arg(mode)
            .status();
        assert!(stopped.unwrap().success());
    }
}

fn start(folder: &Path) -> String {
    let output = Command::new(SCRIPT)
        .arg("start")
        .arg(folder)
        .stderr(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "the server could not be started");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut stop = Command::new(SCRIPT);
        stop.arg("stop").arg(self.folder.path()).arg("immediate");
        stop.stderr(Stdio::null()).status().ok();
    }
}
