//! AWS Key Management Service.

use std::collections::HashMap;
use std::fmt;

use async_trait::async_trait;
use aws_sdk_kms::Client;
use aws_sdk_kms::config::retry::RetryConfig;
use aws_sdk_kms::config::timeout::TimeoutConfig;
use aws_sdk_kms::config::{Builder, Config};
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::EncryptionAlgorithmSpec::SymmetricDefault;
use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use super::batch::Calls;
use super::options::{CallOptions, FIRST_PAUSE, LONGEST_PAUSE, check_runtime};
use crate::Error;
use crate::error::{KeyServiceCause, Refusal};
use crate::seal::key_provider::{
    DataKey, KeyId, KeyProvider, KeyServiceCapabilities, KeyVersion, RewrapRequest, UnwrapRequest,
    WrapContext, WrapRequest, WrappedKey,
};
use crate::secret::Secret;

const SERVICE: &str = "AWS KMS";

/// Data keys wrapped by a symmetric key of AWS KMS.
///
/// The context goes along as an encryption context, so the service itself refuses
/// a key of another one:
///
/// | key | value |
/// |---|---|
/// | `confidant:v` | `1` |
/// | `confidant:ctx` | base 64 of the digest of the context, 44 characters |
/// | `confidant:tenant` | the tenant, in clear; left out where it is empty |
///
/// A condition on `kms:EncryptionContext:confidant:tenant` in the policy of a key
/// keeps a role to its tenant; names of secrets stay out of CloudTrail. Keys are
/// re-wrapped by `ReEncrypt`, at the service. AWS does not tell which version of
/// its key it used, so versions are empty and cannot be chosen.
///
/// The key is named by its ARN, since an alias can be turned to another key, and
/// the ARN of every answer is compared. Region, credentials and the HTTP client
/// are those of the [`Client`] that the caller brings, hence of `aws-sdk-kms` 1;
/// [`CallOptions`] take the place of its retries and timeouts. The caller needs
/// `kms:Encrypt`, `kms:Decrypt` and, for re-wrapping, `kms:ReEncryptFrom` and
/// `kms:ReEncryptTo`.
///
/// It has to be called from within a tokio runtime with time and I/O. A batch has
/// up to eight calls under way at a time.
///
/// # Security
/// The SDK copies data keys into requests and out of answers, and does not wipe
/// those copies; nor does it bound the size of an answer. What leaves it is wiped
/// here.
///
/// # Example
/// ```
/// use aws_sdk_kms::config::{BehaviorVersion, Credentials, Region};
/// use confidant::seal::{AwsKms, KeyProvider};
///
/// // Most callers load this by `aws_config::load_from_env()`.
/// let config = aws_sdk_kms::Config::builder()
///     .behavior_version(BehaviorVersion::latest())
///     .region(Region::new("eu-central-1"))
///     .credentials_provider(Credentials::new("id", "secret", None, None, "example"))
///     .build();
/// let client = aws_sdk_kms::Client::from_conf(config);
/// let arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
/// let keys = AwsKms::new(client, arn)?;
/// assert_eq!(keys.id().as_str(), format!("aws-kms:{arn}"));
/// assert!(keys.capabilities().rewraps_at_service);
/// # Ok::<(), confidant::Error>(())
/// ```
pub struct AwsKms {
    id: KeyId,
    arn: String,
    client: Client,
    calls: CallOptions,
}

impl AwsKms {
    /// Creates the key of this ARN, `arn:aws:kms:…:…:key/…`, by this client.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for anything but the ARN of a key, such
    /// as that of an alias.
    pub fn new(client: Client, arn: &str) -> Result<Self, Error> {
        if !is_key_arn(arn) {
            return Err(Error::config("AWS key is not named by the ARN of a key"));
        }
        Ok(Self {
            id: KeyId::new(&format!("aws-kms:{arn}"))?,
            arn: arn.to_owned(),
            client,
            calls: CallOptions::default(),
        })
    }

    /// Sets how long calls may take, and how often they are tried.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for an option that is out of its range.
    pub fn with_calls(mut self, calls: CallOptions) -> Result<Self, Error> {
        calls.check()?;
        self.calls = calls;
        Ok(self)
    }
}

fn is_key_arn(arn: &str) -> bool {
    let parts: Vec<_> = arn.split(':').collect();
    let [prefix, partition, service, region, account, resource] = parts.as_slice() else {
        return false;
    };
    let word = |text: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !text.is_empty() && text.bytes().all(plain)
    };
    (*prefix, *service) == ("arn", "kms")
        && [partition, region, account]
            .into_iter()
            .all(|part| word(part))
        && resource.strip_prefix("key/").is_some_and(word)
}

/// What the service authenticates, and its policies may ask for.
fn encryption_context(context: WrapContext<'_>) -> HashMap<String, String> {
    let mut entries = vec![
        ("confidant:v", "1".to_owned()),
        ("confidant:ctx", Base64::encode_string(context.digest)),
    ];
    if !context.tenant.is_empty() {
        entries.push(("confidant:tenant", context.tenant.to_owned()));
    }
    let owned = |(key, value): (&str, String)| (key.to_owned(), value);
    entries.into_iter().map(owned).collect()
}

