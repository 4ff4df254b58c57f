//! Documents of many syntaxes, made and read back by other libraries: a secret is
//! hidden whole and alone, and the document stays what it is.

mod chats;
mod enclosed;
mod ends;
mod everyday;
mod kinds;
mod values;
mod writers;

use confidant::redact::Redactor;
use values::Random;
use writers::{Member, SYNTAXES, Syntax};

/// How many documents of each syntax are made.
const DOCUMENTS: usize = 1_000;

/// The shares that are held, in percent.
const LEAST_HIDDEN: f64 = 99.0;
const LEAST_INTACT: f64 = 100.0;
const LEAST_KEPT: f64 = 99.0;

/// What happened to the documents of one syntax.
#[derive(Default)]
struct Tally {
    documents: usize,
    hidden: usize,
    intact: usize,
    wrong: Vec<String>,
}

impl Tally {
    fn share(&self, part: usize) -> f64 {
        100.0 * part as f64 / self.documents.max(1) as f64
    }
}

/// Whether no six bytes of a value are left.
fn is_hidden(left: &str, value: &str) -> bool {
    let value = value.as_bytes();
    let part = value.len().min(6);
    !value
        .windows(part)
        .any(|part| left.as_bytes().windows(part.len()).any(|left| left == part))
}

/// The members without the one at `secret`, to compare two readings.
fn others(members: &[Member], secret: &str) -> Vec<Member> {
    let others = members.iter().filter(|(name, _)| name != secret);
    others.cloned().collect()
}

fn run(redactor: &Redactor, syntax: &Syntax, random: &mut Random) -> Tally {
    let mut tally = Tally::default();
    while tally.documents < DOCUMENTS {
        let value = random.password();
        if !(syntax.carries)(&value) {
            continue;
        }
        let (name, mut members) = random.members(syntax.single);
        let place = random.below(members.len() + 1);
        members.insert(place, (name.clone(), value.clone()));
        let text = (syntax.write)(&members);
        let Some(before) = (syntax.read)(&text) else {
            panic!("{}: the reader fails on {text:?}", syntax.name);
        };
        let known = before.iter().find(|(key, _)| *key == name);
        let known = known.unwrap_or_else(|| panic!("{}: {name} is lost in {text:?}", syntax.name));
        assert_eq!(known.1, value, "{}: {text:?}", syntax.name);
        let redacted = redactor.redact(&text).as_str().to_owned();
        let after = (syntax.read)(&redacted);
        let left = after
            .as_ref()
            .and_then(|after| after.iter().find(|(key, _)| *key == name))
            .map(|(_, left)| left.as_str());
        let hidden = left.is_some_and(|left| is_hidden(left, &value))
            || after.is_none() && is_hidden(&redacted, &value);
        let intact = after.as_ref().is_some_and(|after| {
            after.len() == before.len() && others(after, &name) == others(&before, &name)
        });
        tally.documents += 1;
        tally.hidden += usize::from(hidden);
        tally.intact += usize::from(intact);
        if !(hidden && intact) && tally.wrong.len() < 400 {
            let how = if hidden { "broken" } else { "missed" };
            tally
                .wrong
                .push(format!("{how}: {value}\n{text}\n=> {redacted}"));
        }
    }
    tally
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn values_are_hidden_and_documents_stay_intact() {
    let redactor = Redactor::secrets();
    let show = std::env::var("CONFIDANT_SHOW_SYNTAX").ok();
    let mut wrong = Vec::new();
    for (number, syntax) in SYNTAXES.iter().enumerate() {
        let mut random = Random::new(0x5EED + number as u64);
        let tally = run(&redactor, syntax, &mut random);
        let (hidden, intact) = (tally.share(tally.hidden), tally.share(tally.intact));
        println!(
            "{:24} hidden {hidden:5.1} %, intact {intact:5.1} %",
            syntax.name
        );
        if show.as_deref() == Some(syntax.name) {
            println!("{}", tally.wrong.join("\n\n"));
        }
        if hidden < LEAST_HIDDEN || intact < LEAST_INTACT {
            let examples = tally.wrong.iter().take(3).cloned().collect::<Vec<_>>();
            wrong.push(format!(
                "{} {hidden:.1} / {intact:.1}: {examples:#?}",
                syntax.name
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn references_and_neutral_values_stay() {
    let redactor = Redactor::secrets();
    let mut wrong = Vec::new();
    for (number, syntax) in SYNTAXES.iter().enumerate() {
        let mut random = Random::new(0xBEEF + number as u64);
        let (mut documents, mut kept) = (0, 0);
        let mut flagged = Vec::new();
        while documents < DOCUMENTS {
            let value = random.reference();
            if !(syntax.carries)(&value) {
                continue;
            }
            let (name, mut members) = random.members(syntax.single);
            members.push((name, value));
            let text = (syntax.write)(&members);
            let redacted = redactor.redact(&text);
            documents += 1;
            kept += usize::from(redacted.as_str() == text);
            if redacted.as_str() != text && flagged.len() < 3 {
                flagged.push(format!("{text} => {}", redacted.as_str()));
            }
        }
        let share = 100.0 * kept as f64 / documents as f64;
        println!("{:24} kept {share:5.1} %", syntax.name);
        if share < LEAST_KEPT {
            wrong.push(format!("{} {share:.1}: {flagged:#?}", syntax.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Strong passwords of 14 characters in the places where people write them.
#[test]
#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn strong_passwords_are_hidden_whole() {
    type Write = fn(&str) -> String;
    let places: [(&str, Write); 8] = [
        (".env", |value| {
            format!("PORT=80\nDB_PASSWORD={value}\nHOST=h1\n")
        }),
        ("YAML", |value| {
            format!("db:\n  password: {value}\n  host: h1\n")
        }),
        ("INI", |value| {
            format!("[db]\nhost = h1\npassword = {value}\nport = 5\n")
        }),
        ("JSON", |value| {
            serde_json::json!({"host": "h1", "password": value}).to_string()
        }),
        ("Python", |value| {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"");
            format!("host = \"h1\"\npassword = \"{value}\"\nport = 5\n")
        }),
        ("prose", |value| {
            format!("Hi, the password is {value} and the host is h1.\n")
        }),
        ("flag", |value| {
            format!("mysqldump --host h1 --password {value} shop > a.sql\n")
        }),
        ("flag with =", |value| {
            format!("mysqldump --host h1 --password={value} shop\n")
        }),
    ];
    let redactor = Redactor::secrets();
    let mut wrong = Vec::new();
    for (number, (name, write)) in places.iter().enumerate() {
        let mut random = Random::new(0xACE + number as u64);
        let mut hidden = 0;
        let mut missed = Vec::new();
        for _ in 0..DOCUMENTS {
            let value = random.strong(14);
            let text = write(&value);
            let redacted = redactor.redact(&text);
            // One mark at an end may be left.
            let inner = &value[1..13];
            let ok = is_hidden(redacted.as_str(), inner);
            hidden += usize::from(ok);
            if !ok && missed.len() < 5 {
                missed.push(text);
            }
        }
        let share = 100.0 * hidden as f64 / DOCUMENTS as f64;
        println!("{name:12} hidden {share:5.1} %");
        if share < 98.0 {
            wrong.push(format!("{name} {share:.1}: {missed:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
