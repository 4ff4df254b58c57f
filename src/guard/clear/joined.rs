//! Texts that stand next to each other, which a model reads as one.

use std::ops::Range;

use crate::Error;
use crate::guard::conversation::{Field, Provenance, Rules, State};
use crate::model::{Content, Part, Text};
use crate::redact::{Finding, PlaceholderMap, Redactor};

/// Puts texts of a message together where something is found in them as one that is not
/// found in each: a value that begins in one text and ends in the next. The texts then stand
/// in the first of them. Adjacent texts are tried, and all texts of the message: some
/// providers are sent its texts as one, whatever stands between them. The same is done in the
/// results of tools. Returns whether anything moved.
///
/// `texts` says where they come from, and whether they are cleared already.
///
/// # Errors
/// That of a detector.
// The recursion is bounded by the nesting of the parts, which only code makes.
pub(super) fn join(
    rules: Rules<'_>,
    state: &mut State,
    texts: (Provenance, bool),
    parts: &mut Vec<Part>,
) -> Result<bool, Error> {
    let mut is_joined = false;
    for part in parts.iter_mut() {
        if let Content::ToolResult(result) = &mut part.content {
            let texts = (Provenance::Tool, texts.1);
            is_joined |= join(rules, state, texts, &mut result.parts)?;
        }
    }
    let mut at = 0;
    while at < parts.len() {
        let run = parts.iter().skip(at);
        let len = run.take_while(|part| text_of(part).is_some()).count();
        let run: Vec<usize> = (at..at + len).collect();
        let is_one = join_these(rules, state, texts, parts, &run)?;
        is_joined |= is_one;
        at += if is_one { 1 } else { len.max(1) };
    }
    let all = parts.iter().enumerate();
    let all = all.filter(|(_, part)| text_of(part).is_some());
    let all: Vec<usize> = all.map(|(at, _)| at).collect();
    let is_run = |all: &[usize]| {
        all.windows(2)
            .all(|pair| matches!(pair, [a, b] if a + 1 == *b))
    };
    if !is_run(&all) {
        is_joined |= join_these(rules, state, texts, parts, &all)?;
    }
    Ok(is_joined)
}

/// A text that may be put together with others: no provider has to see it as it came.
fn text_of(part: &Part) -> Option<&str> {
    match &part.content {
        Content::Text(text) if part.replay.is_none() => Some(text),
        _ => None,
    }
}

/// Puts the texts of these parts together where they must be.
fn join_these(
    rules: Rules<'_>,
    state: &mut State,
    (provenance, is_cleared): (Provenance, bool),
    parts: &mut Vec<Part>,
    these: &[usize],
) -> Result<bool, Error> {
    let texts = these.iter().filter_map(|at| text_of(parts.get(*at)?));
    let texts: Vec<&str> = texts.collect();
    let look = |redactor: &Redactor, map: &PlaceholderMap| hides_something(redactor, map, &texts);
    if texts.len() < 2 || !state.belong_together(rules, &texts, look)? {
        return Ok(false);
    }
    let whole = texts.concat();
    if is_cleared {
        state.adopt(rules, Field::of_text(provenance, &whole), &whole);
    }
    let (mut whole, mut hint) = (Some(Text::from(whole)), None);
    let (mut next, mut at, mut first) = (these.iter().peekable(), 0, None);
    parts.retain_mut(|part| {
        let is_one = next.next_if_eq(&&at).is_some();
        let is_first = is_one && first.is_none();
        if is_first {
            first = Some(at);
            part.content = Content::Text(whole.take().unwrap_or_default());
        } else if is_one {
            hint = part.cache.take().or(hint.take());
        }
        at += 1;
        is_first || !is_one
    });
    if let (Some(part), Some(hint)) = (first.and_then(|at| parts.get_mut(at)), hint) {
        part.cache = Some(hint);
    }
    Ok(true)
}

