//! Deciding whether data may be used for a purpose.

use std::ops::ControlFlow;

use super::facts::{Fact, Streams, last_consent, latest};
use super::rules::{Ground, PurposeRule, Use};
use super::{
    Age, ConsentFacts, ConsentRules, ConsentState, Event, Gpc, GpcConflict, ObjectionEffect,
    ReceiptId, Signals,
};
use crate::decision::{ClauseId, Decision, Effect, Reason};
use crate::taxonomy::{DataCategory, LawfulBasis, Purpose};
use crate::time::{Moment, Rounding};

/// Why a decision came out as it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Why {
    /// The purpose has no rule.
    PurposeUndeclared,
    /// The policy prohibits the purpose.
    Prohibited,
    /// The purpose does not list the category.
    CategoryNotListed,
    /// The purpose is done only where a user asks for it, and none did.
    NotBegunByUser,
    /// The environment is not named, or not one in which the purpose may be done.
    OtherEnvironment,
    /// The ledger of the data subject cannot be read.
    FactsUnavailable,
    /// The data subject is too young.
    TooYoung,
    /// The age is unknown, and the purpose needs consent.
    AgeUnknown,
    /// Processing is restricted.
    Restricted,
    /// The data subject objected.
    Objected,
    /// The data subject opted out.
    OptedOut,
    /// The request carries the signal of Global Privacy Control.
    Gpc,
    /// The purpose rests on a basis other than consent.
    Basis,
    /// There is a consent.
    Consented,
    /// There is a consent, and its time is over.
    ConsentExpired,
    /// There is a consent, and the notice that was shown does not cover the purpose.
    NoticeOutdated,
    /// The last word on the consent is not that it was given.
    NotConsented(ConsentState),
    /// An objection was overridden, for a reason that is recorded.
    ObjectionOverridden,
    /// An objection is under review.
    ObjectionUnderReview,
    /// There is an objection, and the purpose rests on a basis that knows none.
    ObjectionWithoutEffect,
    /// There is an opt-out, and one cannot opt out of the purpose.
    OptOutWithoutEffect,
    /// A consent was given after the signal of Global Privacy Control.
    GpcOverruled,
}

impl Why {
    /// Returns it in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PurposeUndeclared => "the purpose is not declared",
            Self::Prohibited => "the policy prohibits the purpose",
            Self::CategoryNotListed => "the purpose does not list the category",
            Self::NotBegunByUser => "no user asked for it",
            Self::OtherEnvironment => "environment is missing or not listed for the purpose",
            Self::FactsUnavailable => "the consents of the data subject cannot be read",
            Self::TooYoung => "the data subject is too young",
            Self::AgeUnknown => "the age of the data subject is unknown",
            Self::Restricted => "processing is restricted",
            Self::Objected => "the data subject objected",
            Self::OptedOut => "the data subject opted out",
            Self::Gpc => "the request carries Global Privacy Control",
            Self::Basis => "the purpose rests on a basis other than consent",
            Self::Consented => "the data subject consented",
            Self::ConsentExpired => "the consent has expired",
            Self::NoticeOutdated => "the consent was given on a notice that does not cover it",
            Self::NotConsented(state) => match state {
                ConsentState::Requested => "consent was requested and not given",
                ConsentState::RequestDeferred => "the answer to a request for consent was put off",
                ConsentState::Refused => "consent was refused",
                ConsentState::Expired => "the consent has expired",
                ConsentState::Invalidated => "the consent was invalidated",
                ConsentState::Revoked => "the consent was revoked",
                ConsentState::Withdrawn => "the consent was withdrawn",
                _ => "no consent is known",
            },
            Self::ObjectionOverridden => "an objection was overridden with a reason",
            Self::ObjectionUnderReview => "an objection is under review",
            Self::ObjectionWithoutEffect => "an objection does not reach this basis",
            Self::OptOutWithoutEffect => "one cannot opt out of this purpose",
            Self::GpcOverruled => "a consent was given after Global Privacy Control",
        }
    }
}

/// A decision in a few bytes: the effect, the reason, and the number of the clause. Read it
/// with the rules that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "a verdict that is not looked at enforces nothing"]
pub struct ConsentVerdict {
    effect: Effect,
    why: Why,
    rule: u16,
    may_object: bool,
}

