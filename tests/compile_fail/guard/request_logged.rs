use confidant::model::Text;

fn main() {
    println!("{}", Text::from("prompt"));
}
