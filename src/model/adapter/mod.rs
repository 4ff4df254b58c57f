//! What all adapters share.

#![cfg_attr(
    not(all(
        feature = "anthropic",
        feature = "bedrock",
        feature = "gemini",
        feature = "ollama",
        feature = "openai",
        feature = "testing"
    )),
    allow(
        unused_imports,
        unused_macros,
        reason = "what one adapter shares, another may not use"
    )
)]

mod batch;
mod check;
mod fault;
mod hosted;
mod notes;
mod options;
mod settings;

pub(super) use batch::{admit_batch, check_batch_len};
pub(super) use check::{admit, mimes, unsupported};
pub(super) use fault::{OpenFault, kind_of_word};
pub(super) use hosted::{admit_hosted, admit_location, write_hosted};
pub(super) use notes::{notes, replayed, writes};
pub(super) use options::{Rule, options};
pub(super) use settings::{Settings, builder, sink};