const NO_RULE: u16 = u16::MAX;

impl ConsentVerdict {
    const fn deny(why: Why, rule: u16) -> Self {
        Self {
            effect: Effect::Deny,
            why,
            rule,
            may_object: false,
        }
    }

    const fn allow(why: Why, rule: u16) -> Self {
        Self {
            effect: Effect::Allow,
            ..Self::deny(why, rule)
        }
    }

    /// Returns the effect.
    #[must_use]
    pub const fn effect(self) -> Effect {
        self.effect
    }

    /// Returns whether the data may be used.
    #[must_use]
    pub const fn is_allow(self) -> bool {
        matches!(self.effect, Effect::Allow)
    }

    /// Returns why.
    #[must_use]
    pub const fn why(self) -> Why {
        self.why
    }

    /// Returns whether the data subject may object to what is permitted.
    #[must_use]
    pub const fn may_object(self) -> bool {
        self.may_object
    }
}

/// What the evaluation comes upon, in order. The first that decides is the verdict.
enum Found {
    Decides(ConsentVerdict),
    Notes(ConsentVerdict),
}

/// What is evaluated.
struct Question<'a> {
    rules: &'a ConsentRules,
    rule: &'a PurposeRule,
    wanted: Use,
    facts: &'a ConsentFacts,
    streams: Streams<'a>,
    now: Moment,
    signals: Signals,
}

impl ConsentRules {
    /// Decides whether data of a category may be used for a purpose now.
    ///
    /// Purposes are a tree: a restriction, an objection, an opt-out, and a consent that was
    /// refused, invalidated, revoked or withdrawn, count for everything below their
    /// purpose. What gives a permission counts for its very purpose alone.
    ///
    /// The first that applies decides: the policy prohibits the purpose; the purpose
    /// does not list the category; no user asked for what only users begin; the data
    /// subject is too young; there is a
    /// restriction, an objection, an opt-out or the signal of Global Privacy Control;
    /// the purpose rests on a basis other than consent, which permits; the last word on
    /// consent is that it was given, it has not expired, and its notice covers the
    /// purpose, which permits. Nothing else permits.
    ///
    /// It is a function of its arguments alone: it reads no clock and no store.
    ///
    /// # Example
    /// ```
    /// use confidant::consent::{ConsentFacts, PurposeRule, ConsentRules, Signals, Why};
    /// use confidant::decision::ClauseId;
    /// use confidant::taxonomy::{DataCategory, Purpose};
    /// use confidant::time::Moment;
    ///
    /// let (training, chat) = (Purpose::new("training")?, DataCategory::new("chat")?);
    /// let rule = PurposeRule::by_consent(training.clone(), ClauseId::new("P-4")?);
    /// let rules = ConsentRules::builder().purpose(rule.category(chat.clone())).build()?;
    /// let now: Moment = "2026-05-01T00:00:00Z".parse()?;
    ///
    /// let adult = Signals::new().age(confidant::consent::Age::Years(30));
    /// let verdict = rules.decide(&ConsentFacts::none(), (&training, &chat), now, adult);
    /// assert!(!verdict.is_allow());
    /// let decision = rules.explain(&ConsentFacts::none(), (&training, &chat), now, adult);
    /// assert_eq!(decision.to_string(), "deny: `P-4` (no consent is known)");
    /// # Ok::<(), confidant::Error>(())
    /// ```
    pub fn decide(
        &self,
        facts: &ConsentFacts,
        (purpose, category): (&Purpose, &DataCategory),
        now: Moment,
        signals: Signals,
    ) -> ConsentVerdict {
        let wanted = self.resolve(purpose, category);
        let question = wanted.and_then(|wanted| self.question(facts, wanted, now, signals));
        question.map_or(Self::UNDECLARED, |question| question.verdict())
    }

    /// Decides the same question for a purpose and a category that were resolved before.
    pub fn decide_use(
        &self,
        facts: &ConsentFacts,
        wanted: Use,
        now: Moment,
        signals: Signals,
    ) -> ConsentVerdict {
        let question = self.question(facts, wanted, now, signals);
        question.map_or(Self::UNDECLARED, |question| question.verdict())
    }