/// The error that a code of the service stands for.
fn cause(code: &str) -> KeyServiceCause {
    let service = SERVICE;
    let refused = |reason| KeyServiceCause::Refused { service, reason };
    match code {
        "IncorrectKeyException" | "InvalidCiphertextException" => KeyServiceCause::Open { service },
        "DisabledException" | "KMSInvalidStateException" => refused(Refusal::Disabled),
        "InvalidKeyUsageException" => refused(Refusal::Unfit),
        "NotFoundException" | "InvalidArnException" => refused(Refusal::Unknown),
        "AccessDeniedException"
        | "ExpiredTokenException"
        | "IncompleteSignature"
        | "InvalidClientTokenId"
        | "InvalidGrantTokenException"
        | "InvalidSignatureException"
        | "MissingAuthenticationTokenException"
        | "NotAuthorized"
        | "OptInRequired"
        | "SignatureDoesNotMatch"
        | "UnrecognizedClientException" => refused(Refusal::Denied),
        "DependencyTimeoutException" => KeyServiceCause::Timeout { service },
        "InternalFailure"
        | "KMSInternalException"
        | "KeyUnavailableException"
        | "RequestLimitExceeded"
        | "ServiceUnavailable"
        | "ServiceUnavailableException"
        | "SlowDown"
        | "Throttling"
        | "ThrottlingException"
        | "TooManyRequestsException" => KeyServiceCause::Throttled { service },
        _ => KeyServiceCause::Failed { service },
    }
}

fn failure<E, R>(error: SdkError<E, R>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: fmt::Debug + Send + Sync + 'static,
{
    let service = SERVICE;
    let cause = match &error {
        SdkError::ServiceError(context) => cause(context.err().code().unwrap_or_default()),
        SdkError::TimeoutError(_) => KeyServiceCause::Timeout { service },
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            KeyServiceCause::Timeout { service }
        }
        SdkError::DispatchFailure(_) => KeyServiceCause::Connect { service },
        // It may hold the answer, with a data key in it, and is not kept.
        SdkError::ResponseError(_) => return KeyServiceCause::Answer { service }.into(),
        _ => KeyServiceCause::Failed { service },
    };
    Error::from(cause).with_source(error)
}

fn answer() -> Error {
    KeyServiceCause::Answer { service: SERVICE }.into()
}

impl AwsKms {
    /// The key of an answer, which must be the one that was meant.
    fn expect(&self, arn: Option<&str>) -> Result<(), Error> {
        if arn != Some(&self.arn) {
            return Err(KeyServiceCause::OtherKey { service: SERVICE }.into());
        }
        Ok(())
    }

    fn overrides(&self) -> Builder {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(self.calls.connect_timeout)
            .operation_attempt_timeout(self.calls.attempt_timeout)
            .operation_timeout(self.calls.timeout)
            .build();
        let retries = RetryConfig::standard()
            .with_max_attempts(self.calls.attempts)
            .with_initial_backoff(FIRST_PAUSE)
            .with_max_backoff(LONGEST_PAUSE);
        Config::builder()
            .timeout_config(timeouts)
            .retry_config(retries)
    }

    async fn wrap_one(&self, item: WrapRequest<'_>) -> Result<WrappedKey, Error> {
        check_runtime()?;
        let call = self
            .client
            .encrypt()
            .key_id(&self.arn)
            .encryption_algorithm(SymmetricDefault)
            .set_encryption_context(Some(encryption_context(item.context)))
            .plaintext(Blob::new(item.key.expose_secret().as_slice()));
        let call = call.customize().config_override(self.overrides());
        let encrypted = call.send().await.map_err(failure)?;
        self.expect(encrypted.key_id())?;
        wrapped(encrypted.ciphertext_blob())
    }

    async fn unwrap_one(&self, item: UnwrapRequest<'_>) -> Result<DataKey, Error> {
        check_runtime()?;
        check_version(item.wrapped)?;
        let call = self
            .client
            .decrypt()
            .key_id(&self.arn)
            .encryption_algorithm(SymmetricDefault)
            .set_encryption_context(Some(encryption_context(item.context)))
            .ciphertext_blob(Blob::new(item.wrapped.bytes()));
        let call = call.customize().config_override(self.overrides());
        let decrypted = call.send().await.map_err(failure)?;
        let plaintext = decrypted
            .plaintext
            .map(|blob| Zeroizing::new(blob.into_inner()));
        self.expect(decrypted.key_id.as_deref())?;
        let plaintext = plaintext.ok_or_else(answer)?;
        let bytes: &[u8; 32] = plaintext.as_slice().try_into().map_err(|_| open())?;
        Ok(Secret::fill(|key: &mut [u8; 32]| {
            key.copy_from_slice(bytes)
        }))
    }

