//! Published versions, and what is kept of their scans.

use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::id::{byte_id, read_hex, write_hex};
use crate::time::Moment;

/// The SHA-256 digest of content, with the names of its parts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentDigest([u8; 32]);

/// A version of a resource that passed the gate: what may be seen beyond its members.
///
/// It is immutable, and named by its number and its digest. To whom a level permits a
/// resource, the product shows its latest such version, not what was edited since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedVersion {
    pub(super) number: u64,
    pub(super) digest: ContentDigest,
    scan: ScanSummary,
    pub(super) at: Moment,
}

/// What is kept of the scan of a published version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanSummary {
    report: [u8; 32],
    rule_set: Box<str>,
    waived: u32,
}

impl ContentDigest {
    /// Takes the bytes of a digest that was made before.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

byte_id!(ContentDigest);

impl fmt::Display for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentDigest({self})")
    }
}

impl FromStr for ContentDigest {
    type Err = Error;

    /// # Errors
    /// `Config` where the text is not 64 hexadecimal digits in lower case.
    fn from_str(text: &str) -> Result<Self, Error> {
        let what = "digest of content is not 64 hexadecimal digits in lower case";
        let bytes = read_hex(text).ok_or_else(|| Error::config(what))?;
        Ok(Self(bytes))
    }
}

impl ScanSummary {
    /// Summarises a scan: the SHA-256 digest of its report with the waivers, the version
    /// of its rule set, and how many findings were waived.
    #[must_use]
    pub fn new(report: [u8; 32], rule_set: &str, waived: u32) -> Self {
        Self {
            report,
            rule_set: rule_set.into(),
            waived,
        }
    }
}

impl PublishedVersion {
    /// Restores a version that the product recorded when it was published: its number,
    /// from 1 on, the digest of its content, what was kept of its scan, and when it was
    /// published.
    #[must_use]
    pub const fn new(number: u64, digest: ContentDigest, scan: ScanSummary, at: Moment) -> Self {
        Self {
            number,
            digest,
            scan,
            at,
        }
    }

    /// Returns its number, from 1 on.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Returns the digest of its content.
    #[must_use]
    pub const fn digest(&self) -> &ContentDigest {
        &self.digest
    }

    /// Returns the SHA-256 digest of the report of its scan, with the waivers.
    #[must_use]
    pub const fn report_digest(&self) -> &[u8; 32] {
        &self.scan.report
    }

    /// Returns the version of the rule set of its scan.
    #[must_use]
    pub fn rule_set(&self) -> &str {
        &self.scan.rule_set
    }

    /// Returns how many findings were waived.
    #[must_use]
    pub const fn waived(&self) -> u32 {
        self.scan.waived
    }

    /// Returns when it was published.
    #[must_use]
    pub const fn at(&self) -> Moment {
        self.at
    }
}
