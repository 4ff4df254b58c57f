//! Batches and files, as a server keeps them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::speak::{Spoken, speak};
use super::{SeenRequest, Shared, lock};
use crate::model::testing::MockAnswer;
use crate::model::testing::server::reply::{Kind, MockReply};

/// What a server keeps, by its id.
#[derive(Default)]
pub(super) struct Kept {
    files: BTreeMap<String, Vec<u8>>,
    batches: BTreeMap<String, Batch>,
    next: u32,
}

/// A batch: what it is told of it, and its answers.
struct Batch {
    is_open_ai: bool,
    /// Whether it is still worked on.
    is_open: bool,
    input: Option<String>,
    output: Option<String>,
    lines: Vec<u8>,
    succeeded: u64,
    failed: u64,
}

impl Kept {
    pub(super) fn len(&self) -> usize {
        // A batch of Chat Completions holds nothing but the ids of its files.
        let batches = self.batches.values().filter(|batch| !batch.is_open_ai);
        self.files.len() + batches.count()
    }

    fn id(&mut self, kind: &str) -> String {
        self.next += 1;
        format!("{kind}-mock-{}", self.next)
    }
}

/// Speaks about batches and files. `None` is a request about something else.
pub(super) fn keep(shared: &Shared, request: &SeenRequest) -> Option<Spoken> {
    let (path, _) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let parts = parts.strip_prefix(&["v1"]).unwrap_or(&parts);
    let reply = match (request.method.as_str(), parts) {
        ("POST", ["files"]) => upload(shared, request),
        ("GET", ["files", id, "content"]) => content(shared, id),
        ("DELETE", ["files", id]) => {
            let found = lock(&shared.kept).files.remove(*id);
            found.map(|_| Spoken::json(200, &json!({"id": id, "deleted": true})))
        }
        ("POST", ["messages", "batches"]) => Some(messages(shared, request)),
        ("POST", ["batches"]) => completions(shared, request),
        ("GET", ["messages", "batches", id] | ["batches", id]) => shown(shared, id),
        ("GET", ["messages", "batches", id, "results"]) => {
            let kept = lock(&shared.kept);
            let lines = kept.batches.get(*id).map(|batch| batch.lines.clone());
            lines.map(jsonl)
        }
        ("POST", ["messages", "batches", id, "cancel"] | ["batches", id, "cancel"]) => {
            if let Some(batch) = lock(&shared.kept).batches.get_mut(*id) {
                batch.is_open = false;
            }
            shown(shared, id)
        }
        ("DELETE", ["messages", "batches", id]) => deleted(shared, id),
        _ => return None,
    };
    // In the words of the providers, the last part of the path is the id.
    let missing = || {
        let id = parts.last().copied().unwrap_or_default();
        let message = format!("no such object: {id}");
        Spoken::json(
            404,
            &json!({"error": {"type": "not_found_error", "message": message}}),
        )
    };
    Some(reply.unwrap_or_else(missing))
}

fn jsonl(body: Vec<u8>) -> Spoken {
    Spoken {
        status: 200,
        content_type: "application/x-jsonl".to_owned(),
        body,
    }
}

/// The file of a form: the bytes between the head of the part and the next boundary.
fn upload(shared: &Shared, request: &SeenRequest) -> Option<Spoken> {
    let (_, boundary) = request.header("content-type")?.split_once("boundary=")?;
    let body = &request.body;
    let find = |from: usize, needle: &[u8]| {
        let rest = body.get(from..)?;
        let at = rest.windows(needle.len()).position(|w| w == needle)?;
        Some(from + at)
    };
    let head = find(0, b"name=\"file\"")?;
    let begin = find(head, b"\r\n\r\n")? + 4;
    let end = find(begin, format!("\r\n--{boundary}").as_bytes())?;
    let bytes = body.get(begin..end)?.to_vec();
    let mut kept = lock(&shared.kept);
    let id = kept.id("file");
    kept.files.insert(id.clone(), bytes);
    Some(Spoken::json(200, &json!({"id": id, "object": "file"})))
}

fn content(shared: &Shared, id: &str) -> Option<Spoken> {
    lock(&shared.kept).files.get(id).cloned().map(jsonl)
}

/// The next answer that the server was told to give, where it is one.
fn next(shared: &Shared) -> Option<MockAnswer> {
    let answer = |reply: &MockReply| match &reply.kind {
        Kind::Answer { answer, .. } => Some(answer.clone()),
        _ => None,
    };
    let mut replies = lock(&shared.replies);
    match replies.front().map(answer) {
        Some(Some(found)) => {
            replies.pop_front();
            Some(found)
        }
        Some(None) => None,
        None => lock(&shared.fallback).as_ref().and_then(answer),
    }
}

