//! Decisions on single placeholders.

use std::collections::HashMap;

use super::address::Address;
use super::host;
use crate::guard::conversation::{Release, ReleaseRules, Seen};
use crate::redact::{Judge, Kind};

/// Decides what is restored in what people read.
pub(crate) struct TextJudge<'j> {
    pub(crate) rules: &'j ReleaseRules,
    pub(crate) seen: &'j HashMap<u64, Seen>,
    /// Where the text stands.
    pub(crate) address: &'j mut Address,
}

impl Judge for TextJudge<'_> {
    fn begin(&mut self) {
        *self.address = Address::default();
    }

    fn read(&mut self, text: &str) {
        self.address.read(text);
    }

    fn releases(&mut self, kind: Kind, tag: u64, written: &str) -> bool {
        let seen = self.seen.get(&tag).copied().unwrap_or_default();
        kind == Kind::Literal
            || self.rules.of_seen(kind, seen) >= Release::Text
                && (self.rules.releases_in_addresses()
                    || is_open(self.rules, self.address, written))
    }

    fn may_stand_before(&mut self, kind: Kind, rest: &str, end: bool) -> Option<bool> {
        if kind == Kind::Literal || self.rules.releases_in_addresses() {
            return Some(true);
        }
        host::goes_on(rest, end).map(|goes_on| !goes_on)
    }
}

/// Decides what is restored in the arguments of a tool, and counts what is not.
pub(crate) struct ArgumentJudge<'j> {
    pub(crate) rules: &'j ReleaseRules,
    pub(crate) seen: &'j HashMap<u64, Seen>,
    /// Whether the tool may have values at all.
    pub(crate) restores: bool,
    /// Whether it may have them inside addresses.
    pub(crate) in_addresses: bool,
    pub(crate) address: Address,
    /// Placeholders that stay: withheld, unknown or damaged.
    pub(crate) left: u64,
}

impl Judge for ArgumentJudge<'_> {
    fn begin(&mut self) {
        self.address = Address::default();
    }

    fn read(&mut self, text: &str) {
        self.address.read(text);
    }

    fn misses(&mut self, written: &str) {
        // Words such as `token-endpoint` are not ours, and nobody takes them for ours.
        let is_ours = matches!(written.as_bytes(), [b'[', b'A'..=b'Z', b'A'..=b'Z', ..]);
        self.left += u64::from(is_ours);
    }

    fn releases(&mut self, kind: Kind, tag: u64, written: &str) -> bool {
        let seen = self.seen.get(&tag).copied().unwrap_or_default();
        let is_released = kind == Kind::Literal
            || self.restores
                && self.rules.of_seen(kind, seen) >= Release::Tools
                && (self.in_addresses || is_open(self.rules, &self.address, written));
        self.left += u64::from(!is_released);
        is_released
    }

    fn may_stand_before(&mut self, kind: Kind, rest: &str, end: bool) -> Option<bool> {
        if kind == Kind::Literal || self.in_addresses {
            return Some(true);
        }
        let goes_on = host::goes_on(rest, end)?;
        self.left += u64::from(goes_on);
        Some(!goes_on)
    }
}

/// Whether what stands at a place leads nowhere.
fn is_open(rules: &ReleaseRules, address: &Address, written: &str) -> bool {
    let is_in_html = rules.reads_html() && address.is_in_html();
    !address.is_inside() && !is_in_html && !is_encoded(written)
}

/// Whether a placeholder is written as part of an address.
fn is_encoded(written: &str) -> bool {
    written.starts_with('%')
}
