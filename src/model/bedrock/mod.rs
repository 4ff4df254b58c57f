//! Converse, of AWS Bedrock.

mod decode;
mod encode;
mod key;
mod sign;

use async_trait::async_trait;
use std::sync::Arc;

pub use key::{BedrockKey, IamKey, IamKeySource};
pub(in crate::model) use sign::Signer;

use super::adapter::{Served, Settings, Wire, builder, kind_of_word};
use super::decode::{AwsFrames, Sink, events, whole};
use super::http::{Answer, Call, Fault, Refusal};
use super::{
    Api, ApiKey, CallContext, ChatModel, ChatRequest, ClearedRequest, EventStream, ModelDescriptor,
    ModelError, ModelErrorKind, Name, ProviderTools, Response,
};
use crate::Error;
use crate::taxonomy::Region;
use crate::time::{Clock, SystemClock};

/// A model behind Converse, of AWS Bedrock.
///
/// An inference profile that may run the model in another Region (`us.…`, `eu.…`,
/// `global.…`) is refused unless [`cross_region`](BedrockBuilder::cross_region) says so.
///
/// # Example
/// ```
/// use confidant::model::{Bedrock, BedrockKey, ChatModel, CredentialOwner, IamKey};
/// use confidant::secret::Secret;
/// use confidant::taxonomy::Region;
///
/// let key = IamKey::new("AKIDEXAMPLE", Secret::from("wJalrXUtnFEMI".to_owned()));
/// let key = BedrockKey::iam(CredentialOwner::Platform, key);
/// let region = Region::new("eu-central-1")?;
/// let model = Bedrock::builder("amazon.nova-pro-v1:0", &region, key).build()?;
/// assert_eq!(model.descriptor().region, Some(region));
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Debug)]
pub struct Bedrock {
    served: Served,
}

/// Settings of a [`Bedrock`] model.
#[derive(Debug)]
pub struct BedrockBuilder {
    settings: Settings,
    aws_region: String,
    key: BedrockKey,
    clock: Arc<dyn Clock>,
    cross_region: bool,
}

impl Bedrock {
    /// Returns a builder for a model, the Region whose endpoint is called, and a key.
    #[must_use]
    pub fn builder(model: impl Into<Name>, region: &Region, key: BedrockKey) -> BedrockBuilder {
        BedrockBuilder {
            settings: Settings::new(model.into(), "", ApiKey::none()),
            aws_region: region.as_str().to_owned(),
            key,
            clock: Arc::new(SystemClock::new()),
            cross_region: false,
        }
    }

    async fn send(
        &self,
        request: ClearedRequest,
        context: &CallContext,
        stream: bool,
    ) -> Result<(Answer, Sink), ModelError> {
        let served = &self.served;
        let (verb, accept) = if stream {
            ("converse-stream", "application/vnd.amazon.eventstream")
        } else {
            ("converse", "application/json")
        };
        let write = |request: &ClearedRequest| {
            let path = ["model", &served.descriptor.model, verb];
            let body = encode::body(request, &served.descriptor)?;
            Ok(Call::post(served.transport.url(path)?, body, accept))
        };
        served.ask(request, context, stream, write).await
    }
}

impl BedrockBuilder {
    /// Sets the clock by which requests are signed.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Allows an inference profile that may run the model in other Regions. The model's
    /// region is then unknown unless [`region`](Self::region) names one.
    #[must_use]
    pub const fn cross_region(mut self) -> Self {
        self.cross_region = true;
        self
    }

    /// Checks the settings and returns the model.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where the address or the Region is not
    /// well-formed, where the Region lies outside of the [region](Self::region) that was
    /// set, or where the connection cannot be made as set;
    /// [`Refused`](crate::ErrorKind::Refused) where the model is a profile of several
    /// Regions and that is not allowed.
    pub fn build(mut self) -> Result<Bedrock, Error> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if self.aws_region.is_empty() || !self.aws_region.bytes().all(plain) {
            return Err(Error::config("region is not one of AWS"));
        }
        let leaves = leaves_region(&self.settings.model);
        if leaves && !self.cross_region {
            return Err(ModelError::new(ModelErrorKind::RegionDenied).into());
        }
        // Another address is somebody else's, who may call any Region.
        let is_own = self.settings.address.is_empty();
        if is_own {
            let region = &self.aws_region;
            self.settings.address = format!("https://bedrock-runtime.{region}.amazonaws.com");
        }
        if !leaves && is_own {
            self.settings.force_region(&self.aws_region)?;
        } else if !leaves && self.settings.region.is_none() {
            self.settings.region = Some(Region::new(&self.aws_region)?);
        }
        self.settings.key = self.key.named();
        let wire = Wire {
            api: Api::BedrockConverse,
            provider: "aws.bedrock",
            auth: self.key.auth(self.aws_region, self.clock),
            fault,
        };
        Ok(Bedrock {
            served: self.settings.serve(wire)?,
        })
    }
}

builder!(BedrockBuilder);

