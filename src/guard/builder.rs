//! How a guard is built.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::clear::MediaScanner;
use super::conversation::ReleaseRules;
use super::guard::{Guard, Inner};
use super::mode::Mode;
use super::restore::ToolRule;
use crate::Error;
use crate::model::{ServerState, ServerStates};
#[cfg(feature = "policy")]
use crate::policy::SinkRule;
use crate::redact::{Key, KnownValues, Redactor, RedactorBuilder};

static NUMBERS: AtomicU64 = AtomicU64::new(1);

/// Builds a [`Guard`].
#[derive(Clone)]
pub struct GuardBuilder {
    redactor: Redactor,
    known: Option<KnownValues>,
    name: Box<str>,
    mode: Mode,
    release: ReleaseRules,
    tools: Vec<ToolRule>,
    output: Option<Redactor>,
    scanners: Vec<Arc<dyn MediaScanner>>,
    server_states: ServerStates,
    hint: bool,
    index_key: Option<Key>,
    allows_unredacted: bool,
    blocks: bool,
    max_bytes: usize,
    #[cfg(feature = "policy")]
    redaction: Option<Arc<SinkRule>>,
}

impl GuardBuilder {
    /// The most bytes of a request where nothing else is said: 64 MiB.
    pub const MAX_BYTES: usize = 64 << 20;
    /// The most bytes of a guard's name.
    pub const MAX_NAME: usize = 64;

    pub(super) fn new(redactor: Redactor) -> Self {
        Self {
            redactor,
            known: None,
            name: "guard".into(),
            mode: Mode::Enforce,
            release: ReleaseRules::default(),
            tools: Vec::new(),
            output: Some(Redactor::secrets()),
            scanners: Vec::new(),
            server_states: ServerStates::none(),
            hint: false,
            index_key: None,
            allows_unredacted: false,
            blocks: false,
            max_bytes: Self::MAX_BYTES,
            #[cfg(feature = "policy")]
            redaction: None,
        }
    }

    /// Notes for which clause of a policy document the guard is made. Its redactor cannot be
    /// replaced any more.
    #[cfg(feature = "policy")]
    pub(super) fn made_for(mut self, rule: SinkRule) -> Self {
        self.redaction = Some(Arc::new(rule));
        self
    }

    /// Begins a guard whose redactor also finds these values, such as all values of a
    /// vault. A value that is added later is looked for in the whole history once more.
    pub(super) fn with_known(redactor: RedactorBuilder, known: KnownValues) -> Result<Self, Error> {
        let mut this = Self::new(redactor.known_values(known.clone()).build()?);
        this.known = Some(known);
        Ok(this)
    }

    /// Names the guard: 1 to 64 letters, digits and `-_.:/`. Guards of one name clear
    /// alike in every process, and what one has cleared counts as sent for the others. A
    /// product with guards that clear differently gives each a name of its own; a
    /// [`Router`](super::Router) takes no two different guards of one name.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }

    /// Lets everything leave as it is, and counts what would have been done.
    #[must_use]
    pub const fn observe_only(mut self) -> Self {
        self.mode = Mode::Observe;
        self
    }

    /// Sets how far values are released in answers.
    #[must_use]
    pub fn release(mut self, rules: ReleaseRules) -> Self {
        self.release = rules;
        self
    }

    /// Says what a tool does and whether it may have values. A later rule for the same
    /// name replaces an earlier one.
    #[must_use]
    pub fn tool(mut self, rule: ToolRule) -> Self {
        self.tools.push(rule);
        self
    }

    /// Sets which values are masked in a model's own words: secrets by default. A masked
    /// value cannot be restored.
    #[must_use]
    pub fn output(mut self, redactor: Redactor) -> Self {
        self.output = Some(redactor);
        self
    }

    /// Masks nothing in a model's own words, so that text is passed on sooner.
    #[must_use]
    pub fn without_output_guard(mut self) -> Self {
        self.output = None;
        self
    }

    /// Lets a scanner read pictures, recordings or documents. Media that no scanner reads
    /// is denied.
    #[must_use]
    pub fn scanner(mut self, scanner: Arc<dyn MediaScanner>) -> Self {
        self.scanners.push(scanner);
        self
    }

    /// Lets providers keep or do something on their own.
    #[must_use]
    pub const fn allow(mut self, state: ServerState) -> Self {
        self.server_states = self.server_states.with(state);
        self
    }

    /// Tells models in one sentence, before everything else, what placeholders are.
    #[must_use]
    pub const fn hint(mut self) -> Self {
        self.hint = true;
        self
    }

    /// Sets the key of the placeholders in texts that go into an index. It must last as
    /// long as the index.
    #[must_use]
    pub fn index_key(mut self, key: Key) -> Self {
        self.index_key = Some(key);
        self
    }

    /// Lets requests leave without redaction where a
    /// [`Justification`](super::Justification) is given and is in the audit log.
    #[must_use]
    pub const fn allow_unredacted(mut self) -> Self {
        self.allows_unredacted = true;
        self
    }

    /// Refuses requests and texts that hold something to hide, rather than replace it, each
    /// time they come.
    #[must_use]
    pub const fn block(mut self) -> Self {
        self.blocks = true;
        self
    }

    /// Sets the most bytes of a request.
    #[must_use]
    pub const fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Builds the guard.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where the name is not well-formed, or a
    /// [host](ToolRule::host) of a tool is not the name of one.
    pub fn build(self) -> Result<Guard, Error> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte);
        let lengths = 1..=Self::MAX_NAME;
        if !lengths.contains(&self.name.len()) || !self.name.bytes().all(plain) {
            return Err(Error::config("name of the guard is not well-formed"));
        }
        self.tools.iter().try_for_each(ToolRule::check)?;
        let tools = self.tools.into_iter().map(|rule| (rule.name.clone(), rule));
        Ok(Guard::new(Inner {
            redactor: self.redactor,
            known: self.known,
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            name: self.name,
            mode: self.mode,
            release: self.release,
            tools: tools.collect::<BTreeMap<_, _>>(),
            output: self.output,
            scanners: self.scanners,
            server_states: self.server_states,
            hint: self.hint,
            index_key: self.index_key,
            allows_unredacted: self.allows_unredacted,
            blocks: self.blocks,
            max_bytes: self.max_bytes,
            #[cfg(feature = "policy")]
            redaction: self.redaction,
        }))
    }
}

impl Guard {
    /// Begins a guard that replaces what a redactor finds, and these values, such as all
    /// values of a vault. When values are added, the whole history is scanned once more.
    ///
    /// # Errors
    /// Returns the errors of [`RedactorBuilder::build`].
    pub fn builder_with_known(
        redactor: RedactorBuilder,
        known: KnownValues,
    ) -> Result<GuardBuilder, Error> {
        GuardBuilder::with_known(redactor, known)
    }
}

impl fmt::Debug for GuardBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardBuilder")
            .field("name", &self.name)
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}
