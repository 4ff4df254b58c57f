//! Requests in the shape of the Data Rights Protocol 1.0.

use std::fmt;
use std::time::Duration;

use base64ct::{Base64, Encoding as _};
use serde_json::{Map, Value, json};

use super::{DateRange, Deadline, Intake, Refusal, Request, RequestId, RequestKind, RequestState};
use crate::Error;
use crate::error::RightsCause;
use crate::taxonomy::{Evidence, Jurisdiction};
use crate::time::Moment;

/// What a request of the Data Rights Protocol asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DrpAction {
    /// `access`.
    Access,
    /// `access:categories`: the categories alone.
    AccessCategories,
    /// `access:specific`: the pieces of data.
    AccessSpecific,
    /// `deletion`.
    Deletion,
    /// `sale:opt_in`, which is a consent and no request.
    OptIn,
    /// `sale:opt_out`.
    OptOut,
}

/// A request that an authorised agent sent under the Data Rights Protocol 1.0.
///
/// # Security
/// It may hold names and addresses. `Debug` shows none of them.
#[derive(Clone)]
pub struct DrpRequest {
    agent: Box<str>,
    business: Box<str>,
    agent_request: Option<Box<str>>,
    issued: Moment,
    expires: Moment,
    version: Box<str>,
    action: DrpAction,
    regime: Option<Box<str>>,
    relationships: Vec<Box<str>>,
    callback: Option<Box<str>>,
    claims: Map<String, Value>,
    digest: [u8; 32],
}

/// An agent, as the directory has them: their id, and their Ed25519 key.
#[derive(Clone, Copy, Debug)]
pub struct DrpAgent<'a> {
    id: &'a str,
    key: [u8; 32],
}

impl<'a> DrpAgent<'a> {
    /// Takes the id and the public key of an agent from the directory.
    #[must_use]
    pub const fn new(id: &'a str, key: [u8; 32]) -> Self {
        Self { id, key }
    }
}

impl DrpRequest {
    /// The most bytes of a request.
    pub const MAX: usize = 64 << 10;
    /// How long the time of a request lasts at most, from when it is issued on.
    pub const MAX_WINDOW: Duration = Duration::from_secs(30 * 86_400);
    /// How far ahead an agent's clock may be.
    pub const SKEW: Duration = Duration::from_secs(300);

    /// Opens a request as received: base 64 of an Ed25519 signature and the signed JSON
    /// text. It must come from `agent` and be addressed to `business`.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where the signature is not the agent's,
    /// `Config` where the text is not such a request, is from or to somebody else, or its
    /// time has not come, is over, or is longer than [`MAX_WINDOW`](Self::MAX_WINDOW);
    /// `Limit` for more than [`MAX`](Self::MAX) bytes.
    ///
    /// # Security
    /// The text opens again whenever it is sent again in its time. Open the request in the
    /// [`Register`](super::Register) under its [`request_id`](Self::request_id): while the
    /// register knows it, the same text opens no other one.
    pub fn open(
        text: &str,
        agent: &DrpAgent<'_>,
        business: &str,
        now: Moment,
    ) -> Result<Self, Error> {
        // Base 64 is longer by a third.
        if text.len() > Self::MAX / 3 * 4 + 4 {
            return Err(Error::limit("request of an agent", Self::MAX as u64));
        }
        let signed = Base64::decode_vec(text.trim_end()).map_err(|_| broken("not base 64"))?;
        let (signature, body) = signed
            .split_first_chunk::<64>()
            .ok_or_else(|| broken("shorter than its signature"))?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(&agent.key).ok();
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        let verified = key
            .filter(|key| !key.is_weak())
            .is_some_and(|key| key.verify_strict(body, &signature).is_ok());
        if !verified {
            return Err(RightsCause::Signature.into());
        }
        let this = Self::parse(body)?;
        if *this.agent != *agent.id || *this.business != *business {
            return Err(broken("from or to somebody else"));
        }
        let latest = this.issued.saturating_add(Self::MAX_WINDOW);
        if now.saturating_add(Self::SKEW) < this.issued || now >= this.expires {
            return Err(broken("its time has not come, or is over"));
        }
        if this.expires > latest {
            return Err(broken("its time is too long"));
        }
        Ok(this)
    }

    /// Reads the JSON text of a request, whose signature was verified elsewhere.
    ///
    /// # Errors
    /// `Config` where it is not such a request, `Limit` for more than
    /// [`MAX`](Self::MAX) bytes.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        use sha2::{Digest as _, Sha256};

