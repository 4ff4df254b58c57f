//! The redactors that restore, each at its own interface.

use cerberust::middleware::stream::StreamOutput;
use cerberust::{PiiScanner, RestoreScanner, Scanner, ScannerStack, SecretScanner};
use confidant::guard::{Conversation, Guard, ReleaseRules};
use confidant::redact::{Key, Kind, PlaceholderMap, Redactor, Restorer};
use gaze::{CleanDocument, Scope, Session};
use gaze_assembly::{CorePipeline, CorePipelineConfig};

use crate::Fallible;

/// A redactor that hides values in the texts of one conversation, and restores them.
pub(crate) trait Peer {
    fn name(&self) -> &'static str;

    /// Begins a conversation.
    fn begin(&mut self) -> Fallible<()>;

    fn hide(&mut self, text: &str) -> Fallible<String>;

    /// How many placeholders there are in a text that was hidden.
    fn placeholders(&self, wire: &str) -> usize;

    fn show(&mut self, wire: &str) -> Fallible<String>;
}

pub(crate) fn all() -> Fallible<Vec<Box<dyn Peer>>> {
    Ok(vec![
        Box::new(Ours::new()?),
        Box::new(Cerberust(cerberust_stack())),
        Box::new(Gaze::new()?),
    ])
}

struct Ours {
    guard: Guard,
    conversation: Conversation,
}

impl Ours {
    fn new() -> Fallible<Self> {
        let guard = Guard::builder(Redactor::secrets_and_pii());
        Ok(Self {
            guard: guard.release(ReleaseRules::everything()).build()?,
            conversation: Conversation::new()?,
        })
    }
}

impl Peer for Ours {
    fn name(&self) -> &'static str {
        "confidant, secrets and personal data"
    }

    fn begin(&mut self) -> Fallible<()> {
        self.conversation = Conversation::new()?;
        Ok(())
    }

    fn hide(&mut self, text: &str) -> Fallible<String> {
        Ok(self.guard.hide_text(&self.conversation, text)?)
    }

    fn placeholders(&self, wire: &str) -> usize {
        let labels = Kind::ALL.iter().map(|kind| format!("[{}-", kind.label()));
        labels
            .map(|label| wire.matches(label.as_str()).count())
            .sum()
    }

    fn show(&mut self, wire: &str) -> Fallible<String> {
        Ok(self.guard.show_text(&self.conversation, wire).into_string())
    }
}

/// Its scanners for personal data and for secrets. Secrets are never restored by it.
struct Cerberust(ScannerStack);

fn cerberust_stack() -> ScannerStack {
    let scanners: Vec<Box<dyn Scanner>> = vec![
        Box::new(PiiScanner::new()),
        Box::new(SecretScanner::new()),
        Box::new(RestoreScanner::for_pii()),
    ];
    ScannerStack::new(scanners, true)
}

impl Peer for Cerberust {
    fn name(&self) -> &'static str {
        "cerberust 0.2, personal data and secrets"
    }

    fn begin(&mut self) -> Fallible<()> {
        self.0 = cerberust_stack();
        Ok(())
    }

    fn hide(&mut self, text: &str) -> Fallible<String> {
        self.0.run_input(text).map_err(|_| "it was blocked".into())
    }

    fn placeholders(&self, wire: &str) -> usize {
        wire.matches("[REDACTED_").count()
    }

    fn show(&mut self, wire: &str) -> Fallible<String> {
        self.0.run_output(wire).map_err(|_| "it was blocked".into())
    }
}

/// Its bundled rules. It finds names and places as well, and no secrets.
struct Gaze {
    pipeline: CorePipeline,
    session: Session,
}

impl Gaze {
    fn new() -> Fallible<Self> {
        Ok(Self {
            pipeline: CorePipelineConfig::new().build()?,
            session: Session::new(Scope::Ephemeral)?,
        })
    }
}

