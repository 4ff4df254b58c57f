//! What is known of a conversation.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::apart::Apart;
use super::cache::Cache;
use super::key::{ConversationKey, Digest};
use super::provenance::{Provenance, Seen};
use crate::guard::clear::{hearsay, schema};
use crate::model::Json;
use crate::redact::{
    Finding, KnownValues, Mapped, PlaceholderMap, Redactor, Search, Source, Validation,
};
use crate::{Error, ErrorKind};

/// How text is cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Syntax {
    Json,
    Schema,
    Text,
}

/// Where a text stands and how it is cleared: texts are the same only where these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) provenance: Provenance,
    pub(crate) syntax: Syntax,
}

impl Field {
    /// The place of a text. What a tool answers as JSON stays JSON.
    pub(crate) fn of_text(provenance: Provenance, text: &str) -> Self {
        let is_json = provenance == Provenance::Tool
            && text.trim_start().starts_with(['{', '['])
            && Json::parse(text).is_ok();
        let syntax = match is_json {
            true => Syntax::Json,
            false => Syntax::Text,
        };
        Self { provenance, syntax }
    }
}

/// How one guard clears: part of every place in the cache, since another guard may clear
/// otherwise.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'g> {
    pub(crate) redactor: &'g Redactor,
    /// Values known from elsewhere, which come and go.
    pub(crate) known: Option<&'g KnownValues>,
    /// The number of the guard in this process.
    pub(crate) number: u64,
    /// The name of the guard, the same in every process.
    pub(crate) name: &'g str,
}

impl Rules<'_> {
    fn generation(&self) -> u64 {
        self.known.map_or(0, KnownValues::generation)
    }
}

/// A text that was cleared.
pub(crate) struct ClearedText {
    /// The text, if it is another than before.
    pub(crate) wire: Option<String>,
    /// What was found in it this time.
    pub(crate) findings: Vec<Finding>,
    /// Whether it left before in another form.
    pub(crate) is_late: bool,
}

impl ClearedText {
    const fn unchanged() -> Self {
        Self {
            wire: None,
            findings: Vec::new(),
            is_late: false,
        }
    }
}

/// Something that a store does not hold yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fresh {
    Epoch,
    Item(Digest),
    Seen(u64),
    Sent(Digest),
    Taken(u64),
    Value(u64),
}

/// The first message of a request that left in another form before, by the number of the
/// request in its batch.
pub(crate) type Late = BTreeMap<usize, usize>;

/// A text that is about to leave.
struct Pending {
    from: Digest,
    to: Digest,
    record: usize,
    position: usize,
}

/// What a request adds to what was sent.
#[derive(Default)]
struct Outgoing {
    pending: Vec<Pending>,
    /// Which of them leave in a form.
    places: HashMap<Digest, Vec<usize>>,
}

impl Outgoing {
    fn push(&mut self, pending: Pending) {
        let places = self.places.entry(pending.to).or_default();
        places.push(self.pending.len());
        self.pending.push(pending);
    }

    /// Has everything that was to leave in one form leave in another.
    fn replace(&mut self, old: Digest, new: Digest) {
        for place in self.places.remove(&old).unwrap_or_default() {
            if let Some(pending) = self.pending.get_mut(place) {
                pending.to = new;
                self.places.entry(new).or_default().push(place);
            }
        }
    }
}

