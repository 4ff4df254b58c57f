//! A server of tools, which is spoken to over MCP.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::thread;

use confidant::model::{Arguments, ToolCall};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, JsonObject,
    ListToolsResult, PaginatedRequestParams, ServerCapabilities, Tool,
};
use rmcp::service::{RequestContext, RunningService};
use rmcp::{ErrorData, RoleClient, RoleServer, ServerHandler, ServiceExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{Fallible, lock};

/// What a server got: the name of each tool that was called, with its arguments.
pub(crate) type Got = Arc<Mutex<Vec<(String, String)>>>;

/// A connection to a server of tools.
pub(crate) struct Tools {
    client: RunningService<RoleClient, ()>,
    got: Got,
}

/// Pushes to a repository, tells its remote and shows its log.
#[derive(Clone, Debug)]
struct Git {
    /// The remote, with the token in it.
    remote: String,
    got: Got,
}

impl Tools {
    /// Starts a server on a thread of its own, and connects to it over a socket. The server
    /// ends with the connection.
    pub(crate) async fn connect(remote: &str) -> Fallible<Self> {
        let got = Got::default();
        let git = Git {
            remote: remote.to_owned(),
            got: Arc::clone(&got),
        };
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        // A server that fails ends the connection, which its client notices.
        thread::spawn(move || drop(serve(listener, git)));
        let client = ().serve(stream(address).await?).await?;
        Ok(Self { client, got })
    }

    /// Returns the names of the tools.
    pub(crate) async fn names(&self) -> Fallible<Vec<String>> {
        let tools = self.client.list_all_tools().await?.into_iter();
        Ok(tools.map(|tool| tool.name.into_owned()).collect())
    }

    /// Runs a call, and returns what the tool says.
    pub(crate) async fn run(&self, call: &ToolCall) -> Fallible<String> {
        let Arguments::Json(arguments) = &call.arguments else {
            return Err("the call has no arguments".into());
        };
        let arguments: JsonObject = serde_json::from_str(arguments.as_str())?;
        let params = CallToolRequestParams::new(call.name.as_str().to_owned());
        let result = self
            .client
            .call_tool(params.with_arguments(arguments))
            .await?;
        let texts = result.content.iter().filter_map(|part| part.as_text());
        Ok(texts.map(|text| text.text.as_str()).collect())
    }

    /// Returns whether a tool got a text.
    pub(crate) fn got(&self, tool: &str, text: &str) -> bool {
        let got = lock(&self.got);
        got.iter()
            .any(|(name, arguments)| name == tool && arguments.contains(text))
    }
}

async fn stream(address: SocketAddr) -> Fallible<TcpStream> {
    Ok(TcpStream::connect(address).await?)
}

fn serve(listener: std::net::TcpListener, git: Git) -> Fallible {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let (stream, _) = TcpListener::from_std(listener)?.accept().await?;
        git.serve(stream).await?.waiting().await?;
        Ok(())
    })
}

impl ServerHandler for Git {
    fn get_info(&self) -> rmcp::model::ServerConfig {
        rmcp::model::ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let members = serde_json::json!({ "type": "object", "properties": { "token": { "type": "string" } } });
        let schema = members.as_object().cloned().unwrap_or_default();
        let tools = [
            ("git_remote", "Tells where a repository lies."),
            ("git_push", "Pushes, with a token."),
            ("git_log", "Shows what was committed."),
        ];
        let tools = tools.map(|(name, what)| Tool::new(name, what, schema.clone()));
        Ok(ListToolsResult::with_all_items(tools.to_vec()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = serde_json::Value::Object(request.arguments.unwrap_or_default());
        lock(&self.got).push((request.name.to_string(), arguments.to_string()));
        let text = match &*request.name {
            "git_remote" => format!("remote: {}", self.remote),
            "git_push" => "pushed".to_owned(),
            "git_log" => "one commit".to_owned(),
            _ => return Err(ErrorData::invalid_params("no such tool", None)),
        };
        Ok(CallToolResult::success(vec![ContentBlock::text(text)]).into())
    }
}