/// Whether a model is a profile or router that may run in several Regions. An ARN of a kind
/// that is not known may.
fn leaves_region(model: &str) -> bool {
    let id = match model.split_once(":bedrock:") {
        None => model,
        Some((_, place)) => {
            let resource = place.splitn(3, ':').nth(2).unwrap_or_default();
            match resource.split_once('/') {
                // These name one model in one Region.
                Some((
                    "custom-model"
                    | "custom-model-deployment"
                    | "foundation-model"
                    | "imported-model"
                    | "provisioned-model",
                    _,
                )) => return false,
                Some(("inference-profile", id)) => id,
                // A profile of one's own, or a router, goes where its models are.
                _ => return true,
            }
        }
    };
    // A model has a maker and a name; a profile has a place before them.
    let parts = id.split('.').collect::<Vec<_>>();
    match parts.as_slice() {
        [] | [_] => false,
        [maker, _] => is_place(maker),
        [first, ..] => is_place(first) || !is_maker(first),
    }
}

/// Whether a word before a model is a place, as far as they are known.
fn is_place(word: &str) -> bool {
    let base = word.split('-').next().unwrap_or(word);
    !is_maker(word) && base.len() <= 3 || matches!(word, "apac" | "global")
}

/// Whether a word is a maker of models, whose names may have dots in them.
fn is_maker(word: &str) -> bool {
    let makers = [
        "ai21",
        "amazon",
        "anthropic",
        "cohere",
        "deepseek",
        "google",
        "luma",
        "meta",
        "minimax",
        "mistral",
        "moonshot",
        "moonshotai",
        "nvidia",
        "openai",
        "qwen",
        "stability",
        "twelvelabs",
        "writer",
        "zai",
    ];
    makers.contains(&word)
}

#[async_trait]
impl ChatModel for Bedrock {
    fn descriptor(&self) -> &ModelDescriptor {
        &self.served.descriptor
    }

    async fn generate(
        &self,
        request: ClearedRequest,
        context: &CallContext,
    ) -> Result<Response, ModelError> {
        let (answer, sink) = self.send(request, context, false).await?;
        whole(
            answer,
            decode::Converse::new(&self.served.descriptor.model),
            sink,
        )
        .await
    }

    async fn stream(
        &self,
        request: ClearedRequest,
        context: &CallContext,
    ) -> Result<EventStream, ModelError> {
        let (answer, sink) = self.send(request, context, true).await?;
        let protocol = decode::Converse::new(&self.served.descriptor.model);
        Ok(events::<AwsFrames, _>(answer, protocol, sink))
    }

    fn provider_tools(&self, request: &ChatRequest) -> ProviderTools {
        encode::provider_tools(request)
    }
}

/// What an error of Bedrock says.
fn fault(refusal: &Refusal<'_>) -> Fault {
    #[derive(Default, serde::Deserialize)]
    struct Body {
        #[serde(alias = "Message")]
        message: Option<String>,
        #[serde(rename = "__type")]
        kind: Option<String>,
    }

    let body: Body = serde_json::from_slice(refusal.body).unwrap_or_default();
    // `…#ThrottlingException` in the body, `ThrottlingException:http://…` in the header.
    let word = body.kind.as_deref().or(refusal.word).map(|kind| {
        let kind = kind.split(':').next().unwrap_or(kind);
        kind.rsplit_once('#').map_or(kind, |(_, kind)| kind)
    });
    let mut fault = Fault::of_status(refusal.status);
    if let Some(kind) = word.and_then(kind_of_word) {
        fault.kind = kind;
    }
    let says = |words: &str| body.message.as_deref().is_some_and(|m| m.contains(words));
    if says("too long") || says("exceeds the maximum") {
        fault.kind = ModelErrorKind::ContextTooLong;
    }
    fault.message = body.message;
    fault
}

/// Reads the bytes of a stream without a connection.
#[cfg(feature = "testing")]
pub(super) fn decode(model: &str, pieces: &[&[u8]]) -> Vec<Result<super::StreamEvent, ModelError>> {
    super::decode::decode::<AwsFrames, _>(
        decode::Converse::new(&model.into()),
        Api::BedrockConverse,
        model,
        pieces,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_of_several_regions_is_seen() {
        for model in [
            "us.anthropic.claude-sonnet-5-v1:0",
            "global.anthropic.claude-sonnet-5-v1:0",
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/eu.amazon.nova-pro-v1:0",
            "arn:aws-us-gov:bedrock:us-gov-west-1:1:inference-profile/us-gov.anthropic.claude-x",
            "arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/abc123",
            "arn:aws:bedrock:us-east-1:1:default-prompt-router/anthropic.claude:1",
            "arn:aws:bedrock:us-east-1:123456789012:prompt-router/r1",
            "arn:aws:bedrock:us-east-1:123456789012:something-new/x",
            "arn:aws:bedrock:us-east-1",
            "mx.anthropic.claude-sonnet-5-v1:0",
            "us-gov.anthropic.claude-sonnet-5-v1:0",
            "uk.meta.llama9-v1:0",
            "apac.amazon.nova-lite-v1:0",
            "mars-north.amazon.nova-lite-v1:0",
        ] {
            assert!(leaves_region(model), "{model}");
        }
        for model in [
            "anthropic.claude-sonnet-5-v1:0",
            "amazon.nova-pro-v1:0",
            "ai21.jamba-1-5-large-v1:0",
            "meta.llama3-1-8b-instruct-v1:0",
            "openai.gpt-oss-120b-1:0",
            "qwen.qwen3.5-32b-v1:0",
            "zai.glm-5.3",
            "test-one",
            "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-5-v1:0",
            "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc123",
            "arn:aws:bedrock:us-east-1:123456789012:imported-model/abc123",
        ] {
            assert!(!leaves_region(model), "{model}");
        }
    }
}
