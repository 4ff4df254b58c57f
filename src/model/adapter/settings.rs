//! The settings that all builders share.

use reqwest::Url;

use crate::Error;
use crate::model::decode::{Expected, Sink};
use crate::model::http::Answer;
use crate::model::{
    Api, ApiKey, ModelCapabilities, ModelDescriptor, Name, Origin, ProviderConnection, Warning,
};
use crate::taxonomy::{Processor, Region};

/// The settings that all builders share.
#[derive(Debug)]
pub(in crate::model) struct Settings {
    pub(in crate::model) model: Name,
    pub(in crate::model) address: String,
    pub(in crate::model) key: ApiKey,
    pub(in crate::model) connection: ProviderConnection,
    pub(in crate::model) capabilities: ModelCapabilities,
    pub(in crate::model) region: Option<Region>,
    pub(in crate::model) provider: Option<Processor>,
    pub(in crate::model) answers_as: Vec<Name>,
}

impl Settings {
    pub(in crate::model) fn new(model: Name, address: &str, key: ApiKey) -> Self {
        Self {
            model,
            address: address.to_owned(),
            key,
            connection: ProviderConnection::default(),
            capabilities: ModelCapabilities::default(),
            region: None,
            provider: None,
            answers_as: Vec::new(),
        }
    }

    /// Describes the model, and returns the address that calls begin with.
    pub(in crate::model) fn describe(
        &self,
        api: Api,
        provider: &str,
    ) -> Result<(ModelDescriptor, Url), Error> {
        if self.model.is_empty() {
            return Err(Error::config("model has no name"));
        }
        let (endpoint, base) = self.connection.address(&self.address)?;
        let provider = match &self.provider {
            Some(provider) => provider.clone(),
            None => Processor::new(provider)?,
        };
        let owner = self.key.owner().clone();
        let model = self.model.clone();
        let mut descriptor = ModelDescriptor::new(provider, api, endpoint, model, owner);
        descriptor.region = self.region.clone();
        descriptor.capabilities = self.capabilities.clone();
        Ok((descriptor, base))
    }

    /// Returns which model may answer.
    pub(in crate::model) fn expected(&self, descriptor: &ModelDescriptor) -> Expected {
        let provider = descriptor.provider.as_str();
        let origin = Origin::new(descriptor.api, provider, descriptor.model.clone());
        Expected::new(origin, self.answers_as.clone())
    }
}

/// Returns the sink of an answer, with what is to be said about its request.
pub(in crate::model) fn sink(expected: &Expected, answer: &Answer, notes: Vec<Warning>) -> Sink {
    let request_id = answer.request_id.clone();
    Sink::new(expected.clone(), request_id, answer.attempts).with_notes(notes)
}

/// The methods that all builders share.
macro_rules! builder {
    ($builder:ident) => {
        impl $builder {
            /// Sets the address that calls begin with, such as one of a region or of a
            /// proxy of one's own.
            #[must_use]
            pub fn address(mut self, address: &str) -> Self {
                self.settings.address = address.to_owned();
                self
            }

            /// Sets how the provider is reached.
            #[must_use]
            pub fn connection(mut self, connection: crate::model::ProviderConnection) -> Self {
                self.settings.connection = connection;
                self
            }

            /// Says what the model can do. What it cannot is refused before anything is
            /// sent.
            #[must_use]
            pub fn capabilities(mut self, capabilities: crate::model::ModelCapabilities) -> Self {
                self.settings.capabilities = capabilities;
                self
            }

            /// Names the region in which the provider processes requests.
            #[must_use]
            pub fn region(mut self, region: crate::taxonomy::Region) -> Self {
                self.settings.region = Some(region);
                self
            }

            /// Names the party that receives requests, where it is not the vendor of
            /// the protocol.
            #[must_use]
            pub fn provider(mut self, provider: crate::taxonomy::Processor) -> Self {
                self.settings.provider = Some(provider);
                self
            }

            /// Adds a name under which the asked model may answer. Any other but a dated
            /// version of the asked name is an error.
            #[must_use]
            pub fn answers_as(mut self, name: impl Into<crate::model::Name>) -> Self {
                self.settings.answers_as.push(name.into());
                self
            }
        }
    };
}

pub(in crate::model) use builder;
