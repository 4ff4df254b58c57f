use confidant::vault::Revealed;

fn keep(revealed: &Revealed) -> &[u8] {
    revealed.with(|value| value)
}

fn main() {}
