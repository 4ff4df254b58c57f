//! What changes from one version of a policy to the next, and what that asks for.

mod access;
mod compare;
mod data;
mod due;
mod keys;
mod protection;
mod sharing;

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

use super::document::{ChangeChannel, Document, Material, PeriodText, Section, all_clauses, has};
use super::policy::Policy;
use crate::time::{Moment, Rounding, Zone};

pub use due::DueChange;

/// What changes from one version of a policy to the next: clause by clause, who is to be
/// told by when, which consents lapse, and which records fall due at another time.
#[derive(Clone, Debug)]
pub struct PolicyDiff {
    changes: Vec<ClauseChange>,
    notice: Option<NoticeDue>,
    lapses: Vec<Lapse>,
    due: Vec<DueChange>,
}

/// Which way a change goes, as data subjects see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Direction {
    /// More is done with data, or less is promised.
    Weakening,
    /// Neither.
    Neutral,
    /// Less is done with data, or more is promised.
    Strengthening,
}

/// One change of a clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClauseChange {
    section: Section,
    clause: Box<str>,
    direction: Direction,
    what: &'static str,
    name: Option<Box<str>>,
    material: Option<Material>,
}

/// Who is to be told of the changes, by when and by which channel, as the version before
/// promised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeDue {
    by: Moment,
    channels: Vec<ChangeChannel>,
    material: Vec<Material>,
}

/// Consents that no longer count, or that cover less than is now done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lapse {
    purpose: Box<str>,
    why: &'static str,
}

/// Collects changes.
pub(super) struct Differ<'d> {
    pub(super) old: &'d Document,
    pub(super) new: &'d Document,
    changes: Vec<ClauseChange>,
}

use Direction::{Neutral, Strengthening, Weakening};

impl Policy {
    /// Returns what changed since an older version of the policy.
    #[must_use]
    pub fn diff_since(&self, old: &Self) -> PolicyDiff {
        PolicyDiff::between(old, self)
    }
}

impl PolicyDiff {
    fn between(old: &Policy, new: &Policy) -> Self {
        let (old, new) = (&old.inner.document, &new.inner.document);
        let mut differ = Differ {
            old,
            new,
            changes: Vec::new(),
        };
        data::compare(&mut differ);
        sharing::compare(&mut differ);
        protection::compare(&mut differ);
        access::compare(&mut differ);
        compare::compare(&mut differ);
        let mut changes = differ.changes;
        name_clauses(&mut changes, old, new);
        changes.sort_by(|a, b| (a.direction, &a.clause).cmp(&(b.direction, &b.clause)));
        Self {
            notice: notice(old, new, &changes),
            lapses: lapses(old, new),
            due: due::changes(old, new),
            changes,
        }
    }

    /// Returns the changes: those that weaken first.
    #[must_use]
    pub fn changes(&self) -> &[ClauseChange] {
        &self.changes
    }

    /// Returns whether anything is weakened: what a successor of a business that promised
    /// the same commitments may not do.
    #[must_use]
    pub fn weakens(&self) -> bool {
        self.changes
            .iter()
            .any(|change| change.direction == Weakening)
    }

    /// Returns who is to be told; nothing where no change is material.
    #[must_use]
    pub const fn notice(&self) -> Option<&NoticeDue> {
        self.notice.as_ref()
    }

    /// Returns the consents that lapse.
    #[must_use]
    pub fn lapses(&self) -> &[Lapse] {
        &self.lapses
    }

    /// Returns the records that fall due at another time.
    #[must_use]
    pub fn due(&self) -> &[DueChange] {
        &self.due
    }

    /// Returns all of it as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let changes = self.changes.iter().map(|change| {
            json!({
                "section": change.section.as_str(),
                "clause": &*change.clause,
                "direction": change.direction.as_str(),
                "what": change.what,
                "name": change.name.as_deref(),
                "material": change.material.map(Material::as_str),
            })
        });
        let notice = self.notice.as_ref().map(|notice| {
            json!({
                "who": "data subjects",
                "by": notice.by.to_string(),
                "channels": notice.channels,
                "material": notice.material,
            })
        });
        let lapses = self
            .lapses
            .iter()
            .map(|lapse| json!({ "purpose": &*lapse.purpose, "why": lapse.why }));
        json!({
            "weakens": self.weakens(),
            "changes": changes.collect::<Vec<_>>(),
            "notice": notice,
            "lapses": lapses.collect::<Vec<_>>(),
            "due": self.due.iter().map(DueChange::to_json).collect::<Vec<_>>(),
        })
    }
}

/// Calls clauses that go by their place by the id that they state.
fn name_clauses(changes: &mut [ClauseChange], old: &Document, new: &Document) {
    let mut ids = BTreeMap::new();
    for clause in all_clauses(old).iter().chain(&all_clauses(new)) {
        if clause.has_id {
            let place = clause.path.to_string().replace('/', ".");
            ids.insert((clause.section, place), clause.id.clone().into_owned());
        }
    }
    for change in changes {
        let place = (change.section, change.clause.to_string());
        if let Some(id) = ids.get(&place) {
            change.clause = id.as_str().into();
        }
    }
}

