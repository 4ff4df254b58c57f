//! Tools that a model may call.

use super::{Json, Name, Text};

/// A tool that the product runs when the model calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tool {
    /// The name by which the model calls it.
    pub name: Name,
    /// What it does, in words for the model.
    pub description: Text,
    /// The JSON schema of its arguments.
    pub parameters: Json,
    /// Arguments that show how it is used.
    pub examples: Vec<Json>,
    /// Whether arguments must follow the schema to the letter, where the provider
    /// can promise it.
    pub strict: Option<bool>,
}

/// A tool that the provider runs on its own: a search, a container, a remote MCP
/// server. It takes data out of the request to somewhere else, so an adapter refuses
/// it unless [`ServerState::HostedTool`](super::ServerState::HostedTool) is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HostedTool {
    /// The provider's word for it, such as `web_search_20260209`.
    pub kind: Name,
    /// Its settings: an object.
    pub settings: Json,
}

/// Which tools the model must or may call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ToolChoice {
    /// The model decides.
    #[default]
    Auto,
    /// None.
    None,
    /// At least one.
    Required,
    /// This one.
    Tool(Name),
}

impl Tool {
    /// Returns a tool with the JSON schema of its arguments, and without a description.
    #[must_use]
    pub fn new(name: impl Into<Name>, parameters: Json) -> Self {
        Self {
            name: name.into(),
            description: Text::from(""),
            parameters,
            examples: Vec::new(),
            strict: None,
        }
    }

    /// Says what the tool does, in words for the model.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<Text>) -> Self {
        self.description = description.into();
        self
    }

    /// Asks for arguments that follow the schema to the letter.
    #[must_use]
    pub const fn strict(mut self) -> Self {
        self.strict = Some(true);
        self
    }

    /// Shows the model arguments that are good.
    #[must_use]
    pub fn with_example(mut self, arguments: Json) -> Self {
        self.examples.push(arguments);
        self
    }
}

impl HostedTool {
    /// Returns a tool of the provider.
    #[must_use]
    pub fn new(kind: impl Into<Name>, settings: Json) -> Self {
        Self {
            kind: kind.into(),
            settings,
        }
    }
}
