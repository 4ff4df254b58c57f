//! Processors: who else gets data, by which ways, and what they have shown.

use std::collections::BTreeMap;

use super::values::{DateText, PeriodText};

clause! {
    /// A party that data may be disclosed to.
    Processor {
        /// Its name, for the notice.
        name: Option<String>,
        /// On whose behalf it acts.
        role: Option<RecipientRole>,
        /// The processor it works for, where it is a sub-processor.
        under: Option<String>,
        /// What it does.
        functions: Vec<Function>,
        /// The purposes it serves.
        purposes: Vec<String>,
        /// The categories it gets, or `*` for all that its purposes use.
        categories: Vec<String>,
        /// The fields of each category it gets, where that is not all of them.
        fields: BTreeMap<String, Vec<String>>,
        /// The regions in which it processes.
        regions: Vec<String>,
        /// What it must have shown before it gets anything.
        requires: Vec<AttestationKind>,
        /// The hosts at which it is reached.
        hosts: Vec<String>,
        /// The classes of messages that it may deliver.
        messages: Vec<String>,
        /// The environments in which it is used, such as `production`.
        environments: Vec<String>,
        /// Whose terms govern what it does with the data: its own policy's address, where
        /// that is so.
        governed_by: Option<String>,
        /// How long it keeps the data, as it has said. Missing: by its own rules.
        keeps_for: Option<PeriodText>,
        /// Whether it keeps nothing once it has answered.
        keeps_nothing: bool,
        /// What it may reach, where that is not all: `connected_repositories`,
        /// `customer_account`.
        scope: Option<String>,
        /// On what a transfer to its regions rests.
        transfer: Option<TransferMechanism>,
        /// By when it must act on a deletion or withdrawal that is passed on.
        acts_within: Option<PeriodText>,
    }
}

words! {
    /// On whose behalf a party acts.
    pub RecipientRole {
        /// On our instructions.
        Processor = "processor",
        /// On the instructions of one of our processors.
        SubProcessor = "sub_processor",
        /// For purposes of its own: its retention, not ours, counts.
        IndependentController = "independent_controller",
        /// Under the customer's own contract with it.
        CustomerContract = "customer_contract",
    }
}

words! {
    /// What a party does.
    pub Function {
        /// Shows advertisements.
        Advertising = "advertising",
        /// Analyses use.
        Analytics = "analytics",
        /// Collects errors.
        ErrorTracking = "error_tracking",
        /// Runs machines.
        Hosting = "hosting",
        /// Signs people in.
        Identity = "identity",
        /// Sends mail.
        Mail = "mail",
        /// Runs models.
        Model = "model",
        /// Takes payments.
        Payment = "payment",
        /// Records sessions.
        SessionRecording = "session_recording",
        /// Keeps source code.
        SourceControl = "source_control",
        /// Stores data.
        Storage = "storage",
        /// Answers support requests.
        Support = "support",
    }
}

clause! {
    /// Dated evidence for what the library cannot check.
    Attestation {
        /// The processor that it is about; missing where it is about the controller.
        processor: Option<String>,
        /// What is attested.
        kind: Option<AttestationKind>,
        /// When it was issued.
        issued: Option<DateText>,
        /// When it expires. It no longer counts from the first instant of that day.
        expires: Option<DateText>,
        /// The SHA-256 digest of the document that shows it: `sha256:` and 64 digits.
        evidence: Option<String>,
        /// What the document is, for the register.
        reference: Option<String>,
        /// Who checked it.
        checked_by: Option<String>,
        /// How long before it expires to warn.
        warn: Option<PeriodText>,
        /// The regions that it is about, where the kind is `region` or `scc`.
        regions: Vec<String>,
    }
}

