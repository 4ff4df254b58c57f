//! The web: search, scraping, links, public data.

pub(super) mod named;
pub(super) mod tokens;
