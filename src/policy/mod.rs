//! The policy document: a product's privacy promises in one file.

mod canonical;
mod check;
mod document;
mod fault;
mod policy_doc;
mod source;

pub use document::Section;
pub use fault::{Fault, FaultCode, Faults};
pub use policy_doc::PolicyDoc;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complete_document_has_no_fault() {
        let text = include_str!("../../tests/data/policies/cloud_claude.toml");
        let doc = PolicyDoc::from_toml(text).unwrap_or_else(|faults| panic!("{faults}"));
        let faults = doc.faults();
        assert!(faults.is_empty(), "{}", Faults::from(faults));
    }
}
