//! How changes of the policy are announced, and when a version may take effect.

use super::document::{ChangeChannel, Material};
use crate::decision::{ClauseId, Decision, Reason};
use crate::time::Period;
use crate::time::{Moment, Rounding, Zone};

/// How changes are announced, and from when this version holds.
#[derive(Clone, Debug)]
pub struct Announcement {
    pub(super) clause: Option<ClauseId>,
    pub(super) channels: Vec<ChangeChannel>,
    pub(super) lead: Option<Period>,
    pub(super) material: Vec<Material>,
    pub(super) gate: bool,
    pub(super) effective: Option<Moment>,
    pub(super) zone: Zone,
    pub(super) acceptance_by_use: bool,
}

/// That an announcement was sent, and when and how.
#[derive(Clone, Copy, Debug)]
pub struct Announced {
    at: Moment,
    channel: ChangeChannel,
    evidence: [u8; 32],
}

impl Announced {
    /// Says when the last of those concerned was told, by which channel, and gives the
    /// SHA-256 digest of what shows it.
    #[must_use]
    pub const fn new(at: Moment, channel: ChangeChannel, evidence: [u8; 32]) -> Self {
        Self {
            at,
            channel,
            evidence,
        }
    }

    /// Returns the digest of what shows it, for the audit log.
    #[must_use]
    pub const fn evidence(&self) -> &[u8; 32] {
        &self.evidence
    }
}

impl Default for Announcement {
    fn default() -> Self {
        Self {
            clause: None,
            channels: Vec::new(),
            lead: None,
            material: Vec::new(),
            gate: false,
            effective: None,
            zone: Zone::UTC,
            acceptance_by_use: false,
        }
    }
}

impl Announcement {
    /// Returns the channels, one of which is enough.
    #[must_use]
    pub fn channels(&self) -> &[ChangeChannel] {
        &self.channels
    }

    /// Returns how long before it takes effect a change is announced.
    #[must_use]
    pub const fn lead(&self) -> Option<Period> {
        self.lead
    }

    /// Returns the changes that count as material.
    #[must_use]
    pub fn material(&self) -> &[Material] {
        &self.material
    }

    /// Returns from when this version holds.
    #[must_use]
    pub const fn effective(&self) -> Option<Moment> {
        self.effective
    }

    /// Returns whether use after the effective date is recorded as acceptance. It is
    /// never consent.
    #[must_use]
    pub const fn is_accepted_by_use(&self) -> bool {
        self.acceptance_by_use
    }

    /// Returns the last moment at which a change that takes effect with this version can
    /// be announced in time.
    #[must_use]
    pub fn notice_by(&self) -> Option<Moment> {
        super::span::latest_start(self.effective?, self.lead?, &self.zone)
    }

    /// Decides whether this version may take effect now: its date has come and, where the
    /// policy demands it, the announcement was sent by a listed channel the lead time
    /// before.
    pub fn activate(&self, announced: Option<&Announced>, now: Moment) -> Decision {
        let (Some(clause), Some(effective)) = (&self.clause, self.effective) else {
            let why = "the policy states no announcement and no effective date";
            return Decision::deny(Reason::without_clause(why));
        };
        let reason = |why| Reason::new(clause.clone(), why);
        if now < effective {
            return Decision::deny(reason("effective date has not come"));
        }
        if !self.gate {
            return Decision::allow(reason("effective date has come"));
        }
        let Some(announced) = announced else {
            return Decision::deny(reason("proof of the announcement is missing"));
        };
        if !self.channels.contains(&announced.channel) {
            return Decision::deny(reason(
                "announcement was sent by a channel that is not listed",
            ));
        }
        let over = self
            .lead
            .map(|lead| lead.after_in(announced.at, &self.zone, Rounding::Forward));
        match over {
            Some(Ok(over)) if over > now => Decision::deny(reason("lead time is not over")),
            Some(Err(_)) => Decision::deny(reason("lead time cannot be computed")),
            _ => Decision::allow(reason("announced in time, and effective date has come")),
        }
    }
}
