//! Where data may be.

use crate::decision::{ClauseId, Decision, Reason};
use crate::taxonomy::Region;

/// The regions in which data may be kept and processed: for everybody, and for a tenant
/// that has agreed on fewer.
///
/// # Example
/// ```
/// use confidant::policy::PolicyDoc;
/// use confidant::taxonomy::Region;
///
/// let text = include_str!("../../examples/policies/infracodebase.toml");
/// let policy = PolicyDoc::from_toml(text)?.compile()?;
/// let (us, eu) = (Region::new("us")?, Region::new("eu")?);
/// let places = policy.places();
/// // Where nothing was agreed, data is where it is by default.
/// assert!(places.decide(&us, &[]).is_allow());
/// assert!(!places.decide(&eu, &[]).is_allow());
/// // A tenant has agreed on the EU.
/// let agreed = [eu.clone()];
/// assert!(places.decide(&eu, &agreed).is_allow());
/// assert!(!places.decide(&us, &agreed).is_allow());
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Places {
    pub(super) clause: Option<ClauseId>,
    pub(super) regions: Vec<Region>,
    pub(super) default: Option<Region>,
    pub(super) tenant_may_narrow: bool,
}

impl Places {
    /// Returns the regions.
    #[must_use]
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// Returns where data is where nothing else was agreed.
    #[must_use]
    pub const fn default_region(&self) -> Option<&Region> {
        self.default.as_ref()
    }

    /// Decides whether a tenant may agree on these regions: where the policy lets tenants
    /// agree on some, and each lies within one of the policy's. A tenant cannot agree on
    /// more than the policy allows.
    pub fn agree(&self, regions: &[Region]) -> Decision {
        let Some(clause) = &self.clause else {
            return Decision::deny(Reason::without_clause("there is no clause on places"));
        };
        let reason = |why| Reason::new(clause.clone(), why);
        if !self.tenant_may_narrow {
            return Decision::deny(reason("tenants agree on no regions of their own"));
        }
        if regions.is_empty() {
            return Decision::deny(reason("no region is named"));
        }
        match regions.iter().all(|region| within(region, &self.regions)) {
            true => Decision::allow(reason("the regions are among those of the policy")),
            false => Decision::deny(reason("a region is not among those of the policy")),
        }
    }

    /// Decides whether data of a tenant may be kept in a region. Where the tenant has
    /// `agreed` on regions, it is in one of those; where it has agreed on nothing, it is
    /// in the region that is the default, if the policy has one.
    pub fn decide(&self, region: &Region, agreed: &[Region]) -> Decision {
        let Some(clause) = &self.clause else {
            return Decision::deny(Reason::without_clause("there is no clause on places"));
        };
        let reason = |why| Reason::new(clause.clone(), why);
        if !within(region, &self.regions) {
            return Decision::deny(reason("region is not among those of the policy"));
        }
        if !agreed.is_empty() {
            let may = self.agree(agreed);
            return match may.is_allow() && within(region, agreed) {
                true => Decision::allow(reason("the tenant has agreed on the region")),
                false if may.is_allow() => {
                    Decision::deny(reason("the tenant has agreed on other regions"))
                }
                false => may,
            };
        }
        match &self.default {
            Some(default) if !region.is_within(default) => Decision::deny(reason(
                "nobody has agreed on another region than the default",
            )),
            _ => Decision::allow(reason("region is listed")),
        }
    }
}

fn within(region: &Region, listed: &[Region]) -> bool {
    listed.iter().any(|own| region.is_within(own))
}