/// Answers one request of a batch as if it had come by itself.
fn answered(shared: &Shared, path: &str, body: &Value) -> Option<Value> {
    let request = SeenRequest {
        method: "POST".to_owned(),
        path: path.to_owned(),
        headers: Vec::new(),
        body: body.to_string().into_bytes(),
    };
    let spoken = speak(&request, &next(shared)?, false);
    (spoken.status == 200).then_some(())?;
    serde_json::from_slice(&spoken.body).ok()
}

/// A batch of Messages.
fn messages(shared: &Shared, request: &SeenRequest) -> Spoken {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let (mut lines, mut succeeded, mut failed) = (Vec::new(), 0, 0);
    let records = body.get("requests").and_then(Value::as_array);
    for record in records.into_iter().flatten() {
        let params = record.get("params").unwrap_or(&Value::Null);
        let result = match answered(shared, "/v1/messages", params) {
            Some(message) => {
                succeeded += 1;
                json!({"type": "succeeded", "message": message})
            }
            None => {
                failed += 1;
                json!({"type": "errored", "error": {"type": "error", "error":
                    {"type": "overloaded_error", "message": params.to_string()}}})
            }
        };
        let line = json!({"custom_id": record.get("custom_id"), "result": result});
        // The answers of a batch come in any order.
        let line = format!("{line}\n").into_bytes();
        lines.splice(0..0, line);
    }
    let mut kept = lock(&shared.kept);
    let id = kept.id("msgbatch");
    let batch = Batch {
        is_open_ai: false,
        is_open: true,
        input: None,
        output: None,
        lines,
        succeeded,
        failed,
    };
    let shown = batch.shown(&id);
    kept.batches.insert(id, batch);
    Spoken::json(200, &shown)
}

/// A batch of Chat Completions, whose requests are in a file.
fn completions(shared: &Shared, request: &SeenRequest) -> Option<Spoken> {
    let body: Value = serde_json::from_slice(&request.body).ok()?;
    let input = body.get("input_file_id")?.as_str()?.to_owned();
    let file = lock(&shared.kept).files.get(&input)?.clone();
    let (mut lines, mut succeeded, mut failed) = (Vec::new(), 0, 0);
    for line in file.split(|byte| *byte == b'\n').filter(|l| !l.is_empty()) {
        let record: Value = serde_json::from_slice(line).ok()?;
        let path = record.get("url")?.as_str()?;
        let (status, answer) = match answered(shared, path, record.get("body")?) {
            Some(answer) => {
                succeeded += 1;
                (200, answer)
            }
            None => {
                failed += 1;
                let error = json!({"type": "server_error", "message": record.to_string()});
                (503, json!({"error": error}))
            }
        };
        let line = json!({"custom_id": record.get("custom_id"), "error": null,
            "response": {"status_code": status, "request_id": "req", "body": answer}});
        lines.splice(0..0, format!("{line}\n").into_bytes());
    }
    let mut kept = lock(&shared.kept);
    let (id, output) = (kept.id("batch"), kept.id("file"));
    kept.files.insert(output.clone(), lines);
    let batch = Batch {
        is_open_ai: true,
        is_open: true,
        input: Some(input),
        output: Some(output),
        lines: Vec::new(),
        succeeded,
        failed,
    };
    let shown = batch.shown(&id);
    kept.batches.insert(id, batch);
    Some(Spoken::json(200, &shown))
}

/// What is said of a batch. It has ended once it was asked about.
fn shown(shared: &Shared, id: &str) -> Option<Spoken> {
    let mut kept = lock(&shared.kept);
    let batch = kept.batches.get_mut(id)?;
    let shown = batch.shown(id);
    batch.is_open = false;
    Some(Spoken::json(200, &shown))
}

/// Deletes a batch of Messages, unless it is still worked on.
fn deleted(shared: &Shared, id: &str) -> Option<Spoken> {
    let mut kept = lock(&shared.kept);
    if kept.batches.get(id)?.is_open {
        let error = json!({"type": "invalid_request_error", "message": "still in progress"});
        return Some(Spoken::json(400, &json!({"type": "error", "error": error})));
    }
    kept.batches.remove(id);
    let gone = json!({"id": id, "type": "message_batch_deleted"});
    Some(Spoken::json(200, &gone))
}

impl Batch {
    fn shown(&self, id: &str) -> Value {
        if self.is_open_ai {
            let output = self.output.as_ref().filter(|_| !self.is_open);
            return json!({
                "id": id, "object": "batch", "endpoint": "/v1/chat/completions",
                "status": if self.is_open { "in_progress" } else { "completed" },
                "input_file_id": self.input, "output_file_id": output, "error_file_id": null,
                "request_counts": {"total": self.succeeded + self.failed,
                    "completed": self.succeeded, "failed": self.failed},
            });
        }
        json!({
            "id": id, "type": "message_batch",
            "processing_status": if self.is_open { "in_progress" } else { "ended" },
            "request_counts": {"processing": 0, "succeeded": self.succeeded,
                "errored": self.failed, "canceled": 0, "expired": 0},
            "created_at": "2026-11-30T12:00:00Z", "expires_at": "2026-12-01T12:00:00Z",
        })
    }
}
