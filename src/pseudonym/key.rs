//! The key that makes pseudonyms.

use std::sync::Arc;

use hmac::Mac as _;

use super::Pseudonym;
use crate::mac::hmac_sha256;
use crate::secret::Secret;
use crate::secret_key::secret_key;
use crate::taxonomy::{Purpose, Subject};

/// What every derivation begins with, so that it is one of nothing else.
const DOMAIN: &[u8] = b"confidant/pseudonym@v1";

/// A key of 32 bytes that makes pseudonyms. It is wiped when its last clone is dropped.
///
/// A pseudonym is HMAC-SHA-256, under the key, of a fixed word, the kind of value, the
/// purpose and the value, each after its length. Different kinds and purposes so give
/// unlinkable pseudonyms of the same value.
///
/// # Security
/// Whoever holds the key can test guesses. Where one key lives for ever, its
/// pseudonyms do too: [`RotatingKeys`](super::RotatingKeys) and
/// [`SubjectKeys`](super::SubjectKeys) hold keys that can be destroyed.
#[derive(Clone)]
pub struct PseudonymKey {
    bytes: Arc<Secret<[u8; Self::LEN]>>,
}

secret_key!(PseudonymKey, "pseudonym");

impl PseudonymKey {
    /// Returns the pseudonym of a data subject of a tenant.
    #[must_use]
    pub fn subject(&self, purpose: &Purpose, tenant: &str, subject: &Subject) -> Pseudonym {
        let parts = [tenant.as_bytes(), subject.expose_id().as_bytes()];
        self.derive("subject", purpose, &parts)
    }

    /// Returns the pseudonym of a session. The id of a session that can be used to
    /// take it over should be hashed before it comes here from elsewhere.
    #[must_use]
    pub fn session(&self, purpose: &Purpose, session: &str) -> Pseudonym {
        self.derive("session", purpose, &[session.as_bytes()])
    }

    /// Returns the pseudonym of any other value. Values of different kinds, `device`
    /// and `agent` say, have different pseudonyms.
    #[must_use]
    pub fn value(&self, kind: &str, purpose: &Purpose, value: &[u8]) -> Pseudonym {
        self.derive("value", purpose, &[kind.as_bytes(), value])
    }

    /// HMAC-SHA-256 of the domain and the parts, each after its length.
    pub(super) fn derive(&self, kind: &str, purpose: &Purpose, parts: &[&[u8]]) -> Pseudonym {
        let mut mac = hmac_sha256(self.bytes.expose_secret());
        let head = [DOMAIN, kind.as_bytes(), purpose.as_str().as_bytes()];
        for part in head.iter().chain(parts) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        Pseudonym::from_bytes(mac.finalize().into_bytes().into())
    }

    pub(super) fn expose_bytes(&self) -> &[u8; Self::LEN] {
        self.bytes.expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn purpose(name: &str) -> Purpose {
        Purpose::new(name).unwrap()
    }

    #[test]
    fn kinds_purposes_tenants_and_keys_share_no_pseudonym() {
        let jo = Subject::new("jo").unwrap();
        let mut seen = HashSet::new();
        for key in [
            PseudonymKey::from_bytes([1; 32]),
            PseudonymKey::from_bytes([2; 32]),
        ] {
            for name in ["a", "b"] {
                let purpose = purpose(name);
                assert!(seen.insert(key.subject(&purpose, "", &jo)));
                assert!(seen.insert(key.subject(&purpose, "acme", &jo)));
                assert!(seen.insert(key.session(&purpose, "jo")));
                assert!(seen.insert(key.value("device", &purpose, b"jo")));
                assert!(seen.insert(key.value("devicej", &purpose, b"o")));
                assert!(seen.insert(key.ip(&purpose, "::1".parse().unwrap())));
            }
        }
    }

    #[test]
    fn parts_do_not_run_together() {
        let key = PseudonymKey::from_bytes([7; 32]);
        let of =
            |tenant: &str, id: &str| key.subject(&purpose("p"), tenant, &Subject::new(id).unwrap());
        assert_ne!(of("ab", "c"), of("a", "bc"));
        assert_ne!(of("", "abc"), of("abc", "c"));
    }

    #[test]
    fn debug_shows_no_byte() {
        assert_eq!(
            format!("{:?}", PseudonymKey::from_bytes([7; 32])),
            "PseudonymKey { .. }"
        );
    }
}
