//! The rules of a product for requests of data subjects.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::{ClockTable, RequestKind};
use crate::Error;
use crate::decision::ClauseId;
use crate::error::RightsCause;
use crate::retention::Stores;
use crate::taxonomy::{DataStore, Jurisdiction, Processor};
use crate::time::{Period, Zone};

/// What a product promises for one kind of request, and what it asks for.
///
/// # Example
/// ```
/// use confidant::decision::ClauseId;
/// use confidant::rights::{KindRule, RequestKind};
/// use confidant::time::Period;
///
/// let rule = KindRule::new(RequestKind::Deletion, ClauseId::new("CC-44")?).within(Period::days(7));
/// # let _ = rule;
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct KindRule {
    pub(super) kind: RequestKind,
    pub(super) clause: ClauseId,
    pub(super) within: Option<Period>,
    pub(super) extendable: bool,
    pub(super) identity: bool,
    /// Where it is offered; empty means everywhere.
    pub(super) places: Vec<Jurisdiction>,
}

impl KindRule {
    /// Begins the rule of a kind. It offers the right and promises nothing beyond the
    /// law.
    #[must_use]
    pub const fn new(kind: RequestKind, clause: ClauseId) -> Self {
        Self {
            kind,
            clause,
            within: None,
            extendable: false,
            identity: kind.needs_identity(),
            places: Vec::new(),
        }
    }

    /// Offers the right only in these jurisdictions, and to people whose residence is
    /// unknown; without any jurisdiction, to everybody.
    #[must_use]
    pub fn only_in(mut self, places: impl IntoIterator<Item = Jurisdiction>) -> Self {
        self.places.extend(places);
        self
    }

    /// Promises an answer within a period of the receipt. Where the law allows longer,
    /// the promise counts; where it allows less, the law.
    #[must_use]
    pub const fn within(mut self, period: Period) -> Self {
        self.within = Some(period);
        self
    }

    /// Lets an extension that the law allows lengthen the promise, too.
    #[must_use]
    pub const fn extendable(mut self) -> Self {
        self.extendable = true;
        self
    }

    /// Says whether the identity must be proved before the request is accepted.
    #[must_use]
    pub const fn identity(mut self, needed: bool) -> Self {
        self.identity = needed;
        self
    }
}

/// The rules for requests: immutable and checked, made by a [builder](Self::builder).
/// Cloning copies a pointer.
#[derive(Clone)]
pub struct RightsRules {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) kinds: BTreeMap<RequestKind, KindRule>,
    pub(super) table: ClockTable,
    pub(super) stores: Stores,
    pub(super) at_risk: Period,
    pub(super) patience: Period,
    pub(super) zone: Zone,
    pub(super) correction_recipients: Vec<(Processor, Period, ClauseId)>,
    pub(super) takes_agents: bool,
}

/// Collects rules for requests.
#[derive(Debug)]
pub struct RightsRulesBuilder {
    kinds: Vec<KindRule>,
    table: Option<ClockTable>,
    stores: Stores,
    at_risk: Period,
    patience: Period,
    zone: Zone,
    correction_recipients: Vec<(Processor, Period, ClauseId)>,
    takes_agents: bool,
}

impl RightsRulesBuilder {
    /// Adds the rule of a kind. A kind without a rule is not offered, and a request of
    /// it can only be refused.
    #[must_use]
    pub fn kind(mut self, rule: KindRule) -> Self {
        self.kinds.push(rule);
        self
    }

    /// Sets the table of clocks; the one that comes with the crate otherwise.
    #[must_use]
    pub fn table(mut self, table: ClockTable) -> Self {
        self.table = Some(table);
        self
    }

    /// Sets how long before its deadline a request is at risk: 7 days where nothing is
    /// said.
    #[must_use]
    pub const fn at_risk(mut self, period: Period) -> Self {
        self.at_risk = period;
        self
    }

    /// Sets how long an answer of the requester is waited for, while the clock stands
    /// still or has not started: one month where nothing is said. After that the request
    /// is overdue all the same, for somebody to decide on.
    #[must_use]
    pub const fn patience(mut self, period: Period) -> Self {
        self.patience = period;
        self
    }

