//! Redaction, secrets, transport, telemetry and pseudonyms.

use std::collections::BTreeMap;

use super::values::PeriodText;

words! {
    /// Where text goes.
    pub Sink {
        /// To a model provider.
        Egress = "egress",
        /// Into a store.
        Store = "store",
        /// Into log lines.
        Log = "log",
        /// To the public.
        Publish = "publish",
        /// Into telemetry.
        Telemetry = "telemetry",
        /// To a recorder of sessions.
        Recorder = "recorder",
        /// To a client.
        Client = "client",
        /// Into a training export.
        Training = "training",
    }
}

clause! {
    /// What is redacted on the way to a sink.
    Redaction {
        /// What happens with what is found.
        mode: Option<RedactionMode>,
        /// What is looked for.
        detectors: Vec<DetectorWord>,
        /// Why nothing is redacted, where the mode is `off`.
        reason: Option<String>,
        /// What users are told when something is found.
        advice: Option<String>,
        /// Whether the vault's values are looked for, each exactly.
        known_values: bool,
        /// Whether resource names are looked at too.
        names: bool,
        /// How certain the redaction is, as the notice may put it: `best_effort`.
        wording: Option<String>,
    }
}

words! {
    /// What happens with what a detector finds.
    pub RedactionMode {
        /// It is replaced.
        Redact = "redact",
        /// The whole text is refused.
        Block = "block",
        /// The owner decides, finding by finding, and gives a reason.
        Waive = "waive",
        /// Nothing is looked for.
        Off = "off",
    }
}

words! {
    /// What a detector looks for.
    DetectorWord {
        /// Everything secret.
        Secrets = "secrets",
        /// API keys.
        ApiKeys = "api_keys",
        /// Access, refresh and session tokens.
        Tokens = "tokens",
        /// Passwords, those in connection strings among them.
        Passwords = "passwords",
        /// Addresses with credentials in them.
        ConnectionStrings = "connection_strings",
        /// Private keys.
        PrivateKeys = "private_keys",
        /// Payment card numbers.
        Cards = "cards",
        /// Everything personal that has a form.
        Personal = "personal",
        /// E-mail addresses.
        Emails = "emails",
        /// IP addresses.
        Ips = "ips",
    }
}

clause! {
    /// How secrets are kept.
    Vault {
        /// The algorithms that may seal.
        algorithms: Vec<String>,
        /// Whether every secret has a key of its own.
        key_per_secret: bool,
        /// Whether what is sealed opens only for its tenant.
        tenant_bound: bool,
        /// Who may have a secret shown.
        reveal: Option<Reveal>,
        /// The machine uses that may reveal.
        uses: Vec<String>,
        /// How passwords are kept.
        passwords: Option<PasswordStorage>,
        /// Whether every use is in the audit log.
        audited: bool,
        /// After which time keys are renewed.
        rotate_within: Option<PeriodText>,
        /// How long plain text may stay in memory.
        max_plaintext: Option<PeriodText>,
    }
}

words! {
    /// Who may have a secret shown.
    Reveal {
        /// Nobody: declared machine uses alone.
        MachineOnly = "machine_only",
        /// Its owner.
        Owner = "owner",
    }
}

words! {
    /// How passwords are kept.
    PasswordStorage {
        /// As password hashes.
        Hashed = "hashed",
        /// Not at all.
        Never = "never",
    }
}

clause! {
    /// A credential that connects to another service.
    Credential {
        /// The processor it belongs to.
        processor: Option<String>,
        /// The category of its data.
        category: Option<String>,
        /// The purposes it may be used for.
        purposes: Vec<String>,
        /// What it may be used within: `workspace`, `connected_repositories`.
        scope: Option<String>,
        /// What disconnecting does.
        on_disconnect: Option<super::Action>,
        /// Whether it may ever reach code on a client.
        reaches_client: bool,
        /// Whether a user may make and revoke it at any time.
        user_managed: bool,
    }
}

clause! {
    /// How data travels.
    Transport {
        /// Whether plain HTTP is refused, but to the loopback address.
        https_only: Option<bool>,
        /// The least version of TLS, such as `1.2`.
        min_tls: Option<String>,
        /// The hosts that may be reached, beside those of processors.
        hosts: Vec<String>,
        /// Whether hosts outside these lists are refused.
        closed: bool,
    }
}

clause! {
    /// What may be measured.
    Telemetry {
        /// The events, by name. An event or field that is not listed is dropped and
        /// counted.
        event: BTreeMap<String, Event>,
        /// The processors that events may go to.
        processors: Vec<String>,
        /// The least size of a group in an analysis.
        min_group: Option<u32>,
        /// Whether single persons may be looked at.
        per_subject: bool,
        /// The environments in which events are taken, such as `production`.
        environments: Vec<String>,
        /// The category under which events are kept.
        category: Option<String>,
    }
}

clause! {
    /// An event that may be measured.
    Event {
        /// Its fields.
        fields: BTreeMap<String, FieldKind>,
        /// How it says who.
        identity: Option<Identity>,
        /// The processors it goes to, where they are fewer.
        processors: Vec<String>,
        /// The category under which it is kept, where that is another one.
        category: Option<String>,
        /// The purpose it serves.
        purpose: Option<String>,
        /// The surfaces on which it arises.
        surfaces: Vec<String>,
    }
}

words! {
    /// What a field of an event may hold.
    pub FieldKind {
        /// A number.
        Number = "number",
        /// Yes or no.
        Flag = "flag",
        /// A word from a closed list of the product's.
        Word = "word",
        /// A time.
        Time = "time",
        /// A keyed pseudonym.
        Pseudonym = "pseudonym",
        /// An id that names a thing and no person.
        Id = "id",
        /// A field of an account, such as its name: personal data.
        Account = "account",
    }
}

words! {
    /// How an event says who.
    Identity {
        /// It does not.
        None = "none",
        /// By a pseudonym.
        Pseudonym = "pseudonym",
        /// By the account.
        Account = "account",
    }
}

clause! {
    /// A keyed pseudonym.
    Pseudonym {
        /// What it stands for.
        of: Option<PseudonymOf>,
        /// How long its key lasts. Missing: for good, with a reason.
        rotate: Option<PeriodText>,
        /// Why it never rotates.
        reason: Option<String>,
        /// The purposes it may be used for.
        purposes: Vec<String>,
        /// Whether addresses that share a prefix go on sharing one.
        prefix_preserving: bool,
        /// Whether it may be joined with an identity.
        joinable: bool,
    }
}

words! {
    /// What a pseudonym stands for.
    PseudonymOf {
        /// An IP address.
        Ip = "ip",
        /// A session.
        Session = "session",
        /// A data subject.
        Subject = "subject",
        /// A device or a local agent.
        Device = "device",
        /// A browser, by a random value in its local storage.
        Browser = "browser",
    }
}