words! {
    /// What can be attested.
    pub AttestationKind {
        /// What is sent is not used to train models.
        NoTraining = "no_training",
        /// Nothing is kept once the answer is given.
        ZeroRetention = "zero_retention",
        /// Nothing is passed on.
        NoOnwardSharing = "no_onward_sharing",
        /// Data is used for the stated purpose alone.
        PurposeLimit = "purpose_limit",
        /// A data processing agreement.
        Dpa = "dpa",
        /// Standard contractual clauses.
        Scc = "scc",
        /// A duty of confidentiality.
        Confidentiality = "confidentiality",
        /// A SOC 2 report.
        Soc2 = "soc2",
        /// An ISO 27001 certificate.
        Iso27001 = "iso27001",
        /// Processing stays in stated regions.
        Region = "region",
        /// Machines are the controller's own, or isolated.
        Hosting = "hosting",
        /// Networks are isolated.
        NetworkIsolation = "network_isolation",
        /// A web application firewall.
        Waf = "waf",
        /// Sign-in with several factors.
        Mfa = "mfa",
        /// Sign-in by a current standard.
        Authentication = "authentication",
        /// Transport encryption up to the edge.
        Tls = "tls",
        /// Security assessments at regular times.
        SecurityAssessment = "security_assessment",
        /// Disks are encrypted.
        EncryptionAtRest = "encryption_at_rest",
        /// A privacy risk assessment.
        RiskAssessment = "risk_assessment",
        /// Anonymity was verified.
        Anonymisation = "anonymisation",
    }
}

clause! {
    /// A disclosure for a reason other than the service itself.
    Disclosure {
        /// Why.
        ground: Option<DisclosureGround>,
        /// The categories that may be disclosed, or `*` for all.
        categories: Vec<String>,
        /// The processor that gets them, where it is a declared one.
        processor: Option<String>,
        /// Whether the reference of the case must be recorded.
        case_reference: bool,
        /// Whether the reason must be recorded.
        recorded_reason: bool,
        /// How many different persons must approve.
        approvers: Option<u32>,
        /// How long before it the data subjects are told.
        notify_before: Option<PeriodText>,
        /// Whether the successor's policy may weaken nothing.
        same_commitments: bool,
    }
}

words! {
    /// Why data is disclosed.
    pub DisclosureGround {
        /// The law or an authority demands it.
        LegalRequest = "legal_request",
        /// Rights, property or safety are protected.
        ProtectRights = "protect_rights",
        /// Somebody's safety.
        Safety = "safety",
        /// The business goes over to another one.
        BusinessTransfer = "business_transfer",
        /// The user asked for it.
        UserDirection = "user_direction",
    }
}

clause! {
    /// A way in which requests go to a model provider.
    Route {
        /// Whose contract it uses.
        mode: Option<RouteMode>,
        /// The provider.
        processor: Option<String>,
        /// The purposes that a request must name one of.
        purposes: Vec<String>,
        /// The categories that a request may hold.
        categories: Vec<String>,
        /// The regions it may go to, where they are fewer than the provider's.
        regions: Vec<String>,
        /// The routes to try when this one fails, in order.
        fallback: Vec<String>,
        /// What the provider must have shown, beside what its entry asks for.
        requires: Vec<AttestationKind>,
        /// Whether the provider is asked to keep nothing, where it takes such a request.
        no_store: bool,
        /// Whether it leads only to the account that the credential belongs to.
        destination_bound: bool,
        /// The plans that may use it.
        plans: Vec<String>,
        /// The longest that a request may be under way.
        max_in_flight: Option<PeriodText>,
        /// Whether answers are redacted while they stream.
        redact_stream: bool,
    }
}

words! {
    /// Whose contract a route uses.
    pub RouteMode {
        /// Ours.
        Platform = "platform",
        /// The customer's.
        Customer = "customer",
    }
}

clause! {
    /// A transfer of data between regions.
    Transfer {
        /// The region it goes from.
        from: Option<String>,
        /// The region it goes to.
        to: Option<String>,
        /// The processor it goes to; missing where it is the controller's own staff.
        processor: Option<String>,
        /// On what it rests.
        mechanism: Option<TransferMechanism>,
        /// Why.
        reason: Option<String>,
    }
}

words! {
    /// On what a transfer rests.
    TransferMechanism {
        /// A decision that the region protects data adequately.
        Adequacy = "adequacy",
        /// Standard contractual clauses, which must be attested.
        Scc = "scc",
        /// Binding corporate rules.
        Bcr = "bcr",
        /// The data privacy framework.
        Dpf = "dpf",
        /// Explicit consent.
        Consent = "consent",
        /// None is needed.
        NotNeeded = "not_needed",
    }
}

clause! {
    /// What the policy rules out, so that declaring it is an error.
    Forbid {
        /// The functions that no party may have.
        functions: Vec<Function>,
        /// The classes of cookies that there may not be.
        cookies: Vec<super::CookieClass>,
        /// Whether no store may be run by a third party, but for what a model provider
        /// keeps of what it was sent.
        third_party_storage: bool,
    }
}
