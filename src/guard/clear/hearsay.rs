//! Words that a conversation took for a secret because somebody called them one.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use crate::guard::conversation::{Provenance, Seen};
use crate::redact::{Category, Finding, Hidden, PlaceholderMap, Redactor, Validation};

/// Whether all that is known of a value is that somebody other than the operator called it a
/// secret: by itself it has the form of none. Names and instructions are the operator's:
/// whoever writes `password: send_mail` must neither stop every call that offers the tool of
/// that name nor take words out of the instructions.
fn is_hearsay(
    redactor: &Redactor,
    map: &PlaceholderMap,
    seen: &HashMap<u64, Seen>,
    tag: u64,
) -> bool {
    let seen = seen.get(&tag).copied().unwrap_or_default();
    let Some(entry) = map.entry(tag).filter(|_| !seen.has(Provenance::System)) else {
        return false;
    };
    let is_judged = |finding: &Finding| finding.validation() == Validation::Judged;
    let alone = redactor.try_scan(entry.value.as_bytes());
    entry.kind.category() == Category::Secret
        && alone.is_ok_and(|found| found.iter().all(is_judged))
}

/// Returns whether a finding in a name is such a word.
pub(super) fn is_word(
    redactor: &Redactor,
    map: &PlaceholderMap,
    seen: &HashMap<u64, Seen>,
    text: &str,
    finding: &Finding,
) -> bool {
    let mut tags = map.tags_in(text).into_iter();
    tags.any(|(span, tag)| span == finding.span() && is_hearsay(redactor, map, seen, tag))
}

/// Puts such words back into a text of the operator's, unless something else was found in
/// them there.
pub(crate) fn spare<'t>(
    redactor: &Redactor,
    map: &PlaceholderMap,
    seen: &HashMap<u64, Seen>,
    text: &'t str,
    mut hidden: Hidden<'t>,
) -> Hidden<'t> {
    let tags: BTreeSet<u64> = hidden.tags.iter().copied().collect();
    for tag in tags {
        let is_hearsay = is_hearsay(redactor, map, seen, tag);
        let Some(entry) = map.entry(tag).filter(|_| is_hearsay) else {
            continue;
        };
        let is_own = |finding: &&Finding| text.get(finding.span()) == Some(entry.value);
        let mut own = hidden.findings.iter().filter(is_own);
        let is_only_known = own.all(|finding| finding.validation() == Validation::Known);
        let placeholder = map.written(tag);
        if !is_only_known || text.contains(&placeholder) {
            continue;
        }
        let new = hidden.text.replace(&placeholder, entry.value);
        hidden.findings.retain(|finding| !is_own(&finding));
        hidden.tags.retain(|other| *other != tag);
        hidden.text = match new == text {
            true => Cow::Borrowed(text),
            false => Cow::Owned(new),
        };
    }
    hidden
}