        if body.len() > Self::MAX {
            return Err(Error::limit("request of an agent", Self::MAX as u64));
        }
        let value: Value = serde_json::from_slice(body)
            .map_err(|error| broken("not JSON").at_line(error.line()))?;
        let Value::Object(mut fields) = value else {
            return Err(broken("not an object"));
        };
        let mut text = |name: &'static str| match fields.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(Box::<str>::from(text))),
            Some(_) => Err(broken("a field is not text")),
        };
        let needed = |value: Option<Box<str>>| value.ok_or_else(|| broken("a field is missing"));
        let agent = needed(text("agent-id")?)?;
        let business = needed(text("business-id")?)?;
        let issued: Moment = needed(text("issued-at")?)?.parse()?;
        let expires: Moment = needed(text("expires-at")?)?.parse()?;
        let version = needed(text("drp.version")?)?;
        let exercise = needed(text("exercise")?)?;
        let agent_request = text("agent-request-id")?;
        let regime = text("regime")?;
        let callback = text("status_callback")?;
        let relationships = match fields.remove("relationships") {
            None => Vec::new(),
            Some(Value::Array(hints)) => {
                let hints = hints.iter().map(|hint| hint.as_str().map(Into::into));
                let hints: Option<Vec<_>> = hints.collect();
                hints.ok_or_else(|| broken("a hint is not text"))?
            }
            Some(_) => return Err(broken("hints are not a list")),
        };
        if !matches!(&*version, "1.0" | "0.9.4") {
            return Err(broken("another version of the protocol"));
        }
        if expires <= issued {
            return Err(broken("it expires before it is issued"));
        }
        Ok(Self {
            agent,
            business,
            agent_request,
            issued,
            expires,
            version,
            action: action(&exercise)?,
            regime,
            relationships,
            callback,
            claims: fields,
            digest: Sha256::digest(body).into(),
        })
    }

    /// Returns the id of the request that this text, sent once or again, opens: the
    /// beginning of its SHA-256 digest.
    #[must_use]
    pub fn request_id(&self) -> RequestId {
        let first = self.digest.first_chunk().copied();
        RequestId::from_bytes(first.unwrap_or_default())
    }

    /// Returns the id of the agent.
    #[must_use]
    pub fn agent(&self) -> &str {
        &self.agent
    }

    /// Returns the id of the business.
    #[must_use]
    pub fn business(&self) -> &str {
        &self.business
    }

    /// Returns the agent's own id of the request.
    #[must_use]
    pub fn agent_request(&self) -> Option<&str> {
        self.agent_request.as_deref()
    }

    /// Returns when it was issued, and when its time is over.
    #[must_use]
    pub const fn window(&self) -> (Moment, Moment) {
        (self.issued, self.expires)
    }

    /// Returns the version of the protocol that it names: `1.0`, or `0.9.4`, which is the
    /// same.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns what it asks for.
    #[must_use]
    pub const fn action(&self) -> DrpAction {
        self.action
    }

    /// Returns the legal regime that it names, such as `ccpa`; none is a voluntary one.
    #[must_use]
    pub fn regime(&self) -> Option<&str> {
        self.regime.as_deref()
    }

    /// Returns the hints at what data there may be.
    pub fn relationships(&self) -> impl Iterator<Item = &str> {
        self.relationships.iter().map(|hint| &**hint)
    }

    /// Returns the address that wants to hear of changes. Whether to call it is for the
    /// product to decide.
    #[must_use]
    pub fn callback(&self) -> Option<&str> {
        self.callback.as_deref()
    }

    /// Returns what the agent says of the person, such as `email`.
    ///
    /// # Security
    /// It is personal data.
    #[must_use]
    pub fn expose_claim(&self, name: &str) -> Option<&Value> {
        self.claims.get(name)
    }

    /// Returns whether the agent says that it verified a claim, such as `email`.
    #[must_use]
    pub fn is_verified(&self, name: &str) -> bool {
        let flag = format!("{name}_verified");
        self.claims.contains_key(name) && self.claims.get(&flag) == Some(&Value::Bool(true))
    }

    /// Makes an intake of it, received at a moment. The authority of the agent counts as
    /// proved by the signature, of which the digest of the text is the evidence; the
    /// identity does not, unless the product sets it, having looked at the claims.
    ///
    /// # Errors
    /// `Config` where it asks to opt in, or its agent's id has a character that no
    /// intake takes.
    pub fn intake(&self, received: Moment) -> Result<Intake, Error> {
        let kind = match self.action {
            DrpAction::Access | DrpAction::AccessCategories | DrpAction::AccessSpecific => {
                RequestKind::Access
            }
            DrpAction::Deletion => RequestKind::Deletion,
            DrpAction::OptOut => RequestKind::OptOut,
            DrpAction::OptIn => return Err(broken("an opt-in is a consent and no request")),
        };
        let mut intake = Intake::new(kind, received, "drp")
            .agent(&self.agent)
            .authority(Evidence::new(received, self.digest));
        if self.regime.as_deref() == Some("ccpa") {
            intake = intake.jurisdiction(Jurisdiction::new("US-CA")?);
        }
        intake.check()?;
        Ok(intake)
    }
}

