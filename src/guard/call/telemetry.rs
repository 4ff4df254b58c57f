//! Spans and measurements of calls, under the names of OpenTelemetry, without content.

use std::time::Duration;

use tracing::Span;
use tracing::field::Empty;

use super::trail::owner;
use crate::guard::mode::Mode;
use crate::guard::report::GuardReport;
use crate::model::{
    Api, ChatRequest, Cost, FinishReason, ModelDescriptor, ModelErrorKind, Name, Response, Usage,
};

/// The version of the OpenTelemetry conventions for generative AI whose names spans have.
pub const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/gen-ai/0.1.0";

/// The span of one call. It has the names of OpenTelemetry where there are such, and
/// `confidant.` before the others. Instructions, messages, tool definitions and stop
/// sequences never stand in it.
#[derive(Clone, Debug)]
pub(crate) struct CallSpan {
    span: Span,
    operation: &'static str,
    provider: Box<str>,
    model: Box<str>,
}

impl CallSpan {
    pub(crate) fn new(
        operation: &'static str,
        model: &ModelDescriptor,
        request: &ChatRequest,
        conversation: impl FnOnce() -> String,
        is_stream: bool,
    ) -> Self {
        let provider = provider(model);
        let name = model.model.as_str();
        let sampling = &request.sampling;
        let span = tracing::info_span!(
            "gen_ai.client",
            otel.name = format_args!("{operation} {name}"),
            otel.kind = "client",
            otel.schema_url = SCHEMA_URL,
            otel.status_code = Empty,
            gen_ai.operation.name = operation,
            gen_ai.provider.name = provider,
            gen_ai.request.model = name,
            gen_ai.request.stream = is_stream,
            gen_ai.request.max_tokens = sampling.max_output_tokens,
            gen_ai.request.temperature = sampling.temperature,
            gen_ai.request.top_p = sampling.top_p,
            gen_ai.request.top_k = sampling.top_k,
            gen_ai.request.seed = sampling.seed,
            gen_ai.conversation.id = Empty,
            gen_ai.response.id = Empty,
            gen_ai.response.model = Empty,
            gen_ai.response.finish_reasons = Empty,
            gen_ai.response.time_to_first_chunk = Empty,
            gen_ai.usage.input_tokens = Empty,
            gen_ai.usage.output_tokens = Empty,
            gen_ai.usage.cache_read.input_tokens = Empty,
            gen_ai.usage.cache_creation.input_tokens = Empty,
            gen_ai.usage.reasoning.output_tokens = Empty,
            server.address = model.endpoint.host(),
            server.port = model.endpoint.port(),
            error.r#type = Empty,
            confidant.credential.owner = owner(&model.credential_owner),
            confidant.guard.mode = Empty,
            confidant.guard.bypass = Empty,
            confidant.guard.redactions = Empty,
            confidant.guard.restored = Empty,
            confidant.guard.withheld = Empty,
            confidant.guard.unknown = Empty,
            confidant.guard.mangled = Empty,
            confidant.guard.epoch = Empty,
            confidant.cost.amount = Empty,
            confidant.cost.currency = Empty,
            confidant.cost.price_version = Empty,
        );
        if !span.is_disabled() {
            span.record("gen_ai.conversation.id", conversation());
        }
        Self {
            span,
            operation,
            provider: provider.into(),
            model: name.into(),
        }
    }

    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Records what was found in the request.
    pub(crate) fn cleared(&self, report: &GuardReport) {
        let mode = match report.mode() {
            Mode::Enforce => "enforce",
            Mode::Observe => "observe",
        };
        self.span.record("confidant.guard.mode", mode);
        self.span
            .record("confidant.guard.bypass", report.is_bypassed());
        self.span
            .record("confidant.guard.redactions", report.found().total());
        if let Some(epoch) = report.new_epoch() {
            self.span.record("confidant.guard.epoch", epoch);
        }
        for (kind, count) in report.found().kinds() {
            tracing::info!(
                parent: &self.span,
                monotonic_counter.confidant.guard.redactions = count,
                kind = kind.label(),
            );
        }
    }

