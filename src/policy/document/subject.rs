//! Who may see what, and what data subjects may ask for.

use std::collections::BTreeMap;

use super::values::{DateText, PeriodText};

clause! {
    /// Who may see what.
    Visibility {
        /// The levels in use, from the narrowest.
        levels: Vec<Level>,
        /// The level of what is new.
        default: Option<Level>,
        /// The categories that it is about.
        categories: Vec<String>,
        /// The roles, and what each may do.
        role: BTreeMap<String, Role>,
        /// The roles that may change the level.
        changed_by: Vec<String>,
        /// Whether every change is in the audit log.
        audited: bool,
        /// Whether publishing needs a scan that is clean or waived by the owner.
        publish_scan: bool,
        /// Whether what is public may also be listed in galleries and searches.
        listing: bool,
        /// Who may copy.
        fork: Option<ForkRule>,
        /// Access by staff. Missing: none.
        staff: Option<Staff>,
        /// Whether members must have signed in with several factors.
        mfa: bool,
    }
}

words! {
    /// Levels of visibility.
    Level {
        /// The owner and invited members.
        Private = "private",
        /// Members of the owner's organisation.
        Internal = "internal",
        /// Anyone.
        Public = "public",
    }
}

clause! {
    /// A role, and what it may do.
    Role {
        /// The actions it may take.
        actions: Vec<String>,
        /// What it is about: `workspace` where it is missing.
        scope: Option<String>,
    }
}

words! {
    /// Who may copy what they can see.
    ForkRule {
        /// Nobody but the owner.
        Owner = "owner",
        /// Whoever can see it.
        Viewers = "viewers",
        /// Whoever can see it while it is public.
        Public = "public",
    }
}

clause! {
    /// Access by staff.
    Staff {
        /// The reasons that count.
        reasons: Vec<String>,
        /// The categories they may reach.
        categories: Vec<String>,
        /// The longest that a grant lasts.
        max_duration: Option<PeriodText>,
        /// Whether a ticket must be named.
        ticket: bool,
        /// Whether the access is in the audit log before it happens.
        audited: bool,
        /// Whether a second person must approve.
        four_eyes: bool,
        /// Whether users can see when and why staff looked.
        reported: bool,
        /// The regions from which staff may look.
        regions: Vec<String>,
    }
}

clause! {
    /// What data subjects may ask for.
    Rights {
        /// The kinds of requests.
        kind: BTreeMap<RightKind, Right>,
        /// Who is asked to show who they are.
        identity: Option<IdentityRule>,
        /// Whether the clock stands still while identity is checked.
        identity_pauses: bool,
        /// Who may ask.
        requesters: Vec<Requester>,
        /// Whether all answers name the contact and the authority.
        complaint: Vec<super::Complaint>,
        /// What is said when a request is refused in part.
        partial: bool,
        /// Whether rights are the same for everybody, wherever they live.
        everywhere: bool,
        /// The date from which access by date range reaches.
        access_since: Option<DateText>,
        /// How long before its deadline a request is at risk.
        at_risk: Option<PeriodText>,
        /// Whether using a right changes nothing about the service.
        no_discrimination: bool,
    }
}

words! {
    /// Kinds of requests.
    RightKind {
        /// A copy of the data.
        Access = "access",
        /// A correction.
        Correction = "correction",
        /// Deletion.
        Deletion = "deletion",
        /// An objection.
        Objection = "objection",
        /// Restriction.
        Restriction = "restriction",
        /// The data in a common format.
        Portability = "portability",
        /// Withdrawal of consent.
        Withdrawal = "withdrawal",
        /// Opting out of sale and sharing.
        OptOut = "opt_out",
        /// A complaint.
        Complaint = "complaint",
        /// An appeal against a refusal.
        Appeal = "appeal",
    }
}

clause! {
    /// What holds for a kind of request.
    Right {
        /// By when it is answered.
        deadline: Option<PeriodText>,
        /// From when the deadline runs.
        clock: Option<ClockStart>,
        /// By how much it may be extended, once.
        extension: Option<PeriodText>,
        /// By when it is acknowledged.
        acknowledge: Option<PeriodText>,
        /// The categories it reaches, or `*` for all.
        categories: Vec<String>,
        /// Whether users can do it themselves, at once.
        self_service: bool,
        /// The jurisdictions in which it exists, where that is not everywhere.
        jurisdictions: Vec<String>,
        /// How secrets are given out.
        secrets: Option<SecretsInExport>,
        /// Whether it is about data on the user's own device alone.
        client_side: bool,
        /// Whether a confirmation is given that the user can be shown later.
        confirm: bool,
        /// Whether a correction survives a later import.
        sticky: bool,
        /// The stores that must have reported before it is closed, or `*` for all.
        stores: Vec<String>,
    }
}

words! {
    /// From when a deadline runs.
    ClockStart {
        /// From when the request was received.
        Received = "received",
        /// From when identity was shown, where it is asked for.
        Identified = "identified",
    }
}

words! {
    /// Who is asked to show who they are.
    IdentityRule {
        /// Everybody.
        Always = "always",
        /// Whoever is not signed in.
        UnlessSignedIn = "unless_signed_in",
        /// Nobody.
        Never = "never",
    }
}

words! {
    /// Who may ask.
    Requester {
        /// The data subject.
        Subject = "subject",
        /// An agent with proof of authority.
        Agent = "agent",
        /// A parent or guardian.
        Guardian = "guardian",
    }
}

words! {
    /// How secrets are given out.
    SecretsInExport {
        /// By their names alone.
        NamesOnly = "names_only",
        /// Not at all.
        Omitted = "omitted",
    }
}
