//! The boundary to tools.

use confidant::guard::tools::ToolBoundary;
use confidant::guard::{Conversation, DestinationPolicy, ToolOutcome, ToolRule};
use confidant::model::{Arguments, Json, ToolCall};
use serde_json::{Value, json};

use super::models::*;

#[test]
fn what_tools_answer_is_cleared_and_what_they_get_is_restored() {
    let guard = builder()
        .tool(
            ToolRule::writes("send")
                .restoring()
                .host("api.acme.example"),
        )
        .build()
        .unwrap();
    let talk = Conversation::new().unwrap();
    let tools = ToolBoundary::new(&guard, &talk);
    let result = json!({ "mail": ANN, "card": 4111111111111111_u64, "ok": true, "text": format!("error at {ANN}") });
    let cleared = tools.structured(&result).unwrap();
    assert!(cleared["ok"].as_bool().unwrap());
    for value in [ANN, CARD] {
        assert!(!cleared.to_string().contains(value));
    }
    let error = tools.result(&format!("failed for {ANN}: {PAT}")).unwrap();
    assert!(!error.contains(ANN) && !error.contains(PAT));
    // The same values have the same placeholders everywhere.
    assert!(error.contains(cleared["mail"].as_str().unwrap()));

    let call = |arguments: &Value| {
        let json = Json::parse(&arguments.to_string()).unwrap();
        tools.arguments(&ToolCall::new("send", Arguments::Json(json)).with_id("c"))
    };
    let (arguments, verdict) = call(&cleared);
    assert!(verdict.is_allowed());
    assert_eq!(
        serde_json::from_str::<Value>(arguments.as_str()).unwrap(),
        result
    );
    let (_, verdict) = call(&json!({ "to": cleared["mail"], "via": "https://api.acme.example/x" }));
    assert!(verdict.is_allowed());
    let (arguments, verdict) =
        call(&json!({ "to": cleared["mail"], "via": "https://evil.example/x" }));
    assert!(!verdict.is_allowed());
    assert!(!arguments.as_str().contains(ANN));
}

#[test]
fn a_number_and_a_string_of_the_same_digits_stay_apart_however_they_came() {
    let rule = ToolRule::writes("pay").restoring();
    let guard = builder().tool(rule).build().unwrap();
    let (number, string) = (
        r#"{"card":4111111111111111}"#,
        r#"{"card":"4111111111111111"}"#,
    );
    for (first, second) in [(number, string), (string, number)] {
        for as_text in [[true, true], [true, false], [false, true]] {
            let tools = ToolBoundary::new(&guard, &Conversation::new().unwrap());
            let hide = |text: &str, as_text: bool| match as_text {
                true => tools.result(text).unwrap(),
                false => {
                    let value: Value = serde_json::from_str(text).unwrap();
                    tools.structured(&value).unwrap().to_string()
                }
            };
            let hidden = [hide(first, as_text[0]), hide(second, as_text[1])];
            assert_ne!(hidden[0], hidden[1]);
            for (hidden, plain) in hidden.iter().zip([first, second]) {
                let call = Arguments::Json(Json::parse(hidden).unwrap());
                let (arguments, _) = tools.arguments(&ToolCall::new("pay", call).with_id("c"));
                assert_eq!(arguments.as_str(), plain, "{as_text:?}");
            }
        }
    }
}

#[test]
fn a_host_that_could_match_nothing_is_refused() {
    let build = |host: &str| {
        let rule = ToolRule::writes("send")
            .restoring()
            .host("ok.example")
            .host(host);
        builder().tool(rule).build().map(drop)
    };
    for host in [
        "",
        " ",
        "https://ok.example",
        "//ok.example",
        "ok.example/",
        "ok.example:443",
        "*.ok.example",
        "ann@ok.example",
        "ok..example",
        ".ok.example",
        "ok.example.",
        "-ok.example",
        "ok example",
        "ok.ex\u{e4}mple",
        "[2001:db8::1]",
        "2001:db8::x",
    ] {
        let refused = build(host).unwrap_err();
        assert_eq!(refused.kind(), confidant::ErrorKind::Config, "{host}");
    }
    for host in [
        "ok.example",
        "OK.example",
        "localhost",
        "xn--exmple-cua.example",
        "10.0.0.1",
        "2001:db8::1",
    ] {
        build(host).unwrap();
    }
}

#[test]
fn a_destination_is_decided_on_by_what_the_tool_would_get() {
    use confidant::decision::{Decision, Reason};

    #[derive(Debug)]
    struct Internal;
    impl DestinationPolicy for Internal {
        fn decide(&self, tool: &str, arguments: &Value) -> Decision {
            assert_eq!(tool, "send");
            assert_eq!(arguments["to"].as_str(), Some(ANN));
            match arguments["server"].as_str() {
                Some("internal") => Decision::allow(Reason::without_clause("internal")),
                _ => Decision::deny(Reason::without_clause("elsewhere")),
            }
        }
    }

    let rule = ToolRule::writes("send")
        .restoring()
        .destination(std::sync::Arc::new(Internal));
    let guard = builder().tool(rule).build().unwrap();
    let talk = Conversation::new().unwrap();
    let tools = ToolBoundary::new(&guard, &talk);
    let mail = tools.result(ANN).unwrap();
    let outcome = |server: &str| {
        let json = Json::parse(&json!({ "server": server, "to": mail }).to_string()).unwrap();
        let (arguments, verdict) =
            tools.arguments(&ToolCall::new("send", Arguments::Json(json)).with_id("c"));
        (arguments.as_str().contains(ANN), verdict.outcome())
    };
    assert_eq!(outcome("internal"), (true, ToolOutcome::Allowed));
    assert_eq!(
        outcome("other"),
        (false, ToolOutcome::Denied("destination is not cleared"))
    );
}

#[test]
fn secrets_reach_tools_that_may_have_them_and_no_text() {
    let guard = builder()
        .tool(ToolRule::writes("deploy").restoring())
        .build()
        .unwrap();
    let talk = Conversation::new().unwrap();
    let hidden = wire(&guard, &talk, &format!("use {PAT}"));
    assert_eq!(guard.show_text(&talk, &hidden).as_str(), hidden);
    let json = Json::parse(&json!({ "token": &hidden[4..] }).to_string()).unwrap();
    let tools = ToolBoundary::new(&guard, &talk);
    let (arguments, _) =
        tools.arguments(&ToolCall::new("deploy", Arguments::Json(json)).with_id("c"));
    assert!(arguments.as_str().contains(PAT));
}
