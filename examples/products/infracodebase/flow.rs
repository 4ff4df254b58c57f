//! The data flow of Infracodebase: from signing up to a chat whose prompt carries secrets.

use confidant::guard::tools::ToolBoundary;
use confidant::guard::{Conversation, ConversationDisclosure, ConversationId, ToolRule, Turn};
use confidant::model::testing::{MockAnswer, MockReply};
use confidant::model::{
    ApiKey, CallContext, ChatRequest, Content, CredentialOwner, EmbeddingModel as _,
    EmbeddingRequest, Json, Message, OpenAiEmbeddings, Part, Profile, Reasoning, Role, Tool,
    ToolCall, ToolResult,
};
use confidant::policy::{Sink, StoredAs};
use confidant::redact::Key as RedactKey;
use confidant::secret::Secret;
use confidant::store::{Batch, RecordKey};
use confidant::vault::{NewSecret, Scope, SecretPurpose};

use crate::checks::models::{CARD, PAT};
use crate::checks::secrets;
use crate::checks::settled::settled;
use crate::world::disclose::OnCase;
use crate::world::tools::Tools;
use crate::world::{Fallible, TENANT, World, category, id, processor, store};
use confidant::taxonomy::Tenant;

/// What a customer calls a database password: nothing that a detector knows.
const PASSWORD: &str = "copper lantern beneath nine maples";

pub(crate) async fn walk(world: &World) -> Fallible {
    settled(world)?;
    sign_up(world)?;
    connect(world).await?;
    let talk = chat(world).await?;
    late(world, &talk).await?;
    tools(world, &talk).await?;
    index(world).await?;
    own_model(world).await?;
    world.pass_days(1)
}

/// Ada signs up: what is collected is what the policy lists, in the form that it asks for.
fn sign_up(world: &World) -> Fallible {
    let account = category("account")?;
    let fields = ["name", "email", "created"];
    let collected = world.policy.collect(&account, fields);
    let kept = world
        .policy
        .keep(&account, StoredAs::Raw, &store("primary")?);
    world.tell(format!("Ada signs up: {collected}; {kept}"));
    expect(
        collected.is_allow() && kept.is_allow(),
        "her account is kept",
    )
}

/// She connects a repository and stores a token: sealed, and known to redactors from then
/// on.
async fn connect(world: &World) -> Fallible {
    let token = "harbour-violet-9-anvil-quartz";
    let new = NewSecret::new(
        Tenant::new(TENANT),
        "deploy-token",
        token.as_bytes(),
        SecretPurpose::new("deploy")?,
    )
    .scope(Scope::new("site")?)
    .connection("github")?;
    let secret = world.vault.put(&secrets::machine("deploy")?, &new).await?;
    world.tell(format!("a token is in the vault as `{}`", secret.name()));
    let line = format!("git push with {token}");
    let logged = world.redactor(Sink::Log)?.redact(&line).as_str().to_owned();
    world.tell(format!("a log line about it reads: {logged}"));
    expect(!logged.contains(token), "the log line does not hold it")
}

/// She asks the agent, with a token and a card in the prompt. The provider sees placeholders.
/// She reads her card again; the token goes to tools alone. What is stored holds
/// placeholders.
async fn chat(world: &World) -> Fallible<Conversation> {
    let name = ConversationId::new(TENANT, "chat-1")?;
    let talk = world.conversations.open(&name).await?;
    let prompt = format!("Deploy with {PAT}, and bill the card {CARD}.");
    let hidden = world.guard()?.hide_text(&talk, &prompt)?;
    let answer = world
        .chat(
            "anthropic",
            &talk,
            ChatRequest::new().with(Message::user(prompt.as_str())),
            MockAnswer::text(&hidden),
        )
        .await?;
    world.tell(format!("Ada writes:            {prompt}"));
    world.tell(format!("the provider sees:     {hidden}"));
    world.tell(format!("Ada reads:             {}", answer.shown));
    let (reads_card, reads_token) = (answer.shown.contains(CARD), answer.shown.contains(PAT));
    expect(
        reads_card && !reads_token,
        "she reads her card, and the token goes to tools alone",
    )?;
    let seen = world.provider.saw(PAT) || world.provider.saw(CARD);
    expect(!seen, "the provider saw neither")?;
    talk.save().await?;
    let kept = answer.wire.text();
    let key = RecordKey::new(Tenant::new(TENANT), "transcripts", "chat-1/1")?;
    world
        .store
        .commit(Batch::new().put(key.clone(), kept.clone().into_bytes()))
        .await?;
    let stored = world
        .store
        .get(&key)
        .await?
        .ok_or("the transcript is gone")?;
    let stored = String::from_utf8_lossy(&stored.value).into_owned();
    world.tell(format!("the transcript holds:  {stored}"));
    let holds = stored.contains(PAT) || stored.contains(CARD);
    expect(!holds, "the transcript holds the wire view")?;
    reveal(world, &name, &kept).await?;
    Ok(talk)
}

