//! Who may see what, and what data subjects may ask for.

use std::collections::BTreeMap;

use super::values::{DateText, PeriodText};

clause! {
    /// Who may see what. Owners, members, organisations and the public may do what a
    /// clause names, and nothing else.
    Visibility {
        /// The level of what is new.
        default: Option<Level>,
        /// The categories that it is about.
        categories: Vec<String>,
        /// What owners may do.
        owner: Option<Actions>,
        /// What members of the owning organisation may do with what is internal.
        internal: Option<Actions>,
        /// What anyone may do with what is public.
        public: Option<Actions>,
        /// The roles, and what each may do.
        role: BTreeMap<String, Actions>,
        /// What forbids, whatever permits.
        deny: Vec<Deny>,
        /// The scan before something is published.
        gate: Option<Gate>,
        /// Whether what can be seen may be forked, by whoever has the action `fork`.
        fork: Option<Fork>,
        /// Access by staff, by the kind of reason. Without any there is none.
        staff: BTreeMap<String, Staff>,
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
    /// What somebody may do.
    Actions {
        /// The actions, such as `view`, `edit` and `set_level`.
        actions: Vec<String>,
    }
}

clause! {
    /// What forbids, whatever permits. An unknown attribute forbids too.
    Deny {
        /// What has the attribute.
        on: Option<AttributeOf>,
        /// The attribute, such as `suspended` or `mfa`.
        attribute: Option<String>,
        /// Whether it forbids unless the attribute is true, and not when it is.
        unless: bool,
        /// The actions that it forbids; missing: all.
        actions: Vec<String>,
        /// Whether staff under a grant are spared.
        spares_staff: bool,
    }
}

words! {
    /// What has an attribute.
    AttributeOf {
        /// The resource and everything around it.
        Resource = "resource",
        /// Whoever asks.
        Principal = "principal",
        /// The organisation of the resource.
        Organisation = "organisation",
        /// The request.
        Request = "request",
    }
}

clause! {
    /// The scan before something is published.
    Gate {
        /// The level from which it is needed.
        from: Option<Level>,
        /// The version of the rules that it must have used; missing: any.
        rule_set: Option<String>,
        /// How old it may be.
        max_scan_age: Option<PeriodText>,
        /// Kinds of findings that nobody can waive, by their labels.
        never_waived: Vec<String>,
    }
}

clause! {
    /// Forks of what can be seen.
    Fork {
    }
}

clause! {
    /// Access by staff for one kind of reason. A grant names a ticket, and each access is
    /// in the audit log before it happens.
    Staff {
        /// The actions they may take.
        actions: Vec<String>,
        /// The categories they may reach.
        categories: Vec<String>,
        /// The longest that a grant lasts.
        max_duration: Option<PeriodText>,
    }
}

clause! {
    /// What data subjects may ask for.
    Rights {
        /// The kinds of requests.
        kind: BTreeMap<RightKind, Right>,
        /// Who is asked to show who they are.
        identity: Option<IdentityRule>,
        /// Clocks that go before those of the table that comes with the crate.
        clock: Vec<Clock>,
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
        /// Whether the deadline gives way where the law allows an extension and it is
        /// used.
        extendable: bool,
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

clause! {
    /// How long requests may take under one law.
    Clock {
        /// Whose law it is.
        jurisdiction: Option<String>,
        /// The kinds of requests.
        kinds: Vec<RightKind>,
        /// By when they are answered.
        deadline: Option<PeriodText>,
        /// What the clock waits for, beside the receipt.
        start: Vec<ClockStart>,
        /// Whether it stands still while a clarification is awaited.
        stops_for_clarification: bool,
        /// By how much the deadline may be extended, once.
        extension: Option<PeriodText>,
        /// By when the receipt is acknowledged.
        acknowledge: Option<PeriodText>,
        /// Where it stands.
        source: Option<String>,
    }
}

words! {
    /// What a clock waits for.
    ClockStart {
        /// That identity was shown, where it is asked for.
        Identity = "identity",
        /// That the fee was paid, where one is asked for.
        Fee = "fee",
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
