//! The audit log: against its specifications, against attackers, against crashes.

mod anchor;
mod attack_files;
mod attack_open;
mod attack_signed;
mod attacks;
mod forge;
mod kill;
mod log;
mod oracle;
#[cfg(feature = "postgres")]
mod postgres;
mod stored;
mod tamper;
mod tessera;
mod vectors;
mod wycheproof;

use std::sync::Arc;

use confidant::audit::{Access, Entry, Identifier, Log, Outcome, Signer, SigningKey};

/// The key of the logs here, or another one for another seed.
pub(crate) fn key(seed: u8) -> Arc<dyn Signer> {
    Arc::new(SigningKey::from_seed("test.example/log", &[seed; 32]).unwrap())
}

pub(crate) fn entry(number: u64) -> Entry {
    let entry = Entry::new(id("test"), Outcome::Succeeded);
    entry.count("n", number).unwrap()
}

pub(crate) fn id(text: &str) -> Identifier {
    Identifier::new(text).unwrap()
}

pub(crate) fn access() -> Access {
    Access::new(id("auditor:7"))
}

/// The numbers of the entries that [`entry`] made, in their order.
pub(crate) async fn numbers(log: &Log) -> Vec<u64> {
    let size = log.checkpoint().await.unwrap().size();
    let (mut numbers, mut index) = (Vec::new(), 0);
    while index < size {
        for record in log.read(index..size, &access()).await.unwrap() {
            assert_eq!(record.index, index);
            if record.entry.action().as_str() == Some("test") {
                numbers.extend(record.entry.counts().map(|(_, number)| number));
            }
            index += 1;
        }
    }
    numbers
}
