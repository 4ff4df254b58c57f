//! What can be switched off.

/// A mechanism that a world can be begun without. With each of them off, some promise must
/// be seen to break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Switch {
    /// Redactors find nothing.
    RedactorIdentity,
    /// Entries do not reach the audit log.
    AuditSkipped,
    /// What nobody consented to is permitted.
    ConsentDefaultAllow,
    /// What the policy prohibits is permitted.
    ProhibitionIgnored,
    /// Retention looks at a clock that is a day late.
    RetentionDayLate,
    /// Retention knows no holds.
    HoldsIgnored,
    /// Requests on a customer's contract may take the platform's.
    OwnerIgnored,
    /// Models are reached over plain HTTP, wherever they are.
    PlainHttp,
    /// Whatever a request holds may go to a model.
    CategoriesIgnored,
    /// Attestations are looked at as of the day on which they were issued.
    AttestationsNeverLapse,
    /// Any host may be reached.
    HostsOpen,
    /// Whoever asks is shown a secret.
    SecretsShown,
    /// A credential is used for anything.
    CredentialsUnbound,
    /// Undeclared events and fields are taken.
    TelemetryOpen,
    /// Everybody is old enough.
    AgeIgnored,
    /// The signal of Global Privacy Control is not read.
    SignalIgnored,
    /// Everybody sees everything.
    LevelsIgnored,
    /// What is published was not scanned for what it holds.
    ScanSkipped,
    /// Requests of data subjects are due a month later.
    DeadlinesForgotten,
    /// A new version takes effect without proof that it was announced.
    NoticeUngated,
    /// Disclosures need no ground.
    GroundsIgnored,
    /// Cookies are set unchecked.
    CookiesUnchecked,
    /// Erasures are closed before every store has reported.
    ReportsUnawaited,
    /// The seal of a value does not name its tenant.
    TenantUnbound,
}

impl Switch {
    pub(crate) const ALL: [Self; 24] = [
        Self::RedactorIdentity,
        Self::AuditSkipped,
        Self::ConsentDefaultAllow,
        Self::ProhibitionIgnored,
        Self::RetentionDayLate,
        Self::HoldsIgnored,
        Self::OwnerIgnored,
        Self::PlainHttp,
        Self::CategoriesIgnored,
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
    ];
}
