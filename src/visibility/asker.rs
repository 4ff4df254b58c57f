//! Who asks for a decision, with what is known of their request.

use std::fmt;

use super::{AccessContext, Principal};

/// Whoever asks for a decision, with what is known about their request.
///
/// A [`Principal`] alone is an asker, of whose request nothing is known.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use confidant::decision::ClauseId;
/// use confidant::time::Moment;
/// use confidant::visibility::{
///     Action, Attribute, AccessContext, DenyClause, VisibilityFacts, Level, NewResource, On, VisibilityRules,
/// };
///
/// let (view, mfa) = (Action::new("view")?, Attribute::new("mfa")?);
/// let rules = VisibilityRules::builder()
///     .actions([view.clone()])
///     .internal(ClauseId::new("V-1")?, [view])
///     .deny(DenyClause::unless(ClauseId::new("V-2")?, On::Request, mfa.clone()))
///     .build()?;
/// let rules = Arc::new(rules);
/// let view = rules.action("view").ok_or("no such action")?;
///
/// let at = Moment::UNIX_EPOCH;
/// let mut facts = VisibilityFacts::new(Arc::clone(&rules));
/// let acme = facts.add_organisation("acme", at)?;
/// let jo = facts.add_principal("jo", at)?;
/// facts.join(jo, acme, at, None)?;
/// let page = NewResource::new("page").organisation(acme).level(Level::Internal);
/// let page = facts.add_resource(page, at)?;
///
/// // Nothing is known of the request, so a rule about the request denies.
/// assert!(!facts.verdict(jo, view, page, at).is_allow());
/// let context = AccessContext::default().with(&rules, &mfa, true)?;
/// assert!(facts.verdict(jo.with(&context), view, page, at).is_allow());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asker<'a> {
    pub(super) principal: Principal,
    pub(super) context: &'a AccessContext,
}

/// An [`Asker`] whose principal is named by an id.
///
/// An id alone is one too, of whose request nothing is known; `None` is nobody in
/// particular.
///
/// # Security
/// `Debug` shows the length of the id alone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AskerId<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) context: &'a AccessContext,
}

/// A request of which nothing is known.
const UNKNOWN: &AccessContext = &AccessContext { known: 0, set: 0 };

impl Principal {
    /// Returns the principal as an asker, with what is known about their request.
    #[must_use]
    pub const fn with(self, context: &AccessContext) -> Asker<'_> {
        Asker {
            principal: self,
            context,
        }
    }
}

impl From<Principal> for Asker<'_> {
    fn from(principal: Principal) -> Self {
        principal.with(UNKNOWN)
    }
}

impl<'a> AskerId<'a> {
    /// Names the principal by an id; `None` is nobody in particular.
    #[must_use]
    pub fn new(id: impl Into<Option<&'a str>>) -> Self {
        Self {
            id: id.into(),
            context: UNKNOWN,
        }
    }

    /// Says what is known of the request.
    #[must_use]
    pub const fn with(mut self, context: &'a AccessContext) -> Self {
        self.context = context;
        self
    }
}

impl<'a> From<&'a str> for AskerId<'a> {
    fn from(id: &'a str) -> Self {
        Self::new(id)
    }
}

impl<'a> From<Option<&'a str>> for AskerId<'a> {
    fn from(id: Option<&'a str>) -> Self {
        Self::new(id)
    }
}

impl fmt::Debug for AskerId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AskerId")
            .field("id_bytes", &self.id.map(str::len))
            .field("context", &self.context)
            .finish()
    }
}
