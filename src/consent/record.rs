//! What the ledger stores: receipts, chains, exports and lineage.
//!
//! All are read strictly: a byte for the version of the format, fields in a fixed
//! order, nothing behind. What does not read so is an error of kind
//! [`Integrity`](crate::ErrorKind::Integrity).

use super::receipt::Conflict;
use super::{Actor, ConsentReceipt, Event, NewReceipt, NoticeRef, ReceiptId};
use crate::Error;
use crate::codec::{Reader, Writer};
use crate::decision::ClauseId;
use crate::error::ConsentCause;
use crate::mac::is_same_mac;
use crate::store::{Range, RecordKey};
use crate::taxonomy::{Jurisdiction, Purpose, Tenant};
use crate::time::Moment;

const FORMAT: u8 = 1;
const SUBJECTS: &str = "confidant.consent.subject";
const RECEIPTS: &str = "confidant.consent.receipt";
const EXPORTS: &str = "confidant.consent.export";
const LINEAGE: &str = "confidant.consent.lineage";

/// The record of a data subject: the salt of their key, and when their chain was begun
/// and where it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chain {
    pub(super) salt: [u8; 32],
    pub(super) id: [u8; 16],
    pub(super) begun: Moment,
    pub(super) count: u64,
    pub(super) last: [u8; 32],
    pub(super) mac: [u8; 32],
}

/// The record of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExportHead {
    pub(super) purpose: Purpose,
    pub(super) begun: Moment,
    pub(super) finished: Option<(Moment, [u8; 32])>,
}

pub(super) fn subject_key(tenant: &str, place: &[u8]) -> Result<RecordKey, Error> {
    RecordKey::new(Tenant::new(tenant), SUBJECTS, place)
}

pub(super) fn subjects(tenant: &str) -> Result<Range, Error> {
    Range::collection(Tenant::new(tenant), SUBJECTS)
}

pub(super) fn receipt_key(tenant: &str, chain: &[u8; 16], number: u64) -> Result<RecordKey, Error> {
    let mut path = [0; 24];
    let (first, second) = path.split_at_mut(16);
    first.copy_from_slice(chain);
    second.copy_from_slice(&number.to_be_bytes());
    RecordKey::new(Tenant::new(tenant), RECEIPTS, path)
}

pub(super) fn receipts(tenant: &str) -> Result<Range, Error> {
    Range::collection(Tenant::new(tenant), RECEIPTS)
}

/// The chain and the number that the path of a receipt names.
pub(super) fn receipt_of(path: &[u8]) -> Result<([u8; 16], u64), Error> {
    let (chain, number) = path.split_first_chunk::<16>().ok_or_else(damaged)?;
    let number = number.try_into().map_err(|_| damaged())?;
    Ok((*chain, u64::from_be_bytes(number)))
}

pub(super) fn export_key(tenant: &str, name: &str) -> Result<RecordKey, Error> {
    RecordKey::new(Tenant::new(tenant), EXPORTS, name)
}

pub(super) fn lineage_key(
    tenant: &str,
    person: &[u8; 32],
    export: &str,
) -> Result<RecordKey, Error> {
    RecordKey::new(
        Tenant::new(tenant),
        LINEAGE,
        [person, export.as_bytes()].concat(),
    )
}

pub(super) fn lineage_of(tenant: &str, person: &[u8; 32]) -> Result<Range, Error> {
    Ok(Range::collection(Tenant::new(tenant), LINEAGE)?.prefix(person))
}

impl Chain {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(FORMAT);
        out.raw(&self.salt);
        out.raw(&self.id);
        out.moment(self.begun);
        out.number(self.count);
        out.raw(&self.last);
        out.raw(&self.mac);
        out.into_bytes()
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes, damaged);
        reader.expect(FORMAT)?;
        let this = Self {
            salt: reader.array()?,
            id: reader.array()?,
            begun: reader.moment()?,
            count: reader.number()?,
            last: reader.array()?,
            mac: reader.array()?,
        };
        reader.end()?;
        Ok(this)
    }
}

/// The bytes of a receipt, without the MAC that follows them.
pub(super) fn write_receipt(receipt: &ConsentReceipt) -> Vec<u8> {
    let mut out = Writer::default();
    out.byte(FORMAT);
    out.raw(receipt.id.as_bytes());
    out.byte(receipt.event.code());
    out.list(receipt.purposes.iter(), |out, purpose| {
        out.text(purpose.as_str());
    });
    out.optional(receipt.notice.as_ref(), |out, notice| {
        out.text(notice.version());
        out.text(notice.language());
        out.raw(notice.digest());
    });
    out.moment(receipt.at);
    out.moment(receipt.received);
    out.number(receipt.behind);
    out.optional(receipt.expires, Writer::moment);
    out.text(&receipt.method);
    out.byte(receipt.actor.code());
    out.optional(receipt.jurisdiction.as_ref(), |out, jurisdiction| {
        out.text(jurisdiction.as_str());
    });
    out.optional(receipt.withdrawal_route.as_deref(), Writer::text);
    out.optional(receipt.signal.as_deref(), Writer::bytes);
    out.optional(receipt.reason.as_deref(), Writer::text);
    out.list(receipt.conflicts.iter(), |out, conflict| {
        out.text(conflict.purpose.as_str());
        out.raw(conflict.consent.as_bytes());
        out.text(conflict.clause.as_str());
    });
    out.into_bytes()
}

