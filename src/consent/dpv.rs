//! Receipts as records of ISO/IEC TS 27560, in the words of the Data Privacy Vocabulary.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::rules::PurposeRule;
use super::{
    ConsentFacts, ConsentReceipt, ConsentRules, ConsentState, Event, NoticeRef, ReceiptId,
};
use crate::Error;
use crate::error::ConsentCause;
use crate::taxonomy::{DataCategory, Purpose, Region};
use crate::time::{Moment, Period, Rounding};

/// A term of the vocabulary, and what it is called here, in words for people.
#[derive(Clone, Debug)]
pub struct DpvTerm {
    broader: Box<str>,
    label: Box<str>,
}

impl DpvTerm {
    /// Takes the term that something falls under, such as `dpv:ServiceProvision`.
    #[must_use]
    pub fn new(broader: &str) -> Self {
        Self {
            broader: broader.into(),
            label: broader.into(),
        }
    }

    /// Sets the words for people. Without this, they are the term itself.
    #[must_use]
    pub fn label(mut self, label: &str) -> Self {
        self.label = label.into();
        self
    }
}

/// What a record says about a purpose, beyond its receipt.
#[derive(Clone, Debug)]
pub struct DpvPurpose {
    term: DpvTerm,
    processing: Vec<Box<str>>,
    storage: Vec<Region>,
    kept: Option<Period>,
}

impl DpvPurpose {
    /// Describes a purpose by a term of the vocabulary and by words for people.
    #[must_use]
    pub fn new(term: DpvTerm) -> Self {
        Self {
            term,
            processing: Vec::new(),
            storage: Vec::new(),
            kept: None,
        }
    }

    /// Adds what is done with the data, such as `dpv:Collect`; `dpv:Use` where nothing
    /// is said.
    #[must_use]
    pub fn processing(mut self, term: &str) -> Self {
        self.processing.push(term.into());
        self
    }

    /// Adds a region in which the data is stored.
    #[must_use]
    pub fn stored_in(mut self, region: Region) -> Self {
        self.storage.push(region);
        self
    }

    /// Says how long the data is stored.
    #[must_use]
    pub fn kept_for(mut self, period: Period) -> Self {
        self.kept = Some(period);
        self
    }
}

/// What all records of a controller share, and the terms for its purposes and categories.
///
/// # Example
/// ```
/// use confidant::consent::{DpvProfile, DpvPurpose, DpvTerm};
/// use confidant::taxonomy::{DataCategory, Purpose};
///
/// let training = DpvTerm::new("dpv:ServiceImprovement").label("Train our models");
/// let chat = DpvTerm::new("pd:Communication").label("What you write to the assistant");
/// let profile = DpvProfile::new("acme")
///     .name("Acme Inc.")
///     .contact("privacy@acme.test")
///     .purpose(Purpose::new("training")?, DpvPurpose::new(training))
///     .category(DataCategory::new("chat")?, chat);
/// # let _ = profile;
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct DpvProfile {
    controller: Box<str>,
    name: Box<str>,
    contact: Option<Box<str>>,
    language: Box<str>,
    purposes: BTreeMap<Purpose, DpvPurpose>,
    categories: BTreeMap<DataCategory, DpvTerm>,
}

impl DpvProfile {
    /// Names the controller by its id in the records.
    #[must_use]
    pub fn new(controller: &str) -> Self {
        Self {
            controller: controller.into(),
            name: controller.into(),
            contact: None,
            language: "en".into(),
            purposes: BTreeMap::new(),
            categories: BTreeMap::new(),
        }
    }

    /// Sets the name of the controller. Without this, it is the id.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }

    /// Says whom to write to, which every record must say.
    #[must_use]
    pub fn contact(mut self, contact: &str) -> Self {
        self.contact = Some(contact.into());
        self
    }

    /// Sets the language of the labels, in two small letters; `en` where nothing is said.
    #[must_use]
    pub fn language(mut self, language: &str) -> Self {
        self.language = language.into();
        self
    }

    /// Describes a purpose.
    #[must_use]
    pub fn purpose(mut self, purpose: Purpose, described: DpvPurpose) -> Self {
        self.purposes.insert(purpose, described);
        self
    }

    /// Describes a category.
    #[must_use]
    pub fn category(mut self, category: DataCategory, term: DpvTerm) -> Self {
        self.categories.insert(category, term);
        self
    }

