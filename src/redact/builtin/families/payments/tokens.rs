//! Payments: tokens with a prefix of their own, one row each.

use crate::redact::builtin::rule::Rule;

pub(in crate::redact::builtin::families) const RULES: &[Rule] = tokens! {
    "chec-key", "Commerce.js", ApiKey, ["pk_chec_", "sk_chec_"], "[0-9A-Za-z]{32,48}", "https://commercejs.com/docs/";
    "flutterwave-public-key", "Flutterwave", ApiKey, ["FLWPUBK-", "FLWPUBK_TEST-"], "[0-9a-z]{32}-X", "https://developer.flutterwave.com/docs";
    "pagar-me-token", "Pagar.me", ApiKey, ["ak_live_", "ak_test_", "ek_live_", "ek_test_"], "[0-9A-Za-z]{30}", "https://docs.pagar.me/";
    "square-application-id", "Square", ApiKey, ["sq0idp-", "sandbox-sq0idb-"], "[0-9A-Za-z_-]{22}", "https://developer.squareup.com/docs/";
    "stripe-key-other", "Stripe", ApiKey, ["rk_prod_", "sk_prod_"], "[0-9A-Za-z]{10,247}", "https://docs.stripe.com/keys";
};
