//! Texts that stand next to each other, which a model reads as one.

use crate::Error;
use crate::guard::conversation::{Rules, State};
use crate::model::{Content, Message, Part, Text};
use crate::redact::{PlaceholderMap, Redactor};

/// Puts adjacent texts of a message together where something is found in them as one that
/// is not found in each: a value that begins in one text and ends in the next. The texts
/// then stand in the first of them. The same is done in the results of tools. Returns
/// whether anything moved.
///
/// # Errors
/// That of a detector.
pub(super) fn join(
    rules: Rules<'_>,
    state: &mut State,
    message: &mut Message,
) -> Result<bool, Error> {
    join_parts(rules, state, &mut message.parts)
}

// The recursion is bounded by the nesting of the parts, which only code makes.
fn join_parts(rules: Rules<'_>, state: &mut State, parts: &mut Vec<Part>) -> Result<bool, Error> {
    let mut is_nested = false;
    for part in parts.iter_mut() {
        if let Content::ToolResult(result) = &mut part.content {
            is_nested |= join_parts(rules, state, &mut result.parts)?;
        }
    }
    let mut is_joined = false;
    let mut at = 0;
    while at < parts.len() {
        let run = parts.get(at..).unwrap_or_default();
        let texts = run.iter().map_while(|part| match &part.content {
            Content::Text(text) if part.replay.is_none() => Some(text.as_str()),
            _ => None,
        });
        let texts: Vec<&str> = texts.collect();
        let len = texts.len();
        let look =
            |redactor: &Redactor, map: &PlaceholderMap| hides_something(redactor, map, &texts);
        if len > 1 && state.belong_together(rules, &texts, look)? {
            let whole = texts.concat();
            let mut whole = Some(Text::from(whole));
            for part in parts.iter_mut().skip(at).take(len) {
                part.content = Content::Text(whole.take().unwrap_or_default());
            }
            is_joined = true;
        }
        at += len.max(1);
    }
    if is_joined {
        let is_empty =
            |content: &Content| matches!(content, Content::Text(text) if text.is_empty());
        parts.retain(|part| !is_empty(&part.content));
    }
    Ok(is_joined || is_nested)
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
    let mut apart = Vec::new();
    let mut start = 0;
    for text in texts {
        let own = redactor.try_scan_with(text, map)?;
        apart.extend(
            own.iter()
                .map(|found| found.start + start..found.end + start),
        );
        start += text.len();
    }
    let covers = |whole: &std::ops::Range<usize>| {
        let within =
            |own: &std::ops::Range<usize>| own.start <= whole.start && own.end >= whole.end;
        apart.iter().any(within)
    };
    Ok(!found.iter().all(|found| covers(&found.span())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::conversation::ConversationKey;
    use crate::model::{Role, ToolResult};

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

    fn message(texts: &[&str]) -> Message {
        let parts = texts.iter().map(|text| Part::text(*text)).collect();
        Message::new(Role::User, parts)
    }

    fn joined_in(state: &mut State, texts: &[&str]) -> Vec<String> {
        let redactor = Redactor::default();
        let mut message = message(texts);
        join(rules(&redactor), state, &mut message).unwrap();
        let parts = message.parts.iter();
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
        let mut message = Message::new(Role::Tool, vec![Part::new(Content::ToolResult(result))]);
        assert!(join(rules(&redactor), &mut state(), &mut message).unwrap());
        let Content::ToolResult(result) = &message.parts[0].content else {
            panic!("another part");
        };
        assert_eq!(result.parts.len(), 1);
        assert_eq!(result.parts[0].as_text().unwrap(), PAT);
    }

    #[test]
    fn texts_that_stood_apart_are_put_together_once_a_value_is_known() {
        use crate::guard::conversation::{Field, Provenance, Syntax};

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
}