impl Peer for Gaze {
    fn name(&self) -> &'static str {
        "gaze-pii 0.17, personal data"
    }

    fn begin(&mut self) -> Fallible<()> {
        self.session = Session::new(Scope::Ephemeral)?;
        Ok(())
    }

    fn hide(&mut self, text: &str) -> Fallible<String> {
        match self.pipeline.pseudonymize_text(&self.session, text)? {
            CleanDocument::Text(text) => Ok(text),
            _ => Err("it gave no text".into()),
        }
    }

    fn placeholders(&self, wire: &str) -> usize {
        wire.matches(&format!("<{}:", self.session.session_hex()))
            .count()
    }

    fn show(&mut self, wire: &str) -> Fallible<String> {
        Ok(self.session.assess_restore_text(wire)?.into_restored().text)
    }
}

/// A redactor that restores an answer token by token.
pub(crate) trait Streaming {
    fn name(&self) -> &'static str;

    /// Whether it takes minutes with many values.
    fn is_slow(&self) -> bool;

    /// The last placeholder that was made.
    fn placeholder(&self) -> String;

    /// Restores an answer. Returns how many tokens were passed on at once.
    fn restore(&mut self, tokens: &[String]) -> Fallible<usize>;
}

/// Those that can, with so many values hidden. gaze-pii restores whole answers alone.
pub(crate) fn streaming(values: usize) -> Fallible<Vec<Box<dyn Streaming>>> {
    let mut map = PlaceholderMap::new(Key::from_bytes([7; 32]));
    let mut last = String::new();
    let addresses: Vec<String> = (0..values)
        .map(|at| format!("person{at}@acme-mail.com"))
        .collect();
    for address in &addresses {
        last = map.placeholder(Kind::Email, address);
    }
    let restorer: Box<dyn Streaming> = Box::new(OurStream { map, last });
    if values > 1_000 {
        // Each token takes it as long as there are values.
        return Ok(vec![restorer]);
    }
    let mut stack = cerberust_stack();
    let mut wire = String::new();
    for address in &addresses {
        wire = stack
            .run_input(&format!("to {address} now"))
            .map_err(|_| "it was blocked")?;
    }
    let last = wire
        .split_whitespace()
        .find(|word| word.starts_with('['))
        .ok_or("nothing was replaced")?;
    let last = last.to_owned();
    Ok(vec![restorer, Box::new(CerberustStream { stack, last })])
}

struct OurStream {
    map: PlaceholderMap,
    last: String,
}

impl Streaming for OurStream {
    fn name(&self) -> &'static str {
        "confidant, `Restorer`"
    }

    fn is_slow(&self) -> bool {
        false
    }

    fn placeholder(&self) -> String {
        self.last.clone()
    }

    fn restore(&mut self, tokens: &[String]) -> Fallible<usize> {
        let (mut restorer, mut passed) = (Restorer::new(), 0);
        let mut piece = String::new();
        for token in tokens {
            piece.clear();
            restorer.push(&self.map, token, &mut piece);
            passed += usize::from(!piece.is_empty());
        }
        restorer.finish(&self.map, &mut piece);
        Ok(passed)
    }
}

/// It looks for personal data and secrets in the answer as well.
struct CerberustStream {
    stack: ScannerStack,
    last: String,
}

impl Streaming for CerberustStream {
    fn name(&self) -> &'static str {
        "cerberust 0.2, which also scans the answer"
    }

    fn is_slow(&self) -> bool {
        true
    }

    fn placeholder(&self) -> String {
        self.last.clone()
    }

    fn restore(&mut self, tokens: &[String]) -> Fallible<usize> {
        let mut stream = StreamOutput::new(&self.stack);
        let mut passed = 0;
        for token in tokens {
            let piece = stream.push(&mut self.stack, token)?;
            passed += usize::from(!piece.is_empty());
        }
        stream.finish(&mut self.stack)?;
        Ok(passed)
    }
}