/// Who is to read a conversation in full needs a case, and leaves an entry.
async fn reveal(world: &World, name: &ConversationId, kept: &str) -> Fallible {
    let messages = [Message::assistant(kept)];
    let policy = OnCase("case:17");
    let curious = ConversationDisclosure::by(id("staff:9")?).purpose(id("curiosity")?);
    let denied = world
        .conversations
        .reveal(name, &messages, &curious, &policy)
        .await;
    expect(denied.is_err(), "nobody reads it out of curiosity")?;
    let on_case = ConversationDisclosure::by(id("staff:9")?).purpose(id("case:17")?);
    let revealed = world
        .conversations
        .reveal(name, &messages, &on_case, &policy)
        .await?;
    let whole = revealed.with(|messages| messages.iter().any(|one| one.text().contains(PAT)));
    let places = world.places_of("guard.reveal").await?;
    world.tell(format!(
        "for case:17 it was read in full, by entries {places:?} of the log"
    ));
    expect(whole && places.len() >= 2, "the reading is in the log")
}

/// A value that nobody knew for a secret was sent; then it becomes one. From then on it is
/// hidden where it stood before, too, and reasoning that was bound to the old prompt is
/// left out.
async fn late(world: &World, talk: &Conversation) -> Fallible {
    let first = Message::user(format!("The words on the box are {PASSWORD}."));
    let thought = Content::Reasoning(Reasoning::new("the words on the box", true));
    let says = MockAnswer::new()
        .with(Part::new(thought))
        .with(Part::text("Noted."));
    let answer = world
        .chat(
            "anthropic",
            talk,
            ChatRequest::new().with(first.clone()),
            says,
        )
        .await?;
    let seen_before = world.provider.saw(PASSWORD);
    let bound = answer.wire.parts.iter().any(|part| part.replay.is_some());
    let new = NewSecret::new(
        Tenant::new(TENANT),
        "db-password",
        PASSWORD.as_bytes(),
        SecretPurpose::new("deploy")?,
    );
    world.vault.put(&secrets::machine("deploy")?, &new).await?;
    let count = world.provider.count();
    let history = ChatRequest::new()
        .with(first)
        .with(answer.wire)
        .with(Message::user("Now use it."));
    let answer = world
        .chat("anthropic", talk, history, MockAnswer::text("Done."))
        .await?;
    let requests = world.provider.requests();
    let later = requests.get(count..).unwrap_or_default();
    let again = later
        .iter()
        .any(|seen| String::from_utf8_lossy(seen.body()).contains(PASSWORD));
    let report = &answer.report;
    world.tell(format!(
        "a password was sent before anybody knew it for one; once it is in the vault, the prompt \
         is rewritten (epoch {:?}), and {} signed thought bound to the old one stays out",
        report.new_epoch(),
        report.dropped_reasoning()
    ));
    expect(
        seen_before && bound,
        "it was sent at first, with a thought that is bound to it",
    )?;
    expect(!again, "it is sent no more")?;
    expect(
        report.dropped_reasoning() == 1,
        "the bound thought stays out",
    )
}

