//! JSON schemas: words in them are hidden, their structure may hold nothing.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::Value;

use super::{hearsay, structural};
use crate::Error;
use crate::guard::conversation::Seen;
use crate::redact::{Finding, Hidden, PlaceholderMap, Redactor, Source, whole_number};

/// Replaces what is found in the titles, descriptions, defaults and examples of a schema.
///
/// # Errors
/// [`Refused`](crate::ErrorKind::Refused) where there is something in a key, a constant,
/// a pattern or a value of `enum`, since the schema would mean something else without it.
pub(crate) fn hide<'t>(
    redactor: &Redactor,
    text: &'t str,
    map: &mut PlaceholderMap,
    seen: &HashMap<u64, Seen>,
    source: Source,
) -> Result<Hidden<'t>, Error> {
    let malformed = |_| Error::config("schema is not well-formed");
    let mut value: Value = serde_json::from_str(text).map_err(malformed)?;
    let mut walk = Walk {
        redactor,
        source,
        map,
        seen,
        findings: Vec::new(),
        tags: Vec::new(),
        learned: Vec::new(),
        is_changed: false,
    };
    walk.schema(&mut value)?;
    let text = match walk.is_changed {
        true => Cow::Owned(value.to_string()),
        false => Cow::Borrowed(text),
    };
    Ok(Hidden {
        text,
        findings: walk.findings,
        tags: walk.tags,
        learned: walk.learned,
    })
}

/// Keywords whose values are words of the language of schemas, names and numbers.
const STRUCTURE: [&str; 34] = [
    "$anchor",
    "$dynamicAnchor",
    "$dynamicRef",
    "$id",
    "$ref",
    "$schema",
    "$vocabulary",
    "additionalItems",
    "contentEncoding",
    "contentMediaType",
    "dependentRequired",
    "deprecated",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "nullable",
    "propertyOrdering",
    "readOnly",
    "required",
    "strict",
    "type",
    "uniqueItems",
    "writeOnly",
];

struct Walk<'w> {
    redactor: &'w Redactor,
    source: Source,
    map: &'w mut PlaceholderMap,
    seen: &'w HashMap<u64, Seen>,
    findings: Vec<Finding>,
    tags: Vec<u64>,
    learned: Vec<u64>,
    is_changed: bool,
}

