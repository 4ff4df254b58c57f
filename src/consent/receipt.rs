//! Receipts: what happened between a data subject and a controller, once and for good.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::{Actor, ConsentState, Event};
use crate::Error;
use crate::decision::ClauseId;
use crate::error::ConsentCause;
use crate::id::{byte_id, not_plain};
use crate::random::random;
use crate::taxonomy::{Jurisdiction, Purpose};
use crate::time::Moment;

/// The id of a receipt: random, in the form of a UUID of version 4.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReceiptId([u8; 16]);

impl ReceiptId {
    /// Draws an id from the system's random numbers.
    ///
    /// # Errors
    /// [`KeyService`](crate::ErrorKind::KeyService) where the system has none.
    pub fn generate() -> Result<Self, Error> {
        let mut bytes = [0; 16];
        random(&mut bytes)?;
        Ok(Self::from_bytes(bytes))
    }

    /// Makes an id of random bytes. The bits that say which version of UUID it is are
    /// set.
    #[must_use]
    pub const fn from_bytes(mut bytes: [u8; 16]) -> Self {
        let [.., version, _, variant, _, _, _, _, _, _, _] = &mut bytes;
        *version = *version & 0x0f | 0x40;
        *variant = *variant & 0x3f | 0x80;
        Self(bytes)
    }

    /// Returns the bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

byte_id!(ReceiptId);

impl fmt::Display for ReceiptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            let dash = if matches!(index, 4 | 6 | 8 | 10) {
                "-"
            } else {
                ""
            };
            write!(f, "{dash}{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for ReceiptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReceiptId({self})")
    }
}

impl FromStr for ReceiptId {
    type Err = Error;

    /// # Errors
    /// `Config` where the text is no UUID of version 4 in lower case.
    fn from_str(text: &str) -> Result<Self, Error> {
        let malformed = || Error::from(ConsentCause::ReceiptId);
        let digits: String = text.chars().filter(|c| *c != '-').collect();
        let number = u128::from_str_radix(&digits, 16).map_err(|_| malformed())?;
        let id = Self::from_bytes(number.to_be_bytes());
        if id.to_string() == text {
            Ok(id)
        } else {
            Err(malformed())
        }
    }
}

/// The notice that the data subject was shown: its version, its language, and the
/// SHA-256 digest of the very text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoticeRef {
    version: Box<str>,
    language: Box<str>,
    digest: [u8; 32],
}

impl NoticeRef {
    /// The most bytes of a version.
    pub const MAX_VERSION: usize = 64;

    /// Names a text: a version such as `2026-04-22`, the language as a BCP 47 tag such
    /// as `de` or `pt-BR`, and the SHA-256 digest of its bytes.
    ///
    /// # Errors
    /// `Config` where the version is empty or has another character than a letter, digit
    /// or `-_.:/`, or the language is not such a tag; `Limit` where one is longer than
    /// [`MAX_VERSION`](Self::MAX_VERSION).
    pub fn new(version: &str, language: &str, digest: [u8; 32]) -> Result<Self, Error> {
        check_plain("version of a notice", version, Self::MAX_VERSION)?;
        check_language(language)?;
        Ok(Self {
            version: version.into(),
            language: language.into(),
            digest,
        })
    }

    /// Returns the version.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns the language.
    #[must_use]
    pub fn language(&self) -> &str {
        &self.language
    }

