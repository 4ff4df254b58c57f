//! A product in small: a policy document, everything that it configures, and a clock that
//! the product owns.
//!
//! The examples of the five products and their tests share it. Every mechanism in it is made
//! of the policy document and of nothing else; where the product asks one, it goes through a
//! method here, so that a [`Switch`] can switch the mechanism off and a test can see who
//! notices.
#![allow(dead_code, reason = "each product uses a part")]

mod asked;
pub(crate) mod disclose;
mod edit;
mod erase;
mod links;
mod models;
mod people;
pub(crate) mod switch;
pub(crate) mod tools;

use std::collections::BTreeSet;
use std::error::Error as StdError;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use confidant::audit::{Access, Entry, Identifier, Log, LogKey, SigningKey, VerifyingKey};
use confidant::consent::{Ledger, LedgerKey};
use confidant::guard::Conversations;
use confidant::model::testing::MockServer;
use confidant::policy::conformance::Kit;
use confidant::policy::{DecisionLog, Policy, PolicyDoc, Promise};
use confidant::redact::{Key, KnownTenants};
use confidant::retention::HoldBook;
use confidant::rights::Register;
use confidant::seal::{KeyVersion, Keyring, LocalKeys};
use confidant::secret::Secret;
use confidant::store::{MemoryStore, SqliteStore, Store};
use confidant::time::{Clock, ManualClock, Moment};
use confidant::vault::Vault;
use confidant::visibility::{FactBook, StaffDesk};

pub(crate) use asked::Asked;
pub(crate) use disclose::Answering;
use edit::edited;
pub(crate) use models::{nothing, saw_any};
pub(crate) use people::{caller, category, id, processor, purpose, store, subject};
pub(crate) use switch::Switch;

/// What a step of a product returns.
pub(crate) type Fallible<T = ()> = Result<T, Box<dyn StdError + Send + Sync>>;

/// One product: its name, how its promises begin, and its policy document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Product {
    pub(crate) name: &'static str,
    pub(crate) prefix: &'static str,
    pub(crate) text: &'static str,
    /// When its world begins.
    pub(crate) begins: &'static str,
}

/// Where a world keeps what lasts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'p> {
    /// In memory.
    Memory,
    /// In a SQLite file and a log of files in a folder, which another process can take up.
    Folder(&'p Path),
}

/// The tenant that most things happen to.
pub(crate) const TENANT: &str = "acme";

/// The promises of all five products.
pub(crate) const PROMISES: &str = include_str!("../../../tests/data/products/promises.json");

/// The name of the signing key of every world's log.
pub(crate) const LOG: &str = "products.test/audit";

const DAY: Duration = Duration::from_secs(86_400);

pub(crate) struct World {
    pub(crate) product: Product,
    /// The document as it was compiled.
    pub(crate) text: String,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) policy: Policy,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) log: Log,
    /// The log that mechanisms write to: the same, unless entries are to be dropped.
    pub(crate) written: Log,
    pub(crate) log_key: LogKey,
    pub(crate) decisions: DecisionLog,
    pub(crate) known: KnownTenants,
    pub(crate) vault: Vault,
    pub(crate) ledger: Ledger,
    pub(crate) register: Register,
    pub(crate) desk: StaffDesk,
    pub(crate) holds: HoldBook,
    pub(crate) conversations: Conversations,
    /// The provider that the platform has a contract with.
    pub(crate) provider: MockServer,
    /// A provider that a customer has a contract with.
    pub(crate) customers: MockServer,
    switches: BTreeSet<Switch>,
    asked: Mutex<Vec<Asked>>,
    story: Mutex<Vec<String>>,
}

impl World {
    /// Begins a world, or goes on with what a folder holds, with mechanisms switched off.
    pub(crate) async fn open(
        product: Product,
        place: Place<'_>,
        switches: &[Switch],
    ) -> Fallible<Self> {
        let edited = switches
            .iter()
            .fold(product.text.to_owned(), |text, switch| {
                edited(&text, *switch)
            });
        Self::of_text(product, &edited, place, switches).await
    }