// The recursion is bounded by the nesting that the reader of JSON accepts.
impl Walk<'_> {
    fn schema(&mut self, value: &mut Value) -> Result<(), Error> {
        let members = match value {
            Value::Object(members) => members,
            Value::Array(schemas) => {
                return schemas
                    .iter_mut()
                    .try_for_each(|schema| self.schema(schema));
            }
            other => return self.structure(other),
        };
        for (key, value) in members {
            self.fixed(key)?;
            match key.as_str() {
                "title" | "description" | "$comment" | "default" | "example" | "examples" => {
                    self.words(value)?;
                }
                "properties" | "patternProperties" | "$defs" | "definitions"
                | "dependentSchemas" => match value {
                    Value::Object(schemas) => {
                        for (name, schema) in schemas {
                            self.fixed(name)?;
                            self.schema(schema)?;
                        }
                    }
                    other => self.structure(other)?,
                },
                "items"
                | "prefixItems"
                | "additionalProperties"
                | "unevaluatedProperties"
                | "contains"
                | "propertyNames"
                | "not"
                | "if"
                | "then"
                | "else"
                | "allOf"
                | "anyOf"
                | "oneOf" => self.schema(value)?,
                key if STRUCTURE.contains(&key) => self.structure(value)?,
                // The values of `enum` and `const`, patterns, and whatever else somebody
                // wrote.
                _ => self.given(value)?,
            }
        }
        Ok(())
    }

    /// Words that a model reads. Their keys and numbers cannot be rewritten all the same.
    fn words(&mut self, value: &mut Value) -> Result<(), Error> {
        match value {
            Value::String(text) => {
                let hidden = self.redactor.hide(text, self.map, self.source)?;
                let hidden = hearsay::spare(self.redactor, self.map, self.seen, text, hidden);
                self.findings.extend(hidden.findings);
                self.tags.extend(hidden.tags);
                self.learned.extend(hidden.learned);
                if let Cow::Owned(new) = hidden.text {
                    *text = new;
                    self.is_changed = true;
                }
                Ok(())
            }
            Value::Array(values) => values.iter_mut().try_for_each(|value| self.words(value)),
            Value::Object(members) => {
                for (key, value) in members {
                    self.fixed(key)?;
                    self.words(value)?;
                }
                Ok(())
            }
            other => self.given(other),
        }
    }

    fn structure(&self, value: &Value) -> Result<(), Error> {
        match value {
            Value::Null | Value::Bool(_) => Ok(()),
            Value::Number(number) => self.fixed(&number.to_string()),
            Value::String(text) => self.fixed(text),
            Value::Array(values) => values.iter().try_for_each(|value| self.structure(value)),
            Value::Object(members) => members.iter().try_for_each(|(key, value)| {
                self.fixed(key)?;
                self.structure(value)
            }),
        }
    }

    /// Words that somebody wrote and that may not be rewritten.
    fn given(&self, value: &Value) -> Result<(), Error> {
        let check = |text: &str| structural::check_words(self.redactor, self.map, text);
        match value {
            Value::Null | Value::Bool(_) => Ok(()),
            Value::Number(number) => {
                let text = number.to_string();
                check(whole_number(&text).as_deref().unwrap_or(&text))
            }
            Value::String(text) => check(text),
            Value::Array(values) => values.iter().try_for_each(|value| self.given(value)),
            Value::Object(members) => members.iter().try_for_each(|(key, value)| {
                check(key)?;
                self.given(value)
            }),
        }
    }

    fn fixed(&self, text: &str) -> Result<(), Error> {
        structural::check(self.redactor, self.map, self.seen, text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ErrorKind;
    use crate::redact::Key;

    const PAT: &str = "ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA";

    fn run(value: &Value) -> Result<String, Error> {
        let mut map = PlaceholderMap::new(Key::from_bytes([7; 32]));
        let text = value.to_string();
        let (redactor, seen) = (Redactor::secrets_and_pii(), HashMap::new());
        let hidden = hide(&redactor, &text, &mut map, &seen, Source::Outside)?;
        Ok(hidden.text.into_owned())
    }

    #[test]
    fn words_are_hidden_and_structure_denies() {
        let clean = json!({ "type": "object", "properties": { "zip": { "enum": ["a", 1] } } });
        assert_eq!(run(&clean).unwrap(), clean.to_string());
        for value in [
            json!({ "description": PAT }),
            json!({ "properties": { "key": { "default": PAT } } }),
            json!({ "anyOf": [{ "items": { "examples": [{ "a": [PAT] }] } }] }),
            json!({ "$defs": { "a": { "title": PAT } } }),
        ] {
            let hidden = run(&value).unwrap();
            assert!(
                hidden.contains("[TOKEN-") && !hidden.contains(PAT),
                "{hidden}"
            );
        }
        for value in [
            json!({ "enum": [PAT] }),
            json!({ "const": { "a": PAT } }),
            json!({ "properties": { PAT: true } }),
            json!({ "properties": { "a": { "pattern": PAT } } }),
            json!({ "examples": [{ PAT: 1 }] }),
            json!({ "x-more": [[PAT]] }),
            json!({ PAT: 1 }),
            json!({ "enum": ["ann@acme-mail.com"] }),
            json!({ "enum": [4_111_111_111_111_111_u64] }),
            json!({ "const": "4111111111111111" }),
            json!({ "properties": { "a": { "default": 4_111_111_111_111_111_u64 } } }),
            json!({ "properties": { "a": { "default": 4_111_111_111_111_111.0_f64 } } }),
            json!({ "examples": [{ "a": 4_111_111_111_111_111_u64 }] }),
            json!({ "const": "DE89370400440532013000" }),
            json!({ "properties": { "a": { "pattern": "^ann@acme-mail\\.com|ann@acme-mail.com$" } } }),
            json!({ "properties": { "ann@acme-mail.com": true } }),
            json!({ "required": ["ann@acme-mail.com"] }),
            json!({ "$ref": "#/$defs/ann@acme-mail.com" }),
            json!({ "x-note": { "o": "ann@acme-mail.com" } }),
            json!({ "x-note": { "ann@acme-mail.com": 1 } }),
        ] {
            let error = run(&value).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Refused);
            assert!(!format!("{error:?}").contains("ghp_"));
            assert!(!format!("{error:?}").contains("acme"));
        }
    }
}
