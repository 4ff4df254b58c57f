//! A part of a text, and where in the text it stands.

/// A text, or a part of one, that custom rules look at.
#[derive(Clone, Copy)]
pub(crate) struct Window<'t> {
    pub(crate) text: &'t [u8],
    /// The first place that was not looked at before.
    pub(crate) from: usize,
    /// How many bytes of the whole text come before the window.
    pub(crate) origin: usize,
    /// Whether the whole text ends with the window.
    pub(crate) complete: bool,
    /// The file of the text, where it is known.
    pub(crate) path: Option<&'t str>,
}

impl<'t> Window<'t> {
    /// Returns all of a text whose path is not known.
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
