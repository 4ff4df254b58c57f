//! What the adapters of batches share.

use std::collections::BTreeSet;

use super::check::admit;
use crate::model::{
    ClearedBatch, ClearedRequest, ModelDescriptor, ModelError, ModelErrorKind, Name, RequestBatch,
    ServerState,
};

/// The most bytes of the requests of a batch, as they are sent.
const MAX_BATCH: usize = 128 << 20;

/// Checks all that must hold before a batch is sent, and returns its requests: it was
/// cleared for this model, the provider may keep it, the ids tell the requests apart, and
/// each request may be sent by itself.
pub(in crate::model) fn admit_batch(
    batch: ClearedBatch,
    descriptor: &ModelDescriptor,
) -> Result<Vec<(Name, ClearedRequest)>, ModelError> {
    batch.check(descriptor)?;
    batch.allow(ServerState::Batch)?;
    let records = &batch.get().records;
    let bad = |what| Err(ModelError::new(ModelErrorKind::Config).with_subject(what));
    if records.is_empty() {
        return bad("batch without requests");
    }
    if records.len() > RequestBatch::MAX {
        return Err(ModelError::new(ModelErrorKind::Limit).with_subject("requests of a batch"));
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let mut ids = BTreeSet::new();
    for record in records {
        let id = record.id.as_str();
        if id.is_empty() || id.len() > RequestBatch::MAX_ID || !id.bytes().all(plain) {
            return bad("id of a request of a batch");
        }
        if !ids.insert(id) {
            return bad("id of two requests of a batch");
        }
    }
    let records = batch.into_records();
    for (_, request) in &records {
        admit(request, descriptor, false)?;
    }
    Ok(records)
}

/// Checks the bytes before they are sent.
pub(in crate::model) fn check_batch_len(body: &[u8]) -> Result<(), ModelError> {
    if body.len() > MAX_BATCH {
        return Err(ModelError::new(ModelErrorKind::Limit).with_subject("bytes of a batch"));
    }
    Ok(())
}
