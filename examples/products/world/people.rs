//! Names, as the modules want them.

use confidant::audit::{Caller, Identifier};
use confidant::taxonomy::{DataCategory, DataStore, Processor, Purpose, Subject};

use super::Fallible;

pub(crate) fn id(name: &str) -> Fallible<Identifier> {
    Ok(Identifier::new(name)?)
}

pub(crate) fn caller(request: &str) -> Fallible<Caller> {
    Ok(Caller::new(id("service:web")?).request(id(request)?))
}

pub(crate) fn subject(name: &str) -> Fallible<Subject> {
    Ok(Subject::new(name)?)
}

pub(crate) fn purpose(name: &str) -> Fallible<Purpose> {
    Ok(Purpose::new(name)?)
}

pub(crate) fn category(name: &str) -> Fallible<DataCategory> {
    Ok(DataCategory::new(name)?)
}

pub(crate) fn store(name: &str) -> Fallible<DataStore> {
    Ok(DataStore::new(name)?)
}

pub(crate) fn processor(name: &str) -> Fallible<Processor> {
    Ok(Processor::new(name)?)
}
