//! Operators: the replacements for values that were found.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use super::key::Key;
use super::tag::tag;
use super::{mask, surrogate};
use crate::redact::finding::{Encoding, Finding, Kind};
use crate::redact::text::placeholder;

/// The replacement for a value that was found.
///
/// A replacement never contains a quotation mark, a backslash or a control character,
/// whatever the value contains. It can therefore stand inside a JSON string and in
/// most other quoted texts. In a text in UTF-16 it is UTF-16 of the same byte order.
///
/// Redacting a text again skips labels and placeholders. Masks, digests and
/// surrogates may be replaced once more: next to a name such as `password` they can
/// look like a value.
///
/// # Example
/// ```
/// use confidant::redact::{Kind, Operator, Redactor};
///
/// let redactor = Redactor::builder()
///     .operator(Operator::Mask)
///     .operator_for(Kind::Password, Operator::Remove)
///     .build()?;
/// let redacted = redactor.redact("AKIAQ3EGRIZJ7OWLMXUV, password=fV9s-Rk2xLq7");
/// assert_eq!(redacted.as_str(), "****MXUV, password=");
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Operator {
    /// A keyed digest: 32 hexadecimal digits, the first 128 bits of HMAC-SHA-256 over
    /// the kind's label, a zero byte and the value.
    ///
    /// Equal values of a kind have equal digests, so records can still be joined.
    /// Without the key, a value cannot be guessed from its digest. The first 16
    /// digits are the [fingerprint](Finding::fingerprint) under the same key.
    Hash(Key),
    /// The kind in brackets: `[REDACTED-TOKEN]`.
    #[default]
    Label,
    /// Four asterisks and the end of the value: `****1234`.
    ///
    /// At most four characters are shown, and never more than a quarter of the value:
    /// a value shorter than four characters shows nothing. Characters that are
    /// neither letters nor digits are shown as asterisks.
    Mask,
    /// A keyed placeholder: `[TOKEN-7K3QX9TB]`, where the eight characters are 40
    /// bits of HMAC-SHA-256.
    ///
    /// Equal values of a kind have equal placeholders, regardless of order and place.
    /// The values are not remembered. To restore them later, redact with a
    /// [`PlaceholderMap`](crate::redact::PlaceholderMap).
    Placeholder(Key),
    /// Nothing: the value is removed.
    Remove,
    /// A keyed surrogate, a value of the same form: letters replace letters of the
    /// same case, digits replace digits, and punctuation stays.
    ///
    /// Equal values of a kind have equal surrogates. Different short values may share
    /// one. A surrogate shows how long the value was and where its punctuation
    /// stands. Quotation marks, backslashes and control characters become dashes. If
    /// all letters of the value are hexadecimal, those of the surrogate are too.
    ///
    /// A surrogate must not belong to anyone:
    /// - E-mail addresses become eight characters at `redacted.invalid`, a domain
    ///   that RFC 2606 reserves.
    /// - Card numbers and IBANs never pass their checksum. A number that passes could
    ///   be a real account, and other scanners report even published test numbers as
    ///   real.
    /// - IP addresses come from the ranges for documentation (RFC 5737, RFC 3849).
    ///   Version 4 has only 762 of them.
    /// - Telephone numbers that begin with `+` begin with `+0`, which no country
    ///   uses. Other telephone and identity numbers get random digits, which may
    ///   belong to someone. Use another operator if that matters.
    Surrogate(Key),
}

impl Operator {
    /// Writes the replacement for `value`, in UTF-16 if the value stands in UTF-16.
    pub(crate) fn write(&self, finding: &Finding, value: &[u8], out: &mut Vec<u8>) {
        if finding.decoded_from().first() == Some(&Encoding::Utf16) {
            return self.write_wide(finding.kind(), value, out);
        }
        self.write_plain(finding.kind(), value, out);
    }

    /// Writes the replacement for a value in UTF-16, in the same byte order.
    fn write_wide(&self, kind: Kind, value: &[u8], out: &mut Vec<u8>) {
        let zeros = |at: usize| value.iter().skip(at).step_by(2).filter(|byte| **byte == 0);
        let is_big = zeros(0).count() > zeros(1).count();
        let (units, _) = value.as_chunks::<2>();
        let units = units.iter().map(|unit| match is_big {
            true => u16::from_be_bytes(*unit),
            false => u16::from_le_bytes(*unit),
        });
        let chars = char::decode_utf16(units);
        let value: Zeroizing<String> = Zeroizing::new(
            chars
                .map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect(),
        );
        let mut plain = Vec::new();
        self.write_plain(kind, value.as_bytes(), &mut plain);
        for unit in String::from_utf8_lossy(&plain).encode_utf16() {
            out.extend(match is_big {
                true => unit.to_be_bytes(),
                false => unit.to_le_bytes(),
            });
        }
    }

