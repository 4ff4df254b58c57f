//! What notices commonly claim, and what bears it out.

use super::denials::{DENIALS, EXCEPTIONS, STORES, TALKS, is_talk};
use super::finding::NoticeCode;
use super::known::{ABSOLUTE, CERTIFIED, SHOWN, VAGUE};
use super::lint::{Lint, Part};
use super::text::any;
use crate::policy::document::{
    AttestationKind, CookieClass, Form, RecipientRole, StoreKind, StoreOperator, Trigger, Verdict,
    has, is_within,
};

/// With these it is about what a person may do.
const RIGHTS: &[&str] = &[
    "opt out",
    "opt-out",
    "opted out",
    "right to",
    "you can",
    "you may",
    "ask us",
];

/// Areas that notices name, with the regions of a policy that lie in them.
const AREAS: &[(&[&str], &str, &[&str])] = &[
    (
        &[
            "the eea",
            "the eu",
            "europe",
            "european economic area",
            "european union",
        ],
        "EU",
        &["eea", "eu", "europe"],
    ),
    (
        &["the u.s.", "the us", "the usa", "united states"],
        "US",
        &["us", "usa"],
    ),
    (&["the uk", "united kingdom"], "GB", &["gb", "uk"]),
    (&["germany"], "DE", &["de", "eu.de"]),
    (&["switzerland"], "CH", &["ch"]),
];

