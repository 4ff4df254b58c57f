use confidant::model::{CallContext, ChatModel, Message, ChatRequest};

async fn send(model: &dyn ChatModel) {
    let request = ChatRequest::new().with(Message::user("never cleared"));
    let _ = model.generate(request, &CallContext::new()).await;
}

fn main() {}
