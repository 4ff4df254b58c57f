//! The web: tokens with a prefix of their own, one row each.

use crate::redact::builtin::rule::Rule;

pub(in crate::redact::builtin::families) const RULES: &[Rule] = tokens! {
    "hcaptcha-secret", "hCaptcha", Secret, ["ES_"], "[0-9a-f]{32}", "https://docs.hcaptcha.com/";
};
