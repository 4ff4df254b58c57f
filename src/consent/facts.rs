//! The facts about a data subject that a decision needs.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use smallvec::SmallVec;

use super::mark::Mark;
use super::{ConsentReceipt, ConsentState, Event, ReceiptId};
use crate::taxonomy::Purpose;
use crate::time::Moment;

/// A data subject's consents, objections, opt-outs and restrictions, in a form that is
/// quick to decide on.
///
/// It is made from all receipts of the subject, whose order does not matter: a decision
/// takes the latest of each kind by the time at which it happened, and of several at
/// one moment the strictest. What takes a permission away, and was recorded by a host whose
/// clock was [behind](ConsentReceipt::behind), counts twice: from when it happened, and
/// again from when it was received, so that no permission outlasts it which was recorded
/// before it. Cloning copies a pointer.
#[derive(Clone)]
pub struct ConsentFacts {
    inner: Arc<Inner>,
}

struct Inner {
    known: bool,
    receipts: Box<[ConsentReceipt]>,
    /// In order of their marks. They lie here, and so do the facts, as long as there are
    /// few: each step to other memory costs a decision as much as all that it computes.
    purposes: SmallVec<[OfPurpose; 6]>,
    /// What happened, by purpose and kind, each in order of time. What restricts every
    /// purpose comes last.
    facts: SmallVec<[Fact; 8]>,
    /// Where what restricts every purpose begins.
    whole: usize,
}

/// Where the facts of one purpose are.
struct OfPurpose {
    purpose: Mark,
    /// Where each kind begins, and where the last one ends.
    begin: [u32; KINDS + 1],
}

/// How many purposes are looked through one by one.
const FEW: usize = 12;

/// How many kinds of facts a purpose has.
const KINDS: usize = 4;

/// What happened for one purpose, by its kind, each in order of time.
#[derive(Clone, Copy, Default)]
pub(super) struct Streams<'f> {
    pub(super) consents: &'f [Fact],
    pub(super) objections: &'f [Fact],
    pub(super) opt_outs: &'f [Fact],
    pub(super) restrictions: &'f [Fact],
}

/// One thing that happened, with its receipt.
#[derive(Clone, Copy)]
pub(super) struct Fact {
    pub(super) at: Moment,
    pub(super) event: Event,
    /// The latest of all moments where it never does.
    expires: Moment,
    /// The notice that was shown.
    pub(super) notice: Option<Mark>,
    /// Whether a signal said so.
    pub(super) is_signal: bool,
    receipt: u32,
}

/// The purposes above one in the tree, the nearest first.
pub(super) fn above(purpose: &Purpose) -> impl Iterator<Item = Purpose> + use<> {
    std::iter::successors(purpose.parent(), Purpose::parent)
}

impl ConsentFacts {
    /// Builds facts from all receipts of one data subject.
    #[must_use]
    pub fn new(receipts: Vec<ConsentReceipt>) -> Self {
        let mut all: BTreeMap<Mark, [Vec<Fact>; KINDS]> = BTreeMap::new();
        let mut whole = Vec::new();
        for (index, receipt) in receipts.iter().enumerate() {
            let fact = Fact {
                at: receipt.at,
                event: receipt.event,
                expires: receipt.expires.unwrap_or(Moment::MAX),
                notice: receipt.notice.as_ref().map(Mark::of_notice),
                is_signal: receipt.signal.is_some(),
                // More receipts than that do not fit in memory.
                receipt: u32::try_from(index).unwrap_or(u32::MAX),
            };
            let kind = match receipt.event {
                Event::Consent(_) => 0,
                Event::Objected | Event::ObjectionOverridden | Event::ObjectionLifted => 1,
                Event::OptedOut | Event::OptOutLifted => 2,
                Event::Restricted | Event::RestrictionLifted => 3,
                Event::PolicyAccepted => continue,
            };
            if kind == 3 && receipt.purposes.is_empty() {
                whole.push(fact);
            }
            for purpose in &receipt.purposes {
                let kinds = all.entry(Mark::of_purpose(purpose)).or_default();
                if let Some(stream) = kinds.get_mut(kind) {
                    stream.push(fact);
                }
            }
        }
        let mut facts = SmallVec::new();
        let mut purposes = SmallVec::with_capacity(all.len());
        for (purpose, kinds) in all {
            let mut begin = [0; KINDS + 1];
            for (begin, mut stream) in begin.iter_mut().zip(kinds) {
                *begin = position(&facts);
                sort(&mut stream, &receipts);
                facts.extend(stream);
            }
            if let Some(end) = begin.last_mut() {
                *end = position(&facts);
            }
            purposes.push(OfPurpose { purpose, begin });
        }
        sort(&mut whole, &receipts);
        let begin = facts.len();
        facts.extend(whole);
        Self {
            inner: Arc::new(Inner {
                known: true,
                receipts: receipts.into(),
                purposes,
                facts,
                whole: begin,
            }),
        }
    }

