//! Reading a segment from its header to its end.

use std::io;

use super::disk::DiskFile;
use super::frame::{self, FRAME, Frame, Header, is_later};
use super::segment::Window;
use crate::audit::entry::Entry;
use crate::audit::tree::Hash;

/// The most bytes of a frame.
const MAX_FRAME: usize = FRAME + Entry::MAX;

/// How a segment ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// A frame that is none, and not cut off by the end of the file.
    Broken,
    /// The file ends within a frame.
    Cut,
    /// A frame of a later version.
    Later,
    /// Behind the last frame there are zeros, or nothing.
    Whole,
}

/// What a scan comes upon.
#[derive(Debug)]
pub(super) enum Event<'a> {
    /// The note of a checkpoint, not verified, and where its frame ends.
    Checkpoint(&'a str, u64),
    /// An entry, its hash, and where its frame begins.
    Entry(&'a [u8], Hash, u64),
}

/// Where a scan ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scanned {
    /// Where the last whole frame ends.
    pub(super) at: u64,
    pub(super) end: End,
}

/// How a segment begins.
#[derive(Debug)]
pub(super) enum Begin {
    Broken,
    /// A header, and its length.
    Header(Header, usize),
    /// The header of a later version.
    Later,
}

/// Reads the header of a segment.
pub(super) fn header(file: &dyn DiskFile) -> io::Result<Begin> {
    let mut bytes = vec![0; Header::MAX];
    let read = file.read_at(&mut bytes, 0)?;
    let bytes = bytes.get(..read).unwrap_or_default();
    Ok(match Header::parse(bytes) {
        // No log comes near so many entries, and counting from there could overflow.
        Some((header, _)) if header.frontier.size() >= 1 << 63 => Begin::Broken,
        Some((header, len)) => Begin::Header(header, len),
        None if is_later(bytes) => Begin::Later,
        None => Begin::Broken,
    })
}

/// Goes over the frames from `at` on, of which the first has `index` entries before it.
///
/// A segment that is being written to is read in pieces, which are not of one moment. So
/// what seems to end too early is read once more before it counts as that.
pub(super) fn frames<E: From<io::Error>>(
    file: &dyn DiskFile,
    at: u64,
    mut index: u64,
    mut each: impl FnMut(Event<'_>) -> Result<(), E>,
) -> Result<Scanned, E> {
    let mut window = Window::new(file, at);
    // Where it was read once more.
    let mut again = None;
    loop {
        let at = window.at();
        let bytes = window.peek(MAX_FRAME)?;
        let (frame, len) = frame::read(bytes, index);
        let end = match frame {
            Frame::Entry(entry, leaf) => {
                each(Event::Entry(entry, leaf, at))?;
                index += 1;
                None
            }
            Frame::Checkpoint(note) => {
                each(Event::Checkpoint(note, at + len as u64))?;
                None
            }
            Frame::End => Some(End::Whole),
            Frame::Broken => Some(End::Broken),
            Frame::Later => Some(End::Later),
            Frame::Short => Some(End::Cut),
        };
        window.advance(len);
        if let Some(end) = end {
            let end = match end {
                End::Whole if !zeros(&mut window)? => End::Broken,
                end => end,
            };
            if matches!(end, End::Broken | End::Cut) && again != Some(at) {
                again = Some(at);
                window = Window::new(file, at);
                continue;
            }
            return Ok(Scanned { at, end });
        }
    }
}

/// Whether there is nothing but zeros up to the end of the file.
fn zeros(window: &mut Window<'_>) -> io::Result<bool> {
    loop {
        let bytes = window.peek(1)?;
        if bytes.is_empty() {
            return Ok(true);
        }
        if bytes.iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        let len = bytes.len();
        window.advance(len);
    }
}
