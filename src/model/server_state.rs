//! What a provider would keep, or do on its own, because of a request.

/// Something that a provider would keep beyond a call, or send elsewhere on its own.
///
/// Each is denied unless the clearance of the request names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ServerState {
    /// Work that goes on after the connection ends.
    Background,
    /// A batch of requests, with its answers.
    Batch,
    /// A prefix of the request that is kept under an id until it is deleted.
    CachedContent,
    /// A machine of the provider with files of its own.
    Container,
    /// A continuation of an earlier call that the provider kept.
    Continuation,
    /// A conversation that the provider keeps.
    Conversation,
    /// Another model that answers when the asked one does not.
    Fallback,
    /// An address that the provider fetches.
    FetchedUrl,
    /// A file that the provider keeps.
    File,
    /// A tool that the provider runs.
    HostedTool,
    /// A server of tools that the provider calls.
    McpServer,
    /// Labels that the provider stores with the call.
    Metadata,
    /// A prefix of the request that is kept for more than an hour.
    LongCache,
    /// A prompt that the provider keeps and fills in.
    PromptTemplate,
    /// A response that the provider keeps and can show again.
    StoredResponse,
    /// An option that this crate does not know.
    UnknownOption,
    /// Something about the person beyond a pseudonym: a profile, a location.
    UserProfile,
}

/// A set of [`ServerState`]: what a policy lets a provider keep or do.
///
/// # Example
/// ```
/// use confidant::model::{ServerState, ServerStates};
///
/// let allowed = ServerStates::none().with(ServerState::File);
/// assert!(allowed.contains(ServerState::File));
/// assert!(!allowed.contains(ServerState::Batch));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ServerStates(u32);

impl ServerStates {
    /// Returns the empty set: the provider keeps nothing.
    #[must_use]
    pub const fn none() -> Self {
        Self(0)
    }

    /// Adds one.
    #[must_use]
    pub const fn with(self, state: ServerState) -> Self {
        Self(self.0 | 1 << state as u32)
    }

    /// Returns whether it is in the set.
    #[must_use]
    pub const fn contains(self, state: ServerState) -> bool {
        self.0 & (1 << state as u32) != 0
    }

    pub(super) const fn bits(self) -> u32 {
        self.0
    }

    pub(super) const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// Returns the members, in the order of their names.
    pub fn iter(self) -> impl Iterator<Item = ServerState> {
        ServerState::ALL
            .into_iter()
            .filter(move |state| self.contains(*state))
    }

    /// Returns whether the set is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl ServerState {
    /// All of them, in the order of their names.
    pub const ALL: [Self; 17] = [
        Self::Background,
        Self::Batch,
        Self::CachedContent,
        Self::Container,
        Self::Continuation,
        Self::Conversation,
        Self::Fallback,
        Self::FetchedUrl,
        Self::File,
        Self::HostedTool,
        Self::LongCache,
        Self::McpServer,
        Self::Metadata,
        Self::PromptTemplate,
        Self::StoredResponse,
        Self::UnknownOption,
        Self::UserProfile,
    ];

    /// Returns whether the provider keeps something because of it after it has answered.
    /// The others pass something on.
    #[must_use]
    pub const fn is_kept(self) -> bool {
        match self {
            Self::Background
            | Self::Batch
            | Self::CachedContent
            | Self::Container
            | Self::Continuation
            | Self::Conversation
            | Self::File
            | Self::LongCache
            | Self::Metadata
            | Self::PromptTemplate
            | Self::StoredResponse
            | Self::UnknownOption
            | Self::UserProfile => true,
            Self::Fallback | Self::FetchedUrl | Self::HostedTool | Self::McpServer => false,
        }
    }

    /// Returns whether the provider may run tools of its own because of it.
    pub(crate) const fn may_run_tools(self) -> bool {
        match self {
            Self::CachedContent
            | Self::Container
            | Self::Conversation
            | Self::HostedTool
            | Self::McpServer
            | Self::PromptTemplate
            | Self::UnknownOption => true,
            Self::Background
            | Self::Batch
            | Self::Continuation
            | Self::Fallback
            | Self::FetchedUrl
            | Self::File
            | Self::LongCache
            | Self::Metadata
            | Self::StoredResponse
            | Self::UserProfile => false,
        }
    }

    /// Returns the name, such as `stored_response`, for reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Background => "background",
            Self::Batch => "batch",
            Self::CachedContent => "cached_content",
            Self::Container => "container",
            Self::Continuation => "continuation",
            Self::Conversation => "conversation",
            Self::Fallback => "fallback",
            Self::FetchedUrl => "fetched_url",
            Self::File => "file",
            Self::HostedTool => "hosted_tool",
            Self::McpServer => "mcp_server",
            Self::Metadata => "metadata",
            Self::LongCache => "long_cache",
            Self::PromptTemplate => "prompt_template",
            Self::StoredResponse => "stored_response",
            Self::UnknownOption => "unknown_option",
            Self::UserProfile => "user_profile",
        }
    }
}

impl FromIterator<ServerState> for ServerStates {
    fn from_iter<I: IntoIterator<Item = ServerState>>(states: I) -> Self {
        states.into_iter().fold(Self::none(), Self::with)
    }
}
