//! What every public type must be, and what a secret must not be.
#![allow(dead_code, reason = "a probe uses one of its two methods")]

use std::panic::{RefUnwindSafe, UnwindSafe};

use confidant::decision::{ClauseId, Decision, Effect, Reason};
use confidant::secret::Secret;
use confidant::time::{Clock, ManualClock, Moment, Period, Rounding, SystemClock};
use confidant::{Error, ErrorKind};

const fn shared<T: Send + Sync + Unpin + ?Sized>() {}
const fn unwinds<T: UnwindSafe + RefUnwindSafe>() {}

/// Whether a type has a trait, as a value: the method on the type wins over the
/// trait's where its bound holds.
macro_rules! has {
    ($type:ty: $($bound:tt)+) => {{
        struct Probe<T: ?Sized>(std::marker::PhantomData<T>);
        trait Otherwise {
            fn holds(&self) -> bool {
                false
            }
        }
        impl<T: ?Sized> Otherwise for Probe<T> {}
        impl<T: ?Sized + $($bound)+> Probe<T> {
            fn holds(&self) -> bool {
                true
            }
        }
        Probe::<$type>(std::marker::PhantomData).holds()
    }};
}

#[test]
fn every_type_goes_to_other_threads() {
    shared::<Error>();
    shared::<ErrorKind>();
    shared::<Secret<String>>();
    shared::<Secret<Vec<u8>>>();
    shared::<Secret<[u8; 32]>>();
    shared::<Secret<str>>();
    shared::<Moment>();
    shared::<Period>();
    shared::<Rounding>();
    shared::<ManualClock>();
    shared::<SystemClock>();
    shared::<Box<dyn Clock>>();
    shared::<ClauseId>();
    shared::<Decision>();
    shared::<Effect>();
    shared::<Reason>();
}

#[test]
fn every_type_of_retention_goes_to_other_threads() {
    use confidant::retention;

    shared::<confidant::time::Zone>();
    shared::<retention::Schedule>();
    shared::<retention::ScheduleBuilder>();
    shared::<retention::History>();
    shared::<retention::Record<'static>>();
    shared::<retention::Holds>();
    shared::<retention::RetentionVerdict>();
    shared::<retention::RetentionExplanation>();
    shared::<retention::Stores>();
    shared::<retention::Order>();
    #[cfg(feature = "consent")]
    shared::<retention::OwnRecords<'static>>();
}

#[test]
#[cfg(feature = "audit")]
fn every_executor_goes_to_other_threads() {
    use confidant::retention;

    shared::<retention::HoldBook>();
    shared::<retention::Executor>();
    shared::<retention::ExecutorBuilder>();
    shared::<retention::Sweeper>();
    shared::<retention::SweeperBuilder>();
    shared::<Box<dyn retention::Keeper>>();
    shared::<Box<dyn retention::ReadRecord>>();
}

#[test]
#[cfg(feature = "seal")]
fn every_type_of_streams_goes_to_other_threads() {
    use confidant::seal::stream;
    use std::fs::File;

    shared::<stream::RangedReader<File>>();
    shared::<stream::StreamHeader>();
    shared::<stream::StreamReader<File>>();
    shared::<stream::StreamWriter<File>>();
    #[cfg(feature = "async")]
    {
        shared::<stream::AsyncStreamReader<File>>();
        shared::<stream::AsyncStreamWriter<File>>();
    }
}

#[test]
fn every_type_of_the_store_goes_to_other_threads() {
    use confidant::store;

    shared::<store::Batch>();
    shared::<store::Change>();
    shared::<store::Condition>();
    shared::<store::RecordKey>();
    shared::<store::MemoryStore>();
    shared::<store::Range>();
    shared::<store::StoredRecord>();
    shared::<std::sync::Arc<dyn store::Store>>();
    #[cfg(feature = "sqlite")]
    shared::<store::SqliteStore>();
    #[cfg(feature = "postgres")]
    {
        shared::<store::PostgresStore>();
        shared::<store::PostgresStoreBuilder>();
    }
}

#[test]
#[cfg(feature = "pseudonym")]
fn every_type_of_pseudonyms_goes_to_other_threads() {
    use confidant::pseudonym;

    shared::<pseudonym::Aggregates>();
    shared::<pseudonym::AggregatesBuilder>();
    shared::<pseudonym::IpPseudonym>();
    shared::<pseudonym::PseudonymKey>();
    shared::<pseudonym::Prefixes>();
    shared::<pseudonym::Pseudonym>();
    shared::<pseudonym::RotatingKeys>();
    shared::<pseudonym::SubjectKeys>();
    shared::<pseudonym::Withheld>();
    assert!(!has!(pseudonym::PseudonymKey: std::fmt::Display));
    assert!(!has!(pseudonym::PseudonymKey: PartialEq));
    assert!(!has!(pseudonym::PseudonymKey: AsRef<[u8]>));
}

