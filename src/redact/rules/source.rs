//! Source hosting and continuous integration.

use super::super::finding::Kind;
use super::super::rule::{Check, Form, Rule};
use super::super::shape::Shape;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "github-pat",
        provider: "GitHub",
        kind: Kind::Token,
        form: Form::Token {
            prefixes: &["ghp_"],
            body: Shape::parse("[A-Za-z0-9]{36}"),
        },
        check: Check::Crc32Base62,
        source: "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats",
        found: &["token = «ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA»"],
        passed: &[
            "ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMp",
            "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        ],
    },
    Rule {
        id: "github-fine-grained-pat",
        provider: "GitHub",
        kind: Kind::Token,
        form: Form::Token {
            prefixes: &["github_pat_"],
            body: Shape::parse("[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
        },
        check: Check::None,
        source: "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats",
        found: &[
            "«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»",
        ],
        passed: &["github_pat_11BK4TQRA0vXmZ2LsYpN7d"],
    },
];
