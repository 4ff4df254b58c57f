//! Whether a guard enforces or only looks on.

/// Whether a guard enforces or only looks on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// What is found is replaced or denied.
    Enforce,
    /// Everything leaves as it is, and the report says what would have been done. What
    /// leaves is not cleared by a guard: no policy that asks for one lets it pass.
    Observe,
}
