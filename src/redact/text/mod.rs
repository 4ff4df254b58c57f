//! Text as matchers read it: byte classes, windows, spans, shapes of values and the
//! form of placeholders.

mod hidden;
pub(crate) mod placeholder;
mod shape;
mod spans;
#[expect(
    clippy::module_inception,
    reason = "a type lives in the file of its name"
)]
mod text;
mod window;

pub(crate) use hidden::{Hidden, Seen};
pub(crate) use placeholder::{Step, Walk, placeholder_len};
pub(crate) use shape::{ByteSet, Part, Shape};
pub(crate) use spans::{WIDEST, part, part_of_str, widen};
#[cfg(test)]
pub(crate) use text::take_read;
pub(crate) use text::{ALNUM, DIGIT, NAME, QUOTE, SPACE, STOP, TOKEN, Text, UPPER, class};
pub(crate) use window::Window;
