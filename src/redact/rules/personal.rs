//! Personal data that has a checkable form.

use super::super::finding::Kind;
use super::super::rule::{Check, Form, Rule, Structure};

const fn personal(
    id: &'static str,
    kind: Kind,
    structure: Structure,
    source: &'static str,
    found: &'static [&'static str],
    passed: &'static [&'static str],
) -> Rule {
    Rule {
        id,
        provider: "any",
        kind,
        form: Form::Structure(structure),
        check: Check::None,
        source,
        found,
        passed,
    }
}

pub(super) const RULES: &[Rule] = &[
    personal(
        "email-address",
        Kind::Email,
        Structure::Email,
        "https://www.rfc-editor.org/rfc/rfc5321#section-4.1.2",
        &[
            "write to «jo.doe+shop@mail.confidant.test», please",
            "<«a_b@c-d.org»>",
        ],
        &[
            "icon@2x.png",
            "user@localhost",
            "@decorator.call",
            "git@@host.org",
        ],
    ),
    personal(
        "payment-card",
        Kind::Card,
        Structure::Card,
        "https://www.iso.org/standard/70484.html",
        &[
            "card «4242 4242 4242 4242» ok",
            "amex:«378282246310005»",
            "«5555-5555-5555-4444»",
        ],
        &[
            "4242 4242 4242 4243",
            "1234567812345670",
            "id=42424242424242424242",
        ],
    ),
    personal(
        "iban",
        Kind::Iban,
        Structure::Iban,
        "https://www.iso.org/standard/81090.html",
        &[
            "to «DE89 3704 0044 0532 0130 00», thanks",
            "iban=«GB29NWBK60161331926819»",
        ],
        &["DE88 3704 0044 0532 0130 00", "AB12CDEF"],
    ),
    personal(
        "ipv4-address",
        Kind::Ip,
        Structure::Ipv4,
        "https://www.rfc-editor.org/rfc/rfc791",
        &[
            "from «203.0.113.7» at noon",
            "http://«198.51.100.23»:8080/x",
        ],
        &["127.0.0.1", "version 1.2.3", "1.2.3.4.5", "300.1.2.3"],
    ),
    personal(
        "ipv6-address",
        Kind::Ip,
        Structure::Ipv6,
        "https://www.rfc-editor.org/rfc/rfc4291#section-2.2",
        &[
            "from «2001:db8:85a3::8a2e:370:7334» at noon",
            "[«2001:db8::1»]:443",
        ],
        &["::1", "at 12:34:56", "std::fmt::Debug"],
    ),
    personal(
        "mac-address",
        Kind::Mac,
        Structure::Mac,
        "https://standards.ieee.org/products-programs/regauth/",
        &["ether «02:42:ac:11:00:02» up", "«AC-DE-48-00-11-22»"],
        &["00:00:00:00:00:00", "02:42:ac:11:00:02:07"],
    ),
    personal(
        "us-social-security-number",
        Kind::NationalId,
        Structure::UsSocialSecurity,
        "https://www.ssa.gov/employer/randomization.html",
        &["ssn «219-09-9999»"],
        &["000-12-3456", "666-12-3456", "219-09-99999"],
    ),
    personal(
        "phone-number",
        Kind::Phone,
        Structure::Phone,
        "https://www.itu.int/rec/T-REC-E.164",
        &[
            "call «+44 20 7946 0958» now",
            "call «(212) 555-0143» now",
            "call «212-555-0143» now",
        ],
        &["+12", "112-555-0143", "212-555-01434"],
    ),
];