/// Whether texts as one hold something that they do not hold one by one.
fn hides_something(
    redactor: &Redactor,
    map: &PlaceholderMap,
    texts: &[&str],
) -> Result<bool, Error> {
    let whole = texts.concat();
    let found = redactor.try_scan_with(&whole, map)?;
    if found.is_empty() {
        return Ok(false);
    }
    let mut apart: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    for text in texts {
        let own = redactor.try_scan_with(text, map)?;
        apart.extend(
            own.iter()
                .map(|found| found.start + start..found.end + start),
        );
        start += text.len();
    }
    // Both in the order in which they begin: one walk over them is enough.
    let mut whole: Vec<_> = found.iter().map(Finding::span).collect();
    whole.sort_unstable_by_key(|span| span.start);
    apart.sort_unstable_by_key(|span| span.start);
    let (mut own, mut end) = (apart.into_iter().peekable(), 0);
    let covers = |whole: &Range<usize>| {
        while let Some(span) = own.next_if(|span| span.start <= whole.start) {
            end = span.end.max(end);
        }
        end >= whole.end
    };
    Ok(!whole.iter().all(covers))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::conversation::ConversationKey;
    use crate::model::{CacheHint, ToolResult};

    const PAT: &str = "ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA";

    fn state() -> State {
        State::new(ConversationKey::generate().unwrap(), 100, false)
    }

    fn rules(redactor: &Redactor) -> Rules<'_> {
        Rules {
            redactor,
            known: None,
            number: 1,
            name: "test",
        }
    }

    /// Texts as a user wrote them.
    const WRITTEN: (Provenance, bool) = (Provenance::User, false);

    fn parts(texts: &[&str]) -> Vec<Part> {
        texts.iter().map(|text| Part::text(*text)).collect()
    }

    fn joined_in(state: &mut State, texts: &[&str]) -> Vec<String> {
        let redactor = Redactor::default();
        let mut parts = parts(texts);
        join(rules(&redactor), state, WRITTEN, &mut parts).unwrap();
        let parts = parts.iter();
        parts
            .map(|part| part.as_text().unwrap().to_owned())
            .collect()
    }

    fn joined(texts: &[&str]) -> Vec<String> {
        joined_in(&mut state(), texts)
    }

    #[test]
    fn the_texts_of_a_result_are_texts_too() {
        let redactor = Redactor::default();
        let (a, b) = PAT.split_at(20);
        let result = ToolResult::new("c1", vec![Part::text(a), Part::text(b)]);
        let mut parts = vec![Part::new(Content::ToolResult(result))];
        assert!(join(rules(&redactor), &mut state(), WRITTEN, &mut parts).unwrap());
        let Content::ToolResult(result) = &parts[0].content else {
            panic!("another part");
        };
        assert_eq!(result.parts.len(), 1);
        assert_eq!(result.parts[0].as_text().unwrap(), PAT);
    }

    #[test]
    fn texts_that_stood_apart_are_put_together_once_a_value_is_known() {
        use crate::guard::conversation::Syntax;

        let (mut state, redactor) = (state(), Redactor::default());
        let field = Field {
            provenance: Provenance::User,
            syntax: Syntax::Text,
        };
        let (texts, whole) = (
            ["so it is fV9s-Rk", "2xLq7 again"],
            "so it is fV9s-Rk2xLq7 again",
        );
        for _ in 0..2 {
            assert_eq!(joined_in(&mut state, &texts), texts);
        }
        // Another value changes nothing, and its own does.
        for (said, expected) in [
            ("password=Zz8k-Lq3vWm1", &texts[..]),
            ("password=fV9s-Rk2xLq7", &[whole]),
        ] {
            state.clear(rules(&redactor), field, said).unwrap();
            for _ in 0..2 {
                assert_eq!(joined_in(&mut state, &texts), expected);
            }
        }
    }

    #[test]
    fn a_value_that_is_cut_into_two_texts_is_put_together() {
        let whole = format!("key {PAT} end");
        for cut in 5..40 {
            let (a, b) = whole.split_at(cut);
            assert_eq!(joined(&[a, b]), [whole.as_str()], "{cut}");
        }
        assert_eq!(
            joined(&["password=", "fV9s-Rk2xLq7"]),
            ["password=fV9s-Rk2xLq7"]
        );
        assert_eq!(joined(&["one", "two"]), ["one", "two"]);
        assert_eq!(joined(&[PAT, " and ", PAT]), [PAT, " and ", PAT]);
    }

    #[test]
    fn texts_with_something_else_between_them_are_put_together_too() {
        let redactor = Redactor::default();
        let (a, b) = PAT.split_at(20);
        let picture = || Part::image("image/png", vec![1, 2, 3]);
        let hint = CacheHint::Short;
        let mut parts = vec![
            Part::text(""),
            Part::text(a),
            picture(),
            Part::text(b).with_cache(hint),
            picture(),
        ];
        assert!(join(rules(&redactor), &mut state(), WRITTEN, &mut parts).unwrap());
        let texts: Vec<_> = parts.iter().map(Part::as_text).collect();
        assert_eq!(texts, [Some(PAT), None, None]);
        assert_eq!(parts[0].cache, Some(hint));
        // What has no part in it stays as it is.
        let mut parts = vec![
            Part::text("one"),
            picture(),
            Part::text(""),
            Part::text("two"),
        ];
        assert!(!join(rules(&redactor), &mut state(), WRITTEN, &mut parts).unwrap());
        assert_eq!(parts.len(), 4);
    }

    #[test]
    fn many_findings_cost_one_walk_over_them() {
        let redactor = Redactor::secrets_and_pii();
        let map = PlaceholderMap::new(crate::redact::Key::from_bytes([7; 32]));
        let half: String = (0..4_000).map(|n| format!("a{n}@acme-mail.com ")).collect();
        assert!(!hides_something(&redactor, &map, &[&half, &half]).unwrap());
        let (a, b) = half.split_at(half.len() / 2 + 3);
        let cut = a.ends_with(' ') || b.starts_with(' ');
        assert_eq!(
            hides_something(&redactor, &map, &[&half, a, b]).unwrap(),
            !cut
        );
    }
}
