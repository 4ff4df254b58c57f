use confidant::vault::Revealed;

fn show(revealed: &Revealed) {
    println!("{revealed}");
}

fn main() {}
