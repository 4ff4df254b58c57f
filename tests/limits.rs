//! The numbers in the pages on limits, and in the README, are those of the code.

use std::fs;
use std::path::Path;
use std::time::Duration;

fn page(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// A number as the pages write it: with a comma between thousands.
fn number(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or(u64::MAX).to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A size as the pages write it: in MiB or KiB where it is a whole number of them.
fn size(bytes: usize) -> String {
    match bytes {
        _ if bytes >= 1 << 20 && bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        _ if bytes >= 1 << 13 && bytes.is_multiple_of(1 << 10) => format!("{} KiB", bytes >> 10),
        _ => format!("{} bytes", number(bytes)),
    }
}

fn minutes(duration: Duration) -> String {
    format!("{} minutes", duration.as_secs() / 60)
}

/// Looks for the row of this item in the section of the page on limits, and in it for each
/// of the texts.
#[track_caller]
fn row(section: &str, item: &str, texts: &[String]) {
    let page = page("src/manual/limits.md");
    let start = page.find(&format!("## {section}\n"));
    let start = start.unwrap_or_else(|| panic!("no section {section}"));
    let rest = &page[start + 3..];
    let rest = &rest[..rest.find("\n## ").unwrap_or(rest.len())];
    let mut rows = rest.lines().filter(|line| line.starts_with("| "));
    let row = rows.find(|row| row[2..].starts_with(item));
    let row = row.unwrap_or_else(|| panic!("no row {item} in {section}"));
    let limit = row[2..].split_once(" | ").unwrap().1;
    for text in texts {
        let found = limit.match_indices(text.as_str()).any(|(at, found)| {
            let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit() || c == ',');
            let before = limit[..at].chars().next_back();
            let after = limit[at + found.len()..].chars();
            // A comma that ends the number belongs to the sentence.
            let after: String = after.take(2).collect();
            let goes_on = after.starts_with(|c: char| c.is_ascii_digit())
                || after.starts_with(',') && after[1..].starts_with(|c: char| c.is_ascii_digit());
            !digit(before) && !goes_on
        });
        assert!(
            found,
            "{section}: the row `{item}` should say {text}: {row}"
        );
    }
}

#[test]
fn limits_of_the_store() {
    use confidant::store::{Batch, MAX_PAGE, RecordKey};

    let section = "Stores";
    row(
        section,
        "tenant and collection",
        &[size(RecordKey::MAX_NAME)],
    );
    row(section, "path of a", &[size(RecordKey::MAX_PATH)]);
    row(section, "value in a", &[size(Batch::MAX_VALUE)]);
    let batch = [number(Batch::MAX_LEN), size(Batch::MAX_BYTES)];
    row(section, "a [`Batch`]", &batch);
    row(section, "records or names of one page", &[number(MAX_PAGE)]);
}

#[test]
fn limits_of_retention() {
    use confidant::retention::{
        Brakes, History, HoldId, Holds, Order, Person, RunConfirmation, Schedule, ScheduleBuilder,
        Stores,
    };

    let section = "Retention";
    row(
        section,
        "clauses of a schedule",
        &[number(Schedule::MAX_CLAUSES)],
    );
    row(
        section,
        "categories of a schedule",
        &[number(Schedule::MAX_CATEGORIES)],
    );
    row(section, "versions of a history", &[number(History::MAX)]);
    row(section, "holds", &[number(Holds::MAX)]);
    row(section, "stores", &[number(Stores::MAX)]);
    assert_eq!(Person::MAX_LEN, HoldId::MAX_LEN);
    row(
        section,
        "a person, the name",
        &[format!("1 to {}", Person::MAX_LEN)],
    );
    row(section, "the key of a record", &[size(Order::MAX_RECORD)]);
    row(
        section,
        "how wrong the clock",
        &[minutes(ScheduleBuilder::DEFAULT_SKEW)],
    );
    assert_eq!(ScheduleBuilder::DEFAULT_LEAD, Duration::from_secs(86_400));
    row(section, "how long before its deadline", &["a day".into()]);
    let group = format!("{} persons", ScheduleBuilder::DEFAULT_MIN_GROUP);
    row(section, "the smallest group", &[group]);
    let days = format!("{} days", Brakes::DEFAULT_MAX_JUMP.as_secs() / 86_400);
    row(section, "how far the clock may be ahead", &[days]);
    let percent = format!("{} %", Brakes::DEFAULT_MAX_PERCENT);
    let share = [percent, number(Brakes::DEFAULT_ALWAYS_ALLOWED)];
    row(section, "how many records one run", &share);
    assert_eq!(RunConfirmation::VALID_FOR, Duration::from_secs(3_600));
    row(
        section,
        "how long a confirmation counts",
        &["an hour".into()],
    );
}

#[test]
fn limits_elsewhere() {
    use confidant::decision::ClauseId;

    row(
        "Elsewhere",
        "a [`ClauseId`]",
        &[format!("1 to {}", ClauseId::MAX_LEN)],
    );
}

#[test]
#[cfg(feature = "redact")]
fn limits_of_the_redactor() {
    use confidant::redact::{KnownValues, PlaceholderMap};

    let known = [
        format!("{} to", KnownValues::MIN_LEN),
        format!("{} bytes", number(KnownValues::MAX_LEN)),
    ];
    row("Known values", "a value of [`KnownValues`]", &known);
    let most = [number(PlaceholderMap::DEFAULT_LIMIT)];
    row(
        "Detectors, placeholder maps, keys",
        "values of a [`PlaceholderMap`]",
        &most,
    );
}

#[test]
#[cfg(feature = "seal")]
fn limits_of_sealing() {
    use confidant::seal::{CacheLimits, Context, Envelope, KeyId, KeyVersion, WrappedKey};

    let section = "Sealing";
    row(
        section,
        "a value sealed in one piece",
        &[size(Envelope::MAX_PLAINTEXT)],
    );
    let key = [
        number(KeyId::MAX),
        number(KeyVersion::MAX),
        number(WrappedKey::MAX),
    ];
    row(section, "a key id, a key version", &key);
    let context = [Context::MAX_TENANT, Context::MAX_NAME, Context::MAX_KIND].map(number);
    row(section, "tenant, name and kind", &context);
    let extras = [
        number(Context::MAX_EXTRAS),
        number(Context::MAX_EXTRA_KEY),
        size(Context::MAX_EXTRA_BYTES),
    ];
    row(section, "extras of a context", &extras);
    assert_eq!(CacheLimits::MAX_AGE, Duration::from_secs(3_600));
    let cache = ["at most an hour".into(), number(CacheLimits::MAX_ENTRIES)];
    row(section, "the cache of data keys", &cache);
    let services = "Key services";
    row(services, "a wrapped key", &[size(WrappedKey::MAX)]);
    row(
        services,
        "the id and the version",
        &[number(KeyId::MAX), number(KeyVersion::MAX)],
    );
}

#[test]
#[cfg(feature = "passphrase")]
fn limits_of_passphrases() {
    use confidant::seal::PassphraseSettings;

    let (least, most) = PassphraseSettings::MEMORY;
    assert_eq!((least, most), (19 << 10, 1 << 20), "in KiB");
    assert_eq!(PassphraseSettings::PASSES.0, 2, "two passes");
    let texts = [
        "from 19 MiB and two passes up to 1 GiB".to_owned(),
        format!("{} passes", PassphraseSettings::PASSES.1),
        format!("{} lanes", PassphraseSettings::LANES.1),
    ];
    row("Sealing", "a passphrase", &texts);
}

#[test]
#[cfg(feature = "vault")]
fn limits_of_the_vault() {
    use confidant::vault::{EnvFile, NewSecret, Scope, SecretPurpose, VaultReport};

    let section = "Vault";
    row(section, "a value", &[size(NewSecret::MAX_VALUE)]);
    row(
        section,
        "the name of a secret",
        &[format!("1 to {}", NewSecret::MAX_NAME)],
    );
    let terms = [
        number(SecretPurpose::MAX),
        number(Scope::MAX),
        format!("up to {}", NewSecret::MAX_TERMS),
    ];
    row(section, "a purpose, a scope", &terms);
    let labels = [
        number(NewSecret::MAX_LABEL),
        format!("{} labels", NewSecret::MAX_LABELS),
    ];
    row(section, "a kind, a connection", &labels);
    row(
        section,
        "findings of one report",
        &[number(VaultReport::MAX_FINDINGS)],
    );
    row(
        section,
        "a `.env` file",
        &[size(EnvFile::MAX), number(EnvFile::MAX_SETTINGS)],
    );
}

#[test]
#[cfg(feature = "model")]
fn limits_of_batches() {
    use confidant::model::RequestBatch;

    let section = "Batches and files";
    row(section, "requests of a", &[number(RequestBatch::MAX)]);
    row(section, "id of a request", &[number(RequestBatch::MAX_ID)]);
}

#[test]
#[cfg(feature = "policy")]
fn limits_of_policy_documents() {
    use confidant::policy::{Faults, PolicyDoc};

    let page = page("src/manual/policy.md");
    for text in [
        format!("{}, 32 tables", size(PolicyDoc::MAX_LEN)),
        format!("{} faults at once", number(Faults::MAX)),
    ] {
        assert!(
            page.contains(&text),
            "the page on policies should say: {text}"
        );
    }
}

/// What the README says of versions is what the package says.
#[test]
fn the_readme_names_the_versions_of_the_package() {
    let (readme, package) = (page("README.md"), page("Cargo.toml"));
    let field = |name: &str| -> String {
        let start = format!("{name} = \"");
        let line = package.lines().find_map(|line| line.strip_prefix(&start));
        line.unwrap().trim_end_matches('"').to_owned()
    };
    let version = field("version");
    let (short, _) = version.rsplit_once('.').unwrap();
    assert!(readme.contains(&format!("confidant = \"{short}\"")));
    let rust = field("rust-version");
    assert!(readme.contains(&format!("oldest supported Rust is {rust}.")));
    let root = page("src/lib.rs");
    assert!(root.contains(&format!("The oldest supported Rust is {rust}.")));
}

/// The figures of speed stand in one table; the README repeats some of them.
#[test]
fn the_readme_repeats_the_figures_of_the_manual() {
    let (readme, figures) = (page("README.md"), page("src/manual/figures.md"));
    let readme = readme.split_whitespace().collect::<Vec<_>>().join(" ");
    let cells = |item: &str| -> [String; 2] {
        let line = figures
            .lines()
            .find(|line| line.starts_with(&format!("| {item}")));
        let cells: Vec<_> = line
            .unwrap()
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect();
        [cells[2].clone(), cells[3].clone()]
    };
    let [detect, redact] = cells("source code");
    let said = format!("source code is searched at {detect} MB/s and redacted at {redact} MB/s");
    assert!(readme.contains(&said), "the README should say: {said}");
    let [detect, redact] = cells("chats as JSON lines");
    let said = format!("chats as JSON lines at {detect} and {redact}");
    assert!(readme.contains(&said), "the README should say: {said}");
    let [detect, redact] = cells("structured logs");
    let said = format!("structured logs at {detect} and {redact}");
    assert!(readme.contains(&said), "the README should say: {said}");
}

#[test]
fn numbers_are_written_as_the_pages_write_them() {
    assert_eq!(
        [7_u64, 999, 1_000, 65_536, 1_000_000].map(number),
        ["7", "999", "1,000", "65,536", "1,000,000"]
    );
    assert_eq!(
        [255, 4_096, 64 << 10, 1 << 20].map(size),
        ["255 bytes", "4,096 bytes", "64 KiB", "1 MiB"]
    );
}