/// What is known of a conversation.
pub(crate) struct State {
    pub(crate) key: ConversationKey,
    pub(crate) map: PlaceholderMap,
    pub(crate) seen: HashMap<u64, Seen>,
    /// What left, by what it was in the clear, as a store keeps it.
    pub(crate) sent: HashMap<Digest, Digest>,
    /// Items of providers that came through a guard.
    /// Each with the digest of what it said.
    pub(crate) items: HashMap<Digest, Digest>,
    /// How often history was rewritten.
    pub(crate) epoch: u32,
    pub(crate) fresh: Vec<Fresh>,
    /// Whether there is a store for what is fresh.
    pub(crate) is_stored: bool,
    cache: Cache,
    apart: Apart,
    /// The tags of values that are hidden wherever they occur, in the order in which they
    /// came.
    values: Vec<u64>,
    /// Texts that this conversation made: what looks like a placeholder in one of them is
    /// one, even if the cache has lost it.
    made: HashSet<Digest>,
    /// The number of the request that is being cleared, from 1 on.
    pub(crate) request: u64,
    /// Which request of a batch is being cleared.
    pub(crate) record: usize,
    /// The message that is being cleared.
    pub(crate) position: usize,
    /// What the request that is being cleared adds to what was sent.
    outgoing: Outgoing,
    /// What a request that was refused found in what had left. The next one that leaves is
    /// the first without it.
    pub(crate) owed: Late,
    /// What stood before the messages at the last request: instructions and tools.
    pub(crate) prefix: Option<u64>,
}

impl State {
    pub(crate) fn new(key: ConversationKey, limit: usize, is_stored: bool) -> Self {
        Self {
            map: PlaceholderMap::new(key.placeholders()).limit(limit),
            key,
            seen: HashMap::new(),
            sent: HashMap::new(),
            items: HashMap::new(),
            epoch: 0,
            fresh: Vec::new(),
            is_stored,
            cache: Cache::new(),
            apart: Apart::new(),
            values: Vec::new(),
            made: HashSet::new(),
            request: 0,
            record: 0,
            position: 0,
            outgoing: Outgoing::default(),
            owed: Late::new(),
            prefix: None,
        }
    }

    /// Sets how many values there may be.
    pub(crate) fn limit(&mut self, values: usize) {
        let none = PlaceholderMap::new(self.key.placeholders());
        self.map = std::mem::replace(&mut self.map, none).limit(values);
    }

    /// How many values are hidden wherever they occur. While this grows, texts that were
    /// cleared before may hold one of them.
    pub(crate) fn values(&self) -> usize {
        self.values.len()
    }

    /// Puts back a value that a store holds.
    pub(crate) fn load_value(&mut self, mapped: Mapped<'_>, seen: Seen) -> Result<(), Error> {
        let is_new = self.map.entry(mapped.tag).is_none();
        if !self.map.put(mapped) {
            let what = "two values of a conversation have one placeholder";
            return Err(Error::message(ErrorKind::Conflict, what));
        }
        self.seen.entry(mapped.tag).or_default().merge(seen);
        if is_new && self.map.search_of(mapped.tag).is_some() {
            self.values.push(mapped.tag);
        }
        Ok(())
    }

    /// Clears a text, or finds out how it was cleared before.
    pub(crate) fn clear(
        &mut self,
        rules: Rules<'_>,
        field: Field,
        text: &str,
    ) -> Result<ClearedText, Error> {
        if text.is_empty() {
            return Ok(ClearedText::unchanged());
        }
        let context = context(rules, field);
        let digest = || plain_digest(&self.key, rules, field, text);
        if let Some(at) = self.cache.find(context, text, &self.map, digest) {
            return self.recall(rules, field, text, at);
        }
        let source = match field.provenance {
            _ if self.was_made(rules, field, text) => Source::Hidden,
            Provenance::Model => Source::Redacted,
            _ => Source::Outside,
        };
        let (wire, findings) = self.hide(rules, field, text, source)?;
        let first = self.request;
        self.remember(rules, field, text, &wire, first);
        if self.is_stored {
            self.await_sending(rules, field, text, &wire);
        }
        Ok(ClearedText {
            wire: (wire != text).then_some(wire),
            findings,
            is_late: false,
        })
    }

