//! An agent of three turns whose model provider sees no secret.
//!
//! `cargo run --example agent` talks to a server of its own on this machine, which
//! plays the model: it streams answers, calls a tool with arguments that are JSON in a
//! string, and keeps every byte that it got. At the end those bytes are searched for
//! the planted values.
//!
//! The loop keeps the history in the **wire form**, as it was sent: placeholders, and
//! what must come back unchanged. It restores only what a person sees and what a tool
//! gets.
#![allow(
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a program talks to people, and JSON gives null where nothing is"
)]

mod http;
mod server;

use std::io;

use confidant::Error;
use confidant::redact::{JsonPaths, Key, PlaceholderMap, Redactor, Restorer};
use serde_json::{Value, json};

use http::Events;
use server::Server;

/// What the person says in the three turns. The last turn names the password without
/// a word that says what it is.
const SAID: [&str; 3] = [
    "Deploy with ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA, the password is fV9s-Rk2xLq7!",
    "Charge the card 4242-4242-4242-4242 and tell ann@acme-mail.com.",
    "I logged in with fV9s-Rk2xLq7! and it works. What is in [TOKEN-R23G40WT]?",
];

/// What must never reach the server.
const PLANTED: [&str; 5] = [
    "ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA",
    "fV9s-Rk2xLq7",
    "4242-4242-4242-4242",
    "ann@acme-mail.com",
    "AKIAQ3EGRIZJ7OWLMXUV",
];

/// A conversation: the map, and the history in its wire form.
struct Conversation {
    redactor: Redactor,
    map: PlaceholderMap,
    history: Vec<Value>,
}

impl Conversation {
    fn new() -> Result<Self, Error> {
        // What this server wants back byte by byte, beside what all providers do.
        let own = JsonPaths::new(["/thinking/signature[type=thinking]"])?;
        let redactor = Redactor::builder()
            .category(confidant::redact::Category::Personal)
            .leave_json(JsonPaths::model_messages().and(own))
            .build()?;
        Ok(Self {
            redactor,
            // Use 32 random bytes for each conversation.
            map: PlaceholderMap::new(Key::from_bytes([7; 32])),
            history: Vec::new(),
        })
    }

    /// Adds a message from outside: of a person or a tool.
    fn add(&mut self, message: Value) -> Result<(), Error> {
        let redacted = self
            .redactor
            .redact_json_value_with(message, &mut self.map)?;
        self.history.push(redacted.into_inner());
        Ok(())
    }

    /// Adds a message that the model wrote. It has seen placeholders only, so those in
    /// it are genuine.
    fn add_answer(&mut self, message: Value) -> Result<(), Error> {
        let redacted = self
            .redactor
            .redact_json_value_again_with(message, &mut self.map)?;
        self.history.push(redacted.into_inner());
        Ok(())
    }

    /// Sends the history and shows the answer while it arrives. Returns the message as
    /// the server sent it.
    fn ask(&self, server: &Server) -> io::Result<Value> {
        let request = json!({"model": "local", "stream": true, "messages": self.history});
        let mut events = Events::open(server.address(), &request.to_string())?;
        let mut restorer = Restorer::new();
        let (mut text, mut shown) = (String::new(), String::new());
        let mut message = json!({"role": "assistant"});
        while let Some(event) = events.next()? {
            let delta = &event["delta"];
            if let Some(chunk) = delta["content"].as_str() {
                text.push_str(chunk);
                restorer.push(&self.map, chunk, &mut shown);
            }
            for part in ["tool_calls", "thinking"] {
                if let Some(part_of_message) = delta.get(part) {
                    message[part] = part_of_message.clone();
                }
            }
        }
        let counts = restorer.finish(&self.map, &mut shown);
        println!("model: {shown} ({} restored)", counts.restored());
        message["content"] = text.into();
        Ok(message)
    }

    /// Runs the tools that a message calls, with restored arguments.
    fn run_tools(&mut self, message: &Value) -> Result<usize, Error> {
        let calls = message["tool_calls"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        for call in &calls {
            let arguments = call["function"]["arguments"].as_str().unwrap_or("{}");
            let restored = self.map.restore_json(arguments)?;
            let result = tool(restored.as_str());
            self.add(json!({"role": "tool", "tool_call_id": call["id"], "content": result}))?;
        }
        Ok(calls.len())
    }
}

/// The tool: it works with the values themselves, and answers with another secret.
fn tool(arguments: &str) -> String {
    let arguments: Value = serde_json::from_str(arguments).unwrap_or_default();
    let known = PLANTED.contains(&arguments["token"].as_str().unwrap_or_default());
    json!({
        "ok": known,
        "password": arguments["password"],
        "settings": "AWS_ACCESS_KEY_ID=AKIAQ3EGRIZJ7OWLMXUV",
    })
    .to_string()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::start()?;
    let mut conversation = Conversation::new()?;
    for said in SAID {
        println!("person: {said}");
        conversation.add(json!({"role": "user", "content": said}))?;
        loop {
            let message = conversation.ask(&server)?;
            conversation.add_answer(message.clone())?;
            if conversation.run_tools(&message)? == 0 {
                break;
            }
        }
    }
    let (requests, received) = server.stop();
    for value in PLANTED {
        let found = received.contains(value);
        println!(
            "{value:?} in {requests} requests: {}",
            if found { "SEEN" } else { "not seen" }
        );
        if found {
            return Err("the server has seen a planted value".into());
        }
    }
    if !conversation
        .history
        .iter()
        .any(|message| message["thinking"]["signature"] == server::SIGNATURE)
    {
        return Err("a signature did not come back as it was".into());
    }
    Ok(())
}
