use confidant::model::{CallContext, ChatModel, Message, Request};

async fn send(model: &dyn ChatModel) {
    let request = Request::new().with(Message::user("never cleared"));
    let _ = model.generate(request, &CallContext::new()).await;
}

fn main() {}
