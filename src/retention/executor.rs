//! Carrying out orders in every store, in two steps: the intent, then the receipt.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::authentic;
use super::disposition::{Disposition, DispositionKind};
use super::format::damaged;
use super::hold_book::{HoldBook, Loaded};
use super::keeper::{ErasureReceipt, Keeper, KeeperOutcome};
use super::order::Order;
use super::progress::{Completion, Progress, StoreTask, TaskState};
use super::stores::Stores;
use super::told::ROUND;
use crate::audit::{self, Caller, Identifier, Outcome, Trail};
use crate::error::{Error, ErrorKind, RetentionCause};
use crate::store::{Batch, Condition, RecordKey, StoredRecord, Tries};
use crate::taxonomy::{DataStore, Evidence, Obligation, ObligationKind, Obligor, Tenant};
use crate::time::{Moment, Rounding, Zone};

const ORDERS: &str = "confidant.retention.order";

/// Carries out [`Order`]s in every declared store that holds their category.
///
/// For each store, the executor makes sure that no hold stands against it, stores that
/// it begins, appends the intent to the audit log, has the [`Keeper`] act, stores the
/// receipt and appends it. All of it can stop anywhere: called again with the same
/// order, it goes on. An action whose end was not stored is begun again, and the log
/// says that it is, and the how-manieth time. What is done is not done again.
///
/// An order is complete when every store has given a receipt or said by when everything
/// expires there. Stores whose contents only expire come last: their time counts from
/// the moment at which nothing is left to be copied.
///
/// # Security
/// What is stored of an order is filed under a keyed digest, and names no person. A hold
/// that is placed while a keeper acts does not stop that one call.
///
/// # Example
/// ```
/// # use async_trait::async_trait;
/// # use confidant::Error;
/// # use confidant::retention::{ErasureReceipt, Keeper, KeeperOutcome};
/// # #[derive(Debug)]
/// # struct Database;
/// # #[async_trait]
/// # impl Keeper for Database {
/// #     async fn delete(&self, _: &Order) -> Result<KeeperOutcome, Error> {
/// #         Ok(KeeperOutcome::Done(ErasureReceipt::new("2026-05-01T00:00:00Z".parse()?, 3)))
/// #     }
/// #     async fn count(&self, _: &Order) -> Result<u64, Error> { Ok(0) }
/// # }
/// use std::sync::Arc;
///
/// use confidant::audit::{Identifier, Log, LogKey};
/// use confidant::retention::{Disposition, DeclaredStore, Executor, HoldBook, Order, StoreKind, Stores};
/// use confidant::store::MemoryStore;
/// use confidant::taxonomy::{DataCategory, DataStore, Subject};
/// use confidant::time::Period;
///
/// # pollster::block_on(async {
/// let (store, log, key) = (Arc::new(MemoryStore::new()), Log::in_memory()?, LogKey::generate()?);
/// let book = HoldBook::new(store, log, key);
/// let actor = Identifier::new("service:retention")?;
/// let primary = DataStore::new("primary")?;
/// let stores = Stores::new(vec![
///     DeclaredStore::new(primary.clone(), StoreKind::Primary),
///     DeclaredStore::new(DataStore::new("backup")?, StoreKind::Backup)
///         .expires_within(Period::days(35)),
/// ])?;
/// let executor = Executor::builder(book, actor)
///     .stores(stores)
///     .keeper(primary, Arc::new(Database))
///     .build()?;
///
/// let order = Order::new(DataCategory::new("chat")?, Disposition::Delete)
///     .tenant("acme")
///     .subject(Subject::new("jo@mail.test")?);
/// let now = "2026-05-01T00:00:00Z".parse()?;
/// assert!(executor.execute(&order, now).await?.is_complete());
/// let completion = executor.close(&order, now).await?;
/// assert_eq!(completion.expired_by, Some("2026-06-05T00:00:00Z".parse()?));
/// # Ok::<(), confidant::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Executor {
    pub(super) parts: Arc<Parts>,
}

pub(super) struct Parts {
    pub(super) actor: Identifier,
    pub(super) book: HoldBook,
    pub(super) stores: Stores,
    pub(super) keepers: BTreeMap<DataStore, Arc<dyn Keeper>>,
}

/// What is stored of an order, with its revision.
pub(super) struct Held {
    key: RecordKey,
    id: Identifier,
    revision: u64,
    progress: Progress,
    /// Whether the log says that it was closed, and its record is still there.
    is_closed: bool,
}