#[test]
#[cfg(feature = "policy")]
fn every_type_of_policies_goes_to_other_threads() {
    use confidant::policy;

    shared::<policy::Admitted<'static>>();
    shared::<policy::Announcement>();
    shared::<policy::Attested>();
    shared::<policy::ClauseEntry>();
    shared::<policy::Cookies>();
    shared::<policy::Coverage>();
    shared::<policy::CoverageRow>();
    shared::<policy::CredentialRule>();
    shared::<policy::Decided>();
    shared::<policy::DecisionLog>();
    shared::<policy::Disclosing<'static>>();
    shared::<policy::Disclosure<'static>>();
    shared::<policy::Disclosures>();
    shared::<policy::Fault>();
    shared::<policy::Faults>();
    shared::<policy::FieldValue<'static>>();
    shared::<policy::NoticeFinding>();
    shared::<policy::Policy>();
    shared::<policy::PolicyDiff>();
    shared::<policy::PolicyDoc>();
    shared::<policy::Promise>();
    shared::<policy::Proof>();
    shared::<policy::Pseudonyms>();
    shared::<policy::Question<'static>>();
    shared::<policy::Recipient>();
    shared::<policy::Redactions>();
    shared::<policy::Requirements>();
    shared::<policy::Route>();
    shared::<policy::Recipients>();
    shared::<policy::Sending<'static>>();
    shared::<policy::Telemetry>();
    shared::<policy::VaultRules>();
    unwinds::<policy::Policy>();
    unwinds::<policy::PolicyDoc>();
}

#[test]
#[cfg(feature = "policy")]
fn futures_of_books_and_decisions_go_to_other_threads() {
    fn sent<F: Future + Send>(_: &F) {}
    async fn all(
        book: &mut confidant::visibility::FactBook,
        log: &confidant::policy::DecisionLog,
        question: &confidant::policy::Question<'_>,
    ) {
        sent(&book.refresh());
        sent(&book.erase_principal("jo"));
        sent(&book.change(|facts| facts.add_principal("jo", Moment::UNIX_EPOCH)));
        sent(&log.decide(question, Moment::UNIX_EPOCH));
    }
    let _ = all;
}

#[test]
fn every_type_of_visibility_goes_to_other_threads() {
    use confidant::visibility;

    shared::<visibility::Action>();
    shared::<visibility::Attribute>();
    shared::<visibility::Audience>();
    shared::<visibility::AccessContext>();
    shared::<visibility::DenyClause>();
    shared::<visibility::AccessExplanation>();
    shared::<visibility::VisibilityFacts>();
    shared::<visibility::ForkPlan>();
    shared::<visibility::GateClause>();
    shared::<visibility::NewResource<'_>>();
    shared::<visibility::VisibilityRules>();
    shared::<visibility::VisibilityRulesBuilder>();
    shared::<visibility::PublishedVersion>();
    shared::<visibility::ReasonKind>();
    shared::<visibility::Recall>();
    shared::<visibility::MemberRole>();
    shared::<visibility::StaffClause>();
    shared::<visibility::StaffGrant<'_>>();
    shared::<visibility::AccessVerdict>();
    #[cfg(feature = "redact")]
    {
        shared::<visibility::ScanReport>();
        shared::<visibility::Scanner<'_>>();
        shared::<visibility::Waiver>();
        // Only a scanner makes a report.
        assert!(!has!(visibility::ScanReport: Default));
    }
    #[cfg(feature = "audit")]
    {
        shared::<visibility::AccessReport>();
        shared::<visibility::StaffDesk>();
        shared::<visibility::StaffPermit>();
        // A permission answers one request.
        assert!(!has!(visibility::StaffPermit: Clone));
        assert!(!has!(visibility::StaffPermit: Default));
    }
}

