//! Data controls of providers, and what is known of them.

use std::fmt;

use crate::model::ProviderTool;

/// Something that a provider can be held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Control {
    /// Nobody reads requests to look for abuse.
    NoHumanReview,
    /// Nothing is kept of a response for the customer to fetch again.
    NoStoredResponses,
    /// Nothing is used for training.
    NoTraining,
    /// A prefix is cached for no more than an hour.
    ShortCache,
    /// Requests are processed in the region of the model. It holds for a conversation where
    /// every call [asks for it](crate::model::ModelDescriptor::is_region_forced), and else
    /// where it is attested.
    RegionPinned,
    /// Nothing is kept once the answer is given.
    ZeroRetention,
}

impl Control {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::NoHumanReview,
        Self::NoStoredResponses,
        Self::NoTraining,
        Self::ShortCache,
        Self::RegionPinned,
        Self::ZeroRetention,
    ];

    /// Returns the name, such as `zero_retention`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoHumanReview => "no_human_review",
            Self::NoStoredResponses => "no_stored_responses",
            Self::NoTraining => "no_training",
            Self::ShortCache => "short_cache",
            Self::RegionPinned => "region_pinned",
            Self::ZeroRetention => "zero_retention",
        }
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|control| control.as_str() == name)
    }
}

/// What a model is used for: providers promise different things for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Feature {
    /// A batch of requests.
    Batch,
    /// A conversation.
    Chat,
    /// Code that the provider runs.
    CodeExecution,
    /// A screen that the model looks at and operates.
    ComputerUse,
    /// Counting of tokens.
    Count,
    /// Vectors of texts.
    Embeddings,
    /// A search in files and documents that the provider keeps.
    FileSearch,
    /// Files that the provider keeps.
    Files,
    /// Tools that the provider runs and that have no other name here, and options that may
    /// switch on any.
    HostedTools,
    /// Verdicts on texts.
    Moderation,
    /// Servers of tools that the provider calls.
    RemoteMcp,
    /// Ranking of documents.
    Rerank,
    /// A search of the web, or pages fetched from it.
    WebSearch,
}

impl Feature {
    const ALL: &'static [Self] = &[
        Self::Batch,
        Self::Chat,
        Self::CodeExecution,
        Self::ComputerUse,
        Self::Count,
        Self::Embeddings,
        Self::FileSearch,
        Self::Files,
        Self::HostedTools,
        Self::Moderation,
        Self::RemoteMcp,
        Self::Rerank,
        Self::WebSearch,
    ];

    /// Returns the name, such as `hosted_tools`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Chat => "chat",
            Self::CodeExecution => "code_execution",
            Self::ComputerUse => "computer_use",
            Self::Count => "count",
            Self::Embeddings => "embeddings",
            Self::FileSearch => "file_search",
            Self::Files => "files",
            Self::HostedTools => "hosted_tools",
            Self::Moderation => "moderation",
            Self::RemoteMcp => "remote_mcp",
            Self::Rerank => "rerank",
            Self::WebSearch => "web_search",
        }
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|feature| feature.as_str() == name)
    }
}

impl From<ProviderTool> for Feature {
    fn from(tool: ProviderTool) -> Self {
        match tool {
            ProviderTool::CodeExecution => Self::CodeExecution,
            ProviderTool::ComputerUse => Self::ComputerUse,
            ProviderTool::FileSearch => Self::FileSearch,
            ProviderTool::RemoteMcp => Self::RemoteMcp,
            ProviderTool::WebSearch => Self::WebSearch,
            ProviderTool::Other => Self::HostedTools,
        }
    }
}

/// How a control stands for one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ControlState {
    /// It holds: by the request itself, or by an attestation that counts.
    Applied,
    /// The provider offers none for this.
    NoneExists,
    /// Nobody asked for it.
    NotRequested,
    /// Nothing that counts is known of it: no attestation, or one that has expired or is
    /// not signed by someone who is trusted.
    Unresearched,
}

/// Which data controls were applied to a request, and which were not.
#[derive(Clone, PartialEq, Eq)]
pub struct ControlReceipt {
    pub(super) controls: Vec<(Control, ControlState, Option<Box<str>>)>,
}

impl ControlReceipt {
    /// Returns how a control stands.
    #[must_use]
    pub fn state(&self, control: Control) -> ControlState {
        let mut controls = self.controls.iter();
        let found = controls.find(|(known, ..)| *known == control);
        found.map_or(ControlState::Unresearched, |(_, state, _)| *state)
    }

    /// Returns the id of the attestation on which a control rests.
    #[must_use]
    pub fn attestation(&self, control: Control) -> Option<&str> {
        let mut controls = self.controls.iter();
        controls.find(|(known, ..)| *known == control)?.2.as_deref()
    }

    /// How controls stand that must hold for two uses: each as in that use where less is
    /// known of it.
    pub(super) fn and(self, other: Self) -> Self {
        let holds = |state| matches!(state, ControlState::Applied | ControlState::NotRequested);
        let pairs = self.controls.into_iter().zip(other.controls);
        let controls = pairs.map(|(own, other)| if holds(own.1) { other } else { own });
        Self {
            controls: controls.collect(),
        }
    }

    /// Returns all controls and how they stand, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (Control, ControlState)> + '_ {
        self.controls
            .iter()
            .map(|(control, state, _)| (*control, *state))
    }
}

impl fmt::Debug for ControlReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(
                self.controls
                    .iter()
                    .map(|(control, state, _)| (control, state)),
            )
            .finish()
    }
}