impl Executor {
    /// Carries out an order as far as possible, and returns its progress. A store that
    /// fails does not stop the others; call this again to retry it.
    ///
    /// # Errors
    /// [`Refused`](ErrorKind::Refused) where a hold stands against what is left to be
    /// done, which the log shows; [`Config`](ErrorKind::Config) where no store holds its category, or it
    /// asks for nothing that a store does; [`Conflict`](ErrorKind::Conflict) where
    /// another executor is at the same order; those of the store and the log. After each
    /// of them, call it again with the same order. [`Integrity`](ErrorKind::Integrity) where
    /// the record of the order is not what was written, or is newer than the log:
    /// [`restart`](Self::restart) begins it anew.
    pub async fn execute(&self, order: &Order, now: Moment) -> Result<Progress, Error> {
        let parts = &*self.parts;
        let kind = order.action().kind();
        if matches!(
            kind,
            DispositionKind::Review | DispositionKind::ProcessorManaged
        ) {
            let problem = "asks for what no store does";
            return Err(RetentionCause::Clause { problem }.into());
        }
        let mut held = parts.open(order, now).await?;
        if held.is_closed {
            return Ok(held.progress);
        }
        let mut loaded = parts.book.loaded().await?;
        parts.log_ends(order, &mut held).await?;
        for place in 0..held.progress.tasks.len() {
            if held.is_ready(place, &parts.stores) {
                loaded = parts.book.reloaded(loaded).await?;
                parts.check_holds(order, &loaded, now).await?;
                parts.run(order, &mut held, place, &loaded, now).await?;
            }
        }
        if held.all_acted(&parts.stores) {
            parts.expire(&mut held, now).await?;
            parts.log_ends(order, &mut held).await?;
        }
        Ok(held.progress)
    }

    /// Records what a store reports later: the receipt that it owed, or the moment by which
    /// everything there expires. If a store reports twice, the first report counts.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) where there is no such order or store, a proof is
    /// missing, or what is reported is dated more than a day before the order or after `now`;
    /// [`Store`](ErrorKind::Store) where the store's own [`Keeper`] still counts data;
    /// [`Refused`](ErrorKind::Refused) where the store was never begun and a hold stands
    /// against it; otherwise those of [`execute`](Self::execute).
    pub async fn report(
        &self,
        order: &Order,
        store: &DataStore,
        reported: KeeperOutcome,
        now: Moment,
    ) -> Result<Progress, Error> {
        let parts = &*self.parts;
        let mut held = parts.find(order).await?.ok_or_else(no_order)?;
        let tasks = &mut held.progress.tasks;
        let place = tasks.iter().position(|task| task.store == *store);
        let place = place.ok_or_else(no_order)?;
        let is_begun = tasks.get(place).is_some_and(|task| task.attempts > 0);
        if !is_begun {
            // Nobody has looked yet whether it may be done.
            let loaded = parts.book.loaded().await?;
            parts.check_holds(order, &loaded, now).await?;
        }
        let state = accepted(order, reported, &held.progress, now)?;
        if let Some(keeper) = parts.keepers.get(store) {
            check_count(&**keeper, order, &state).await?;
        }
        let tasks = &mut held.progress.tasks;
        if let Some(task) = tasks.get_mut(place).filter(|task| !task.is_closed()) {
            task.state = state;
            parts.save(&mut held, None).await?;
        }
        parts.log_ends(order, &mut held).await?;
        Ok(held.progress)
    }

    /// Returns the progress of an order; `None` where it was never begun, or is closed.
    ///
    /// # Errors
    /// Those of the store, and [`Integrity`](ErrorKind::Integrity) where the record is
    /// damaged.
    pub async fn progress(&self, order: &Order) -> Result<Option<Progress>, Error> {
        let held = self.parts.find(order).await?;
        Ok(held.map(|held| held.progress))
    }

    /// Returns what each store owes for an order that has been begun: the controller for
    /// its own stores, a processor for those it holds.
    ///
    /// # Errors
    /// As [`progress`](Self::progress).
    pub async fn obligations(&self, order: &Order) -> Result<Vec<Obligation>, Error> {
        let Some(held) = self.parts.find(order).await? else {
            return Ok(Vec::new());
        };
        let progress = held.progress;
        let (Some(clause), Some(by)) = (progress.clause, progress.due_by) else {
            return Ok(Vec::new());
        };
        let kind = match progress.action {
            DispositionKind::Restrict => ObligationKind::StopProcessing,
            _ => ObligationKind::Erase,
        };
        let owed = progress.tasks.iter().map(|task| {
            let processor = self.parts.stores.get(&task.store);
            let processor = processor.and_then(|store| store.held_by().cloned());
            let who = processor.map_or(Obligor::Controller, Obligor::Processor);
            let owed = Obligation::new(who, kind, by, clause.clone());
            match task.state {
                TaskState::Done(receipt) => {
                    owed.with_evidence(Evidence::new(receipt.at(), *receipt.evidence_digest()))
                }
                TaskState::Expires { by, evidence } => {
                    owed.with_evidence(Evidence::new(by, evidence))
                }
                TaskState::Open | TaskState::Begun | TaskState::Accepted { .. } => owed,
            }
        });
        Ok(owed.collect())
    }