    /// Returns the digest of the text.
    #[must_use]
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

/// A BCP 47 tag, by its form: letters, then groups of letters and digits.
fn check_language(language: &str) -> Result<(), Error> {
    let what = "language of a notice";
    check_plain(what, language, NoticeRef::MAX_VERSION)?;
    let mut groups = language.split('-');
    let first = groups.next().unwrap_or_default();
    let is_language = (2..=8).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && groups.all(|group| {
            (1..=8).contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
    match is_language {
        true => Ok(()),
        false => Err(ConsentCause::Unknown { what }.into()),
    }
}

/// A consent that a signal contradicts, and the clause that says which of them counts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conflict {
    /// The purpose that both are about.
    pub purpose: Purpose,
    /// The receipt of the consent.
    pub consent: ReceiptId,
    /// The clause that resolved it.
    pub clause: ClauseId,
}

/// One entry of the ledger: what happened, when, and on which notice.
///
/// # Security
/// `Debug` shows neither the signal nor the reason.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConsentReceipt {
    /// The id.
    pub id: ReceiptId,
    /// What happened.
    pub event: Event,
    /// The purposes that it is about; none means all of them, for a restriction.
    pub purposes: BTreeSet<Purpose>,
    /// The notice that was shown.
    pub notice: Option<NoticeRef>,
    /// When it happened.
    pub at: Moment,
    /// When the ledger took it: never before the receipts before it.
    pub received: Moment,
    /// Where the host's clock was behind that of one which recorded before: the how many-th
    /// receipt this is that therefore was received at the same moment as those before. 0 for
    /// any other.
    pub behind: u64,
    /// The moment from which on a consent permits nothing any more.
    pub expires: Option<Moment>,
    /// How it was expressed, such as `form.checkbox` or `header.sec-gpc`.
    pub method: Box<str>,
    /// Who did it.
    pub actor: Actor,
    /// Whose law it was done under.
    pub jurisdiction: Option<Jurisdiction>,
    /// How the consent can be withdrawn, such as the address of a page.
    pub withdrawal_route: Option<Box<str>>,
    /// The signal, just as it was received.
    pub signal: Option<Box<[u8]>>,
    /// Why, in the words of whoever decided it.
    pub reason: Option<Box<str>>,
    /// The consents that a signal contradicted.
    pub conflicts: Vec<Conflict>,
}

impl ConsentReceipt {
    /// Returns what a data subject can be shown of an opt-out; nothing for another event.
    #[must_use]
    pub fn confirmation(&self) -> Option<OptOutConfirmation> {
        (self.event == Event::OptedOut).then(|| OptOutConfirmation {
            receipt: self.id,
            purposes: self.purposes.clone(),
            at: self.at,
            received: self.received,
            method: self.method.clone(),
            signal: self.signal.clone(),
            conflicts: self.conflicts.clone(),
        })
    }
}

impl fmt::Debug for ConsentReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt")
            .field("id", &self.id)
            .field("event", &self.event)
            .field("purposes", &self.purposes)
            .field("at", &self.at)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// The confirmation of an opt-out, to show to the data subject: what was opted out of,
/// when, and the signal as it was received.
///
/// `Display` words it for people, in English.
///
/// # Security
/// `Debug` does not show the signal.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OptOutConfirmation {
    /// The receipt of the opt-out.
    pub receipt: ReceiptId,
    /// What was opted out of.
    pub purposes: BTreeSet<Purpose>,
    /// When.
    pub at: Moment,
    /// When it was recorded.
    pub received: Moment,
    /// How it was expressed.
    pub method: Box<str>,
    /// The signal, just as it was received.
    pub signal: Option<Box<[u8]>>,
    /// The consents that it contradicted, with the clauses that resolved it.
    pub conflicts: Vec<Conflict>,
}

impl fmt::Display for OptOutConfirmation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opted out of ")?;
        for (index, purpose) in self.purposes.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{purpose}")?;
        }
        write!(f, " on {}, by {}", self.at, self.method)?;
        if let Some(signal) = &self.signal {
            write!(f, " (`{}`)", signal.escape_ascii())?;
        }
        write!(f, "; recorded on {} as {}", self.received, self.receipt)?;
        for conflict in &self.conflicts {
            let (purpose, clause) = (&conflict.purpose, &conflict.clause);
            write!(
                f,
                "; an earlier consent to {purpose} was resolved by {clause}"
            )?;
        }
        Ok(())
    }
}

impl fmt::Debug for OptOutConfirmation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OptOutConfirmation")
            .field("receipt", &self.receipt)
            .field("purposes", &self.purposes)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// A receipt to be recorded.