pub(super) fn read_receipt(bytes: &[u8]) -> Result<ConsentReceipt, Error> {
    let mut reader = Reader::new(bytes, damaged);
    let reader = &mut reader;
    reader.expect(FORMAT)?;
    let receipt = ConsentReceipt {
        id: read_id(reader)?,
        event: Event::from_code(reader.byte()?).ok_or_else(damaged)?,
        purposes: reader
            .sorted(|reader| reader.named(Purpose::new))?
            .into_iter()
            .collect(),
        notice: reader.optional(|reader| {
            let (version, language) = (reader.text()?, reader.text()?);
            NoticeRef::new(version, language, reader.array()?).map_err(|_| damaged())
        })?,
        at: reader.moment()?,
        received: reader.moment()?,
        behind: reader.number()?,
        expires: reader.optional(Reader::moment)?,
        method: reader.text()?.into(),
        actor: {
            let code = reader.byte()?;
            let mut actors = Actor::ALL.into_iter();
            actors
                .find(|actor| actor.code() == code)
                .ok_or_else(damaged)?
        },
        jurisdiction: reader.optional(|reader| reader.named(Jurisdiction::canonical))?,
        withdrawal_route: reader.optional(|reader| Ok(reader.text()?.into()))?,
        signal: reader.optional(|reader| Ok(reader.bytes()?.into()))?,
        reason: reader.optional(|reader| Ok(reader.text()?.into()))?,
        conflicts: reader.list(|reader| {
            Ok(Conflict {
                purpose: reader.named(Purpose::new)?,
                consent: read_id(reader)?,
                clause: reader.named(ClauseId::new)?,
            })
        })?,
    };
    reader.end()?;
    let known = NewReceipt::of(receipt.clone());
    known.check().map_err(|_| damaged())?;
    Ok(receipt)
}

/// An id of one form alone, so that there is one way to write it.
fn read_id(reader: &mut Reader<'_>) -> Result<ReceiptId, Error> {
    let bytes = reader.array()?;
    let id = ReceiptId::from_bytes(bytes);
    if *id.as_bytes() == bytes {
        Ok(id)
    } else {
        Err(damaged())
    }
}

impl ExportHead {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(FORMAT);
        out.text(self.purpose.as_str());
        out.moment(self.begun);
        out.optional(self.finished.as_ref(), |out, (at, digest)| {
            out.moment(*at);
            out.raw(digest);
        });
        out.into_bytes()
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes, damaged);
        reader.expect(FORMAT)?;
        let this = Self {
            purpose: reader.named(Purpose::new)?,
            begun: reader.moment()?,
            finished: reader.optional(|reader| Ok((reader.moment()?, reader.array()?)))?,
        };
        reader.end()?;
        Ok(this)
    }
}

/// The value of a record, with the MAC of it behind it.
pub(super) fn with_mac(mut value: Vec<u8>, mac: &[u8; 32]) -> Vec<u8> {
    value.extend_from_slice(mac);
    value
}

/// The value of a record without the MAC behind it, which must be the `expected` one.
pub(super) fn without_mac(
    record: &[u8],
    expected: impl FnOnce(&[u8]) -> [u8; 32],
) -> Result<&[u8], Error> {
    let (value, mac) = record.split_last_chunk().ok_or_else(damaged)?;
    if !is_same_mac(&expected(value), mac) {
        return Err(damaged());
    }
    Ok(value)
}

/// That somebody is in an export, by the consent of a receipt where it was one.
pub(super) fn write_lineage(receipt: Option<ReceiptId>) -> Vec<u8> {
    let mut out = Writer::default();
    out.byte(FORMAT);
    out.optional(receipt, |out, id| out.raw(id.as_bytes()));
    out.into_bytes()
}

pub(super) fn read_lineage(bytes: &[u8]) -> Result<Option<ReceiptId>, Error> {
    let mut reader = Reader::new(bytes, damaged);
    reader.expect(FORMAT)?;
    let receipt = reader.optional(read_id)?;
    reader.end()?;
    Ok(receipt)
}

/// A record is not what was written.
#[cold]
pub(super) fn damaged() -> Error {
    ConsentCause::Damaged.into()
}

