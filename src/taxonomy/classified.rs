//! Record types that name the category of their data.

use super::{DataCategory, DataStore};
use crate::Error;

/// A type of record that says which category of data it holds, and where it is kept.
///
/// A store or an export that takes `impl Classified` takes no record whose category
/// nobody named: leaving it out does not compile. A list of [`RecordType`]s of all the
/// types that a product keeps is then checked against its policy.
///
/// # Example
/// ```
/// use confidant::taxonomy::{Classified, RecordType};
///
/// struct ChatMessage { text: String }
///
/// impl Classified for ChatMessage {
///     const CATEGORY: &'static str = "chat";
///     const STORES: &'static [&'static str] = &["primary", "backup"];
/// }
///
/// const KEPT: &[RecordType] = &[RecordType::of::<ChatMessage>()];
/// assert_eq!(KEPT[0].category()?.as_str(), "chat");
/// # Ok::<(), confidant::Error>(())
/// ```
pub trait Classified {
    /// The category, as the policy declares it.
    const CATEGORY: &'static str;
    /// The stores in which records of this type are kept, as the policy declares them:
    /// at least one, backups and caches among them.
    const STORES: &'static [&'static str];
}

/// What a [`Classified`] type says of itself, for a list of all that a product keeps.
#[derive(Clone, Copy, Debug)]
pub struct RecordType {
    type_name: fn() -> &'static str,
    category: &'static str,
    stores: &'static [&'static str],
}

impl RecordType {
    /// Returns what `T` says of itself. A type that names no store does not compile.
    #[must_use]
    pub const fn of<T: Classified>() -> Self {
        const {
            assert!(!T::STORES.is_empty(), "a record type names no store");
        }
        Self {
            type_name: std::any::type_name::<T>,
            category: T::CATEGORY,
            stores: T::STORES,
        }
    }

    /// Returns the name of the Rust type, for messages.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        (self.type_name)()
    }

    /// Returns the category.
    ///
    /// # Errors
    /// The same as [`DataCategory::new`].
    pub fn category(&self) -> Result<DataCategory, Error> {
        DataCategory::new(self.category)
    }

    /// Returns the stores.
    ///
    /// # Errors
    /// The same as [`DataStore::new`].
    pub fn stores(&self) -> Result<Vec<DataStore>, Error> {
        self.stores
            .iter()
            .map(|name| DataStore::new(name))
            .collect()
    }
}
