//! The data flow of Aegent: a chat that two providers may answer, as long as each has shown
//! that it keeps nothing.

use confidant::guard::{Conversation, ConversationId, Turn};
use confidant::model::testing::{MockAnswer, MockReply};
use confidant::model::{CallContext, ChatRequest, Message, StreamEvent};
use confidant::policy::StoredAs;
use confidant::store::{Batch, RecordKey};

use crate::checks::models::{CARD, PAT};
use crate::checks::settled::settled;
use crate::world::{Fallible, TENANT, World, category, store};
use confidant::taxonomy::Tenant;

pub(crate) async fn walk(world: &World) -> Fallible {
    settled(world)?;
    sign_up(world)?;
    let name = ConversationId::new(TENANT, "private-1")?;
    let talk = world.conversations.open(&name).await?;
    streamed(world, &talk).await?;
    keep(world, &talk).await?;
    lapses(world).await?;
    let shredded = world.conversations.shred(&name).await?;
    world.tell(format!(
        "the account goes: the key of its conversation is destroyed: {shredded}"
    ));
    expect(
        shredded && world.conversations.find(&name).await?.is_none(),
        "nothing opens it",
    )
}

/// Ann signs up; her password is kept as a hash or not at all.
fn sign_up(world: &World) -> Fallible {
    let password = category("account.password")?;
    let primary = store("primary")?;
    let hashed = world.policy.keep(&password, StoredAs::Hashed, &primary);
    let plain = world.policy.keep(&password, StoredAs::Raw, &primary);
    world.tell(format!(
        "Ann's password: as a hash {hashed}; as it is {plain}"
    ));
    expect(
        hashed.is_allow() && !plain.is_allow(),
        "it is kept as a hash alone",
    )
}

/// The answer comes piece by piece, cut inside placeholders, and reads as if it came whole.
async fn streamed(world: &World, talk: &Conversation) -> Fallible {
    let prompt = format!("My card {CARD} was charged, my token is {PAT}.");
    let hidden = world.guard()?.hide_text(talk, &prompt)?;
    let says = MockAnswer::text(&hidden).by_model("claude-sonnet-5");
    world.provider.reply(MockReply::answer(says).pieces_of(3));
    let router = world.platform_router("model")?;
    let (caller, context) = (world.asker()?, CallContext::new());
    let request = ChatRequest::new().with(Message::user(prompt.as_str()));
    let mut answer = router
        .stream(Turn::new(&caller, talk).context(&context), request)
        .await?;
    let mut shown = String::new();
    while let Some(event) = answer.next().await {
        if let StreamEvent::TextDelta { text, .. } = event? {
            shown.push_str(&text);
        }
    }
    world.tell(format!("Ann writes:         {prompt}"));
    world.tell(format!("the provider sees:  {hidden}"));
    world.tell(format!("Ann reads:          {shown}"));
    let seen = world.provider.saw(CARD) || world.provider.saw(PAT);
    expect(
        shown.contains(CARD) && !seen,
        "she reads her card, and the provider sees neither",
    )
}

/// What is kept of the chat is sealed, and was redacted before.
async fn keep(world: &World, talk: &Conversation) -> Fallible {
    talk.save().await?;
    let kept = world.policy.keep(
        &category("conversation")?,
        StoredAs::Sealed,
        &store("primary")?,
    );
    let key = RecordKey::new(Tenant::new(TENANT), "transcripts", "private-1/1")?;
    let wire = world
        .guard()?
        .hide_text(talk, &format!("my card is {CARD}"))?;
    world
        .store
        .commit(Batch::new().put(key, wire.clone().into_bytes()))
        .await?;
    world.tell(format!("the transcript holds: {wire}; {kept}"));
    expect(
        kept.is_allow() && !wire.contains(CARD),
        "the transcript holds the wire view",
    )
}

/// The second provider's proof that it keeps nothing ends in September: from that second on
/// nothing is sent there, whatever the first does.
async fn lapses(world: &World) -> Fallible {
    let talk = Conversation::new()?;
    let ask = || ChatRequest::new().with(Message::user("hello"));
    let answer = world
        .chat("second_model", &talk, ask(), MockAnswer::text("hi"))
        .await?;
    world.tell(format!("the second provider answers: {}", answer.shown));
    world.clock.set("2026-09-01T00:00:00Z".parse()?);
    let before = world.provider.count();
    let router = world.platform_router("second_model")?;
    let (caller, context) = (world.asker()?, CallContext::new());
    let refused = router
        .generate(Turn::new(&caller, &talk).context(&context), ask())
        .await;
    if let Err(error) = &refused {
        world.tell(format!("its attestation has lapsed: {error}"));
    }
    expect(
        refused.is_err() && world.provider.count() == before,
        "nothing was sent there",
    )
}

fn expect(holds: bool, what: &str) -> Fallible {
    match holds {
        true => Ok(()),
        false => Err(format!("it is not so that {what}").into()),
    }
}
