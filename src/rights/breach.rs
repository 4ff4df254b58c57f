//! Breaches: whom they affect, whom to tell, and what to say.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;

use super::ClockTable;
use crate::Error;
use crate::audit::{Identifier, LogRecord};
use crate::error::RightsCause;
use crate::taxonomy::{DataCategory, Jurisdiction, Obligation, Processor};
use crate::time::Moment;

/// One access to personal data, or one disclosure of it, as recorded in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Touch {
    /// When.
    pub at: Moment,
    /// Whose data it was, as the log names them.
    pub subject: Option<Identifier>,
    /// What was touched, as the log names it.
    pub resource: Option<Identifier>,
    /// The categories of the data.
    pub categories: Vec<DataCategory>,
    /// Who it was disclosed to.
    pub recipient: Option<Processor>,
}

impl Touch {
    /// Records a touch at a moment.
    #[must_use]
    pub const fn new(at: Moment) -> Self {
        Self {
            at,
            subject: None,
            resource: None,
            categories: Vec::new(),
            recipient: None,
        }
    }

    /// Takes subject and resource from an entry of the audit log. The log names no
    /// categories and no recipients: the caller adds what it knows of the resource.
    #[must_use]
    pub fn of_entry(record: &LogRecord) -> Self {
        Self {
            subject: record.entry.subject_id().cloned(),
            resource: record.entry.resource_id().cloned(),
            ..Self::new(record.time)
        }
    }

    /// Says whose data it was.
    #[must_use]
    pub fn subject(mut self, subject: Identifier) -> Self {
        self.subject = Some(subject);
        self
    }

    /// Adds a category.
    #[must_use]
    pub fn category(mut self, category: DataCategory) -> Self {
        self.categories.push(category);
        self
    }

    /// Says who it was disclosed to.
    #[must_use]
    pub fn recipient(mut self, recipient: Processor) -> Self {
        self.recipient = Some(recipient);
        self
    }
}

/// A breach of personal data: what was exposed, and in which window of time.
///
/// # Example
/// ```
/// use confidant::audit::Identifier;
/// use confidant::rights::{Breach, Touch};
/// use confidant::taxonomy::DataCategory;
///
/// let day = |day| format!("2026-05-{day:02}T00:00:00Z").parse();
/// let breach = Breach::new(day(3)?, day(1)?..day(2)?)?;
/// let inside = Touch::new(day(1)?).subject(Identifier::new("u1")?).category(DataCategory::new("chat")?);
/// let outside = Touch::new(day(2)?).subject(Identifier::new("u2")?);
/// let affected = breach.affected([inside, outside]);
/// assert_eq!((affected.subjects.len(), affected.touches), (1, 1));
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Breach {
    aware: Moment,
    from: Moment,
    until: Moment,
    resources: BTreeSet<Identifier>,
    categories: Vec<DataCategory>,
}

/// Who is affected by a breach, according to the logs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Affected {
    /// The data subjects, as the logs name them.
    pub subjects: BTreeSet<Identifier>,
    /// The categories of data.
    pub categories: BTreeSet<DataCategory>,
    /// Who got the data.
    pub recipients: BTreeSet<Processor>,
    /// How many touches lie in the window.
    pub touches: u64,
    /// How many of them name no data subject: there may be more than are listed.
    pub unnamed: u64,
}

impl Breach {
    /// Describes a breach that somebody became aware of at `aware`, and in which data was
    /// exposed during `exposed`.
    ///
    /// # Errors
    /// `Config` where the window is empty.
    pub fn new(aware: Moment, exposed: Range<Moment>) -> Result<Self, Error> {
        let Range {
            start: from,
            end: until,
        } = exposed;
        if until <= from {
            let what = "window of a breach is empty";
            return Err(RightsCause::Unfit { what }.into());
        }
        Ok(Self {
            aware,
            from,
            until,
            resources: BTreeSet::new(),
            categories: Vec::new(),
        })
    }

    /// Says that a resource was exposed. Where none is named, all were.
    #[must_use]
    pub fn resource(mut self, resource: Identifier) -> Self {
        self.resources.insert(resource);
        self
    }

    /// Says that data of a category was exposed. Where none is named, all was.
    #[must_use]
    pub fn category(mut self, category: DataCategory) -> Self {
        self.categories.push(category);
        self
    }

    /// Collects from touches who and what the breach affects. Only the results are held in
    /// memory. A touch that does not say what it touched counts, and so does one of a
    /// category that an exposed one lies in: what is not known may have been exposed.
    pub fn affected(&self, touches: impl IntoIterator<Item = Touch>) -> Affected {
        let mut affected = Affected::default();
        for touch in touches {
            let known = |resource: &Identifier| self.resources.contains(resource);
            let resource = self.resources.is_empty() || touch.resource.as_ref().is_none_or(known);
            let categories: Vec<_> = match self.categories.is_empty() {
                true => touch.categories.iter().collect(),
                false => {
                    let touched = touch.categories.iter();
                    touched.flat_map(|one| self.exposed(one)).collect()
                }
            };
            let category = touch.categories.is_empty() || !categories.is_empty();
            let inside = touch.at >= self.from && touch.at < self.until;
            if !(inside && resource && category) {
                continue;
            }
            affected.touches += 1;
            affected.unnamed += u64::from(touch.subject.is_none());
            affected.categories.extend(categories.into_iter().cloned());
            affected.subjects.extend(touch.subject);
            affected.recipients.extend(touch.recipient);
        }
        affected
    }

