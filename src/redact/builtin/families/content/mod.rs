//! Content: documents, pictures, sound, language.

pub(super) mod named;
pub(super) mod platforms;
pub(super) mod tokens;
