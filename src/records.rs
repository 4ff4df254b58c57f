//! Every record that the ledgers store, for tests with arbitrary bytes.

/// Reads bytes as each kind of record of consent, rights, retention and visibility, and
/// writes those anew that they are. What is written must be the bytes.
#[cfg_attr(
    not(fuzzing),
    expect(unreachable_pub, reason = "public for fuzzing alone")
)]
#[must_use]
pub fn rewritten(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut all = crate::consent::rewritten(bytes);
    all.extend(crate::rights::rewritten(bytes));
    all.extend(crate::retention::rewritten(bytes));
    all.extend(crate::visibility::rewritten(bytes));
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    /// The records of the vectors, without the MACs behind some of them.
    fn known() -> Vec<Vec<u8>> {
        let vectors = [
            include_str!("../tests/data/consent/v1.json"),
            include_str!("../tests/data/retention/v1.json"),
            include_str!("../tests/data/rights/v1.json"),
            include_str!("../tests/data/visibility/v1.json"),
        ];
        let mut found = Vec::new();
        for vectors in vectors {
            collect(&serde_json::from_str(vectors).unwrap(), &mut found);
        }
        found
    }

    /// Every text of hexadecimal digits, whole and without a MAC.
    fn collect(value: &Value, found: &mut Vec<Vec<u8>>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
            Value::Object(fields) => fields.values().for_each(|item| collect(item, found)),
            Value::String(text) => {
                let pair =
                    |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
                let bytes: Option<Vec<u8>> = text.as_bytes().chunks(2).map(pair).collect();
                let Some(bytes) = bytes.filter(|bytes| bytes.len() > 8) else {
                    return;
                };
                if let Some((body, _)) = bytes.split_last_chunk::<32>() {
                    found.push(body.to_vec());
                }
                found.push(bytes);
            }
            _ => {}
        }
    }

    #[test]
    fn records_of_the_vectors_have_one_form() {
        let mut read = 0;
        for bytes in known() {
            for again in rewritten(&bytes) {
                assert_eq!(again, bytes);
                read += 1;
            }
        }
        assert!(read >= 12, "{read}");
    }

    proptest! {
        #[test]
        fn whatever_is_read_has_one_form(
            which in any::<prop::sample::Index>(),
            edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3), 1..4),
        ) {
            let known = known();
            let mut bytes = which.get(&known).clone();
            for (at, byte, how) in edits {
                if bytes.is_empty() {
                    break;
                }
                let at = at.index(bytes.len());
                match how {
                    0 => bytes[at] = byte,
                    1 => bytes.insert(at, byte),
                    _ => bytes.truncate(at),
                }
            }
            for again in rewritten(&bytes) {
                prop_assert_eq!(&again, &bytes);
            }
        }
    }
}