/// What the version before promised about announcing such changes.
fn notice(old: &Document, new: &Document, changes: &[ClauseChange]) -> Option<NoticeDue> {
    let promised = old.notice.as_ref()?;
    let mut material: Vec<_> = changes
        .iter()
        .filter(|change| change.direction == Weakening)
        .filter_map(|change| change.material)
        // Without a list every change of such a kind counts.
        .filter(|kind| promised.material.is_empty() || promised.material.contains(kind))
        .collect();
    material.sort_unstable();
    material.dedup();
    if material.is_empty() {
        return None;
    }
    let header = new.policy.as_ref()?;
    let effective = header.effective.as_ref()?.day().ok()?;
    let zone = header.tz.as_ref().and_then(|tz| Zone::new(tz).ok());
    let zone = zone.unwrap_or(Zone::UTC);
    let lead = promised.lead.as_ref()?.period().ok()?;
    Some(NoticeDue {
        by: super::span::latest_start(effective, lead, &zone)?,
        channels: promised.channels.clone(),
        material,
    })
}

/// Consents that were given on texts which no longer cover their purpose, or for less.
fn lapses(old: &Document, new: &Document) -> Vec<Lapse> {
    use super::document::Verdict;
    let asks = |document: &Document, name: &str| {
        let purpose = document.purpose.get(name);
        purpose.and_then(|purpose| purpose.verdict) == Some(Verdict::Consent)
    };
    let texts = |document: &Document, name: &str| -> Vec<String> {
        let versions = document.notice.iter().flat_map(|notice| &notice.version);
        let covering =
            versions.filter(|version| version.purposes.iter().any(|purpose| purpose == name));
        covering
            .filter_map(|version| version.digest.clone())
            .collect()
    };
    let mut lapses = Vec::new();
    for name in old.purpose.keys().filter(|name| asks(old, name)) {
        let mut lapse = |why| {
            let purpose = name.as_str().into();
            lapses.push(Lapse { purpose, why });
        };
        let Some(now) = new.purpose.get(name) else {
            lapse("the purpose is gone");
            continue;
        };
        match now.verdict {
            Some(Verdict::Consent) => {}
            Some(Verdict::Prohibited) => {
                lapse("the purpose is prohibited");
                continue;
            }
            _ => {
                lapse("the purpose no longer rests on consent");
                continue;
            }
        }
        let kept = texts(new, name);
        if texts(old, name).iter().any(|digest| !kept.contains(digest)) {
            lapse("consents on a text that no longer covers the purpose");
        }
        let before = old.purpose.get(name);
        let wider = before
            .is_some_and(|before| now.categories.iter().any(|category| !before.uses(category)));
        if wider {
            lapse("consents were given for fewer categories");
        }
        let serves = |document: &Document| -> Vec<String> {
            let all = document.processor.iter();
            let serving = all.filter(|(_, entry)| entry.purposes.contains(name));
            serving.map(|(name, _)| name.clone()).collect()
        };
        let before = serves(old);
        if serves(new)
            .iter()
            .any(|processor| !before.contains(processor))
        {
            lapse("consents were given for fewer recipients");
        }
    }
    lapses
}

