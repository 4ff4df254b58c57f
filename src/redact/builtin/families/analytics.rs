//! Analytics and feature flags.

use super::{named, token};
use crate::redact::builtin::rule::{Check, Rule};
use crate::redact::finding::Kind;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "posthog-key",
        provider: "PostHog",
        kind: Kind::ApiKey,
        form: token(&["phx_", "phs_", "phr_", "pha_"], "[A-Za-z0-9_]{40,56}"),
        check: Check::None,
        source: "https://posthog.com/docs/api",
        found: &[
            "ENV POSTHOG_KEY «phx_8px28Qef8sB6AkFp7FnvVSYkZZvFaJFO0RZAQ1izjHHdi9qT»",
            "POSTHOG_KEY=«phs_C9kZUkHAfOtlEqdh62PYQTV0ZcupubuNMSLz7oYSbgBVzZq»",
            "please rotate «phr_YiSObPnxLO0lpkJ09uKumYrILhFCHOFuanS1LJOZPCGwj», it was posted in the channel",
            "Authorization: Bearer «pha_VBCjvT8uX4XHtEMc0IW7LtjTFQlQA2Ie4JcX2mYyVYG»",
        ],
        passed: &[
            "phx_VCCbHsVjUmBkZmvsVGZlshcHXDgA8OfUh6mmGbH",
            "phx_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        ],
    },
    Rule {
        id: "posthog-project-key",
        provider: "PostHog",
        kind: Kind::ApiKey,
        form: token(&["phc_"], "[A-Za-z0-9]{40,56}"),
        check: Check::None,
        source: "https://posthog.com/docs/api",
        found: &[r#"client = Client("«phc_rorKoUQ7B0DKExLKz9OCkwKPY7bXNbsDcFDAXYUQWj»")"#],
        passed: &["digest phc_B9JI6mtBRLqZoO96MxUtOR7GP1p4D5oFiVxaFPT"],
    },
    Rule {
        id: "segment-write-key",
        provider: "Twilio Segment",
        kind: Kind::ApiKey,
        form: named(
            &[
                "segment_write",
                "segment_key",
                "segment_api",
                "segment_io",
                "segment_analytics",
            ],
            "[A-Za-z0-9]{32}",
        ),
        check: Check::Random,
        source: "https://segment.com/docs/connections/find-writekey/",
        found: &["segment_write_key: «YQDkTMQa4pX8Yr253rpEWjnS1pwO4FDR»"],
        passed: &[
            "trace uyMS025wtQSwvyecsIJzuwKdesBFTjHu",
            "segment_write_revision: uYP5WFt9QbdZScslxJf6kmejaPqPjGi",
        ],
    },
    Rule {
        id: "segment-public-api-token",
        provider: "Twilio Segment",
        kind: Kind::Token,
        form: token(&["sgp_"], "[A-Za-z0-9]{64}"),
        check: Check::None,
        source: "https://segment.com/docs/api/public-api/",
        found: &[
            r#""segmentPublicApiToken": "«sgp_bRT4uLOhUQcb9Zh7Xb3mL7T9j5fmtlmuWYvPmPz0UDQnjCEvXVMHhAOqBfX5sWIH»""#,
        ],
        passed: &[
            "request sgp_jD8PAI5qSJk6uByILWDVyunGaOI8NIIOxswMrqtT06L60EsLS4dlyvEHP5y44lC took 12 ms",
            "sgp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        ],
    },
    Rule {
        id: "amplitude-key",
        provider: "Amplitude",
        kind: Kind::ApiKey,
        form: named(&["amplitude_"], "[0-9a-f]{32}"),
        check: Check::None,
        source: "https://amplitude.com/docs/apis",
        found: &[
            r#"amplitude_secret_key = "«282a4eaaca6cbd7d51fb181e63623392»""#,
            "the amplitude secret key is «4a7e400329baf96d8f0c896e157f8c4b»",
        ],
        passed: &[
            "build b637025eed94f8c472adb55d6fb63b63 finished",
            "amplitude_api_revision: f0899cbc8e1e8be89e225ed63658eb8",
        ],
    },
    Rule {
        id: "mixpanel-secret",
        provider: "Mixpanel",
        kind: Kind::Secret,
        form: named(&["mixpanel"], "[0-9a-f]{32}"),
        check: Check::None,
        source: "https://developer.mixpanel.com/reference/overview",
        found: &[
            "mixpanel-api-secret: «2f46716d54f54b42d07f8c9f6ffb750f»",
            "mixpanel_api_secret: «a7c3e5106b1e4f75e9018c09af325f62»",
        ],
        passed: &[
            "revision 1980950c6440c04e3d9667e1214d6c68",
            "mixpanel_revision: 4dd94b76f7802b5120afbc576682909",
        ],
    },
    Rule {
        id: "fullstory-key",
        provider: "FullStory",
        kind: Kind::ApiKey,
        form: named(&["fullstory"], r"na1\.[A-Za-z0-9+/]{60,120}={0,2}"),
        check: Check::Random,
        source: "https://developer.fullstory.com/",
        found: &[
            r#"export FULLSTORY_API_KEY="«na1.rz8HDtecJLLoSlwA+y/P79HSw0eojR12v2G3/qMhb2JcJb3GGZIpaFAW+ilZlYZ=»""#,
        ],
        passed: &[
            "request na1.XWLGkaDeMgaJcnDnuaZFVPeE1K3rk2sPTGxjdS5pif7Hlb3kRv8sBiqvZOfxtdzss= took 12 ms",
            "fullstory_revision: na1.epiCXG+1kYPqwFnKIzWHC37CGlo+lpFXTbhMIeIW2GQtqpG/GgpD89czVst",
        ],
    },
    Rule {
        id: "plausible-key",
        provider: "Plausible",
        kind: Kind::ApiKey,
        form: named(&["plausible"], "[A-Za-z0-9_-]{64}"),
        check: Check::Random,
        source: "https://plausible.io/docs/stats-api",
        found: &[
            "--plausible-api-key=«xpcLU_hq1uhwKGsry2luMvUaYRtLLQed327JYRU7mQv1VSROb74WatjAltx0Dvzb»",
            "ENV PLAUSIBLE_API_KEY=«x_gDnow7bHUKHO3Z2qi-VW_WPM2ZUO_xFoniDVRA47lsIOpQrQkvJNFwtFP_qKqa»",
        ],
        passed: &[
            "revision oBeuoUZ2K863URhqSnS9L_gUjNdKi88aJyeX2jVGaO_Ja_lVhw_6YkTNoTAaSA13",
            "plausible_api_revision: NCOnEHQy1SxXJzajIDH813TCbgKusWhcasY5EfcUHoaYSM75-gBIKptuqtR3fEd",
        ],
    },
    Rule {
        id: "matomo-token",
        provider: "Matomo",
        kind: Kind::Token,
        form: named(&["matomo", "piwik", "token_auth"], "[0-9a-f]{32}"),
        check: Check::None,
        source: "https://developer.matomo.org/api-reference/reporting-api",
        found: &["the matomo token auth is «2d51904e1fc36b282cb72a408a7c8e6b»"],
        passed: &[
            "request dcec204f6658841e0e2482efb11f557c took 12 ms",
            "matomo_revision: 147651bc2a672ff1e3658a5e77fbaa4",
        ],
    },
    Rule {
        id: "rudderstack-key",
        provider: "RudderStack",
        kind: Kind::ApiKey,
        form: named(&["rudderstack", "rudder_write"], "[A-Za-z0-9]{27}"),
        check: Check::Random,
        source: "https://www.rudderstack.com/docs/",
        found: &[
            "RUDDERSTACK_WRITE_KEY=«CpvBsIfuaXu42Dp1p2IcYTnzK6g»",
            "const rudderstackWriteKey = '«7XuNldzQzRUdEHOACGOSlJJarGL»';",
        ],
        passed: &[
            "digest VO0nL6LLXA1PcFm0OmNNLUEZgBl",
            "rudderstack_revision: n2mlaCWOSJLtMwXv6O9GzKwwTP",
        ],
    },
    Rule {
        id: "launchdarkly-key",
        provider: "LaunchDarkly",
        kind: Kind::ApiKey,
        form: token(
            &["sdk-", "api-", "mob-", "rel-"],
            "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        ),
        check: Check::None,
        source: "https://launchdarkly.com/docs/home/account/api",
        found: &[
            r#"export LAUNCHDARKLY_KEY="«sdk-ad8cd6c1-d591-3d85-ec0c-f2a21aed20a5»""#,
            "- name: LAUNCHDARKLY_KEY\n  value: «api-aefd7917-4e6f-1f81-25b4-c89738afe56f»",
            r#""launchdarklyKey": "«mob-03383274-8e9d-a532-801c-cd1ae9758d57»""#,
            r#"launchdarkly_key = "«rel-8fabdabe-d292-a51b-7c84-c89caee7c83e»""#,
        ],
        passed: &["commit sdk-230f0f82-788f-ffa7-55dd-8810cedafb1"],
    },
    Rule {
        id: "statsig-key",
        provider: "Statsig",
        kind: Kind::ApiKey,
        form: token(&["secret-", "console-"], "[A-Za-z0-9]{40,50}"),
        check: Check::Random,
        source: "https://docs.statsig.com/",
        found: &[
            "- name: STATSIG_SERVER_KEY\n  value: «secret-MRy5vXLTToVuLdXn0UM7Cf04QNGezIG9Va6yMpTu2qjtdj»",
            "statsig_server_key: «console-ugYDayp9bPHS2w2nLbRk1JQYSUAV4xqhjNXSdKtlrTSgtALv»",
        ],
        passed: &["secret-xHsS9xn3L3fnCrYFU5ZkTdpyiGpv0ioWsgMJySf"],
    },
    Rule {
        id: "flagsmith-key",
        provider: "Flagsmith",
        kind: Kind::ApiKey,
        form: token(&["ser."], "[A-Za-z0-9]{22}"),
        check: Check::None,
        source: "https://docs.flagsmith.com/",
        found: &["flagsmith_key: «ser.5te0aGomRiCVKLYkJqfRjQ»"],
        passed: &[
            "build ser.4U4LGFt0B2qYmN0tZwSgc finished",
            "ser.xxxxxxxxxxxxxxxxxxxxxx",
        ],
    },
    Rule {
        id: "unleash-token",
        provider: "Unleash",
        kind: Kind::Token,
        form: named(
            &["unleash"],
            r"[A-Za-z0-9*_-]{1,60}:[A-Za-z0-9*_-]{1,60}\.[0-9a-f]{48,64}",
        ),
        check: Check::Random,
        source: "https://docs.getunleash.io/",
        found: &[
            "const unleashApiToken = '«Kzrlf8Gs:bnf7Mzt.815d47d4c70fc6b25a66b1f0242108f0c69f88795dc91ea80»';",
        ],
        passed: &[
            "object IZl5rlc:FZRa8Zf_0.8718f1e2db555e9cb5f3e872b539792dda5a224705c27f79ab5f is gone",
            "unleash_revision: v:l.17ceb3ccd527b316d4df6f3a3031e7642a8c4fa865937c4",
        ],
    },
    Rule {
        id: "configcat-key",
        provider: "ConfigCat",
        kind: Kind::ApiKey,
        form: token(
            &["configcat-sdk-1/", "configcat-proxy/"],
            "[A-Za-z0-9_-]{22}/[A-Za-z0-9_-]{22}",
        ),
        check: Check::None,
        source: "https://configcat.com/docs/",
        found: &[
            r#"client = Client("«configcat-sdk-1/1ccZmfybwAbSozMQe-SQbX/SxN7GkhbgMwErNLetHfbeH»")"#,
            "ENV CONFIGCAT_KEY «configcat-proxy/4QvNF9leeANQXiFXWAYmMQ/XEeHnK8DFq5to2YZNB6BXL»",
        ],
        passed: &[
            "trace configcat-sdk-1/c8vNTTZIGJzvsYj3_bfm6/c9uIGmMD9kVVbxWDGx9rPd",
            "configcat-sdk-1/xxxxxxxxxxxxxxxxxxxxxx/xxxxxxxxxxxxxxxxxxxxxx",
        ],
    },
];
