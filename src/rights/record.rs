//! What the register stores: requests, an index of them, and corrections.
//!
//! All are read strictly: a byte for the version of the format, fields in a fixed
//! order, and a MAC behind them. What does not read so is an error of kind
//! [`Integrity`](crate::ErrorKind::Integrity).

use super::{
    DateRange, Intake, Kept, Refusal, Request, RequestId, RequestKind, RequestState, Requester,
    Step, StoreOutcome,
};
use crate::Error;
use crate::codec::{Reader, Writer};
use crate::decision::ClauseId;
use crate::error::RightsCause;
use crate::store::{Range, RecordKey};
use crate::taxonomy::{DataCategory, DataStore, Evidence, Jurisdiction, Tenant};

const FORMAT: u8 = 1;
const REQUESTS: &str = "confidant.rights.request";
const SUBJECTS: &str = "confidant.rights.subject";
const CORRECTIONS: &str = "confidant.rights.correction";

pub(super) fn request_key(tenant: &str, id: RequestId) -> Result<RecordKey, Error> {
    RecordKey::new(Tenant::new(tenant), REQUESTS, id.as_bytes())
}

pub(super) fn requests(tenant: &str) -> Result<Range, Error> {
    Range::collection(Tenant::new(tenant), REQUESTS)
}

pub(super) fn index_key(
    tenant: &str,
    person: &[u8; 32],
    id: RequestId,
) -> Result<RecordKey, Error> {
    RecordKey::new(
        Tenant::new(tenant),
        SUBJECTS,
        [&person[..], id.as_bytes()].concat(),
    )
}

pub(super) fn index_of(tenant: &str, person: &[u8; 32]) -> Result<Range, Error> {
    Ok(Range::collection(Tenant::new(tenant), SUBJECTS)?.prefix(person))
}

/// The request that a path of the index names.
pub(super) fn indexed(path: &[u8]) -> Result<RequestId, Error> {
    let id = path.get(32..).and_then(|id| id.try_into().ok());
    id.map(RequestId::from_bytes).ok_or_else(damaged)
}

pub(super) fn correction_key(
    tenant: &str,
    person: &[u8; 32],
    field: &str,
) -> Result<RecordKey, Error> {
    RecordKey::new(
        Tenant::new(tenant),
        CORRECTIONS,
        [person, field.as_bytes()].concat(),
    )
}

pub(super) fn corrections(tenant: &str) -> Result<Range, Error> {
    Range::collection(Tenant::new(tenant), CORRECTIONS)
}

pub(super) fn corrections_of(tenant: &str, person: &[u8; 32]) -> Result<Range, Error> {
    Ok(corrections(tenant)?.prefix(person))
}

/// The bytes of a request, with the pseudonym of its subject and without a MAC.
pub(super) fn write_request(person: &[u8; 32], request: &Request) -> Vec<u8> {
    let mut out = Writer::default();
    let intake = &request.intake;
    out.byte(FORMAT);
    out.raw(person);
    out.byte(intake.kind.code());
    out.moment(intake.received);
    let agent = match &intake.requester {
        Requester::Subject => None,
        Requester::Agent(id) => Some(&**id),
    };
    out.optional(agent, Writer::text);
    out.optional(intake.jurisdiction.as_ref(), |out, jurisdiction| {
        out.text(jurisdiction.as_str());
    });
    out.optional(intake.identity.as_ref(), write_evidence);
    out.optional(intake.authority.as_ref(), write_evidence);
    out.optional(intake.range, |out, range| {
        out.optional(range.from(), Writer::moment);
        out.optional(range.until(), Writer::moment);
    });
    out.optional(intake.appeals, |out, id| out.raw(id.as_bytes()));
    out.text(&intake.channel);
    out.byte(state_code(request.state));
    out.list(request.tasks.iter(), |out, (store, report)| {
        out.text(store.as_str());
        out.byte(u8::from(report.is_some()));
    });
    out.list(request.steps.iter(), |out, (at, step)| {
        out.moment(*at);
        write_step(out, step);
    });
    out.into_bytes()
}