    /// Returns the consents of a data subject as JSON-LD, one record for each receipt
    /// about a consent, in order of time. `subject` is how the data subject is called in
    /// them.
    ///
    /// A record holds all mandatory fields of ISO/IEC TS 27560 in the form of the DPV
    /// profile `dpv-27560:record-2`. Each record of a purpose names the one before it.
    ///
    /// # Errors
    /// `Config` where no contact is stated, or a purpose of a receipt or one of its
    /// categories is not described or has no rule.
    pub fn records(
        &self,
        rules: &ConsentRules,
        facts: &ConsentFacts,
        subject: &str,
    ) -> Result<Vec<Value>, Error> {
        let mut receipts: Vec<_> = facts
            .receipts()
            .filter(|receipt| matches!(receipt.event, Event::Consent(_)))
            .collect();
        receipts.sort_by_key(|receipt| (receipt.at, receipt.event.rank(), receipt.id));
        let mut before: BTreeMap<&Purpose, &ConsentReceipt> = BTreeMap::new();
        let mut records = Vec::new();
        for receipt in receipts {
            let earlier = receipt
                .purposes
                .iter()
                .filter_map(|purpose| before.get(purpose));
            let earlier: Vec<_> = earlier.copied().collect();
            records.push(self.record(rules, receipt, &earlier, subject)?);
            for purpose in &receipt.purposes {
                before.insert(purpose, receipt);
            }
        }
        Ok(records)
    }

    fn record(
        &self,
        rules: &ConsentRules,
        receipt: &ConsentReceipt,
        earlier: &[&ConsentReceipt],
        subject: &str,
    ) -> Result<Value, Error> {
        let what = "contact of the controller";
        let contact = self.contact.as_deref();
        let contact = contact.ok_or(ConsentCause::Unknown { what })?;
        let mut entities = Map::new();
        let controller = json!({
            "@type": ["dpv:DataController"],
            "dpv:hasName": self.name,
            "dpv:hasContact": contact,
        });
        entities.insert(self.controller.to_string(), controller);
        let processes = receipt.purposes.iter();
        let processes: Result<Vec<_>, _> = processes
            .map(|purpose| self.process(rules, receipt, purpose, &mut entities))
            .collect();
        // A withdrawal ends what was given on a notice.
        let shown = earlier
            .iter()
            .rev()
            .find_map(|receipt| receipt.notice.as_ref());
        let notice = receipt.notice.as_ref().or(shown);
        let language = notice.map_or(&*self.language, NoticeRef::language);
        let language: String = language.chars().take(2).collect();
        let mut record = json!({
            "@context": {
                "dct": "http://purl.org/dc/terms/",
                "dpv": "https://w3id.org/dpv#",
                "dpv-27560": "https://w3id.org/dpv/schema/dpv-27560#",
                "loc": "https://w3id.org/dpv/loc#",
                "pd": "https://w3id.org/dpv/pd#",
                "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
                "skos": "http://www.w3.org/2004/02/skos/core#",
            },
            "@type": "dpv:ConsentRecord",
            "dct:conformsTo": "dpv-27560:record-2",
            "dct:created": receipt.received.to_string(),
            "dct:creator": self.controller,
            "dct:language": language.to_ascii_lowercase(),
            "dpv:hasIdentifier": receipt.id.to_string(),
            "dpv:hasDataSubject": {
                "@type": ["dpv:DataSubject"],
                "dpv:hasIdentifier": subject,
            },
            "dpv:hasProcess": processes?,
            "dpv:hasEntity": entities,
        });
        let fields = record.as_object_mut();
        if let Some(fields) = fields {
            if let Some(notice) = notice {
                fields.insert("dpv:hasNotice".into(), notice_value(notice));
            }
            let mut after: Vec<_> = earlier.iter().map(|receipt| receipt.id).collect();
            after.sort_unstable();
            after.dedup();
            if !after.is_empty() {
                let after: Vec<_> = after.iter().map(ReceiptId::to_string).collect();
                fields.insert("dpv:isAfter".into(), json!(after));
            }
        }
        Ok(record)
    }

