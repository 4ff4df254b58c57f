use confidant::seal::DataKey;

fn keep(key: &DataKey) -> DataKey {
    key.clone()
}

fn main() {}
