use confidant::model::{ClearedRequest, ChatRequest};

fn main() {
    let _ = ClearedRequest::new(ChatRequest::new());
}
