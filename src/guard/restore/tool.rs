//! Tools: what they may have, and what becomes of their arguments.

use std::fmt;
use std::sync::Arc;

use super::address::Address;
use super::judge::ArgumentJudge;
use super::lead::leads;
use super::reach::each_text;
use crate::Error;
use crate::decision::{Decision, Reason};
use crate::guard::conversation::{ReleaseRules, State};
use crate::model::{Arguments, Json, Name};
use crate::pointer::for_pointers;
use crate::redact::RestoreCounts;

/// What a tool does, and whether it may have values in place of placeholders.
///
/// A tool without a rule may have none, and counts as one that writes.
///
/// # Example
/// ```
/// use confidant::guard::{Guard, ToolRule};
/// use confidant::redact::Redactor;
///
/// let guard = Guard::builder(Redactor::secrets_and_pii())
///     .tool(ToolRule::writes("send_mail").restoring())
///     .tool(ToolRule::reads("search"))
///     .build()?;
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ToolRule {
    pub(crate) name: Box<str>,
    pub(crate) writes: bool,
    pub(crate) restores: bool,
    pub(crate) in_addresses: bool,
    hosts: Vec<Box<str>>,
    destination: Option<Arc<dyn DestinationPolicy>>,
}

/// Decides whether the place that a call goes to may have values.
///
/// It sees the arguments as the tool would get them, with values restored: a value may be the
/// very address that a call goes to. A member stands in an object once; a call with one twice
/// is denied before.
///
/// It is asked when the call of a tool has arrived whole, on the thread that reads the
/// answer and with the conversation locked: it must not use that conversation, and not wait.
/// A denial leaves the answer as it is, but for the arguments of this call.
///
/// # Security
/// The arguments hold values. Do not log them.
pub trait DestinationPolicy: fmt::Debug + Send + Sync {
    /// Decides on a call. What cannot be decided is denied.
    fn decide(&self, tool: &str, arguments: &serde_json::Value) -> Decision;
}

for_pointers! {
    impl DestinationPolicy {
        fn decide(&self, tool: &str, arguments: &serde_json::Value) -> Decision {
            (**self).decide(tool, arguments)
        }
    }
}

impl ToolRule {
    /// Returns the rule of a tool that only reads: a placeholder that is left in its
    /// arguments does no harm.
    #[must_use]
    pub fn reads(name: &str) -> Self {
        Self::new(name, false)
    }

    /// Returns the rule of a tool that writes or executes: a placeholder that is left in
    /// its arguments denies the call.
    #[must_use]
    pub fn writes(name: &str) -> Self {
        Self::new(name, true)
    }

    fn new(name: &str, writes: bool) -> Self {
        Self {
            name: name.into(),
            writes,
            restores: false,
            in_addresses: false,
            hosts: Vec::new(),
            destination: None,
        }
    }

    /// Restores values in its arguments, once its destination is cleared. Without a
    /// [host](Self::host), a call with any web address in its arguments is denied.
    #[must_use]
    pub const fn restoring(mut self) -> Self {
        self.restores = true;
        self
    }

    /// Lets web addresses of this host stand in its arguments: its name alone, without a
    /// scheme, a port or a wildcard, or an IP address without brackets. A guard is not
    /// [built](crate::guard::GuardBuilder::build) with another form. With an address of any
    /// other host a call has nothing restored and is denied, and so it is with one that
    /// readers of addresses do not agree on, such as `https:/host`, one with a backslash, or
    /// `//host`. Addresses count wherever they stand, in keys and in JSON in strings too, and
    /// so do those that are restored: a tool that calls the webhook of a user names its host.
    #[must_use]
    pub fn host(mut self, host: &str) -> Self {
        self.hosts.push(host.to_ascii_lowercase().into());
        self
    }

    /// Restores values inside web addresses too.
    #[must_use]
    pub const fn in_addresses(mut self) -> Self {
        self.in_addresses = true;
        self
    }

    /// Asks for a decision on the destination of each call.
    #[must_use]
    pub fn destination(mut self, destination: Arc<dyn DestinationPolicy>) -> Self {
        self.destination = Some(destination);
        self
    }

