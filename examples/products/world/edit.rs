//! Policy documents that say something else than their product does.

use super::Switch;

/// Returns the document without what a switch takes out of it. Switches that are no change
/// of a document leave it as it is.
pub(super) fn edited(text: &str, switch: Switch) -> String {
    let of = |section: &str, swaps: &[(&str, &str)]| {
        let each = |table: &str| {
            swaps.iter().fold(table.to_owned(), |table, (old, new)| {
                table.replace(old, new)
            })
        };
        tables(text, section, each)
    };
    match switch {
        Switch::ConsentDefaultAllow => tables(text, "purpose.", |table| {
            let permitted = table.replace(
                "verdict = \"consent\"",
                "verdict = \"permitted\"\nbasis = \"contract\"",
            );
            // Consent to what needs none lasts for no time.
            with_lines(&permitted, |key, _| {
                (key == "consent_valid").then(String::new)
            })
        }),
        Switch::ProhibitionIgnored => {
            let verdict = format!(
                "verdict = \"permitted\"\nbasis = \"contract\"\ncategories = [{}]",
                listed(&stored(text))
            );
            let open = of("purpose.", &[("verdict = \"prohibited\"", &verdict)]);
            // What is trained on is redacted, or the document does not compile.
            match open.contains("[redaction.training]") {
                true => open,
                false => format!(
                    "{open}\n[redaction.training]\nmode = \"redact\"\ndetectors = [\"secrets\"]\n"
                ),
            }
        }
        Switch::PurposesOpen => {
            let all = stored(text);
            tables(text, "purpose.", |table| {
                match table.contains("aggregates_only") {
                    true => table.to_owned(),
                    false => with_lines(table, |key, value| {
                        let own = all
                            .iter()
                            .filter(|name| !value.contains(&format!("\"{name}\"")));
                        let own: Vec<String> = own.cloned().collect();
                        let more = value.replacen(']', &format!(", {}]", listed(&own)), 1);
                        (key == "categories").then_some(more)
                    }),
                }
            })
        }
        Switch::ObjectionIgnored => of(
            "purpose.",
            &[("objection = \"stop\"", "objection = \"review\"")],
        ),
        Switch::AgeIgnored => tables(text, "age]", |table| {
            with_lines(table, |key, _| (key == "minimum").then(|| "2".to_owned()))
        }),
        Switch::HostsOpen => of("transport]", &[("closed = true", "closed = false")]),
        Switch::NoticeUngated => of("notice]", &[("gate = true", "gate = false")]),
        Switch::GroundsIgnored => of(
            "[disclosure]]",
            &[("approvers = 2\n", ""), ("same_commitments = true\n", "")],
        ),
        Switch::RotationLate => of(
            "pseudonym.",
            &[
                ("\"P1D\"", "\"P2D\""),
                ("\"P30D\"", "\"P31D\""),
                ("\"P1Y\"", "\"P2Y\""),
            ],
        ),
        Switch::RecipientsOpen => recipients(text),
        Switch::MessagesOpen => {
            let all = names(text, "message.");
            tables(text, "processor.", |table| {
                with_lines(table, |key, _| {
                    (key == "messages").then(|| format!("[{}]", listed(&all)))
                })
            })
        }
        Switch::CredentialsUnbound => {
            let all = permitted(text);
            tables(text, "credential.", |table| {
                with_lines(table, |key, _| match key {
                    "purposes" => Some(format!("[{}]", listed(&all))),
                    "scope" => Some(String::new()),
                    _ => None,
                })
            })
        }
        Switch::TelemetryOpen => {
            let fields = "email = \"word\", prompt = \"word\", referrer = \"word\", user = \"word\", model = \"word\"";
            let open = tables(text, "telemetry.event.", |table| {
                with_lines(table, |key, value| {
                    let open = value.replacen('{', &format!("{{ {fields}, "), 1);
                    (key == "fields").then_some(open)
                })
            });
            tables(&open, "telemetry]", |table| {
                with_lines(table, |key, _| {
                    (key == "min_group").then(|| "2\nper_subject = true".to_owned())
                })
            })
        }
        Switch::CertificationShown => {
            let shown = text.replace("\ndisclaimed = true", "");
            match shown == text {
                true => shown,
                false => format!("{shown}{}{}", attested("soc2"), attested("iso27001")),
            }
        }
        Switch::CookiesUnchecked => tables(text, "cookie.", |table| {
            with_lines(table, |key, _| match key {
                "secure" => Some("false".to_owned()),
                "max_age" => Some("\"P2Y\"".to_owned()),
                "kind" => Some("\"cookie\"".to_owned()),
                _ => None,
            })
        }),
        _ => text.to_owned(),
    }
}

/// Returns an attestation of the controller.
fn attested(kind: &str) -> String {
    format!(
        "\n[[attestation]]\nid = \"own-{kind}\"\nkind = \"{kind}\"\nissued = 2026-01-10\nexpires = 2028-01-10\nevidence = \"sha256:{}\"\nchecked_by = \"auditor\"\n",
        "7a".repeat(32)
    )
}

/// Lets recipients and routes take everything, everywhere.
fn recipients(text: &str) -> String {
    let (purposes, categories) = (permitted(text), stored(text));
    let open = |table: &str| {
        with_lines(table, |key, _| match key {
            "purposes" => Some(format!("[{}]", listed(&purposes))),
            "categories" => Some(format!("[{}]", listed(&categories))),
            "fields" | "environments" => Some(String::new()),
            _ => None,
        })
    };
    tables(&tables(text, "processor.", open), "[route]]", open)
}

/// Returns the names of the tables of a section.
fn names(text: &str, section: &str) -> Vec<String> {
    let tables = text.lines().filter_map(|line| line.strip_prefix('['));
    let tables = tables.filter_map(|line| line.strip_prefix(section));
    let names = tables.map(|name| name.trim_end_matches(']').trim_matches('"').to_owned());
    names.collect()
}

/// Returns the purposes that are not prohibited.
fn permitted(text: &str) -> Vec<String> {
    let tables = text.split("\n[purpose.").skip(1);
    let tables = tables.filter_map(|table| table.split("\n[").next());
    let tables = tables.filter(|table| !table.contains("\"prohibited\""));
    let names = tables.filter_map(|table| table.split_once(']'));
    names.map(|(name, _)| name.to_owned()).collect()
}

/// Returns the categories that may be stored and used.
fn stored(text: &str) -> Vec<String> {
    let mut all = names(text, "category.");
    all.retain(|name| !matches!(&**name, "card" | "account.password"));
    all
}

fn listed(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    quoted.join(", ")
}

/// Changes the tables of one section: what stands after the bracket of their header begins
/// with `section`.
fn tables(text: &str, section: &str, change: impl Fn(&str) -> String) -> String {
    let mut changed = String::new();
    for (at, table) in text.split("\n[").enumerate() {
        if at > 0 {
            changed.push_str("\n[");
        }
        match at > 0 && table.starts_with(section) {
            true => changed.push_str(&change(table)),
            false => changed.push_str(table),
        }
    }
    changed
}

/// Changes the values of keys, or takes lines away: those for which `change` returns an
/// empty text.
fn with_lines(table: &str, change: impl Fn(&str, &str) -> Option<String>) -> String {
    let mut lines = Vec::new();
    for line in table.split('\n') {
        let other = line.split_once(" = ").and_then(|(key, value)| {
            change(key, value).map(|value| match value.is_empty() {
                true => String::new(),
                false => format!("{key} = {value}"),
            })
        });
        lines.push(other.unwrap_or_else(|| line.to_owned()));
    }
    lines.join("\n")
}
