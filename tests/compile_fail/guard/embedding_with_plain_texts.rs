use confidant::model::{CallContext, EmbeddingModel, EmbeddingRequest};

async fn embed(model: &dyn EmbeddingModel) {
    let _ = model.embed(EmbeddingRequest::new(["a"]), &CallContext::new()).await;
}

fn main() {}
