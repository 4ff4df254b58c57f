//! The walk over everything that leaves.

use super::media::MediaVerdict;
use super::structural::refused;
use super::{joined, media, structural};
use crate::Error;
use crate::guard::conversation::{Field, Late, Provenance, State, Syntax, note_late};
use crate::guard::guard::Inner;
use crate::guard::report::GuardReport;
use crate::model::{
    Blob, ChatRequest, Content, Json, Leaf, Leaves, Message, Name, Part, Path, RequestBatch, Role,
    Text,
};
use crate::redact::Finding;

/// How often everything is looked at again because new values were found.
const MAX_PASSES: usize = 8;

/// The one sentence by which a model learns what placeholders are. It never changes, so
/// that a provider's cache of the prefix holds.
pub(crate) const HINT: &str = "A kind and a code in square brackets, such as [EMAIL-...], stands \
for a value that is set and that the user knows; use it exactly as it is written.";

/// A walk over one thing that leaves.
pub(crate) struct Walk<'w> {
    guard: &'w Inner,
    state: &'w mut State,
    pub(crate) report: GuardReport,
    /// The first message of each request which left in another form before.
    late: Late,
    /// Whether there is anything that may not leave as it was written.
    pub(crate) hides: bool,
    bytes: usize,
    /// The type of the media that is read next.
    media_type: Name,
}

impl<'w> Walk<'w> {
    pub(crate) fn new(guard: &'w Inner, state: &'w mut State) -> Self {
        state.begin_request();
        let late = std::mem::take(&mut state.owed);
        Self {
            report: GuardReport::new(guard.mode),
            guard,
            state,
            late,
            hides: false,
            bytes: 0,
            media_type: Name::default(),
        }
    }

    /// Clears a request to a chat model.
    pub(crate) fn request(&mut self, request: &mut ChatRequest) -> Result<(), Error> {
        self.requests(&mut [request])
    }

    /// Clears the requests of a batch. What one of them makes known is hidden in all.
    pub(crate) fn batch(&mut self, batch: &mut RequestBatch) -> Result<(), Error> {
        let requests = batch.records.iter_mut();
        let mut requests: Vec<_> = requests.map(|record| &mut record.request).collect();
        self.requests(&mut requests)?;
        // Now all values are known that an id could hold.
        let mut records = batch.records.iter();
        records.try_for_each(|record| self.structural(&record.id))
    }

    fn requests(&mut self, requests: &mut [&mut ChatRequest]) -> Result<(), Error> {
        let mut names = Vec::with_capacity(requests.len());
        for request in requests.iter_mut() {
            let first = request.messages.first().map(Message::text);
            if self.guard.hint && first.as_deref() != Some(HINT) {
                request.messages.insert(0, Message::system(HINT));
            }
            for message in &mut request.messages {
                self.check_items(&mut message.parts);
            }
            // They leave as pseudonyms, whatever they say.
            let taken = [request.end_user.take(), request.cache_key.take()];
            names.push(taken.map(|name| name.map(|name| self.pseudonym(&name))));
        }
        let mut is_cleared = false;
        self.passes(|walk| {
            for (record, request) in requests.iter_mut().enumerate() {
                (walk.state.record, walk.bytes) = (record, 0);
                walk.join(&mut request.messages, is_cleared)?;
                walk.whole(request)?;
            }
            is_cleared = true;
            Ok(())
        })?;
        for (request, names) in requests.iter_mut().zip(names) {
            self.bind(&mut request.messages);
            [request.end_user, request.cache_key] = names;
            self.check_prefix(request);
        }
        self.end_epoch(requests);
        Ok(())
    }

    /// Ends a request that does not leave.
    pub(crate) fn abandon(self) {
        self.state.abandon();
        self.state.owed = self.late;
    }

