use confidant::model::{Message, Request, Text};

fn main() {
    println!("{}", Text::from("prompt"));
    let request = Request::new().with(Message::user("prompt"));
    let _ = serde_json::to_string(&request);
}