/// Reads a request and the pseudonym of its subject.
pub(super) fn read_request(id: RequestId, bytes: &[u8]) -> Result<([u8; 32], Request), Error> {
    let mut reader = Reader::new(bytes, damaged);
    let reader = &mut reader;
    reader.expect(FORMAT)?;
    let person = reader.array()?;
    let code = reader.byte()?;
    let mut kinds = RequestKind::ALL.into_iter();
    let intake = Intake {
        id: None,
        kind: kinds.find(|kind| kind.code() == code).ok_or_else(damaged)?,
        received: reader.moment()?,
        requester: match reader.optional(|reader| Ok(reader.text()?.into()))? {
            Some(agent) => Requester::Agent(agent),
            None => Requester::Subject,
        },
        jurisdiction: reader.optional(|reader| reader.named(Jurisdiction::canonical))?,
        identity: reader.optional(read_evidence)?,
        authority: reader.optional(read_evidence)?,
        range: reader.optional(|reader| {
            let (from, until) = (
                reader.optional(Reader::moment)?,
                reader.optional(Reader::moment)?,
            );
            DateRange::between(from, until).map_err(|_| damaged())
        })?,
        appeals: reader.optional(|reader| Ok(RequestId::from_bytes(reader.array()?)))?,
        channel: reader.text()?.into(),
    };
    let mut request = Request::new(id, intake).map_err(|_| damaged())?;
    let code = reader.byte()?;
    let mut states = RequestState::ALL.into_iter();
    request.state = states
        .find(|state| state_code(*state) == code)
        .ok_or_else(damaged)?;
    let tasks = reader.list(|reader| Ok((reader.named(DataStore::new)?, reader.flag()?)))?;
    if !tasks.is_sorted_by(|(one, _), (next, _)| one < next) {
        return Err(damaged());
    }
    request.steps = reader.list(|reader| Ok((reader.moment()?, read_step(reader)?)))?;
    reader.end()?;
    request.tasks = tasks
        .iter()
        .map(|(store, _)| (store.clone(), None))
        .collect();
    for (_, step) in &request.steps {
        if let Step::Report {
            store,
            outcome,
            kept,
        } = step
        {
            let task = request.tasks.get_mut(store).ok_or_else(damaged)?;
            *task = Some((*outcome, kept.clone()));
        }
    }
    let mut reported = tasks.iter().zip(request.tasks.values());
    if reported.any(|((_, done), report)| *done != report.is_some()) {
        return Err(damaged());
    }
    Ok((person, request))
}

fn write_evidence(out: &mut Writer, evidence: &Evidence) {
    out.moment(evidence.at());
    out.raw(evidence.digest());
}

fn read_evidence(reader: &mut Reader<'_>) -> Result<Evidence, Error> {
    Ok(Evidence::new(reader.moment()?, reader.array()?))
}

fn write_step(out: &mut Writer, step: &Step) {
    out.byte(step_code(step));
    match step {
        Step::ProveIdentity(evidence) | Step::ProveAuthority(evidence) => {
            write_evidence(out, evidence);
        }
        Step::Report {
            store,
            outcome,
            kept,
        } => {
            out.text(store.as_str());
            match outcome {
                StoreOutcome::Done { records, evidence } => {
                    out.byte(0);
                    out.number(*records);
                    write_evidence(out, evidence);
                }
                StoreOutcome::Nothing => out.byte(1),
                StoreOutcome::ExpiresBy { at, evidence } => {
                    out.byte(2);
                    out.moment(*at);
                    write_evidence(out, evidence);
                }
            }
            out.list(kept.iter(), |out, kept| {
                out.text(kept.category.as_str());
                out.text(kept.clause.as_str());
                out.optional(kept.until, Writer::moment);
            });
        }
        Step::Extend(clause) => out.text(clause.as_str()),
        Step::Complete(answer) => out.raw(answer),
        Step::Refuse(clause, reason) => {
            out.text(clause.as_str());
            out.byte(refusal_code(*reason));
        }
        Step::MarkDuplicate(of) => out.raw(of.as_bytes()),
        Step::Acknowledge
        | Step::AskIdentity
        | Step::AskFee
        | Step::PayFee
        | Step::AskClarification
        | Step::Clarify
        | Step::Accept
        | Step::Begin
        | Step::Withdraw => {}
    }
}

fn read_step(reader: &mut Reader<'_>) -> Result<Step, Error> {
    Ok(match reader.byte()? {
        1 => Step::Acknowledge,
        2 => Step::AskIdentity,
        3 => Step::ProveIdentity(read_evidence(reader)?),
        4 => Step::ProveAuthority(read_evidence(reader)?),
        5 => Step::AskFee,
        6 => Step::PayFee,
        7 => Step::AskClarification,
        8 => Step::Clarify,
        9 => Step::Accept,
        10 => Step::Begin,
        11 => Step::Report {
            store: reader.named(DataStore::new)?,
            outcome: match reader.byte()? {
                0 => StoreOutcome::Done {
                    records: reader.number()?,
                    evidence: read_evidence(reader)?,
                },
                1 => StoreOutcome::Nothing,
                2 => StoreOutcome::ExpiresBy {
                    at: reader.moment()?,
                    evidence: read_evidence(reader)?,
                },
                _ => return Err(damaged()),
            },
            kept: reader.list(|reader| {
                Ok(Kept {
                    category: reader.named(DataCategory::new)?,
                    clause: reader.named(ClauseId::new)?,
                    until: reader.optional(Reader::moment)?,
                })
            })?,
        },
        12 => Step::Extend(reader.named(ClauseId::new)?),
        13 => Step::Complete(reader.array()?),
        14 => Step::Refuse(reader.named(ClauseId::new)?, {
            let code = reader.byte()?;
            let mut reasons = REFUSALS.into_iter();
            reasons
                .find(|reason| refusal_code(*reason) == code)
                .ok_or_else(damaged)?
        }),
        15 => Step::Withdraw,
        16 => Step::MarkDuplicate(RequestId::from_bytes(reader.array()?)),
        _ => return Err(damaged()),
    })
}

