use confidant::model::{CallContext, ChatModel, ClearedRequest};

async fn send(model: &dyn ChatModel, request: ClearedRequest) {
    let _ = model.generate(request, &CallContext::new()).await;
    let _ = model.generate(request, &CallContext::new()).await;
}

fn main() {}