impl Differ<'_> {
    /// Notes a change.
    pub(super) fn note(
        &mut self,
        section: Section,
        clause: &str,
        direction: Direction,
        what: &'static str,
    ) {
        self.note_of(section, clause, direction, what, None, None);
    }

    /// Notes a change that may be material, with the name it is about.
    pub(super) fn note_of(
        &mut self,
        section: Section,
        clause: &str,
        direction: Direction,
        what: &'static str,
        name: Option<&str>,
        material: Option<Material>,
    ) {
        self.changes.push(ClauseChange {
            section,
            clause: clause.into(),
            direction,
            what,
            name: name.map(Into::into),
            material,
        });
    }

    /// Notes what a list gained and lost. `gained` is what gaining means.
    pub(super) fn list(
        &mut self,
        at: (Section, &str),
        lists: (&[String], &[String]),
        says: (&'static str, &'static str),
        gained: Direction,
        material: Option<Material>,
    ) {
        let (section, clause) = at;
        let (old, new) = lists;
        for name in new.iter().filter(|name| !has(old, name)) {
            let material = material.filter(|_| gained == Weakening);
            self.note_of(section, clause, gained, says.0, Some(name), material);
        }
        for name in old.iter().filter(|name| !has(new, name)) {
            let lost = gained.reversed();
            let material = material.filter(|_| lost == Weakening);
            self.note_of(section, clause, lost, says.1, Some(name), material);
        }
    }

    /// Notes a flag that was set or cleared. `set` is what setting means.
    pub(super) fn flag(
        &mut self,
        at: (Section, &str),
        flags: (bool, bool),
        says: (&'static str, &'static str),
        set: Direction,
        material: Option<Material>,
    ) {
        let (direction, what) = match flags {
            (false, true) => (set, says.0),
            (true, false) => (set.reversed(), says.1),
            _ => return,
        };
        let material = material.filter(|_| direction == Weakening);
        self.note_of(at.0, at.1, direction, what, None, material);
    }

    /// Notes a period that became longer or shorter. `longer` is what longer means;
    /// no period at all is the longest.
    pub(super) fn period(
        &mut self,
        at: (Section, &str),
        periods: (Option<&PeriodText>, Option<&PeriodText>),
        says: (&'static str, &'static str),
        longer: Direction,
        material: Option<Material>,
    ) {
        let (direction, what) = match longer_or_shorter(periods.0, periods.1) {
            Ordering::Less => (longer, says.0),
            Ordering::Greater => (longer.reversed(), says.1),
            Ordering::Equal => return,
        };
        let material = material.filter(|_| direction == Weakening);
        self.note_of(at.0, at.1, direction, what, None, material);
    }

    /// Notes a rank that rose or fell. `higher` is what a higher one means.
    pub(super) fn rank<T: Ord>(
        &mut self,
        at: (Section, &str),
        ranks: (T, T),
        says: (&'static str, &'static str),
        higher: Direction,
        material: Option<Material>,
    ) {
        let (direction, what) = match ranks.0.cmp(&ranks.1) {
            Ordering::Less => (higher, says.0),
            Ordering::Greater => (higher.reversed(), says.1),
            Ordering::Equal => return,
        };
        let material = material.filter(|_| direction == Weakening);
        self.note_of(at.0, at.1, direction, what, None, material);
    }
}

/// Compares two periods by where they lead from a day in January. None leads nowhere:
/// it is the longest.
pub(super) fn longer_or_shorter(old: Option<&PeriodText>, new: Option<&PeriodText>) -> Ordering {
    let end = |text: Option<&PeriodText>| -> Option<Moment> {
        let start: Moment = "2026-01-01T00:00:00Z".parse().ok()?;
        text?.period().ok()?.after(start, Rounding::Back).ok()
    };
    match (end(old), end(new)) {
        (Some(old), Some(new)) => old.cmp(&new),
        (None, None) => Ordering::Equal,
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
    }
}

impl Direction {
    /// Returns the word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Weakening => "weakening",
            Neutral => "neutral",
            Strengthening => "strengthening",
        }
    }

    const fn reversed(self) -> Self {
        match self {
            Weakening => Strengthening,
            Neutral => Neutral,
            Strengthening => Weakening,
        }
    }
}

impl ClauseChange {
    /// Returns the section of the clause.
    #[must_use]
    pub const fn section(&self) -> Section {
        self.section
    }

    /// Returns the id of the clause.
    #[must_use]
    pub fn clause(&self) -> &str {
        &self.clause
    }

    /// Returns which way it goes.
    #[must_use]
    pub const fn direction(&self) -> Direction {
        self.direction
    }

    /// Returns what changes.
    #[must_use]
    pub const fn what(&self) -> &'static str {
        self.what
    }

    /// Returns what it is about, such as the name of a category.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns what sort of material change it is, if it is one.
    #[must_use]
    pub const fn material(&self) -> Option<Material> {
        self.material
    }
}

impl NoticeDue {
    /// Returns the last moment at which data subjects can be told in time.
    #[must_use]
    pub const fn by(&self) -> Moment {
        self.by
    }

    /// Returns the channels, one of which is enough.
    #[must_use]
    pub fn channels(&self) -> &[ChangeChannel] {
        &self.channels
    }

    /// Returns the sorts of material changes.
    #[must_use]
    pub fn material(&self) -> &[Material] {
        &self.material
    }
}

impl Lapse {
    /// Returns the purpose.
    #[must_use]
    pub fn purpose(&self) -> &str {
        &self.purpose
    }

    /// Returns why consents to it lapse.
    #[must_use]
    pub const fn why(&self) -> &'static str {
        self.why
    }
}

impl fmt::Display for PolicyDiff {
    /// Everything in lines: the changes, the notice, the lapses and what falls due.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for change in &self.changes {
            write!(
                f,
                "{}: `{}`: {}",
                change.direction.as_str(),
                change.clause,
                change.what
            )?;
            if let Some(name) = &change.name {
                write!(f, " `{name}`")?;
            }
            f.write_str("\n")?;
        }
        if let Some(notice) = &self.notice {
            let channels: Vec<_> = notice
                .channels
                .iter()
                .map(|channel| channel.as_str())
                .collect();
            writeln!(
                f,
                "tell: data subjects by {}, by {}",
                notice.by,
                channels.join(" or ")
            )?;
        }
        for lapse in &self.lapses {
            writeln!(f, "lapse: `{}`: {}", lapse.purpose, lapse.why)?;
        }
        for due in &self.due {
            writeln!(f, "due: {due}")?;
        }
        Ok(())
    }
}