    /// Closes a complete order: records its completion in the audit log, and deletes its
    /// progress.
    ///
    /// # Errors
    /// [`Refused`](ErrorKind::Refused) while a store has not reported;
    /// [`Config`](ErrorKind::Config) where there is no such order, which may have been
    /// closed; those of the store and the log.
    pub async fn close(&self, order: &Order, now: Moment) -> Result<Completion, Error> {
        let parts = &*self.parts;
        let mut held = parts.find(order).await?.ok_or_else(no_order)?;
        let open = held.progress.open().count();
        if open > 0 {
            return Err(RetentionCause::Incomplete { open }.into());
        }
        parts.log_ends(order, &mut held).await?;
        let completion = held.progress.completion();
        if !held.is_closed {
            parts.log_completion(order, &held, &completion, now).await?;
        }
        let batch = Batch::new()
            .require(held.key.clone(), Condition::Revision(held.revision))
            .delete(held.key.clone());
        match parts.book.store.commit(batch).await {
            Ok(_) => Ok(completion),
            Err(error) if matches!(error.kind(), ErrorKind::InDoubt | ErrorKind::Conflict) => {
                // It is gone, or what is left of it goes when the order is begun anew.
                match parts.book.store.get(&held.key).await? {
                    None => Ok(completion),
                    Some(_) => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }
}

impl Held {
    /// Whether a keeper is to act: it has not, and the store does more than expire.
    fn is_ready(&self, place: usize, stores: &Stores) -> bool {
        let task = self.progress.tasks.get(place);
        task.is_some_and(|task| {
            let is_open = matches!(task.state, TaskState::Open | TaskState::Begun);
            is_open && !only_expires(&task.store, stores)
        })
    }

    /// Whether nothing is left anywhere that could be copied to where it only expires.
    fn all_acted(&self, stores: &Stores) -> bool {
        let mut tasks = self.progress.tasks.iter();
        tasks.all(|task| task.is_closed() || only_expires(&task.store, stores))
    }
}

pub(super) fn only_expires(name: &DataStore, stores: &Stores) -> bool {
    stores
        .get(name)
        .is_some_and(|store| store.expiry().is_some())
}

impl Parts {
    /// Makes sure that no hold stands against an erasure.
    async fn check_holds(&self, order: &Order, loaded: &Loaded, now: Moment) -> Result<(), Error> {
        if !order.action().kind().erases() {
            return Ok(());
        }
        let subject = order.data_subject();
        let subject = subject
            .map(|subject| self.book.pseudonym(subject))
            .transpose()?;
        let record = order.described(subject.as_ref());
        let Some(hold) = loaded.holds.against(order, &record, now) else {
            return Ok(());
        };
        let id = self.id(order);
        let trail = self.trail(order, &id, order.action().kind().as_str())?;
        self.book.denied(&trail, hold.id()).await?;
        let held = Error::from(RetentionCause::Held { what: "the data" });
        Err(held.with_id(hold.id().as_str()))
    }

    /// Finds the record of an order, or stores that the order has begun.
    async fn open(&self, order: &Order, now: Moment) -> Result<Held, Error> {
        let id = self.id(order);
        let progress = self.begun(order, now)?;
        let mut tries = Tries::default();
        loop {
            let attempt = self.try_open(order, &id, &progress).await;
            if let Some(held) = tries.ended(attempt)? {
                return Ok(held);
            }
        }
    }

    /// The progress of an order that begins now, for the first time.
    pub(super) fn begun(&self, order: &Order, now: Moment) -> Result<Progress, Error> {
        let stores = self.stores.holding(order.category());
        let tasks: Vec<_> = stores
            .map(|store| StoreTask::new(store.name().clone()))
            .collect();
        if tasks.is_empty() {
            let what = "store for the category";
            return Err(RetentionCause::Undeclared { what }.into());
        }
        Ok(Progress {
            action: order.action().kind(),
            opened: now,
            clause: order.clause().cloned(),
            due_by: order.due_by(),
            tasks,
            round: 0,
        })
    }

    async fn try_open(
        &self,
        order: &Order,
        id: &Identifier,
        progress: &Progress,
    ) -> Result<Held, Error> {
        if let Some(mut held) = self.find(order).await? {
            if !held.is_closed {
                self.catch_up(&mut held, progress).await?;
            }
            return Ok(held);
        }
        let key = self.key(order, id)?;
        let progress = Progress {
            round: self.book.told.closed(id),
            ..progress.clone()
        };
        let batch = Batch::new()
            .require(key.clone(), Condition::Absent)
            .put(key.clone(), self.signed(&key, &progress));
        let revision = self.book.store.commit(batch).await?;
        Ok(Held {
            key,
            id: id.clone(),
            revision,
            progress,
            is_closed: false,
        })
    }

    /// Adds the stores that were declared after the order was begun, and has it begun no
    /// later than now: a host whose clock is ahead may have begun it.
    async fn catch_up(&self, held: &mut Held, now: &Progress) -> Result<(), Error> {
        let known = &held.progress.tasks;
        let is_new = |task: &&StoreTask| !known.iter().any(|known| known.store == task.store);
        let new: Vec<_> = now.tasks.iter().filter(is_new).cloned().collect();
        let is_ahead = now.opened < held.progress.opened;
        if new.is_empty() && !is_ahead {
            return Ok(());
        }
        held.progress.opened = held.progress.opened.min(now.opened);
        held.progress.tasks.extend(new);
        held.progress
            .tasks
            .sort_by(|one, other| one.store.cmp(&other.store));
        self.save(held, None).await
    }

    /// Finds the record of an order. One of an order that the log says was closed is deleted,
    /// unless it is of a request and complete: its closing was interrupted.
    pub(super) async fn find(&self, order: &Order) -> Result<Option<Held>, Error> {
        let id = self.id(order);
        let key = self.key(order, &id)?;
        self.book.told.follow(&self.book.log).await?;
        let Some(record) = self.book.store.get(&key).await? else {
            return Ok(None);
        };
        let progress = self.verified(&record)?;
        let closed = self.book.told.closed(&id);
        // What a request asked for is asked for once, so this is what an interrupted closing
        // left behind. Without a request, the same order may come again.
        let is_closed = order.request_id().is_some()
            && progress.is_complete()
            && progress.round.checked_add(1) == Some(closed);
        if progress.round < closed && !is_closed {
            let batch = Batch::new()
                .require(key.clone(), Condition::Revision(record.revision))
                .delete(key);
            self.book.store.commit(batch).await?;
            return Ok(None);
        }
        if progress.round > closed {
            // The log says less than it did.
            return Err(damaged("an order"));
        }
        Ok(Some(Held {
            key,
            id,
            revision: record.revision,
            progress,
            is_closed,
        }))
    }

    /// Carries an order out in one store.
    async fn run(
        &self,
        order: &Order,
        held: &mut Held,
        place: usize,
        loaded: &Loaded,
        now: Moment,
    ) -> Result<(), Error> {
        let Some(task) = held.progress.tasks.get_mut(place) else {
            return Ok(());
        };
        let Some(keeper) = self.keepers.get(&task.store) else {
            return Ok(());
        };
        task.attempts += 1;
        task.state = TaskState::Begun;
        let task = task.clone();
        // From here on a new hold either comes first, or finds that it was begun.
        self.save(held, Some(loaded)).await?;
        let trail = self.task_trail(order, &held.id, &task)?;
        trail.attempt().await?;
        let acted = act(&**keeper, order, &held.progress, now).await;
        let state = match acted {
            Ok(state) => state,
            Err(error) => {
                // What it did in part is not known: it is begun again.
                let outcome = match error.kind() {
                    ErrorKind::InDoubt => return Ok(()),
                    ErrorKind::Refused => Outcome::Denied,
                    _ => Outcome::Failed,
                };
                return trail.write(outcome).await;
            }
        };
        if let Some(task) = held.progress.tasks.get_mut(place) {
            task.state = state;
        }
        self.save(held, None).await?;
        self.log_ends(order, held).await
    }

    /// Records by when everything has expired in the stores that only expire.
    async fn expire(&self, held: &mut Held, now: Moment) -> Result<(), Error> {
        // Until then something may still have been copied there.
        let gone = held
            .progress
            .tasks
            .iter()
            .filter_map(|task| match &task.state {
                TaskState::Done(receipt) => Some(receipt.at()),
                TaskState::Expires { by, .. } => Some(*by),
                TaskState::Open | TaskState::Begun | TaskState::Accepted { .. } => None,
            });
        let start = gone.max().map_or(now, |gone| gone.max(now));
        for task in held
            .progress
            .tasks
            .iter_mut()
            .filter(|task| !task.is_closed())
        {
            let expiry = self
                .stores
                .get(&task.store)
                .and_then(|store| store.expiry());
            let Some(period) = expiry else { continue };
            let by = period.after_in(start, &Zone::UTC, Rounding::Forward);
            task.state = TaskState::Expires {
                by: by.unwrap_or(Moment::MAX),
                evidence: [0; 32],
            };
        }
        self.save(held, None).await
    }

    /// Has the log say that an order is complete.
    async fn log_completion(
        &self,
        order: &Order,
        held: &Held,
        completion: &Completion,
        now: Moment,
    ) -> Result<(), Error> {
        let trail = self.trail(order, &held.id, "close")?;
        let trail = trail
            .count("stores", completion.stores)?
            .count("items", completion.items)?;
        let trail = match completion.expired_by {
            Some(by) => trail.count("expired-by", seconds(by))?,
            None => trail,
        };
        let late = held.progress.due_by.is_some_and(|by| completion.at >= by);
        let trail = trail.count("late", u64::from(late))?;
        trail
            .count(ROUND, held.progress.round)?
            .count("at", seconds(now))?
            .write(Outcome::Succeeded)
            .await
    }

    /// Appends the ends that the log does not have yet.
    async fn log_ends(&self, order: &Order, held: &mut Held) -> Result<(), Error> {
        let mut entries = Vec::new();
        for task in &mut held.progress.tasks {
            if task.is_logged || !task.is_closed() {
                continue;
            }
            let trail = self.task_trail(order, &held.id, task)?;
            let trail = match &task.state {
                TaskState::Done(receipt) => {
                    let trail = trail.count("items", receipt.items())?;
                    trail.count("at", seconds(receipt.at()))?
                }
                TaskState::Expires { by, .. } => trail.count("expires-by", seconds(*by))?,
                TaskState::Open | TaskState::Begun | TaskState::Accepted { .. } => continue,
            };
            entries.push(trail.entry(Outcome::Succeeded));
            task.is_logged = true;
        }
        if entries.is_empty() {
            return Ok(());
        }
        audit::append(&self.book.log, &entries).await?;
        self.save(held, None).await
    }

    /// Stores how far an order has come, if nobody else has meanwhile, and if the holds
    /// are still those that were looked at.
    async fn save(&self, held: &mut Held, under: Option<&Loaded>) -> Result<(), Error> {
        let value = self.signed(&held.key, &held.progress);
        let batch = Batch::new()
            .require(held.key.clone(), Condition::Revision(held.revision))
            .put(held.key.clone(), value.clone());
        let batch = match under {
            Some(loaded) => loaded.epoch.required_by(batch),
            None => batch,
        };
        let error = match self.book.store.commit(batch).await {
            Ok(revision) => {
                held.revision = revision;
                return Ok(());
            }
            Err(error) => error,
        };
        if error.kind() != ErrorKind::InDoubt {
            return Err(error);
        }
        match self.book.store.get(&held.key).await {
            Ok(Some(record)) if record.value == value => {
                held.revision = record.revision;
                Ok(())
            }
            _ => Err(error),
        }
    }

    pub(super) fn signed(&self, key: &RecordKey, progress: &Progress) -> Vec<u8> {
        authentic::signed(&self.book.log_key, key, progress.to_bytes())
    }

    fn verified(&self, record: &StoredRecord) -> Result<Progress, Error> {
        let key = &self.book.log_key;
        let body = authentic::verified(key, &record.key, &record.value, "an order")?;
        Progress::parse(body)
    }

    /// What the order is called in the log and the store.
    pub(super) fn id(&self, order: &Order) -> Identifier {
        self.book
            .log_key
            .digest("retention.order", &order.canonical())
    }

    pub(super) fn key(&self, order: &Order, id: &Identifier) -> Result<RecordKey, Error> {
        let path = id.as_digest().map_or(&[][..], |(_, digest)| digest);
        RecordKey::new(Tenant::new(order.tenant_name()), ORDERS, path)
    }

    pub(super) fn trail(
        &self,
        order: &Order,
        id: &Identifier,
        what: &str,
    ) -> Result<Trail<'_>, Error> {
        let by = Caller::new(self.actor.clone());
        let tenant = self.book.log_key.digest("tenant", order.tenant_name());
        let mut entry = by.attempts(&format!("retention.{what}"))?;
        entry = entry.tenant(tenant).resource(id.clone());
        if let Some(clause) = order.clause() {
            entry = entry.purpose(Identifier::new(clause.as_str())?);
        }
        if let Some(request) = order.request_id() {
            entry = entry.request(Identifier::new(request)?);
        }
        if let Some(by) = order.due_by() {
            entry = entry.count("due-by", seconds(by))?;
        }
        Ok(Trail::new(&self.book.log, entry))
    }

    fn task_trail(
        &self,
        order: &Order,
        id: &Identifier,
        task: &StoreTask,
    ) -> Result<Trail<'_>, Error> {
        let scope = Identifier::new(task.store.as_str())?;
        let trail = self.trail(order, id, order.action().kind().as_str())?;
        let trail = trail.with(|entry| entry.scope(scope));
        trail.count("attempt", task.attempts)
    }
}

/// Has a keeper act, and looks after it.
async fn act(
    keeper: &dyn Keeper,
    order: &Order,
    progress: &Progress,
    now: Moment,
) -> Result<TaskState, Error> {
    let reported = match order.action() {
        Disposition::CryptoShred => keeper.shred(order).await?,
        Disposition::Delete => keeper.delete(order).await?,
        Disposition::Anonymise(_) => keeper.anonymise(order).await?,
        Disposition::Restrict => keeper.restrict(order).await?,
        Disposition::ProcessorManaged | Disposition::Review => {
            let problem = "asks for what no store does";
            return Err(RetentionCause::Clause { problem }.into());
        }
    };
    let state = accepted(order, reported, progress, now)?;
    check_count(keeper, order, &state).await?;
    Ok(state)
}

/// Makes sure that a store that says so has deleted everything.
async fn check_count(keeper: &dyn Keeper, order: &Order, state: &TaskState) -> Result<(), Error> {
    let is_deleted = matches!(
        (order.action(), state),
        (Disposition::Delete, TaskState::Done(_))
    );
    if is_deleted && keeper.count(order).await? > 0 {
        let what = "store says that all is deleted, and something is left";
        return Err(Error::message(ErrorKind::Store, what));
    }
    Ok(())
}

/// What a report comes to. What is dated as nothing of this order can be is refused: clocks
/// differ, but not by a day. A host whose clock was ahead may have begun the order, so it
/// was begun now at the latest.
fn accepted(
    order: &Order,
    reported: KeeperOutcome,
    progress: &Progress,
    now: Moment,
) -> Result<TaskState, Error> {
    let day = Duration::from_secs(86_400);
    let first = progress.opened.min(now).saturating_sub(day);
    let is_possible = match &reported {
        KeeperOutcome::Done(receipt) => {
            first <= receipt.at() && receipt.at() <= now.saturating_add(day)
        }
        KeeperOutcome::Accepted => true,
        KeeperOutcome::Expires { by, .. } => first <= *by && *by < Moment::MAX,
    };
    if !is_possible {
        return Err(Error::config("receipt has a date that it cannot have"));
    }
    Ok(match reported {
        KeeperOutcome::Done(receipt) => {
            check_proof(order, &receipt)?;
            TaskState::Done(receipt)
        }
        KeeperOutcome::Accepted => TaskState::Accepted { at: now },
        KeeperOutcome::Expires { by, evidence } => TaskState::Expires { by, evidence },
    })
}

fn check_proof(order: &Order, receipt: &ErasureReceipt) -> Result<(), Error> {
    let Disposition::Anonymise(demanded) = order.action() else {
        return Ok(());
    };
    let proof = receipt.anonymity();
    if proof.is_some_and(|proof| proof.shows(demanded.min_group())) {
        return Ok(());
    }
    let what = "receipt does not prove that the data is anonymous";
    Err(Error::config(what))
}

/// A moment as a count of the log; those before 1970 are 0.
fn seconds(at: Moment) -> u64 {
    u64::try_from(at.unix_seconds()).unwrap_or(0)
}

fn no_order() -> Error {
    RetentionCause::Undeclared { what: "order" }.into()
}

impl fmt::Debug for Executor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Executor")
            .field("stores", &self.parts.stores)
            .field("keepers", &self.parts.keepers.len())
            .finish_non_exhaustive()
    }
}
