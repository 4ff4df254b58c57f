//! Settings of Anthropic's Messages.

use super::encode::Dialect;
use super::{Anthropic, fault};
use crate::Error;
use crate::model::adapter::{Settings, Wire, builder};
use crate::model::http::Auth;
use crate::model::{Api, ApiKey, Name};

const ADDRESS: &str = "https://api.anthropic.com";
/// The version from which on sampling parameters and more are refused.
const STRICT_SINCE: &str = "2026-10-21";

/// The `inference_geo` that is none: a request may be processed anywhere.
const ANYWHERE: &str = "global";

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

    /// Asks in every request for a place in which the model is to run, such as `us`. It
    /// becomes the region of the model, and an answer that says it came from elsewhere is
    /// an error. `global` is any place, so it goes with no region.
    ///
    /// The place is that of the model alone. Where code runs and what the provider keeps
    /// lies is a setting of the workspace.
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
    /// not well-formed, or the connection cannot be made as set. The same where a
    /// [region](Self::region) is set that no [`inference_geo`](Self::inference_geo) asks
    /// for: one that lies elsewhere, or, at Anthropic's own address, none.
    pub fn build(mut self) -> Result<Anthropic, Error> {
        let date =
            |text: &str| text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        if !date(&self.version) {
            return Err(Error::config("version of the protocol is not a date"));
        }
        let mut dialect = self.dialect;
        match &dialect.geo {
            Some(geo) if geo.as_str() != ANYWHERE => self.settings.force_region(geo)?,
            geo => {
                let is_own = geo.is_some() || self.settings.address == ADDRESS;
                if is_own && self.settings.region.is_some() {
                    let what = "no inference_geo keeps requests in the region of the model";
                    return Err(Error::config(what));
                }
            }
        }
        dialect.place = self.settings.region.clone();
        dialect.strict = self.version.as_str() >= STRICT_SINCE;
        let key = self.settings.key.clone();
        let wire = Wire {
            api: Api::AnthropicMessages,
            provider: "anthropic",
            auth: match self.bearer {
                true => Auth::Bearer(key),
                false => Auth::Header("x-api-key", key),
            },
            fault,
        };
        let mut served = self.settings.serve(wire)?;
        served
            .transport
            .add_header("anthropic-version", &self.version)?;
        if !self.betas.is_empty() {
            let betas = self.betas.join(",");
            served.transport.add_header("anthropic-beta", &betas)?;
        }
        Ok(Anthropic { served, dialect })
    }
}

builder!(AnthropicBuilder);
