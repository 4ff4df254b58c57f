//! Holds as they are stored.

use super::clause::Categories;
use super::format::{self, Reader, Writer};
use super::hold::{Hold, HoldRelease, Override, Selector};
use super::name::{HoldId, HoldReason, Person};
use crate::Error;
use crate::taxonomy::{DataCategory, Subject};
use crate::time::Moment;

const WHAT: &str = "a hold";

/// A hold with the exceptions to it that one person has proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) hold: Hold,
    pub(super) proposals: Vec<Proposal>,
    /// The number of the next proposal.
    pub(super) next: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proposal {
    pub(super) number: u64,
    pub(super) selector: Selector,
    pub(super) by: Person,
    pub(super) at: Moment,
}

impl Stored {
    pub(super) const fn new(hold: Hold) -> Self {
        Self {
            hold,
            proposals: Vec::new(),
            next: 1,
        }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let hold = &self.hold;
        let mut out = format::begin();
        out.text(hold.id.as_str());
        write_selector(&mut out, &hold.selector);
        out.text(hold.reason.as_str());
        out.text(hold.placed_by.as_str());
        out.moment(hold.placed_at);
        out.moment(hold.review_by);
        out.flag(hold.restarts_clocks);
        out.optional(hold.release.as_ref(), |out, release| {
            out.text(release.by.as_str());
            out.moment(release.at);
        });
        out.list(hold.overrides.iter(), |out, made| {
            write_selector(out, &made.selector);
            out.text(made.first.as_str());
            out.text(made.second.as_str());
            out.moment(made.at);
        });
        out.number(self.next);
        out.list(self.proposals.iter(), |out, proposal| {
            out.number(proposal.number);
            write_selector(out, &proposal.selector);
            out.text(proposal.by.as_str());
            out.moment(proposal.at);
        });
        out.into_bytes()
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = format::read(bytes, || format::damaged(WHAT))?;
        let hold = Hold {
            id: reader.named(HoldId::new)?,
            selector: read_selector(&mut reader)?,
            reason: reader.named(HoldReason::new)?,
            placed_by: reader.named(Person::new)?,
            placed_at: reader.moment()?,
            review_by: reader.moment()?,
            restarts_clocks: reader.flag()?,
            release: reader.optional(|reader| {
                Ok(HoldRelease {
                    by: reader.named(Person::new)?,
                    at: reader.moment()?,
                })
            })?,
            overrides: reader.list(|reader| {
                Ok(Override {
                    selector: read_selector(reader)?,
                    first: reader.named(Person::new)?,
                    second: reader.named(Person::new)?,
                    at: reader.moment()?,
                })
            })?,
        };
        let next = reader.number()?;
        let proposals = reader.list(|reader| {
            Ok(Proposal {
                number: reader.number()?,
                selector: read_selector(reader)?,
                by: reader.named(Person::new)?,
                at: reader.moment()?,
            })
        })?;
        reader.end()?;
        // What no one person can do no one record says.
        let one_person = hold.overrides.iter().any(|made| made.first == made.second);
        if one_person || proposals.iter().any(|proposal| proposal.number >= next) {
            return Err(reader.damaged());
        }
        Ok(Self {
            hold,
            proposals,
            next,
        })
    }
}

fn write_selector(out: &mut Writer, selector: &Selector) {
    out.optional(selector.tenant.as_deref(), Writer::text);
    out.optional(selector.subjects.as_deref(), |out, subjects| {
        out.list(subjects.iter(), |out, subject| {
            out.text(subject.expose_id())
        });
    });
    let categories = match &selector.categories {
        Categories::All => None,
        Categories::Of(named) => Some(named),
    };
    out.optional(categories, |out, named| {
        out.list(named.iter(), |out, category| out.text(category.as_str()));
    });
    out.optional(selector.created_from, Writer::moment);
    out.optional(selector.created_before, Writer::moment);
}

fn read_selector(reader: &mut Reader<'_>) -> Result<Selector, Error> {
    Ok(Selector {
        tenant: reader.optional(|reader| Ok(reader.text()?.into()))?,
        subjects: reader.optional(|reader| reader.list(|reader| reader.named(Subject::new)))?,
        categories: reader
            .optional(|reader| reader.list(|reader| reader.named(DataCategory::new)))?
            .map_or(Categories::All, Categories::Of),
        created_from: reader.optional(Reader::moment)?,
        created_before: reader.optional(Reader::moment)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    fn stored() -> Stored {
        let at = |seconds| Moment::from_unix_seconds(seconds).unwrap();
        let person = |name| Person::new(name).unwrap();
        let selector = Selector::everything()
            .tenant("acme")
            .subjects(vec![Subject::new("jo").unwrap()])
            .categories(DataCategory::new("chat").unwrap())
            .created_from(at(1))
            .created_before(at(2));
        let id = HoldId::new("hold/1").unwrap();
        let reason = HoldReason::new("case:1").unwrap();
        let hold = Hold::builder(id, selector.clone())
            .reason(reason)
            .placed(person("a"), at(5))
            .review_by(at(9))
            .build()
            .unwrap();
        let hold = hold.restarts_clocks().released(person("b"), at(7)).unwrap();
        let all = Selector::everything();
        let hold = hold
            .overridden(all, [person("c"), person("d")], at(6))
            .unwrap();
        let mut stored = Stored::new(hold);
        stored.next = 2;
        stored.proposals.push(Proposal {
            number: 1,
            selector,
            by: person("e"),
            at: at(8),
        });
        stored
    }

    #[test]
    fn holds_read_as_they_were_written_and_in_no_other_way() {
        let bytes = stored().to_bytes();
        assert_eq!(Stored::parse(&bytes).unwrap(), stored());
        for end in 0..bytes.len() {
            let error = Stored::parse(&bytes[..end]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity, "{end}");
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert!(Stored::parse(&longer).is_err());
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut other = bytes.clone();
                other[at] ^= 1 << bit;
                if let Ok(read) = Stored::parse(&other) {
                    assert_eq!(read.to_bytes(), other, "{at}");
                }
            }
        }
    }

    #[test]
    fn an_exception_by_one_person_is_not_read() {
        let mut stored = stored();
        stored.hold.overrides[0].second = stored.hold.overrides[0].first.clone();
        let error = Stored::parse(&stored.to_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity);
    }
}
