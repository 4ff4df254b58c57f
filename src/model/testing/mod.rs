//! Doubles of models and of providers, for the tests of a product.
//!
//! [`ScriptedModel`] answers what it is told and keeps what it was asked. [`EchoModel`]
//! says what it was told, and mangles it as real models do. [`MockServer`] speaks the
//! protocols of the providers over real sockets, fails as they fail, and shows that
//! a text never reached it. [`Cassette`] replays what a model once answered.
//!
//! Nothing here reaches a provider: [`clear`] makes requests that every adapter refuses
//! to send beyond this machine.
//!
//! # Example
//! ```
//! use confidant::model::testing::{ScriptedModel, clear};
//! use confidant::model::{CallContext, ChatModel, Message, ChatRequest, ServerStates};
//!
//! let model = ScriptedModel::new("scripted").then_text("Hello, Ada.");
//! let request = ChatRequest::new().with(Message::user("I am Ada."));
//! let cleared = clear(request, model.descriptor(), ServerStates::none());
//! let answer = pollster::block_on(model.generate(cleared, &CallContext::new()))?;
//! assert_eq!(answer.message.text(), "Hello, Ada.");
//! assert_eq!(model.requests().len(), 1);
//! # Ok::<(), confidant::model::ModelError>(())
//! ```

mod answer;
mod cassette;
mod clear;
mod decode;
mod echo;
mod play;
mod scripted;
mod server;

pub use answer::MockAnswer;
pub use cassette::{Cassette, Recorder};
pub use clear::clear;
#[cfg(feature = "model-http")]
pub use decode::decode;
pub use echo::{EchoModel, Mangle};
pub use scripted::ScriptedModel;
pub use server::{MockReply, MockServer, SeenRequest};