    pub(crate) fn first_chunk(&self, after: Duration) {
        let seconds = after.as_secs_f64();
        self.span
            .record("gen_ai.response.time_to_first_chunk", seconds);
        tracing::info!(
            parent: &self.span,
            histogram.gen_ai.client.operation.time_to_first_chunk = seconds,
            gen_ai.operation.name = self.operation,
            gen_ai.provider.name = &*self.provider,
            gen_ai.request.model = &*self.model,
        );
    }

    /// Records an answer.
    pub(crate) fn answered(&self, response: &Response) {
        // A provider's words, which could hold anything: only what has the form of an id.
        let is_id = |id: &&Name| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/@".contains(&byte);
            id.len() <= 128 && id.bytes().all(plain)
        };
        if let Some(id) = response.id.as_ref().filter(is_id) {
            self.span.record("gen_ai.response.id", id.as_str());
        }
        if let Some(model) = response.model.as_ref().filter(is_id) {
            self.span.record("gen_ai.response.model", model.as_str());
        }
        let reason = finish_reason(response.finish.reason);
        self.span.record("gen_ai.response.finish_reasons", reason);
    }

    /// Records the end of a call.
    pub(crate) fn end(
        &self,
        took: Duration,
        usage: &Usage,
        cost: Option<&Cost>,
        report: &GuardReport,
        outcome: Result<(), ModelErrorKind>,
    ) {
        for (name, tokens) in [
            ("gen_ai.usage.input_tokens", usage.input_tokens),
            ("gen_ai.usage.output_tokens", usage.output_tokens),
            (
                "gen_ai.usage.cache_read.input_tokens",
                usage.cache_read_tokens,
            ),
            (
                "gen_ai.usage.cache_creation.input_tokens",
                usage.cache_write_tokens,
            ),
            (
                "gen_ai.usage.reasoning.output_tokens",
                usage.reasoning_tokens,
            ),
        ] {
            if let Some(tokens) = tokens {
                self.span.record(name, tokens);
            }
        }
        let restored = report.restored();
        self.span
            .record("confidant.guard.restored", restored.restored());
        self.span
            .record("confidant.guard.withheld", restored.withheld());
        self.span
            .record("confidant.guard.unknown", restored.unknown());
        self.span
            .record("confidant.guard.mangled", restored.mangled());
        if let Some(cost) = cost {
            let amount = i64::try_from(cost.nanos).unwrap_or(i64::MAX);
            self.span.record("confidant.cost.amount", amount);
            self.span
                .record("confidant.cost.currency", cost.currency.as_str());
            self.span
                .record("confidant.cost.price_version", cost.price_version.as_str());
        }
        let error = outcome.err().map(ModelErrorKind::as_str);
        if let Some(error) = error {
            self.span.record("error.type", error);
            self.span.record("otel.status_code", "ERROR");
        }
        for (kind, tokens) in [
            ("input", usage.input_tokens),
            ("output", usage.output_tokens),
        ] {
            if let Some(tokens) = tokens {
                tracing::info!(
                    parent: &self.span,
                    histogram.gen_ai.client.token.usage = tokens,
                    gen_ai.token.r#type = kind,
                    gen_ai.operation.name = self.operation,
                    gen_ai.provider.name = &*self.provider,
                    gen_ai.request.model = &*self.model,
                );
            }
        }
        tracing::info!(
            parent: &self.span,
            histogram.gen_ai.client.operation.duration = took.as_secs_f64(),
            gen_ai.operation.name = self.operation,
            gen_ai.provider.name = &*self.provider,
            gen_ai.request.model = &*self.model,
            error.r#type = error,
        );
    }
}

/// The name that OpenTelemetry has for a provider, or the operator's own.
fn provider(model: &ModelDescriptor) -> &str {
    match model.api {
        Api::AnthropicMessages => "anthropic",
        Api::BedrockConverse => "aws.bedrock",
        Api::GeminiGenerateContent => "gcp.gemini",
        Api::OpenAiChat | Api::OpenAiResponses if model.endpoint.host() == "api.openai.com" => {
            "openai"
        }
        Api::OpenAiChat | Api::OpenAiResponses | Api::OllamaChat | Api::Other => {
            model.provider.as_str()
        }
    }
}

