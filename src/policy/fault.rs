//! What is wrong with a document.

use std::fmt;

use super::codes::codes;
use super::position::Position;
use crate::Error;
use crate::decision::ClauseId;
use crate::error::PolicyCause;
use crate::id::not_plain;

codes! {
    /// What is wrong, as a code that does not change from version to version.
    FaultCode {
        // The text.
        DocumentTooLong = "document-too-long", "document is longer than 4 MiB";
        Syntax = "syntax", "text is not well-formed here";
        DuplicateKey = "duplicate-key", "key is repeated in one table";
        TooDeep = "too-deep", "tables and arrays are nested more than 32 deep";
        NumberTooLarge = "number-too-large", "number is too large";
        // The shape.
        UnknownKey = "unknown-key", "key is unknown here";
        UnknownValue = "unknown-value", "word is not one of those allowed here";
        WrongType = "wrong-type", "value is of the wrong type";
        OutOfRange = "out-of-range", "value is out of range";
        MissingKey = "missing-key", "a key that must be stated is missing";
        TooManyClauses = "too-many-clauses", "document has more than 16,384 clauses";
        TooManyFaults = "too-many-faults", "there are more faults than are reported";
        // Words.
        Placeholder = "placeholder", "placeholder was left in";
        EmptyText = "empty-text", "text is empty";
        TextTooLong = "text-too-long", "text is longer than 4096 bytes";
        DeadlineWithoutNumber = "deadline-without-number", "deadline is a word without a number";
        UnboundedWord = "unbounded-word", "period has no end";
        MalformedPeriod = "malformed-period", "period is not ISO 8601 text such as `P90D`";
        ZeroPeriod = "zero-period", "period is zero";
        MalformedDate = "malformed-date", "date is not of the form 2026-04-22";
        MalformedName = "malformed-name", "name has a character other than a letter, digit or `-_.:/`, or is too long";
        MalformedId = "malformed-id", "clause id has a character other than a letter, digit or `-_.:/`, or is too long";
        MalformedJurisdiction = "malformed-jurisdiction", "jurisdiction is not the code of a country or state, such as `DE` or `US-CA`";
        JurisdictionAlias = "jurisdiction-alias", "jurisdiction has another code: `GB` for `UK`, `GR` for `EL`, `EU` for `EEA`";
        MalformedContact = "malformed-contact", "contact is neither an e-mail address nor an https address";
        MalformedHost = "malformed-host", "host is not a plain host name";
        MalformedDigest = "malformed-digest", "digest is not `sha256:` and 64 hexadecimal digits in lower case";
        UnknownTimeZone = "unknown-time-zone", "time zone is not known";
        DuplicateId = "duplicate-id", "clause has the id of another clause";
        NamesDifferInCase = "names-differ-in-case", "name differs from that of another clause only in capital letters";
        DuplicateItem = "duplicate-item", "item is repeated in one list";
        DatesOutOfOrder = "dates-out-of-order", "later date comes before the earlier one";
        VersionNotNewest = "version-not-newest", "version carries a date other than the document's";
        // Names that lead nowhere.
        UndeclaredAction = "undeclared-action", "action is forbidden, and no clause grants it";
        UndeclaredCategory = "undeclared-category", "category is not declared";
        UndeclaredParent = "undeclared-parent", "category above this one is not declared";
        UndeclaredPurpose = "undeclared-purpose", "purpose is not declared";
        UndeclaredProcessor = "undeclared-processor", "processor is not declared";
        UndeclaredStore = "undeclared-store", "store is not declared";
        UndeclaredRegion = "undeclared-region", "region is not among those allowed";
        UndeclaredClause = "undeclared-clause", "clause is referred to and does not exist";
        UndeclaredRole = "undeclared-role", "role is not declared";
        UndeclaredMessage = "undeclared-message", "message class is not declared";
        UndeclaredPseudonym = "undeclared-pseudonym", "pseudonym is not declared";
        UndeclaredField = "undeclared-field", "field is not declared by any category listed";
        UndeclaredChannel = "undeclared-channel", "channel is not among the notice channels";
        UnusedName = "unused-name", "name is declared, but nothing refers to it";
        // Purposes and consent.
        PurposeWithoutVerdict = "purpose-without-verdict", "purpose has no verdict";
        RequiredPurposeMissing = "required-purpose-missing", "purposes `training` and `sale` must be declared with a verdict";
        PurposeWithoutBasis = "purpose-without-basis", "permitted purpose has no lawful basis";
        PurposeWithoutCategory = "purpose-without-category", "permitted purpose lists no category";
        BasisContradictsVerdict = "basis-contradicts-verdict", "basis and verdict of the purpose contradict each other";
        LegitimateInterestUnstated = "legitimate-interest-unstated", "legitimate interest is not stated";
        ProhibitedPurposeUsed = "prohibited-purpose-used", "a prohibited purpose is relied on";
        ConsentWithoutNotice = "consent-without-notice", "purpose needs consent and no notice version covers it";
        NoticePurposesDiffer = "notice-purposes-differ", "texts of one notice version cover different purposes";
        MessagesOfTwoKinds = "messages-of-two-kinds", "messages that the service needs share a purpose with other messages";
        PurposeBelowProhibited = "purpose-below-prohibited", "purpose is permitted, but is part of one that is prohibited";
        ConsentWithoutMechanism = "consent-without-mechanism", "purpose needs consent and there is no section on consent";
        OptOutWithoutSignal = "opt-out-without-signal", "purpose sells, shares or advertises and `signal.gpc` does not list it";
        SignalNotForPurpose = "signal-not-for-purpose", "signal is mapped to a purpose that neither sells, shares nor advertises";
        OptOutOfService = "opt-out-of-service", "messages that the service needs cannot be opted out of";
        AgeOutOfRange = "age-out-of-range", "minimum age is not between 1 and 21";
        UnknownAgeAsAdult = "unknown-age-as-adult", "an unknown age counts as that of an adult where consent is needed";
        // Retention.
        CategoryWithoutRetention = "category-without-retention", "category has no retention rule";
        CategoryWithoutForm = "category-without-form", "category states no form in which it is stored";
        CategoryWithoutStore = "category-without-store", "category is stored and names no store";
        StoredAlthoughNever = "stored-although-never", "category is never stored and names a store or a retention rule";
        UnboundedRetention = "unbounded-retention", "category is kept without an end";
        RetentionWithoutBound = "retention-without-bound", "retention clause has neither a keep bound nor a delete bound";
        StateWithDeadline = "state-with-deadline", "clause that keeps while a state lasts has a trigger or a delete bound";
        ExceptOfPart = "except-of-part", "exception is not a top-level category of a clause about `*`";
        RetentionWithoutAction = "retention-without-action", "retention clause states no action";
        KeepWithoutBasis = "keep-without-basis", "keep bound has no basis";
        KeepAfterDelete = "keep-after-delete", "keep bound of the clause ends after its own delete bound";
        RetentionConflict = "retention-conflict", "keep and delete bounds can never both hold, and neither clause yields";
        YieldsToNothing = "yields-to-nothing", "clause yields to one that it is not in conflict with";
        YieldsInCircle = "yields-in-circle", "clauses yield to each other in a circle";
        YieldsToWeaker = "yields-to-weaker", "delete bound yields to a keep bound without a legal duty or claim";
        AnonymiseIntoNothing = "anonymise-into-nothing", "anonymised data needs a category to go to and a least group size";
        AnonymisedIsPersonal = "anonymised-is-personal", "category that anonymised data goes to is not marked as anonymous";
        GroupTooSmall = "group-too-small", "least group size is below 2";
        ActionWithoutProcessor = "action-without-processor", "processor that manages the data is not named";
        ProcessorManagesOwnData = "processor-manages-own-data", "retention is left to a processor that acts on our instructions";
        BackupKeepsDeleted = "backup-keeps-deleted", "a store keeps deleted data without saying how it goes: by `expires_within` or a shredded key";
        ShareOutOfRange = "share-out-of-range", "share is not between 1 and 100 percent";
        OwnRecordsUndeclared = "own-records-undeclared", "consent log, audit log or rights records are not declared as a category";
        OwnRecordsWithoutRetention = "own-records-without-retention", "consent log, audit log or rights records have no retention clause of their own";
        HoldWithoutReview = "hold-without-review", "holds are allowed without a review period";
        // Processors and what leaves.
        ProcessorWithoutRole = "processor-without-role", "processor states no role";
        ProcessorWithoutContract = "processor-without-contract", "processor acts on our instructions and no attestation of a contract is required of it";
        ForbiddenProcessor = "forbidden-processor", "processor has a function that the policy forbids";
        ForbiddenStore = "forbidden-store", "store is operated by a third party although the policy forbids that";
        ForbiddenCookie = "forbidden-cookie", "cookie is of a class that the policy forbids";
        ForbiddenPurpose = "forbidden-purpose", "processor has a purpose that the policy prohibits";
        DisclosureOfUnlisted = "disclosure-of-unlisted", "category goes to a processor that does not list it";
        PurposeOfUnlisted = "purpose-of-unlisted", "purpose is not among those of the processor";
        RegionOfUnlisted = "region-of-unlisted", "region is not among those of the processor";
        ThirdPartyWithoutTransfer = "transfer-without-mechanism", "processor is in a region that needs a transfer mechanism, and has none";
        CustomerRouteFallsBack = "customer-route-falls-back", "route on the customer's own contract falls back to another one";
        RouteInCircle = "route-in-circle", "routes fall back to each other in a circle";
        RouteWithoutPurpose = "route-without-purpose", "route names no purpose";
        NeverStoredLeaves = "never-stored-leaves", "category that is never stored is listed to leave";
        DisclosureWithoutGuard = "disclosure-without-guard", "disclosure to an authority needs a case reference";
        AttestationMissing = "attestation-missing", "attestation that is required is not in the document";
        ClaimWithoutAttestation = "claim-without-attestation", "claim has no attestation";
        ClaimContradicted = "claim-contradicted", "claim is contradicted by another clause";
        FlowUndeclared = "flow-undeclared", "flow leads to or from something that is not declared";
        // Protection.
        RedactionOffWithoutReason = "redaction-off-without-reason", "redaction is off and no reason is written down";
        RedactionSinkMissing = "redaction-sink-missing", "sink has no redaction clause";
        RedactionWithoutDetector = "redaction-without-detector", "redaction clause names no detector";
        CardStored = "card-stored", "payment card data has a form other than `never`";
        PasswordNotHashed = "password-not-hashed", "passwords have a form other than `hashed` or `never`";
        WeakAlgorithm = "weak-algorithm", "algorithm is weaker than AES-256-GCM";
        SealedWithoutVault = "sealed-without-vault", "category is sealed and there is no section on the vault";
        PlainHttp = "plain-http", "plain HTTP is allowed beyond the loopback address";
        WeakTls = "weak-tls", "TLS below 1.2 is allowed";
        ContentInTelemetry = "content-in-telemetry", "telemetry event carries content or identity";
        EventToProcessor = "event-to-processor", "telemetry goes to a processor that the policy does not allow it";
        JoinedPseudonym = "joined-pseudonym", "pseudonym may be joined with an identity";
        PseudonymWithoutRotation = "pseudonym-without-rotation", "pseudonym never rotates and says no reason";
        CategoryWithoutPseudonym = "category-without-pseudonym", "category is stored as a pseudonym and names none";
        CookieWithoutPurpose = "cookie-without-purpose", "cookie names no purpose";
        CookieWithoutLifetime = "cookie-without-lifetime", "cookie states no lifetime";
        CookieWithoutConsent = "cookie-without-consent", "cookie that the service does not need has a purpose without consent";
        // Visibility and rights.
        LevelWithoutClause = "level-without-clause", "level has no clause that says who may do what";
        StaffWithoutLimit = "staff-without-limit", "staff access states no actions, no categories or no longest duration";
        RoleWithoutAction = "role-without-action", "role grants no action";
        PublishWithoutScan = "publish-without-scan", "something may become public and no scan is asked for before";
        RightWithoutDeadline = "right-without-deadline", "right has no deadline";
        RightWithoutCategory = "right-without-category", "export names no category";
        RightsMissing = "rights-missing", "access, correction and deletion must be stated";
        DeadlineTooLong = "deadline-too-long", "deadline is longer than the law of a jurisdiction allows";
        DeletionLaterThanRight = "deletion-later-than-right", "no retention clause deletes a category within the deadline of the right to deletion";
        NoticeWithoutChannel = "notice-without-channel", "notice names no channel";
        NoticeWithoutLead = "notice-without-lead", "notice of changes has no lead time";
        IncidentWithoutClock = "incident-without-clock", "incidents have no clock";
        IncidentFieldMissing = "incident-field-missing", "notice of a breach lacks a field that the law demands";
        // Compiling against something else.
        PromiseWithoutClause = "promise-without-clause", "promise is carried by no clause";
        UnknownPromise = "unknown-promise", "clause carries a promise that is not in the list";
        RecordUndeclared = "record-undeclared", "record type has a category or store that is not declared";
        RecordStoredElsewhere = "record-stored-elsewhere", "record type is kept in a store that its category does not list";
        RecordMissing = "record-missing", "category is stored and no record type has it";
        RefusedByModule = "refused-by-module", "a module refused what the clause says";
    }
}

