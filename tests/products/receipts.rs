//! Receipts in the hands of somebody who forges them: each is refused, and says why.

use confidant::audit::{Access, Checkpoint, Log, Signer as _, SigningKey, VerifyingKey};

use super::cloud_claude;
use super::promises::block_on;
use super::world::{LOG, Place, World, id};

#[path = "../../examples/verify_receipt/receipt.rs"]
mod receipt;

use receipt::{Receipt, Told};

/// What an auditor has of a log: its key, a checkpoint that was kept early on, and two
/// receipts of later entries.
struct Kept {
    key: VerifyingKey,
    checkpoint: String,
    /// One that was taken after the receipts.
    later: String,
    receipts: [Receipt; 2],
}

/// Runs a product for a while, and takes receipts from it. With another `purpose` its log
/// is another one, under the same key.
fn kept(purpose: &str) -> Kept {
    block_on(async {
        let world = World::open(cloud_claude::PRODUCT, Place::Memory, &[])
            .await
            .unwrap();
        let ask = async |of: &str| {
            let facts = confidant::consent::ConsentFacts::none();
            let signals = super::checks::consent::grown_up();
            world.may_use(&facts, purpose, of, signals).await.unwrap()
        };
        for _ in 0..5 {
            let _ = ask("account").await;
        }
        let checkpoint = world.log.checkpoint().await.unwrap();
        let checkpoint = checkpoint.note().to_owned();
        for of in ["account", "conversation", "usage", "account"] {
            let _ = ask(of).await;
        }
        let receipts = [
            receipt(&world.log, 5, 5).await,
            receipt(&world.log, 6, 5).await,
        ];
        let _ = ask("account").await;
        Kept {
            key: world.verifier(),
            checkpoint,
            later: world.log.checkpoint().await.unwrap().note().to_owned(),
            receipts,
        }
    })
}

async fn receipt(log: &Log, place: u64, kept: u64) -> Receipt {
    let access = Access::new(id("auditor:7").unwrap());
    let records = log.read(place..place + 1, &access).await.unwrap();
    let proof = log.inclusion_proof(place).await.unwrap();
    let size = proof.checkpoint().size();
    let goes_on = log.consistency_proof(kept..size).await.unwrap();
    Receipt {
        entry: records[0].to_bytes().unwrap(),
        proof: proof.to_string(),
        goes_on: goes_on.path().to_vec(),
    }
}

/// Verifies the text of a receipt against the text of a checkpoint, as the program does.
fn verified(text: &str, checkpoint: &str, key: &VerifyingKey) -> Result<String, String> {
    let keys = [key.clone()];
    let checkpoint = Checkpoint::open(checkpoint, &keys).map_err(|error| error.to_string())?;
    let told = Receipt::parse(text).and_then(|receipt| receipt.verify(&keys, &checkpoint));
    match told.map_err(|error| error.to_string())? {
        Told::Done(told) => Ok(format!("done: {told}")),
        Told::Begun(told) => Ok(format!("begun: {told}")),
        Told::NotDone(told) => Ok(format!("not done: {told}")),
        Told::Older => Ok("too old".to_owned()),
    }
}

/// Puts one thing in a text otherwise.
fn with(text: &str, old: &str, new: &str) -> String {
    assert!(text.contains(old), "not in the receipt: {old}");
    text.replacen(old, new, 1)
}

