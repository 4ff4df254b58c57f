//! The rules of consent: what each purpose rests on.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::facts::above;
use super::mark::Mark;
use super::signals::Environment;
use super::{NewReceipt, NoticeRef};
use crate::Error;
use crate::decision::ClauseId;
use crate::error::ConsentCause;
use crate::hash::NameHash;
use crate::taxonomy::{
    DataCategory, Jurisdiction, LawfulBasis, Obligation, ObligationKind, Obligor, Processor,
    Purpose,
};
use crate::time::{Moment, Period, Rounding};

/// What a purpose rests on, on which data, and who may stop it.
///
/// # Example
/// ```
/// use confidant::consent::PurposeRule;
/// use confidant::decision::ClauseId;
/// use confidant::taxonomy::{DataCategory, Processor, Purpose};
/// use confidant::time::Period;
///
/// let clause = |id| ClauseId::new(id);
/// let rule = PurposeRule::by_consent(Purpose::new("training")?, clause("P-4")?)
///     .category(DataCategory::new("chat")?)
///     .min_age(16, clause("P-5")?)
///     .valid_for(Period::years(1))
///     .recipient(Processor::new("labeller")?, Period::days(7), clause("P-6")?);
/// # let _ = rule;
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PurposeRule {
    pub(super) purpose: Purpose,
    pub(super) mark: Mark,
    /// The purposes above it in the tree: what takes a permission away for one of them does
    /// so for this one.
    pub(super) above: Box<[Mark]>,
    pub(super) ground: Ground,
    pub(super) clause: ClauseId,
    pub(super) categories: Vec<DataCategory>,
    pub(super) min_age: Option<(u8, ClauseId)>,
    pub(super) valid_for: Option<Period>,
    pub(super) sale_or_sharing: bool,
    pub(super) opt_out: Option<ClauseId>,
    pub(super) objection: ObjectionEffect,
    pub(super) direct_marketing: bool,
    pub(super) messages: Option<MessageClass>,
    pub(super) recipients: Vec<(Processor, Period, ClauseId)>,
    pub(super) user_initiated: bool,
    /// Where it may be done; nothing means everywhere.
    pub(super) environments: Option<Vec<Environment>>,
}

/// What a purpose rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ground {
    Prohibited,
    Basis(LawfulBasis),
}

/// What an objection does until somebody has decided on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ObjectionEffect {
    /// Processing stops, until an override with its reason is recorded.
    #[default]
    Stop,
    /// Processing goes on while the objection is reviewed, as for a purpose of
    /// security. The decision says that there is one.
    Review,
}

/// What kind of messages a purpose sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum MessageClass {
    /// Messages that the service needs: invitations, receipts, notices of security.
    /// They need no consent, and nobody can opt out of them.
    Transactional,
    /// Everything that promotes something.
    Marketing,
}

/// Which of two counts where a consent and the signal of Global Privacy Control
/// contradict each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GpcConflict {
    /// The signal, always.
    #[default]
    SignalWins,
    /// A consent that was given after the signal was first recorded; before that, the
    /// signal.
    LaterConsentWins,
}

impl PurposeRule {
    fn new(purpose: Purpose, ground: Ground, clause: ClauseId) -> Self {
        Self {
            mark: Mark::of_purpose(&purpose),
            above: above(&purpose)
                .map(|above| Mark::of_purpose(&above))
                .collect(),
            purpose,
            ground,
            clause,
            categories: Vec::new(),
            min_age: None,
            valid_for: None,
            sale_or_sharing: false,
            opt_out: None,
            objection: ObjectionEffect::Stop,
            direct_marketing: false,
            messages: None,
            recipients: Vec::new(),
            user_initiated: false,
            environments: None,
        }
    }

    /// Begins a rule that forbids a purpose.
    #[must_use]
    pub fn prohibited(purpose: Purpose, clause: ClauseId) -> Self {
        Self::new(purpose, Ground::Prohibited, clause)
    }

    /// Begins a rule that rests a purpose on a lawful basis.
    /// [`Consent`](LawfulBasis::Consent) is the same as [`by_consent`](Self::by_consent).
    #[must_use]
    pub fn on_basis(purpose: Purpose, basis: LawfulBasis, clause: ClauseId) -> Self {
        Self::new(purpose, Ground::Basis(basis), clause)
    }

