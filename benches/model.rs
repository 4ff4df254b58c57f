//! How fast the adapters are: events decoded per second, protocol by protocol, and
//! requests written.
//!
//! `cargo bench --bench model --features anthropic,bedrock,gemini,ollama,openai,testing`
//! takes half a minute. Options come after `--`: `--only NAME` for one part (`decode`,
//! `call`), `--quick` or `--test` for a run of seconds whose figures mean little.
#![allow(
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a program of its own, which should stop where it cannot measure"
)]

#[path = "redaction/clock.rs"]
#[expect(dead_code, reason = "another bench uses the rest")]
mod clock;
#[path = "redaction/plan.rs"]
mod plan;

use std::fmt::Write as _;
use std::hint::black_box;
use std::process::ExitCode;

use confidant::model::testing::{MockAnswer, MockReply, MockServer, clear, decode};
use confidant::model::{
    Anthropic, Api, ApiKey, CallContext, ChatModel, ChatRequest, Message, OpenAiChat, ServerStates,
    StreamEvent,
};

use clock::{figure, median, micros};
use plan::Plan;

const MODEL: &str = "test-one";
/// The bytes of a piece, as a connection delivers them.
const PIECE: usize = 16 << 10;

fn main() -> ExitCode {
    Plan::run(run)
}

fn run(plan: &Plan) {
    if plan.wants("decode") {
        for (name, api, bytes) in streams(if plan.quick { 500 } else { 50_000 }) {
            decoded(plan, name, api, &bytes);
        }
    }
    if plan.wants("call") {
        calls(plan);
    }
}

fn rounds(plan: &Plan) -> usize {
    if plan.quick { 1 } else { 9 }
}