    /// Returns whether adjacent texts hold something as one that they do not hold one by
    /// one, as `look` finds out. Texts that were read before are read again only for values
    /// that came since.
    ///
    /// # Errors
    /// Returns the error of a detector.
    pub(crate) fn belong_together(
        &mut self,
        rules: Rules<'_>,
        texts: &[&str],
        look: impl FnOnce(&Redactor, &PlaceholderMap) -> Result<bool, Error>,
    ) -> Result<bool, Error> {
        let hash = self.apart.hash(rules, texts);
        let (total, generation) = (self.values.len(), rules.generation());
        if let Some(checked) = self.apart.find(hash, generation) {
            let new = self.values.get(checked..).unwrap_or_default();
            let field = Field {
                provenance: Provenance::User,
                syntax: Syntax::Text,
            };
            if new.is_empty() || !holds_any(rules.redactor, &self.map, field, &texts.concat(), new)?
            {
                self.apart.insert(hash, total, generation);
                return Ok(false);
            }
        }
        let found = look(rules.redactor, &self.map)?;
        if !found {
            self.apart.insert(hash, total, generation);
        }
        Ok(found)
    }

    /// Whether this text was made here, for this place, or a store holds that it left in the
    /// form that it has: what looks like a placeholder in it is one.
    fn was_made(&self, rules: Rules<'_>, field: Field, text: &str) -> bool {
        let is_known = !self.made.is_empty() || self.is_stored && !self.sent.is_empty();
        // There is no placeholder of ours without brackets.
        if !is_known || !text.contains('[') {
            return false;
        }
        let digest = plain_digest(&self.key, rules, field, text);
        let left = || self.sent.get(&digest) == Some(&wire_digest(&self.key, text));
        self.made.contains(&digest) || self.is_stored && left()
    }

    /// Takes a text for one that this conversation made: it was put together from cleared
    /// ones, and only what stands across them is still in it.
    pub(crate) fn adopt(&mut self, rules: Rules<'_>, field: Field, text: &str) {
        let digest = plain_digest(&self.key, rules, field, text);
        self.made.insert(digest);
    }

    /// Looks once more at a text that was cleared before, if there is anything new to look
    /// for.
    fn recall(
        &mut self,
        rules: Rules<'_>,
        field: Field,
        text: &str,
        at: (u64, usize),
    ) -> Result<ClearedText, Error> {
        let Some(cached) = self.cache.get(at) else {
            return Ok(ClearedText::unchanged());
        };
        // What it was cleared to may have been cleared once more before it left.
        let context = context(rules, field);
        let digest = || plain_digest(&self.key, rules, field, &cached.wire);
        let next = match *cached.wire == *text {
            true => None,
            false => self.cache.find(context, &cached.wire, &self.map, digest),
        };
        let next = next.and_then(|next| self.cache.get(next));
        let next = next.filter(|next| next.wire != cached.wire);
        let is_forwarded = next.is_some();
        let (total, generation) = (self.values.len(), rules.generation());
        if !is_forwarded && cached.checked == total && cached.generation == generation {
            return Ok(ClearedText {
                wire: (*cached.wire != *text).then(|| String::from(&*cached.wire)),
                ..ClearedText::unchanged()
            });
        }
        let last = next.unwrap_or(cached);
        let (wire, first) = (String::from(&*last.wire), last.first);
        let is_stale = cached.generation != generation
            || holds_any(
                rules.redactor,
                &self.map,
                field,
                &wire,
                self.values.get(cached.checked..).unwrap_or_default(),
            )?;
        let (new, findings) = match is_stale {
            true => self.hide(rules, field, &wire, Source::Hidden)?,
            false => (wire.clone(), Vec::new()),
        };
        // Only now: where a detector failed, the text was not checked.
        if let Some(cached) = self.cache.get_mut(at) {
            (cached.checked, cached.generation) = (total, generation);
        }
        let is_changed = new != wire;
        if is_changed || is_forwarded {
            if self.is_stored && is_changed {
                let (old, new) = (wire_digest(&self.key, &wire), wire_digest(&self.key, &new));
                self.outgoing.replace(old, new);
            }
            self.cache.remove(at);
            let since = if is_changed { self.request } else { first };
            self.remember(rules, field, text, &new, since);
            if self.is_stored && is_changed {
                self.await_sending(rules, field, text, &new);
            }
        }
        Ok(ClearedText {
            wire: (new != text).then_some(new),
            findings,
            is_late: is_changed && first < self.request,
        })
    }

