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
    tenants: Mutex<Tenants>,
}

/// The tenants of which anybody has the set, or that have values.
#[derive(Default)]
struct Tenants {
    by_name: HashMap<Box<str>, Tenant>,
    /// How many there were after those were dropped that nobody needs.
    needed: usize,
}

/// The least number of tenants at which those are dropped that nobody needs.
const LEAST_TENANTS: usize = 64;

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
                tenants: Mutex::default(),
            }),
        }
    }

    /// Returns the set of a tenant. All calls for one tenant return the same set, as long
    /// as anybody has it or it has values.
    #[must_use]
    pub fn of(&self, tenant: &str) -> KnownValues {
        self.with(tenant, |tenant| tenant.values.clone())
    }

    /// Removes all values of a tenant, also from the sets that redactors have.
    pub fn clear(&self, tenant: &str) {
        self.of_known(tenant, |tenant| {
            tenant.owners.clear();
            tenant.counts.clear();
            tenant.values.clear();
        });
    }

    /// Adds the value of an owner, in place of the one that it had. Returns whether the
    /// value can be found.
    pub(crate) fn insert(&self, tenant: &str, owner: &str, value: &[u8]) -> bool {
        self.with(tenant, |tenant| {
            let place = tenant.values.insert_owned(value);
            let taken = place.is_some();
            let last = match place {
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
        self.of_known(tenant, |tenant| {
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
        let owners = self.of_known(tenant, |tenant| tenant.owners.keys().cloned().collect());
        owners.unwrap_or_default()
    }

    /// Works on a tenant that is known. Drops it if nobody needs it any more.
    fn of_known<R>(&self, name: &str, work: impl FnOnce(&mut Tenant) -> R) -> Option<R> {
        let mut tenants = self.lock();
        let tenant = tenants.by_name.get_mut(name)?;
        let result = work(tenant);
        if tenant.is_unused() {
            tenants.by_name.remove(name);
        }
        Some(result)
    }

    /// Works on a tenant.
    fn with<R>(&self, name: &str, work: impl FnOnce(&mut Tenant) -> R) -> R {
        let mut tenants = self.lock();
        if let Some(tenant) = tenants.by_name.get_mut(name) {
            return work(tenant);
        }
        tenants.drop_unused();
        let label = b"known values: tenant";
        let own = self.inner.key.mac(&[label, &[0], name.as_bytes()]);
        let mut tenant = Tenant {
            values: KnownValues::with_forms(Key::from_bytes(own), self.inner.forms),
            owners: BTreeMap::new(),
            counts: HashMap::new(),
        };
        let result = work(&mut tenant);
        tenants.by_name.insert(name.into(), tenant);
        result
    }

    fn lock(&self) -> MutexGuard<'_, Tenants> {
        let tenants = self.inner.tenants.lock();
        tenants.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tenants {
    /// Drops the tenants that nobody needs, once there may be many. Names come from
    /// requests, and would fill the memory.
    fn drop_unused(&mut self) {
        if self.by_name.len() < LEAST_TENANTS.max(2 * self.needed) {
            return;
        }
        self.by_name.retain(|_, tenant| !tenant.is_unused());
        self.needed = self.by_name.len();
    }
}

impl Tenant {
    /// Returns whether there are no values, and nobody has the set.
    fn is_unused(&self) -> bool {
        self.owners.is_empty() && self.values.is_unused()
    }

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
            .field("tenants", &self.lock().by_name.len())
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
    fn a_name_of_a_tenant_takes_memory_only_while_it_is_needed() {
        let known = known();
        let count = || known.lock().by_name.len();
        known.remove("acme", "a/");
        assert!(known.owners("acme").is_empty() && count() == 0);
        for number in 0..10_000 {
            let _ = known.of(&format!("tenant-{number}"));
        }
        assert!(count() <= LEAST_TENANTS, "{}", count());
        // A set that somebody has, or that has values, stays the same.
        let held = known.of("held");
        known.of("full").insert("blue-otter-staircase").unwrap();
        assert!(known.insert("owned", "a/1", b"blue-otter-staircase"));
        for number in 0..10_000 {
            let _ = known.of(&format!("tenant-{number}"));
        }
        assert!(known.of("full").contains("blue-otter-staircase"));
        assert!(known.of("owned").contains("blue-otter-staircase"));
        known.of("held").insert("green-otter-staircase").unwrap();
        assert!(held.contains("green-otter-staircase"));
        let before = count();
        known.clear("full");
        known.remove("owned", "");
        assert_eq!(count(), before - 2);
    }

    #[test]
    fn a_value_that_a_product_inserted_stays_when_its_last_owner_goes() {
        let known = known();
        let set = known.of("acme");
        let value = "blue-otter-staircase";
        for is_first in [false, true] {
            if is_first {
                assert!(set.insert(value).unwrap());
            }
            assert!(known.insert("acme", "a/1", value.as_bytes()));
            assert!(is_first || !set.insert(value).unwrap());
            known.remove("acme", "a/");
            assert!(set.contains(value), "{is_first}");
            assert!(set.remove(value) && !set.remove(value));
            assert!(!set.contains(value) && set.is_empty());
        }
        // Nor does the product take a value from its owner.
        assert!(known.insert("acme", "a/1", value.as_bytes()));
        assert!(!set.remove(value) && set.contains(value));
        assert!(!set.insert(value).unwrap() && set.remove(value) && set.contains(value));
        known.remove("acme", "a/");
        assert!(set.is_empty());
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