    /// Begins a rule that rests a purpose on consent.
    #[must_use]
    pub fn by_consent(purpose: Purpose, clause: ClauseId) -> Self {
        Self::on_basis(purpose, LawfulBasis::Consent, clause)
    }

    /// Adds a category of data that the purpose may use, with all below it.
    #[must_use]
    pub fn category(mut self, category: DataCategory) -> Self {
        self.categories.push(category);
        self
    }

    /// Sets the least age in full years, beside that of all purposes.
    #[must_use]
    pub fn min_age(mut self, years: u8, clause: ClauseId) -> Self {
        self.min_age = Some((years, clause));
        self
    }

    /// Sets how long a consent holds at most, from the moment it was given, whatever
    /// its receipt says.
    #[must_use]
    pub fn valid_for(mut self, period: Period) -> Self {
        self.valid_for = Some(period);
        self
    }

    /// Says that the purpose sells or shares data, or serves advertising across
    /// contexts: what the signal of Global Privacy Control is about.
    #[must_use]
    pub fn sale_or_sharing(mut self) -> Self {
        self.sale_or_sharing = true;
        self
    }

    /// Offers an opt-out. Without it one can still opt out of what rests on consent or
    /// on a legitimate interest.
    #[must_use]
    pub fn opt_out(mut self, clause: ClauseId) -> Self {
        self.opt_out = Some(clause);
        self
    }

    /// Says what an objection does until it is decided on.
    #[must_use]
    pub fn objection(mut self, effect: ObjectionEffect) -> Self {
        self.objection = effect;
        self
    }

    /// Says that the purpose is direct marketing: an objection to it stops it for good,
    /// and no grounds override that (GDPR Article 21(3)).
    #[must_use]
    pub fn direct_marketing(mut self) -> Self {
        self.direct_marketing = true;
        self
    }

    /// Says that it is done only where the user asked for it: a decision needs
    /// [`Signals::begun_by`](super::Signals::begun_by).
    #[must_use]
    pub const fn user_initiated(mut self) -> Self {
        self.user_initiated = true;
        self
    }

    /// Says that it is done in these environments alone: a decision needs one of them in
    /// [`Signals::environment`](super::Signals::environment). One that
    /// [`Signals`](super::Signals) cannot name is as if it did not exist.
    #[must_use]
    pub fn environments<'n>(mut self, names: impl IntoIterator<Item = &'n str>) -> Self {
        self.environments = Some(names.into_iter().filter_map(Environment::new).collect());
        self
    }

    /// Says what kind of messages the purpose sends.
    #[must_use]
    pub fn messages(mut self, class: MessageClass) -> Self {
        self.messages = Some(class);
        self
    }

    /// Names a recipient that must stop within a period after a withdrawal.
    #[must_use]
    pub fn recipient(mut self, recipient: Processor, within: Period, clause: ClauseId) -> Self {
        self.recipients.push((recipient, within, clause));
        self
    }

    fn check(&self) -> Result<(), Error> {
        let broken = |what| Err(Error::from(ConsentCause::Rules { what }));
        let by_consent = self.ground == Ground::Basis(LawfulBasis::Consent);
        if self.ground != Ground::Prohibited && self.categories.is_empty() {
            return broken("a purpose that is permitted names no category");
        }
        if self.messages == Some(MessageClass::Transactional) {
            if by_consent {
                return broken("transactional messages need no consent");
            }
            if self.opt_out.is_some() || self.direct_marketing || self.sale_or_sharing {
                return broken("nobody can opt out of transactional messages");
            }
        }
        if self.valid_for.is_some() && !by_consent {
            return broken("only a consent has a time for which it is valid");
        }
        if self.valid_for.is_some_and(Period::is_zero) {
            return broken("a consent is valid for no time at all");
        }
        if self.objection == ObjectionEffect::Review && self.direct_marketing {
            return broken("an objection to direct marketing stops it");
        }
        Ok(())
    }

    /// Whether an opt-out stops it.
    pub(super) fn can_opt_out(&self) -> bool {
        if self.messages == Some(MessageClass::Transactional) {
            return false;
        }
        let by_choice = matches!(
            self.ground,
            Ground::Basis(LawfulBasis::Consent | LawfulBasis::LegitimateInterest)
        );
        self.opt_out.is_some() || self.sale_or_sharing || self.direct_marketing || by_choice
    }

    /// Whether an objection has any effect.
    pub(super) fn can_object(&self) -> bool {
        match self.ground {
            Ground::Prohibited => false,
            Ground::Basis(LawfulBasis::Consent) => true,
            Ground::Basis(basis) => self.direct_marketing || basis.allows_objection(),
        }
    }
}

