//! Matchers: each reads the text at one sort of place and returns the values there.

pub(super) mod accounts;
pub(super) mod address;
pub(super) mod assignment;
pub(super) mod checksum;
pub(super) mod command_line;
pub(super) mod cookies;
pub(super) mod dotted;
pub(super) mod infix;
pub(super) mod key_blocks;
pub(super) mod manifest;
pub(super) mod named;
pub(super) mod pair;
pub(super) mod personal;
pub(super) mod tokens;
