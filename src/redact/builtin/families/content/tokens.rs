//! Content: tokens with a prefix of their own, one row each.

use crate::redact::builtin::rule::Rule;

pub(in crate::redact::builtin::families) const RULES: &[Rule] = tokens! {
    "contentstack-token", "Contentstack", Token, ["blt"], "[0-9a-f]{16}", "https://www.contentstack.com/docs/developers/";
    "frame-io-token", "Frame.io", Token, ["fio-u-"], "[0-9A-Za-z_=-]{60,70}", "https://developer.frame.io/";
    "photoroom-key-token", "PhotoRoom", ApiKey, ["sk_pr_"], "[0-9a-z_]{44,53}", "https://docs.photoroom.com/";
};