/// Streams of `count` deltas of a few words, as the providers write them.
fn streams(count: usize) -> Vec<(&'static str, Api, Vec<u8>)> {
    let text = "and so the next";
    let mut anthropic = String::from(
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_01\",\
         \"type\":\"message\",\"role\":\"assistant\",\"model\":\"test-one\",\"content\":[],\
         \"usage\":{\"input_tokens\":25,\"output_tokens\":1}}}\n\n\
         event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\
         \"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
    );
    let mut chat = String::new();
    let mut responses = String::from(
        "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\
         \"resp_01\",\"model\":\"test-one\",\"status\":\"in_progress\",\"output\":[]}}\n\n",
    );
    let mut gemini = String::new();
    let mut ollama = String::new();
    for number in 0..count {
        let written = [
            write!(
                anthropic,
                "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":0,\
                 \"delta\":{{\"type\":\"text_delta\",\"text\":\" {text}\"}}}}\n\n"
            ),
            write!(
                chat,
                "data: {{\"id\":\"chatcmpl-9lMgfRSWPHcw51s6wxKT1YEO2CKpd\",\"object\":\
                 \"chat.completion.chunk\",\"created\":1721075653,\"model\":\"test-one\",\
                 \"service_tier\":\"default\",\"system_fingerprint\":\"fp_48196bc67a\",\"choices\":\
                 [{{\"index\":0,\"delta\":{{\"content\":\" {text}\"}},\"logprobs\":null,\
                 \"finish_reason\":null}}]}}\n\n"
            ),
            write!(
                responses,
                "event: response.output_text.delta\ndata: {{\"type\":\
                 \"response.output_text.delta\",\"sequence_number\":{number},\"item_id\":\"msg_01\",\
                 \"output_index\":0,\"content_index\":0,\"delta\":\" {text}\",\"logprobs\":[],\
                 \"obfuscation\":\"aJ4mB2\"}}\n\n"
            ),
            write!(
                gemini,
                "data: {{\"candidates\":[{{\"content\":{{\"parts\":[{{\"text\":\" {text}\"}}],\
                 \"role\":\"model\"}},\"index\":0}}],\"usageMetadata\":{{\"promptTokenCount\":8,\
                 \"candidatesTokenCount\":{number},\"totalTokenCount\":{number}}},\
                 \"modelVersion\":\"test-one\",\"responseId\":\"abc\"}}\n\n"
            ),
            writeln!(
                ollama,
                "{{\"model\":\"test-one\",\"created_at\":\"2026-08-01T10:00:00.123456Z\",\
                 \"message\":{{\"role\":\"assistant\",\"content\":\" {text}\"}},\"done\":false}}"
            ),
        ];
        assert!(written.iter().all(Result::is_ok));
    }
    anthropic += "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":\
        {\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":9}}\n\n\
        event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    chat += "data: {\"model\":\"test-one\",\"choices\":[{\"index\":0,\"delta\":{},\
        \"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    responses += "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":\
        {\"id\":\"resp_01\",\"model\":\"test-one\",\"status\":\"completed\",\"output\":[]}}\n\n";
    gemini +=
        "data: {\"candidates\":[{\"finishReason\":\"STOP\"}],\"modelVersion\":\"test-one\"}\n\n";
    ollama += "{\"model\":\"test-one\",\"message\":{\"content\":\"\"},\"done\":true}\n";
    vec![
        (
            "Anthropic Messages",
            Api::AnthropicMessages,
            anthropic.into_bytes(),
        ),
        (
            "OpenAI Chat Completions",
            Api::OpenAiChat,
            chat.into_bytes(),
        ),
        (
            "OpenAI Responses",
            Api::OpenAiResponses,
            responses.into_bytes(),
        ),
        (
            "Gemini generateContent",
            Api::GeminiGenerateContent,
            gemini.into_bytes(),
        ),
        ("Ollama chat", Api::OllamaChat, ollama.into_bytes()),
    ]
}

fn decoded(plan: &Plan, name: &str, api: Api, bytes: &[u8]) {
    let pieces: Vec<_> = bytes.chunks(PIECE).collect();
    let events = decode(api, MODEL, &pieces);
    let whole = matches!(events.last(), Some(Ok(StreamEvent::Finished(_))));
    assert!(whole, "{name} was cut");
    let delta = |event: &&_| matches!(event, Ok(StreamEvent::TextDelta { .. }));
    let deltas = events.iter().filter(delta).count();
    drop(events);
    let time = median(rounds(plan), || {
        drop(black_box(decode(api, MODEL, &pieces)))
    });
    let speed = deltas as f64 / time.as_secs_f64();
    println!(
        "decode, {name:<24} {:>8} thousand events/s",
        figure(speed / 1e3)
    );
}

/// Whole calls of 20 messages against a server on this machine: what the adapter, the
/// HTTP client and the server take together.
fn calls(plan: &Plan) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.expect("there is a runtime");
    let server = MockServer::start().expect("there is a port");
    server.always(MockReply::answer(MockAnswer::text("Yes.")));
    let address = server.address();
    let anthropic = Anthropic::builder(MODEL, ApiKey::none())
        .address(&address)
        .build();
    let chat = OpenAiChat::builder(MODEL, ApiKey::none())
        .address(&format!("{address}/v1"))
        .build();
    let models: [(&str, Box<dyn ChatModel>); 2] = [
        (
            "Anthropic Messages",
            Box::new(anthropic.expect("good settings")),
        ),
        (
            "OpenAI Chat Completions",
            Box::new(chat.expect("good settings")),
        ),
    ];
    let mut request = ChatRequest::new().with(Message::system("Be brief."));
    for number in 0..20 {
        let text = format!("Message {number} of a conversation of some length, as people write.");
        let message = if number % 2 == 0 {
            Message::user(text)
        } else {
            Message::assistant(text)
        };
        request = request.with(message);
    }
    request = request.with(Message::user("And now?"));
    for (name, model) in models {
        let call = || {
            let cleared = clear(request.clone(), model.descriptor(), ServerStates::none());
            let answer = runtime.block_on(model.generate(cleared, &CallContext::new()));
            assert_eq!(answer.expect("an answer").message.text(), "Yes.");
        };
        let time = median(if plan.quick { 3 } else { 301 }, call);
        println!(
            "call, {name:<24} {:>8} µs, server and connection included",
            figure(micros(time))
        );
    }
}