/// Reads bytes as every record of the ledger, and writes each anew that they are.
#[cfg(all(feature = "rights", any(test, fuzzing)))]
pub(crate) fn rewritten(bytes: &[u8]) -> Vec<Vec<u8>> {
    let all = [
        Chain::parse(bytes).ok().map(|chain| chain.to_bytes()),
        read_receipt(bytes).ok().map(|known| write_receipt(&known)),
        ExportHead::parse(bytes).ok().map(|head| head.to_bytes()),
        read_lineage(bytes).ok().map(write_lineage),
    ];
    all.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::ConsentState;

    fn full() -> ConsentReceipt {
        let purposes = ["ads", "training"].map(|name| Purpose::new(name).unwrap());
        let at = Moment::from_unix_seconds(1_700_000_000).unwrap();
        let receipt = NewReceipt::consent(ConsentState::Given, purposes.clone(), at)
            .id(ReceiptId::from_bytes([3; 16]))
            .notice(NoticeRef::new("v1", "de", [9; 32]).unwrap())
            .expires(Moment::from_unix_seconds(1_800_000_000).unwrap())
            .method("form")
            .actor(Actor::Agent)
            .jurisdiction(Jurisdiction::new("US-CA").unwrap())
            .withdrawal_route("https://acme.test/privacy")
            .signal(b"1")
            .reason("because")
            .conflicts(vec![Conflict {
                purpose: purposes[0].clone(),
                consent: ReceiptId::from_bytes([4; 16]),
                clause: ClauseId::new("C-1").unwrap(),
            }]);
        receipt.into_receipt(at).unwrap()
    }

    /// What reads is written just so, and what is cut or longer does not read.
    fn assert_strict(bytes: &[u8], again: impl Fn(&[u8]) -> Option<Vec<u8>>) {
        assert_eq!(again(bytes).unwrap(), bytes);
        for end in 0..bytes.len() {
            assert!(again(&bytes[..end]).is_none(), "cut at {end}");
        }
        assert!(again(&[bytes, &[0]].concat()).is_none());
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut other = bytes.to_vec();
                other[at] ^= 1 << bit;
                if let Some(written) = again(&other) {
                    assert_eq!(written, other, "two forms, at {at}");
                }
            }
        }
    }

    #[test]
    fn records_have_one_form() {
        let at = Moment::from_unix_seconds(5).unwrap();
        let bare = NewReceipt::new(Event::Restricted, [], at).method("form");
        let bare = bare.into_receipt(at).unwrap();
        for receipt in [full(), bare] {
            assert_eq!(read_receipt(&write_receipt(&receipt)).unwrap(), receipt);
            assert_strict(&write_receipt(&receipt), |bytes| {
                Some(write_receipt(&read_receipt(bytes).ok()?))
            });
        }
        let chain = Chain {
            salt: [1; 32],
            id: [2; 16],
            begun: at,
            count: 3,
            last: [4; 32],
            mac: [5; 32],
        };
        assert_strict(&chain.to_bytes(), |bytes| {
            Some(Chain::parse(bytes).ok()?.to_bytes())
        });
        for finished in [None, Some((at, [7; 32]))] {
            let head = ExportHead {
                purpose: Purpose::new("training").unwrap(),
                begun: at,
                finished,
            };
            assert_strict(&head.to_bytes(), |bytes| {
                Some(ExportHead::parse(bytes).ok()?.to_bytes())
            });
        }
        for receipt in [None, Some(ReceiptId::from_bytes([1; 16]))] {
            assert_strict(&write_lineage(receipt), |bytes| {
                Some(write_lineage(read_lineage(bytes).ok()?))
            });
        }
    }

    /// What another implementation of the page on formats wrote is written just so.
    #[test]
    fn vectors_are_written_as_they_were_read() {
        let vectors = include_str!("../../tests/data/consent/v1.json");
        let vectors: serde_json::Value = serde_json::from_str(vectors).unwrap();
        let mut seen = 0;
        for record in vectors["records"].as_array().unwrap() {
            let digits = record["value"].as_str().unwrap().as_bytes();
            let pair = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16);
            let bytes: Vec<u8> = digits.chunks(2).map(|two| pair(two).unwrap()).collect();
            let collection = record["collection"].as_str().unwrap();
            let (value, mac) = bytes.split_at(bytes.len() - 32);
            let (written, rest) = match collection {
                SUBJECTS => (Chain::parse(&bytes).unwrap().to_bytes(), &[][..]),
                RECEIPTS => (write_receipt(&read_receipt(value).unwrap()), mac),
                EXPORTS => (ExportHead::parse(value).unwrap().to_bytes(), mac),
                _ => (write_lineage(read_lineage(value).unwrap()), mac),
            };
            assert_eq!([&written[..], rest].concat(), bytes, "{collection}");
            seen += 1;
        }
        assert_eq!(seen, 7);
    }
}
