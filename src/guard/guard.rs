//! The guard.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::clear::{MediaScanner, Walk, refused};
use super::conversation::{Conversation, Provenance, ReleaseRules, Rules};
use super::mode::Mode;
use super::report::GuardReport;
use super::restore::{self, ToolRule};
use super::{GuardBuilder, restore::GuardedStream};
use crate::Error;
use crate::model::{
    Basis, ChatRequest, Clearance, Cleared, ClearedBatch, ClearedCount, ClearedEmbedding,
    ClearedModeration, ClearedRequest, ClearedRerank, ClearedUpload, CountRequest,
    EmbeddingRequest, EventStream, Leaves, Message, ModelDescriptor, ModerationRequest,
    RequestBatch, RerankRequest, Response, ServerStates, Upload,
};
#[cfg(feature = "policy")]
use crate::policy::SinkRule;
use crate::redact::{Key, KnownValues, PlaceholderMap, Redactor};

/// Clears what leaves for a provider, and restores what comes back.
///
/// A guard is built once and serves all conversations and threads; cloning copies a
/// pointer. It fails closed: what cannot be scanned, or decided, does not leave.
///
/// # Example
/// ```
/// use confidant::guard::{Conversation, Guard};
/// use confidant::model::{
///     ChatRequest, CredentialOwner, Destination, Endpoint, Message, ModelDescriptor,
/// };
/// use confidant::redact::Redactor;
/// use confidant::taxonomy::Processor;
///
/// let place = Endpoint::new("https://api.acme-models.example")?;
/// let place = Destination::new(Processor::new("acme-models")?, place, "large");
/// let model = ModelDescriptor::new(place, CredentialOwner::Platform);
/// let guard = Guard::builder(Redactor::secrets_and_pii()).build()?;
/// let conversation = Conversation::new()?;
/// let request = ChatRequest::new().with(Message::user("Write to ann@acme-mail.com"));
/// let (cleared, report) = guard.clear(&conversation, request, &model)?;
/// assert!(cleared.get().messages[0].text().starts_with("Write to [EMAIL-"));
/// assert_eq!(report.found().total(), 1);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone)]
pub struct Guard {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) redactor: Redactor,
    pub(crate) known: Option<KnownValues>,
    /// The number of the guard in this process.
    pub(crate) number: u64,
    pub(crate) name: Box<str>,
    pub(crate) mode: Mode,
    pub(crate) release: ReleaseRules,
    pub(crate) tools: BTreeMap<Box<str>, ToolRule>,
    /// Finds what is masked in a model's own words.
    pub(crate) output: Option<Redactor>,
    pub(crate) scanners: Vec<Arc<dyn MediaScanner>>,
    pub(crate) server_states: ServerStates,
    pub(crate) hint: bool,
    pub(crate) index_key: Option<Key>,
    pub(crate) allows_unredacted: bool,
    /// Whether a finding refuses the request.
    pub(crate) blocks: bool,
    pub(crate) max_bytes: usize,
    /// The clause of a policy document for which the guard was made.
    #[cfg(feature = "policy")]
    pub(crate) redaction: Option<Arc<SinkRule>>,
}

impl Inner {
    pub(crate) fn rules(&self) -> Rules<'_> {
        Rules {
            redactor: &self.redactor,
            known: self.known.as_ref(),
            number: self.number,
            name: &self.name,
        }
    }
}

impl Inner {
    /// Refuses what `hides` something, where nothing of that kind is ever let through.
    pub(super) fn let_through(&self, hides: bool) -> Result<(), Error> {
        match self.blocks && hides {
            true => Err(refused("request holds what is never let through")),
            false => Ok(()),
        }
    }
}

impl Guard {
    /// Begins a guard that replaces what `redactor` finds.
    #[must_use]
    pub fn builder(redactor: Redactor) -> GuardBuilder {
        GuardBuilder::new(redactor)
    }

    pub(super) fn new(inner: Inner) -> Self {
        Self {
            inner: Arc::new(inner),
        }
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }

    /// Returns whether the guard enforces or only looks on.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.inner.mode
    }

    /// Returns the name of the guard.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// Clears a request for one model. What left before in the conversation leaves byte
    /// for byte as it did, unless something is found in it now: that begins an
    /// [epoch](GuardReport::new_epoch).
    ///
    /// Everything in the request is one of these: **written**, so it is scanned and what
    /// is found is replaced with placeholders; **structural**, such as names and ids, so a
    /// finding denies; or an **item of a provider**, which goes back byte for byte if it
    /// came from one in this conversation.
    ///
    /// # Errors
    /// [`Refused`](crate::ErrorKind::Refused) where something may not leave and cannot be
    /// replaced, with the path of the field; [`Limit`](crate::ErrorKind::Limit) for a
    /// request of more bytes than the guard [takes](GuardBuilder::max_bytes); that of a
    /// detector or scanner that failed.
    pub fn clear(
        &self,
        conversation: &Conversation,
        request: ChatRequest,
        model: &ModelDescriptor,
    ) -> Result<(ClearedRequest, GuardReport), Error> {
        self.clear_with(conversation, request, model, |walk, request| {
            walk.request(request)
        })
    }

    /// Clears a request whose tokens are to be counted.
    ///
    /// # Errors
    /// Those of [`clear`](Self::clear).
    pub fn clear_count(
        &self,
        conversation: &Conversation,
        request: CountRequest,
        model: &ModelDescriptor,
    ) -> Result<(ClearedCount, GuardReport), Error> {
        self.clear_with(conversation, request, model, |walk, count| {
            walk.request(&mut count.request)
        })
    }

    /// Clears a query and the documents to rank.
    ///
    /// # Errors
    /// Those of [`clear`](Self::clear).
    pub fn clear_rerank(
        &self,
        conversation: &Conversation,
        request: RerankRequest,
        model: &ModelDescriptor,
    ) -> Result<(ClearedRerank, GuardReport), Error> {
        self.clear_other(conversation, request, model, Provenance::Retrieval)
    }

    /// Clears texts to be judged by a moderation model.
    ///
    /// # Errors
    /// Those of [`clear`](Self::clear).
    pub fn clear_moderation(
        &self,
        conversation: &Conversation,
        request: ModerationRequest,
        model: &ModelDescriptor,
    ) -> Result<(ClearedModeration, GuardReport), Error> {
        self.clear_other(conversation, request, model, Provenance::User)
    }

    /// Clears a file that a provider is to keep. Text and JSON are scanned; for everything
    /// else there must be a [scanner](GuardBuilder::scanner).
    ///
    /// # Errors
    /// Those of [`clear`](Self::clear).
    pub fn clear_upload(
        &self,
        conversation: &Conversation,
        request: Upload,
        model: &ModelDescriptor,
    ) -> Result<(ClearedUpload, GuardReport), Error> {
        self.clear_other(conversation, request, model, Provenance::User)
    }

    /// Clears the requests of a batch, each as [`clear`](Self::clear) does. All of them
    /// belong to one conversation.
    ///
    /// # Errors
    /// Those of [`clear`](Self::clear).
    pub fn clear_batch(
        &self,
        conversation: &Conversation,
        batch: RequestBatch,
        model: &ModelDescriptor,
    ) -> Result<(ClearedBatch, GuardReport), Error> {
        self.clear_with(conversation, batch, model, |walk, batch| walk.batch(batch))
    }

    /// Clears texts that are to be embedded, for an index that outlives conversations.
    /// What is found, and the end user, is replaced with placeholders under the
    /// [key of the index](GuardBuilder::index_key): the same in every text and query of
    /// the index, and never restored.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for a guard without such a key, and those of
    /// [`clear`](Self::clear).
    pub fn clear_embedding(
        &self,
        mut request: EmbeddingRequest,
        model: &ModelDescriptor,
    ) -> Result<(ClearedEmbedding, GuardReport), Error> {
        let Some(key) = &self.inner.index_key else {
            return Err(Error::config("guard has no key for indexes"));
        };
        let original = (self.inner.mode == Mode::Observe).then(|| request.clone());
        let mut report = GuardReport::new(self.inner.mode);
        match (
            self.hide_embedding(key, &mut request, &mut report),
            original,
        ) {
            (Ok(()), None) => {}
            (Err(error), None) => return Err(error),
            (hidden, Some(original)) => {
                report.refused = hidden.is_err();
                request = original;
            }
        }
        Ok((self.grant(request, model, self.basis()), report))
    }

    fn hide_embedding(
        &self,
        key: &Key,
        request: &mut EmbeddingRequest,
        report: &mut GuardReport,
    ) -> Result<(), Error> {
        let mut map = PlaceholderMap::new(key.clone());
        let bytes = request.texts.iter().map(|text| text.len()).sum::<usize>();
        if bytes > self.inner.max_bytes {
            let limit = self.inner.max_bytes as u64;
            return Err(Error::limit("bytes of a request", limit));
        }
        for text in &mut request.texts {
            let source = crate::redact::Source::Outside;
            let hidden = self.inner.redactor.hide(text, &mut map, source)?;
            report.found.add(&hidden.findings);
            let hidden = hidden.text.into_owned();
            self.inner.let_through(hidden != **text)?;
            text.set(hidden);
        }
        if let Some(name) = &mut request.end_user {
            // The same for every request of the index, and nothing else.
            let digest = key.mac(&[b"confidant/guard/end-user@v1", name.as_bytes()]);
            let digits = digest.iter().take(16).map(|byte| format!("{byte:02x}"));
            *name = digits.collect::<String>().into();
        }
        Ok(())
    }

    fn clear_other<T: Leaves + Clone>(
        &self,
        conversation: &Conversation,
        request: T,
        model: &ModelDescriptor,
        provenance: Provenance,
    ) -> Result<(Cleared<T>, GuardReport), Error> {
        self.clear_with(conversation, request, model, |walk, request| {
            walk.other(request, provenance)
        })
    }

    fn clear_with<T: Clone>(
        &self,
        conversation: &Conversation,
        mut request: T,
        model: &ModelDescriptor,
        clear: impl FnOnce(&mut Walk<'_>, &mut T) -> Result<(), Error>,
    ) -> Result<(Cleared<T>, GuardReport), Error> {
        let original = (self.inner.mode == Mode::Observe).then(|| request.clone());
        let mut state = conversation.lock();
        let mut walk = Walk::new(&self.inner, &mut state);
        let mut cleared = clear(&mut walk, &mut request);
        let hides = walk.hides;
        cleared = cleared.and_then(|()| self.inner.let_through(hides));
        let mut report = walk.report.clone();
        match (cleared, original) {
            (Ok(()), None) => {}
            (Err(error), None) => {
                walk.abandon();
                return Err(error);
            }
            (cleared, Some(original)) => {
                report.refused = cleared.is_err();
                request = original;
            }
        }
        Ok((self.grant(request, model, self.basis()), report))
    }

    /// On what the clearances of this guard rest.
    fn basis(&self) -> Basis {
        match self.inner.mode {
            Mode::Enforce => Basis::Guarded,
            Mode::Observe => Basis::Unredacted,
        }
    }

    pub(super) fn grant<T>(&self, content: T, model: &ModelDescriptor, basis: Basis) -> Cleared<T> {
        let clearance = Clearance::new(model.destination(), basis);
        let clearance = clearance.with_server_states(self.inner.server_states);
        Cleared::new(content, clearance)
    }

    /// Clears nothing: the request leaves as it is. The caller has written an entry into
    /// an audit log before.
    pub(super) fn pass_unredacted(
        &self,
        request: ChatRequest,
        model: &ModelDescriptor,
    ) -> Result<(ClearedRequest, GuardReport), Error> {
        if !self.inner.allows_unredacted {
            return Err(refused("guard lets nothing leave without redaction"));
        }
        let mut report = GuardReport::new(self.inner.mode);
        report.is_bypassed = true;
        Ok((self.grant(request, model, Basis::Unredacted), report))
    }

    /// Restores values in a whole answer. Returns the message as it is to be stored and
    /// sent again: with placeholders.
    ///
    /// Texts and refusals are restored as far as the [rules](ReleaseRules) release values,
    /// arguments of tools as far as the [rules of the tools](ToolRule) do. Reasoning stays
    /// as it came. Reports of token probabilities are dropped.
    pub fn restore(
        &self,
        conversation: &Conversation,
        response: &mut Response,
        report: &mut GuardReport,
    ) -> Message {
        report
            .transformations
            .extend(response.transformations.iter().cloned());
        let mut state = conversation.lock();
        if self.inner.mode == Mode::Observe || report.is_bypassed {
            let parts = response.message.parts.iter();
            parts.for_each(|part| restore::note_items(&mut state, part));
            return response.message.clone();
        }
        report.dropped_logprobs += response.logprobs.len() as u64;
        response.logprobs.clear();
        restore::message(&self.inner, &mut state, report, &mut response.message)
    }

    /// Restores values in an answer while it arrives.
    #[must_use]
    pub fn restore_stream(
        &self,
        conversation: &Conversation,
        events: EventStream,
        report: GuardReport,
    ) -> GuardedStream {
        GuardedStream::new(events, self.clone(), conversation.clone(), report)
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("name", &self.inner.name)
            .field("mode", &self.inner.mode)
            .field("tools", &self.inner.tools.len())
            .finish_non_exhaustive()
    }
}
