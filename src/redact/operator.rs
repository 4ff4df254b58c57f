//! What takes the place of a value that was found.

use super::finding::Finding;

/// What takes the place of a value that was found.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Operator {
    /// The kind in brackets: `[REDACTED-TOKEN]`.
    #[default]
    Label,
    /// Nothing: the value is cut out.
    Remove,
}

impl Operator {
    /// Writes what takes the place of `value`.
    pub(crate) fn write(&self, finding: &Finding, _value: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Label => {
                out.extend_from_slice(b"[REDACTED-");
                out.extend_from_slice(finding.kind().label().as_bytes());
                out.push(b']');
            }
            Self::Remove => {}
        }
    }
}