#[test]
#[cfg(feature = "audit")]
fn every_type_of_the_audit_log_goes_to_other_threads() {
    use confidant::audit;

    shared::<audit::Access>();
    shared::<Box<dyn audit::Anchor>>();
    shared::<audit::Appended>();
    shared::<audit::Checkpoint>();
    shared::<audit::ConsistencyProof>();
    shared::<audit::Cosignature>();
    shared::<audit::DigestKind>();
    shared::<audit::Entry>();
    shared::<audit::FileAnchor>();
    shared::<audit::Frontier>();
    shared::<audit::Hash>();
    shared::<audit::Identifier>();
    shared::<audit::InclusionProof>();
    shared::<audit::Log>();
    shared::<audit::LogBuilder>();
    shared::<audit::LogKey>();
    shared::<audit::LogProof>();
    shared::<audit::Outcome>();
    shared::<audit::LogRecord>();
    shared::<audit::LogReport>();
    shared::<Box<dyn audit::Signer>>();
    shared::<audit::SigningKey>();
    shared::<audit::StoreAnchor>();
    shared::<audit::LogSubjectKeys>();
    shared::<audit::LogVerdict>();
    shared::<audit::VerifyingKey>();
    shared::<audit::WitnessAnchor>();
    shared::<audit::WitnessAnswer>();
    shared::<audit::WitnessKey>();
    shared::<Box<dyn audit::WitnessTransport>>();
}

#[test]
#[cfg(feature = "audit")]
fn keys_of_the_audit_log_are_not_spread() {
    use confidant::audit::{LogKey, SigningKey};

    assert!(!has!(SigningKey: Clone));
    assert!(!has!(SigningKey: std::fmt::Display));
    assert!(!has!(SigningKey: PartialEq));
    assert!(!has!(SigningKey: AsRef<[u8]>));
    assert!(!has!(LogKey: std::fmt::Display));
    assert!(!has!(LogKey: PartialEq));
    assert!(!has!(LogKey: AsRef<[u8]>));
}

/// What an append returns goes from one thread to another while it is waited for.
#[test]
#[cfg(feature = "audit")]
fn appends_are_sent() {
    fn sent(_: impl Send) {}

    let log = confidant::audit::Log::in_memory().unwrap();
    let id = confidant::audit::Identifier::new("test").unwrap();
    let access = confidant::audit::Access::new(id.clone());
    let entry = confidant::audit::Entry::new(id, confidant::audit::Outcome::Denied);
    sent(log.append(entry));
    sent(log.read(0..1, &access));
    sent(log.anchor());
    sent(log.inclusion_proof(0));
}

#[test]
#[cfg(feature = "redact")]
fn every_type_of_the_redactor_goes_to_other_threads() {
    use confidant::redact;

    shared::<redact::AllowList>();
    shared::<redact::AllowListBuilder>();
    shared::<redact::BuiltInRule>();
    shared::<redact::Category>();
    shared::<redact::Detections>();
    shared::<std::sync::Arc<dyn redact::Detector>>();
    shared::<redact::Finding>();
    shared::<redact::Key>();
    shared::<redact::Kind>();
    shared::<redact::KnownValues>();
    shared::<redact::Operator>();
    shared::<redact::Redacted<String>>();
    shared::<redact::RedactingReader<std::fs::File>>();
    shared::<redact::RedactingWriter<std::fs::File>>();
    shared::<redact::Redactor>();
    shared::<redact::RedactorBuilder>();
    shared::<redact::Report>();
    shared::<redact::RestoreCounts>();
    shared::<redact::Restored<'_>>();
    shared::<redact::Restorer>();
    shared::<redact::StreamRedactor>();
    shared::<redact::PlaceholderStream>();
    shared::<redact::FieldNames>();
    shared::<redact::Validation>();
    shared::<redact::PlaceholderMap>();
    #[cfg(feature = "rules")]
    {
        shared::<redact::GitleaksBase<'_>>();
        shared::<redact::GitleaksConfig>();
        shared::<redact::RuleSet>();
    }
    #[cfg(feature = "json")]
    {
        shared::<redact::JsonFinding>();
        shared::<redact::JsonPaths>();
        shared::<redact::RedactedNdjson<'_>>();
    }
    #[cfg(feature = "async")]
    {
        shared::<redact::RedactedStream<std::collections::VecDeque<String>>>();
        shared::<redact::RedactedStream<std::collections::VecDeque<String>, Vec<u8>>>();
        shared::<redact::RedactingAsyncWriter<Vec<u8>>>();
        shared::<redact::RestoredStream<std::collections::VecDeque<String>>>();
    }
    #[cfg(feature = "tracing")]
    {
        shared::<redact::LogFormat>();
        shared::<redact::RedactingEventWriter<std::fs::File>>();
        shared::<redact::RedactingLayer<fn() -> std::fs::File>>();
        shared::<redact::RedactingMakeWriter<fn() -> std::fs::File>>();
    }
}