///
/// # Example
/// ```
/// use confidant::consent::{ConsentState, NewReceipt, NoticeRef};
/// use confidant::taxonomy::Purpose;
///
/// let notice = NoticeRef::new("2026-04-22", "en", [7; 32])?;
/// let receipt = NewReceipt::consent(ConsentState::Given, [Purpose::new("training")?], "2026-05-01T12:00:00Z".parse()?)
///     .notice(notice)
///     .method("form.checkbox")
///     .withdrawal_route("https://acme.test/privacy");
/// receipt.check()?;
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct NewReceipt {
    receipt: ConsentReceipt,
    id: Option<ReceiptId>,
}

impl NewReceipt {
    /// The most purposes of a receipt.
    pub const MAX_PURPOSES: usize = 64;
    /// The most bytes of a method.
    pub const MAX_METHOD: usize = 64;
    /// The most bytes of a signal.
    pub const MAX_SIGNAL: usize = 256;
    /// The most bytes of a reason, and of a way to withdraw.
    pub const MAX_TEXT: usize = 1024;

    /// Records `event` for `purposes` at the moment `at`, by the data subject.
    #[must_use]
    pub fn new(event: Event, purposes: impl IntoIterator<Item = Purpose>, at: Moment) -> Self {
        let receipt = ConsentReceipt {
            id: ReceiptId::from_bytes([0; 16]),
            event,
            purposes: purposes.into_iter().collect(),
            notice: None,
            at,
            received: at,
            behind: 0,
            expires: None,
            method: Box::default(),
            actor: Actor::Subject,
            jurisdiction: None,
            withdrawal_route: None,
            signal: None,
            reason: None,
            conflicts: Vec::new(),
        };
        Self { receipt, id: None }
    }

    /// Records that a consent came into a state.
    #[must_use]
    pub fn consent(
        state: ConsentState,
        purposes: impl IntoIterator<Item = Purpose>,
        at: Moment,
    ) -> Self {
        Self::new(Event::Consent(state), purposes, at)
    }

    /// Sets the id. A second call with the same id records nothing and returns the
    /// receipt of the first, so a caller that may repeat itself draws the id before.
    #[must_use]
    pub const fn id(mut self, id: ReceiptId) -> Self {
        self.id = Some(id);
        self
    }

    /// Sets the notice that was shown.
    #[must_use]
    pub fn notice(mut self, notice: NoticeRef) -> Self {
        self.receipt.notice = Some(notice);
        self
    }

    /// Ends the consent at `moment`.
    #[must_use]
    pub const fn expires(mut self, moment: Moment) -> Self {
        self.receipt.expires = Some(moment);
        self
    }