    async fn rewrap_one(&self, item: RewrapRequest<'_>) -> Result<WrappedKey, Error> {
        check_runtime()?;
        check_version(item.wrapped)?;
        if item
            .version
            .is_some_and(|version| !version.as_str().is_empty())
        {
            return Err(Error::config("versions of an AWS key cannot be chosen"));
        }
        let context = encryption_context(item.context);
        let call = self
            .client
            .re_encrypt()
            .source_key_id(&self.arn)
            .destination_key_id(&self.arn)
            .source_encryption_algorithm(SymmetricDefault)
            .destination_encryption_algorithm(SymmetricDefault)
            .set_source_encryption_context(Some(context.clone()))
            .set_destination_encryption_context(Some(context))
            .ciphertext_blob(Blob::new(item.wrapped.bytes()));
        let call = call.customize().config_override(self.overrides());
        let encrypted = call.send().await.map_err(failure)?;
        self.expect(encrypted.source_key_id())?;
        self.expect(encrypted.key_id())?;
        wrapped(encrypted.ciphertext_blob())
    }
}

fn open() -> Error {
    KeyServiceCause::Open { service: SERVICE }.into()
}

/// Nothing that was wrapped here has a version.
fn check_version(wrapped: &WrappedKey) -> Result<(), Error> {
    if wrapped.version().as_str().is_empty() {
        return Ok(());
    }
    Err(open())
}

fn wrapped(blob: Option<&Blob>) -> Result<WrappedKey, Error> {
    let bytes = blob.ok_or_else(answer)?.as_ref();
    WrappedKey::new(KeyVersion::default(), bytes).map_err(|_| answer())
}

#[async_trait]
impl KeyProvider for AwsKms {
    fn id(&self) -> &KeyId {
        &self.id
    }

    fn capabilities(&self) -> KeyServiceCapabilities {
        KeyServiceCapabilities {
            binds_context: true,
            authenticates: true,
            rewraps_at_service: true,
            chooses_version: false,
            max_batch: 1,
        }
    }

    async fn current_version(&self) -> Result<KeyVersion, Error> {
        Ok(KeyVersion::default())
    }

    async fn wrap(&self, items: &[WrapRequest<'_>]) -> Vec<Result<WrappedKey, Error>> {
        let mut calls = Calls::new(items.len());
        for item in items {
            calls.push(self.wrap_one(*item)).await;
        }
        calls.finish().await
    }

    async fn unwrap(&self, items: &[UnwrapRequest<'_>]) -> Vec<Result<DataKey, Error>> {
        let mut calls = Calls::new(items.len());
        for item in items {
            calls.push(self.unwrap_one(*item)).await;
        }
        calls.finish().await
    }

    async fn rewrap(&self, items: &[RewrapRequest<'_>]) -> Vec<Result<WrappedKey, Error>> {
        let mut calls = Calls::new(items.len());
        for item in items {
            calls.push(self.rewrap_one(*item)).await;
        }
        calls.finish().await
    }
}

impl fmt::Debug for AwsKms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsKms")
            .field("id", &self.id)
            .field("calls", &self.calls)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn a_key_is_named_by_its_arn() {
        let good = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab";
        assert!(is_key_arn(good));
        assert!(is_key_arn(
            &good.replace("aws", "aws-cn").replace("1234", "mrk-1234")
        ));
        for bad in [
            "1234abcd-12ab",
            "alias/app",
            "arn:aws:kms:eu-central-1:111122223333:alias/app",
            "arn:aws:s3:eu-central-1:111122223333:key/1234abcd-12ab",
            "arn:aws:kms::111122223333:key/1234abcd-12ab",
            "arn:aws:kms:eu-central-1:111122223333:key/",
            "arn:aws:kms:eu-central-1:111122223333:key/a:b",
            "arn:aws:kms:eu-central-1:111122223333:key/a b",
        ] {
            assert!(!is_key_arn(bad), "{bad}");
        }
    }

    #[test]
    fn a_context_is_three_entries_or_two() {
        let digest = [0xff; 32];
        let context = encryption_context(WrapContext::new("acme", &digest));
        assert_eq!(context.len(), 3);
        assert_eq!(context["confidant:v"], "1");
        assert_eq!(
            context["confidant:ctx"],
            "//////////////////////////////////////////8="
        );
        assert_eq!(context["confidant:tenant"], "acme");
        assert_eq!(encryption_context(WrapContext::new("", &digest)).len(), 2);
    }

    #[test]
    fn a_code_says_what_can_be_done() {
        for (code, kind, retryable) in [
            ("AccessDeniedException", ErrorKind::Refused, false),
            ("DisabledException", ErrorKind::Refused, false),
            ("IncorrectKeyException", ErrorKind::Open, false),
            ("InvalidCiphertextException", ErrorKind::Open, false),
            ("NotFoundException", ErrorKind::Refused, false),
            ("ThrottlingException", ErrorKind::KeyService, true),
            ("KeyUnavailableException", ErrorKind::KeyService, true),
            ("ValidationException", ErrorKind::KeyService, false),
            ("", ErrorKind::KeyService, false),
        ] {
            let error = Error::from(cause(code));
            assert_eq!(
                (error.kind(), error.is_retryable()),
                (kind, retryable),
                "{code}"
            );
        }
    }
}
