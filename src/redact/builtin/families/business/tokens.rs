//! Business software: tokens with a prefix of their own, one row each.

use crate::redact::builtin::families::shapes::UUID;
use crate::redact::builtin::rule::Rule;

pub(in crate::redact::builtin::families) const RULES: &[Rule] = tokens! {
    "adobe-client-credential", "Adobe", Secret, ["p8e-", "p8-"], "[0-9A-Za-z_-]{32}", "https://developer.adobe.com/";
    "airtable-oauth-token", "Airtable", Token, ["oaa"], r"[0-9A-Za-z]{14}\.v1\.[0-9A-Za-z_-]{20,200}", "https://airtable.com/developers/web/api/";
    "coda-token-uuid", "Coda", Token, ["coda_"], UUID, "https://coda.io/developers/apis/v1";
    "hubspot-private-token", "HubSpot", Token, ["pat-na1-", "pat-na2-", "pat-na3-", "pat-eu1-", "pat-ap1-"], UUID, "https://developers.hubspot.com/docs/";
    "intra42-secret", "42", Secret, ["s-s4t2ud-", "s-s4t2af-"], "[0-9a-f]{64}", "https://api.intra.42.fr/apidoc";
    "n8n-token", "n8n", ApiKey, ["n8n_api_"], "[0-9a-f]{64,160}", "https://docs.n8n.io/api/";
    "outline-key", "Outline", ApiKey, ["ol_api_"], "[0-9A-Za-z]{38}", "https://www.getoutline.com/developers";
    "teamwork-token", "Teamwork", Token, ["tkn.v1_"], "[0-9A-Za-z+/_-]{70,72}={0,1}", "https://apidocs.teamwork.com/";
    "vanta-token", "Vanta", Token, ["vcs_", "vat_"], "[0-9A-Za-z_]{40,64}", "https://developer.vanta.com/";
    "zapier-token", "Zapier", ApiKey, ["sk-ak-"], "[0-9A-Za-z]{48}", "https://docs.zapier.com/";
};
