//! Places: tokens with a prefix of their own, one row each.

use crate::redact::builtin::rule::Rule;

pub(in crate::redact::builtin::families) const RULES: &[Rule] = tokens! {
    "duffel-token-other", "Duffel", Token, ["duffel_live_", "duffel_test_"], "[0-9A-Za-z_-]{38,60}", "https://duffel.com/docs";
    "samsara-token", "Samsara", Token, ["samsara_api_"], "[0-9A-Za-z]{30}", "https://developers.samsara.com/docs/authentication";
};
