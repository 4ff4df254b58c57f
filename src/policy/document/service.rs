//! Consent, notices, messages, age, signals, cookies and incidents.

use super::values::{DateText, PeriodText};

clause! {
    /// How consent is taken and withdrawn.
    Consent {
        /// How long consent lasts where the purpose does not say.
        valid: Option<PeriodText>,
        /// Where consent is withdrawn: an address or a place in the product.
        withdraw_at: Option<String>,
        /// By when processors must act on a withdrawal.
        processors_within: Option<PeriodText>,
        /// Whether opt-outs are kept for prohibited purposes too.
        keep_opt_outs: bool,
        /// Whether a withdrawal reaches what was made from the data.
        reaches_derived: bool,
        /// What a withdrawal does to training exports that were made already.
        exports: Option<String>,
    }
}

clause! {
    /// How changes of the policy are announced.
    Notice {
        /// The channels, one of which is enough.
        channels: Vec<ChangeChannel>,
        /// How long before it takes effect.
        lead: Option<PeriodText>,
        /// The changes that count as material.
        material: Vec<Material>,
        /// Whether proof of sending and the lead time are needed before activation.
        gate: bool,
        /// Whether use after the effective date is recorded as acceptance. It is never
        /// consent.
        acceptance_by_use: bool,
        /// The published versions, the newest last.
        version: Vec<NoticeVersion>,
    }
}

clause! {
    /// A notice as it was published.
    NoticeVersion {
        /// Its name.
        version: Option<String>,
        /// The language, such as `en`.
        language: Option<String>,
        /// From when it holds.
        effective: Option<DateText>,
        /// The SHA-256 digest of its text: `sha256:` and 64 digits.
        digest: Option<String>,
        /// The purposes that it explains.
        purposes: Vec<String>,
        /// Where it can be read.
        url: Option<String>,
    }
}

words! {
    /// Channels of announcements.
    pub ChangeChannel {
        /// By e-mail.
        Email = "email",
        /// In the service.
        InService = "in_service",
        /// On the page of the policy.
        Posting = "posting",
    }
}

words! {
    /// Changes of a policy.
    pub Material {
        /// A purpose more, or one that may do more.
        Purpose = "purpose+",
        /// A category more.
        Category = "category+",
        /// A longer period.
        Retention = "retention+",
        /// A processor more, or one that gets more.
        Processor = "processor+",
        /// A region more.
        Region = "region+",
        /// A cookie more.
        Cookie = "cookie+",
        /// A weaker protection.
        Protection = "protection-",
        /// A weaker right.
        Right = "right-",
    }
}

clause! {
    /// A class of messages.
    Message {
        /// What it is, for the notice.
        description: Option<String>,
        /// Whether the service needs it, so that it takes no consent and nobody can
        /// opt out.
        essential: bool,
        /// The purpose it serves, where it is not essential.
        purpose: Option<String>,
        /// Whether it can be refused by a link.
        opt_out: bool,
    }
}

clause! {
    /// Age limits.
    Age {
        /// The least age of a user.
        minimum: Option<u32>,
        /// What is thought of a user whose age is unknown.
        unknown: Option<UnknownAge>,
        /// Higher or lower limits by jurisdiction.
        jurisdiction: std::collections::BTreeMap<String, u32>,
    }
}

words! {
    /// What is thought of a user whose age is unknown.
    UnknownAge {
        /// Below the limit, where a purpose needs consent.
        Minor = "minor",
        /// At or above it.
        Adult = "adult",
    }
}

clause! {
    /// A signal of browsers.
    Signal {
        /// The purposes that it opts out of.
        purposes: Vec<String>,
        /// What wins where a user consented before.
        conflict: Option<SignalConflict>,
        /// When the statement at `/.well-known/gpc.json` was last changed.
        last_update: Option<DateText>,
        /// Whether the opt-out is confirmed to the user.
        confirm: bool,
    }
}

words! {
    /// What wins where a signal contradicts a choice.
    SignalConflict {
        /// The signal.
        Signal = "signal",
        /// A consent that was given after the signal was first seen.
        LaterConsent = "later_consent",
    }
}

clause! {
    /// A cookie, or something else that is kept in a browser.
    Cookie {
        /// What it is, for the notice.
        description: Option<String>,
        /// Where it is kept.
        kind: Option<CookieKind>,
        /// What it is for.
        class: Option<CookieClass>,
        /// The purpose it serves.
        purpose: Option<String>,
        /// The domain it is sent to.
        domain: Option<String>,
        /// How long it lasts at most.
        max_age: Option<PeriodText>,
        /// Or until when: `session` or `cleared`.
        until: Option<Lifetime>,
        /// The processor that sets or reads it.
        processor: Option<String>,
        /// Whether it is kept from scripts, sent over TLS alone, and to its own site.
        secure: bool,
    }
}

words! {
    /// Where something is kept in a browser.
    CookieKind {
        /// In a cookie.
        Cookie = "cookie",
        /// In local storage.
        LocalStorage = "local_storage",
        /// In session storage.
        SessionStorage = "session_storage",
        /// In a script of a third party.
        Script = "script",
    }
}

words! {
    /// What a cookie is for.
    pub CookieClass {
        /// Signing in, security, what the user asked for.
        Essential = "essential",
        /// Preferences.
        Functional = "functional",
        /// Counting.
        Analytics = "analytics",
        /// Recording of sessions.
        Recording = "recording",
        /// Marketing.
        Marketing = "marketing",
        /// Following users across sites.
        Tracking = "tracking",
    }
}

words! {
    /// Until when something is kept in a browser.
    Lifetime {
        /// Until the session ends.
        Session = "session",
        /// Until the user clears it.
        Cleared = "cleared",
    }
}

clause! {
    /// What happens after a breach.
    Incident {
        /// By when, and to whom, in which jurisdictions.
        clock: Vec<IncidentClock>,
        /// What the notice says.
        fields: Vec<IncidentField>,
        /// The channels to data subjects.
        channels: Vec<ChangeChannel>,
        /// Where people report weaknesses.
        report_to: Option<String>,
    }
}

clause! {
    /// A clock of a breach.
    IncidentClock {
        /// The jurisdictions it holds for; missing: all.
        jurisdictions: Vec<String>,
        /// By when the authority is told.
        authority_within: Option<PeriodText>,
        /// By when the data subjects are told.
        subjects_within: Option<PeriodText>,
    }
}

words! {
    /// What a notice of a breach says.
    pub IncidentField {
        /// What happened.
        Nature = "nature",
        /// The kinds of data.
        Categories = "categories",
        /// What was done and is being done.
        Measures = "measures",
        /// What may follow from it.
        Consequences = "consequences",
        /// Whom to ask.
        Contact = "contact",
        /// When it happened.
        Time = "time",
    }
}

clause! {
    /// An authority to complain to.
    Complaint {
        /// The jurisdictions.
        jurisdictions: Vec<String>,
        /// The authority.
        authority: Option<String>,
        /// Its address.
        url: Option<String>,
    }
}