/// A notice: one version of its text, in some languages, and the purposes that it
/// covers.
///
/// A consent counts for a purpose where the notice that was shown still covers it. A
/// version that covers a purpose no more, or is not among the rules, lets the consents
/// that were given on it lapse.
#[derive(Clone, Debug)]
pub struct Notice {
    version: Box<str>,
    texts: Vec<NoticeRef>,
    covers: Vec<Purpose>,
}

impl Notice {
    /// Begins a version.
    #[must_use]
    pub fn new(version: &str) -> Self {
        Self {
            version: version.into(),
            texts: Vec::new(),
            covers: Vec::new(),
        }
    }

    /// Adds its text in a language, by the SHA-256 digest of the bytes.
    ///
    /// # Errors
    /// The same as [`NoticeRef::new`].
    pub fn text(mut self, language: &str, digest: [u8; 32]) -> Result<Self, Error> {
        self.texts
            .push(NoticeRef::new(&self.version, language, digest)?);
        Ok(self)
    }

    /// Adds a purpose that it covers.
    #[must_use]
    pub fn covers(mut self, purpose: Purpose) -> Self {
        self.covers.push(purpose);
        self
    }
}

/// The rules of consent of a product: immutable and checked, made by a
/// [builder](Self::builder). Cloning copies a pointer.
#[derive(Clone)]
pub struct ConsentRules {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) rules: Vec<PurposeRule>,
    /// The numbers of the purposes in their order, each with its rule.
    by_number: Vec<(u64, u16)>,
    /// The texts in order of their marks, each with the rules that it covers.
    notices: Vec<(Mark, Vec<u16>)>,
    pub(super) min_age: Option<(u8, ClauseId)>,
    /// The least ages of those who live somewhere, the smallest areas first.
    pub(super) ages: Vec<(Jurisdiction, u8)>,
    pub(super) unknown_is_minor: bool,
    pub(super) gpc: Option<(GpcConflict, ClauseId)>,
}

/// Collects rules of consent.
#[derive(Clone, Debug, Default)]
pub struct ConsentRulesBuilder {
    rules: Vec<PurposeRule>,
    notices: Vec<Notice>,
    min_age: Option<(u8, ClauseId)>,
    ages: Vec<(Jurisdiction, u8)>,
    unknown_is_minor: bool,
    gpc: Option<(GpcConflict, ClauseId)>,
}

/// A purpose and a category, looked up once: what the quick form of a decision takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Use {
    pub(super) rule: u16,
    pub(super) listed: bool,
}

impl ConsentRulesBuilder {
    /// The most purposes.
    pub const MAX_PURPOSES: usize = 10_000;