    /// Begins one with another policy document than the product's own.
    pub(crate) async fn of_text(
        product: Product,
        text: &str,
        place: Place<'_>,
        switches: &[Switch],
    ) -> Fallible<Self> {
        let switches: BTreeSet<Switch> = switches.iter().copied().collect();
        let text = reachable(text);
        let policy = PolicyDoc::from_toml(&text)?.compile()?;
        let clock = Arc::new(ManualClock::new(product.begins.parse()?));
        let store: Arc<dyn Store> = match place {
            Place::Memory => Arc::new(MemoryStore::new()),
            Place::Folder(folder) => {
                std::fs::create_dir_all(folder)?;
                Arc::new(SqliteStore::open(folder.join("data.sqlite"))?)
            }
        };
        // The keys of an example lie open. Those of a product come from its key service.
        let signer = Arc::new(SigningKey::from_seed(LOG, &[1; 32])?);
        let builder = Log::builder(signer).clock(Arc::clone(&clock) as Arc<dyn Clock>);
        let log = match place {
            Place::Memory => builder.in_memory()?,
            Place::Folder(folder) => builder.open(folder.join("log")).await?,
        };
        // Where appends are skipped, entries go where nobody will look for them.
        let written = match switches.contains(&Switch::AuditSkipped) {
            true => Log::in_memory()?,
            false => log.clone(),
        };
        let log_key = LogKey::from_bytes([2; 32]);
        let keyring = || -> Fallible<Keyring> {
            let key = Secret::new([3; 32]);
            let keys = LocalKeys::new("local:example", KeyVersion::new("1")?, &key)?;
            Ok(Keyring::new(keys))
        };
        let known = KnownTenants::new(Key::from_bytes([4; 32]));
        let as_clock = || Arc::clone(&clock) as Arc<dyn Clock>;
        let vault = Vault::builder(
            keyring()?,
            Arc::clone(&store),
            written.clone(),
            log_key.clone(),
        );
        let vault = vault
            .clock(as_clock())
            .known_values(known.clone())
            .reveal_policy(Arc::new(Answering::new(
                &policy,
                switches.contains(&Switch::SecretsShown),
            )))
            .build();
        let ledger_key = LedgerKey::from_bytes([5; 32]);
        let ledger =
            Ledger::with_clock(Arc::clone(&store), ledger_key, written.clone(), as_clock());
        let register_key = LedgerKey::from_bytes([6; 32]);
        let register = Register::with_clock(
            Arc::clone(&store),
            register_key,
            written.clone(),
            as_clock(),
        );
        let conversations = Conversations::builder(keyring()?, Arc::clone(&store))
            .log(written.clone(), log_key.clone())
            .ttl(365 * DAY)
            .clock(as_clock())
            .build()?;
        let (provider, customers) = (MockServer::start()?, MockServer::start()?);
        Ok(Self {
            product,
            text,
            decisions: DecisionLog::new(policy.clone(), written.clone(), log_key.clone()),
            desk: StaffDesk::new(written.clone(), log_key.clone(), as_clock()),
            holds: HoldBook::new(Arc::clone(&store), written.clone(), log_key.clone()),
            written,
            clock,
            policy,
            store,
            log,
            log_key,
            known,
            vault,
            ledger,
            register,
            conversations,
            provider,
            customers,
            switches,
            asked: Mutex::default(),
            story: Mutex::default(),
        })
    }

    /// Returns whether a mechanism is switched off.
    pub(crate) fn is_off(&self, switch: Switch) -> bool {
        self.switches.contains(&switch)
    }

    pub(crate) fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Lets days go by.
    pub(crate) fn pass_days(&self, days: u32) -> Fallible {
        Ok(self.clock.advance(DAY * days)?)
    }

    /// Tells what happens, for whoever runs the example.
    pub(crate) fn tell(&self, line: impl Into<String>) {
        let line = format!("{}  {}", self.now(), line.into());
        lock(&self.story).push(line);
    }