    /// Remembers what a text was cleared to, and that the cleared text stays as it is.
    pub(crate) fn remember(
        &mut self,
        rules: Rules<'_>,
        field: Field,
        text: &str,
        wire: &str,
        first: u64,
    ) {
        let context = context(rules, field);
        if text != wire && wire.contains('[') {
            self.adopt(rules, field, wire);
        }
        let facts = (self.values.len(), rules.generation(), first);
        let forms = if text == wire {
            &[text][..]
        } else {
            &[text, wire]
        };
        for form in forms {
            let digest = || plain_digest(&self.key, rules, field, form);
            if self.cache.find(context, form, &self.map, digest).is_none() {
                self.cache
                    .insert(context, form, wire, &self.map, digest, facts);
            }
        }
    }

    /// Notes what a text was cleared to, for the store.
    pub(crate) fn await_sending(&mut self, rules: Rules<'_>, field: Field, text: &str, wire: &str) {
        let forms = if text == wire {
            &[text][..]
        } else {
            &[text, wire]
        };
        let to = wire_digest(&self.key, wire);
        for form in forms {
            self.outgoing.push(Pending {
                from: plain_digest(&self.key, rules, field, form),
                to,
                record: self.record,
                position: self.position,
            });
        }
    }

    /// Notes for the store what leaves. Returns the first messages that hold a part which
    /// left in another form before.
    pub(crate) fn settle(&mut self) -> Late {
        let mut late = Late::new();
        for pending in std::mem::take(&mut self.outgoing).pending {
            match self.sent.insert(pending.from, pending.to) {
                Some(before) if before == pending.to => continue,
                Some(_) => note_late(&mut late, pending.record, pending.position),
                None => {}
            }
            self.fresh.push(Fresh::Sent(pending.from));
        }
        late
    }

    /// Begins a request, or a text that is to be part of one.
    pub(crate) fn begin_request(&mut self) {
        self.request += 1;
        (self.record, self.position) = (0, 0);
        self.outgoing = Outgoing::default();
    }

    /// Ends a request that does not leave: nothing of it was sent.
    pub(crate) fn abandon(&mut self) {
        self.request = self.request.saturating_sub(1);
        self.outgoing = Outgoing::default();
    }

    /// Replaces what is found in a text, and notes where the values come from.
    fn hide(
        &mut self,
        rules: Rules<'_>,
        field: Field,
        text: &str,
        source: Source,
    ) -> Result<(String, Vec<Finding>), Error> {
        let taken = self.map.taken_len();
        let hidden = match field.syntax {
            Syntax::Json => rules.redactor.hide_json(text, &mut self.map, source)?,
            Syntax::Schema => {
                schema::hide(rules.redactor, text, &mut self.map, &self.seen, source)?
            }
            Syntax::Text => {
                let hidden = rules.redactor.hide(text, &mut self.map, source)?;
                match field.provenance {
                    Provenance::System => {
                        hearsay::spare(rules.redactor, &self.map, &self.seen, text, hidden)
                    }
                    _ => hidden,
                }
            }
        };
        let (wire, findings) = (hidden.text.into_owned(), hidden.findings);
        for tag in hidden.tags {
            self.note(tag, field.provenance);
        }
        self.fresh
            .extend(hidden.learned.into_iter().map(Fresh::Value));
        if self.is_stored && self.map.taken_len() != taken {
            // Rare, and few: all of them are noted again.
            let all: Vec<_> = self.map.taken().map(Fresh::Taken).collect();
            self.fresh.retain(|fresh| !matches!(fresh, Fresh::Taken(_)));
            self.fresh.extend(all);
        }
        Ok((wire, findings))
    }

    /// Notes where a value was seen. What a model repeats is not seen there.
    fn note(&mut self, tag: u64, provenance: Provenance) {
        match self.seen.get_mut(&tag) {
            None => {
                let mut seen = Seen::default();
                seen.add(provenance);
                self.seen.insert(tag, seen);
                if self.map.search_of(tag).is_some() {
                    self.values.push(tag);
                }
            }
            Some(_) if provenance == Provenance::Model => {}
            Some(seen) => {
                if seen.add(provenance) {
                    self.fresh.push(Fresh::Seen(tag));
                }
            }
        }
    }