#[test]
fn forged_receipts_are_refused_each_in_its_own_words() {
    let own = kept("service");
    let [one, two] = &own.receipts;
    let (text, key) = (one.to_json(), &own.key);
    let check = |text: &str| verified(text, &own.checkpoint, key);
    let told = check(&text).unwrap();
    assert!(told.starts_with("done: entry 5, at "), "{told}");
    assert!(told.contains("action decision.consent"), "{told}");
    assert_eq!(verified(&text, &own.later, key).unwrap(), "too old");

    let changed = |change: &dyn Fn(&mut Receipt)| {
        let mut receipt = Receipt::parse(&text).unwrap();
        change(&mut receipt);
        receipt.to_json()
    };
    let elsewhere = "the log does not have this entry there";
    let no_proof = "its proof is not one of this log";
    let no_way = "its log does not go on from the checkpoint";
    let (index, first) = ("index 5", one.proof.lines().nth(2).unwrap());
    let note = one.proof.split_once("\n\n").unwrap().1;
    let (size, root) = (note.lines().nth(1).unwrap(), note.lines().nth(2).unwrap());
    let fork = kept("abuse");
    for (what, forged, says) in [
        (
            "another subject",
            changed(&|one| one.entry = two.entry.clone()),
            elsewhere,
        ),
        (
            "another's proof",
            changed(&|one| one.proof = two.proof.clone()),
            elsewhere,
        ),
        (
            "a shorter entry",
            changed(&|one| one.entry.truncate(one.entry.len() - 1)),
            elsewhere,
        ),
        (
            "a longer entry",
            changed(&|one| one.entry.push(0)),
            elsewhere,
        ),
        ("no entry", changed(&|one| one.entry.clear()), elsewhere),
        (
            "another place",
            changed(&|one| one.proof = with(&one.proof, index, "index 6")),
            elsewhere,
        ),
        (
            "no such place",
            changed(&|one| one.proof = with(&one.proof, index, "index 99")),
            elsewhere,
        ),
        (
            "a shorter path",
            changed(&|one| one.proof = with(&one.proof, &format!("{first}\n"), "")),
            elsewhere,
        ),
        (
            "another size",
            changed(&|one| one.proof = with(&one.proof, &format!("\n{size}\n"), "\n7\n")),
            no_proof,
        ),
        (
            "another root",
            changed(&|one| one.proof = with(&one.proof, root, first)),
            no_proof,
        ),
        (
            "no signature",
            changed(&|one| one.proof = one.proof.split("\n\u{2014}").next().unwrap().to_owned()),
            no_proof,
        ),
        ("no proof", changed(&|one| one.proof.clear()), no_proof),
        (
            "a log that goes on from nothing",
            changed(&|one| one.goes_on.clear()),
            no_way,
        ),
        (
            "a step less",
            changed(&|one| one.goes_on.truncate(one.goes_on.len() - 1)),
            no_way,
        ),
        (
            "steps in another order",
            changed(&|one| one.goes_on.reverse()),
            no_way,
        ),
        (
            "a step more",
            changed(&|one| one.goes_on.push(one.goes_on[0])),
            no_way,
        ),
        (
            "a log that was forked under the key",
            fork.receipts[0].to_json(),
            no_way,
        ),
        ("half a receipt", text[..text.len() / 2].to_owned(), "EOF"),
        (
            "a part more",
            with(&text, "{", "{\n\"more\": 1,"),
            "a receipt has the parts",
        ),
        (
            "a part less",
            with(&text, "\"goes_on\"", "\"goes\""),
            "a receipt has the parts",
        ),
        (
            "capital digits",
            with(&text, "\"entry\": \"", "\"entry\": \"AB"),
            "not hexadecimal in lower case",
        ),
        (
            "half a digit pair",
            with(&text, "\"entry\": \"", "\"entry\": \"a"),
            "an odd number of hexadecimal digits",
        ),
    ] {
        let told = check(&forged);
        assert!(
            told.as_ref().is_err_and(|told| told.contains(says)),
            "{what}: {told:?}"
        );
    }
}

#[test]
fn a_checkpoint_that_was_changed_or_is_of_another_log_proves_nothing() {
    let own = kept("service");
    let (text, key) = (own.receipts[0].to_json(), &own.key);
    let mut lines: Vec<&str> = own.checkpoint.lines().collect();
    let size = lines[1].to_owned();
    lines[1] = "4";
    let smaller = format!("{}\n", lines.join("\n"));
    for (what, checkpoint, says) in [
        (
            "another size",
            smaller.as_str(),
            "signature of a known key does not verify",
        ),
        (
            "no signature",
            own.checkpoint.split("\n\n").next().unwrap(),
            "signed note has no signature",
        ),
        ("nothing", "", "signed note has no signature"),
    ] {
        let told = verified(&text, checkpoint, key).unwrap_err();
        assert!(told.contains(says), "{what}: {told}");
    }
    assert_eq!(size, "5");
    // Another key of the same name signed it, or another log did.
    for name in [LOG, "other.test/log"] {
        let other = SigningKey::from_seed(name, &[9; 32]).unwrap();
        let told = verified(&text, &own.checkpoint, other.verifying_key()).unwrap_err();
        assert!(told.contains("not signed by a known key"), "{name}: {told}");
    }
}

/// Whichever bit of an entry is turned, the proof does not lead to it.
#[test]
fn no_bit_of_an_entry_can_be_turned() {
    let own = kept("service");
    let keys = [own.key.clone()];
    let checkpoint = Checkpoint::open(&own.checkpoint, &keys).unwrap();
    let [one, _] = own.receipts;
    for at in 0..one.entry.len() * 8 {
        let mut entry = one.entry.clone();
        entry[at / 8] ^= 1 << (at % 8);
        let (proof, goes_on) = (one.proof.clone(), one.goes_on.clone());
        let forged = Receipt {
            entry,
            proof,
            goes_on,
        };
        assert!(forged.verify(&keys, &checkpoint).is_err(), "bit {at}");
    }
}
