//! A server of tools that is spoken to over MCP, and a client of it.

use std::error::Error;

use confidant::model::{Arguments, ToolCall};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, JsonObject,
    ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::{RequestContext, RunningService};
use rmcp::{ErrorData, RoleClient, RoleServer, ServerHandler};

/// A connection to a server of tools.
pub(crate) type Client = RunningService<RoleClient, ()>;

type Failed = Box<dyn Error + Send + Sync>;

/// A tool: its name, what it does, and the names of its arguments with their types.
pub(crate) struct Offer {
    pub(crate) name: &'static str,
    pub(crate) does: &'static str,
    pub(crate) takes: &'static [(&'static str, &'static str)],
}

/// Some tools, and what each answers.
pub(crate) trait Toolbox: Send + Sync + 'static {
    /// The tools.
    const OFFERS: &'static [Offer];

    /// Answers a call; nothing for a tool that there is not.
    fn answer(&self, tool: &str, arguments: &JsonObject) -> Option<String>;
}

/// Serves the tools of a box.
pub(crate) struct ToolServer<B>(pub(crate) B);

impl<B: Toolbox> ServerHandler for ToolServer<B> {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = B::OFFERS.iter().map(|offer| {
            let members = offer.takes.iter().map(|(name, kind)| {
                let kind = serde_json::json!({ "type": kind });
                ((*name).to_owned(), kind)
            });
            let members: JsonObject = members.collect();
            let schema = serde_json::json!({ "type": "object", "properties": members });
            let schema = schema.as_object().cloned().unwrap_or_default();
            Tool::new(offer.name, offer.does, schema)
        });
        Ok(ListToolsResult::with_all_items(tools.collect()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = request.arguments.unwrap_or_default();
        match self.0.answer(&request.name, &arguments) {
            Some(text) => Ok(CallToolResult::success(vec![ContentBlock::text(text)]).into()),
            None => Err(ErrorData::invalid_params("no such tool", None)),
        }
    }
}

/// Runs the call of a model, and returns what the tool says.
pub(crate) async fn run(client: &Client, call: &ToolCall) -> Result<String, Failed> {
    let Arguments::Json(arguments) = &call.arguments else {
        return Err("the call has no arguments".into());
    };
    let arguments: JsonObject = serde_json::from_str(arguments.as_str())?;
    let params = CallToolRequestParams::new(call.name.as_str().to_owned());
    let result = client.call_tool(params.with_arguments(arguments)).await?;
    let texts = result.content.iter().filter_map(|part| part.as_text());
    Ok(texts.map(|text| text.text.as_str()).collect())
}