    /// Decides the same question and gives the reasons. The first one decides; all others
    /// that apply are listed as having lost.
    pub fn explain(
        &self,
        facts: &ConsentFacts,
        (purpose, category): (&Purpose, &DataCategory),
        now: Moment,
        signals: Signals,
    ) -> Decision {
        let wanted = self.resolve(purpose, category);
        let question = wanted.and_then(|wanted| self.question(facts, wanted, now, signals));
        let Some(question) = question else {
            return Decision::deny(Reason::without_clause(Why::PurposeUndeclared.as_str()));
        };
        let (mut decided, mut lost) = (None, Vec::new());
        let _: ControlFlow<()> = question.evaluate(|found| {
            match found {
                Found::Decides(verdict) if decided.is_none() => decided = Some(verdict),
                Found::Decides(verdict) | Found::Notes(verdict) => lost.push(verdict),
            }
            ControlFlow::Continue(())
        });
        let decided = decided.unwrap_or(ConsentVerdict::deny(Why::PurposeUndeclared, NO_RULE));
        let reason = |verdict: ConsentVerdict| match self.clause(verdict) {
            Some(clause) => Reason::new(clause.clone(), verdict.why.as_str()),
            None => Reason::without_clause(verdict.why.as_str()),
        };
        let decision = match decided.effect {
            Effect::Allow => Decision::allow(reason(decided)),
            Effect::Deny => Decision::deny(reason(decided)),
        };
        lost.into_iter().fold(decision, |decision, verdict| {
            decision.with_lost(verdict.effect, reason(verdict))
        })
    }

    /// Returns the clause that a verdict of these rules rests on, where it is one.
    #[must_use]
    pub fn clause(&self, verdict: ConsentVerdict) -> Option<&ClauseId> {
        let rule = self.rule(verdict.rule)?;
        let age = |age: &'_ Option<(u8, ClauseId)>| age.as_ref().map(|(years, _)| *years);
        match verdict.why {
            Why::TooYoung | Why::AgeUnknown => {
                // The higher of the two limits is the one that was missed.
                let own = age(&rule.min_age) >= age(&self.inner.min_age);
                let limit = if own {
                    &rule.min_age
                } else {
                    &self.inner.min_age
                };
                limit.as_ref().map(|(_, clause)| clause)
            }
            Why::Gpc | Why::GpcOverruled => self.inner.gpc.as_ref().map(|(_, clause)| clause),
            Why::OptedOut => Some(rule.opt_out.as_ref().unwrap_or(&rule.clause)),
            _ => Some(&rule.clause),
        }
    }

    /// Returns the receipt of the consent that permits the use now, so that derived data
    /// can carry it along; `None` where something other than consent decides.
    #[must_use]
    pub fn permitting_receipt(
        &self,
        facts: &ConsentFacts,
        (purpose, category): (&Purpose, &DataCategory),
        now: Moment,
        signals: Signals,
    ) -> Option<ReceiptId> {
        let verdict = self.decide(facts, (purpose, category), now, signals);
        if !(verdict.is_allow() && verdict.why == Why::Consented) {
            return None;
        }
        let fact = latest(facts.streams(purpose)?.consents, now)?;
        Some(facts.receipt_of(fact)?.id)
    }

    const UNDECLARED: ConsentVerdict = ConsentVerdict::deny(Why::PurposeUndeclared, NO_RULE);

    #[inline]
    fn question<'a>(
        &'a self,
        facts: &'a ConsentFacts,
        wanted: Use,
        now: Moment,
        signals: Signals,
    ) -> Option<Question<'a>> {
        let rule = self.rule(wanted.rule)?;
        Some(Question {
            rules: self,
            rule,
            wanted,
            facts,
            streams: facts.marked(rule.mark).unwrap_or_default(),
            now,
            signals,
        })
    }
}

