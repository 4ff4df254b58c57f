//! Signatures of reasoning that hold for one beginning of a conversation.

use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const MARK: &str = "mock-signature-";

/// Signs for everything that a request of Messages holds.
pub(super) fn sign(request: &Value) -> String {
    let messages = request.get("messages").and_then(Value::as_array);
    digest(request, messages.map_or(&[], Vec::as_slice))
}

/// Whether every signature that this server made stands where it was made.
pub(super) fn holds(request: &Value) -> bool {
    let messages = request.get("messages").and_then(Value::as_array);
    let messages = messages.map_or(&[][..], Vec::as_slice);
    messages.iter().enumerate().all(|(at, message)| {
        let content = message.get("content").and_then(Value::as_array);
        let mut blocks = content.into_iter().flatten();
        blocks.all(|block| {
            let signature = block.get("signature").and_then(Value::as_str);
            let own = signature.filter(|signature| signature.starts_with(MARK));
            let before = messages.get(..at).unwrap_or_default();
            own.is_none_or(|own| own == digest(request, before))
        })
    })
}

fn digest(request: &Value, messages: &[Value]) -> String {
    let member = |name: &str| request.get(name).cloned().unwrap_or(Value::Null);
    let prefix = json!([member("model"), member("system"), member("tools"), messages]);
    let digest = Sha256::digest(prefix.to_string().as_bytes());
    digest.iter().fold(MARK.to_owned(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
