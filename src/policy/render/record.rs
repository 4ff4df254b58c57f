//! The record of processing and the schedule of retention.

use super::notice::sentence;
use super::{Page, basis_in_words, categories, in_words, plain, purpose};
use crate::policy::document::{Document, Verdict};
use crate::policy::policy::Policy;

impl Policy {
    /// Writes the record of processing activities (GDPR Article 30), in Markdown: one
    /// section for each purpose that is pursued.
    #[must_use]
    pub fn record_of_processing(&self) -> String {
        let document = &self.inner.document;
        let mut page = Page::default();
        page.title(1, "Record of processing");
        if let Some(header) = &document.policy {
            let text =
                |text: &Option<String>| text.as_ref().map(|text| plain(text)).unwrap_or_default();
            page.paragraph(&format!(
                "Controller: {}, {}. Version {}.",
                text(&header.controller),
                text(&header.contact),
                text(&header.version)
            ));
        }
        for (name, entry) in &document.purpose {
            if !document.is_permitted(name) {
                continue;
            }
            page.title(2, &purpose(document, name));
            let basis = match entry.verdict {
                Some(Verdict::Consent) => "consent",
                _ => entry.basis.map_or("", basis_in_words),
            };
            page.item(&format!("Basis: {basis}"));
            page.item(&format!(
                "Data: {}",
                categories(document, &entry.categories)
            ));
            page.item(&format!("Recipients: {}", recipients(document, name)));
            page.item(&format!("Stores: {}", stores(document, &entry.categories)));
            page.item(&format!("Erased: {}", limits(document, &entry.categories)));
            page.gap();
        }
        if !document.transfer.is_empty() {
            page.title(2, "Transfers");
            let rows = document.transfer.iter().map(|transfer| {
                let text = |text: &Option<String>| {
                    text.as_ref().map(|text| plain(text)).unwrap_or_default()
                };
                [
                    text(&transfer.from),
                    text(&transfer.to),
                    text(&transfer.processor),
                    transfer
                        .mechanism
                        .map_or("", |mechanism| mechanism.as_str())
                        .to_owned(),
                    text(&transfer.reason),
                ]
            });
            let rows: Vec<_> = rows.collect();
            page.table(["from", "to", "recipient", "rests on", "reason"], &rows);
        }
        page.finish()
    }

    /// Writes the schedule of retention, in Markdown: each clause, and each category with
    /// what is said of it.
    #[must_use]
    pub fn retention_schedule(&self) -> String {
        let document = &self.inner.document;
        let mut page = Page::default();
        page.title(1, "Retention");
        page.title(2, "Clauses");
        for rule in &document.retention {
            let id = rule.id.as_deref().map(plain).unwrap_or_default();
            page.item(&format!("{id}: {}", sentence(document, rule)));
        }
        page.gap();
        page.title(2, "Categories");
        let kept = document
            .category
            .keys()
            .filter(|name| document.is_kept(name));
        let rows = kept.map(|name| {
            let stores: Vec<_> = document
                .stores_of(name)
                .iter()
                .map(|store| plain(store))
                .collect();
            let clauses: Vec<_> = document
                .retention_of(name)
                .filter_map(|(_, rule)| rule.id.as_deref())
                .map(plain)
                .collect();
            let one = [name.clone()];
            [
                plain(name),
                stores.join(", "),
                clauses.join(", "),
                limits(document, &one),
            ]
        });
        let rows: Vec<_> = rows.collect();
        page.table(["category", "stores", "clauses", "erased"], &rows);
        page.finish()
    }
}

fn recipients(document: &Document, purpose: &str) -> String {
    let serving = document
        .processor
        .iter()
        .filter(|(_, entry)| entry.purposes.iter().any(|other| other == purpose));
    let names: Vec<_> = serving
        .map(|(name, entry)| {
            entry
                .name
                .as_ref()
                .map_or_else(|| plain(name), |name| plain(name))
        })
        .collect();
    match names.as_slice() {
        [] => "none".to_owned(),
        names => names.join(", "),
    }
}

fn stores(document: &Document, names: &[String]) -> String {
    let mut stores: Vec<&String> = document
        .listed(names)
        .into_iter()
        .flat_map(|name| document.stores_of(name))
        .collect();
    stores.sort_unstable();
    stores.dedup();
    let stores: Vec<_> = stores.into_iter().map(|store| plain(store)).collect();
    match stores.as_slice() {
        [] => "none".to_owned(),
        stores => stores.join(", "),
    }
}

/// Returns the bounds by which data is erased, each once.
fn limits(document: &Document, names: &[String]) -> String {
    let mut limits: Vec<String> = Vec::new();
    for name in document.listed(names) {
        for (_, rule) in document.retention_of(name) {
            let event = rule
                .trigger
                .map_or("", |trigger| trigger.as_str())
                .replace('_', " ");
            let bound = match (&rule.delete_by, &rule.keep_for) {
                (Some(by), _) => format!("{} after {event}", in_words(by)),
                (None, Some(keep)) => format!("not before {} after {event}", in_words(keep)),
                (None, None) => continue,
            };
            if !limits.contains(&bound) {
                limits.push(bound);
            }
        }
    }
    limits.join("; ")
}
