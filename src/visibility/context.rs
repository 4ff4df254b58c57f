//! The facts about a request.

use super::{Attribute, On, VisibilityRules};
use crate::Error;
use crate::error::VisibilityCause;

/// What is known about a request, such as whether a second factor was used. A new context
/// knows nothing.
///
/// # Example
/// ```
/// use confidant::decision::ClauseId;
/// use confidant::visibility::{Attribute, AccessContext, DenyClause, On, VisibilityRules};
///
/// let mfa = Attribute::new("mfa")?;
/// let clause = DenyClause::unless(ClauseId::new("IC-52")?, On::Request, mfa.clone());
/// let policy = VisibilityRules::builder().deny(clause).build()?;
/// let context = AccessContext::default().with(&policy, &mfa, true)?;
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct AccessContext {
    pub(super) known: u16,
    pub(super) set: u16,
}

impl AccessContext {
    /// Sets an attribute of the request.
    ///
    /// # Errors
    /// `Config` where the policy declares none of this name.
    pub fn with(
        mut self,
        policy: &VisibilityRules,
        attribute: &Attribute,
        value: bool,
    ) -> Result<Self, Error> {
        let bit = policy.attribute_bit(On::Request, attribute);
        let missing = VisibilityCause::Missing { what: "attribute" };
        let bit = bit.ok_or_else(|| Error::from(missing).with_id(attribute.as_str()))?;
        self.known |= bit;
        self.set = if value {
            self.set | bit
        } else {
            self.set & !bit
        };
        Ok(self)
    }

    /// Writes what is known, for a digest.
    #[cfg(feature = "policy")]
    pub(crate) fn write(&self, out: &mut crate::codec::Writer) {
        out.raw(&self.known.to_be_bytes());
        out.raw(&self.set.to_be_bytes());
    }
}
