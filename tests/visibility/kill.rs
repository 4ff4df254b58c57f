//! Processes that are killed while they state facts.

use std::path::Path;
use std::sync::Arc;

use confidant::store::{SqliteStore, Store};
use confidant::visibility::{AccessContext, AskerId, FactBook, Level, NewMember, NewResource};
use pollster::block_on;

use super::{at, attribute, open, role};
use crate::support::child;

fn book(folder: &Path) -> FactBook {
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(folder.join("store")).unwrap());
    block_on(open(&store))
}

/// A member who joins a site and leaves it again.
fn live(book: &mut FactBook, name: &str) {
    let made = book.change(|facts| {
        let who = facts.add_principal(name, at(0))?;
        facts.set_attribute(who, &attribute("locked"), Some(false), at(0))?;
        let site = NewResource::new(name).level(Level::Private);
        let site = site.attribute(attribute("suspended"), false);
        let site = facts.add_resource(site, at(0))?;
        facts.add_member(site, NewMember::new(who, &role("guest")), at(0))
    });
    block_on(made).unwrap();
    child::acknowledge(&format!("joined {name}"));
    let left = book.change(|facts| {
        let pair = facts.principal(name).zip(facts.resource(name));
        let (who, site) = pair.expect("both are there");
        facts.remove_member(who, site, at(1))
    });
    block_on(left).unwrap();
    child::acknowledge(&format!("left {name}"));
}

/// Opens the book again and makes sure that what was acknowledged holds.
fn check(folder: &Path, kept: &mut Vec<String>, lines: Vec<String>) {
    kept.extend(lines);
    let book = book(folder);
    let facts = book.facts().unwrap();
    let view = facts.policy().action("view").unwrap();
    for line in kept {
        let (what, name) = line.split_once(' ').unwrap();
        let may = |second| {
            let context = AccessContext::default();
            facts
                .verdict_by_id(
                    AskerId::new(Some(name)).with(&context),
                    view,
                    name,
                    at(second),
                )
                .is_allow()
        };
        assert!(may(0), "{name} was lost");
        assert!(what == "joined" || !may(2), "{name} is a member again");
    }
    // Each change is there as a whole or not at all.
    assert_eq!(facts.len() % 2, 0);
}

#[test]
fn kill_visibility_in_files() {
    child::kill_again_and_again("visibility::kill::child", check);
}

#[test]
fn child() {
    let Some((round, folder)) = child::place() else {
        return;
    };
    let mut book = book(&folder);
    for number in 0.. {
        live(&mut book, &format!("{round}-{number}"));
    }
}