    /// Adds the rule of a purpose.
    #[must_use]
    pub fn purpose(mut self, rule: PurposeRule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Adds a notice.
    #[must_use]
    pub fn notice(mut self, notice: Notice) -> Self {
        self.notices.push(notice);
        self
    }

    /// Sets the least age in full years for every purpose.
    #[must_use]
    pub fn min_age(mut self, years: u8, clause: ClauseId) -> Self {
        self.min_age = Some((years, clause));
        self
    }

    /// Sets another least age for those who live in an area. Where several areas fit, a
    /// subdivision goes before its country, and a country before the `EU`. For somebody
    /// whose residence is unknown, the highest age counts.
    #[must_use]
    pub fn min_age_in(mut self, area: Jurisdiction, years: u8) -> Self {
        self.ages.push((area, years));
        self
    }

    /// Takes everybody whose age is unknown for too young, and not only where consent is
    /// needed.
    #[must_use]
    pub const fn unknown_age_is_minor(mut self) -> Self {
        self.unknown_is_minor = true;
        self
    }

    /// Says which counts where a consent and the signal of Global Privacy Control
    /// contradict each other. Needed where a purpose sells or shares data.
    #[must_use]
    pub fn gpc(mut self, conflict: GpcConflict, clause: ClauseId) -> Self {
        self.gpc = Some((conflict, clause));
        self
    }

    /// Checks the rules and makes them.
    ///
    /// # Errors
    /// `Config` where a purpose has two rules, a permitted purpose names no category, a
    /// purpose of sale or sharing stands without [`gpc`](Self::gpc), rules of one
    /// purpose contradict each other, a notice has no text, covers a purpose without
    /// a rule, two texts have one digest, or an area two ages; `Limit` past
    /// [`MAX_PURPOSES`](Self::MAX_PURPOSES), and where more purposes sell or share data
    /// than one receipt [has](NewReceipt::MAX_PURPOSES).
    pub fn build(self) -> Result<ConsentRules, Error> {
        let broken = |what| Error::from(ConsentCause::Rules { what });
        if self.rules.len() > Self::MAX_PURPOSES {
            let most = Self::MAX_PURPOSES as u64;
            return Err(Error::limit("purposes of the rules of consent", most));
        }
        // One signal is one receipt of all of them.
        let sells = self.rules.iter().filter(|rule| rule.sale_or_sharing);
        if sells.count() > NewReceipt::MAX_PURPOSES {
            let most = NewReceipt::MAX_PURPOSES as u64;
            return Err(Error::limit("purposes of sale or sharing", most));
        }
        let mut by_purpose = BTreeMap::new();
        for (index, rule) in self.rules.iter().enumerate() {
            rule.check()
                .map_err(|error| error.with_id(rule.clause.as_str()))?;
            if rule.sale_or_sharing && self.gpc.is_none() {
                let error = broken("sale or sharing without a clause for Global Privacy Control");
                return Err(error.with_id(rule.clause.as_str()));
            }
            let index = u16::try_from(index).unwrap_or(u16::MAX);
            if by_purpose.insert(rule.purpose.clone(), index).is_some() {
                return Err(broken("a purpose has two rules").with_id(rule.purpose.as_str()));
            }
        }
        let (mut notices, mut digests) = (Vec::new(), BTreeSet::new());
        for notice in self.notices {
            let named = |error: Error| error.with_id(&notice.version);
            if notice.texts.is_empty() {
                return Err(named(broken("a notice has no text")));
            }
            let covered = notice
                .covers
                .iter()
                .map(|purpose| by_purpose.get(purpose).copied());
            let covered: Option<Vec<u16>> = covered.collect();
            let covered =
                covered.ok_or_else(|| named(broken("a notice covers a purpose without a rule")))?;
            for text in &notice.texts {
                if !digests.insert(*text.digest()) {
                    return Err(named(broken("two notices have one digest")));
                }
                notices.push((Mark::of_notice(text), covered.clone()));
            }
        }
        let mut by_number: Vec<(u64, u16)> = by_purpose
            .into_iter()
            .map(|(purpose, rule)| (number(&purpose), rule))
            .collect();
        by_number.sort_unstable();
        notices.sort_unstable();
        let mut areas = BTreeSet::new();
        if let Some((area, _)) = self.ages.iter().find(|(area, _)| !areas.insert(*area)) {
            return Err(broken("an area has two ages").with_id(area.as_str()));
        }
        Ok(ConsentRules {
            inner: Arc::new(Inner {
                rules: self.rules,
                by_number,
                notices,
                min_age: self.min_age,
                ages: self.ages,
                unknown_is_minor: self.unknown_is_minor,
                gpc: self.gpc,
            }),
        })
    }
}

impl ConsentRules {
    /// Begins rules without any purpose: they deny everything.
    #[must_use]
    pub fn builder() -> ConsentRulesBuilder {
        ConsentRulesBuilder::default()
    }

    /// Looks up a purpose and a category; nothing where the purpose has no rule, which
    /// denies.
    #[must_use]
    pub fn resolve(&self, purpose: &Purpose, category: &DataCategory) -> Option<Use> {
        let rule = self.index(purpose)?;
        let categories = &self.rule(rule)?.categories;
        Some(Use {
            rule,
            listed: categories.iter().any(|listed| category.is_within(listed)),
        })
    }

    /// Returns the purposes, in the order in which their rules were given.
    pub fn purposes(&self) -> impl Iterator<Item = &Purpose> {
        self.inner.rules.iter().map(|rule| &rule.purpose)
    }

    /// Returns the purposes that the signal of Global Privacy Control is about.
    pub fn sale_or_sharing(&self) -> impl Iterator<Item = &Purpose> {
        let rules = self.inner.rules.iter().filter(|rule| rule.sale_or_sharing);
        rules.map(|rule| &rule.purpose)
    }