    fn process(
        &self,
        rules: &ConsentRules,
        receipt: &ConsentReceipt,
        purpose: &Purpose,
        entities: &mut Map<String, Value>,
    ) -> Result<Value, Error> {
        let unknown = |id: &str| {
            let what = "purpose or category of a consent record";
            Error::from(ConsentCause::Unknown { what }).with_id(id)
        };
        let described = self.purposes.get(purpose);
        let described = described.ok_or_else(|| unknown(purpose.as_str()))?;
        let rule = rules.of(purpose).ok_or_else(|| unknown(purpose.as_str()))?;
        let mut data = Vec::new();
        for category in &rule.categories {
            let term = self
                .categories
                .get(category)
                .ok_or_else(|| unknown(category.as_str()))?;
            data.push(json!({
                "@type": ["dpv:PersonalData"],
                "skos:broader": [term.broader],
                "skos:prefLabel": term.label,
            }));
        }
        let mut recipients = vec![json!(self.controller)];
        for (recipient, ..) in &rule.recipients {
            recipients.push(json!(recipient.as_str()));
            let entity = json!({
                "@type": ["dpv:Recipient"],
                "dpv:hasName": recipient.as_str(),
            });
            entities.insert(recipient.to_string(), entity);
        }
        let default = [Box::from("dpv:Use")];
        let processing = if described.processing.is_empty() {
            &default[..]
        } else {
            &described.processing
        };
        let mut process = json!({
            "@type": "dpv:Process",
            "dpv:hasPurpose": [{
                "@type": ["dpv:Purpose"],
                "skos:broader": described.term.broader,
                "skos:prefLabel": described.term.label,
                "dct:identifier": purpose.as_str(),
            }],
            "dpv:hasPersonalData": data,
            "dpv:hasProcessing": processing,
            "dpv:hasDataController": [self.controller],
            "dpv:hasDataSource": ["dpv:DataSubjectDataSource"],
            "dpv:hasStorageCondition": storage(described),
            "dpv:hasRecipient": recipients,
            "dpv:hasLegalBasis": ["dpv:Consent"],
            "dpv:hasConsentStatus": [status(receipt, rule)],
        });
        if let Some(fields) = process.as_object_mut() {
            if let Some(jurisdiction) = &receipt.jurisdiction {
                let place = format!("loc:{jurisdiction}");
                fields.insert("dpv:hasJurisdiction".into(), json!([place]));
            }
            if let Some(route) = &receipt.withdrawal_route {
                let control = json!([{
                    "@type": ["dpv:WithdrawConsent"],
                    "dpv:isExercisedAt": route,
                }]);
                fields.insert("dpv:hasConsentControl".into(), control);
            }
        }
        Ok(process)
    }
}

/// The event: its state, its time and its duration, which are mandatory.
fn status(receipt: &ConsentReceipt, rule: &PurposeRule) -> Value {
    let state = match receipt.event {
        Event::Consent(state) => state,
        _ => ConsentState::Unknown,
    };
    let duration = match end(receipt, rule) {
        // Only a consent lasts until something.
        _ if !state.permits() => json!({"@type": ["dpv:IndeterminateDuration"]}),
        Some(end) => json!({
            "@type": ["dpv:UntilTimeDuration"],
            "rdf:value": end.to_string(),
        }),
        None => json!({
            "@type": ["dpv:UntilEventDuration"],
            "rdf:value": "withdrawal",
        }),
    };
    json!({
        "@type": [format!("dpv:{}", state.dpv())],
        "dpv:isIndicatedAtTime": receipt.at.to_string(),
        "dpv:isExercisedAt": receipt.method,
        "dpv:hasDuration": duration,
    })
}

/// When a consent ends that is not withdrawn: by its receipt, or by the rule before that.
fn end(receipt: &ConsentReceipt, rule: &PurposeRule) -> Option<Moment> {
    let valid = rule.valid_for.map(|period| {
        // An end that cannot be computed has come.
        period
            .after(receipt.at, Rounding::Back)
            .unwrap_or(receipt.at)
    });
    receipt.expires.into_iter().chain(valid).min()
}

fn storage(described: &DpvPurpose) -> Vec<Value> {
    let locations = described.storage.iter().map(|region| {
        json!({
            "@type": ["dpv:StorageLocation"],
            "dpv:hasLocation": format!("loc:{}", region.as_str().to_ascii_uppercase()),
        })
    });
    let kept = described.kept.iter().map(|period| {
        json!({
            "@type": ["dpv:StorageDuration"],
            "dpv:hasDuration": {
                "@type": "dpv:TemporalDuration",
                "rdf:value": period.to_string(),
            },
        })
    });
    locations.chain(kept).collect()
}

fn notice_value(notice: &NoticeRef) -> Value {
    let mut digest = String::from("sha256:");
    for byte in notice.digest() {
        // A string takes everything.
        let _ = write!(digest, "{byte:02x}");
    }
    json!([{
        "@type": ["dpv:ConsentNotice"],
        "dct:hasVersion": notice.version(),
        "dct:language": notice.language(),
        "dpv:hasIdentifier": digest,
    }])
}