    /// Returns the facts of a data subject without any receipt.
    #[must_use]
    pub fn none() -> Self {
        Self::new(Vec::new())
    }

    /// Returns facts that deny every use that depends on the data subject. Decide with them
    /// when the ledger cannot be read, or is damaged.
    #[must_use]
    pub fn unavailable() -> Self {
        Self {
            inner: Arc::new(Inner {
                known: false,
                receipts: Box::default(),
                purposes: SmallVec::new(),
                facts: SmallVec::new(),
                whole: 0,
            }),
        }
    }

    /// Returns whether the ledger could be read.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.inner.known
    }

    /// Returns every receipt, in the order in which they were given.
    pub fn receipts(&self) -> impl Iterator<Item = &ConsentReceipt> {
        self.inner.receipts.iter()
    }

    /// Returns the receipt of an id.
    #[must_use]
    pub fn receipt(&self, id: ReceiptId) -> Option<&ConsentReceipt> {
        self.receipts().find(|receipt| receipt.id == id)
    }

    /// Returns the state of the consent to a purpose at a moment, a notice apart. What takes
    /// the consent to a purpose above it away takes this one away too; a consent to one
    /// above it gives none.
    #[must_use]
    pub fn consent(&self, purpose: &Purpose, now: Moment) -> ConsentState {
        let own = self.streams(purpose).unwrap_or_default();
        let above = above(purpose).filter_map(|above| self.streams(&above));
        match last_consent(own, above, now) {
            Some(fact) if fact.is_expired(now) => ConsentState::Expired,
            Some(Fact {
                event: Event::Consent(state),
                ..
            }) => *state,
            _ => ConsentState::Unknown,
        }
    }

    /// Writes everything that is known, whatever the order of the receipts, for a digest.
    #[cfg(feature = "policy")]
    pub(crate) fn inputs(&self) -> crate::codec::Writer {
        let mut out = crate::codec::Writer::default();
        out.byte(u8::from(self.inner.known));
        let receipts = self.inner.receipts.iter();
        let mut receipts: Vec<_> = receipts.map(super::record::write_receipt).collect();
        receipts.sort_unstable();
        out.number(receipts.len() as u64);
        for receipt in receipts {
            out.number(receipt.len() as u64);
            out.raw(&receipt);
        }
        out
    }

    pub(super) fn streams(&self, purpose: &Purpose) -> Option<Streams<'_>> {
        self.marked(Mark::of_purpose(purpose))
    }

    /// The same by the mark of the purpose.
    #[inline]
    pub(super) fn marked(&self, purpose: Mark) -> Option<Streams<'_>> {
        let purposes = &*self.inner.purposes;
        // Among few, what comes next need not wait for the search.
        let found = if purposes.len() <= FEW {
            purposes.iter().find(|known| known.purpose == purpose)
        } else {
            let place = purposes.binary_search_by_key(&purpose, |known| known.purpose);
            place.ok().and_then(|place| purposes.get(place))
        };
        self.of(found?)
    }

    #[inline]
    fn of(&self, purpose: &OfPurpose) -> Option<Streams<'_>> {
        let facts = &self.inner.facts;
        let [consents, objections, opt_outs, restrictions, end] = purpose.begin;
        let range = |begin: u32, end: u32| facts.get(begin as usize..end as usize);
        Some(Streams {
            consents: range(consents, objections)?,
            objections: range(objections, opt_outs)?,
            opt_outs: range(opt_outs, restrictions)?,
            restrictions: range(restrictions, end)?,
        })
    }

    pub(super) fn whole(&self) -> &[Fact] {
        self.inner.facts.get(self.inner.whole..).unwrap_or_default()
    }

    /// Whether an objection, an opt-out or a restriction stands, so that something is
    /// stopped.
    pub(super) fn stops_something(&self, now: Moment) -> bool {
        let stops = |facts: &[Fact]| {
            let last = latest(facts, now).map(|fact| fact.event);
            matches!(
                last,
                Some(Event::Objected | Event::OptedOut | Event::Restricted)
            )
        };
        let purposes = self.inner.purposes.iter();
        let mut streams = purposes.filter_map(|known| self.of(known));
        stops(self.whole())
            || streams
                .any(|own| stops(own.objections) || stops(own.opt_outs) || stops(own.restrictions))
    }

    pub(super) fn receipt_of(&self, fact: &Fact) -> Option<&ConsentReceipt> {
        self.inner.receipts.get(fact.receipt as usize)
    }
}

