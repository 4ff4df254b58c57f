//! Which model, and where.

use std::error::Error;
use std::sync::Arc;

use confidant::model::ChatModel;

/// What the command line says.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) api: String,
    pub(crate) url: Option<String>,
    pub(crate) model: String,
    pub(crate) key_env: Option<String>,
}

impl Options {
    pub(crate) fn read() -> Result<Self, Box<dyn Error>> {
        use lexopt::prelude::*;
        let mut options = Self {
            api: "openai".to_owned(),
            model: "default".to_owned(),
            ..Self::default()
        };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("api") => options.api = parser.value()?.string()?,
                Long("url") => options.url = Some(parser.value()?.string()?),
                Long("model") => options.model = parser.value()?.string()?,
                Long("key-env") => options.key_env = Some(parser.value()?.string()?),
                _ => return Err(argument.unexpected().into()),
            }
        }
        Ok(options)
    }
}

/// Connects to a server.
#[cfg(any(feature = "openai", feature = "anthropic"))]
pub(crate) fn connect(options: &Options, url: &str) -> Result<Arc<dyn ChatModel>, Box<dyn Error>> {
    use confidant::model::{ApiKey, CredentialOwner};
    use confidant::secret::Secret;

    let key = match &options.key_env {
        None => ApiKey::none(),
        Some(name) => ApiKey::new(
            CredentialOwner::Platform,
            Secret::from(std::env::var(name)?),
        ),
    };
    match options.api.as_str() {
        #[cfg(feature = "openai")]
        "openai" => {
            use confidant::model::{OpenAiChat, Profile};
            use confidant::taxonomy::Processor;
            let builder = OpenAiChat::builder(&*options.model, key)
                .profile(Profile::Compatible)
                .provider(Processor::new("compatible")?)
                .address(url);
            Ok(Arc::new(builder.build()?))
        }
        #[cfg(feature = "anthropic")]
        "anthropic" => {
            use confidant::model::Anthropic;
            let builder = Anthropic::builder(&*options.model, key).address(url);
            Ok(Arc::new(builder.build()?))
        }
        _ => Err("this API is not built in: see the features".into()),
    }
}

/// Connects to nothing: no adapter is built in.
#[cfg(not(any(feature = "openai", feature = "anthropic")))]
pub(crate) fn connect(options: &Options, _: &str) -> Result<Arc<dyn ChatModel>, Box<dyn Error>> {
    let Options { model, key_env, .. } = options;
    let _ = (model, key_env);
    Err("no adapter is built in: add the feature `openai` or `anthropic`".into())
}