    /// Says how it was expressed.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.receipt.method = method.into();
        self
    }

    /// Says who did it; the data subject otherwise.
    #[must_use]
    pub const fn actor(mut self, actor: Actor) -> Self {
        self.receipt.actor = actor;
        self
    }

    /// Says whose law it was done under.
    #[must_use]
    pub const fn jurisdiction(mut self, jurisdiction: Jurisdiction) -> Self {
        self.receipt.jurisdiction = Some(jurisdiction);
        self
    }

    /// Says how the consent can be withdrawn.
    #[must_use]
    pub fn withdrawal_route(mut self, route: &str) -> Self {
        self.receipt.withdrawal_route = Some(route.into());
        self
    }

    /// Keeps the signal as it was received.
    #[must_use]
    pub fn signal(mut self, signal: &[u8]) -> Self {
        self.receipt.signal = Some(signal.into());
        self
    }

    /// Says why.
    #[must_use]
    pub fn reason(mut self, reason: &str) -> Self {
        self.receipt.reason = Some(reason.into());
        self
    }

    pub(super) fn conflicts(mut self, conflicts: Vec<Conflict>) -> Self {
        self.receipt.conflicts = conflicts;
        self
    }

    /// Checks that it may be recorded. The ledger checks it as well.
    ///
    /// # Errors
    /// `Config` where something is missing that such a receipt needs: the purposes and
    /// the method always, but for a restriction and an accepted policy; the notice and
    /// the way to withdraw for a consent that is given or renewed; the notice for an
    /// accepted policy; the reason, and the controller as the actor, for an objection
    /// that is overridden. `Config` also where it expires before it begins. `Limit` for
    /// what is too long.
    pub fn check(&self) -> Result<(), Error> {
        let receipt = &self.receipt;
        let missing = |what| Err(ConsentCause::Missing { what }.into());
        check_plain("method", &receipt.method, Self::MAX_METHOD)?;
        let whole = matches!(
            receipt.event,
            Event::Restricted | Event::RestrictionLifted | Event::PolicyAccepted
        );
        if receipt.purposes.is_empty() && !whole {
            return missing("purpose");
        }
        if receipt.purposes.len() > Self::MAX_PURPOSES {
            let most = Self::MAX_PURPOSES as u64;
            return Err(Error::limit("purposes of a receipt", most));
        }
        let gives = matches!(receipt.event, Event::Consent(state) if state.permits());
        if receipt.notice.is_none() && (gives || receipt.event == Event::PolicyAccepted) {
            return missing("notice");
        }
        if gives
            && receipt
                .withdrawal_route
                .as_deref()
                .is_none_or(str::is_empty)
        {
            return missing("way to withdraw");
        }
        if gives && receipt.actor == Actor::Controller {
            return Err(ConsentCause::ControllerConsents.into());
        }
        if receipt.event == Event::ObjectionOverridden {
            if receipt.reason.as_deref().is_none_or(str::is_empty) {
                return missing("reason");
            }
            if receipt.actor != Actor::Controller {
                return missing("controller as the actor");
            }
        }
        if receipt.expires.is_some_and(|expires| expires <= receipt.at) {
            return Err(ConsentCause::ExpiresFirst.into());
        }
        for (what, text) in [
            ("reason of a receipt", &receipt.reason),
            ("way to withdraw of a receipt", &receipt.withdrawal_route),
        ] {
            if text
                .as_deref()
                .is_some_and(|text| text.len() > Self::MAX_TEXT)
            {
                return Err(Error::limit(what, Self::MAX_TEXT as u64));
            }
        }
        let signal = receipt.signal.as_deref().unwrap_or_default();
        if signal.len() > Self::MAX_SIGNAL {
            return Err(Error::limit("signal of a receipt", Self::MAX_SIGNAL as u64));
        }
        Ok(())
    }

    /// Returns the receipt as it would be recorded at `received`, for decisions over
    /// facts that are not in a ledger.
    ///
    /// What takes a permission away counts from `received` on where it lies after it, so
    /// that a host whose clock is ahead loses no withdrawal.
    ///
    /// # Errors
    /// Those of [`check`](Self::check); `Config` where it gives something and lies in the
    /// future, or where the controller takes an objection or an opt-out back, which is the
    /// data subject's to do; `KeyService` where no id was set and the system has no random
    /// numbers.
    pub fn into_receipt(mut self, received: Moment) -> Result<ConsentReceipt, Error> {
        self.check()?;
        let event = self.receipt.event;
        let lifts = matches!(event, Event::ObjectionLifted | Event::OptOutLifted);
        if lifts && self.receipt.actor == Actor::Controller {
            return Err(ConsentCause::ControllerLifts.into());
        }
        if event.is_restrictive() {
            self.receipt.at = self.receipt.at.min(received);
        }
        if self.receipt.at > received {
            return Err(ConsentCause::Future.into());
        }
        let id = match self.id {
            Some(id) => id,
            None => ReceiptId::generate()?,
        };
        Ok(ConsentReceipt {
            id,
            received,
            ..self.receipt
        })
    }

    /// A receipt that was recorded, to be checked once more.
    pub(super) const fn of(receipt: ConsentReceipt) -> Self {
        Self { receipt, id: None }
    }

    pub(super) const fn event(&self) -> Event {
        self.receipt.event
    }

    pub(super) const fn at(&self) -> Moment {
        self.receipt.at
    }

    pub(super) const fn purposes(&self) -> &BTreeSet<Purpose> {
        &self.receipt.purposes
    }
}