/// Where the next fact goes.
fn position(facts: &[Fact]) -> u32 {
    // More facts than that do not fit in memory.
    u32::try_from(facts.len()).unwrap_or(u32::MAX)
}

/// Puts a stream in order, so that what counts of several at one moment comes last: the
/// strictest, and of two alike the one that ends first.
fn sort(facts: &mut Vec<Fact>, receipts: &[ConsentReceipt]) {
    count_again(facts, receipts);
    let id = |fact: &Fact| {
        let receipt = receipts.get(fact.receipt as usize);
        receipt.map(|receipt| receipt.id)
    };
    facts.sort_by_key(|fact| (fact.at, fact.event.rank(), Reverse(fact.expires), id(fact)));
}

/// Has what takes a permission away count once more from when it was received, where the
/// clock of its host was behind: the permission may be of a host whose clock was ahead. Not
/// where a permission was given after it, and recorded after it at the same moment.
fn count_again(facts: &mut Vec<Fact>, receipts: &[ConsentReceipt]) {
    let behind = |fact: &Fact| {
        let receipt = receipts.get(fact.receipt as usize);
        receipt.filter(|receipt| receipt.behind > 0)
    };
    let (taken, given): (Vec<_>, Vec<_>) = facts
        .iter()
        .filter_map(|fact| Some((*fact, behind(fact)?)))
        .partition(|(fact, _)| fact.event.is_restrictive());
    let is_answered = |taken: &ConsentReceipt| {
        given.iter().any(|(_, given)| {
            given.received == taken.received && given.behind > taken.behind && given.at > taken.at
        })
    };
    for (fact, receipt) in taken {
        if !is_answered(receipt) {
            let at = receipt.received;
            facts.push(Fact { at, ..fact });
        }
    }
}

impl Fact {
    pub(super) fn is_expired(&self, now: Moment) -> bool {
        self.expires <= now && self.expires != Moment::MAX
    }
}

/// The last fact that had happened at `now`.
pub(super) fn latest(facts: &[Fact], now: Moment) -> Option<&Fact> {
    facts.iter().rev().find(|fact| fact.at <= now)
}

/// The last word on the consent to a purpose: its own last one, unless a consent to one
/// `above` it was taken away since.
pub(super) fn last_consent<'f>(
    own: Streams<'f>,
    above: impl Iterator<Item = Streams<'f>>,
    now: Moment,
) -> Option<&'f Fact> {
    let own = latest(own.consents, now)?;
    let taken = above.filter_map(|above| {
        let past = above.consents.iter().rev().filter(|fact| fact.at <= now);
        past.take_while(|fact| fact.at >= own.at)
            .find(|fact| fact.event.takes_consent())
    });
    Some(taken.last().unwrap_or(own))
}

impl fmt::Debug for ConsentFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Facts")
            .field("known", &self.inner.known)
            .field("receipts", &self.inner.receipts.len())
            .finish_non_exhaustive()
    }
}
