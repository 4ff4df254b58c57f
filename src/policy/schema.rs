//! The schema of the document, for editors and other languages.

/// The JSON Schema (2020-12) of policy documents, for editors that complete and check
/// TOML or JSON by one. It is made from the types that read documents.
///
/// A schema checks the shape: keys, types and words. What a document means is checked by
/// [`PolicyDoc::faults`](super::PolicyDoc::faults).
pub const JSON_SCHEMA: &str = include_str!("schema.json");

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use serde_json::Value;

    use super::JSON_SCHEMA;
    use crate::policy::check::{DATES, PERIODS};
    use crate::policy::document::Document;

    fn generated() -> Value {
        let mut schema = schemars::schema_for!(Document).to_value();
        let object = schema.as_object_mut().unwrap();
        object.insert("title".to_owned(), "Policy document of confidant".into());
        without_null(&mut schema);
        schema
    }

    /// A key that says nothing is left out: TOML has no null, and JSON none here.
    fn without_null(schema: &mut Value) {
        let Value::Object(entries) = schema else {
            if let Value::Array(items) = schema {
                items.iter_mut().for_each(without_null);
            }
            return;
        };
        entries.retain(|key, value| key != "default" || !value.is_null());
        if let Some(Value::Array(names)) = entries.get_mut("type") {
            names.retain(|name| name != "null");
            if let [name] = &names[..] {
                let name = name.clone();
                entries.insert("type".to_owned(), name);
            }
        }
        if let Some(Value::Array(rules)) = entries.get_mut("anyOf") {
            rules.retain(|rule| rule.get("type") != Some(&"null".into()));
            if let [Value::Object(rule)] = &rules[..] {
                let rule = rule.clone();
                entries.remove("anyOf");
                entries.extend(rule);
            }
        }
        entries.values_mut().for_each(without_null);
    }

    /// `CONFIDANT_WRITE_SCHEMA=1` writes it anew.
    #[test]
    fn the_committed_schema_is_up_to_date() {
        let text = serde_json::to_string_pretty(&generated()).unwrap() + "\n";
        if std::env::var_os("CONFIDANT_WRITE_SCHEMA").is_some() {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/policy/schema.json");
            fs::write(path, &text).unwrap();
            return;
        }
        let committed: Value = serde_json::from_str(JSON_SCHEMA).unwrap();
        assert_eq!(committed, generated(), "run with CONFIDANT_WRITE_SCHEMA=1");
    }

    /// The keys whose values are of a type, anywhere in the schema.
    fn keys_of(schema: &Value, reference: &str, keys: &mut BTreeSet<String>) {
        match schema {
            Value::Object(entries) => {
                if let Some(Value::Object(properties)) = entries.get("properties") {
                    for (key, property) in properties {
                        // Directly, or as one of several: not deep inside.
                        let several = property.get("anyOf").and_then(Value::as_array);
                        let mut all = several.into_iter().flatten().chain([property]);
                        let is_it = |schema: &Value| {
                            let reference_of = schema.get("$ref").and_then(Value::as_str);
                            reference_of == Some(&format!("#/$defs/{reference}"))
                        };
                        if all.any(is_it) {
                            keys.insert(key.clone());
                        }
                    }
                }
                entries
                    .values()
                    .for_each(|value| keys_of(value, reference, keys));
            }
            Value::Array(values) => values
                .iter()
                .for_each(|value| keys_of(value, reference, keys)),
            _ => {}
        }
    }

    #[test]
    fn every_period_and_date_is_checked() {
        for (reference, list) in [("PeriodText", PERIODS), ("DateText", DATES)] {
            let mut keys = BTreeSet::new();
            keys_of(&generated(), reference, &mut keys);
            let list: BTreeSet<_> = list.iter().map(|key| (*key).to_owned()).collect();
            assert_eq!(keys, list, "{reference}");
        }
    }
}