    /// Clears anything else whose leaves can be walked.
    pub(crate) fn other(
        &mut self,
        other: &mut impl Leaves,
        provenance: Provenance,
    ) -> Result<(), Error> {
        self.passes(|walk| {
            other.leaves(&Path::root("request"), &mut |path, leaf| {
                walk.leaf(provenance, path, leaf)
            })
        })?;
        self.settle();
        Ok(())
    }

    /// Runs a pass, and again as long as new values come up that may stand in what was
    /// cleared before.
    fn passes(
        &mut self,
        mut pass: impl FnMut(&mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for _ in 0..MAX_PASSES {
            let values = self.state.values();
            self.bytes = 0;
            pass(self)?;
            if self.state.values() == values {
                return Ok(());
            }
        }
        Err(Error::limit("passes over a request", MAX_PASSES as u64))
    }

    fn whole(&mut self, request: &mut ChatRequest) -> Result<(), Error> {
        let root = Path::root("request");
        let mut messages = std::mem::take(&mut request.messages);
        let mut numbered = messages.iter_mut().enumerate();
        let walked = numbered.try_for_each(|(at, message)| {
            self.state.position = at;
            let provenance = provenance_of(message.role);
            message.leaves(&root.item("messages", at), &mut |path, leaf| {
                self.leaf(provenance, path, leaf)
            })
        });
        // Everything else stands before the messages, which are out of it for now.
        self.state.position = 0;
        let walked = walked.and_then(|()| {
            request.leaves(&root, &mut |path, leaf| {
                self.leaf(Provenance::System, path, leaf)
            })
        });
        request.messages = messages;
        walked
    }

    fn leaf(
        &mut self,
        provenance: Provenance,
        path: &Path<'_>,
        leaf: Leaf<'_>,
    ) -> Result<(), Error> {
        let cleared = match leaf {
            Leaf::Text(text) if path.last() == "url" => self.address(text),
            Leaf::Text(text) => self.text(provenance_at(path, provenance), text),
            Leaf::Json(json) => self.json(provenance_at(path, provenance), Syntax::Json, json),
            Leaf::Schema(json) => self.json(Provenance::System, Syntax::Schema, json),
            Leaf::Name(name) if path.last() == "speaker" => self.words(name),
            Leaf::Name(name) => {
                let checked = self.structural(name);
                if path.last() == "media_type" {
                    self.media_type = name.clone();
                }
                checked
            }
            Leaf::Number(number) => self.structural(&number.to_string()),
            Leaf::Blob(blob) => self.media(provenance_at(path, provenance), blob),
            Leaf::Wire(item) => self.item(item),
        };
        cleared.map_err(|error| error.with_id(&place(path)))
    }

    fn count(&mut self, len: usize) -> Result<(), Error> {
        self.bytes = self.bytes.saturating_add(len);
        match self.bytes > self.guard.max_bytes {
            true => Err(Error::limit(
                "bytes of a request",
                self.guard.max_bytes as u64,
            )),
            false => Ok(()),
        }
    }

    fn found(&mut self, findings: &[Finding], is_late: bool) {
        self.report.found.add(findings);
        self.hides |= !findings.is_empty();
        if is_late {
            note_late(&mut self.late, self.state.record, self.state.position);
        }
    }

    fn text(&mut self, provenance: Provenance, text: &mut Text) -> Result<(), Error> {
        self.count(text.len())?;
        let field = Field::of_text(provenance, text);
        let cleared = self.state.clear(self.guard.rules(), field, text)?;
        self.found(&cleared.findings, cleared.is_late);
        if let Some(wire) = cleared.wire {
            self.hides = true;
            text.set(wire);
        }
        Ok(())
    }

    fn json(
        &mut self,
        provenance: Provenance,
        syntax: Syntax,
        json: &mut Json,
    ) -> Result<(), Error> {
        self.count(json.as_str().len())?;
        let field = Field { provenance, syntax };
        let rules = self.guard.rules();
        let cleared = self.state.clear(rules, field, json.as_str())?;
        self.found(&cleared.findings, cleared.is_late);
        if let Some(wire) = cleared.wire {
            self.hides = true;
            *json = Json::parse(&wire)?;
        }
        Ok(())
    }

    fn structural(&mut self, name: &str) -> Result<(), Error> {
        self.count(name.len())?;
        structural::check(
            &self.guard.redactor,
            &self.state.map,
            &self.state.seen,
            name,
        )
    }

    fn words(&mut self, text: &str) -> Result<(), Error> {
        self.count(text.len())?;
        structural::check_words(&self.guard.redactor, &self.state.map, text)
    }

    fn address(&mut self, text: &Text) -> Result<(), Error> {
        self.count(text.len())?;
        structural::check_address(&self.guard.redactor, &self.state.map, text)
    }

    fn item(&mut self, item: &Json) -> Result<(), Error> {
        self.count(item.as_str().len())?;
        match self.state.knows_item(item.as_str()) {
            true => Ok(()),
            false => Err(refused(
                "an item came from no provider in this conversation",
            )),
        }
    }

    fn media(&mut self, provenance: Provenance, blob: &mut Blob) -> Result<(), Error> {
        self.count(blob.len())?;
        let media_type = std::mem::take(&mut self.media_type);
        if media::is_text(&media_type)
            && media::is_utf8(&media_type, blob.as_bytes())
            && let Ok(text) = str::from_utf8(blob.as_bytes())
        {
            let mut text = Text::from(text);
            if media::is_json(&media_type)
                && let Ok(mut json) = Json::parse(&text)
            {
                self.json(provenance, Syntax::Json, &mut json)?;
                text.set(json.as_str());
            } else {
                self.text(provenance, &mut text)?;
            }
            if text.as_bytes() != blob.as_bytes() {
                *blob = Blob::from(text.as_bytes());
            }
            return Ok(());
        }
        let mut scanners = self.guard.scanners.iter();
        let Some(scanner) = scanners.find(|scanner| scanner.accepts(&media_type)) else {
            return Err(refused("media of a type that no scanner reads"));
        };
        self.report.media += 1;
        match scanner.scan(&media_type, blob.as_bytes())? {
            MediaVerdict::Clean => Ok(()),
            MediaVerdict::Deny => Err(refused("media holds what may not leave")),
            MediaVerdict::Replace(data) => {
                *blob = Blob::from(data);
                Ok(())
            }
        }
    }

    /// Puts texts together where they must be. Before the first pass they are as they were
    /// written, and after it they are cleared.
    fn join(&mut self, messages: &mut [Message], is_cleared: bool) -> Result<(), Error> {
        for message in messages {
            let texts = (provenance_of(message.role), is_cleared);
            if joined::join(self.guard.rules(), self.state, texts, &mut message.parts)? {
                self.report.joined += 1;
            }
        }
        Ok(())
    }

    /// Takes away items of providers that are not what they were, or that this conversation
    /// does not know.
    fn check_items(&mut self, parts: &mut Vec<Part>) {
        parts.retain_mut(|part| {
            if let Content::ToolResult(result) = &mut part.content {
                self.check_items(&mut result.parts);
            }
            let Some(replay) = &part.replay else {
                return true;
            };
            let is_known = self.state.knows_item(replay.wire().as_str());
            if is_known && replay.matches(&part.content) {
                return true;
            }
            part.replay = None;
            self.report.dropped_items += 1;
            self.keeps_without_item(part)
        });
    }

    /// Whether a part can stand without the item that a provider signed.
    fn keeps_without_item(&mut self, part: &Part) -> bool {
        let is_signed =
            matches!(&part.content, Content::Reasoning(reasoning) if reasoning.is_signed);
        self.report.dropped_reasoning += u64::from(is_signed);
        !is_signed
    }

    /// Ties the items of providers to the cleared contents where those are what came with
    /// them, and takes away the others.
    fn bind(&mut self, messages: &mut [Message]) {
        for message in messages {
            self.bind_parts(&mut message.parts);
        }
    }

    fn bind_parts(&mut self, parts: &mut Vec<Part>) {
        parts.retain_mut(|part| {
            if let Content::ToolResult(result) = &mut part.content {
                self.bind_parts(&mut result.parts);
            }
            let Some(replay) = &mut part.replay else {
                return true;
            };
            let says = part.content.fingerprint();
            if self
                .state
                .item_says(replay.wire().as_str(), says.as_bytes())
            {
                replay.rebind(&part.content);
                return true;
            }
            part.replay = None;
            self.report.dropped_items += 1;
            self.keeps_without_item(part)
        });
    }

    /// A pseudonym of an id for this conversation alone, always the same in it.
    fn pseudonym(&self, id: &str) -> Name {
        let digest = self.state.key.digest("id", &[id.as_bytes()]);
        Name::from(
            digest
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>(),
        )
    }

    /// Notes whether instructions and tools are those of the last request.
    fn check_prefix(&mut self, request: &ChatRequest) {
        use std::hash::{DefaultHasher, Hash as _, Hasher as _};
        let mut hash = DefaultHasher::new();
        for tool in &request.tools {
            (tool.name.as_str(), tool.description.as_str()).hash(&mut hash);
            tool.parameters.as_str().hash(&mut hash);
            for example in &tool.examples {
                example.as_str().hash(&mut hash);
            }
        }
        let is_first = |message: &&Message| matches!(message.role, Role::System | Role::Developer);
        for message in request.messages.iter().take_while(is_first) {
            message.text().hash(&mut hash);
        }
        let prefix = hash.finish();
        let before = self.state.prefix.replace(prefix);
        self.report.prefix_changed = before.is_some_and(|before| before != prefix);
    }

    fn settle(&mut self) {
        for (record, position) in self.state.settle() {
            note_late(&mut self.late, record, position);
        }
    }

    /// Where something left in another form before, begins an epoch: reasoning behind that
    /// point is bound to what left, and goes.
    fn end_epoch(&mut self, requests: &mut [&mut ChatRequest]) {
        self.settle();
        if self.late.is_empty() {
            return;
        }
        self.state.begin_epoch();
        self.report.epoch = Some(self.state.epoch);
        let late = requests.iter_mut().enumerate();
        let late = late.filter_map(|(record, request)| {
            let first = *self.late.get(&record)?;
            Some(request.messages.iter_mut().skip(first))
        });
        for message in late.flatten() {
            let report = &mut self.report;
            message.parts.retain_mut(|part| {
                report.dropped_items += u64::from(part.replay.take().is_some());
                let is_reasoning = matches!(part.content, Content::Reasoning(_));
                report.dropped_reasoning += u64::from(is_reasoning);
                !is_reasoning
            });
        }
    }
}

/// Where the texts of a message come from.
const fn provenance_of(role: Role) -> Provenance {
    match role {
        Role::System | Role::Developer => Provenance::System,
        Role::User => Provenance::User,
        Role::Assistant => Provenance::Model,
        Role::Tool => Provenance::Tool,
    }
}

/// The results of tools may stand in messages of any role.
fn provenance_at(path: &Path<'_>, provenance: Provenance) -> Provenance {
    let mut above = Some(path);
    while let Some(path) = above {
        if path.last() == "tool_result" {
            return Provenance::Tool;
        }
        above = path.parent();
    }
    provenance
}

/// A path as an id in an error: `request.messages.3.parts.0.text`.
fn place(path: &Path<'_>) -> String {
    let mut place = String::new();
    path.each(&mut |word, index| {
        if !place.is_empty() {
            place.push('.');
        }
        place.push_str(word);
        if let Some(index) = index {
            place.push('.');
            place.push_str(&index.to_string());
        }
    });
    place
}
