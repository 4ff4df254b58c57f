//! Security tools, domains and reputation services.

use super::{named, token};
use crate::redact::builtin::rule::{Check, Rule};
use crate::redact::finding::Kind;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "crowdstrike-secret",
        provider: "CrowdStrike",
        kind: Kind::Secret,
        form: named(
            &[
                "crowdstrike_client",
                "crowdstrike_secret",
                "crowdstrike_api",
                "falcon_client",
                "falcon_secret",
            ],
            "[A-Za-z0-9]{40}",
        ),
        check: Check::Random,
        source: "https://developer.crowdstrike.com/",
        found: &[r#""falconClientSecret": "«6yWxerf6fXVepS5ccJ4gSL88CSzjfYVeWkSEAR9h»""#],
        passed: &[
            "revision IzSx4wzCpazmf9aubbESrP4qDvmdfJgDwqz4mbEk",
            "crowdstrike_client_revision: PIBFEHWsMPrvVB8bV0OvU4jfR1nh38VdCvTXj6a",
        ],
    },
    Rule {
        id: "virustotal-key",
        provider: "VirusTotal",
        kind: Kind::ApiKey,
        form: named(
            &[
                "virustotal_api",
                "virustotal_key",
                "virus_total_api",
                "vt_api_key",
                "vt_apikey",
                "vtapi_key",
            ],
            "[0-9a-f]{64}",
        ),
        check: Check::None,
        source: "https://docs.virustotal.com/reference/authentication",
        found: &[
            "virustotal_api_key: «abc767df2c9200ffd8d212afea41d20cf666bae6ec03d09600d96a6c8ee833aa»",
        ],
        passed: &[
            "trace a8c7860dbb0a30bc8a10c38472550ed43e0bf135777c944e7e4260aaf461058d",
            "virustotal_api_revision: 2091631c2ced0864095c1955751bf996b834288860b1305d8cb45a138f6435f",
        ],
    },
    Rule {
        id: "shodan-key",
        provider: "Shodan",
        kind: Kind::ApiKey,
        form: named(&["shodan"], "[A-Za-z0-9]{32}"),
        check: Check::Random,
        source: "https://developer.shodan.io/api",
        found: &["ENV SHODAN_API_KEY=«okdC5EKN0E6jiFKqpZyEUW8vvrElwSLL»"],
        passed: &[
            "object 5WIbiFvLhp4S4vYUQtAy1y3Xp4Wnfkj6 is gone",
            "shodan_revision: oTXxhHgOT7X02Stfo5UgVzraCBTA54l",
        ],
    },
    Rule {
        id: "securitytrails-key",
        provider: "SecurityTrails",
        kind: Kind::ApiKey,
        form: named(&["securitytrails", "security_trails"], "[A-Za-z0-9]{32}"),
        check: Check::Random,
        source: "https://docs.securitytrails.com/",
        found: &[r#"export SECURITYTRAILS_API_KEY="«xxeqB0wfUuc1JLKmPs3TLuYqlkhYPiq8»""#],
        passed: &[
            "commit MnW4xNgq88jKRYH4mPAjjJH0yCfQn9O3",
            "securitytrails_revision: xXJx60Qn9nzhx6B3cLJEe3AG9ThznL5",
        ],
    },
    Rule {
        id: "abuseipdb-key",
        provider: "AbuseIPDB",
        kind: Kind::ApiKey,
        form: named(&["abuseipdb"], "[0-9a-f]{80}"),
        check: Check::None,
        source: "https://docs.abuseipdb.com/",
        found: &[
            r#"export ABUSEIPDB_API_KEY="«19228bb401f1f65c327c6989260aa59ad7e0664a17c161335f07ffa38161f54dee245eaf46eefcbb»""#,
            "ABUSEIPDB_API_KEY=«837cb641ae11661c9ec0433c53ff76d4537abe83c1e501037403b5aa2bc326aed94dd1278e54ff4c»",
        ],
        passed: &[
            "build 699fca8838b0e957813e6b3222779e1f3e4dd1aa22f22c6ec8cee026121b4995b267104c5bec8ba8 finished",
            "abuseipdb_revision: a8b4b63c57ff3c2f92cf7720b1ec1849e50555d610e0e6d19cba753d6872c146b2fcd86bf7c0675",
        ],
    },
    Rule {
        id: "urlscan-key",
        provider: "urlscan.io",
        kind: Kind::ApiKey,
        form: named(
            &["urlscan"],
            "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        ),
        check: Check::None,
        source: "https://urlscan.io/docs/api/",
        found: &[
            r#""urlscanApiKey": "«c022449b-f204-87bb-4707-5e212bb3d8d1»""#,
            "--urlscan-api-key=«a9f5777b-24e2-7b8b-b6c5-f68d3992e9ca»",
        ],
        passed: &[
            "commit a85047f8-e87b-13c2-ba77-ba7053b2073a",
            "urlscan_api_revision: 0dee0566-7588-6de0-5ace-2870afb5775",
        ],
    },
    Rule {
        id: "tenable-key",
        provider: "Tenable",
        kind: Kind::ApiKey,
        form: named(
            &["tenable", "tio_access", "tio_secret", "tenable_io"],
            "[0-9a-f]{64}",
        ),
        check: Check::None,
        source: "https://developer.tenable.com/docs/authorization",
        found: &[
            "ENV TENABLE_SECRET_KEY=«dc7ff0c63e46a60cef8b5731a6340139fa063f18dcb23bfaa7848c97a7753f49»",
            "tenable_secret_key: «4c240852ad85109006f053fbe0a611bf2d526e65bab6bd8e1fe7b9e268e8ffe5»",
        ],
        passed: &[
            r#"etag: "5fa91dfa74ede51f4895961c0b66ec7576b75c1efdd3377f7fd938ce4b9caad6""#,
            "tenable_access_revision: 4edefe32da34325ced2207ce9880905452bdc46a87c23b74d3c9d91c0d7c1c3",
        ],
    },
    Rule {
        id: "rapid7-key",
        provider: "Rapid7",
        kind: Kind::ApiKey,
        form: named(
            &["rapid7_api", "rapid7_key", "insight_api", "rapid7_insight"],
            "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        ),
        check: Check::None,
        source: "https://docs.rapid7.com/",
        found: &[r#"rapid7_api_key = "«2fbf4681-9988-f6e1-2212-da44cf54357d»""#],
        passed: &[
            "commit ea781318-72a9-6e40-7b12-53d806edfbc2",
            "rapid7_api_revision: 6a24fa1c-a0e5-94a3-a022-6222e56ab8c",
        ],
    },
    Rule {
        id: "meraki-key",
        provider: "Cisco Meraki",
        kind: Kind::ApiKey,
        form: named(&["meraki", "meraki_dashboard"], "[0-9a-f]{40}"),
        check: Check::None,
        source: "https://developer.cisco.com/meraki/api-v1/authorization/",
        found: &[
            "--meraki-dashboard-api-key=«031074c0f44db0299a3f005a1806409155f2b935»",
            r#""merakiDashboardApiKey": "«d154c2a4b5662dd94c5125aa146a97fee713ddad»""#,
        ],
        passed: &[
            "request 07818a2881493ed6a7a1447db2ecb7f9a6892a1d took 12 ms",
            "meraki_api_revision: 1a2363fd2c3df4cd8fed0fe89dda9dca162d468",
        ],
    },
    Rule {
        id: "hibp-key",
        provider: "Have I Been Pwned",
        kind: Kind::ApiKey,
        form: named(&["hibp_api", "hibp_key", "haveibeenpwned"], "[0-9a-f]{32}"),
        check: Check::None,
        source: "https://haveibeenpwned.com/API/v3",
        found: &[
            r#"hibp_api_key = "«f924bacdc19e1e0bb228d901b397ec04»""#,
            "ENV HIBP_API_KEY=«966d44f49589de1cb36fe03e6d61d718»",
        ],
        passed: &[
            "digest 9ce37ea792e874f0af5451c9bfaf75ab",
            "hibp_api_revision: 15aa1d36fe9ebb834f93e2a4b5422d6",
        ],
    },
    Rule {
        id: "namecheap-key",
        provider: "Namecheap",
        kind: Kind::ApiKey,
        form: named(&["namecheap"], "[0-9a-f]{32}"),
        check: Check::None,
        source: "https://www.namecheap.com/support/api/intro/",
        found: &[
            "NAMECHEAP_API_KEY=«f1ba0e44cb3698a4202f25aa86700bc2»",
            "const namecheapApiKey = '«b42bcef765080da0e920512aa5bd289d»';",
        ],
        passed: &[
            "build debaf988b7a979d722ff96556dae86f0 finished",
            "namecheap_revision: 8117776d6677a43d56655a986af3be0",
        ],
    },
    Rule {
        id: "godaddy-key",
        provider: "GoDaddy",
        kind: Kind::ApiKey,
        form: named(&["godaddy"], "[A-Za-z0-9]{10,14}_[A-Za-z0-9]{20,24}"),
        check: Check::Random,
        source: "https://developer.godaddy.com/getstarted",
        found: &[
            r#"godaddy_api_key = "«iYita5PvqPGx_xmyrpLMPirDDL0Mzo0HXw»""#,
            r#""godaddyApiKey": "«9VRR5zgljoznZI_SP5UqLcYFgRDO8I5wu7Q1»""#,
        ],
        passed: &[
            "build JshKxsWBXxh3s_b2ehK8w1QzgfVuPWXuhghY5c finished",
            "godaddy_revision: n6RN9TRC2s_4736YMc5MZTZRuS27Ef",
        ],
    },
    Rule {
        id: "godaddy-secret",
        provider: "GoDaddy",
        kind: Kind::Secret,
        form: named(&["godaddy_secret", "godaddy_api"], "[A-Za-z0-9]{22}"),
        check: Check::Random,
        source: "https://developer.godaddy.com/getstarted",
        found: &["GODADDY_API_SECRET=«6fjL5IjlHDhFIVh2jfg5hs»"],
        passed: &["request CpQvvBP8JBiSG8yCdGMhDX took 12 ms"],
    },
    Rule {
        id: "dnsimple-token",
        provider: "DNSimple",
        kind: Kind::Token,
        form: token(&["dnsimple_a_", "dnsimple_u_"], "[A-Za-z0-9]{32}"),
        check: Check::None,
        source: "https://developer.dnsimple.com/v2/",
        found: &[
            "const dnsimpleToken = '«dnsimple_a_ehXtDxsxH6SNUNdugW0wW9dC2ROouFti»';",
            "«dnsimple_u_WOUqK3dQPYCtw7UbUJbAQ3xt8LjGcrsa»",
        ],
        passed: &["revision dnsimple_a_vnhl51z7NhKFa8NPSM5iPDBOmdoOBS6"],
    },
    Rule {
        id: "porkbun-key",
        provider: "Porkbun",
        kind: Kind::ApiKey,
        form: token(&["pk1_", "sk1_"], "[0-9a-f]{64}"),
        check: Check::None,
        source: "https://porkbun.com/api/json/v3/documentation",
        found: &[
            r#""porkbunKey": "«pk1_3b4155668d66430371e9499634b31e9e40dcce64e258be647c625ee27b972a47»""#,
            r#"porkbun_key = "«sk1_40a2220e2c24bc858dfcf885074bdec4046caa50866e6495c0a809ecf6b8d856»""#,
        ],
        passed: &["pk1_ba078d39287626b00ecf9061b2cac5bcca30ca7f343f5565733a5ab84f4d5b1"],
    },
    Rule {
        id: "gandi-token",
        provider: "Gandi",
        kind: Kind::Token,
        form: named(&["gandi"], "[0-9a-f]{40}"),
        check: Check::None,
        source: "https://api.gandi.net/docs/authentication/",
        found: &["the gandi api key is «3bbcdb830d1bebfee811a38cc6e8828ea98f3b44»"],
        passed: &[
            "commit c82cba0f27c12464566f8b74e9e1d9db9a4a7c3c",
            "gandi_api_revision: e5e0b0d5b753c9c8ffd33e5eebb0f30ed0ae334",
        ],
    },
    Rule {
        id: "duckdns-token",
        provider: "Duck DNS",
        kind: Kind::Token,
        form: named(
            &["duckdns"],
            "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        ),
        check: Check::None,
        source: "https://www.duckdns.org/spec.jsp",
        found: &["duckdns-token: «8ea0d934-c34f-7d7c-8438-f43a996a852c»"],
        passed: &[
            "revision 6bcb54b6-b6a5-75e3-699a-66789b1efa0f",
            "duckdns_api_revision: 8c66e00a-88e2-6927-2edc-aa0d7a3e7b5",
        ],
    },
];