    /// Returns what was told, and forgets it.
    pub(crate) fn told(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.story))
    }

    /// Returns the promises of this product, with no trial of any.
    pub(crate) fn kit(&self) -> Fallible<Kit> {
        let promises = Promise::list_from_json(PROMISES)?.into_iter();
        let own = promises.filter(|one| one.id().as_str().starts_with(self.product.prefix));
        Ok(Kit::new(&self.policy, own.collect()))
    }

    /// Compiles the document with some of its text put otherwise. Each text must be there.
    pub(crate) fn varied(
        &self,
        edits: &[(&str, &str)],
    ) -> Fallible<Result<Policy, confidant::policy::Faults>> {
        let mut text = self.text.clone();
        for (old, new) in edits {
            if !text.contains(old) {
                return Err(format!("not in the document: {old}").into());
            }
            text = text.replace(old, new);
        }
        let doc = match PolicyDoc::from_toml(&text) {
            Ok(doc) => doc,
            Err(faults) => return Ok(Err(faults)),
        };
        Ok(doc.compile())
    }

    /// Compiles the document without a clause: the table in a list that has this id.
    pub(crate) fn without(&self, id: &str) -> Fallible<Result<Policy, confidant::policy::Faults>> {
        let line = format!("\nid = \"{id}\"\n");
        let at = self.text.find(&line).ok_or("no such clause")?;
        let head = self.text.get(..at).ok_or("no such clause")?;
        let from = head.rfind("\n[[").ok_or("the clause stands in no list")?;
        let rest = self.text.get(at..).ok_or("no such clause")?;
        let len = rest.find("\n[").unwrap_or(rest.len());
        let old = self.text.get(from..at + len).ok_or("no such clause")?;
        self.varied(&[(old, "\n")])
    }

    /// Compiles the document with the clauses of a list put otherwise: each is given with
    /// its id, from its header to the next.
    pub(crate) fn with_clauses(
        &self,
        list: &str,
        change: impl Fn(&str, &str) -> String,
    ) -> Fallible<Result<Policy, confidant::policy::Faults>> {
        let header = format!("[[{list}]]\n");
        let mut edits = Vec::new();
        for clause in self.text.split(&header).skip(1) {
            let clause = clause.split("\n[").next().unwrap_or_default();
            let id = clause.lines().find_map(|line| line.strip_prefix("id = \""));
            let id = id.and_then(|id| id.strip_suffix('"')).unwrap_or_default();
            let changed = change(id, clause);
            if changed != clause {
                edits.push((format!("{header}{clause}"), format!("{header}{changed}")));
            }
        }
        let edits: Vec<(&str, &str)> = edits
            .iter()
            .map(|(old, new)| (old.as_str(), new.as_str()))
            .collect();
        self.varied(&edits)
    }

    /// Opens who may see what.
    pub(crate) async fn book(&self) -> Fallible<FactBook> {
        let rules = Arc::clone(self.policy.visibility());
        let store = Arc::clone(&self.store);
        Ok(FactBook::open(store, self.log_key.clone(), TENANT, rules).await?)
    }

    /// Returns every entry of the log, with its place.
    pub(crate) async fn entries(&self) -> Fallible<Vec<(u64, Entry)>> {
        let access = Access::new(id("auditor:7")?);
        let size = self.log.checkpoint().await?.size();
        let (mut found, mut next) = (Vec::new(), 0);
        while next < size {
            for record in self.log.read(next..size, &access).await? {
                next = record.index + 1;
                found.push((record.index, record.entry));
            }
        }
        Ok(found)
    }

    /// Returns the places of the entries of an action.
    pub(crate) async fn places_of(&self, action: &str) -> Fallible<Vec<u64>> {
        let entries = self.entries().await?.into_iter();
        let of = entries.filter(|(_, entry)| entry.action().as_str() == Some(action));
        Ok(of.map(|(place, _)| place).collect())
    }

    /// Returns the key that verifies the log.
    pub(crate) fn verifier(&self) -> VerifyingKey {
        self.log.verifying_key()
    }
}

/// Lets the models of this machine stand in for those of providers: their host is added to
/// those that the product may reach.
fn reachable(text: &str) -> String {
    match text.split_once("[transport]") {
        Some((head, tail)) => {
            let tail = tail.replacen("hosts = [", "hosts = [\"127.0.0.1\", ", 1);
            format!("{head}[transport]{tail}")
        }
        None => text.to_owned(),
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Names an actor of the log.
pub(crate) fn actor(name: &str) -> Fallible<Identifier> {
    id(name)
}