const fn finish_reason(reason: FinishReason) -> &'static str {
    match reason {
        FinishReason::Stop | FinishReason::StopSequence => "stop",
        FinishReason::MaxTokens | FinishReason::ContextFull => "length",
        FinishReason::ToolCalls => "tool_call",
        FinishReason::ContentFiltered | FinishReason::Refused => "content_filter",
        FinishReason::Malformed => "error",
        FinishReason::Paused | FinishReason::Compacted | FinishReason::Other => "other",
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::{Debug, Write as _};
    use std::sync::Mutex;

    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    use super::*;
    use crate::guard::{Conversation, Guard};
    use crate::model::{CredentialOwner, Destination, Endpoint, Json, Message, Tool};
    use crate::redact::Redactor;
    use crate::taxonomy::Processor;

    /// Keeps everything that spans and events show.
    #[derive(Default)]
    struct Everything(Mutex<String>);

    struct Fields<'f>(&'f mut String);

    impl Visit for Fields<'_> {
        fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
            writeln!(self.0, "{}={value:?}", field.name()).unwrap();
        }
    }

    impl Subscriber for Everything {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, span: &Attributes<'_>) -> Id {
            span.record(&mut Fields(&mut self.0.lock().unwrap()));
            Id::from_u64(1)
        }
        fn record(&self, _: &Id, values: &Record<'_>) {
            values.record(&mut Fields(&mut self.0.lock().unwrap()));
        }
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn event(&self, event: &Event<'_>) {
            event.record(&mut Fields(&mut self.0.lock().unwrap()));
        }
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }

    #[test]
    fn spans_have_the_names_of_the_conventions_and_no_content() {
        let model = ModelDescriptor::new(
            Destination::new(
                Processor::new("acme-models").unwrap(),
                Endpoint::new("https://api.acme-models.example").unwrap(),
                "large",
            ),
            CredentialOwner::Platform,
        )
        .with_api(Api::AnthropicMessages);
        let secret = "ann@acme-mail.com";
        let mut request =
            ChatRequest::new().with(Message::user(format!("the quick fox of {secret}")));
        request.sampling.stop.push("lazy dog".into());
        let request = request
            .with_tool(Tool::new("jump", Json::empty_object()).with_description("over the river"));
        let everything = std::sync::Arc::new(Everything::default());
        tracing::subscriber::with_default(std::sync::Arc::clone(&everything), || {
            let span = CallSpan::new("chat", &model, &request, || "c0ffee".to_owned(), false);
            let guard = Guard::builder(Redactor::secrets_and_pii()).build().unwrap();
            let talk = Conversation::new().unwrap();
            let (_, report) = guard.clear(&talk, request.clone(), &model).unwrap();
            span.cleared(&report);
            span.first_chunk(Duration::from_millis(20));
            let mut usage = Usage::new();
            usage.input_tokens = Some(7);
            let failed = Err(ModelErrorKind::Overloaded);
            span.end(Duration::from_millis(30), &usage, None, &report, failed);
        });
        let shown = everything.0.lock().unwrap();
        for line in [
            "otel.name=chat large",
            "otel.kind=\"client\"",
            "gen_ai.operation.name=\"chat\"",
            "gen_ai.provider.name=\"anthropic\"",
            "gen_ai.request.model=\"large\"",
            "gen_ai.conversation.id=\"c0ffee\"",
            "gen_ai.usage.input_tokens=7",
            "server.address=\"api.acme-models.example\"",
            "server.port=443",
            "error.type=\"overloaded\"",
            "confidant.guard.redactions=1",
            "confidant.guard.mode=\"enforce\"",
            "confidant.credential.owner=\"platform\"",
            "histogram.gen_ai.client.token.usage=7",
            "monotonic_counter.confidant.guard.redactions=1",
        ] {
            assert!(
                shown.lines().any(|shown| shown == line),
                "{line} in\n{shown}"
            );
        }
        for words in [
            secret,
            "quick fox",
            "lazy",
            "over the river",
            "jump",
            "EMAIL-",
        ] {
            assert!(!shown.contains(words), "{words} in\n{shown}");
        }
    }
}
