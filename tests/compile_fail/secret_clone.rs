use confidant::secret::Secret;

fn main() {
    let secret = Secret::from(String::from("s"));
    let _ = secret.clone();
}
