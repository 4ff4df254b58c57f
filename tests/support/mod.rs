//! What the tests of several modules share.
#![allow(dead_code, reason = "what one feature needs, another may not")]

pub(crate) mod child;
pub(crate) mod fault;
pub(crate) mod folder;
pub(crate) mod peer;
#[cfg(target_os = "linux")]
pub(crate) mod shim;
pub(crate) mod vectors;
