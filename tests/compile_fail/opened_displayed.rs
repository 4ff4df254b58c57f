use confidant::seal::{Context, TenantKey};

fn show(key: &TenantKey, envelope: &[u8], context: &Context) {
    println!("{}", key.open(envelope, context).unwrap());
}

fn main() {}
