//! How long data is kept and by when it is gone.

use super::values::PeriodText;

clause! {
    /// A rule of retention.
    Retention {
        /// What it is, for the notice.
        description: Option<String>,
        /// The categories that it is about, or `*` for all. A category includes those
        /// below it.
        categories: Vec<String>,
        /// The categories at the top of the tree that it is not about, where it is about
        /// `*`.
        except: Vec<String>,
        /// The event from which the periods run.
        trigger: Option<Trigger>,
        /// Keep for at least this long.
        keep_for: Option<PeriodText>,
        /// Keep at least while this lasts, without an end of its own.
        keep_while: Option<State>,
        /// Why it is kept.
        basis: Option<BasisWord>,
        /// The law, contract or interest behind the basis, for the notice.
        reason: Option<String>,
        /// Be gone before this long has passed.
        delete_by: Option<PeriodText>,
        /// What to do by then.
        action: Option<Action>,
        /// What to do when the keep bound is over.
        then: Option<Action>,
        /// How long after the end of the keep bound that is done at the latest.
        then_within: Option<PeriodText>,
        /// The category that anonymised data goes to.
        into: Option<String>,
        /// The processor that manages the data, where the action says so.
        processor: Option<String>,
        /// The keep clauses that this delete clause yields to.
        yields_to: Vec<String>,
        /// How long before the action the data subject is told.
        notify_before: Option<PeriodText>,
        /// Whether a longer keep bound than that of the version before holds for data that
        /// is there already: for a new legal duty.
        for_existing_data: bool,
        /// The purposes for which the data is kept.
        purposes: Vec<String>,
        /// Whether an export is offered before the action.
        offer_export: bool,
    }
}

words! {
    /// Events from which periods run.
    Trigger {
        /// The record was made.
        Created = "created",
        /// The record was last changed.
        LastModified = "last_modified",
        /// The data subject was last active.
        LastActive = "last_active",
        /// The account was closed.
        AccountClosed = "account_closed",
        /// The contract ended.
        ContractEnd = "contract_end",
        /// The data subject asked for deletion.
        DeletionRequested = "deletion_requested",
        /// Consent was withdrawn.
        ConsentWithdrawn = "consent_withdrawn",
        /// An objection was upheld.
        ObjectionUpheld = "objection_upheld",
        /// The purpose ended.
        PurposeEnded = "purpose_ended",
        /// The data was found to be a child's.
        ChildDataFound = "child_data_found",
        /// The service is wound down.
        ServiceWindDown = "service_wind_down",
        /// A legal hold was released.
        HoldReleased = "hold_released",
    }
}

words! {
    /// States that keep data.
    State {
        /// The account is active.
        AccountActive = "account_active",
        /// The contract runs.
        ContractRuns = "contract_runs",
    }
}

words! {
    /// What is done with data.
    Action {
        /// It is deleted.
        Delete = "delete",
        /// The key it is sealed under is destroyed, which reaches backups.
        CryptoShred = "crypto_shred",
        /// It becomes an anonymous aggregate.
        Anonymise = "anonymise",
        /// It stays, for the basis that survives alone.
        Restrict = "restrict",
        /// A processor sees to it by its own rules.
        ProcessorManaged = "processor_managed",
        /// A person decides.
        Review = "review",
    }
}

words! {
    /// Lawful bases.
    BasisWord {
        /// Consent.
        Consent = "consent",
        /// A contract with the data subject.
        Contract = "contract",
        /// A legal obligation.
        LegalObligation = "legal_obligation",
        /// Somebody's life.
        VitalInterests = "vital_interests",
        /// A task in the public interest.
        PublicTask = "public_task",
        /// A legitimate interest.
        LegitimateInterest = "legitimate_interest",
        /// Legal claims.
        LegalClaim = "legal_claim",
    }
}

impl BasisWord {
    pub(in crate::policy) const fn basis(self) -> crate::taxonomy::LawfulBasis {
        use crate::taxonomy::LawfulBasis;
        match self {
            Self::Consent => LawfulBasis::Consent,
            Self::Contract => LawfulBasis::Contract,
            Self::LegalObligation => LawfulBasis::LegalObligation,
            Self::VitalInterests => LawfulBasis::VitalInterests,
            Self::PublicTask => LawfulBasis::PublicTask,
            Self::LegitimateInterest => LawfulBasis::LegitimateInterest,
            Self::LegalClaim => LawfulBasis::LegalClaim,
        }
    }
}

clause! {
    /// Legal holds.
    Hold {
        /// By when a hold is looked at again.
        review_within: Option<PeriodText>,
        /// The roles that may place and release one.
        placed_by: Vec<String>,
        /// Whether two different persons must agree to override one.
        four_eyes: bool,
        /// Whether releasing a hold begins the periods anew.
        restarts_clock: bool,
    }
}

clause! {
    /// What stops a deletion run that is about to go wrong.
    Brakes {
        /// How far the clocks of the product's machines may differ.
        skew: Option<PeriodText>,
        /// How far the clock may have jumped ahead since the last run.
        max_jump: Option<PeriodText>,
        /// The share of all records, in percent, that one run may act on without a
        /// confirmation.
        max_percent: Option<u32>,
    }
}
