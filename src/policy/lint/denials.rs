//! What notices commonly deny, and what bears it out.

use super::lint::Lint;
use crate::policy::document::{CookieClass, Form, Function};

/// Something that notices deny.
pub(super) struct Denial {
    /// A word of each list stands in the sentence.
    pub(super) says: &'static [&'static [&'static str]],
    /// None of these does, with which it means something else.
    pub(super) unless: &'static [&'static str],
    pub(super) name: &'static str,
    /// Whether the policy bears it out.
    pub(super) holds: fn(&Lint<'_>, &str) -> bool,
}

pub(super) const STORES: &[&str] = &[
    "keep", "keeps", "kept", "log", "logged", "logs", "retain~", "save", "saved", "store",
    "stored", "stores",
];

/// What people write to models.
pub(super) const TALKS: &[&str] = &["chats", "conversation~", "messages", "prompt", "prompts"];

/// Returns whether a category is of what people write to models.
pub(super) fn is_talk(name: &str) -> bool {
    let talks = ["chat", "conversation", "prompt"];
    name.split('.').any(|part| talks.contains(&part))
}

const SHARES: &[&str] = &[
    "disclos~", "give", "given", "pass", "passed", "provide~", "share", "shared", "shares",
    "sharing",
];

pub(super) const DENIALS: &[Denial] = &[
    Denial {
        says: &[&[
            "lease", "monetis~", "monetiz~", "rent", "rented", "sell", "selling", "sells", "sold",
            "trade", "traded",
        ]],
        unless: &[],
        name: "sale",
        holds: |lint, text| lint.is_ruled_out(&["sale"], text),
    },
    Denial {
        says: &[&["train", "trained", "training", "trains"]],
        unless: &["employee~", "staff"],
        name: "training",
        holds: |lint, text| lint.is_ruled_out(&["training"], text),
    },
    Denial {
        says: &[&["ads", "advertis~"]],
        unless: &["cookie~"],
        name: "advertising",
        holds: |lint, text| {
            let ruled_out = lint.is_ruled_out(&["ad_profiling", "ads", "advertising"], text);
            ruled_out && !lint.has_function(Function::Advertising)
        },
    },
    Denial {
        says: &[&["profil~"]],
        unless: &["profile page~", "public profile~", "your profile"],
        name: "profiling",
        holds: |lint, text| {
            let decides = !lint.document.automated_decision.is_empty();
            !decides && lint.is_ruled_out(&["ad_profiling", "profiling"], text)
        },
    },
    Denial {
        says: &[
            &["other companies", "outside parties", "third part~"],
            SHARES,
        ],
        unless: EXCEPTIONS,
        name: "sharing",
        holds: |lint, text| !lint.third_parties_get(text),
    },
    Denial {
        says: &[&["anybody", "anyone", "with others"], SHARES],
        unless: EXCEPTIONS,
        name: "sharing",
        holds: |lint, _| !lint.has_recipients() && lint.document.disclosure.is_empty(),
    },
    Denial {
        says: &[&["third-party analytics", "third party analytics"]],
        unless: &[],
        name: "analytics",
        holds: |lint, _| !lint.has_function(Function::Analytics),
    },
    Denial {
        says: &[
            &["engage", "have", "rely", "use", "uses"],
            &[
                "outside provider~",
                "sub-processor~",
                "subprocessor~",
                "third-party provider~",
                "third-party service~",
            ],
        ],
        unless: EXCEPTIONS,
        name: "recipients",
        holds: |lint, _| !lint.has_recipients(),
    },
    Denial {
        says: &[
            &[
                "colleague~",
                "employee~",
                "human~",
                "no one at",
                "nobody at",
                "personnel",
                "staff",
                "team",
            ],
            &[
                "access", "accesses", "look", "looks", "open", "opens", "read", "reads", "see",
                "sees", "view", "views",
            ],
        ],
        unless: EXCEPTIONS,
        name: "staff",
        holds: |lint, _| {
            let visibility = lint.document.visibility.as_ref();
            visibility.is_none_or(|visibility| visibility.staff.is_empty())
        },
    },
    Denial {
        says: &[
            &["automated", "automatic", "automatically", "solely"],
            &["decid~", "decision~"],
        ],
        unless: &[],
        name: "automated decisions",
        holds: |lint, _| lint.document.automated_decision.is_empty(),
    },
    Denial {
        says: &[
            &[
                "ai",
                "artificial intelligence",
                "language model~",
                "machine learning",
            ],
            &["employ", "use", "used", "uses", "using"],
        ],
        unless: &["content", "conversation~", "data", "prompt~", "train~"],
        name: "AI",
        holds: |lint, _| {
            let told = lint.document.ai_disclosure.is_empty();
            told && lint.document.route.is_empty() && !lint.has_function(Function::Model)
        },
    },
    Denial {
        says: &[
            &["record", "recorded", "recording~", "records"],
            &["keystroke~", "screen~", "session~"],
        ],
        unless: &[],
        name: "session recording",
        holds: |lint, text| {
            let mut cookies = lint.document.cookie.values();
            let records = cookies.any(|cookie| cookie.class == Some(CookieClass::Recording));
            let ruled_out = lint.is_ruled_out(&["session_recording"], text);
            ruled_out && !records && !lint.has_function(Function::SessionRecording)
        },
    },
    Denial {
        says: &[
            &["track", "tracked", "tracking", "tracks"],
            &["people", "users", "visitors", "you"],
        ],
        unless: &["cookie~"],
        name: "tracking",
        holds: |lint, _| {
            let follows =
                |class| matches!(class, Some(CookieClass::Marketing | CookieClass::Tracking));
            let mut cookies = lint.document.cookie.values();
            let follows = cookies.any(|cookie| follows(cookie.class));
            !follows && !lint.has_function(Function::Advertising)
        },
    },
    Denial {
        says: &[
            &["collect", "collected", "collects"],
            &[
                "any data",
                "any information",
                "any personal",
                "no data",
                "no information",
                "no personal",
            ],
        ],
        unless: &[
            "another",
            "beyond",
            "child~",
            "knowingly",
            "minors",
            "more",
            "other",
            "under",
        ],
        name: "collection",
        holds: |lint, _| {
            let mut names = lint.document.category.keys();
            !names.any(|name| lint.document.is_kept(name))
        },
    },
    Denial {
        says: &[&["password~"], STORES],
        unless: &["clear", "plain~", "readable", "unhashed"],
        name: "passwords",
        holds: |lint, _| {
            let mut all = lint.document.category.iter();
            !all.any(|(name, one)| one.password && lint.document.is_kept(name))
        },
    },
    Denial {
        says: &[&["card", "cards"], STORES],
        unless: &[],
        name: "cards",
        holds: |lint, _| {
            let mut all = lint.document.category.iter();
            !all.any(|(name, one)| one.card && lint.document.form_of(name) != Some(Form::Never))
        },
    },
    Denial {
        says: &[&["ip address~"], &["collect", "collected", "collects"]],
        unless: &["full", "plain~", "raw"],
        name: "IP addresses",
        holds: |lint, _| !lint.keeps_addresses(&[Form::Never]),
    },
    Denial {
        says: &[&["ip address~"], STORES],
        unless: &["full", "plain~", "raw"],
        name: "IP addresses",
        holds: |lint, _| !lint.keeps_addresses(&[Form::Never, Form::Pseudonym, Form::Hashed]),
    },
    Denial {
        says: &[TALKS, STORES],
        unless: &[
            "after",
            "beyond",
            "longer",
            "model",
            "models",
            "openai",
            "plain~",
            "provider~",
            "than",
        ],
        name: "conversations",
        holds: |lint, _| {
            let mut names = lint.document.category.keys();
            !names.any(|name| is_talk(name) && lint.document.is_kept(name))
        },
    },
];

/// With these a sentence says itself that it does not hold everywhere.
pub(super) const EXCEPTIONS: &[&str] = &[
    "apart from",
    "except~",
    "other than",
    "save for",
    "unless",
    "beyond what",
];