impl fmt::Display for FaultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing that is wrong with a document: what, where, and in which clause.
///
/// As text it is `line:column: code: what is wrong`, with the clause and the name at
/// fault behind. A name is shown where it is 1 to 64 letters, digits and `-_.:/`;
/// nothing else of the document is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    code: FaultCode,
    position: Position,
    clause: Option<ClauseId>,
    name: Option<Box<str>>,
}

impl Fault {
    pub(super) const fn new(code: FaultCode, position: Position) -> Self {
        Self {
            code,
            position,
            clause: None,
            name: None,
        }
    }

    /// Says in which clause it is. What cannot be an id is left out.
    pub(super) fn in_clause(mut self, clause: &str) -> Self {
        self.clause = ClauseId::new(clause).ok();
        self
    }

    /// Says which name is at fault. What cannot be a name is left out.
    pub(super) fn naming(mut self, name: &str) -> Self {
        let shown = (1..=64).contains(&name.len()) && not_plain(name).is_none();
        self.name = shown.then(|| name.into());
        self
    }

    /// Returns what is wrong.
    #[must_use]
    pub const fn code(&self) -> FaultCode {
        self.code
    }

    /// Returns the line, counted from 1.
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.position.line
    }

    /// Returns the column, in characters, counted from 1.
    #[must_use]
    pub const fn column(&self) -> u32 {
        self.position.column
    }

    /// Returns the clause that is at fault, if it is one.
    #[must_use]
    pub const fn clause(&self) -> Option<&ClauseId> {
        self.clause.as_ref()
    }

    /// Returns the name at fault: a key, a word or a reference.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column } = self.position;
        write!(f, "{line}:{column}: {}: {}", self.code, self.code.says())?;
        if let Some(name) = &self.name {
            write!(f, ": `{name}`")?;
        }
        match &self.clause {
            Some(clause) => write!(f, ", in `{clause}`"),
            None => Ok(()),
        }
    }
}