    /// Notes an item that came from a provider, and what it says.
    pub(crate) fn note_item(&mut self, item: &str, says: &[u8]) {
        let digest = self.key.digest("item", &[item.as_bytes()]);
        let says = self.key.digest("says", &[says]);
        if self.items.insert(digest, says) != Some(says) {
            self.fresh.push(Fresh::Item(digest));
        }
    }

    /// Returns whether an item came from a provider in this conversation.
    pub(crate) fn knows_item(&self, item: &str) -> bool {
        let digest = self.key.digest("item", &[item.as_bytes()]);
        self.items.contains_key(&digest)
    }

    /// Returns whether an item that came from a provider said this.
    pub(crate) fn item_says(&self, item: &str, says: &[u8]) -> bool {
        let digest = self.key.digest("item", &[item.as_bytes()]);
        self.items.get(&digest) == Some(&self.key.digest("says", &[says]))
    }

    /// Begins a new epoch: what left before leaves in another form from now on.
    pub(crate) fn begin_epoch(&mut self) {
        self.epoch = self.epoch.saturating_add(1);
        self.fresh.push(Fresh::Epoch);
    }
}

/// Notes a message that left in another form before.
pub(crate) fn note_late(late: &mut Late, record: usize, position: usize) {
    let first = late.entry(record).or_insert(position);
    *first = position.min(*first);
}

/// Returns whether a cleared text may hold one of these values.
///
/// # Errors
/// Returns the error of a detector.
fn holds_any(
    redactor: &Redactor,
    map: &PlaceholderMap,
    field: Field,
    wire: &str,
    tags: &[u64],
) -> Result<bool, Error> {
    if tags.is_empty() {
        return Ok(false);
    }
    let holds = |tag: &u64| {
        let entry = map.entry(*tag);
        entry.is_some_and(|entry| wire.contains(entry.value))
    };
    // In JSON, a value may stand with escapes.
    if tags.iter().any(holds) || field.syntax != Syntax::Text && wire.contains('\\') {
        return Ok(true);
    }
    // Some values are hidden in encodings, too.
    let is_encoded = |tag: &u64| map.search_of(*tag) == Some(Search::Encoded);
    if !tags.iter().any(is_encoded) {
        return Ok(false);
    }
    let found = redactor.try_scan_with(wire, map)?;
    let is_known = |finding: &Finding| finding.validation() == Validation::Known;
    Ok(found.iter().any(is_known))
}

const fn context(rules: Rules<'_>, field: Field) -> u64 {
    rules.number << 8 | (field.provenance as u64) << 2 | field.syntax as u64
}

fn plain_digest(key: &ConversationKey, rules: Rules<'_>, field: Field, text: &str) -> Digest {
    let place = [field.provenance as u8, field.syntax as u8];
    key.digest("plain", &[rules.name.as_bytes(), &place, text.as_bytes()])
}

fn wire_digest(key: &ConversationKey, wire: &str) -> Digest {
    key.digest("wire", &[wire.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cleared_text_stays_as_it_is() {
        let redactor = Redactor::secrets_and_pii();
        let rules = Rules {
            redactor: &redactor,
            known: None,
            number: 1,
            name: "test",
        };
        let field = Field {
            provenance: Provenance::User,
            syntax: Syntax::Text,
        };
        let mut state = State::new(ConversationKey::generate().unwrap(), 100, false);
        let once = state.clear(rules, field, "I am ann@acme-mail.com").unwrap();
        let once = once.wire.unwrap();
        let again = state.clear(rules, field, &once).unwrap();
        assert!(again.wire.is_none() && again.findings.is_empty());
        let again = state.clear(rules, field, "I am ann@acme-mail.com").unwrap();
        assert_eq!(again.wire.unwrap(), once);
        assert!(again.findings.is_empty());
    }
}