/// Checks a short name: 1 to `limit` letters, digits and `-_.:/`.
pub(crate) fn check_plain(what: &'static str, text: &str, limit: usize) -> Result<(), Error> {
    if text.is_empty() {
        return Err(ConsentCause::Missing { what }.into());
    }
    if text.len() > limit {
        return Err(Error::limit(what, limit as u64));
    }
    match not_plain(text) {
        Some(at) => Err(ConsentCause::Syntax { what, at }.into()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    fn at(seconds: i64) -> Moment {
        Moment::from_unix_seconds(seconds).unwrap()
    }

    fn purposes() -> [Purpose; 1] {
        [Purpose::new("training").unwrap()]
    }

    fn given() -> NewReceipt {
        NewReceipt::consent(ConsentState::Given, purposes(), at(10))
            .notice(NoticeRef::new("v1", "en", [1; 32]).unwrap())
            .method("form")
            .withdrawal_route("https://acme.test/privacy")
    }

    #[test]
    fn an_id_is_a_uuid() {
        let id = ReceiptId::from_bytes([0xff; 16]);
        assert_eq!(id.to_string(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(id.to_string().parse::<ReceiptId>().unwrap(), id);
        for text in [
            "",
            "ffffffff-ffff-4fff-bfff-fffffffffff",
            "FFFFFFFF-ffff-4fff-bfff-ffffffffffff",
            "ffffffff-ffff-1fff-bfff-ffffffffffff",
        ] {
            assert!(text.parse::<ReceiptId>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_a_receipt_needs_is_asked_for() {
        given().check().unwrap();
        let bare = NewReceipt::consent(ConsentState::Given, purposes(), at(10)).method("form");
        let overridden =
            NewReceipt::new(Event::ObjectionOverridden, purposes(), at(10)).method("review");
        for (name, receipt) in [
            ("no notice", bare.clone().withdrawal_route("x")),
            (
                "no way to withdraw",
                bare.clone()
                    .notice(NoticeRef::new("v1", "en", [1; 32]).unwrap()),
            ),
            ("an empty way to withdraw", given().withdrawal_route("")),
            ("no method", given().method("")),
            ("a method with blanks", given().method("a b")),
            (
                "no purpose",
                NewReceipt::new(Event::OptedOut, [], at(10)).method("form"),
            ),
            ("expires at once", given().expires(at(10))),
            (
                "consent of the controller",
                given().actor(Actor::Controller),
            ),
            ("no reason", overridden.clone().actor(Actor::Controller)),
            ("the subject overrides", overridden.reason("a claim")),
            (
                "accepted without a notice",
                NewReceipt::new(Event::PolicyAccepted, [], at(10)).method("use"),
            ),
        ] {
            assert_eq!(
                receipt.check().unwrap_err().kind(),
                ErrorKind::Config,
                "{name}"
            );
        }
        for (name, receipt) in [
            ("reason", given().reason(&"r".repeat(1025))),
            ("signal", given().signal(&[b'1'; 257])),
            ("method", given().method(&"m".repeat(65))),
        ] {
            assert_eq!(
                receipt.check().unwrap_err().kind(),
                ErrorKind::Limit,
                "{name}"
            );
        }
        assert!(given().into_receipt(at(9)).is_err(), "in the future");
    }

    #[test]
    fn a_confirmation_shows_the_signal_and_cannot_forge_a_line() {
        let receipt = NewReceipt::new(Event::OptedOut, purposes(), at(10))
            .method("header.sec-gpc")
            .signal(b"1\n")
            .id(ReceiptId::from_bytes([0; 16]));
        let receipt = receipt.into_receipt(at(11)).unwrap();
        assert_eq!(
            receipt.confirmation().unwrap().to_string(),
            "Opted out of training on 1970-01-01T00:00:10Z, by header.sec-gpc (`1\\n`); \
             recorded on 1970-01-01T00:00:11Z as 00000000-0000-4000-8000-000000000000"
        );
        assert!(
            given()
                .into_receipt(at(11))
                .unwrap()
                .confirmation()
                .is_none()
        );
    }
}
