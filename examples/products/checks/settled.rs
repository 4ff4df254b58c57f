//! What the products' own texts leave open or contradict: findings of the compiler, each of
//! which the policy document settles.

use confidant::policy::PolicyDoc;

use super::steps::expect;
use crate::world::{Fallible, World};

/// A point on which a text is open: how the document settles it, how the text has it, and
/// what the compiler finds then.
struct Open {
    about: &'static str,
    settled: &'static str,
    stated: &'static str,
    code: &'static str,
}

const fn open(
    about: &'static str,
    settled: &'static str,
    stated: &'static str,
    code: &'static str,
) -> Open {
    Open {
        about,
        settled,
        stated,
        code,
    }
}

const INFRACODEBASE: &[Open] = &[
    open(
        "a child's data goes promptly",
        "delete_by = \"P3D\"",
        "delete_by = \"promptly\"",
        "deadline-without-number",
    ),
    open(
        "nothing is said of backups",
        "region = \"us\"\nexpires_within = \"P14D\"",
        "region = \"us\"",
        "backup-keeps-deleted",
    ),
];

const SYNCLOUD: &[Open] = &[
    open(
        "data is kept as long as needed",
        "trigger = \"account_closed\"\ndelete_by = \"P90D\"",
        "trigger = \"account_closed\"\ndelete_by = \"as needed\"",
        "unbounded-word",
    ),
    open(
        "nothing is said of what training takes out of prompts",
        "[redaction.training]\nmode = \"redact\"\ndetectors = [\"secrets\", \"personal\", \"cards\"]\nknown_values = true\npromise = [\"SC-13\"]\n",
        "",
        "redaction-sink-missing",
    ),
    open(
        "nothing is said of the audit log's own end",
        "categories = [\"audit_log\"]\ntrigger = \"created\"\nkeep_for = \"P1Y\"",
        "categories = [\"logs\"]\ntrigger = \"created\"\nkeep_for = \"P1Y\"",
        "own-records-without-retention",
    ),
];

const CLOUD_CLAUDE: &[Open] = &[
    open(
        "everything goes 30 days after the service ends, and invoices stay for 7 years",
        "yields_to = [\"CC-40\", \"own-audit\", \"own-consent\", \"own-rights\"]\n",
        "",
        "retention-conflict",
    ),
    open(
        "staff access is logged, and nothing says for how long",
        "categories = [\"audit_log\"]\ntrigger = \"created\"\nkeep_for = \"P1Y\"",
        "categories = [\"usage\"]\ntrigger = \"created\"\nkeep_for = \"P1Y\"",
        "own-records-without-retention",
    ),
    open(
        "a child's data goes promptly",
        "delete_by = \"P3D\"",
        "delete_by = \"promptly\"",
        "deadline-without-number",
    ),
];

const AEGENT: &[Open] = &[
    open(
        "passwords are encrypted",
        "form = \"hashed\"\npassword = true",
        "form = \"sealed\"\npassword = true",
        "password-not-hashed",
    ),
    open(
        "data goes on request, without a number",
        "trigger = \"deletion_requested\"\ndelete_by = \"P30D\"",
        "trigger = \"deletion_requested\"\ndelete_by = \"on request\"",
        "deadline-without-number",
    ),
    open(
        "changes are announced, and nothing says how early",
        "lead = \"P14D\"\n",
        "",
        "notice-without-lead",
    ),
];

const KRATYS: &[Open] = &[
    open(
        "the contact was left to be filled in",
        "\ncontact = \"privacy@kratys.test\"",
        "\ncontact = \"[CONTACT EMAIL]\"",
        "placeholder",
    ),
    open(
        "reasonable steps announce a change",
        "lead = \"P14D\"",
        "lead = \"reasonable\"",
        "deadline-without-number",
    ),
    open(
        "nothing is said of training",
        "[purpose.training]\ndescription = \"Training of models. The product says nothing about it, so it is ruled out\"\nverdict = \"prohibited\"\n",
        "",
        "required-purpose-missing",
    ),
    open(
        "records are kept for the law, without a basis that is named",
        "keep_for = \"P1Y\"\nbasis = \"legal_obligation\"",
        "keep_for = \"P1Y\"",
        "keep-without-basis",
    ),
];

/// Shows what the compiler finds in the product's text as it stands, and that the document
/// has settled it.
pub(crate) fn settled(world: &World) -> Fallible {
    let open = match world.product.prefix {
        "IC-" => INFRACODEBASE,
        "SC-" => SYNCLOUD,
        "CC-" => CLOUD_CLAUDE,
        "AE-" => AEGENT,
        _ => KRATYS,
    };
    for point in open {
        expect(
            world.text.contains(point.settled),
            "the document settles what its text leaves open",
        )?;
        let stated = world.text.replacen(point.settled, point.stated, 1);
        let faults = match PolicyDoc::from_toml(&stated) {
            Ok(doc) => doc.faults(),
            Err(faults) => faults.iter().cloned().collect(),
        };
        let found = faults
            .iter()
            .find(|fault| fault.code().as_str() == point.code);
        let Some(found) = found else {
            let codes: Vec<_> = faults.iter().map(|fault| fault.code().as_str()).collect();
            return Err(format!("`{}` was not found in {codes:?}", point.code).into());
        };
        world.tell(format!(
            "as its text has it ({}): {found}; settled by the document",
            point.about
        ));
    }
    Ok(())
}
