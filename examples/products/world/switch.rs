//! What can be switched off.

/// A mechanism that a world can be begun without. With each of them off, some promise must
/// be seen to break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Switch {
    /// Redactors find nothing.
    RedactorIdentity,
    /// Mechanisms write to a log that nobody will look at.
    AuditSkipped,
    /// What needs consent is permitted without.
    ConsentDefaultAllow,
    /// What the product prohibits is permitted.
    ProhibitionIgnored,
    /// An objection is reviewed where it should stop a purpose.
    ObjectionIgnored,
    /// Retention looks at a clock that is a day late.
    RetentionDayLate,
    /// Retention is asked without the holds that there are.
    HoldsIgnored,
    /// A model of the platform's is said to be under the customer's key.
    OwnerIgnored,
    /// Models are reached over plain HTTP, wherever they are.
    PlainHttp,
    /// Recipients and routes take every category, for every purpose.
    RecipientsOpen,
    /// Purposes use every category.
    PurposesOpen,
    /// Recipients deliver messages of every class.
    MessagesOpen,
    /// Attestations are looked at by a clock that stands still.
    AttestationsNeverLapse,
    /// Any host may be reached.
    HostsOpen,
    /// The vault is asked to show secrets to whoever asks.
    SecretsShown,
    /// A credential serves every purpose, in every scope.
    CredentialsUnbound,
    /// Events have more fields, and single persons are looked at.
    TelemetryOpen,
    /// The least age is that of a toddler.
    AgeIgnored,
    /// The signal of Global Privacy Control does not arrive.
    SignalIgnored,
    /// Whoever asks who may see what is taken for its owner.
    LevelsIgnored,
    /// What is published was scanned by a redactor that finds nothing.
    ScanSkipped,
    /// Requests of data subjects are looked at by a clock that is a month late.
    DeadlinesForgotten,
    /// A new version needs no proof that it was announced.
    NoticeUngated,
    /// Disclosures need no approvals, and a successor may weaken what it takes over.
    GroundsIgnored,
    /// Cookies last for years, and scripts may read them.
    CookiesUnchecked,
    /// Stores say that they have erased what they have not.
    ReportsUnawaited,
    /// The seal of a value names the same tenant for all.
    TenantUnbound,
    /// Pseudonyms last for a day longer.
    RotationLate,
    /// The link in a promotion leads to somebody else.
    LinksMixed,
    /// Whoever has asked for something is served no more.
    RequestersPunished,
    /// Stores answer for everybody, whoever is asked about.
    SubjectIgnored,
    /// An attestation stands behind the certification that is not claimed.
    CertificationShown,
}

/// Where a switch takes its mechanism out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seam {
    /// Another part, key, clock or fact is given to the library.
    Library,
    /// The policy document says something else.
    Document,
}

impl Switch {
    pub(crate) const ALL: [Self; 32] = [
        Self::RedactorIdentity,
        Self::AuditSkipped,
        Self::ConsentDefaultAllow,
        Self::ProhibitionIgnored,
        Self::ObjectionIgnored,
        Self::RetentionDayLate,
        Self::HoldsIgnored,
        Self::OwnerIgnored,
        Self::PlainHttp,
        Self::RecipientsOpen,
        Self::PurposesOpen,
        Self::MessagesOpen,
        Self::AttestationsNeverLapse,
        Self::HostsOpen,
        Self::SecretsShown,
        Self::CredentialsUnbound,
        Self::TelemetryOpen,
        Self::AgeIgnored,
        Self::SignalIgnored,
        Self::LevelsIgnored,
        Self::ScanSkipped,
        Self::DeadlinesForgotten,
        Self::NoticeUngated,
        Self::GroundsIgnored,
        Self::CookiesUnchecked,
        Self::ReportsUnawaited,
        Self::TenantUnbound,
        Self::RotationLate,
        Self::LinksMixed,
        Self::RequestersPunished,
        Self::SubjectIgnored,
        Self::CertificationShown,
    ];

    pub(crate) const fn seam(self) -> Seam {
        match self {
            Self::RedactorIdentity
            | Self::AuditSkipped
            | Self::RetentionDayLate
            | Self::HoldsIgnored
            | Self::OwnerIgnored
            | Self::PlainHttp
            | Self::AttestationsNeverLapse
            | Self::SecretsShown
            | Self::SignalIgnored
            | Self::LevelsIgnored
            | Self::ScanSkipped
            | Self::DeadlinesForgotten
            | Self::ReportsUnawaited
            | Self::TenantUnbound
            | Self::LinksMixed
            | Self::RequestersPunished
            | Self::SubjectIgnored => Seam::Library,
            Self::ConsentDefaultAllow
            | Self::ProhibitionIgnored
            | Self::ObjectionIgnored
            | Self::RecipientsOpen
            | Self::PurposesOpen
            | Self::MessagesOpen
            | Self::HostsOpen
            | Self::CredentialsUnbound
            | Self::TelemetryOpen
            | Self::AgeIgnored
            | Self::NoticeUngated
            | Self::GroundsIgnored
            | Self::CookiesUnchecked
            | Self::RotationLate
            | Self::CertificationShown => Seam::Document,
        }
    }
}
