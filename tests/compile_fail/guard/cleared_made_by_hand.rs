use confidant::model::{ClearedRequest, Request};

fn main() {
    let _ = ClearedRequest::new(Request::new());
}
