//! Models: tokens with a prefix of their own, one row each.

use crate::redact::builtin::rule::Rule;

pub(in crate::redact::builtin::families) const RULES: &[Rule] = tokens! {
    "anthropic-admin-key-other", "Anthropic", ApiKey, ["sk-ant-admin"], "[0-9-]{3}[0-9A-Za-z_-]{80,120}", "https://docs.anthropic.com/";
    "anthropic-api-key-other", "Anthropic", ApiKey, ["sk-ant-api"], "[0-9-]{3}[0-9A-Za-z_-]{80,120}", "https://docs.anthropic.com/";
    "baseten-short-key", "Baseten", ApiKey, ["bt_"], "[0-9A-Za-z]{40}", "https://docs.baseten.co/";
    "coze-token", "Coze", Token, ["pat_"], "[0-9A-Za-z]{64}", "https://www.coze.com/docs";
    "scale-ai-key-token", "Scale AI", ApiKey, ["live_", "test_", "live_auth_", "test_auth_"], "[0-9a-f]{32}", "https://docs.scale.com/";
    "voiceflow-key-token", "Voiceflow", ApiKey, ["VF.DM.", "VF.WS.", "VF."], r"[0-9a-f]{24}\.[0-9A-Za-z]{16}", "https://docs.voiceflow.com/";
};
