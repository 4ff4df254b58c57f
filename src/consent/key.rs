//! The key of a ledger, and what is derived from it.

use std::sync::Arc;

use hmac::Mac as _;

use crate::audit::{DigestKind, Identifier};
use crate::mac::hmac_sha256;
use crate::secret::Secret;
use crate::secret_key::secret_key;
use crate::taxonomy::Subject;
use crate::time::Moment;

const PLACE: &[u8] = b"confidant/consent/place@v1";
const SUBJECT: &[u8] = b"confidant/consent/subject@v1";
const RECEIPT: &[u8] = b"confidant/consent/receipt@v1";
const HEAD: &[u8] = b"confidant/consent/head@v1";
const LINEAGE: &[u8] = b"confidant/consent/lineage@v1";
const EXPORT: &[u8] = b"confidant/consent/export@v1";
const ADMITTED: &[u8] = b"confidant/consent/admitted@v1";
const LOG: &[u8] = b"confidant/consent/log@v1";

/// The key of a ledger of consents, or of a register of requests. It is wiped when its
/// last clone is dropped.
///
/// It must be kept apart from the store: whoever has both can forge the records, and
/// test guesses of who is in them.
#[derive(Clone)]
pub struct LedgerKey {
    bytes: Arc<Secret<[u8; 32]>>,
}

secret_key!(LedgerKey, "ledger");

impl LedgerKey {
    /// Returns HMAC-SHA-256 of the parts, each after its length.
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        mac(self.bytes.expose_secret(), parts)
    }

    /// Returns where the record of a data subject lies.
    pub(super) fn place(&self, tenant: &str, subject: &Subject) -> [u8; 32] {
        self.mac(&[PLACE, tenant.as_bytes(), subject.expose_id().as_bytes()])
    }

    /// Returns what stands in the audit log for a tenant.
    pub(crate) fn tenant(&self, tenant: &str) -> Identifier {
        let digest = self.mac(&[LOG, b"tenant", tenant.as_bytes()]);
        Identifier::from_digest(DigestKind::Log, digest)
    }

    /// Binds the record of an export to its name.
    pub(super) fn export(&self, tenant: &str, name: &str, record: &[u8]) -> [u8; 32] {
        self.mac(&[EXPORT, tenant.as_bytes(), name.as_bytes(), record])
    }

    /// Derives the key of the data subject whose record lies at `place` and has that
    /// salt. Without the salt it is gone.
    pub(super) fn subject(&self, tenant: &str, place: &[u8], salt: &[u8; 32]) -> SubjectKey {
        let mut key = self.mac(&[SUBJECT, tenant.as_bytes(), place, salt]);
        SubjectKey {
            bytes: Secret::from(&mut key),
        }
    }
}

/// The key of one data subject.
pub(super) struct SubjectKey {
    bytes: Secret<[u8; 32]>,
}

impl SubjectKey {
    fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        mac(self.bytes.expose_secret(), parts)
    }

    /// Chains a receipt to the one before it.
    pub(super) fn receipt(
        &self,
        chain: &[u8; 16],
        number: u64,
        before: &[u8; 32],
        receipt: &[u8],
    ) -> [u8; 32] {
        self.mac(&[RECEIPT, chain, &number.to_be_bytes(), before, receipt])
    }

    /// Binds when the chain was begun, and where it ends.
    pub(super) fn head(
        &self,
        chain: &[u8; 16],
        begun: Moment,
        count: u64,
        last: &[u8; 32],
    ) -> [u8; 32] {
        let begun = begun.unix_nanoseconds().to_be_bytes();
        self.mac(&[HEAD, chain, &begun, &count.to_be_bytes(), last])
    }

    /// Returns under which pseudonym the data subject stands in exports.
    pub(super) fn lineage(&self) -> [u8; 32] {
        self.mac(&[LINEAGE])
    }

    /// Binds the record of the data subject's place in an export to the name of that.
    pub(super) fn admitted(&self, export: &str, record: &[u8]) -> [u8; 32] {
        self.mac(&[ADMITTED, export.as_bytes(), record])
    }

    /// Returns what stands in the audit log for the data subject.
    pub(super) fn log_subject(&self) -> Identifier {
        Identifier::from_digest(DigestKind::Subject, self.mac(&[LOG, b"subject"]))
    }

    /// Returns what stands in the audit log for a receipt.
    pub(super) fn log_receipt(&self, id: &[u8; 16]) -> Identifier {
        Identifier::from_digest(DigestKind::Subject, self.mac(&[LOG, b"receipt", id]))
    }
}

fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = hmac_sha256(key);
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}
