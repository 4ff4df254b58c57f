//! Messages, and other ways to reach people.

pub(super) mod named;
pub(super) mod platforms;
pub(super) mod tokens;
