//! Logs as somebody writes them who knows the format, has a key, and keeps to no rule.

use std::fs;
use std::path::Path;
use std::time::Duration;

use base64ct::{Base64, Encoding};
use confidant::audit::{Entry, Frontier, Hash, LogRecord, Signer};
use confidant::time::Moment;
use sha2::{Digest, Sha256};

pub(crate) const SEGMENT: &str = "00000000000000000000.segment";
pub(crate) const ENTRY: u8 = 1;
pub(crate) const CHECKPOINT: u8 = 2;
/// The seconds of the first moment, which the first header has.
const FIRST: i64 = -62_167_219_200;

/// The note of a checkpoint by `key`, under any origin.
pub(crate) fn note(key: &dyn Signer, origin: &str, size: u64, root: &Hash) -> String {
    let text = format!("{origin}\n{size}\n{root}\n");
    format!("{text}\n{}", signature(key, &text))
}

/// The line of a signature.
pub(crate) fn signature(key: &dyn Signer, text: &str) -> String {
    let verifying = key.verifying_key().to_string();
    let (name, rest) = verifying.split_once('+').unwrap();
    let id = u32::from_str_radix(rest.split_once('+').unwrap().0, 16).unwrap();
    let signature = key.sign(text.as_bytes()).unwrap();
    let bytes = [&id.to_be_bytes()[..], &signature].concat();
    format!("— {name} {}\n", Base64::encode_string(&bytes))
}

pub(crate) fn bytes_at(entry: Entry, seconds: i64) -> Vec<u8> {
    let time = Moment::from_unix_seconds(seconds).unwrap();
    LogRecord::new(0, time, Duration::ZERO, entry)
        .to_bytes()
        .unwrap()
}

fn check(kind: u8, body: &[u8]) -> u32 {
    let mark = if kind == ENTRY { 0 } else { kind };
    let digest = Sha256::new().chain_update([mark]).chain_update(body);
    u32::from_be_bytes(digest.finalize()[..4].try_into().unwrap())
}

/// A frame with the right check, which has `index` entries before it.
pub(crate) fn frame(kind: u8, index: u64, body: &[u8]) -> Vec<u8> {
    let mut frame = vec![kind];
    frame.extend((body.len() as u16).to_be_bytes());
    frame.extend(body);
    frame.extend((check(kind, body) ^ index as u32).to_be_bytes());
    frame
}

/// A first segment, as far as it was written.
pub(crate) struct Forge {
    pub(crate) bytes: Vec<u8>,
    pub(crate) tree: Frontier,
}

impl Forge {
    pub(crate) fn new(key: &dyn Signer) -> Self {
        Self::dated(key, FIRST)
    }

    /// One whose header has another time.
    pub(crate) fn dated(key: &dyn Signer, seconds: i64) -> Self {
        let mut bytes = b"confidant audit segment 1\n".to_vec();
        bytes.extend(0_u64.to_be_bytes());
        bytes.extend(seconds.to_be_bytes());
        bytes.extend([0; 5]);
        let note = note(key, key.verifying_key().name(), 0, &Hash::empty());
        bytes.extend((note.len() as u16).to_be_bytes());
        bytes.extend(note.as_bytes());
        bytes.extend(check(CHECKPOINT, &bytes).to_be_bytes());
        let tree = Frontier::new();
        Self { bytes, tree }
    }

    pub(crate) fn entry(&mut self, bytes: &[u8]) {
        self.bytes.extend(frame(ENTRY, self.tree.size(), bytes));
        self.tree.append(bytes);
    }

    pub(crate) fn checkpoint(&mut self, key: &dyn Signer) {
        self.checkpoint_of(key, key.verifying_key().name());
    }

    pub(crate) fn checkpoint_of(&mut self, key: &dyn Signer, origin: &str) {
        let note = note(key, origin, self.tree.size(), &self.tree.root());
        self.bytes
            .extend(frame(CHECKPOINT, self.tree.size(), note.as_bytes()));
    }

    pub(crate) fn write(&self, folder: &Path) {
        fs::write(folder.join(SEGMENT), &self.bytes).unwrap();
    }
}

/// The length of the header of a first segment.
pub(crate) fn header_len(segment: &[u8]) -> usize {
    let note = 26 + 8 + 12 + 1;
    let len = u16::from_be_bytes([segment[note], segment[note + 1]]);
    note + 2 + usize::from(len) + 4
}

/// The frames of a first segment: kind, beginning and end.
pub(crate) fn frames(segment: &[u8]) -> Vec<(u8, usize, usize)> {
    let mut at = header_len(segment);
    let mut frames = Vec::new();
    while segment.get(at).is_some_and(|kind| *kind != 0) {
        let len = u16::from_be_bytes([segment[at + 1], segment[at + 2]]);
        let end = at + 7 + usize::from(len);
        frames.push((segment[at], at, end));
        at = end;
    }
    frames
}

/// Where the content of a segment ends, and its zeros begin.
pub(crate) fn content(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1
}

/// All files of a folder with their bytes, but for the lock.
pub(crate) fn snapshot(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap());
    let files = files.filter(|file| file.file_type().unwrap().is_file());
    let mut files: Vec<_> = files
        .map(|file| {
            let name = file.file_name().into_string().unwrap();
            (name, fs::read(file.path()).unwrap())
        })
        .filter(|(name, _)| name != "lock")
        .collect();
    files.sort();
    files
}

/// Puts the files of a snapshot in the place of all that there are.
pub(crate) fn restore(folder: &Path, snapshot: &[(String, Vec<u8>)]) {
    for (name, _) in self::snapshot(folder) {
        fs::remove_file(folder.join(name)).unwrap();
    }
    for (name, bytes) in snapshot {
        fs::write(folder.join(name), bytes).unwrap();
    }
}
