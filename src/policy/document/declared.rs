//! The header, and what is declared without being enforced.

use super::processor::AttestationKind;
use super::values::DateText;

clause! {
    /// Whose policy it is, of which version, and where it applies.
    Header {
        /// The name of the product.
        product: Option<String>,
        /// The version.
        version: Option<String>,
        /// Who decides about the data.
        controller: Option<String>,
        /// Whom to ask: an e-mail or https address.
        contact: Option<String>,
        /// Where security reports go.
        security_contact: Option<String>,
        /// From when it holds.
        effective: Option<DateText>,
        /// When it was last changed: a day or a month.
        last_updated: Option<DateText>,
        /// The time zone in which days begin.
        tz: Option<String>,
        /// The jurisdictions it is written for.
        jurisdictions: Vec<String>,
        /// What holds where it is unknown where somebody lives.
        unknown_location: Option<UnknownPlace>,
        /// The surfaces of the product that it covers.
        surfaces: Vec<String>,
        /// Its address.
        url: Option<String>,
    }
}

words! {
    /// What holds where it is unknown where somebody lives.
    UnknownPlace {
        /// The strictest clock and the widest right.
        Strictest = "strictest",
    }
}

clause! {
    /// Where data may be kept and processed.
    Place {
        /// The regions, those of processors among them.
        regions: Vec<String>,
        /// Where data is where nothing else is agreed.
        default: Option<String>,
        /// Whether a tenant may agree on fewer regions.
        tenant_may_narrow: bool,
        /// The regions that need a transfer mechanism.
        third_countries: Vec<String>,
        /// Whether data is kept with the customer.
        customer_held: bool,
    }
}

clause! {
    /// What is written to the audit log, and who may read it.
    Audit {
        /// The actions that are written.
        actions: Vec<String>,
        /// The roles that may read it. Reading is written too.
        readers: Vec<String>,
        /// Whether decisions are written with their clauses, by `DecisionLog`.
        decisions: bool,
    }
}

clause! {
    /// A claim to the public that needs evidence.
    Claim {
        /// What is claimed.
        statement: Option<String>,
        /// What must be attested for it.
        requires: Vec<AttestationKind>,
        /// The processor it is about; missing where it is about the controller.
        processor: Option<String>,
        /// Whether nothing may be claimed: the notice says that there is none.
        disclaimed: bool,
    }
}

clause! {
    /// A statement that nothing enforces.
    Fact {
        /// What is stated.
        statement: Option<String>,
    }
}

clause! {
    /// A way that data takes.
    Flow {
        /// The category.
        category: Option<String>,
        /// From where: a surface, a store, a processor, `client` or `service`.
        from: Option<String>,
        /// To where.
        to: Option<String>,
    }
}

clause! {
    /// Where people meet a machine or what it made.
    AiDisclosure {
        /// What people meet.
        system: Option<String>,
        /// How they are told.
        told: Option<String>,
        /// How what it makes is marked.
        marking: Option<String>,
        /// The processors that run the models.
        processors: Vec<String>,
        /// The surfaces.
        surfaces: Vec<String>,
    }
}

clause! {
    /// What a model was trained on.
    TrainingSource {
        /// The model.
        model: Option<String>,
        /// Where the data comes from.
        source: Option<String>,
        /// Whether personal data is in it.
        personal: Option<bool>,
        /// The categories of ours that are in it.
        categories: Vec<String>,
        /// From when to when it was collected.
        since: Option<DateText>,
        /// The end of the collection.
        until: Option<DateText>,
    }
}

clause! {
    /// A decision that a machine makes about people.
    AutomatedDecision {
        /// What is decided.
        decision: Option<String>,
        /// How.
        logic: Option<String>,
        /// Whether a person can be asked to look at it again.
        human_review: Option<bool>,
        /// Whether it can be opted out of.
        opt_out: Option<bool>,
        /// The categories it uses.
        categories: Vec<String>,
        /// When its risks were assessed.
        assessed: Option<DateText>,
    }
}