impl Question<'_> {
    fn verdict(&self) -> ConsentVerdict {
        let decided = self.evaluate(|found| match found {
            Found::Decides(verdict) => ControlFlow::Break(verdict),
            Found::Notes(_) => ControlFlow::Continue(()),
        });
        decided.break_value().unwrap_or(ConsentVerdict::deny(
            Why::NotConsented(ConsentState::Unknown),
            self.wanted.rule,
        ))
    }

    /// Goes through the steps in their order and hands over what applies.
    #[inline]
    fn evaluate<B>(&self, mut found: impl FnMut(Found) -> ControlFlow<B>) -> ControlFlow<B> {
        let deny = |why| Found::Decides(ConsentVerdict::deny(why, self.wanted.rule));
        let basis = match self.rule.ground {
            Ground::Prohibited => {
                found(deny(Why::Prohibited))?;
                None
            }
            Ground::Basis(basis) => Some(basis),
        };
        if !self.wanted.listed {
            found(deny(Why::CategoryNotListed))?;
        }
        if self.rule.user_initiated && !self.signals.begun {
            found(deny(Why::NotBegunByUser))?;
        }
        if let Some(listed) = &self.rule.environments {
            let named = self.signals.environment;
            if !named.is_some_and(|own| listed.contains(&own)) {
                found(deny(Why::OtherEnvironment))?;
            }
        }
        if !self.facts.is_known() {
            found(deny(Why::FactsUnavailable))?;
        }
        if let Some(why) = self.age(basis) {
            found(deny(why))?;
        }
        if self.is_restricted(basis) {
            found(deny(Why::Restricted))?;
        }
        if let Some(objection) = self.objection() {
            found(objection)?;
        }
        if let Some(opt_out) = self.opt_out() {
            found(opt_out)?;
        }
        if let Some(gpc) = self.gpc() {
            found(gpc)?;
        }
        match basis {
            None => ControlFlow::Continue(()),
            Some(LawfulBasis::Consent) => found(Found::Decides(self.consent())),
            Some(basis) => {
                let mut verdict = ConsentVerdict::allow(Why::Basis, self.wanted.rule);
                verdict.may_object = basis.allows_objection() || self.rule.direct_marketing;
                found(Found::Decides(verdict))
            }
        }
    }

    fn age(&self, basis: Option<LawfulBasis>) -> Option<Why> {
        let limit = self.least_age()?;
        let is_minor = self.rules.inner.unknown_is_minor || basis == Some(LawfulBasis::Consent);
        match self.signals.age {
            Age::Years(years) => (years < limit).then_some(Why::TooYoung),
            Age::Unknown => is_minor.then_some(Why::AgeUnknown),
        }
    }

    /// Returns the least age, by where the data subject lives.
    fn least_age(&self) -> Option<u8> {
        let years = |limit: &Option<(u8, ClauseId)>| limit.as_ref().map(|(years, _)| *years);
        let inner = &self.rules.inner;
        let general = years(&inner.min_age);
        let by_place = inner.ages.iter();
        let own = match self.signals.place {
            None => by_place.map(|(_, years)| *years).max().max(general),
            Some(place) => {
                let fits =
                    by_place.filter_map(|(area, years)| Some((place.closeness(area)?, years)));
                let closest = fits.max_by_key(|(closeness, _)| *closeness);
                closest.map(|(_, years)| *years).or(general)
            }
        };
        years(&self.rule.min_age).max(own)
    }

    /// A restriction leaves legal claims and vital interests (GDPR Article 18(2)).
    fn is_restricted(&self, basis: Option<LawfulBasis>) -> bool {
        if matches!(
            basis,
            Some(LawfulBasis::LegalClaim | LawfulBasis::VitalInterests)
        ) {
            return false;
        }
        let restricts = |facts| {
            let last = latest(facts, self.now).map(|fact| fact.event);
            last == Some(Event::Restricted)
        };
        restricts(self.facts.whole()) || self.levels().any(|one| restricts(one.restrictions))
    }

    /// What happened for the purpose, and for those above it in the tree.
    fn levels(&self) -> impl Iterator<Item = Streams<'_>> {
        std::iter::once(self.streams).chain(self.above())
    }

    fn above(&self) -> impl Iterator<Item = Streams<'_>> {
        let above = self.rule.above.iter();
        above.filter_map(|mark| self.facts.marked(*mark))
    }

    fn objection(&self) -> Option<Found> {
        strictest(self.levels().filter_map(|one| self.objection_in(one)))
    }

    fn objection_in(&self, streams: Streams<'_>) -> Option<Found> {
        let fact = latest(streams.objections, self.now)?;
        let note = |why| Some(Found::Notes(ConsentVerdict::deny(why, self.wanted.rule)));
        let stop = Found::Decides(ConsentVerdict::deny(Why::Objected, self.wanted.rule));
        match fact.event {
            Event::ObjectionLifted => None,
            _ if !self.rule.can_object() => note(Why::ObjectionWithoutEffect),
            Event::ObjectionOverridden if !self.rule.direct_marketing => {
                note(Why::ObjectionOverridden)
            }
            _ => match self.rule.objection {
                ObjectionEffect::Stop => Some(stop),
                ObjectionEffect::Review => note(Why::ObjectionUnderReview),
            },
        }
    }

    fn opt_out(&self) -> Option<Found> {
        strictest(self.levels().filter_map(|one| self.opt_out_in(one)))
    }

    fn opt_out_in(&self, streams: Streams<'_>) -> Option<Found> {
        let past = streams.opt_outs.iter().rev();
        let mut past = past.filter(|fact| fact.at <= self.now);
        // A signal that was overruled covers up no opt-out before it.
        let last = past.find(|fact| !self.is_overruled(fact))?;
        if last.event != Event::OptedOut {
            return None;
        }
        Some(if self.rule.can_opt_out() {
            Found::Decides(ConsentVerdict::deny(Why::OptedOut, self.wanted.rule))
        } else {
            Found::Notes(ConsentVerdict::deny(
                Why::OptOutWithoutEffect,
                self.wanted.rule,
            ))
        })
    }

    fn gpc(&self) -> Option<Found> {
        if self.signals.gpc == Gpc::Off || !self.rule.sale_or_sharing {
            return None;
        }
        let verdict = |why| ConsentVerdict::deny(why, self.wanted.rule);
        let recorded =
            self.streams.opt_outs.iter().find(|fact| {
                fact.at <= self.now && fact.event == Event::OptedOut && fact.is_signal
            });
        match recorded {
            Some(fact) if self.is_overruled(fact) => Some(Found::Notes(verdict(Why::GpcOverruled))),
            _ => Some(Found::Decides(verdict(Why::Gpc))),
        }
    }

    /// Whether a fact is an opt-out by the signal, over which a later consent counts.
    fn is_overruled(&self, opt_out: &Fact) -> bool {
        let conflict = self.rules.inner.gpc.as_ref().map(|(conflict, _)| *conflict);
        if conflict != Some(GpcConflict::LaterConsentWins)
            || !self.rule.sale_or_sharing
            || !opt_out.is_signal
            || opt_out.event != Event::OptedOut
        {
            return false;
        }
        let last = last_consent(self.streams, self.above(), self.now);
        last.is_some_and(|fact| fact.at > opt_out.at && self.is_valid(fact) == Ok(()))
    }

    fn consent(&self) -> ConsentVerdict {
        let unknown = Why::NotConsented(ConsentState::Unknown);
        let valid = match last_consent(self.streams, self.above(), self.now) {
            Some(fact) => self.is_valid(fact),
            None => Err(unknown),
        };
        match valid {
            Ok(()) => ConsentVerdict::allow(Why::Consented, self.wanted.rule),
            Err(why) => ConsentVerdict::deny(why, self.wanted.rule),
        }
    }

    /// Whether a consent permits, or why it does not.
    fn is_valid(&self, fact: &Fact) -> Result<(), Why> {
        match fact.event {
            Event::Consent(state) if state.permits() => {}
            Event::Consent(state) => return Err(Why::NotConsented(state)),
            _ => return Err(Why::NotConsented(ConsentState::Unknown)),
        }
        if fact.is_expired(self.now) {
            return Err(Why::ConsentExpired);
        }
        if let Some(period) = self.rule.valid_for {
            // An end that cannot be computed has come.
            match period.after(fact.at, Rounding::Back) {
                Ok(end) if self.now < end => {}
                _ => return Err(Why::ConsentExpired),
            }
        }
        let covers = |notice| self.rules.covers(notice, self.wanted.rule);
        if fact.notice.is_some_and(covers) {
            Ok(())
        } else {
            Err(Why::NoticeOutdated)
        }
    }
}

/// The first that decides, or else the first of all.
fn strictest(mut found: impl Iterator<Item = Found>) -> Option<Found> {
    let first = found.next()?;
    match first {
        Found::Decides(_) => Some(first),
        Found::Notes(_) => Some(
            found
                .find(|one| matches!(one, Found::Decides(_)))
                .unwrap_or(first),
        ),
    }
}
