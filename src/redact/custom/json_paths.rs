//! Paths of values that must stay as they are.

use crate::Error;

/// Paths in JSON documents whose values are left alone, because whoever gets them
/// back compares every byte: the signature of a model's thought, its encrypted
/// content, the id of a call.
///
/// A path is written like a JSON pointer: `/messages/0/id`. `*` stands for one name
/// or index, and `**` for any number of them. `[name=text]` at the end demands that
/// the object with the last name has this text under another name:
/// `/content/*/signature[type=thinking]`. In a name, `~0` stands for `~`, `~1` for
/// `/`, `~2` for `*` and `~3` for `[`.
///
/// A path that leads to an object or array covers all of it. Paths begin at the root
/// of the document that is redacted. They do not reach into JSON that stands in a
/// string. [Known values](crate::redact::KnownValues), and values of a
/// [`PlaceholderMap`](crate::redact::PlaceholderMap), are hidden under such paths too.
///
/// # Security
/// What stands at these paths is not searched. Name them as closely as possible, and
/// none that people or tools can fill.
///
/// # Example
/// ```
/// use confidant::redact::{JsonPaths, Redactor};
///
/// let paths = JsonPaths::new(["/parts/*/thoughtSignature"])?;
/// let redactor = Redactor::builder().leave_json(paths).build()?;
/// let text = r#"{"parts":[{"thoughtSignature":"AKIAQ3EGRIZJ7OWLMXUV"}],"key":"AKIAQ3EGRIZJ7OWLMXUV"}"#;
/// assert_eq!(
///     redactor.redact_json(text)?.as_str(),
///     r#"{"parts":[{"thoughtSignature":"AKIAQ3EGRIZJ7OWLMXUV"}],"key":"[REDACTED-APIKEY]"}"#
/// );
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JsonPaths {
    paths: Vec<Path>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Path {
    parts: Vec<Part>,
    /// The name and text of a member beside the last one.
    beside: Option<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Any,
    AnyNumber,
    Named(String),
}

/// A step from a value to one inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step<'d> {
    Item,
    Member(&'d str),
}

/// The greatest number of paths, and of parts of one.
const MOST: usize = 1024;
const MOST_PARTS: usize = 128;

impl JsonPaths {
    /// Reads paths.
    ///
    /// # Errors
    /// Returns [`Config`](crate::ErrorKind::Config) if a path is not well-formed, and
    /// [`Limit`](crate::ErrorKind::Limit) for more than 1,024 paths or a path of more
    /// than 128 parts.
    pub fn new<P: AsRef<str>>(paths: impl IntoIterator<Item = P>) -> Result<Self, Error> {
        let paths = paths.into_iter().take(MOST + 1);
        let paths: Vec<_> = paths
            .map(|path| Path::parse(path.as_ref()))
            .collect::<Result<_, _>>()?;
        if paths.len() > MOST {
            return Err(Error::limit("number of JSON paths", MOST as u64));
        }
        Ok(Self { paths })
    }

    /// Returns the paths of what must come back unchanged in the messages of model
    /// providers: ids of messages and calls, signatures of thoughts and encrypted
    /// content, in requests, answers and events of the APIs of Anthropic, Google and
    /// `OpenAI` and of those that speak like them. A single message is known as well.
    #[must_use]
    pub fn model_messages() -> Self {
        // A path that does not parse would be missing, which a test would see.
        let paths = MESSAGES.iter().filter_map(|path| Path::parse(path).ok());
        Self {
            paths: paths.collect(),
        }
    }

    /// Adds the paths of `other`.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.paths.extend(other.paths);
        self
    }

    /// Returns whether there are no paths.
    pub(crate) const fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// Returns whether a path leads to just this value. `has` says whether the object
    /// of the last step has a member with this name and text.
    pub(crate) fn contains(&self, steps: &[Step<'_>], has: impl Fn(&str, &str) -> bool) -> bool {
        self.paths.iter().any(|path| {
            match_parts(&path.parts, steps)
                && path
                    .beside
                    .as_ref()
                    .is_none_or(|(name, text)| has(name, text))
        })
    }
}

impl Path {
    fn parse(path: &str) -> Result<Self, Error> {
        let malformed = || Error::config("JSON path is not well-formed");
        let (path, beside) = match path.strip_suffix(']') {
            Some(head) => {
                let (path, condition) = head.rsplit_once('[').ok_or_else(malformed)?;
                let (name, text) = condition.split_once('=').ok_or_else(malformed)?;
                (path, Some((unescape(name)?, unescape(text)?)))
            }
            None => (path, None),
        };
        let parts = path.strip_prefix('/').ok_or_else(malformed)?.split('/');
        let parts = parts.map(|part| match part {
            "*" => Ok(Part::Any),
            "**" => Ok(Part::AnyNumber),
            part if part.contains(['*', '[']) => Err(malformed()),
            part => unescape(part).map(Part::Named),
        });
        let parts: Vec<_> = parts.collect::<Result<_, _>>()?;
        if parts.len() > MOST_PARTS {
            return Err(Error::limit("parts of a JSON path", MOST_PARTS as u64));
        }
        Ok(Self { parts, beside })
    }
}

/// Returns whether the parts match all steps. The last `**` before a mismatch takes
/// one step more each time, so the time is at most their product.
fn match_parts(parts: &[Part], steps: &[Step<'_>]) -> bool {
    let (mut part, mut step) = (0, 0);
    let mut back = None;
    while let Some(next) = steps.get(step) {
        match parts.get(part) {
            Some(Part::AnyNumber) => {
                back = Some((part, step));
                part += 1;
                continue;
            }
            Some(one) if one.is(next) => {
                part += 1;
                step += 1;
                continue;
            }
            _ => {}
        }
        let Some((star, taken)) = back else {
            return false;
        };
        back = Some((star, taken + 1));
        part = star + 1;
        step = taken + 1;
    }
    let rest = parts.get(part..).unwrap_or_default();
    rest.iter().all(|part| *part == Part::AnyNumber)
}

impl Part {
    fn is(&self, step: &Step<'_>) -> bool {
        match (self, step) {
            (Self::Any, _) => true,
            (Self::Named(name), Step::Member(key)) => name == key,
            _ => false,
        }
    }
}

fn unescape(part: &str) -> Result<String, Error> {
    let mut out = String::with_capacity(part.len());
    let mut chars = part.chars();
    while let Some(char) = chars.next() {
        out.push(match char {
            '~' => match chars.next() {
                Some('0') => '~',
                Some('1') => '/',
                Some('2') => '*',
                Some('3') => '[',
                _ => return Err(Error::config("JSON path is not well-formed")),
            },
            char => char,
        });
    }
    Ok(out)
}

/// The paths in the messages of model providers.
const MESSAGES: &[&str] = &[
    // Chat completions: requests, answers and chunks.
    "/id[object=chat.completion]",
    "/id[object=chat.completion.chunk]",
    "/system_fingerprint[object=chat.completion]",
    "/system_fingerprint[object=chat.completion.chunk]",
    "/messages/*/tool_call_id[role=tool]",
    "/messages/*/tool_calls/*/id[type=function]",
    "/choices/*/message/tool_calls/*/id[type=function]",
    "/choices/*/delta/tool_calls/*/id[type=function]",
    "/tool_call_id[role=tool]",
    "/tool_calls/*/id[type=function]",
    // Responses: requests, answers, items and events.
    "/call_id[type=function_call]",
    "/call_id[type=function_call_output]",
    "/encrypted_content[type=reasoning]",
    "/input/*/call_id[type=function_call]",
    "/input/*/call_id[type=function_call_output]",
    "/input/*/encrypted_content[type=reasoning]",
    "/input/*/id[type=function_call]",
    "/input/*/id[type=message]",
    "/input/*/id[type=reasoning]",
    "/item/call_id[type=function_call]",
    "/item/call_id[type=function_call_output]",
    "/item/encrypted_content[type=reasoning]",
    "/item/id[type=function_call]",
    "/item/id[type=message]",
    "/item/id[type=reasoning]",
    "/output/*/call_id[type=function_call]",
    "/output/*/call_id[type=function_call_output]",
    "/output/*/encrypted_content[type=reasoning]",
    "/output/*/id[type=function_call]",
    "/output/*/id[type=message]",
    "/output/*/id[type=reasoning]",
    "/response/output/*/call_id[type=function_call]",
    "/response/output/*/call_id[type=function_call_output]",
    "/response/output/*/encrypted_content[type=reasoning]",
    "/response/output/*/id[type=function_call]",
    "/response/output/*/id[type=message]",
    "/response/output/*/id[type=reasoning]",
    "/id[object=response]",
    "/item_id",
    "/previous_response_id",
    "/response/id[object=response]",
    // Messages of Anthropic: requests, answers, events and single messages.
    "/content/*/data[type=redacted_thinking]",
    "/content/*/id[type=server_tool_use]",
    "/content/*/id[type=tool_use]",
    "/content/*/signature[type=thinking]",
    "/content/*/tool_use_id[type=tool_result]",
    "/content/*/citations/*/encrypted_index",
    "/content/*/content/*/encrypted_content[type=web_search_result]",
    "/content_block/data[type=redacted_thinking]",
    "/content_block/id[type=tool_use]",
    "/content_block/signature[type=thinking]",
    "/delta/signature[type=signature_delta]",
    "/id[type=message]",
    "/message/id[type=message]",
    "/messages/*/content/*/data[type=redacted_thinking]",
    "/messages/*/content/*/id[type=server_tool_use]",
    "/messages/*/content/*/id[type=tool_use]",
    "/messages/*/content/*/signature[type=thinking]",
    "/messages/*/content/*/tool_use_id[type=tool_result]",
    "/messages/*/content/*/citations/*/encrypted_index",
    "/messages/*/content/*/content/*/encrypted_content[type=web_search_result]",
    // Contents of Google.
    "/candidates/*/content/parts/*/functionCall/id",
    "/candidates/*/content/parts/*/thoughtSignature",
    "/candidates/*/content/parts/*/thought_signature",
    "/contents/*/parts/*/functionCall/id",
    "/contents/*/parts/*/functionResponse/id",
    "/contents/*/parts/*/thoughtSignature",
    "/contents/*/parts/*/thought_signature",
    "/parts/*/functionCall/id",
    "/parts/*/functionResponse/id",
    "/parts/*/thoughtSignature",
    "/parts/*/thought_signature",
    "/responseId",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn paths_lead_where_they_say() {
        let member = Step::Member;
        let inner = [member("a"), member("b"), Step::Item, member("c")];
        for (path, expected) in [
            ("/c", false),
            ("/a/b/*/c", true),
            ("/a/*/*/*", true),
            ("/a/b/*", false),
            ("/**/c", true),
            ("/**", true),
            ("/a/**/c", true),
            ("/**/b/**/c", true),
            ("/**/c/**", true),
            ("/**/b/c", false),
            ("/a/b/c/c", false),
            ("/**/c[t~1=~2~3]", true),
            ("/**/c[t=u]", false),
        ] {
            let paths = JsonPaths::new([path]).unwrap();
            let has = |name: &str, text: &str| (name, text) == ("t/", "*[");
            assert_eq!(paths.contains(&inner, has), expected, "{path}");
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for path in ["", "a", "/a*", "/~", "/~7", "/a[b]", "/a]", "/a[b=c"] {
            let error = JsonPaths::new([path]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{path}");
        }
        let long = "/a".repeat(MOST_PARTS + 1);
        assert_eq!(JsonPaths::new([long]).unwrap_err().kind(), ErrorKind::Limit);
        let many = JsonPaths::new(vec!["/a"; MOST + 1]).unwrap_err();
        assert_eq!(many.kind(), ErrorKind::Limit);
    }

    #[test]
    fn the_paths_of_messages_are_well_formed() {
        assert_eq!(JsonPaths::model_messages().paths.len(), MESSAGES.len());
    }
}
