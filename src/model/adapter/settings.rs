//! The settings that all builders share.

use super::served::Served;
use crate::Error;
use crate::model::decode::Expected;
use crate::model::http::{Auth, Fault, Refusal, Transport};
use crate::model::{
    Api, ApiKey, Destination, ModelCapabilities, ModelDescriptor, Name, Origin, ProviderConnection,
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
    /// Whether the region is asked for by every call.
    is_region_forced: bool,
}

/// How a provider is spoken to.
pub(in crate::model) struct Wire {
    pub(in crate::model) api: Api,
    /// The vendor, where the settings name nobody else.
    pub(in crate::model) provider: &'static str,
    pub(in crate::model) auth: Auth,
    pub(in crate::model) fault: fn(&Refusal<'_>) -> Fault,
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
            is_region_forced: false,
        }
    }

    /// Says that every call asks for this place, which becomes the region of the model.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where the place is no region, or lies outside of
    /// the region that was set.
    pub(in crate::model) fn force_region(&mut self, place: &str) -> Result<(), Error> {
        let place = Region::new(place)?;
        match &self.region {
            Some(region) if !place.is_within(region) => {
                return Err(Error::config(
                    "place that calls ask for lies outside of the region of the model",
                ));
            }
            Some(_) => {}
            None => self.region = Some(place),
        }
        self.is_region_forced = true;
        Ok(())
    }

    /// Returns the model at its provider.
    pub(in crate::model) fn serve(self, wire: Wire) -> Result<Served, Error> {
        if self.model.is_empty() {
            return Err(Error::config("model has no name"));
        }
        let (endpoint, base) = self.connection.address(&self.address)?;
        let provider = match self.provider {
            Some(provider) => provider,
            None => Processor::new(wire.provider)?,
        };
        let destination = Destination::new(provider, endpoint, self.model);
        let mut descriptor =
            ModelDescriptor::new(destination, self.key.owner().clone()).with_api(wire.api);
        descriptor.region = self.region;
        descriptor.is_region_forced = self.is_region_forced;
        descriptor.capabilities = self.capabilities;
        let transport = Transport::new(self.connection, base, &descriptor, wire.auth, wire.fault)?;
        Ok(Served {
            expected: Expected::new(Origin::of(&descriptor), self.answers_as),
            descriptor,
            transport,
        })
    }
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

            /// Names the region in which the provider processes requests. It is taken at
            /// your word, unless the adapter asks for a place in every call: then that must
            /// lie within the region.
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