    /// Sets the time zone whose calendar counts; UTC where nothing is said.
    #[must_use]
    pub fn zone(mut self, zone: Zone) -> Self {
        self.zone = zone;
        self
    }

    /// Says whether somebody may ask on behalf of a data subject, which is so where nothing
    /// is said. Some laws demand it.
    #[must_use]
    pub const fn agents(mut self, may_ask: bool) -> Self {
        self.takes_agents = may_ask;
        self
    }

    /// Names a recipient that a correction is passed on to, within a period.
    #[must_use]
    pub fn correction_recipient(
        mut self,
        recipient: Processor,
        within: Period,
        clause: ClauseId,
    ) -> Self {
        self.correction_recipients.push((recipient, within, clause));
        self
    }

    /// Checks the rules and makes them.
    ///
    /// # Errors
    /// `Config` where a kind has two rules or a promise of no time, where the time to
    /// wait is none, and where the table is not well-formed.
    pub fn build(self) -> Result<RightsRules, Error> {
        let mut kinds = BTreeMap::new();
        for rule in self.kinds {
            let named = |what| Err(Error::from(RightsCause::Table { what }));
            if rule.within.is_some_and(Period::is_zero) {
                return named("a promise of no time");
            }
            if kinds.insert(rule.kind, rule).is_some() {
                return named("a kind of request has two rules");
            }
        }
        if self.patience.is_zero() {
            let what = "time to wait for the requester is zero";
            return Err(RightsCause::Unfit { what }.into());
        }
        let table = match self.table {
            Some(table) => table,
            None => ClockTable::shipped()?,
        };
        Ok(RightsRules {
            inner: Arc::new(Inner {
                kinds,
                table,
                stores: self.stores,
                at_risk: self.at_risk,
                patience: self.patience,
                zone: self.zone,
                correction_recipients: self.correction_recipients,
                takes_agents: self.takes_agents,
            }),
        })
    }
}

impl RightsRules {
    /// Begins rules for a product that keeps data in these stores: all of them take part
    /// in every request that reaches stores.
    #[must_use]
    pub fn builder(stores: Stores) -> RightsRulesBuilder {
        RightsRulesBuilder {
            kinds: Vec::new(),
            table: None,
            stores,
            at_risk: Period::days(7),
            patience: Period::months(1),
            zone: Zone::UTC,
            correction_recipients: Vec::new(),
            takes_agents: true,
        }
    }

    /// Returns the table of clocks.
    #[must_use]
    pub fn table(&self) -> &ClockTable {
        &self.inner.table
    }

    /// Returns the declared stores.
    #[must_use]
    pub fn stores(&self) -> &Stores {
        &self.inner.stores
    }

    /// Returns whether a kind of request is offered.
    #[must_use]
    pub fn offers(&self, kind: RequestKind) -> bool {
        self.inner.kinds.contains_key(&kind)
    }

    /// Returns whether a kind of request is offered to residents of a jurisdiction; for an
    /// unknown residence, whether it is offered anywhere.
    #[must_use]
    pub fn offers_in(&self, kind: RequestKind, place: Option<&Jurisdiction>) -> bool {
        let Some(rule) = self.kind(kind) else {
            return false;
        };
        let covers = |place: &Jurisdiction| {
            let mut places = rule.places.iter();
            places.any(|own| place.is_within(own))
        };
        rule.places.is_empty() || place.is_none_or(covers)
    }

    /// Returns the stores that a request of a kind reaches.
    pub(super) fn stores_for(&self, kind: RequestKind) -> Vec<DataStore> {
        if !kind.reaches_stores() {
            return Vec::new();
        }
        let stores = self.inner.stores.iter();
        stores.map(|store| store.name().clone()).collect()
    }

    pub(super) fn kind(&self, kind: RequestKind) -> Option<&KindRule> {
        self.inner.kinds.get(&kind)
    }
}

impl fmt::Debug for RightsRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules")
            .field("kinds", &self.inner.kinds.len())
            .field("stores", &self.inner.stores)
            .finish_non_exhaustive()
    }
}
