//! Restoring: values in answers and in the arguments of tools.

mod address;
mod answer;
mod block;
mod ends;
mod host;
mod html;
mod judge;
mod lead;
mod reach;
mod stream;
mod tool;

pub(crate) use address::Address;
pub(crate) use answer::{message, note_items};
pub(crate) use block::Block;
pub(crate) use judge::TextJudge;
pub use stream::GuardedStream;
pub(crate) use tool::arguments;
pub use tool::{DestinationPolicy, ToolOutcome, ToolRule, ToolVerdict};
