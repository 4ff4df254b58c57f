//! One frame of a stream.

use crate::model::{ModelError, ModelErrorKind};

/// The most bytes of one frame.
pub(super) const MAX_FRAME: usize = 16 << 20;

/// One frame of a stream: an event with its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) struct Frame<'a> {
    /// The name of the event, where the framing has one.
    pub(in crate::model) name: Option<&'a str>,
    pub(in crate::model) data: &'a [u8],
    /// Whether the framing itself says that it is an error.
    pub(in crate::model) is_exception: bool,
}

/// What is called for every frame.
pub(in crate::model) type Each<'e> = dyn FnMut(Frame<'_>) -> Result<(), ModelError> + 'e;

/// Finds the frames in bytes that arrive in any pieces.
pub(in crate::model) trait Framing: Default + Send {
    /// Takes more bytes and calls `each` for every frame that they complete.
    fn feed(&mut self, bytes: &[u8], each: &mut Each<'_>) -> Result<(), ModelError>;

    /// Says that no more bytes come.
    fn end(&mut self, each: &mut Each<'_>) -> Result<(), ModelError>;
}

/// Appends to a buffer, within the limit of a frame.
pub(super) fn extend(buffer: &mut Vec<u8>, bytes: &[u8]) -> Result<(), ModelError> {
    if buffer.len().saturating_add(bytes.len()) > MAX_FRAME {
        return Err(ModelError::new(ModelErrorKind::Limit).with_subject("bytes of a frame"));
    }
    buffer.extend_from_slice(bytes);
    Ok(())
}
