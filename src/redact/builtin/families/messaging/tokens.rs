//! Messages: tokens with a prefix of their own, one row each.

use crate::redact::builtin::rule::Rule;

pub(in crate::redact::builtin::families) const RULES: &[Rule] = tokens! {
    "branch-token", "Branch", ApiKey, ["key_live_", "key_test_"], "[0-9A-Za-z]{32}", "https://help.branch.io/";
    "courier-token", "Courier", Token, ["pk_prod_", "pk_test_", "dk_prod_"], "[0-9A-Z]{28}", "https://www.courier.com/docs/";
    "lob-publishable-key", "Lob", ApiKey, ["live_pub_", "test_pub_"], "[0-9a-f]{31}", "https://docs.lob.com/";
    "mailgun-public-key", "Mailgun", ApiKey, ["pubkey-"], "[0-9a-f]{32}", "https://documentation.mailgun.com/";
    "mailsac-key-token", "Mailsac", ApiKey, ["k_"], "[0-9A-Za-z]{40,56}", "https://docs.mailsac.com/";
    "ntfy-token", "ntfy", Token, ["tk_"], "[0-9a-z]{29}", "https://docs.ntfy.sh/";
    "riot-key-other", "Riot Games", ApiKey, ["RGAPI-"], "[0-9a-z]{8}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{12}", "https://developer.riotgames.com/docs/portal";
    "slack-legacy-token", "Slack", Token, ["xoxa-", "xoxb-", "xoxe-", "xoxo-", "xoxp-", "xoxr-", "xoxs-"], "[0-9]{2}[0-9A-Za-z-]{9,160}", "https://docs.slack.dev/authentication/tokens";
    "smtp2go-token", "SMTP2GO", ApiKey, ["api-"], "[0-9A-F]{32}", "https://developers.smtp2go.com/";
};