const fn step_code(step: &Step) -> u8 {
    match step {
        Step::Acknowledge => 1,
        Step::AskIdentity => 2,
        Step::ProveIdentity(_) => 3,
        Step::ProveAuthority(_) => 4,
        Step::AskFee => 5,
        Step::PayFee => 6,
        Step::AskClarification => 7,
        Step::Clarify => 8,
        Step::Accept => 9,
        Step::Begin => 10,
        Step::Report { .. } => 11,
        Step::Extend(_) => 12,
        Step::Complete(_) => 13,
        Step::Refuse(..) => 14,
        Step::Withdraw => 15,
        Step::MarkDuplicate(_) => 16,
    }
}

const REFUSALS: [Refusal; 7] = [
    Refusal::NotProven,
    Refusal::NoMatch,
    Refusal::NotCovered,
    Refusal::OutsideJurisdiction,
    Refusal::Excessive,
    Refusal::Fraud,
    Refusal::Overridden,
];

const fn refusal_code(refusal: Refusal) -> u8 {
    match refusal {
        Refusal::NotProven => 1,
        Refusal::NoMatch => 2,
        Refusal::NotCovered => 3,
        Refusal::OutsideJurisdiction => 4,
        Refusal::Excessive => 5,
        Refusal::Fraud => 6,
        Refusal::Overridden => 7,
    }
}

const fn state_code(state: RequestState) -> u8 {
    match state {
        RequestState::Received => 1,
        RequestState::IdentityPending => 2,
        RequestState::Accepted => 3,
        RequestState::InProgress => 4,
        RequestState::Fulfilled => 5,
        RequestState::Partial => 6,
        RequestState::Refused => 7,
        RequestState::Withdrawn => 8,
        RequestState::Duplicate => 9,
    }
}

/// A record is not what was written.
#[cold]
pub(super) fn damaged() -> Error {
    RightsCause::Damaged.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rights::tests::{completed, opened, with_every_step};

    #[test]
    fn requests_have_one_form() {
        for request in [opened(), completed(), with_every_step()] {
            let bytes = write_request(&[7; 32], &request);
            let again = |bytes: &[u8]| -> Option<Vec<u8>> {
                let (person, read) = read_request(request.id(), bytes).ok()?;
                Some(write_request(&person, &read))
            };
            let (person, read) = read_request(request.id(), &bytes).unwrap();
            assert_eq!((person, &read), ([7; 32], &request));
            for end in 0..bytes.len() {
                assert!(again(&bytes[..end]).is_none(), "cut at {end}");
            }
            assert!(again(&[&bytes[..], &[0]].concat()).is_none());
            for place in 0..bytes.len() {
                for bit in 0..8 {
                    let mut other = bytes.clone();
                    other[place] ^= 1 << bit;
                    if let Some(written) = again(&other) {
                        assert_eq!(written, other, "two forms, at {place}");
                    }
                }
            }
        }
    }

    /// What another implementation of the page on formats wrote is written just so.
    #[test]
    fn vectors_are_written_as_they_were_read() {
        let vectors = include_str!("../../tests/data/rights/v1.json");
        let vectors: serde_json::Value = serde_json::from_str(vectors).unwrap();
        let bytes = |value: &serde_json::Value| -> Vec<u8> {
            let digits = value.as_str().unwrap().as_bytes();
            let pair = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16);
            digits.chunks(2).map(|two| pair(two).unwrap()).collect()
        };
        let mut seen = 0;
        for record in vectors["records"].as_array().unwrap() {
            if record["collection"] != REQUESTS {
                continue;
            }
            let value = bytes(&record["value"]);
            let (body, _) = value.split_at(value.len() - 32);
            let id = RequestId::from_bytes(bytes(&record["path"]).try_into().unwrap());
            let (person, request) = read_request(id, body).unwrap();
            assert_eq!(write_request(&person, &request), body);
            seen += 1;
        }
        assert_eq!(seen, 2);
    }
}
