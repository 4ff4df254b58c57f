//! Windows: parts of a text, with their place in it.

/// A text, or a part of one, that custom rules read.
#[derive(Clone, Copy)]
pub(crate) struct Window<'t> {
    pub(crate) text: &'t [u8],
    /// The first place not yet scanned.
    pub(crate) from: usize,
    /// The number of bytes of the whole text before the window.
    pub(crate) origin: usize,
    /// Whether the whole text ends with the window.
    pub(crate) complete: bool,
    /// The path of the text's file, if known.
    pub(crate) path: Option<&'t str>,
}

impl<'t> Window<'t> {
    /// Returns a whole text with no path.
    pub(crate) const fn whole(text: &'t [u8]) -> Self {
        Self {
            text,
            from: 0,
            origin: 0,
            complete: true,
            path: None,
        }
    }
}