/// The agent calls tools of a server over MCP. What a tool says is cleared before the model
/// reads it, and the arguments of a call are restored where the tool may have the value.
async fn tools(world: &World, talk: &Conversation) -> Fallible {
    let server = Tools::connect(&format!("https://x:{PAT}@git.test/repo")).await?;
    let names = server.names().await?;
    world.tell(format!("a server of tools has {}", names.join(", ")));
    let guard = world
        .guard_builder()?
        .tool(ToolRule::reads("git_remote"))
        .tool(ToolRule::writes("git_push").restoring())
        .tool(ToolRule::reads("git_log"))
        .build()?;
    let boundary = ToolBoundary::new(&guard, talk);
    let router = world.platform_router_with(&guard, "anthropic")?;
    let (caller, context) = (world.asker()?, CallContext::new());
    let hidden = guard.hide_text(talk, PAT)?;
    let mut request = ChatRequest::new().with(Message::user("Push what I have."));
    for name in names {
        let schema = Json::parse(r#"{"type": "object"}"#)?;
        request =
            request.with_tool(Tool::new(&*name, schema).with_description("A tool of the server."));
    }
    for (number, tool) in ["git_remote", "git_push", "git_log"]
        .into_iter()
        .enumerate()
    {
        let arguments = Json::parse(&format!(r#"{{"token": "{hidden}"}}"#))?;
        let says =
            MockAnswer::tool_call(ToolCall::new(tool, arguments).with_id(format!("call-{number}")));
        world.provider.answer(says.by_model("claude-sonnet-5"));
        let answer = router
            .generate(Turn::new(&caller, talk).context(&context), request.clone())
            .await?;
        let mut calls = answer.response().message.tool_calls();
        let call = calls.next().ok_or("the model calls no tool")?;
        let cleared = boundary.result(&server.run(call).await?)?;
        world.tell(format!("`{tool}` ran, and the model reads: {cleared}"));
        expect(!cleared.contains(PAT), "what a tool says is cleared")?;
        request.messages.push(answer.wire().clone());
        let result = Part::tool_result(ToolResult::new(
            call.id.as_str(),
            vec![Part::text(cleared.as_str())],
        ));
        request.messages.push(Message::tool(vec![result]));
    }
    expect(server.got("git_push", PAT), "`git_push` got the token")?;
    expect(
        server.got("git_log", &hidden) && !server.got("git_log", PAT),
        "`git_log` got a placeholder",
    )?;
    expect(!world.provider.saw(PAT), "the provider saw no token")
}

/// Code is indexed by embeddings: what is embedded holds placeholders of the index.
async fn index(world: &World) -> Fallible {
    let guard = world
        .guard_builder()?
        .index_key(RedactKey::from_bytes([8; 32]))
        .build()?;
    let key = ApiKey::new(
        CredentialOwner::Platform,
        Secret::from("sk-index-1".to_owned()),
    );
    let model = OpenAiEmbeddings::builder("embed", key)
        .profile(Profile::Compatible)
        .provider(processor("anthropic")?)
        .address(&format!("{}/v1", world.provider.address()))
        .build()?;
    let body = r#"{"object":"list","model":"embed","data":[{"object":"embedding","index":0,"embedding":[0.5,0.25]}],"usage":{"prompt_tokens":4,"total_tokens":4}}"#;
    world
        .provider
        .reply(MockReply::raw(200, "application/json", body));
    let text = format!("provider \"aws\" {{ token = \"{PAT}\" }}");
    let (cleared, report) =
        guard.clear_embedding(EmbeddingRequest::new([text]), model.descriptor())?;
    let embedded = model.embed(cleared, &CallContext::new()).await?;
    world.tell(format!(
        "{} text was embedded, with {} in it replaced",
        embedded.vectors.len(),
        report.found().total()
    ));
    expect(!world.provider.saw(PAT), "the index does not hold it")
}

/// An enterprise brings its own model. Where that fails, nobody else is asked.
async fn own_model(world: &World) -> Fallible {
    world
        .customers
        .answer(MockAnswer::text("from your own model").by_model("large"));
    let (talk, before) = (Conversation::new()?, world.provider.count());
    let request = || ChatRequest::new().with(Message::new(Role::User, vec![Part::text("hello")]));
    let answer = world.chat_own("enterprise", &talk, request()).await??;
    world.tell(format!(
        "an enterprise with a model of its own reads: {}",
        answer.shown
    ));
    let failed = world.chat_own("enterprise", &talk, request()).await?;
    world.tell("its model fails, and nobody else is asked");
    expect(
        failed.is_err() && world.provider.count() == before,
        "nothing falls back",
    )
}

fn expect(holds: bool, what: &str) -> Fallible {
    match holds {
        true => Ok(()),
        false => Err(format!("it is not so that {what}").into()),
    }
}