#[test]
#[cfg(feature = "seal")]
fn every_type_of_sealing_goes_to_other_threads() {
    use confidant::seal;

    shared::<seal::CacheLimits>();
    shared::<seal::KeyServiceCapabilities>();
    shared::<seal::Context>();
    shared::<seal::ContextBuilder<'_>>();
    shared::<seal::DataKey>();
    shared::<seal::Envelope>();
    shared::<seal::KeyId>();
    shared::<std::sync::Arc<dyn seal::KeyProvider>>();
    shared::<seal::KeyVersion>();
    shared::<seal::Keyring>();
    shared::<seal::KeyringBuilder>();
    shared::<seal::LocalKeys>();
    shared::<seal::OpenRequest<'_>>();
    shared::<seal::Rewrap>();
    shared::<seal::RewrapReport>();
    shared::<seal::RewrapRequest<'_>>();
    shared::<seal::SealEvent<'_>>();
    shared::<std::sync::Arc<dyn seal::SealObserver>>();
    shared::<seal::SealOperation>();
    shared::<seal::SealOutcome>();
    shared::<seal::SealRequest<'_>>();
    shared::<seal::SealedRecord>();
    shared::<Box<dyn seal::SealedRecords>>();
    shared::<seal::Stage>();
    shared::<seal::StoreRecords<fn()>>();
    shared::<seal::TenantKey>();
    shared::<seal::TenantKeys>();
    shared::<seal::UnwrapRequest<'_>>();
    shared::<seal::WrapContext<'_>>();
    shared::<seal::WrapRequest<'_>>();
    shared::<seal::WrappedKey>();
    #[cfg(feature = "passphrase")]
    shared::<seal::PassphraseSettings>();
}