    /// What was exposed of a category that was touched: all of it where it lies in an
    /// exposed one, and those that lie in it.
    fn exposed<'c>(&'c self, touched: &'c DataCategory) -> impl Iterator<Item = &'c DataCategory> {
        let exposed = self.categories.iter();
        exposed.filter_map(move |exposed| {
            if touched.is_within(exposed) {
                Some(touched)
            } else {
                exposed.is_within(touched).then_some(exposed)
            }
        })
    }

    /// Returns what is owed to authorities and data subjects, by the jurisdictions of
    /// those affected; `None` is an unknown one, and so is none at all.
    ///
    /// # Errors
    /// Those of [`ClockTable::breach`].
    pub fn obligations<'j>(
        &self,
        table: &ClockTable,
        jurisdictions: impl IntoIterator<Item = Option<&'j Jurisdiction>>,
    ) -> Result<Vec<Obligation>, Error> {
        table.breach(jurisdictions, self.aware)
    }

    /// Begins the notice of the breach. Each field that a notice must have is a step, so
    /// one without it does not compile:
    ///
    /// ```compile_fail
    /// use confidant::rights::{Affected, Breach};
    ///
    /// fn without_consequences(breach: &Breach, affected: &Affected) {
    ///     let notice = breach.notice(affected).nature("A backup was public.").contact("dpo@acme.test");
    ///     notice.measures("It was closed.");
    /// }
    /// ```
    #[must_use]
    pub const fn notice<'b>(&'b self, affected: &'b Affected) -> NoticeNature<'b> {
        NoticeNature {
            breach: self,
            affected,
        }
    }
}

/// A notice that lacks the nature of the breach.
#[derive(Debug)]
pub struct NoticeNature<'b> {
    breach: &'b Breach,
    affected: &'b Affected,
}

/// A notice that lacks whom to ask.
#[derive(Debug)]
pub struct NoticeContact<'b> {
    before: NoticeNature<'b>,
    nature: &'b str,
}

/// A notice that lacks the consequences.
#[derive(Debug)]
pub struct NoticeConsequences<'b> {
    before: NoticeContact<'b>,
    contact: &'b str,
}

/// A notice that lacks the measures.
#[derive(Debug)]
pub struct NoticeMeasures<'b> {
    before: NoticeConsequences<'b>,
    consequences: &'b str,
}

/// The notice of a breach, with everything that GDPR Article 33(3) asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreachNotice {
    text: String,
}

impl<'b> NoticeNature<'b> {
    /// Says what happened.
    #[must_use]
    pub const fn nature(self, nature: &'b str) -> NoticeContact<'b> {
        NoticeContact {
            before: self,
            nature,
        }
    }
}

impl<'b> NoticeContact<'b> {
    /// Says whom people can ask: the data protection officer, or another contact.
    #[must_use]
    pub const fn contact(self, contact: &'b str) -> NoticeConsequences<'b> {
        NoticeConsequences {
            before: self,
            contact,
        }
    }
}

impl<'b> NoticeConsequences<'b> {
    /// Says what it is likely to lead to.
    #[must_use]
    pub const fn consequences(self, consequences: &'b str) -> NoticeMeasures<'b> {
        NoticeMeasures {
            before: self,
            consequences,
        }
    }
}

impl NoticeMeasures<'_> {
    /// Says what was done about it and what the data subjects can do, and makes the
    /// notice.
    ///
    /// # Errors
    /// `Config` where a field is empty.
    pub fn measures(self, measures: &str) -> Result<BreachNotice, Error> {
        let consequences = self.consequences;
        let NoticeConsequences { before, contact } = self.before;
        let NoticeContact { before, nature } = before;
        let NoticeNature { breach, affected } = before;
        for field in [nature, contact, consequences, measures] {
            if field.trim().is_empty() {
                let what = "notice of a breach has an empty field";
                return Err(RightsCause::Unfit { what }.into());
            }
        }
        let list = |mut items: Vec<&str>| {
            items.sort_unstable();
            if items.is_empty() {
                String::from("not known")
            } else {
                items.join(", ")
            }
        };
        let categories = list(
            affected
                .categories
                .iter()
                .map(DataCategory::as_str)
                .collect(),
        );
        let recipients = affected.recipients.iter().map(Processor::as_str);
        let recipients: Vec<_> = recipients.collect();
        let mut text = String::new();
        // A string takes everything.
        let mut line = |name: &str, value: &str| _ = writeln!(text, "{name}: {value}");
        line("What happened", nature);
        let (from, until, aware) = (breach.from, breach.until, breach.aware);
        line(
            "When",
            &format!("from {from} until {until}; we learned of it at {aware}"),
        );
        line("Kinds of data", &categories);
        let unnamed = affected.unnamed;
        let subjects = affected.subjects.len();
        let persons = match unnamed {
            0 => format!("{subjects}"),
            _ => format!("at least {subjects}; {unnamed} accesses name nobody"),
        };
        line("Persons affected", &persons);
        line("Records affected", &format!("about {}", affected.touches));
        if !recipients.is_empty() {
            line("Who got the data", &list(recipients));
        }
        line("What it may lead to", consequences);
        line("What was done, and what you can do", measures);
        line("Whom to ask", contact);
        Ok(BreachNotice { text })
    }
}

impl BreachNotice {
    /// Returns the text of the notice.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}
