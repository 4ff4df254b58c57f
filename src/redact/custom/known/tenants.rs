//! Known values of several tenants, apart from each other.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::forms::KnownForms;
use super::state::Place;
use super::values::KnownValues;
use crate::redact::operator::Key;

/// A set of [`KnownValues`] for each tenant.
///
/// A redactor that serves one tenant takes the set of that tenant alone. With one set
/// for all, somebody could type guesses, see which of them are hidden, and so learn the
/// values of other tenants.
///
/// A clone is the same collection. A vault that was built with it keeps it up to date.
///
/// # Example
/// ```
/// use confidant::redact::{Key, KnownTenants, Redactor};
///
/// let known = KnownTenants::new(Key::from_bytes([7; 32]));
/// known.of("acme").insert("blue-otter-staircase")?;
///
/// let redactor = |tenant| Redactor::builder().known_values(known.of(tenant)).build();
/// assert!(!redactor("acme")?.is_clean(b"blue-otter-staircase"));
/// assert!(redactor("globex")?.is_clean(b"blue-otter-staircase"));
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone)]
pub struct KnownTenants {
    inner: Arc<Inner>,
}

struct Inner {
    key: Key,
    forms: KnownForms,
    tenants: Mutex<HashMap<Box<str>, Tenant>>,
}

/// The values of a tenant, and what each owner brought.
struct Tenant {
    values: KnownValues,
    owners: BTreeMap<Box<str>, Place>,
    /// How many owners have each value.
    counts: HashMap<[u8; 16], usize>,
}

impl KnownTenants {
    /// Creates a collection without tenants. Use the key for it alone. No output
    /// depends on it, so it may be a new random key each time.
    #[must_use]
    pub fn new(key: Key) -> Self {
        Self::with_forms(key, KnownForms::new())
    }

    /// Creates a collection without tenants whose values are also searched for in other
    /// forms, which takes time.
    #[must_use]
    pub fn with_forms(key: Key, forms: KnownForms) -> Self {
        Self {
            inner: Arc::new(Inner {
                key,
                forms,
                tenants: Mutex::new(HashMap::new()),
            }),
        }
    }

    /// Returns the set of a tenant. All calls for one tenant return the same set.
    #[must_use]
    pub fn of(&self, tenant: &str) -> KnownValues {
        self.with(tenant, |tenant| tenant.values.clone())
    }

    /// Removes all values of a tenant, also from the sets that redactors have.
    pub fn clear(&self, tenant: &str) {
        if let Some(tenant) = self.lock().get_mut(tenant) {
            tenant.owners.clear();
            tenant.counts.clear();
            tenant.values.clear();
        }
    }

    /// Adds the value of an owner, in place of the one that it had. Returns whether the
    /// value can be found.
    pub(crate) fn insert(&self, tenant: &str, owner: &str, value: &[u8]) -> bool {
        self.with(tenant, |tenant| {
            let taken = tenant.values.insert(value).is_ok();
            let last = match tenant.values.place(value) {
                Some(place) => {
                    *tenant.counts.entry(place.digest).or_default() += 1;
                    tenant.owners.insert(owner.into(), place)
                }
                None => tenant.owners.remove(owner),
            };
            tenant.drop_unless_owned(last);
            taken
        })
    }

    /// Removes the values of the owners whose names begin with `owners`, except for
    /// values that others have, too.
    pub(crate) fn remove(&self, tenant: &str, owners: &str) {
        self.with(tenant, |tenant| {
            let from = (Bound::Included(owners), Bound::Unbounded);
            let names = tenant.owners.range::<str, _>(from);
            let names: Vec<_> = names
                .map(|(name, _)| name.clone())
                .take_while(|name| name.starts_with(owners))
                .collect();
            for name in names {
                let place = tenant.owners.remove(&name);
                tenant.drop_unless_owned(place);
            }
        });
    }

    /// Returns the names of the owners of a tenant's values.
    pub(crate) fn owners(&self, tenant: &str) -> Vec<Box<str>> {
        self.with(tenant, |tenant| tenant.owners.keys().cloned().collect())
    }

    fn with<R>(&self, name: &str, work: impl FnOnce(&mut Tenant) -> R) -> R {
        let mut tenants = self.lock();
        if let Some(tenant) = tenants.get_mut(name) {
            return work(tenant);
        }
        let label = b"known values: tenant";
        let own = self.inner.key.mac(&[label, &[0], name.as_bytes()]);
        let mut tenant = Tenant {
            values: KnownValues::with_forms(Key::from_bytes(own), self.inner.forms),
            owners: BTreeMap::new(),
            counts: HashMap::new(),
        };
        let result = work(&mut tenant);
        tenants.insert(name.into(), tenant);
        result
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Box<str>, Tenant>> {
        let tenants = self.inner.tenants.lock();
        tenants.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tenant {
    /// Takes a value from one owner, and removes it if no other has it.
    fn drop_unless_owned(&mut self, place: Option<Place>) {
        let Some(place) = place else { return };
        if let Some(count) = self.counts.get_mut(&place.digest) {
            *count -= 1;
            if *count > 0 {
                return;
            }
            self.counts.remove(&place.digest);
        }
        self.values.forget(&place);
    }
}

impl fmt::Debug for KnownTenants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownTenants")
            .field("tenants", &self.lock().len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> KnownTenants {
        KnownTenants::new(Key::from_bytes([7; 32]))
    }

    #[test]
    fn tenants_do_not_know_each_other() {
        let known = known();
        assert!(known.insert("acme", "a/1", b"blue-otter-staircase"));
        assert!(known.of("acme").contains("blue-otter-staircase"));
        assert!(!known.of("globex").contains("blue-otter-staircase"));
        let held = known.of("acme");
        known.clear("acme");
        assert!(held.is_empty() && known.owners("acme").is_empty());
        known.clear("nobody");
    }

    #[test]
    fn values_of_tenants_are_found_in_other_forms_on_request() {
        let forms = KnownForms::new().any_case().across_lines();
        let known = KnownTenants::with_forms(Key::from_bytes([7; 32]), forms);
        assert!(known.insert("acme", "a/1", b"blue-otter-staircase"));
        assert!(known.insert("acme", "a/2", b"Blue-Otter-Staircase"));
        let builder = || crate::redact::Redactor::builder();
        let acme = builder().known_values(known.of("acme")).build().unwrap();
        let globex = builder().known_values(known.of("globex")).build().unwrap();
        let text = b"it was BLUE-Otter-\n  staircase";
        assert!(!acme.is_clean(text) && globex.is_clean(text));
        known.remove("acme", "a/1");
        assert!(!acme.is_clean(text));
        known.remove("acme", "a/2");
        assert!(acme.is_clean(text));
    }

    #[test]
    fn a_value_stays_as_long_as_somebody_has_it() {
        let known = known();
        let held = known.of("acme");
        for owner in ["a/1", "a/2", "b/1"] {
            assert!(known.insert("acme", owner, b"blue-otter-staircase"));
        }
        assert!(known.insert("acme", "a/3", b"green-otter-staircase"));
        assert!(!known.insert("acme", "a/4", b"short"));
        known.remove("acme", "a/");
        assert!(held.contains("blue-otter-staircase") && held.len() == 1);
        assert_eq!(known.owners("acme"), [Box::<str>::from("b/1")]);
        // An owner that gets another value gives up the one it had.
        assert!(known.insert("acme", "b/1", b"green-otter-staircase"));
        assert!(!held.contains("blue-otter-staircase") && held.len() == 1);
        known.remove("acme", "b/1");
        assert!(held.is_empty());
    }
}