#[test]
#[cfg(feature = "seal")]
fn what_is_opened_and_its_keys_are_not_spread() {
    use confidant::seal::{DataKey, LocalKeys, SealRequest};

    type Opened = Secret<[u8]>;
    assert!(!has!(Opened: std::fmt::Display));
    assert!(!has!(Opened: PartialEq));
    assert!(!has!(Opened: AsRef<[u8]>));
    assert!(!has!(DataKey: Clone));
    assert!(!has!(DataKey: PartialEq));
    assert!(!has!(LocalKeys: Clone));
    assert!(!has!(SealRequest<'static>: std::fmt::Display));
    #[cfg(feature = "rules")]
    {
        assert!(!has!(Opened: serde::Serialize));
        assert!(!has!(DataKey: serde::Serialize));
        assert!(!has!(LocalKeys: serde::Serialize));
    }
}

/// What asks a service can be awaited on any thread.
#[test]
#[cfg(feature = "seal")]
fn futures_of_sealing_go_to_other_threads() {
    use confidant::seal::{Context, Keyring, LocalKeys, Rewrap, SealedRecords, TenantKeys};

    const fn sent<T: Send>(_: &T) {}
    let keyring = Keyring::new(LocalKeys::generate("local:a").unwrap());
    let context = Context::new(confidant::taxonomy::Tenant::new("acme"), "token").unwrap();
    sent(&keyring.seal(b"", &context));
    sent(&keyring.open(b"", &context));
    sent(&keyring.seal_many(&[]));
    sent(&keyring.open_many(&[]));
    sent(&keyring.rewrap(b"", &context, None));
    sent(&keyring.rekey(b"", &context));
    sent(&keyring.create_tenant_key("acme"));
    let _ = |keys: &TenantKeys, rewrap: &mut Rewrap, records: &dyn SealedRecords| {
        sent(&keys.load_or_create("acme"));
        sent(&keys.rotate("acme", 1));
        sent(&keys.destroy("acme"));
        sent(&rewrap.run(records));
    };
}

#[test]
#[cfg(feature = "seal")]
fn every_type_of_key_services_goes_to_other_threads() {
    use confidant::seal;

    shared::<Box<dyn seal::KeyProvider>>();
    #[cfg(feature = "aws-kms")]
    shared::<seal::AwsKms>();
    #[cfg(feature = "azure-keyvault")]
    {
        shared::<seal::AzureKeyVault>();
        shared::<seal::AzureKeyVaultBuilder>();
        shared::<seal::WrapAlgorithm>();
    }
    #[cfg(feature = "gcp-kms")]
    {
        shared::<seal::GcpKms>();
        shared::<seal::GcpKmsBuilder>();
    }
    #[cfg(feature = "vault-transit")]
    {
        shared::<Box<dyn seal::TokenSource>>();
        shared::<seal::CallOptions>();
        shared::<seal::KeyServiceConnection>();
        shared::<seal::VaultTransit>();
        shared::<seal::VaultTransitBuilder>();
    }
}

#[test]
#[cfg(feature = "model")]
fn every_type_of_models_goes_to_other_threads() {
    use confidant::model;

    shared::<Box<dyn model::ChatModel>>();
    shared::<Box<dyn model::EmbeddingModel>>();
    shared::<model::ChatRequest>();
    shared::<model::ClearedRequest>();
    shared::<model::Response>();
    shared::<model::StreamEvent>();
    shared::<model::ModelError>();
    shared::<model::CallContext>();
    shared::<model::PriceTable>();
    assert!(!has!(model::ClearedRequest: Clone));
    assert!(!has!(model::ChatRequest: serde::Serialize));
    assert!(!has!(model::Text: std::fmt::Display));
    assert!(!has!(model::Json: std::fmt::Display));
    #[cfg(feature = "anthropic")]
    shared::<model::Anthropic>();
    #[cfg(feature = "bedrock")]
    shared::<model::Bedrock>();
    #[cfg(feature = "gemini")]
    shared::<model::Gemini>();
    #[cfg(feature = "ollama")]
    shared::<model::Ollama>();
    #[cfg(feature = "openai")]
    {
        shared::<model::OpenAiChat>();
        shared::<model::OpenAiResponses>();
    }
}

#[test]
#[cfg(feature = "guard")]
fn every_type_of_the_guard_goes_to_other_threads() {
    use confidant::guard;

    shared::<guard::Answer>();
    shared::<guard::Attestation>();
    shared::<guard::Budget>();
    shared::<guard::ModelCaller>();
    shared::<guard::Catalogue>();
    shared::<guard::Conversation>();
    shared::<guard::ConversationKeeper>();
    shared::<guard::Conversations>();
    shared::<std::sync::Arc<dyn guard::DestinationPolicy>>();
    shared::<std::sync::Arc<dyn guard::DisclosurePolicy>>();
    shared::<guard::Guard>();
    shared::<guard::GuardBuilder>();
    shared::<guard::GuardReport>();
    shared::<guard::GuardedModel>();
    shared::<std::sync::Arc<dyn guard::MediaScanner>>();
    shared::<std::sync::Arc<dyn guard::Meter>>();
    shared::<guard::MeterRecord>();
    shared::<guard::ControlReceipt>();
    shared::<guard::ReleaseRules>();
    shared::<guard::Router<guard::Customer>>();
    shared::<std::sync::Arc<dyn guard::RoutePolicy>>();
    shared::<guard::Services>();
    shared::<guard::ToolRule>();
    shared::<guard::ToolVerdict>();
    shared::<guard::tools::ToolBoundary>();
    sent::<guard::AnswerStream>();
    sent::<guard::GuardedStream>();
    assert!(!has!(guard::Conversation: serde::Serialize));
    assert!(!has!(guard::RevealedMessages: Clone));
    assert!(!has!(guard::ShownText: std::fmt::Display));
}

/// A stream is one task's at a time.
#[cfg(feature = "guard")]
const fn sent<T: Send + Unpin>() {}

#[test]
#[cfg(feature = "vault")]
fn every_type_of_the_vault_goes_to_other_threads() {
    use confidant::vault;

    shared::<confidant::audit::Caller>();
    shared::<vault::DenyReveal>();
    shared::<vault::Disconnected>();
    shared::<vault::Remaining>();
    shared::<vault::EnvFile>();
    shared::<vault::Filter>();
    shared::<vault::Imported>();
    shared::<vault::NewSecret<'_>>();
    shared::<vault::SecretPurpose>();
    shared::<std::sync::Arc<dyn vault::RevealPolicy>>();
    shared::<vault::RevealRequest<'_>>();
    shared::<vault::Revealed>();
    shared::<std::sync::Arc<dyn vault::RevokeToken>>();
    shared::<vault::Rewrapped>();
    shared::<vault::Scope>();
    shared::<vault::SecretInfo>();
    shared::<vault::SecretRef>();
    shared::<vault::SecretState>();
    shared::<vault::Vault>();
    shared::<vault::VaultBuilder>();
    shared::<vault::VersionInfo>();
    shared::<vault::RecordFault>();
    shared::<vault::FaultyRecord>();
    shared::<vault::VaultReport>();
}

#[test]
#[cfg(feature = "vault")]
fn what_is_in_the_vault_is_not_spread() {
    use confidant::vault::{EnvFile, NewSecret, Revealed, SecretRef};

    assert!(!has!(Revealed: Clone));
    assert!(!has!(Revealed: PartialEq));
    assert!(!has!(Revealed: AsRef<[u8]>));
    assert!(!has!(Revealed: std::ops::Deref));
    assert!(!has!(Revealed: std::fmt::Display));
    assert!(!has!(NewSecret<'static>: std::fmt::Display));
    assert!(!has!(SecretRef: AsRef<[u8]>));
    assert!(!has!(SecretRef: std::fmt::Display));
    assert!(!has!(EnvFile: Clone));
    assert!(!has!(EnvFile: std::fmt::Display));
    #[cfg(feature = "rules")]
    {
        assert!(!has!(Revealed: serde::Serialize));
        assert!(!has!(NewSecret<'static>: serde::Serialize));
        assert!(!has!(EnvFile: serde::Serialize));
    }
}

/// All that the vault does can be spawned on a runtime of many threads.
#[test]
#[cfg(feature = "vault")]
fn futures_of_the_vault_go_to_other_threads() {
    use confidant::audit::Caller;
    use confidant::vault::{
        EnvFile, Filter, NewSecret, RevokeToken, SecretPurpose, SecretRef, Vault,
    };

    const fn sent<T: Send>(_: &T) {}
    let _ = |vault: &Vault, me: &Caller, secret: &SecretRef, new: &NewSecret<'_>| {
        sent(&vault.put(me, new));
        sent(&vault.rotate(me, secret, b""));
        sent(&vault.rotate_until(me, secret, b"", None));
        sent(&vault.disable(me, secret));
        sent(&vault.enable(me, secret));
        sent(&vault.shred(me, secret));
        sent(&vault.shred_version(me, secret, 1));
        sent(&vault.shred_tenant(me, "acme"));
        sent(&vault.find(me, confidant::taxonomy::Tenant::new("acme"), "name"));
        sent(&vault.versions(me, secret));
        sent(&vault.list(me, "acme", &Filter::new()));
        sent(&vault.export_names(me, "acme"));
        sent(&vault.rotate_tenant_key(me, "acme", 1));
        sent(&vault.rewrap_tenant_keys(me, None, |_| ()));
        sent(&vault.rewrap_secrets(me, "acme", None, |_| ()));
        sent(&vault.verify(me));
        sent(&vault.accept_restored(me));
    };
    let _ = |vault: &Vault, me: &Caller, secret: &SecretRef, purpose: &SecretPurpose| {
        sent(&vault.use_with(me, secret, purpose, <[u8]>::len));
        sent(&vault.reveal(me, secret, purpose));
    };
    let _ =
        |vault: &Vault, me: &Caller, hook: &dyn RevokeToken, file: &EnvFile, p: &SecretPurpose| {
            sent(&vault.disconnect(me, confidant::taxonomy::Tenant::new("acme"), "github", hook));
            sent(&vault.import_env(me, "acme", file, p));
        };
}

#[test]
#[cfg(feature = "redact")]
fn a_placeholder_map_and_its_values_are_not_spread() {
    use confidant::redact::{Key, PlaceholderMap, Restored};

    assert!(!has!(PlaceholderMap: Clone));
    assert!(!has!(PlaceholderMap: std::fmt::Display));
    assert!(!has!(PlaceholderMap: PartialEq));
    assert!(!has!(Key: std::fmt::Display));
    assert!(!has!(Key: PartialEq));
    assert!(!has!(Key: AsRef<[u8]>));
    assert!(!has!(Restored<'static>: std::fmt::Display));
    #[cfg(feature = "rules")]
    {
        assert!(!has!(PlaceholderMap: serde::Serialize));
        assert!(!has!(Key: serde::Serialize));
        assert!(!has!(Restored<'static>: serde::Serialize));
    }
}

#[test]
fn values_survive_a_panic_elsewhere() {
    unwinds::<Secret<String>>();
    unwinds::<Decision>();
    unwinds::<ManualClock>();
    unwinds::<Moment>();
    unwinds::<Period>();
}

#[test]
fn an_error_is_one_word() {
    assert_eq!(size_of::<Error>(), size_of::<usize>());
    assert_eq!(size_of::<Result<(), Error>>(), size_of::<usize>());
}

#[test]
fn a_secret_is_one_pointer() {
    assert_eq!(size_of::<Secret<[u8; 4096]>>(), size_of::<usize>());
}

#[test]
fn a_secret_lacks_what_would_spread_it() {
    assert!(has!(String: Clone) && has!(String: std::fmt::Display));
    assert!(!has!(Secret<String>: Clone));
    assert!(!has!(Secret<String>: std::fmt::Display));
    assert!(!has!(Secret<String>: PartialEq));
    assert!(!has!(Secret<String>: std::ops::Deref));
    assert!(!has!(Secret<String>: AsRef<str>));
    assert!(!has!(Secret<String>: std::borrow::Borrow<str>));
    assert!(has!(Secret<String>: std::fmt::Debug));
    assert!(has!(Secret<String>: zeroize::ZeroizeOnDrop));
    #[cfg(feature = "rules")]
    {
        assert!(has!(String: serde::Serialize));
        assert!(!has!(Secret<String>: serde::Serialize));
    }
}

#[test]
#[cfg(feature = "redact")]
fn a_redacted_value_comes_from_a_redactor_only() {
    use confidant::redact::Redacted;

    assert!(!has!(Redacted<String>: Default));
    assert!(!has!(Redacted<String>: From<String>));
    assert!(has!(Redacted<String>: std::fmt::Display));
    assert!(has!(Redacted<String>: AsRef<str>));
    assert!(has!(Redacted<String>: PartialEq));
    assert!(!has!(Redacted<String>: std::ops::DerefMut));
}

#[test]
#[cfg(feature = "consent")]
fn every_type_of_consent_goes_to_other_threads() {
    use confidant::consent;

    shared::<consent::OptOutConfirmation>();
    shared::<consent::DpvProfile>();
    shared::<consent::Export>();
    shared::<consent::ExportOf>();
    shared::<consent::ConsentFacts>();
    shared::<consent::Ledger>();
    shared::<consent::LedgerKey>();
    shared::<consent::NewReceipt>();
    shared::<consent::ConsentReceipt>();
    shared::<consent::ConsentRules>();
    shared::<consent::ConsentRulesBuilder>();
    shared::<consent::ConsentVerdict>();
    shared::<consent::Withdrawal>();
    assert!(has!(consent::ConsentVerdict: Copy) && has!(consent::Use: Copy));
    assert!(!has!(consent::LedgerKey: PartialEq) && !has!(consent::LedgerKey: std::fmt::Display));
}

#[test]
#[cfg(feature = "rights")]
fn every_type_of_rights_goes_to_other_threads() {
    use confidant::rights;

    shared::<rights::Breach>();
    shared::<rights::Bundle>();
    shared::<rights::BundleBuilder>();
    shared::<rights::ClockTable>();
    shared::<rights::Correction>();
    shared::<rights::Deadline>();
    shared::<rights::DeletionPlan>();
    shared::<rights::DrpRequest>();
    shared::<rights::Register>();
    shared::<rights::Request>();
    shared::<rights::RightsRules>();
    shared::<rights::WindDownPlan>();
    assert!(
        !has!(rights::Bundle: std::fmt::Display) && !has!(rights::DrpRequest: std::fmt::Display)
    );
}

#[test]
#[cfg(feature = "rights")]
fn futures_of_ledgers_and_registers_go_to_other_threads() {
    use confidant::audit::{Caller, Identifier, Log};
    use confidant::consent::{Ledger, LedgerKey};
    use confidant::rights::Register;
    use confidant::store::MemoryStore;
    use confidant::taxonomy::Subject;
    use std::sync::Arc;

    const fn sent<T: Send>(_: &T) {}

    let log = Log::in_memory().unwrap();
    let key = LedgerKey::from_bytes([1; 32]);
    let ledger = Ledger::new(Arc::new(MemoryStore::new()), key.clone(), log.clone());
    let register = Register::new(Arc::new(MemoryStore::new()), key, log);
    let me = Caller::new(Identifier::new("service:test").unwrap());
    let jo = Subject::new("jo").unwrap();
    sent(&ledger.facts("t", &jo));
    sent(&ledger.shred(&me, "t", &jo));
    sent(&ledger.verify_tenant("t"));
    sent(&register.requests_of("t", &jo));
    sent(&register.forget_corrections(&me, "t", &jo));
}

/// Open traits that a pointer does not have by itself, with the reason.
const NOT_BY_POINTERS: [(&str, &str); 5] = [
    ("Classified", "it describes a type and has no methods"),
    ("Leaves", "it is sealed"),
    ("Owner", "it is sealed"),
    ("StreamText", "it is sealed"),
    ("Tried", "an outcome is only ever taken by reference"),
];

/// Traits that functions have, which pointers to functions in a box have already.
const BY_FUNCTIONS: [&str; 2] = ["ReadRecord", "RoutePolicy"];

/// Holds a trait to its pointers.
macro_rules! pointers {
    ($seen:ident: $($path:ident)::+) => {{
        pointers!(@shared $seen: $($path)::+);
        assert!(has!(Box<dyn confidant::$($path)::+>: confidant::$($path)::+));
        assert!(has!(&'static dyn confidant::$($path)::+: confidant::$($path)::+));
    }};
    (@shared $seen:ident: $($path:ident)::+) => {{
        let name = stringify!($($path)::+);
        $seen.push(name.rsplit("::").next().unwrap().trim().to_owned());
        assert!(has!(std::sync::Arc<dyn confidant::$($path)::+>: confidant::$($path)::+));
    }};
}

#[test]
fn what_points_to_an_implementation_is_one() {
    let mut seen: Vec<String> = Vec::new();
    pointers!(seen: store::Store);
    pointers!(seen: time::Clock);
    #[cfg(feature = "redact")]
    pointers!(seen: redact::Detector);
    #[cfg(feature = "audit")]
    {
        pointers!(seen: audit::Anchor);
        pointers!(seen: audit::Checkpoints);
        pointers!(seen: audit::Signer);
        pointers!(seen: audit::WitnessTransport);
        pointers!(seen: retention::Keeper);
        pointers!(@shared seen: retention::ReadRecord);
    }
    #[cfg(feature = "seal")]
    {
        pointers!(seen: seal::KeyProvider);
        pointers!(seen: seal::SealObserver);
        pointers!(seen: seal::SealedRecords);
        pointers!(seen: seal::TenantKeyrings);
    }
    #[cfg(any(
        feature = "azure-keyvault",
        feature = "gcp-kms",
        feature = "vault-transit"
    ))]
    pointers!(seen: seal::TokenSource);
    #[cfg(feature = "vault")]
    {
        pointers!(seen: vault::RevealPolicy);
        pointers!(seen: vault::RevokeToken);
    }
    #[cfg(feature = "model")]
    {
        pointers!(seen: model::AttemptObserver);
        pointers!(seen: model::BatchModel);
        pointers!(seen: model::ChatModel);
        pointers!(seen: model::EmbeddingModel);
        pointers!(seen: model::FileModel);
        pointers!(seen: model::ModerationModel);
        pointers!(seen: model::ProviderStorage);
        pointers!(seen: model::RerankModel);
        pointers!(seen: model::TokenCounter);
    }
    #[cfg(feature = "model-http")]
    pointers!(seen: model::KeySource);
    #[cfg(feature = "bedrock")]
    pointers!(seen: model::IamKeySource);
    #[cfg(feature = "guard")]
    {
        pointers!(seen: guard::DestinationPolicy);
        pointers!(seen: guard::DisclosurePolicy);
        pointers!(seen: guard::MediaScanner);
        pointers!(seen: guard::Meter);
        pointers!(@shared seen: guard::RoutePolicy);
    }
    seen.sort();
    assert!(seen.windows(2).all(|pair| pair[0] != pair[1]), "{seen:?}");
    every_open_trait_has_pointers(&seen);
}

/// Reads the sources: each open trait has its pointers, which pass on every method, also
/// those that an implementation need not have.
fn every_open_trait_has_pointers(seen: &[String]) {
    let is_whole = cfg!(all(
        feature = "bedrock",
        feature = "products",
        feature = "vault-transit"
    ));
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            for (at, _) in text.match_indices("\npub trait ") {
                let rest = &text[at + "\npub trait ".len()..];
                let name = &rest[..rest.find(|c: char| !c.is_alphanumeric()).unwrap()];
                if NOT_BY_POINTERS.iter().any(|(other, _)| *other == name) {
                    continue;
                }
                count += 1;
                let wanted = methods_of(rest);
                let shared = format!("\nimpl<T: {name} + ?Sized> {name} for Arc<T> {{");
                let given = match BY_FUNCTIONS.contains(&name) {
                    true => text.find(&shared),
                    false => text.find(&format!("\n    impl {name} {{")),
                };
                let given = given.unwrap_or_else(|| panic!("{name} has no pointers"));
                assert_eq!(methods_of(&text[given + 1..]), wanted, "{name}");
                let in_table = seen.iter().any(|seen| seen == name);
                assert!(in_table || !is_whole, "{name} is not in the table");
            }
        }
    }
    assert!(count > 25, "only {count} traits were looked at");
}

/// The names of the functions of the block that begins in `text`.
fn methods_of(text: &str) -> Vec<&str> {
    let start = text.find('{').unwrap();
    let mut depth = 0;
    let end = text[start..].find(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        depth == 0
    });
    let lines = text[start..start + end.unwrap()].lines();
    let code = lines.filter(|line| !line.trim_start().starts_with("//"));
    let names = code.filter_map(|line| {
        let rest = line.trim_start().trim_start_matches("async ");
        let rest = rest.strip_prefix("fn ")?;
        Some(&rest[..rest.find(['(', '<']).unwrap()])
    });
    names.collect()
}
