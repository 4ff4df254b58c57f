//! Mail and customer messages.

use super::super::finding::Kind;
use super::super::rule::{Check, Rule};
use super::{named, token};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "sendgrid-key",
        provider: "Twilio SendGrid",
        kind: Kind::ApiKey,
        form: token(&["SG."], r"[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
        check: Check::None,
        source: "https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys",
        found: &[
            "ENV SENDGRID_KEY «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»",
        ],
        passed: &[
            "SG.lijT2Oc_V43buSp669sQsU.8QwybH2p58J6N0MXfg29C3hWD8dwhgwtxOznwZIOFv",
            "SG.xxxxxxxxxxxxxxxxxxxxxx.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        ],
    },
    Rule {
        id: "mailgun-legacy-key",
        provider: "Mailgun",
        kind: Kind::ApiKey,
        form: token(&["key-"], "[0-9a-f]{32}"),
        check: Check::Random,
        source: "https://documentation.mailgun.com/docs/mailgun/api-reference/mg-auth",
        found: &[
            "please rotate «key-cb9679ec76a8b9f1f96698a013adc0d3», it was posted in the channel",
        ],
        passed: &["key-893b42b6d7dfc64c111f9645065d590"],
    },
    Rule {
        id: "mailgun-key",
        provider: "Mailgun",
        kind: Kind::ApiKey,
        form: named(
            &["mailgun", "mg_api"],
            "[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}",
        ),
        check: Check::None,
        source: "https://documentation.mailgun.com/docs/mailgun/api-reference/mg-auth",
        found: &[
            "mailgun_api_key: «0808929c5b4f67df808b475e7c867afd-8feb473b-7b75bd6e»",
            r#""mailgunApiKey": "«4ae50513eb0428477baf704012a1fd96-4e64f5dd-4b1c6bc6»""#,
        ],
        passed: &[
            r#"etag: "161465731486fcb987f7834515b3e97d-144835bd-12637e25""#,
            "mailgun_revision: 189937c1bd9e748a8185bc175222bb91-a7ec98a0-687318f",
        ],
    },
    Rule {
        id: "mailgun-signing-key",
        provider: "Mailgun",
        kind: Kind::Secret,
        form: named(
            &["mailgun_signing", "mailgun_webhook", "mailgun_http"],
            "[0-9a-f]{32}",
        ),
        check: Check::None,
        source: "https://documentation.mailgun.com/docs/mailgun/api-reference/mg-auth",
        found: &["the mailgun webhook signing key is «64a8924e7075956de17c363daefc8983»"],
        passed: &["commit c383940443e85bcb5c161b4d94516278"],
    },
    Rule {
        id: "mailchimp-key",
        provider: "Mailchimp",
        kind: Kind::ApiKey,
        form: named(
            &["mailchimp", "chimp_api", "mc_api"],
            "[0-9a-f]{32}-us[0-9]{1,2}",
        ),
        check: Check::None,
        source: "https://mailchimp.com/developer/marketing/guides/quick-start/",
        found: &[
            "const mailchimpApiKey = '«6e595ab50968d5f76b0d0a746ead55cf-us62»';",
            "MAILCHIMP_API_KEY=«190e4ad87756733a2c8327c3160d11af-us1»",
        ],
        passed: &[
            "trace 141354e493e58aa40fd1b28d8b1d513b-us80",
            "mailchimp_revision: d0e80dca4e839788bef9380d94664c00-us",
        ],
    },
    Rule {
        id: "mandrill-key",
        provider: "Mailchimp Transactional",
        kind: Kind::ApiKey,
        form: token(&["md-"], "[A-Za-z0-9_-]{22}"),
        check: Check::Random,
        source: "https://mailchimp.com/developer/transactional/guides/quick-start/",
        found: &["--mandrill-api-key «md-VtCLJOyiCo7VRuQgjGcqZU»"],
        passed: &["md-tXkjJ-G6NT6_2Szog3kHB"],
    },
    Rule {
        id: "resend-key",
        provider: "Resend",
        kind: Kind::ApiKey,
        form: token(&["re_"], "[A-Za-z0-9]{8}_[A-Za-z0-9]{24}"),
        check: Check::None,
        source: "https://resend.com/docs/api-reference/introduction",
        found: &[r#"export RESEND_KEY="«re_tJkFSuMy_KDhJc0ctAz1hu9tsElvxll4L»""#],
        passed: &["re_o6ByZm8M_bMgaUFkGSvcUqPaJTkdz4TT"],
    },
    Rule {
        id: "postmark-token",
        provider: "Postmark",
        kind: Kind::Token,
        form: named(
            &["postmark", "postmark_server", "postmark_account"],
            "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        ),
        check: Check::None,
        source: "https://postmarkapp.com/developer/api/overview",
        found: &[r#"export POSTMARK_SERVER_TOKEN="«4a679978-09d5-0bc7-be1f-610a2db824a9»""#],
        passed: &[
            "commit f69155e6-ce65-e9aa-6385-0f4800abe9c8",
            "postmark_api_revision: e5ce19ea-9f05-4e3d-2288-1221d206df4",
        ],
    },
    Rule {
        id: "brevo-key",
        provider: "Brevo",
        kind: Kind::ApiKey,
        form: token(&["xkeysib-", "xsmtpsib-"], "[0-9a-f]{64}-[A-Za-z0-9]{16}"),
        check: Check::None,
        source: "https://developers.brevo.com/docs/getting-started",
        found: &[
            "BREVO_KEY=«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»",
            "please rotate «xsmtpsib-4639830f7b968eeef17ffc81bfb93b5643bc004c8aeb74bf3e7c6e00555e27a1-8TJxi4kh1MuGdnmK», it was posted in the channel",
        ],
        passed: &[
            "xkeysib-8d8cde469e5fa3cc9b4710b694e087c788201f6d53a08a2ebfaaa19519062d2-lQrpG2Th6G2RTEme",
        ],
    },
    Rule {
        id: "mailjet-key",
        provider: "Mailjet",
        kind: Kind::ApiKey,
        form: named(&["mailjet", "mj_apikey"], "[0-9a-f]{32}"),
        check: Check::None,
        source: "https://dev.mailjet.com/",
        found: &["const mjApikeyPrivate = '«f203b84148ccd82892b930ee6e4362be»';"],
        passed: &[
            "build 27c87c08bd05a1b6a3e9f77047d52093 finished",
            "mailjet_revision: 8b71fd96bbc25150480d982b63fa0be",
        ],
    },
    Rule {
        id: "sparkpost-key",
        provider: "SparkPost",
        kind: Kind::ApiKey,
        form: named(&["sparkpost"], "[0-9a-f]{40}"),
        check: Check::None,
        source: "https://developers.sparkpost.com/api/",
        found: &["ENV SPARKPOST_API_KEY=«723a9702bccf99d62038b7998ce14e21a17b671a»"],
        passed: &[
            "commit 9d3c4423206f6a10cddcab7166689c0a517bd52d",
            "sparkpost_api_revision: b3705598039e665cc431c07f50b04ff322cf59c",
        ],
    },
    Rule {
        id: "mailersend-token",
        provider: "MailerSend",
        kind: Kind::Token,
        form: token(&["mlsn."], "[0-9a-f]{64}"),
        check: Check::None,
        source: "https://developers.mailersend.com/general.html",
        found: &[
            "Authorization: Bearer «mlsn.7fa26cee86e323d7df067d6cf8249969686c9cc582e408b6e515a3a067981968»",
        ],
        passed: &["digest mlsn.11ae4172b5fde648304b5b5ddc3583dda9c8bdc7433e107a3486ed03cb97dbc"],
    },
    Rule {
        id: "loops-key",
        provider: "Loops",
        kind: Kind::ApiKey,
        form: named(&["loops_api", "loops_key", "loops_so"], "[0-9a-f]{32}"),
        check: Check::None,
        source: "https://loops.so/docs/api-reference/intro",
        found: &[r#"export LOOPS_API_KEY="«46c7e71c50dd6fbce459fdc76b98da97»""#],
        passed: &[
            "commit f1ef1a842b93379119044d500fedbc7f",
            "loops_api_revision: cf22e75b1d2e0ba38e187bd2a970014",
        ],
    },
    Rule {
        id: "customerio-key",
        provider: "Customer.io",
        kind: Kind::ApiKey,
        form: named(&["customerio", "customer_io"], "[0-9a-f]{20,32}"),
        check: Check::None,
        source: "https://docs.customer.io/",
        found: &["--customerio-api-key=«3a3f177b52097fed954288»"],
        passed: &[
            "revision 53a3cbb8c5c5ba23b20fa01e5d",
            "customerio_revision: 63908e87bb5ad5bdb7b",
        ],
    },
    Rule {
        id: "klaviyo-key",
        provider: "Klaviyo",
        kind: Kind::ApiKey,
        form: token(&["pk_"], "[0-9a-f]{34}"),
        check: Check::None,
        source: "https://developers.klaviyo.com/en/docs/authenticate_",
        found: &["KLAVIYO_PRIVATE=«pk_bf881311fb4e831e06ada3f2386967e140»"],
        passed: &["pk_47e08fb243d56625c1dc5f8864dc002fd"],
    },
    Rule {
        id: "activecampaign-key",
        provider: "ActiveCampaign",
        kind: Kind::ApiKey,
        form: named(&["activecampaign"], "[0-9a-f]{64,80}"),
        check: Check::None,
        source: "https://developers.activecampaign.com/reference/authentication",
        found: &[
            "--activecampaign-api-key=«883a961d988598678dbb893ad9cb50e80f9a727962f88aa7d29b4deb433f440d5f0»",
            r#""activecampaignApiKey": "«1243c7b5f3c58b7c70680bc61fe5f59df9679744edd64c5d04eb0483fc43cf55»""#,
        ],
        passed: &[
            "revision f91642ab0c839479fcf852126b11308aa9d7680b61591dc528edf5fe805a1cf71bb52c5d",
            "activecampaign_api_revision: 3e1ce2b20a64bd9e938737d64edd33116fca6b8b805fd75cdd8068c769bda7a",
        ],
    },
    Rule {
        id: "elastic-email-key",
        provider: "Elastic Email",
        kind: Kind::ApiKey,
        form: named(&["elasticemail", "elastic_email"], "[0-9A-F]{96}"),
        check: Check::None,
        source: "https://elasticemail.com/developers/api-documentation",
        found: &[
            r#"export ELASTICEMAIL_API_KEY="«0EE1FF462BEA2F340F59C083EFE5D5652EF754225E86035917D506D7F4E101A3E1A73DDFCF1C4AF41691F1A9E9B8015E»""#,
        ],
        passed: &[
            r#"etag: "19219A73E96A91FD0FEC1F1347CF48751F6A9B04D0257246E527D783F2A51F7F14A4BA18017D893C72DA0270CAD964FE""#,
            "elasticemail_revision: 8FF3F359F1736A6DFBD06712AEF94138AD9E09B5898B933E605FA186D5D14AF1850B50BFD9CC49018FA8B658843B8F3",
        ],
    },
    Rule {
        id: "mailtrap-token",
        provider: "Mailtrap",
        kind: Kind::Token,
        form: named(&["mailtrap"], "[0-9a-f]{32}"),
        check: Check::None,
        source: "https://docs.mailtrap.io/",
        found: &[
            r#"export MAILTRAP_API_TOKEN="«0f7d2eee82233d61a0fc4b0b21ce6641»""#,
            "mailtrap_api_token: «5b6a72cf10be4675828481eaef6df119»",
        ],
        passed: &[
            "commit 61338091e5b2da016f0199c85db4c70b",
            "mailtrap_revision: c8f5409a222311ea044318a0acfbbea",
        ],
    },
];
