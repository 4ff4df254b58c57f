//! A chat behind the guard: shows, side by side, what left for the provider and what was
//! restored.
//!
//! Without arguments it runs a short conversation with the built-in model, which repeats
//! what it is told:
//!
//! `cargo run --example chat --features guard,testing`
//!
//! With an address it talks to whatever serves there, and reads what you say from the
//! standard input, line by line. The key is read from the environment variable that you
//! name:
//!
//! `cargo run --example chat --features guard,testing,openai,anthropic -- \
//!     --url http://127.0.0.1:8080/v1 --model qwen3-4b`
//! `… -- --api anthropic --url https://api.anthropic.com --model NAME --key-env KEY`
#![allow(clippy::print_stdout, reason = "a program that shows what it does")]

mod connect;
mod table;

use std::error::Error;
use std::io::{self, BufRead as _};
use std::sync::Arc;

use confidant::audit::Identifier;
use confidant::guard::{Conversation, Guard, GuardedModel, ModelCaller, Turn};
use confidant::model::testing::EchoModel;
use confidant::model::{CallContext, ChatModel, ChatRequest, Message, StreamEvent};
use confidant::redact::Redactor;

use connect::Options;

/// What is said where nobody says anything.
const DEMONSTRATION: [&str; 3] = [
    "Hello, I am ann@acme-mail.com and my card is 4111 1111 1111 1111.",
    "Our deploy key is ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA, keep it to yourself.",
    "I typed [EMAIL-00000000] myself. Now repeat: ann@acme-mail.com",
];

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::read()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(run(&options))
}

async fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let model: Arc<dyn ChatModel> = match &options.url {
        Some(url) => connect::connect(options, url)?,
        None => Arc::new(EchoModel::new("echo")),
    };
    println!("model: {}", model.descriptor().model.as_str());
    let guard = Guard::builder(Redactor::secrets_and_pii()).hint().build()?;
    let chat = Chat {
        model: GuardedModel::new(guard, model),
        conversation: Conversation::new()?,
        caller: ModelCaller::new(Identifier::new("example:chat")?),
    };
    if options.url.is_none() {
        let lines = DEMONSTRATION.iter().map(|line| Ok((*line).to_owned()));
        return chat.talk(lines).await;
    }
    chat.talk(io::stdin().lock().lines()).await
}

struct Chat {
    model: GuardedModel,
    conversation: Conversation,
    caller: ModelCaller,
}

impl Chat {
    async fn talk(
        &self,
        lines: impl Iterator<Item = io::Result<String>>,
    ) -> Result<(), Box<dyn Error>> {
        // What is kept is the wire view: it holds no value.
        let mut history: Vec<Message> = Vec::new();
        for line in lines {
            let line = line?;
            if line.trim().is_empty() {
                continue;
            }
            let mut request = ChatRequest::new();
            request.messages.clone_from(&history);
            request.messages.push(Message::user(line.as_str()));
            let context = CallContext::new();
            let asked = self.model.stream(
                Turn::new(&self.caller, &self.conversation).context(&context),
                request,
            );
            let mut answer = asked.await?;
            let mut shown = String::new();
            while let Some(event) = answer.next().await {
                if let StreamEvent::TextDelta { text, .. } = event? {
                    shown.push_str(&text);
                }
            }
            let wire = answer.wire();
            let left = self.model.guard().hide_text(&self.conversation, &line)?;
            println!();
            table::print("you wrote", "left", &line, &left);
            table::print("you read", "arrived", &shown, &wire.text());
            let (report, restored) = (answer.report(), answer.report().restored());
            println!(
                "{}; {} restored, {} withheld",
                report.found(),
                restored.restored(),
                restored.withheld()
            );
            history.push(Message::user(left));
            history.push(wire);
        }
        Ok(())
    }
}
