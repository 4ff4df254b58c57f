//! Which model it is, and where.

use std::fmt;

use super::{ModelCapabilities, Name};
use crate::Error;
use crate::taxonomy::{Processor, Region};

/// A wire protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Api {
    /// Messages, of Anthropic.
    AnthropicMessages,
    /// Converse, of AWS Bedrock.
    BedrockConverse,
    /// Generate content, of Gemini.
    GeminiGenerateContent,
    /// Chat, of Ollama.
    OllamaChat,
    /// Chat Completions, of OpenAI and everything compatible.
    OpenAiChat,
    /// Responses, of OpenAI.
    OpenAiResponses,
    /// Another one: a model that somebody plugged in.
    Other,
}

/// Whose contract with the provider a call runs under.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CredentialOwner {
    /// The operator of the product.
    Platform,
    /// A customer, who brought a key; with the customer's tenant.
    Customer(Name),
    /// Nobody: there is no key, as with a model on this machine.
    Nobody,
}

/// The place that a request goes to: a scheme, a host and a port, such as
/// `https://api.example.com:443`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint(Box<str>);

impl Endpoint {
    /// Takes a place such as `https://api.example.com` or `http://127.0.0.1:11434`.
    /// The port of the scheme is filled in, and the host is put in lower case.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where there is more than a scheme of
    /// `http` or `https`, a host and a port, or less.
    pub fn new(text: &str) -> Result<Self, Error> {
        let bad = || Error::config("endpoint is not a scheme, a host and a port");
        let (scheme, rest) = text.split_once("://").ok_or_else(bad)?;
        let default = match scheme {
            "https" => 443,
            "http" => 80,
            _ => return Err(bad()),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.rsplit_once(':') {
            // The colons of an address in brackets are not before a port.
            Some((host, port)) if !port.ends_with(']') => {
                (host, port.parse::<u16>().map_err(|_| bad())?)
            }
            _ => (rest, default),
        };
        let inner = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.' || b == b'_';
        let is_host = match inner {
            Some(inner) => inner.parse::<std::net::Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.bytes().all(plain),
        };
        if !is_host {
            return Err(bad());
        }
        Ok(Self(
            format!("{scheme}://{}:{port}", host.to_ascii_lowercase()).into(),
        ))
    }

    /// Returns the text, with the port.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the host, an IPv6 address without its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        let rest = self.0.split_once("://").map_or(&*self.0, |(_, rest)| rest);
        let host = rest.rsplit_once(':').map_or(rest, |(host, _)| host);
        host.trim_start_matches('[').trim_end_matches(']')
    }

    /// Returns the port.
    #[must_use]
    pub fn port(&self) -> u16 {
        let port = self.0.rsplit_once(':').map(|(_, port)| port.parse());
        port.and_then(Result::ok).unwrap_or(0)
    }

    /// Returns whether the host is written as this machine: `localhost` or a loopback
    /// address.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        crate::host::is_loopback(self.host())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({})", self.0)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which model it is, where it runs, and under whose contract.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelDescriptor {
    /// The party that receives the request.
    pub provider: Processor,
    /// The wire protocol.
    pub api: Api,
    /// The place that requests go to.
    pub endpoint: Endpoint,
    /// The model, as the provider names it.
    pub model: Name,
    /// Where the provider processes the request, where that is fixed.
    pub region: Option<Region>,
    /// Whether the region does not rest on the operator's word alone: every call asks for a
    /// place within it, or goes to an endpoint of the provider that is bound to one.
    pub is_region_forced: bool,
    /// Whose contract the calls run under.
    pub credential_owner: CredentialOwner,
    /// What the model can do.
    pub capabilities: ModelCapabilities,
}

impl ModelDescriptor {
    /// Returns a descriptor that says where the model is and whose contract its calls run
    /// under. Everything else is unknown.
    #[must_use]
    pub fn new(destination: Destination, credential_owner: CredentialOwner) -> Self {
        Self {
            provider: destination.provider,
            api: Api::Other,
            endpoint: destination.endpoint,
            model: destination.model,
            region: None,
            is_region_forced: false,
            credential_owner,
            capabilities: ModelCapabilities::default(),
        }
    }

    /// Says which protocol the model speaks; [`Api::Other`] without it.
    #[must_use]
    pub const fn with_api(mut self, api: Api) -> Self {
        self.api = api;
        self
    }

    /// Names the region in which the provider processes requests, at the operator's word.
    #[must_use]
    pub fn with_region(mut self, region: Region) -> Self {
        self.region = Some(region);
        self
    }

    /// Says what the model can do.
    #[must_use]
    pub fn with_capabilities(mut self, capabilities: ModelCapabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// Returns where a request for this model is bound.
    #[must_use]
    pub fn destination(&self) -> Destination {
        Destination {
            provider: self.provider.clone(),
            endpoint: self.endpoint.clone(),
            model: self.model.clone(),
        }
    }
}

/// One model at one place, such as the one that a request was cleared for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Destination {
    provider: Processor,
    endpoint: Endpoint,
    model: Name,
}

impl Destination {
    /// Returns a model of a provider at a place.
    #[must_use]
    pub fn new(provider: Processor, endpoint: Endpoint, model: impl Into<Name>) -> Self {
        Self {
            provider,
            endpoint,
            model: model.into(),
        }
    }

    /// Returns the party that receives the request.
    #[must_use]
    pub const fn provider(&self) -> &Processor {
        &self.provider
    }

    /// Returns the place that the request goes to.
    #[must_use]
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Returns the model.
    #[must_use]
    pub const fn model(&self) -> &Name {
        &self.model
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_scheme_a_host_and_a_port() {
        for (text, expected, local) in [
            (
                "https://api.Example.com",
                "https://api.example.com:443",
                false,
            ),
            (
                "https://api.example.com/",
                "https://api.example.com:443",
                false,
            ),
            ("http://localhost:11434", "http://localhost:11434", true),
            ("http://127.8.0.1", "http://127.8.0.1:80", true),
            ("http://[::1]:8080", "http://[::1]:8080", true),
            ("https://[2001:db8::1]", "https://[2001:db8::1]:443", false),
            (
                "https://localhost.example.com",
                "https://localhost.example.com:443",
                false,
            ),
        ] {
            let endpoint = Endpoint::new(text).unwrap();
            assert_eq!(endpoint.as_str(), expected);
            assert_eq!(endpoint.is_loopback(), local, "{text}");
            assert_eq!(Endpoint::new(endpoint.as_str()).unwrap(), endpoint);
        }
        for bad in [
            "",
            "api.example.com",
            "ftp://a",
            "https://",
            "https://a/b",
            "https://a?b",
            "https://a@b",
            "https://a:b",
            "https://a:99999",
            "https://[::x]",
            "https://a b",
        ] {
            assert!(Endpoint::new(bad).is_err(), "{bad}");
        }
    }
}
