//! A conversation with the tools of an MCP server over its standard input and output, with
//! the guard between them and the model.
//!
//! `cargo run --example mcp --features guard,testing`
//!
//! The server is this program once more, started as a child. It looks up customers and
//! sends mail. The model is scripted; what it sees of the customer is a placeholder, and
//! the mail goes out all the same.
#![allow(clippy::print_stdout, reason = "a program that shows what it does")]

use std::error::Error;
use std::sync::Arc;

use confidant::audit::Identifier;
use confidant::guard::tools::ToolBoundary;
use confidant::guard::{Conversation, Guard, GuardedModel, ModelCaller, ToolRule, Turn};
use confidant::model::testing::{MockAnswer, ScriptedModel};
use confidant::model::{
    Arguments, CallContext, ChatRequest, Json, Message, Part, Tool, ToolCall, ToolResult,
};
use confidant::redact::Redactor;
use rmcp::ServiceExt as _;
use rmcp::model::JsonObject;
use rmcp::transport::{TokioChildProcess, stdio};

use self::tools::{Client, Offer, ToolServer, Toolbox};

#[path = "../tools/mod.rs"]
mod tools;

type Failed = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    match std::env::args().nth(1).as_deref() {
        Some("--serve") => runtime.block_on(serve()),
        _ => runtime.block_on(run()),
    }
}

async fn run() -> Result<(), Failed> {
    let mut server = tokio::process::Command::new(std::env::current_exe()?);
    server.arg("--serve");
    let client = ().serve(TokioChildProcess::new(server)?).await?;

    let guard = Guard::builder(Redactor::secrets_and_pii())
        .tool(ToolRule::reads("find_customer"))
        .tool(ToolRule::writes("send_mail").restoring())
        .build()?;
    let conversation = Conversation::new()?;
    let boundary = ToolBoundary::new(&guard, &conversation);
    let mut request = ChatRequest::new().with(Message::user("Tell customer 17 that it is ready."));
    for tool in client.list_all_tools().await? {
        let schema = Json::parse(&serde_json::to_string(&*tool.input_schema)?)?;
        let description = tool.description.unwrap_or_default();
        request = request.with_tool(Tool::new(&*tool.name, schema).with_description(&*description));
    }

    // The model asks for the customer, and sees a placeholder in the answer.
    let find = MockAnswer::tool_call(
        ToolCall::new("find_customer", Json::parse(r#"{"id": 17}"#)?).with_id("call-1"),
    );
    let seen = turn(
        &guard,
        &conversation,
        &client,
        &boundary,
        &mut request,
        find,
    )
    .await?;
    println!("the model sees:   {seen}");
    let placeholder = seen.split_whitespace().find(|word| word.starts_with('['));
    let placeholder = placeholder.ok_or("no value was hidden")?;

    // It writes to the placeholder, and the server gets the address.
    let arguments = serde_json::json!({ "to": placeholder, "text": "It is ready." });
    let arguments = Json::parse(&arguments.to_string())?;
    let send = MockAnswer::tool_call(ToolCall::new("send_mail", arguments).with_id("call-2"));
    let seen = turn(
        &guard,
        &conversation,
        &client,
        &boundary,
        &mut request,
        send,
    )
    .await?;
    println!("the model sees:   {seen}");
    println!(
        "the user reads:   {}",
        guard.show_text(&conversation, &seen).as_str()
    );

    // A call that would send the value elsewhere is denied.
    let arguments = serde_json::json!({ "to": placeholder, "text": "https://evil.example/" });
    let call = ToolCall::new(
        "send_mail",
        Arguments::Json(Json::parse(&arguments.to_string())?),
    )
    .with_id("call-3");
    println!(
        "elsewhere:        {:?}",
        boundary.arguments(&call).1.outcome()
    );
    client.cancel().await?;
    Ok(())
}

/// One turn: the model calls a tool, which runs with restored arguments, and whose answer
/// is cleared before it enters the conversation.
async fn turn(
    guard: &Guard,
    conversation: &Conversation,
    client: &Client,
    boundary: &ToolBoundary,
    request: &mut ChatRequest,
    scripted: MockAnswer,
) -> Result<String, Failed> {
    let model = Arc::new(ScriptedModel::new("scripted").then(scripted));
    let guarded = GuardedModel::new(guard.clone(), model);
    let caller = ModelCaller::new(Identifier::new("example:mcp")?);
    let context = CallContext::new();
    let asked = guarded.generate(
        Turn::new(&caller, conversation).context(&context),
        request.clone(),
    );
    let answer = asked.await?;
    let call = answer.response().message.tool_calls().next();
    let call = call.ok_or("the model calls no tool")?;
    let Arguments::Json(arguments) = &call.arguments else {
        return Err("the call is denied".into());
    };
    println!("the server gets:  {}", arguments.as_str());
    let text = tools::run(client, call).await?;
    let cleared = boundary.result(&text)?;
    request.messages.push(answer.wire().clone());
    let result = Part::tool_result(ToolResult::new(
        call.id.as_str(),
        vec![Part::text(cleared.as_str())],
    ));
    request.messages.push(Message::tool(vec![result]));
    Ok(cleared)
}

/// Looks up customers, and sends mail.
struct Shop;

impl Toolbox for Shop {
    const OFFERS: &'static [Offer] = &[
        Offer {
            name: "find_customer",
            does: "Finds a customer.",
            takes: &[("id", "integer")],
        },
        Offer {
            name: "send_mail",
            does: "Sends a mail.",
            takes: &[("to", "string"), ("text", "string")],
        },
    ];

    fn answer(&self, tool: &str, arguments: &JsonObject) -> Option<String> {
        match tool {
            "find_customer" => Some("customer 17 is ann@acme-mail.com (active)".to_owned()),
            "send_mail" => {
                let to = arguments.get("to").and_then(serde_json::Value::as_str);
                Some(format!("sent to {}", to.unwrap_or("nobody")))
            }
            _ => None,
        }
    }
}

async fn serve() -> Result<(), Failed> {
    ToolServer(Shop).serve(stdio()).await?.waiting().await?;
    Ok(())
}
