//! Settings of Anthropic's Messages.

use super::encode::Dialect;
use super::{Anthropic, fault};
use crate::Error;
use crate::model::adapter::{Settings, builder};
use crate::model::http::{Auth, Transport};
use crate::model::{Api, ApiKey, Name};

const ADDRESS: &str = "https://api.anthropic.com";
/// The version from which on sampling parameters and more are refused.
const STRICT_SINCE: &str = "2026-10-21";

/// Settings of an [`Anthropic`] model.
#[derive(Debug)]
pub struct AnthropicBuilder {
    settings: Settings,
    version: String,
    betas: Vec<String>,
    bearer: bool,
    dialect: Dialect,
}

impl AnthropicBuilder {
    pub(super) fn new(model: Name, key: ApiKey) -> Self {
        Self {
            settings: Settings::new(model, ADDRESS, key),
            version: STRICT_SINCE.to_owned(),
            betas: Vec::new(),
            bearer: false,
            dialect: Dialect::default(),
        }
    }

    /// Sets the version of the protocol, `2026-10-21` by default.
    ///
    /// From that version on a request with a temperature, `top_p` or `top_k`, or with a
    /// document in a message of the assistant, is refused here before it is sent.
    #[must_use]
    pub fn version(mut self, version: &str) -> Self {
        version.clone_into(&mut self.version);
        self
    }

    /// Switches a beta feature on.
    #[must_use]
    pub fn beta(mut self, name: &str) -> Self {
        self.betas.push(name.to_owned());
        self
    }

    /// Has every request processed in this place, such as `us` or `global`.
    #[must_use]
    pub fn inference_geo(mut self, geo: &str) -> Self {
        self.dialect.geo = Some(geo.into());
        self
    }

    /// Sends the key as a bearer token instead of as `x-api-key`.
    #[must_use]
    pub const fn bearer(mut self) -> Self {
        self.bearer = true;
        self
    }

    /// Sets the most tokens of an answer for requests that set none; 4,096 by default.
    #[must_use]
    pub const fn default_max_tokens(mut self, tokens: u32) -> Self {
        self.dialect.max_tokens = tokens;
        self
    }

    /// Checks the settings and returns the model.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where the address, the version or a beta is
    /// not well-formed, or the connection cannot be made as set.
    pub fn build(self) -> Result<Anthropic, Error> {
        let date =
            |text: &str| text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        if !date(&self.version) {
            return Err(Error::config("version of the protocol is not a date"));
        }
        let (descriptor, base) = self
            .settings
            .describe(Api::AnthropicMessages, "anthropic")?;
        let expected = self.settings.expected(&descriptor);
        let auth = if self.bearer {
            Auth::Bearer(self.settings.key)
        } else {
            Auth::Header("x-api-key", self.settings.key)
        };
        let connection = self.settings.connection;
        let mut transport = Transport::new(connection, base, &descriptor, auth, fault)?
            .with_header("anthropic-version", &self.version)?;
        if !self.betas.is_empty() {
            transport = transport.with_header("anthropic-beta", &self.betas.join(","))?;
        }
        let mut dialect = self.dialect;
        dialect.strict = self.version.as_str() >= STRICT_SINCE;
        Ok(Anthropic {
            descriptor,
            transport,
            expected,
            dialect,
        })
    }
}

builder!(AnthropicBuilder);
