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
mod served;
mod settings;
mod write;

pub(super) use batch::{admit_batch, check_batch_len};
pub(super) use check::{BETWEEN_TOOLS, admit, mimes, refuse, unsupported};
#[cfg(any(feature = "anthropic", feature = "openai"))]
pub(super) use fault::is_gone;
pub(super) use fault::{OpenFault, kind_of_word};
pub(super) use hosted::{HostedTable, admit_hosted, admit_location, provider_tools, write_hosted};
pub(super) use notes::{replayed, writes};
pub(super) use options::{Members, Rule, admit_members, options, tools_of_options};
pub(super) use served::Served;
pub(super) use settings::{Settings, Wire, builder};
pub(super) use write::{result_texts, standing, tool_of, write_options, write_strings};