    /// Makes sure that a listed host can match one.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.hosts.iter().all(|host| is_host(host)) {
            true => Ok(()),
            false => Err(Error::config("host of a tool is not the name of one")),
        }
    }

    /// Returns whether all that these arguments lead to is listed, and can be told.
    fn leads_to_listed(&self, json: &str) -> bool {
        each_text(json, &|text| self.is_listed(text))
    }

    /// Decides whether the place that a call goes to may have values, by its arguments with
    /// all values restored.
    fn decide(&self, json: &Json) -> Decision {
        let deny = |why| Decision::deny(Reason::without_clause(why));
        if !self.leads_to_listed(json.as_str()) {
            return deny("an address in the arguments is of a host that is not listed");
        }
        let Some(destination) = &self.destination else {
            return Decision::allow(Reason::without_clause("the tool may have values"));
        };
        match json.read::<serde_json::Value>() {
            Some(arguments) => destination.decide(&self.name, &arguments),
            None => deny("the arguments cannot be read"),
        }
    }

    fn is_listed(&self, text: &str) -> bool {
        let is_listed = |host: &str| {
            let mut hosts = self.hosts.iter();
            hosts.any(|listed| listed.eq_ignore_ascii_case(host))
        };
        let mut leads = leads(text).into_iter();
        leads.all(|lead| lead.is_some_and(is_listed))
    }
}

/// Whether this is the name of a host, such as `api.acme.example`, or an IP address.
fn is_host(host: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len()) && label.bytes().all(is_part) && !label.starts_with('-')
    };
    let is_name = host.len() <= 253 && host.split('.').all(is_label);
    is_name || host.parse::<std::net::Ipv6Addr>().is_ok()
}

/// What was decided on one call of a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolVerdict {
    call: Name,
    tool: Name,
    outcome: ToolOutcome,
    restored: u64,
    left: u64,
}

/// How a call of a tool came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ToolOutcome {
    /// It may run with the arguments as they stand.
    Allowed,
    /// It may not run, and why. Its arguments are
    /// [malformed](crate::model::Arguments::Malformed) in the answer.
    Denied(&'static str),
}

impl ToolVerdict {
    /// Returns the id of the call.
    #[must_use]
    pub const fn call(&self) -> &Name {
        &self.call
    }

    /// Returns the tool.
    #[must_use]
    pub const fn tool(&self) -> &Name {
        &self.tool
    }

    /// Returns how it came out.
    #[must_use]
    pub const fn outcome(&self) -> ToolOutcome {
        self.outcome
    }

    /// Returns whether the tool may run.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.outcome == ToolOutcome::Allowed
    }

    /// Returns how many values were restored in the arguments.
    #[must_use]
    pub const fn restored(&self) -> u64 {
        self.restored
    }

    /// Returns how many placeholders are left in them.
    #[must_use]
    pub const fn left(&self) -> u64 {
        self.left
    }
}

/// Restores the arguments of a call as far as the rule of its tool allows.
pub(crate) fn arguments(
    rules: &ReleaseRules,
    rule: Option<&ToolRule>,
    state: &State,
    (call, tool): (&Name, &Name),
    arguments: &Arguments,
) -> (Arguments, ToolVerdict, RestoreCounts) {
    let mut verdict = ToolVerdict {
        call: call.clone(),
        tool: tool.clone(),
        outcome: ToolOutcome::Allowed,
        restored: 0,
        left: 0,
    };
    let denied = |mut verdict: ToolVerdict, why, counts| {
        verdict.outcome = ToolOutcome::Denied(why);
        let text = Arguments::Malformed(arguments.as_str().into());
        (text, verdict, counts)
    };
    let none = RestoreCounts::default();
    let Arguments::Json(json) = arguments else {
        return denied(verdict, "arguments are not JSON", none);
    };
    let restoring = rule.filter(|rule| rule.restores);
    if restoring.is_some_and(|rule| !rule.leads_to_listed(json.as_str())) {
        return denied(verdict, "destination is not cleared", none);
    }
    let mut judge = ArgumentJudge {
        rules,
        seen: &state.seen,
        restores: restoring.is_some(),
        in_addresses: rule.is_some_and(|rule| rule.in_addresses),
        address: Address::default(),
        left: 0,
    };
    let restored = state.map.restore_json_if(json.as_str(), &mut judge);
    let Ok(restored) = restored else {
        return denied(verdict, "arguments cannot be restored", none);
    };
    let counts = restored.counts();
    // A label stands where a value was that nobody can restore.
    let labels = json.as_str().matches("[REDACTED-").count() as u64;
    verdict.left = judge.left + labels;
    let parsed: Result<Json, Error> = Json::parse(restored.as_str());
    let Ok(new) = parsed else {
        return denied(verdict, "arguments cannot be restored", none);
    };
    if verdict.left > 0 && rule.is_none_or(|rule| rule.writes) {
        return denied(verdict, "a placeholder is left in the arguments", none);
    }
    // What is restored may itself be the address that the call goes to.
    if restoring.is_some_and(|rule| !rule.decide(&new).is_allow()) {
        return denied(verdict, "destination is not cleared", none);
    }
    verdict.restored = counts.restored();
    (Arguments::Json(new), verdict, counts)
}