impl Request {
    /// Returns the status of the request as an agent of the Data Rights Protocol expects
    /// it. `agent_request` is the agent's own id, where it gave one.
    #[must_use]
    pub fn drp_status(&self, deadline: &Deadline, agent_request: Option<&str>) -> Value {
        let (status, reason) = match self.state() {
            RequestState::Received => ("open", None),
            RequestState::IdentityPending => ("in_progress", Some("need_user_verification")),
            RequestState::Accepted | RequestState::InProgress => ("in_progress", None),
            RequestState::Fulfilled | RequestState::Partial => ("fulfilled", None),
            RequestState::Withdrawn => ("revoked", None),
            RequestState::Duplicate => ("denied", Some("other")),
            RequestState::Refused => {
                let reason = self.refusal().map(|(_, reason)| reason);
                let reason = match reason {
                    Some(Refusal::Fraud) => "suspected_fraud",
                    Some(Refusal::NotProven) => "insuf_verification",
                    Some(Refusal::NoMatch) => "no_match",
                    Some(Refusal::NotCovered) => "claim_not_covered",
                    Some(Refusal::OutsideJurisdiction) => "outside_jurisdiction",
                    Some(Refusal::Excessive) => "too_many_requests",
                    Some(Refusal::Overridden) | None => "other",
                };
                ("denied", Some(reason))
            }
        };
        let mut value = json!({
            "request_id": self.id().to_string(),
            "received_at": self.received().to_string(),
            "expected_by": deadline.due().to_string(),
            "status": status,
        });
        if let Some(fields) = value.as_object_mut() {
            if let Some(reason) = reason {
                fields.insert("reason".into(), reason.into());
            }
            if let Some(id) = agent_request {
                fields.insert("agent_request_id".into(), id.into());
            }
            let details = match self.state() {
                RequestState::Partial => Some("some of the data is kept, as the answer says"),
                RequestState::Duplicate => Some("another request asks for the same"),
                _ if deadline.is_extended() => Some("the time to answer was extended"),
                _ => None,
            };
            if let Some(details) = details {
                fields.insert("processing_details".into(), details.into());
            }
        }
        value
    }
}

fn action(exercise: &str) -> Result<DrpAction, Error> {
    Ok(match exercise {
        "access" => DrpAction::Access,
        "access:categories" => DrpAction::AccessCategories,
        "access:specific" => DrpAction::AccessSpecific,
        "deletion" => DrpAction::Deletion,
        "sale:opt_in" | "sale:opt-in" => DrpAction::OptIn,
        // The examples of the protocol write it with a dash.
        "sale:opt_out" | "sale:opt-out" => DrpAction::OptOut,
        _ => return Err(broken("an unknown right")),
    })
}

#[cold]
fn broken(what: &'static str) -> Error {
    RightsCause::Drp { what }.into()
}

impl fmt::Debug for DrpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DrpRequest")
            .field("action", &self.action)
            .field("issued", &self.issued)
            .field("expires", &self.expires)
            .field("claims", &self.claims.len())
            .finish_non_exhaustive()
    }
}

/// An access of the Data Rights Protocol reaches back as far as the law demands, where
/// the row of the table says so.
impl DateRange {
    /// Asks for everything since a row's [`lookback`](super::ClockRow::lookback).
    ///
    /// # Errors
    /// `Config` where it is later than `now`.
    pub fn since_lookback(row: &super::ClockRow, now: Moment) -> Result<Self, Error> {
        Self::between(row.lookback(), Some(now))
    }
}
