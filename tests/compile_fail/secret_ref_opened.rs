use confidant::vault::SecretRef;

fn look(secret: &SecretRef) -> &[u8] {
    secret.expose_secret()
}

fn main() {}
