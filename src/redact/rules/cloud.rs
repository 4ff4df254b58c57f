//! Cloud platforms.

use super::super::finding::Kind;
use super::super::rule::{Check, Form, Rule};
use super::super::shape::Shape;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "aws-access-key-id",
    provider: "Amazon Web Services",
    kind: Kind::ApiKey,
    form: Form::Token {
        prefixes: &["AKIA", "ASIA", "ABIA", "ACCA"],
        body: Shape::parse("[A-Z2-7]{16}"),
    },
    check: Check::None,
    source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids",
    found: &["aws_access_key_id = «AKIAQ3EGRIZJ7OWLMXUV»"],
    passed: &["AKIAQ3EGRIZJ7OWLMXU", "AKIAXXXXXXXXXXXXXXXX"],
}];
