//! Categories, stores and purposes.

use std::collections::BTreeMap;

use super::retention::BasisWord;
use super::values::PeriodText;

clause! {
    /// A category of data.
    Category {
        /// What it is, for the notice.
        description: Option<String>,
        /// The form in which it is stored. A category below another one that does not
        /// state it takes that of the one above.
        form: Option<Form>,
        /// The stores that hold it. Taken from the category above where it is missing.
        store_on: Option<Vec<String>>,
        /// The pseudonym under which it is stored, where the form is `pseudonym`.
        pseudonym: Option<String>,
        /// The fields, each `required` or `optional`.
        fields: BTreeMap<String, Presence>,
        /// Whether it holds payment card numbers.
        card: bool,
        /// Whether it holds passwords.
        password: bool,
        /// Whether it is anonymous: no identifier, and groups of at least this size.
        anonymous_from: Option<u32>,
        /// The categories that it is made from. A record of it takes over the deadlines of its
        /// sources, which the product names by `Record::derived_from`.
        derived_from: Vec<String>,
        /// Whether it is a special category of personal data.
        special: bool,
        /// The surfaces on which it is collected.
        surfaces: Vec<String>,
        /// Where it comes from, where that is not the data subject.
        source: Option<String>,
    }
}

words! {
    /// Whether a field must be given.
    Presence {
        /// It must be given.
        Required = "required",
        /// It may be left out.
        Optional = "optional",
    }
}

words! {
    /// The form in which data is stored.
    Form {
        /// As it is.
        Raw = "raw",
        /// Under a keyed pseudonym, without the original.
        Pseudonym = "pseudonym",
        /// Encrypted under a key of its own.
        Sealed = "sealed",
        /// After redaction.
        Redacted = "redacted",
        /// As a password hash.
        Hashed = "hashed",
        /// As anonymous aggregates.
        Aggregate = "aggregate",
        /// Not at all.
        Never = "never",
    }
}

clause! {
    /// A place where data is kept.
    Store {
        /// What kind of place it is.
        kind: Option<StoreKind>,
        /// Who runs it: the controller, the customer, or a processor.
        operator: Option<StoreOperator>,
        /// The processor that runs it, where one does.
        processor: Option<String>,
        /// The region where it stands.
        region: Option<String>,
        /// After which time what was deleted elsewhere is gone from here by itself.
        expires_within: Option<PeriodText>,
        /// Whether what is here can be deleted one by one.
        immutable: bool,
    }
}

words! {
    /// Kinds of stores.
    StoreKind {
        /// A database.
        Database = "database",
        /// A copy of a database that follows it.
        Replica = "replica",
        /// Backups.
        Backup = "backup",
        /// A cache.
        Cache = "cache",
        /// Files and objects.
        Files = "files",
        /// An index of embeddings.
        VectorIndex = "vector_index",
        /// A full-text or other index.
        SearchIndex = "search_index",
        /// A queue.
        Queue = "queue",
        /// Log lines.
        Log = "log",
        /// What a model was trained or tuned on, and the model.
        TrainingSet = "training_set",
        /// Responses that a provider keeps.
        ProviderResponses = "provider_responses",
        /// Files that were uploaded to a provider.
        ProviderFiles = "provider_files",
        /// Batches that a provider worked on.
        ProviderBatches = "provider_batches",
        /// Prompts that a provider caches.
        ProviderCache = "provider_cache",
        /// The user's own device or browser.
        Client = "client",
        /// An export that was handed out.
        Export = "export",
    }
}

words! {
    /// Who runs a store.
    StoreOperator {
        /// The controller.
        Controller = "controller",
        /// A processor.
        Processor = "processor",
        /// The customer, in an account of their own.
        Customer = "customer",
    }
}

clause! {
    /// What data is used for.
    Purpose {
        /// What it is, for the notice.
        description: Option<String>,
        /// Whether it may be done.
        verdict: Option<Verdict>,
        /// The lawful basis, where it is permitted.
        basis: Option<BasisWord>,
        /// The interest, where the basis is a legitimate one.
        interest: Option<String>,
        /// The categories that may be used for it.
        categories: Vec<String>,
        /// Whether it may only use anonymous categories.
        aggregates_only: bool,
        /// What an objection does, where the basis allows one.
        objection: Option<Objection>,
        /// Whether it sells or shares data, or advertises across contexts, so that opt-out
        /// signals apply.
        opt_out: bool,
        /// Whether it needs an id of the request with which the user began it.
        user_initiated: bool,
        /// The environments in which it may be done, such as `production`.
        environments: Vec<String>,
        /// The age from which it may be done, where that is above the policy's.
        minimum_age: Option<u32>,
        /// How long consent to it lasts.
        consent_valid: Option<PeriodText>,
        /// Whether a user may see and change what is used.
        binds_categories: bool,
    }
}

words! {
    /// Whether a purpose may be pursued.
    Verdict {
        /// Never, whatever anybody consents to.
        Prohibited = "prohibited",
        /// On a basis other than consent.
        Permitted = "permitted",
        /// With consent.
        Consent = "consent",
    }
}

words! {
    /// What an objection does.
    Objection {
        /// Processing stops at once.
        Stop = "stop",
        /// Processing goes on while a person reviews it.
        Review = "review",
    }
}
