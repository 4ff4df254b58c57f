//! Who speaks the protocol of OpenAI.

use super::fault::fault;
use crate::Error;
use crate::model::Api;
use crate::model::adapter::{Served, Settings, Wire};
use crate::model::http::Auth;

/// Who speaks the protocol: members, limits and privacy switches differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// OpenAI itself. Requests say `store: false`.
    #[default]
    OpenAi,
    /// Azure OpenAI. Requests say `store: false`; the model is the name of a deployment,
    /// so the builder needs [`answers_as`](super::OpenAiChatBuilder::answers_as).
    Azure,
    /// OpenRouter. Requests forbid fallbacks and providers that collect data.
    OpenRouter,
    /// A proxy of LiteLLM. Requests forbid its fallbacks.
    LiteLlm,
    /// A server of vLLM.
    Vllm,
    /// A server of llama.cpp.
    LlamaCpp,
    /// Another server. Requests say `store: false`, since it may keep them otherwise.
    Compatible,
}

impl Profile {
    /// Whether the request says that nothing is to be stored.
    pub(super) const fn says_store(self) -> bool {
        matches!(self, Self::OpenAi | Self::Azure | Self::Compatible)
    }

    /// Whether it is OpenAI's own service, with its newer members.
    pub(super) const fn is_original(self) -> bool {
        matches!(self, Self::OpenAi | Self::Azure)
    }

    /// Whether a pseudonym of the person is of use to the server.
    pub(super) const fn takes_end_user(self) -> bool {
        !matches!(self, Self::Vllm | Self::LlamaCpp)
    }

    const fn provider(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::OpenAi => Some(("openai", "https://api.openai.com/v1")),
            Self::OpenRouter => Some(("openrouter", "https://openrouter.ai/api/v1")),
            Self::Azure => Some(("azure.openai", "")),
            Self::LiteLlm => Some(("litellm", "")),
            Self::Vllm => Some(("vllm", "")),
            Self::LlamaCpp => Some(("llama.cpp", "")),
            Self::Compatible => None,
        }
    }
}

/// What the builders of this protocol share.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) profile: Profile,
    pub(super) api_version: Option<String>,
    pub(super) bearer: bool,
}

impl Default for Service {
    fn default() -> Self {
        Self {
            profile: Profile::OpenAi,
            api_version: None,
            bearer: false,
        }
    }
}

impl Service {
    /// Returns the model at its provider.
    pub(super) fn serve(self, mut settings: Settings, api: Api) -> Result<Served, Error> {
        let (provider, address) = match (self.profile.provider(), &settings.provider) {
            (Some(known), _) => known,
            (None, Some(_)) => ("", ""),
            (None, None) => {
                return Err(Error::config("provider of a compatible server has no name"));
            }
        };
        if settings.address.is_empty() {
            address.clone_into(&mut settings.address);
        }
        if settings.address.is_empty() {
            return Err(Error::config("server has no address"));
        }
        let azure = self.profile == Profile::Azure;
        if azure && settings.answers_as.is_empty() {
            return Err(Error::config(
                "deployment of Azure does not say which model answers",
            ));
        }
        let key = settings.key.clone();
        let wire = Wire {
            api,
            provider,
            auth: match azure && !self.bearer {
                true => Auth::Header("api-key", key),
                false => Auth::Bearer(key),
            },
            fault,
        };
        let mut served = settings.serve(wire)?;
        if let Some(version) = self.api_version {
            served.transport.set_query("api-version", version);
        }
        Ok(served)
    }
}

/// The methods that the builders of this protocol share.
macro_rules! service {
    ($builder:ident) => {
        impl $builder {
            /// Sets who speaks the protocol.
            #[must_use]
            pub const fn profile(mut self, profile: crate::model::Profile) -> Self {
                self.service.profile = profile;
                self
            }

            /// Sets the version of the older form of Azure, whose address ends with
            /// `/openai/deployments/` and the name of a deployment.
            #[must_use]
            pub fn api_version(mut self, version: &str) -> Self {
                self.service.api_version = Some(version.to_owned());
                self
            }

            /// Sends the key to Azure as a bearer token of Entra instead of as `api-key`.
            #[must_use]
            pub const fn bearer(mut self) -> Self {
                self.service.bearer = true;
                self
            }
        }
    };
}

pub(super) use service;
