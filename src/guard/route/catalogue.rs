//! Everything that is attested.

use ed25519_dalek::VerifyingKey;
use serde::Deserialize;

use super::attestation::{Attestation, Claim, Row};
use super::control::{Control, ControlReceipt, ControlState, Feature};
use super::payload::has_uploads;
use crate::Error;
use crate::model::{ChatModel, ChatRequest, ModelDescriptor};
use crate::time::Moment;

const MAX_DOCUMENT: usize = 4 << 20;
const SEED: &str = include_str!("catalogue.json");

/// A dated list of attestations.
///
/// [`seed`](Self::seed) is a list of what vendors' pages said on the day of its date: to
/// begin with, not to rely on. Nothing in it is signed, so nothing in it satisfies a
/// requirement; it tells which controls do not exist.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    version: Box<str>,
    attestations: Vec<Attestation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: String,
    attestations: Vec<Row>,
}

impl Catalogue {
    /// Returns an empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a list: a JSON object with `version`, a text, and `attestations`, objects as
    /// [`Attestation::from_json`] reads them.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where the document has another form, and
    /// [`Limit`](crate::ErrorKind::Limit) where it has more than 4 MiB.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        if text.len() > MAX_DOCUMENT {
            return Err(Error::limit("catalogue in bytes", MAX_DOCUMENT as u64));
        }
        let malformed = |_| Error::config("catalogue does not have the form of one");
        let document: Document = serde_json::from_str(text).map_err(malformed)?;
        let rows = document.attestations.into_iter();
        Ok(Self {
            version: document.version.into(),
            attestations: rows.map(Attestation::read).collect::<Result<_, _>>()?,
        })
    }

    /// Returns the list that comes with this crate.
    ///
    /// # Errors
    /// None, as long as the list is well-formed, which a test makes sure of.
    pub fn seed() -> Result<Self, Error> {
        Self::from_json(SEED)
    }

    /// Adds an attestation.
    #[must_use]
    pub fn with(mut self, attestation: Attestation) -> Self {
        self.attestations.push(attestation);
        self
    }

    /// Returns the version: for the list of this crate, its date.
    #[must_use]
    pub const fn version(&self) -> &str {
        &self.version
    }

    /// Returns all attestations.
    pub fn iter(&self) -> impl Iterator<Item = &Attestation> {
        self.attestations.iter()
    }

    /// Returns how the controls of a model stand for a request: for every tool that the
    /// provider runs for it, and for files that the provider keeps, they must hold as well.
    pub(crate) fn receipt_of(
        &self,
        (model, request): (&dyn ChatModel, &ChatRequest),
        requested: &[Control],
        keys: &[VerifyingKey],
        now: Moment,
    ) -> ControlReceipt {
        let place = model.descriptor();
        let receipt = |feature| self.receipt(place, feature, requested, keys, now);
        let files = has_uploads(request).then_some(Feature::Files);
        let tools = model.provider_tools(request);
        let others = tools.iter().map(Feature::from).chain(files);
        others.fold(receipt(Feature::Chat), |all, feature| {
            all.and(receipt(feature))
        })
    }

    /// Returns how the controls of a model stand for one use of it.
    pub(crate) fn receipt(
        &self,
        model: &ModelDescriptor,
        feature: Feature,
        requested: &[Control],
        keys: &[VerifyingKey],
        now: Moment,
    ) -> ControlReceipt {
        let about = self
            .attestations
            .iter()
            .filter(|found| found.is_about(model, feature, now));
        let about: Vec<_> = about.collect();
        let state = |control: Control| {
            let mut own = about.iter().filter(|found| found.control() == control);
            let holds = own
                .clone()
                .find(|found| found.claim() == Claim::Holds && found.is_signed_by(keys));
            let denies = own
                .clone()
                .find(|found| found.claim() == Claim::NoneExists && found.is_signed_by(keys));
            if !requested.contains(&control) {
                return (ControlState::NotRequested, None);
            }
            // That a control does not exist is the safer thing to believe.
            // The request itself asks for the region in which the model runs.
            let is_forced = control == Control::RegionPinned
                && feature == Feature::Chat
                && model.is_region_forced;
            match (
                denies,
                holds,
                own.any(|found| found.claim() == Claim::NoneExists),
            ) {
                (Some(found), ..) => (ControlState::NoneExists, Some(found.id())),
                (None, Some(found), _) => (ControlState::Applied, Some(found.id())),
                (None, None, _) if is_forced => (ControlState::Applied, None),
                (None, None, true) => (ControlState::NoneExists, None),
                (None, None, false) => (ControlState::Unresearched, None),
            }
        };
        let controls = Control::ALL.iter().map(|control| {
            let (state, id) = state(*control);
            (*control, state, id.map(Box::from))
        });
        ControlReceipt {
            controls: controls.collect(),
        }
    }
}
