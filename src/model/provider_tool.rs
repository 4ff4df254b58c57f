//! Tools that a provider runs for a request.

/// What a tool that the provider runs does.
///
/// Providers promise different things for each, so a router asks what is attested of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ProviderTool {
    /// Runs code on a machine of the provider.
    CodeExecution,
    /// Looks at a screen and operates it.
    ComputerUse,
    /// Searches files and documents that the provider keeps.
    FileSearch,
    /// Does something else, or nobody knows what.
    Other,
    /// Calls a server of tools.
    RemoteMcp,
    /// Searches the web, or fetches pages from it.
    WebSearch,
}

/// A set of [`ProviderTool`]: what the provider runs for a request.
///
/// # Example
/// ```
/// use confidant::model::{ProviderTool, ProviderTools};
///
/// let tools = ProviderTools::none().with(ProviderTool::WebSearch);
/// assert!(tools.contains(ProviderTool::WebSearch));
/// assert!(!tools.contains(ProviderTool::RemoteMcp));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ProviderTools(u32);

impl ProviderTool {
    /// All of them, in the order of their names.
    pub const ALL: [Self; 6] = [
        Self::CodeExecution,
        Self::ComputerUse,
        Self::FileSearch,
        Self::Other,
        Self::RemoteMcp,
        Self::WebSearch,
    ];
}

impl ProviderTools {
    /// Returns the empty set: the provider runs nothing.
    #[must_use]
    pub const fn none() -> Self {
        Self(0)
    }

    /// Adds one.
    #[must_use]
    pub const fn with(self, tool: ProviderTool) -> Self {
        Self(self.0 | 1 << tool as u32)
    }

    /// Returns whether it is in the set.
    #[must_use]
    pub const fn contains(self, tool: ProviderTool) -> bool {
        self.0 & (1 << tool as u32) != 0
    }

    /// Returns whether the set is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the members, in the order of their names.
    pub fn iter(self) -> impl Iterator<Item = ProviderTool> {
        ProviderTool::ALL
            .into_iter()
            .filter(move |tool| self.contains(*tool))
    }
}

impl FromIterator<ProviderTool> for ProviderTools {
    fn from_iter<I: IntoIterator<Item = ProviderTool>>(tools: I) -> Self {
        tools.into_iter().fold(Self::none(), Self::with)
    }
}
