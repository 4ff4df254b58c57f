//! Lists: recipients, cookies, registers and the statement on Global Privacy Control.

use super::{Page, categories, in_words, plain, purpose, role_in_words};
use crate::consent::gpc_json;
use crate::policy::document::{Document, Lifetime};
use crate::policy::policy::Policy;

impl Policy {
    /// Writes the list of recipients, in Markdown.
    #[must_use]
    pub fn recipient_list(&self) -> String {
        let document = &self.inner.document;
        let mut page = Page::default();
        page.title(1, "Recipients");
        let rows = document.processor.iter().map(|(name, processor)| {
            let list = |names: &[String]| {
                let names: Vec<_> = names.iter().map(|name| plain(name)).collect();
                names.join(", ")
            };
            let purposes: Vec<_> = processor
                .purposes
                .iter()
                .map(|name| purpose(document, name))
                .collect();
            let requires: Vec<_> = processor
                .requires
                .iter()
                .map(|kind| kind.as_str())
                .collect();
            [
                processor
                    .name
                    .as_ref()
                    .map_or_else(|| plain(name), |name| plain(name)),
                role_in_words(processor.role).to_owned(),
                processor
                    .under
                    .as_ref()
                    .map(|name| plain(name))
                    .unwrap_or_default(),
                purposes.join("; "),
                categories(document, &processor.categories),
                list(&processor.regions),
                requires.join(", "),
            ]
        });
        let rows: Vec<_> = rows.collect();
        let head = [
            "recipient",
            "role",
            "under",
            "purposes",
            "data",
            "regions",
            "must have shown",
        ];
        page.table(head, &rows);
        page.finish()
    }

    /// Writes the table of cookies and of what else is kept in a browser, in Markdown.
    #[must_use]
    pub fn cookie_table(&self) -> String {
        let document = &self.inner.document;
        let mut page = Page::default();
        page.title(1, "Cookies and local storage");
        let rows = document.cookie.iter().map(|(name, cookie)| {
            let lasts = match (&cookie.max_age, cookie.until) {
                (Some(age), _) => in_words(age),
                (None, Some(Lifetime::Session)) => "until the session ends".to_owned(),
                (None, _) => "until it is cleared".to_owned(),
            };
            let processor = cookie.processor.as_ref();
            [
                plain(name),
                cookie
                    .kind
                    .map_or("", |kind| kind.as_str())
                    .replace('_', " "),
                cookie.class.map_or("", |class| class.as_str()).to_owned(),
                cookie
                    .purpose
                    .as_ref()
                    .map(|name| purpose(document, name))
                    .unwrap_or_default(),
                lasts,
                processor.map_or_else(|| "us".to_owned(), |name| plain(name)),
            ]
        });
        let rows: Vec<_> = rows.collect();
        page.table(
            ["name", "where", "class", "purpose", "lasts", "set by"],
            &rows,
        );
        page.finish()
    }

    /// Writes the statement for `/.well-known/gpc.json`, or nothing where the policy
    /// states none. It abides where the signal opts out of every purpose that sells,
    /// shares or advertises, which compiling made sure of.
    #[must_use]
    pub fn gpc_json(&self) -> Option<String> {
        let signal = self.inner.document.signal.get("gpc")?;
        let stated = signal.last_update.as_ref();
        let header = self.inner.document.policy.as_ref();
        let date = stated.or_else(|| header.and_then(|header| header.effective.as_ref()));
        Some(gpc_json(true, date?.day().ok()?))
    }

    /// Writes the registers: where people meet a machine, what models were trained on,
    /// and what machines decide, in Markdown.
    #[must_use]
    pub fn registers(&self) -> String {
        let mut page = Page::default();
        page.title(1, "Machines");
        registers(&self.inner.document, &mut page);
        page.finish()
    }
}

pub(super) fn registers(document: &Document, page: &mut Page) {
    let text = |text: &Option<String>| text.as_ref().map(|text| plain(text)).unwrap_or_default();
    let yes = |flag: Option<bool>| match flag {
        Some(true) => "yes",
        Some(false) => "no",
        None => "not stated",
    };
    for entry in &document.ai_disclosure {
        let mut line = format!("{}: {}.", text(&entry.system), text(&entry.told));
        if entry.marking.is_some() {
            line.push_str(&format!(" {}.", text(&entry.marking)));
        }
        page.item(&line);
    }
    page.gap();
    for entry in &document.training_source {
        let mut line = format!(
            "{} was trained on: {}. Personal data in it: {}.",
            text(&entry.model),
            text(&entry.source),
            yes(entry.personal)
        );
        if !entry.categories.is_empty() {
            let ours = categories(document, &entry.categories);
            line.push_str(&format!(" Of your data: {ours}."));
        }
        page.item(&line);
    }
    page.gap();
    for entry in &document.automated_decision {
        let assessed = entry.assessed.as_ref().map(|date| plain(date.as_str()));
        page.item(&format!(
            "{}: decided by {}. A person looks at it again when you ask: {}. Risks assessed: {}.",
            text(&entry.decision),
            text(&entry.logic),
            yes(entry.human_review),
            assessed.unwrap_or_default()
        ));
    }
    page.gap();
}
