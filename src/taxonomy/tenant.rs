//! Tenants, as arguments.

use std::fmt;

/// Marks a text as the id of a tenant, where another text stands beside it.
///
/// What is sealed, stored or put into a vault belongs to a tenant and has a name. Both are
/// texts, and mixing them up would file one tenant's data under another. A function that
/// takes both takes the tenant as this type, so the compiler refuses the wrong order.
///
/// It borrows the id and does not check it. Whatever takes it checks the length.
///
/// # Security
/// `Debug` shows the length alone.
///
/// # Example
/// ```
/// use confidant::store::RecordKey;
/// use confidant::taxonomy::Tenant;
///
/// let key = RecordKey::new(Tenant::new("acme"), "secrets", b"github")?;
/// assert_eq!((key.tenant(), key.collection()), ("acme", "secrets"));
/// # Ok::<(), confidant::Error>(())
/// ```
/// The wrong order does not compile:
/// ```compile_fail,E0308
/// use confidant::store::RecordKey;
/// use confidant::taxonomy::Tenant;
///
/// let key = RecordKey::new(Tenant::new("secrets"), Tenant::new("acme"), b"github");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tenant<'a>(&'a str);

impl<'a> Tenant<'a> {
    /// Stands for what belongs to no tenant: the empty id.
    pub const NONE: Tenant<'static> = Tenant("");

    /// Takes the id of a tenant. The empty id is [`NONE`](Self::NONE).
    #[must_use]
    pub const fn new(id: &'a str) -> Self {
        Self(id)
    }

    /// Returns the id.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }
}

impl AsRef<str> for Tenant<'_> {
    fn as_ref(&self) -> &str {
        self.0
    }
}

impl fmt::Debug for Tenant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tenant({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_length_alone() {
        assert_eq!(format!("{:?}", Tenant::new("acme")), "Tenant(4 bytes)");
        assert_eq!(Tenant::NONE, Tenant::new(""));
    }
}
