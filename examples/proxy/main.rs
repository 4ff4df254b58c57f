//! A proxy on this machine: clients of Chat Completions on one side, a provider of Chat
//! Completions on the other, and a guard in between.
//!
//! `cargo run --example proxy --features guard,openai -- 127.0.0.1:8899 http://127.0.0.1:8080/v1`
//!
//! It passes texts on, whole and in streams, each request as a conversation of its own. With
//! `--mask`, what a model writes by itself is masked like what a user writes.
#![allow(clippy::print_stdout, reason = "a program that says where it listens")]

mod http;

use std::error::Error;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use confidant::audit::Identifier;
use confidant::guard::{Conversation, Guard, GuardedModel, ModelCaller, Turn};
use confidant::model::{
    ApiKey, CallContext, ChatRequest, Json, Message, OpenAiChat, Part, Profile, Role, StreamEvent,
    Tool,
};
use confidant::redact::Redactor;
use confidant::taxonomy::Processor;
use serde_json::{Value, json};
use tokio::runtime::{Handle, Runtime};

use http::Exchange;

type Fallible<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// What every request needs.
struct Proxy {
    guard: Guard,
    upstream: String,
}

fn main() -> Fallible {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let masks = args.iter().any(|arg| arg == "--mask");
    args.retain(|arg| arg != "--mask");
    let [listen, upstream] = args.as_slice() else {
        println!("give an address to listen at, and that of the provider");
        return Ok(());
    };
    let mut guard = Guard::builder(Redactor::secrets_and_pii());
    if masks {
        guard = guard.output(Redactor::secrets_and_pii());
    }
    let proxy = Arc::new(Proxy {
        guard: guard.build()?,
        upstream: upstream.clone(),
    });
    let runtime = Runtime::new()?;
    let listener = TcpListener::bind(listen)?;
    println!("listening at {}", listener.local_addr()?);
    for stream in listener.incoming() {
        let (proxy, handle) = (Arc::clone(&proxy), runtime.handle().clone());
        thread::spawn(move || stream.map(|stream| serve(&proxy, &handle, stream)));
    }
    Ok(())
}

/// Serves one request. Its error says what kind it is of, and nothing of the request.
fn serve(proxy: &Proxy, handle: &Handle, stream: TcpStream) {
    let Ok(mut exchange) = Exchange::read(stream) else {
        return;
    };
    let served = handle.block_on(answer(proxy, &mut exchange));
    if let Err(error) = served
        && !exchange.has_begun()
    {
        let body = json!({"error": {"type": "guard", "message": error.to_string()}});
        drop(exchange.reply(502, &body));
    }
}

async fn answer(proxy: &Proxy, exchange: &mut Exchange) -> Fallible {
    if !exchange.path.ends_with("/chat/completions") {
        let body = json!({"object": "list", "data": []});
        return Ok(exchange.reply(if exchange.body.is_empty() { 200 } else { 404 }, &body)?);
    }
    let asked: Value = serde_json::from_slice(&exchange.body)?;
    let name = asked
        .get("model")
        .and_then(Value::as_str)
        .unwrap_or("model");
    let model = OpenAiChat::builder(name, ApiKey::none())
        .profile(Profile::Compatible)
        .provider(Processor::new("upstream")?)
        .address(&proxy.upstream)
        .build()?;
    let model = GuardedModel::new(proxy.guard.clone(), Arc::new(model));
    let caller = ModelCaller::new(Identifier::new("example:proxy")?);
    let (talk, cx) = (Conversation::new()?, CallContext::new());
    let request = request(&asked)?;
    if asked.get("stream").and_then(Value::as_bool) != Some(true) {
        let answer = model
            .generate(Turn::new(&caller, &talk).context(&cx), request)
            .await?;
        let text = answer.response().message.text();
        let message = json!({"role": "assistant", "content": text});
        let choice = json!({"index": 0, "message": message, "finish_reason": "stop"});
        let body = json!({"id": "proxy", "object": "chat.completion", "created": 0,
            "model": name, "choices": [choice]});
        return Ok(exchange.reply(200, &body)?);
    }
    let mut answer = model
        .stream(Turn::new(&caller, &talk).context(&cx), request)
        .await?;
    exchange.begin_events()?;
    while let Some(event) = answer.next().await {
        let (delta, end) = match event? {
            StreamEvent::TextDelta { text, .. } => (json!({"content": text.as_str()}), None),
            StreamEvent::Finished(_) => (json!({}), Some("stop")),
            _ => continue,
        };
        let choice = json!({"index": 0, "delta": delta, "finish_reason": end});
        exchange.event(&json!({"id": "proxy", "object": "chat.completion.chunk",
            "created": 0, "model": name, "choices": [choice]}))?;
    }
    Ok(exchange.end_events()?)
}

/// Reads the texts of a request and its tools. Other messages and parts are refused, and
/// members that the guard does not know do not leave.
fn request(asked: &Value) -> Fallible<ChatRequest> {
    let mut request = ChatRequest::new();
    let messages = asked.get("messages").and_then(Value::as_array);
    for message in messages.ok_or("no messages")? {
        let role = match message.get("role").and_then(Value::as_str) {
            Some("system") => Role::System,
            Some("developer") => Role::Developer,
            Some("assistant") => Role::Assistant,
            Some("user") => Role::User,
            _ => return Err("message of a role that is not passed on".into()),
        };
        let parts = match message.get("content") {
            Some(Value::String(text)) => vec![Part::text(text.as_str())],
            Some(Value::Array(parts)) => parts.iter().map(text).collect::<Fallible<_>>()?,
            _ => return Err("message without text".into()),
        };
        request = request.with(Message::new(role, parts));
    }
    let tools = asked.get("tools").and_then(Value::as_array);
    for tool in tools.into_iter().flatten() {
        request = request.with_tool(function(tool).ok_or("tool that is not passed on")?);
    }
    Ok(request)
}

fn function(tool: &Value) -> Option<Tool> {
    let function = tool.get("function")?;
    let name = function.get("name")?.as_str()?;
    let description = function.get("description").and_then(Value::as_str);
    let parameters = function.get("parameters").map(Value::to_string);
    let parameters = match parameters {
        Some(schema) => Json::parse(&schema).ok()?,
        None => Json::empty_object(),
    };
    Some(Tool::new(name, parameters).with_description(description.unwrap_or_default()))
}

fn text(part: &Value) -> Fallible<Part> {
    let text = part.get("text").and_then(Value::as_str);
    text.map(Part::text)
        .ok_or_else(|| "part that is not passed on".into())
}