    /// Returns the purpose that sends messages of a class, if there is one: the first.
    #[must_use]
    pub fn purpose_of(&self, class: MessageClass) -> Option<&Purpose> {
        let mut rules = self.inner.rules.iter();
        let rule = rules.find(|rule| rule.messages == Some(class))?;
        Some(&rule.purpose)
    }

    /// Checks that a data subject can opt out of a purpose, or of one below it.
    ///
    /// # Errors
    /// [`Refused`](crate::ErrorKind::Refused) for transactional messages and for what
    /// rests on a contract, a law or the like and offers no opt-out; `Config` where
    /// neither the purpose nor one below it has a rule.
    pub fn check_opt_out(&self, purpose: &Purpose) -> Result<(), Error> {
        let mut rules = self.within(purpose).peekable();
        if rules.peek().is_none() {
            return Err(ConsentCause::Unknown { what: "purpose" }.into());
        }
        // An opt-out of what is forbidden must outlive a change of the policy.
        let may = |rule: &PurposeRule| rule.ground == Ground::Prohibited || rule.can_opt_out();
        match rules.any(may) {
            true => Ok(()),
            false => Err(ConsentCause::NoOptOut.into()),
        }
    }

    /// The rules of a purpose and of all below it.
    fn within<'r>(&'r self, purpose: &'r Purpose) -> impl Iterator<Item = &'r PurposeRule> {
        let rules = self.inner.rules.iter();
        rules.filter(|rule| rule.purpose.is_within(purpose))
    }

    /// Returns what the recipients of the purposes, and of all below them, owe after a withdrawal, an objection
    /// or an opt-out at the moment `at`: one obligation for each, to stop, in order of
    /// the recipients, with the earliest of several deadlines.
    ///
    /// # Errors
    /// `Limit` where a deadline lies past [`Moment::MAX`].
    pub fn obligations<'p>(
        &self,
        purposes: impl IntoIterator<Item = &'p Purpose>,
        at: Moment,
    ) -> Result<Vec<Obligation>, Error> {
        let mut due: BTreeMap<&Processor, (Moment, &ClauseId)> = BTreeMap::new();
        for purpose in purposes {
            let recipients = self.within(purpose).flat_map(|rule| &rule.recipients);
            for (recipient, within, clause) in recipients {
                let by = within.after(at, Rounding::Back)?;
                let entry = due.entry(recipient).or_insert((by, clause));
                if by < entry.0 {
                    *entry = (by, clause);
                }
            }
        }
        let owed = due.into_iter().map(|(recipient, (by, clause))| {
            let who = Obligor::Processor(recipient.clone());
            Obligation::new(who, ObligationKind::StopProcessing, by, clause.clone())
        });
        Ok(owed.collect())
    }

    /// The rule of a purpose.
    pub(super) fn of(&self, purpose: &Purpose) -> Option<&PurposeRule> {
        self.rule(self.index(purpose)?)
    }

    #[inline]
    fn index(&self, purpose: &Purpose) -> Option<u16> {
        let number = number(purpose);
        let all = &self.inner.by_number;
        let first = all.partition_point(|(known, _)| *known < number);
        let same = all
            .get(first..)?
            .iter()
            .take_while(|(known, _)| *known == number);
        same.map(|(_, rule)| *rule).find(|rule| {
            self.rule(*rule)
                .is_some_and(|rule| rule.purpose == *purpose)
        })
    }

    pub(super) fn rule(&self, index: u16) -> Option<&PurposeRule> {
        self.inner.rules.get(usize::from(index))
    }

    /// Whether a notice covers a purpose.
    pub(super) fn covers(&self, notice: Mark, rule: u16) -> bool {
        let notices = &self.inner.notices;
        let place = notices.binary_search_by_key(&notice, |(known, _)| *known);
        let found = place.ok().and_then(|place| notices.get(place));
        found.is_some_and(|(_, covered)| covered.contains(&rule))
    }
}

/// What rules sort their purposes by.
fn number(purpose: &Purpose) -> u64 {
    NameHash::PLAIN.of(purpose.as_str())
}

impl fmt::Debug for ConsentRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules")
            .field("purposes", &self.inner.rules.len())
            .field("notices", &self.inner.notices.len())
            .finish_non_exhaustive()
    }
}