    fn write_plain(&self, kind: Kind, value: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Hash(key) => {
                let mut hex = String::with_capacity(32);
                for byte in keyed_digest(key, kind, value).iter().take(16) {
                    // Writing to a `String` cannot fail.
                    let _ = write!(hex, "{byte:02x}");
                }
                out.extend_from_slice(hex.as_bytes());
            }
            Self::Label => placeholder::write_label(kind, out),
            Self::Mask => mask::write(value, out),
            Self::Placeholder(key) => {
                let tag = tag(key, kind, value, 0);
                placeholder::write_placeholder(kind, None, tag, out);
            }
            Self::Remove => {}
            Self::Surrogate(key) => surrogate::write(key, kind, value, out),
        }
    }
}

/// Returns the HMAC-SHA-256 over the kind's label, a zero byte and the value.
pub(crate) fn keyed_digest(key: &Key, kind: Kind, value: &[u8]) -> [u8; 32] {
    key.mac(&[kind.label().as_bytes(), &[0], value])
}

/// Returns the fingerprint of a value: the first 8 bytes of its keyed digest.
pub(crate) fn fingerprint(key: &Key, kind: Kind, value: &[u8]) -> [u8; 8] {
    let [a, b, c, d, e, f, g, h, ..] = keyed_digest(key, kind, value);
    [a, b, c, d, e, f, g, h]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::redact::finding::{Layers, RuleId, Validation};
    use crate::redact::redactor::Redactor;
    use crate::redact::stream::StreamRedactor;

    fn key() -> Key {
        Key::from_bytes([7; 32])
    }

    fn write(operator: &Operator, kind: Kind, value: &[u8]) -> Vec<u8> {
        let finding = Finding {
            rule: RuleId::BuiltIn("test"),
            kind,
            start: 0,
            end: value.len(),
            confidence: 90,
            validation: Validation::Format,
            fingerprint: None,
            layers: Layers::NONE,
        };
        let mut out = Vec::new();
        operator.write(&finding, value, &mut out);
        out
    }

    fn text(operator: &Operator, kind: Kind, value: &str) -> String {
        String::from_utf8(write(operator, kind, value.as_bytes())).unwrap()
    }

    fn kinds() -> impl Strategy<Value = Kind> {
        prop::sample::select(vec![
            Kind::Card,
            Kind::Email,
            Kind::Iban,
            Kind::Ip,
            Kind::Mac,
            Kind::Password,
            Kind::Phone,
            Kind::Token,
        ])
    }

    #[test]
    fn the_forms_are_frozen() {
        let value = "ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA";
        for (operator, expected) in [
            (Operator::Hash(key()), "9ba6e41ade8946aa17cda2191468c42a"),
            (Operator::Label, "[REDACTED-TOKEN]"),
            (Operator::Mask, "****kMpA"),
            (Operator::Placeholder(key()), "[TOKEN-R23G40WT]"),
            (Operator::Remove, ""),
            (
                Operator::Surrogate(key()),
                "wyy_H1cFmY5oOc4LsDc8RzEu3EqCiDt5Cp6MrHrN",
            ),
        ] {
            assert_eq!(text(&operator, Kind::Token, value), expected);
        }
        let bytes = fingerprint(&key(), Kind::Token, value.as_bytes());
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(text(&Operator::Hash(key()), Kind::Token, value).starts_with(&hex));

        let redactor = Redactor::builder().fingerprint_key(key()).build().unwrap();
        let mut stream = StreamRedactor::new(redactor.clone());
        let (mut out, mut findings) = (Vec::new(), redactor.redact(value).into_parts().1);
        stream.push(b"a ", &mut out, &mut findings);
        stream.push(value.as_bytes(), &mut out, &mut findings);
        stream.finish(&mut out, &mut findings);
        let fingerprints: Vec<_> = findings.iter().map(Finding::fingerprint).collect();
        assert_eq!(fingerprints, [Some(bytes), Some(bytes)]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_inert(kind in kinds(), value: Vec<u8>) {
            for operator in [
                Operator::Hash(key()),
                Operator::Label,
                Operator::Mask,
                Operator::Placeholder(key()),
                Operator::Remove,
                Operator::Surrogate(key()),
            ] {
                let out = String::from_utf8(write(&operator, kind, &value)).unwrap();
                let inert = |char: char| !char.is_control() && char != '"' && char != '\\';
                prop_assert!(out.chars().all(inert), "{operator:?}");
            }
        }
    }
}
