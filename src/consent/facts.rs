//! What a decision needs to know of a data subject.

use std::cmp::Reverse;
use std::fmt;
use std::sync::Arc;

use super::{ConsentState, Event, Receipt, ReceiptId};
use crate::taxonomy::Purpose;
use crate::time::Moment;

/// What is known of a data subject's consents, objections, opt-outs and restrictions,
/// in the form in which decisions are quick.
///
/// It is made from all receipts of the subject, whose order does not matter: a decision
/// takes the latest of each kind by the time at which it happened, and of several at
/// one moment the strictest. Cloning copies a pointer.
#[derive(Clone)]
pub struct Facts {
    inner: Arc<Inner>,
}

struct Inner {
    known: bool,
    receipts: Vec<Receipt>,
    /// In order of the purposes.
    purposes: Vec<(Purpose, Streams)>,
    /// What restricts every purpose.
    whole: Vec<Fact>,
}

/// What happened, by its kind, each in order of time.
#[derive(Default)]
pub(super) struct Streams {
    pub(super) consents: Vec<Fact>,
    pub(super) objections: Vec<Fact>,
    pub(super) opt_outs: Vec<Fact>,
    pub(super) restrictions: Vec<Fact>,
}

/// One thing that happened, with its receipt.
#[derive(Clone, Copy)]
pub(super) struct Fact {
    pub(super) at: Moment,
    pub(super) event: Event,
    pub(super) expires: Option<Moment>,
    receipt: u32,
}

impl Facts {
    /// Makes facts of all receipts of one data subject.
    #[must_use]
    pub fn new(receipts: Vec<Receipt>) -> Self {
        let mut purposes: Vec<(Purpose, Streams)> = Vec::new();
        let mut whole = Vec::new();
        for (index, receipt) in receipts.iter().enumerate() {
            // More receipts than that do not fit in memory.
            let number = u32::try_from(index).unwrap_or(u32::MAX);
            let fact = Fact {
                at: receipt.at,
                event: receipt.event,
                expires: receipt.expires,
                receipt: number,
            };
            let is_restriction =
                matches!(receipt.event, Event::Restricted | Event::RestrictionLifted);
            if is_restriction && receipt.purposes.is_empty() {
                whole.push(fact);
            }
            for purpose in &receipt.purposes {
                let place = purposes.binary_search_by(|(known, _)| known.cmp(purpose));
                let place = place.unwrap_or_else(|place| {
                    purposes.insert(place, (purpose.clone(), Streams::default()));
                    place
                });
                if let Some((_, streams)) = purposes.get_mut(place) {
                    streams.add(fact);
                }
            }
        }
        let mut this = Inner {
            known: true,
            receipts,
            purposes,
            whole,
        };
        this.sort();
        Self {
            inner: Arc::new(this),
        }
    }

    /// Returns the facts of a data subject of whom nothing was ever recorded.
    #[must_use]
    pub fn none() -> Self {
        Self::new(Vec::new())
    }

    /// Returns facts that deny whatever needs to know something of the data subject:
    /// for when the ledger cannot be read, or is damaged.
    #[must_use]
    pub fn unavailable() -> Self {
        Self {
            inner: Arc::new(Inner {
                known: false,
                receipts: Vec::new(),
                purposes: Vec::new(),
                whole: Vec::new(),
            }),
        }
    }

    /// Returns whether the ledger could be read.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.inner.known
    }

    /// Returns every receipt, in the order in which they were given.
    pub fn receipts(&self) -> impl Iterator<Item = &Receipt> {
        self.inner.receipts.iter()
    }

    /// Returns the receipt of an id.
    #[must_use]
    pub fn receipt(&self, id: ReceiptId) -> Option<&Receipt> {
        self.receipts().find(|receipt| receipt.id == id)
    }

    /// Returns the state of the consent to a purpose at a moment, a notice apart.
    #[must_use]
    pub fn consent(&self, purpose: &Purpose, now: Moment) -> ConsentState {
        let streams = self.streams(purpose);
        let fact = streams.and_then(|streams| latest(&streams.consents, now));
        match fact {
            Some(fact) if fact.is_expired(now) => ConsentState::Expired,
            Some(Fact {
                event: Event::Consent(state),
                ..
            }) => *state,
            _ => ConsentState::Unknown,
        }
    }

    pub(super) fn streams(&self, purpose: &Purpose) -> Option<&Streams> {
        let purposes = &self.inner.purposes;
        let place = purposes.binary_search_by(|(known, _)| known.cmp(purpose));
        let (_, streams) = purposes.get(place.ok()?)?;
        Some(streams)
    }

    pub(super) fn whole(&self) -> &[Fact] {
        &self.inner.whole
    }

    pub(super) fn receipt_of(&self, fact: &Fact) -> Option<&Receipt> {
        self.inner.receipts.get(usize::try_from(fact.receipt).ok()?)
    }
}

impl Streams {
    fn add(&mut self, fact: Fact) {
        match fact.event {
            Event::Consent(_) => self.consents.push(fact),
            Event::Objected | Event::ObjectionOverridden | Event::ObjectionLifted => {
                self.objections.push(fact);
            }
            Event::OptedOut | Event::OptOutLifted => self.opt_outs.push(fact),
            Event::Restricted | Event::RestrictionLifted => self.restrictions.push(fact),
            Event::PolicyAccepted => {}
        }
    }
}

impl Inner {
    /// Puts each stream in order, so that what counts of several at one moment comes
    /// last: the strictest, and of two alike the one that ends first.
    fn sort(&mut self) {
        let receipts = &self.receipts;
        let id = |fact: &Fact| {
            let index = usize::try_from(fact.receipt).unwrap_or(usize::MAX);
            receipts.get(index).map(|receipt| receipt.id)
        };
        let sort = |facts: &mut Vec<Fact>| {
            facts.sort_by_key(|fact| {
                let expires = fact.expires.unwrap_or(Moment::MAX);
                (fact.at, fact.event.rank(), Reverse(expires), id(fact))
            });
        };
        sort(&mut self.whole);
        for (_, streams) in &mut self.purposes {
            sort(&mut streams.consents);
            sort(&mut streams.objections);
            sort(&mut streams.opt_outs);
            sort(&mut streams.restrictions);
        }
    }
}

impl Fact {
    pub(super) fn is_expired(&self, now: Moment) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}

/// The last fact that had happened at `now`.
pub(super) fn latest(facts: &[Fact], now: Moment) -> Option<&Fact> {
    facts.iter().rev().find(|fact| fact.at <= now)
}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Facts")
            .field("known", &self.inner.known)
            .field("receipts", &self.inner.receipts.len())
            .finish_non_exhaustive()
    }
}
