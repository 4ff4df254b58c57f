//! Addresses that are secrets themselves.

use super::address;
use crate::redact::builtin::rule::{Check, Rule};
use crate::redact::finding::Kind;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "slack-webhook",
        provider: "Slack",
        kind: Kind::Webhook,
        form: address(
            &["hooks.slack.com", "hooks.slack-gov.com"],
            "/[a-z]{8,9}/[A-Za-z0-9]{9,13}/[AB][A-Za-z0-9]{8,12}/[A-Za-z0-9/]{24,50}",
        ),
        check: Check::None,
        source: "https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks",
        found: &[
            "WEBHOOK_URL=«https://hooks.slack.com/services/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»",
        ],
        passed: &["https://hooks.slack.com/services/TSECFB5274R/BEYFCKE"],
    },
    Rule {
        id: "slack-trigger",
        provider: "Slack",
        kind: Kind::Webhook,
        form: address(
            &["hooks.slack.com"],
            "/triggers/[A-Z0-9]{9,13}/[0-9]{10,16}/[0-9a-f]{32}",
        ),
        check: Check::None,
        source: "https://docs.slack.dev/workflows/",
        found: &[
            r#""webhookUrl": "«https://hooks.slack.com/triggers/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»""#,
        ],
        passed: &["https://hooks.slack.com/triggers/TPAHMPWJ2FK/723138341457"],
    },
    Rule {
        id: "discord-webhook",
        provider: "Discord",
        kind: Kind::Webhook,
        form: address(
            &["discord.com", ".discord.com", "discordapp.com"],
            "/api/[v0-9]{0,3}/?[a-z]{8}/[0-9]{17,20}/[A-Za-z0-9_-]{60,72}",
        ),
        check: Check::None,
        source: "https://discord.com/developers/docs/resources/webhook",
        found: &[
            "posts go to «https://discord.com/api/webhooks/2632359817235275528/Yr10Il_E2qDqOJSmAXojB38vRQdfM_OAZOl2DUgZwDCuvMZYotSPfT5LD4CbuseYtduT» for now",
        ],
        passed: &["https://discord.com/api/webhooks/2632359817235275528/Yr10Il_E2qDqOJSmA"],
    },
    Rule {
        id: "teams-webhook",
        provider: "Microsoft Teams",
        kind: Kind::Webhook,
        form: address(
            &[".webhook.office.com", ".office.com"],
            "/[a-z0-9]{7,9}/[0-9a-z-]{36}@[0-9a-z-]{36}/[A-Za-z]{15}/[0-9a-z]{32}/[0-9a-z-]{36}/?[A-Za-z0-9_-]{0,60}",
        ),
        check: Check::None,
        source: "https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook",
        found: &[
            "WEBHOOK_URL=«https://contoso.webhook.office.com/webhookb2/48812d4a-1e9e-0a1e-ede4-0413efd4f5fc@e9779030-a18b-bc15-cbed-66da32069bba/IncomingWebhook/7de7d5c5db80c3cf892afd08018c339c/39f351e1-5a5d-010d-a005-9c5a2f5944a4»",
        ],
        passed: &[
            "https://contoso.webhook.office.com/webhookb2/48812d4a-1e9e-0a1e-ede4-0413efd4f5fc@e9779030-a18b-bc15-cbed-66da32069bba",
        ],
    },
    Rule {
        id: "thingsboard-device-address",
        provider: "ThingsBoard",
        kind: Kind::Webhook,
        form: address(
            &[
                "thingsboard.cloud",
                ".thingsboard.cloud",
                "demo.thingsboard.io",
            ],
            "/api/v1/[A-Za-z0-9]{20}/[a-z]{3,12}",
        ),
        check: Check::None,
        source: "https://thingsboard.io/docs/reference/http-api/",
        found: &["curl -X POST «https://thingsboard.cloud/api/v1/q8Xv2LmPz4RtK9wNb7Tz/telemetry»"],
        passed: &["https://thingsboard.cloud/api/v1/q8Xv2LmPz4RtK9wNb7/telemetry"],
    },
    Rule {
        id: "power-automate-trigger",
        provider: "Microsoft Power Automate",
        kind: Kind::Webhook,
        form: address(
            &[".logic.azure.com", ".api.powerplatform.com"],
            r"/[A-Za-z0-9/_-]{40,200}\?[A-Za-z0-9=&%\._-]{60,300}",
        ),
        check: Check::None,
        source: "https://learn.microsoft.com/en-us/azure/logic-apps/logic-apps-http-endpoint",
        found: &[
            "<«https://prod-18.westeurope.logic.azure.com/workflows/914b06cbf04e19102605b420bd7cc44e/triggers/manual/paths/invoke?api-version=2016-10-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=4znQsFRNf67NXammNNCbLyaZlKkeHPkO6hffflgGrbH»>",
        ],
        passed: &[
            "https://prod-18.westeurope.logic.azure.com/workflows/914b06cbf04e19102605b420bd7cc44e/triggers/manual/paths/invoke?api-version=2016-",
        ],
    },
    Rule {
        id: "google-chat-webhook",
        provider: "Google Chat",
        kind: Kind::Webhook,
        form: address(
            &["chat.googleapis.com"],
            r"/v1/[a-z]{6}/[A-Za-z0-9_-]{8,16}/[a-z]{8}\?[A-Za-z0-9=&%_-]{80,200}",
        ),
        check: Check::None,
        source: "https://developers.google.com/workspace/chat/quickstart/webhooks",
        found: &[
            r#"curl -X POST "«https://chat.googleapis.com/v1/spaces/YCEZfjgzapc/messages?key=AIza2Qp5HIPq3xrQvgca5ACMPPxXVt1_P6IHihU&token=uNLwlZjdb2M8sKLipx_LTqK9GyVN3oAQdCVwgSA7oIh»""#,
        ],
        passed: &[
            "https://chat.googleapis.com/v1/spaces/YCEZfjgzapc/messages?key=AIza2Qp5HIPq3xrQvgca5ACMPP",
        ],
    },
    Rule {
        id: "google-calendar-private-address",
        provider: "Google Calendar",
        kind: Kind::Webhook,
        form: address(
            &["calendar.google.com"],
            "/[a-z]{8}/ical/[A-Za-z0-9%._@-]{3,160}/[a-z]{7}-[0-9a-f]{32}",
        ),
        check: Check::None,
        source: "https://support.google.com/calendar/answer/37648",
        found: &[
            r#""webhookUrl": "«https://calendar.google.com/calendar/ical/c_3bb6e14d1193bf53f850%40group.calendar.google.com/private-e5d5d9debe17cdb8344074e8db7d131d»""#,
        ],
        passed: &[
            "https://calendar.google.com/calendar/ical/c_3bb6e14d1193bf53f850%40group.calenda",
        ],
    },
    Rule {
        id: "zapier-webhook",
        provider: "Zapier",
        kind: Kind::Webhook,
        form: address(
            &["hooks.zapier.com"],
            "/[hoks]{5}/[catchsilen]{5,12}/[A-Za-z0-9]{5,24}/?[A-Za-z0-9]{0,16}/?[silent]{0,6}/?",
        ),
        check: Check::None,
        source: "https://help.zapier.com/hc/en-us/articles/8496288690317",
        found: &["posts go to «https://hooks.zapier.com/hooks/catch/25979292/z8e5y8n/» for now"],
        passed: &["https://hooks.zapier.com/hooks/catch/25/z8"],
    },
    Rule {
        id: "make-webhook",
        provider: "Make",
        kind: Kind::Webhook,
        form: address(&[".make.com", "hook.integromat.com"], "/[a-z0-9]{32}"),
        check: Check::None,
        source: "https://help.make.com/webhooks",
        found: &["WEBHOOK_URL=«https://hook.eu2.make.com/tb4fm7knvxj7pnp038fe3x303h5obsqe»"],
        passed: &["https://hook.eu2.make.com/tb4fm7knvxj7pnp"],
    },
    Rule {
        id: "ifttt-webhook",
        provider: "IFTTT",
        kind: Kind::Webhook,
        form: address(
            &["maker.ifttt.com"],
            "/[a-z]{7}/[A-Za-z0-9_-]{1,64}/j?s?o?n?/?[a-z]{4}/key/[A-Za-z0-9_-]{22,43}",
        ),
        check: Check::None,
        source: "https://ifttt.com/maker_webhooks",
        found: &[
            r#"curl -X POST "«https://maker.ifttt.com/trigger/door_opened/with/key/USuDgclA2q_UML_2_RbYJPaa_UZvYY2MUjDnmSF9iBF»""#,
        ],
        passed: &["https://maker.ifttt.com/trigger/door_opened/with/key/USuDgc"],
    },
    Rule {
        id: "feishu-webhook",
        provider: "Feishu",
        kind: Kind::Webhook,
        form: address(
            &["open.feishu.cn", "open.larksuite.com"],
            "/[a-z-]{9}/bot/v?2?/?[a-z]{4}/[0-9a-f-]{36}",
        ),
        check: Check::None,
        source: "https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot",
        found: &[
            "WEBHOOK_URL=«https://open.feishu.cn/open-apis/bot/v2/hook/33f491f0-b271-834f-afb0-f740fed42e97»",
        ],
        passed: &["https://open.feishu.cn/open-apis/bot/v2/hook/33f491"],
    },
    Rule {
        id: "dingtalk-webhook",
        provider: "DingTalk",
        kind: Kind::Webhook,
        form: address(
            &["oapi.dingtalk.com"],
            r"/[a-z]{5}/[a-z]{4}\?[a-z_]{12}=[0-9a-f]{64}",
        ),
        check: Check::None,
        source: "https://open.dingtalk.com/document/",
        found: &[
            "url: «https://oapi.dingtalk.com/robot/send?access_token=b77e0c3d386e511aa6e69b40204e10ed66d1b0e112b5bfb619cbcfc14cb55bd5»",
        ],
        passed: &["https://oapi.dingtalk.com/robot/send?access_token=b77e0c3d386e511aa6e"],
    },
    Rule {
        id: "wecom-webhook",
        provider: "WeCom",
        kind: Kind::Webhook,
        form: address(
            &["qyapi.weixin.qq.com"],
            r"/[a-z-]{7}/[a-z]{7}/[a-z]{4}\?key=[0-9a-f-]{36}",
        ),
        check: Check::None,
        source: "https://developer.work.weixin.qq.com/document/path/91770",
        found: &[
            r#"curl -X POST "«https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=862640f5-fb16-4e28-e9db-fb092092e0fc»""#,
        ],
        passed: &["https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=86264"],
    },
    Rule {
        id: "pagerduty-integration-address",
        provider: "PagerDuty",
        kind: Kind::Webhook,
        form: address(
            &["events.pagerduty.com", "events.eu.pagerduty.com"],
            "/[a-z]{11}/[0-9a-f]{32}/enqueue",
        ),
        check: Check::None,
        source: "https://developer.pagerduty.com/docs/events-api-v2/overview/",
        found: &[
            "WEBHOOK_URL=«https://events.pagerduty.com/integration/963f14754ea4746808f0872026f71cc2/enqueue»",
        ],
        passed: &["https://events.pagerduty.com/integration/963f14754ea47"],
    },
    Rule {
        id: "splunk-on-call-webhook",
        provider: "Splunk On-Call",
        kind: Kind::Webhook,
        form: address(
            &["alert.victorops.com"],
            "/[a-z]{12}/[a-z-]{3,40}/[0-9]{8}/[a-z]{5}/[0-9a-f-]{36}",
        ),
        check: Check::None,
        source: "https://help.splunk.com/",
        found: &[
            "WEBHOOK_URL=«https://alert.victorops.com/integrations/generic/20131114/alert/a6dba407-2e9b-5245-3599-09b0c55617c7»",
        ],
        passed: &["https://alert.victorops.com/integrations/generic/20131114/alert"],
    },
    Rule {
        id: "jira-automation-webhook",
        provider: "Atlassian",
        kind: Kind::Webhook,
        form: address(
            &["automation.atlassian.com"],
            "/pro/[hoks]{5}/[0-9a-zA-Z]{40,80}",
        ),
        check: Check::None,
        source: "https://support.atlassian.com/cloud-automation/docs/jira-automation-triggers/",
        found: &[
            "url: «https://automation.atlassian.com/pro/hooks/dd1593c41dbccd22e52d24be1ece7fed3792ecef»",
        ],
        passed: &["https://automation.atlassian.com/pro/hooks/dd1593c41dbccd"],
    },
    Rule {
        id: "airtable-webhook",
        provider: "Airtable",
        kind: Kind::Webhook,
        form: address(
            &["hooks.airtable.com"],
            "/[workfls]{9}/v1/[genricWbhok]{14}/app[A-Za-z0-9]{14}/[A-Za-z0-9]{17}/[A-Za-z0-9]{17}",
        ),
        check: Check::None,
        source: "https://support.airtable.com/docs/when-webhook-received-trigger",
        found: &[
            "<«https://hooks.airtable.com/workflows/v1/genericWebhook/app7ehHOiPjmAgwWK/wflJ5qDsbOmLak6aA/wtrDZx7hpBbX1wY5j»>",
        ],
        passed: &["https://hooks.airtable.com/workflows/v1/genericWebhook/app7ehHOiPjm"],
    },
    Rule {
        id: "workato-webhook",
        provider: "Workato",
        kind: Kind::Webhook,
        form: address(
            &["webhooks.workato.com"],
            "/[webhoks]{8}/rest/[0-9a-f-]{36}/[A-Za-z0-9_-]{1,64}",
        ),
        check: Check::None,
        source: "https://docs.workato.com/",
        found: &[
            "posts go to «https://webhooks.workato.com/webhooks/rest/b56fbff9-5811-42df-009a-589be284e062/order_created» for now",
        ],
        passed: &["https://webhooks.workato.com/webhooks/rest/b56fbff9-5811-42d"],
    },
    Rule {
        id: "webex-webhook",
        provider: "Cisco Webex",
        kind: Kind::Webhook,
        form: address(
            &["webexapis.com"],
            "/v1/[webhoks]{8}/[incomg]{8}/[A-Za-z0-9_-]{60,120}",
        ),
        check: Check::None,
        source: "https://developer.webex.com/docs/webhooks",
        found: &[
            "WEBHOOK_URL=«https://webexapis.com/v1/webhooks/incoming/Y2lzp8TSwCgWYWP8DR3KOky8cAo3BucLgRVobnCCA8bzFUOxZHiUOVz1qDr89iXMCiojXpngNZlL»",
        ],
        passed: &["https://webexapis.com/v1/webhooks/incoming/Y2lzp8TSwCgWYWP8DR3KOky8cAo"],
    },
    Rule {
        id: "netlify-build-hook",
        provider: "Netlify",
        kind: Kind::Webhook,
        form: address(&["api.netlify.com"], "/[buildhoks_]{11}/[0-9a-f]{24}"),
        check: Check::None,
        source: "https://docs.netlify.com/configure-builds/build-hooks/",
        found: &[
            "posts go to «https://api.netlify.com/build_hooks/5fd960ceefb257b160ef8ec5» for now",
        ],
        passed: &["https://api.netlify.com/build_hooks/5fd96"],
    },
    Rule {
        id: "vercel-deploy-hook",
        provider: "Vercel",
        kind: Kind::Webhook,
        form: address(
            &["api.vercel.com"],
            "/v1/[a-z]{12}/[a-z]{6}/prj_[A-Za-z0-9]{20,40}/[A-Za-z0-9]{8,16}",
        ),
        check: Check::None,
        source: "https://vercel.com/docs/deploy-hooks",
        found: &[
            "WEBHOOK_URL=«https://api.vercel.com/v1/integrations/deploy/prj_bgfeZDI271IBBaYfUTiNwXfwON4K/1BFQEIWoqO»",
        ],
        passed: &["https://api.vercel.com/v1/integrations/deploy/prj_bgfeZ"],
    },
    Rule {
        id: "render-deploy-hook",
        provider: "Render",
        kind: Kind::Webhook,
        form: address(
            &["api.render.com"],
            r"/[a-z]{6}/[a-z]{3}-[a-z0-9]{20}\?key=[A-Za-z0-9_-]{8,20}",
        ),
        check: Check::None,
        source: "https://render.com/docs/deploy-hooks",
        found: &[
            r#""webhookUrl": "«https://api.render.com/deploy/srv-rrthm0283rc6peql2hxd?key=LawLKEifQ1i»""#,
        ],
        passed: &["https://api.render.com/deploy/srv-rrthm0283rc6"],
    },
    Rule {
        id: "cloudflare-deploy-hook",
        provider: "Cloudflare",
        kind: Kind::Webhook,
        form: address(
            &["api.cloudflare.com"],
            "/[client]{6}/v4/pages/[webhoks]{8}/[deployhks_]{12}/[0-9a-f-]{36}",
        ),
        check: Check::None,
        source: "https://developers.cloudflare.com/pages/configuration/deploy-hooks/",
        found: &[
            "WEBHOOK_URL=«https://api.cloudflare.com/client/v4/pages/webhooks/deploy_hooks/2a0c003c-f193-ae88-f011-8c03c03eadaf»",
        ],
        passed: &["https://api.cloudflare.com/client/v4/pages/webhooks/deploy_hook"],
    },
    Rule {
        id: "sumologic-collector-address",
        provider: "Sumo Logic",
        kind: Kind::Webhook,
        form: address(
            &[".collection.sumologic.com", ".sumologic.com"],
            "/[a-z]{8}/v1/http/[A-Za-z0-9_-]{80,160}={0,2}",
        ),
        check: Check::None,
        source: "https://help.sumologic.com/docs/send-data/hosted-collectors/http-source/",
        found: &[
            "WEBHOOK_URL=«https://endpoint4.collection.sumologic.com/receiver/v1/http/ZaVnC4dhaVJbtNTgdPVprd1ptuifoa8DtvhwXnSbcZDJSNk9fmZqrskjM3c0ZK5gCm_PsWwA1jpSp0dD0s1r_73qwTS8GFoheKStsyaK==»",
        ],
        passed: &[
            "https://endpoint4.collection.sumologic.com/receiver/v1/http/ZaVnC4dhaVJbtNTgdPVprd1ptuifoa8DtvhwXnSbcZDJ",
        ],
    },
    Rule {
        id: "betterstack-heartbeat",
        provider: "Better Stack",
        kind: Kind::Webhook,
        form: address(
            &["uptime.betterstack.com"],
            "/api/v1/[a-z]{9}/[A-Za-z0-9]{24}",
        ),
        check: Check::None,
        source: "https://betterstack.com/docs/uptime/cron-and-heartbeat-monitor/",
        found: &[
            r#"curl -X POST "«https://uptime.betterstack.com/api/v1/heartbeat/zMBteyFTAjkcOk6pNap5KKP8»""#,
        ],
        passed: &["https://uptime.betterstack.com/api/v1/heartbeat/zMB"],
    },
    Rule {
        id: "healthchecks-ping",
        provider: "Healthchecks.io",
        kind: Kind::Webhook,
        form: address(
            &["hc-ping.com"],
            "/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        ),
        check: Check::None,
        source: "https://healthchecks.io/docs/http_api/",
        found: &[r#""webhookUrl": "«https://hc-ping.com/05af6867-a2c3-d56d-b6fb-e12b797021fc»""#],
        passed: &["https://hc-ping.com/05af6867-a2c3-d56"],
    },
    Rule {
        id: "infura-endpoint",
        provider: "Infura",
        kind: Kind::ApiKey,
        form: address(&[".infura.io"], "/w?s?/?v3/[0-9a-f]{32}"),
        check: Check::None,
        source: "https://docs.metamask.io/services/",
        found: &["url: «https://mainnet.infura.io/v3/6cca3b9843c7cb918aba0f4e6ac4e1a6»"],
        passed: &["https://mainnet.infura.io/v3/6cca3b9843c7cb"],
    },
    Rule {
        id: "alchemy-endpoint",
        provider: "Alchemy",
        kind: Kind::ApiKey,
        form: address(&[".alchemy.com", ".alchemyapi.io"], "/v2/[A-Za-z0-9_-]{32}"),
        check: Check::None,
        source: "https://www.alchemy.com/docs",
        found: &[
            r#"curl -X POST "«https://eth-mainnet.g.alchemy.com/v2/yU5VACaEE5PXFer1qiKGL15KmjLTx_cZ»""#,
        ],
        passed: &["https://eth-mainnet.g.alchemy.com/v2/yU5VACaEE5PXFe"],
    },
    Rule {
        id: "quicknode-endpoint",
        provider: "QuickNode",
        kind: Kind::ApiKey,
        form: address(&[".quiknode.pro"], "/[0-9a-f]{40}"),
        check: Check::None,
        source: "https://www.quicknode.com/docs",
        found: &[
            "url: «https://quiet-damp-sun.quiknode.pro/ee8e3a567c49434e1208ade4a4c4cce91a4bb99d»",
        ],
        passed: &["https://quiet-damp-sun.quiknode.pro/ee8e3a567c49434e120"],
    },
    Rule {
        id: "ankr-endpoint",
        provider: "Ankr",
        kind: Kind::ApiKey,
        form: address(&["rpc.ankr.com"], "/[a-z0-9_]{2,30}/[0-9a-f]{64}"),
        check: Check::None,
        source: "https://www.ankr.com/docs/",
        found: &[
            r#"curl -X POST "«https://rpc.ankr.com/eth/14d28ec0c2a6299ba89915c1c7b654a9f7c0cccf7864482ba0339ef8735271db»""#,
        ],
        passed: &["https://rpc.ankr.com/eth/14d28ec0c2a6299ba89915c1c7b65"],
    },
    Rule {
        id: "helius-endpoint",
        provider: "Helius",
        kind: Kind::ApiKey,
        form: address(
            &[".helius-rpc.com", ".helius.xyz"],
            r"/[v0-9a-z/]{0,40}\?api-key=[0-9a-f-]{36}",
        ),
        check: Check::None,
        source: "https://www.helius.dev/docs",
        found: &[
            "url: «https://mainnet.helius-rpc.com/?api-key=d44959fb-4f98-1f50-ecca-7581c19967a5»",
        ],
        passed: &["https://mainnet.helius-rpc.com/?api-key=d44959fb-4f98"],
    },
];