impl Lint<'_> {
    pub(super) fn claims(&mut self, part: Part<'_>) {
        let text = part.text;
        // An item of a list of rights is no denial: "that your data is not sold".
        let is_right = text.contains("that your ") || any(text, RIGHTS).is_some();
        if part.denies && !is_right {
            self.denials(part);
            self.cookies(part);
        }
        self.only_cookies(part);
        self.promises(part);
        self.evidence(part);
        self.encryption(part);
        self.places(part);
        self.retention(part);
    }

    /// A notice may deny only what the policy rules out.
    fn denials(&mut self, part: Part<'_>) {
        for denial in DENIALS {
            let text = part.text;
            let said = denial.says.iter().all(|words| any(text, words).is_some());
            let other = any(text, denial.unless).is_some();
            if said && !other && !(denial.holds)(self, text) {
                self.find(NoticeCode::NeverClaim, part, 0, Some(denial.name));
            }
        }
    }

    fn cookies(&mut self, part: Part<'_>) {
        let text = part.text;
        if any(text, &["cookie~"]).is_none() {
            return;
        }
        let classes = || self.document.cookie.values().map(|cookie| cookie.class);
        let broken = if any(text, &["advertis~", "marketing", "track~"]).is_some() {
            classes().any(|class| !is_needed(class))
        } else if any(text, &["analytics"]).is_some() {
            classes().any(|class| class == Some(CookieClass::Analytics))
        } else {
            let flat = [
                "no cookies",
                "not use cookies",
                "never use cookies",
                "not set cookies",
                "without cookies",
                "use any cookies",
            ];
            any(text, &flat).is_some() && !self.document.cookie.is_empty()
        };
        if broken {
            self.find(NoticeCode::CookieClaim, part, 0, None);
        }
    }

    /// "Only essential cookies."
    fn only_cookies(&mut self, part: Part<'_>) {
        let says = |words: &[&str]| any(part.text, words);
        let only = says(&["exclusively", "only", "solely"]);
        let needed = says(&["essential", "necessary", "required"]);
        let (Some(at), Some(_), Some(_)) = (says(&["cookie~"]), only, needed) else {
            return;
        };
        let mut cookies = self.document.cookie.values();
        if cookies.any(|cookie| !is_needed(cookie.class)) {
            self.find(NoticeCode::CookieClaim, part, at, None);
        }
    }

    /// What nobody can promise, and deadlines without a number.
    fn promises(&mut self, part: Part<'_>) {
        // "We cannot guarantee" promises nothing.
        for &one in ABSOLUTE {
            let found = any(part.text, &[one]).filter(|_| !(part.denies && one == "guarantee~"));
            if let Some(at) = found {
                let name = one.trim_end_matches('~');
                self.find(NoticeCode::AbsoluteClaim, part, at, Some(name));
            }
        }
        for &one in VAGUE {
            if let Some(at) = any(part.text, &[one]) {
                self.find(NoticeCode::VagueDeadline, part, at, Some(one));
            }
        }
        let at_once = [
            "at once",
            "immediately",
            "instantly",
            "right away",
            "straight away",
        ];
        let goes = any(part.text, &["delet~", "eras~", "remov~"]).is_some();
        let Some(at) = any(part.text, &at_once).filter(|_| goes && !part.denies) else {
            return;
        };
        let mut rules = self.document.retention.iter();
        let takes_time = rules.any(|rule| {
            rule.trigger == Some(Trigger::DeletionRequested) && rule.delete_by.is_some()
        });
        if takes_time {
            self.find(NoticeCode::ImmediateClaim, part, at, None);
        }
    }

    /// What somebody has to have shown.
    fn evidence(&mut self, part: Part<'_>) {
        if part.denies {
            return;
        }
        for (one, kind) in CERTIFIED {
            let found = any(part.text, &[one]);
            if let Some(at) = found.filter(|_| !kind.is_some_and(|kind| self.attested(kind))) {
                self.find(NoticeCode::CertificationClaim, part, at, Some(one));
            }
        }
        for (words, kind) in SHOWN {
            if let Some(at) = any(part.text, words).filter(|_| !self.attested(*kind)) {
                self.find(NoticeCode::EvidenceClaim, part, at, Some(kind.as_str()));
            }
        }
        let anonymous = any(
            part.text,
            &["anonymis~", "anonymiz~", "anonymous~", "de-identified"],
        );
        if let Some(at) = anonymous.filter(|_| !self.anonymises()) {
            self.find(NoticeCode::AnonymousClaim, part, at, None);
        }
    }

    fn encryption(&mut self, part: Part<'_>) {
        if part.denies && any(part.text, &["nobody", "no one"]).is_none() {
            return;
        }
        let says = |words: &[&str]| any(part.text, words);
        let document = self.document;
        // Whoever keeps or sends data has it open at one end that is not the user's.
        let ends = says(&[
            "end-to-end encrypt~",
            "end to end encrypt~",
            "zero-knowledge",
        ]);
        let is_ours = document
            .store
            .values()
            .any(|store| store.kind != Some(StoreKind::Client));
        let strong = says(&["256-bit", "aes 256", "aes-256"]);
        let algorithms = document.vault.iter().flat_map(|vault| &vault.algorithms);
        let is_strong = { algorithms }.any(|name| name.contains("256"));
        let tls = says(&["tls 1.3", "tls1.3"]);
        let transport = document.transport.as_ref();
        let min_tls = transport.and_then(|transport| transport.min_tls.as_deref());
        let all = says(&["all", "everything"]);
        let all = all.filter(|_| {
            says(&["encrypted"]).is_some() && says(&["transit", "transport"]).is_none()
        });
        let is_open = document.category.keys().any(|name| {
            let form = document.form_of(name);
            let closed = matches!(form, Some(Form::Sealed | Form::Hashed | Form::Never));
            document.is_kept(name) && !closed
        });
        let at_rest = self.attested(AttestationKind::EncryptionAtRest);
        for (found, holds) in [
            (ends, !is_ours),
            (strong, is_strong || at_rest),
            (tls, min_tls == Some("1.3")),
            (all, !is_open || at_rest),
        ] {
            if let Some(at) = found.filter(|_| !holds) {
                self.find(NoticeCode::EncryptionClaim, part, at, None);
            }
        }
    }

    /// Data that stays in an area, on the controller's machines or on the user's.
    fn places(&mut self, part: Part<'_>) {
        let says = |words: &[&str]| any(part.text, words);
        let moves = [
            "leave",
            "leaves",
            "move~",
            "outside",
            "send",
            "sent",
            "transfer~",
        ];
        let lies = [
            "host~", "kept", "lies", "live", "lives", "located", "process~", "remain~", "stay",
            "stays", "store~",
        ];
        let only = ["all", "always", "entirely", "exclusively", "only", "solely"];
        let never_leaves = part.denies && says(&moves).is_some();
        let stays = !part.denies && says(&lies).is_some() && says(&only).is_some();
        if !(never_leaves || stays) || says(EXCEPTIONS).is_some() {
            return;
        }
        for (names, area, regions) in AREAS {
            let Some(at) = says(names) else { continue };
            let far = self.regions().any(|region| {
                let mut within = regions.iter();
                !within.any(|area| is_within(region, area))
            });
            if far {
                self.find(NoticeCode::PlaceClaim, part, at, Some(area));
            }
        }
        let ours = says(&[
            "our infrastructure",
            "our own",
            "our servers",
            "our systems",
            "own servers",
        ]);
        // What is stored here may still be sent to somebody; what stays here may not.
        let moves = never_leaves || says(&["remain~", "stay", "stays"]).is_some();
        let leaves = match moves {
            true => self.has_recipients(),
            false => self.is_kept_by_others(),
        };
        if let Some(at) = ours.filter(|_| leaves) {
            self.find(NoticeCode::PlaceClaim, part, at, Some("own machines"));
        }
        let yours = says(&[
            "your browser",
            "your computer",
            "your device~",
            "your machine",
            "your own device~",
        ]);
        let mut stores = self.document.store.values();
        let elsewhere = stores.any(|store| store.kind != Some(StoreKind::Client));
        if let Some(at) = yours.filter(|_| elsewhere) {
            self.find(NoticeCode::PlaceClaim, part, at, Some("device"));
        }
    }

    /// What the providers of models keep.
    fn retention(&mut self, part: Part<'_>) {
        let says = |words: &[&str]| any(part.text, words);
        let zero = says(&[
            "no retention",
            "zero data retention",
            "zero retention",
            "zero-retention",
        ]);
        let of_models = says(&[
            "ai provider~",
            "anthropic",
            "gemini",
            "model provider~",
            "models",
            "openai",
        ]);
        let denied = part.denies && of_models.is_some() && says(STORES).is_some();
        // Under the customer's own contract it is for the customer to know.
        let theirs = says(&["bring your own", "own model", "your own provider"]).is_some();
        let found = zero.or(of_models.filter(|_| denied && !theirs));
        if let Some(at) = found.filter(|_| !self.keeps_nothing()) {
            self.find(NoticeCode::ZeroRetentionClaim, part, at, None);
        }
    }

    /// Whether purposes are not pursued, or only as far as a sentence says.
    pub(super) fn is_ruled_out(&self, purposes: &[&str], text: &str) -> bool {
        let asks = [
            "without your consent",
            "without your permission",
            "unless you agree",
            "unless you consent",
        ];
        let consent = any(text, &asks).is_some();
        let mut stated = self.document.purpose.iter();
        !stated.any(|(name, stated)| {
            let pursued = match stated.verdict {
                Some(Verdict::Permitted) => true,
                Some(Verdict::Consent) => !consent,
                _ => false,
            };
            pursued && purposes.iter().any(|purpose| is_within(name, purpose))
        })
    }

    /// Whether anybody gets data but under the customer's own contract.
    pub(super) fn has_recipients(&self) -> bool {
        let mut all = self.document.processor.values();
        all.any(|one| one.role != Some(RecipientRole::CustomerContract))
    }

    /// Whether anybody who acts for purposes of their own gets what a sentence is about.
    pub(super) fn third_parties_get(&self, text: &str) -> bool {
        let is_talk_alone = any(text, TALKS).is_some();
        let reaches = |listed: &[String]| {
            let mut names = self.document.category.keys();
            !is_talk_alone || names.any(|name| is_talk(name) && has(listed, name))
        };
        let mut parties = self.document.processor.values();
        let mut disclosures = self.document.disclosure.iter();
        disclosures.any(|one| reaches(&one.categories))
            || parties.any(|one| {
                one.role == Some(RecipientRole::IndependentController) && reaches(&one.categories)
            })
    }

    /// Whether a store of others keeps data, other than what the provider of a model holds
    /// of its answers.
    fn is_kept_by_others(&self) -> bool {
        let of_models = |kind| {
            matches!(
                kind,
                Some(
                    StoreKind::ProviderBatches
                        | StoreKind::ProviderCache
                        | StoreKind::ProviderFiles
                        | StoreKind::ProviderResponses
                )
            )
        };
        let mut stores = self.document.store.values();
        stores
            .any(|store| store.operator == Some(StoreOperator::Processor) && !of_models(store.kind))
    }

    /// The regions where data is kept or processed.
    fn regions(&self) -> impl Iterator<Item = &String> {
        let stores = self.document.store.values();
        let stores = stores.filter_map(|store| store.region.as_ref());
        let parties = self.document.processor.values();
        let parties = parties.filter(|one| one.role != Some(RecipientRole::CustomerContract));
        stores.chain(parties.flat_map(|one| &one.regions))
    }

    /// Whether IP addresses are kept in another form than these.
    pub(super) fn keeps_addresses(&self, but_as: &[Form]) -> bool {
        let mut all = self.document.category.iter();
        all.any(|(name, category)| {
            let described = category.description.as_deref().unwrap_or_default();
            let described = described.to_ascii_lowercase().contains("ip address");
            let form = self.document.form_of(name);
            let named = described || category.fields.contains_key("ip");
            named && !form.is_some_and(|form| but_as.contains(&form))
        })
    }

    fn anonymises(&self) -> bool {
        let mut names = self.document.category.keys();
        names.any(|name| self.document.is_anonymous(name))
    }
}

/// Whether a cookie is for what the user asked for.
const fn is_needed(class: Option<CookieClass>) -> bool {
    matches!(
        class,
        Some(CookieClass::Essential | CookieClass::Functional)
    )
}
