//! Findings and reports as serde stores them.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::encoding::{Encoding, Layers, MOST_LAYERS};
use super::finding::{Finding, RuleId, Validation};
use super::kind::{Category, Kind};
use super::report::Report;
use crate::id;

/// A finding as it is stored. What can be derived is written for readers, and not read.
#[derive(Deserialize, Serialize)]
#[serde(rename = "Finding")]
struct StoredFinding<'f> {
    rule: std::borrow::Cow<'f, str>,
    kind: Kind,
    #[serde(skip_deserializing)]
    category: Option<Category>,
    start: usize,
    end: usize,
    confidence: u8,
    validation: Validation,
    #[serde(default)]
    fingerprint: Option<Fingerprint>,
    #[serde(default)]
    encodings: std::borrow::Cow<'f, [Encoding]>,
}

/// A fingerprint as 16 hexadecimal digits.
struct Fingerprint([u8; 8]);

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        id::write_hex(&self.0, f)
    }
}

impl std::str::FromStr for Fingerprint {
    type Err = crate::Error;

    fn from_str(text: &str) -> Result<Self, crate::Error> {
        let what = "fingerprint is not 16 hexadecimal digits in lower case";
        let bytes = id::read_hex(text).ok_or_else(|| crate::Error::config(what))?;
        Ok(Self(bytes))
    }
}

id::serde_text!(Fingerprint);

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let stored = StoredFinding {
            rule: self.rule().into(),
            kind: self.kind,
            category: Some(self.category()),
            start: self.start,
            end: self.end,
            confidence: self.confidence,
            validation: self.validation,
            fingerprint: self.fingerprint.map(Fingerprint),
            encodings: self.decoded_from().into(),
        };
        stored.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Finding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = StoredFinding::deserialize(deserializer)?;
        let wrong = |what| Err(de::Error::custom(what));
        if stored.start > stored.end {
            return wrong("span of a finding is inverted");
        }
        if stored.confidence > 100 {
            return wrong("confidence of a finding is above 100");
        }
        if stored.encodings.len() > MOST_LAYERS {
            return wrong("finding has too many encodings");
        }
        let outwards = stored.encodings.iter().rev();
        Ok(Self {
            rule: RuleId::Custom((*stored.rule).into()),
            kind: stored.kind,
            start: stored.start,
            end: stored.end,
            confidence: stored.confidence,
            validation: stored.validation,
            fingerprint: stored.fingerprint.map(|Fingerprint(bytes)| bytes),
            layers: outwards.fold(Layers::NONE, |layers, outer| layers.within(*outer)),
        })
    }
}

/// A report as it is stored.
#[derive(Deserialize, Serialize)]
#[serde(rename = "Report")]
struct StoredReport {
    kinds: BTreeMap<Kind, u64>,
    rules: BTreeMap<String, u64>,
    bytes: u64,
    elapsed: Duration,
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rules = self.rules.iter();
        let stored = StoredReport {
            kinds: self.kinds.clone(),
            rules: rules
                .map(|(id, count)| (id.as_str().to_owned(), *count))
                .collect(),
            bytes: self.bytes,
            elapsed: self.elapsed,
        };
        stored.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Report {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = StoredReport::deserialize(deserializer)?;
        let rules = stored.rules.into_iter();
        Ok(Self {
            kinds: stored.kinds,
            rules: rules
                .map(|(id, count)| (RuleId::Custom(id.into()), count))
                .collect::<HashMap<_, _>>(),
            bytes: stored.bytes,
            elapsed: stored.elapsed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding() -> Finding {
        Finding {
            rule: RuleId::BuiltIn("github-pat"),
            kind: Kind::Token,
            start: 3,
            end: 43,
            confidence: 90,
            validation: Validation::Checked,
            fingerprint: Some([1, 2, 3, 4, 5, 6, 7, 0xff]),
            layers: Layers::NONE.within(Encoding::Hex).within(Encoding::Base64),
        }
    }

    #[test]
    fn a_finding_is_stored_in_this_form_and_read_back() {
        let text = serde_json::to_string(&finding()).unwrap();
        assert_eq!(
            text,
            r#"{"rule":"github-pat","kind":"TOKEN","category":"secret","start":3,"end":43,"confidence":90,"validation":"checked","fingerprint":"01020304050607ff","encodings":["base64","hex"]}"#
        );
        assert_eq!(serde_json::from_str::<Finding>(&text).unwrap(), finding());
        for (right, wrong) in [
            ("\"start\":3", "\"start\":44"),
            (":90", ":101"),
            ("TOKEN", "TOKENS"),
            ("checked", "Checked"),
            ("07ff", "07fF"),
            ("\"hex\"", "\"hex\",\"hex\",\"hex\""),
        ] {
            let wrong = text.replace(right, wrong);
            assert!(serde_json::from_str::<Finding>(&wrong).is_err(), "{wrong}");
        }
        let short =
            r#"{"rule":"a","kind":"URL","start":0,"end":0,"confidence":0,"validation":"judged"}"#;
        let short: Finding = serde_json::from_str(short).unwrap();
        assert_eq!((short.fingerprint(), short.decoded_from()), (None, &[][..]));
    }

    #[test]
    fn a_report_is_read_back() {
        let mut report = Report::new();
        report.add(&[finding(), finding()]);
        report.add_bytes(7);
        report.add_elapsed(Duration::from_micros(1500));
        let text = serde_json::to_string(&report).unwrap();
        assert_eq!(
            text,
            r#"{"kinds":{"TOKEN":2},"rules":{"github-pat":2},"bytes":7,"elapsed":{"secs":0,"nanos":1500000}}"#
        );
        let mut read: Report = serde_json::from_str(&text).unwrap();
        assert_eq!(read, report);
        read.add(&[finding()]);
        assert_eq!(read.rules(), [("github-pat", 3)]);
    }
}