/// All that is wrong with a document: at least one [`Fault`], in the order of their
/// places.
///
/// It turns into an [`Error`] of kind `Config` that names the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults {
    faults: Vec<Fault>,
}

impl Faults {
    /// The most faults that are reported at once.
    pub const MAX: usize = 1024;

    /// Returns the faults, in the order of their places.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Fault> {
        self.faults.iter()
    }

    /// Returns how many there are: at least one.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "there is always one")]
    pub const fn len(&self) -> usize {
        self.faults.len()
    }

    /// Returns whether one has this code.
    #[must_use]
    pub fn has(&self, code: FaultCode) -> bool {
        self.faults.iter().any(|fault| fault.code == code)
    }
}

impl From<Vec<Fault>> for Faults {
    fn from(mut faults: Vec<Fault>) -> Self {
        let key = |fault: &Fault| (fault.position, fault.code, fault.name.clone());
        faults.sort_by_key(key);
        faults.dedup();
        if faults.is_empty() {
            faults.push(Fault::new(FaultCode::Syntax, Position::START));
        }
        if faults.len() > Self::MAX {
            faults.truncate(Self::MAX - 1);
            let last = faults
                .last()
                .map_or(Position::START, |fault| fault.position);
            faults.push(Fault::new(FaultCode::TooManyFaults, last));
        }
        Self { faults }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, fault) in self.faults.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

impl From<Faults> for Error {
    fn from(faults: Faults) -> Self {
        let first = faults.faults.first();
        let cause = PolicyCause::Faults {
            count: faults.len(),
            code: first.map_or(FaultCode::Syntax.as_str(), |fault| fault.code.as_str()),
            line: first.map_or(1, |fault| fault.position.line),
            column: first.map_or(1, |fault| fault.position.column),
        };
        cause.into()
    }
}
