//! The notice to users, in plain English.

use super::{Page, basis_in_words, categories, category, in_words, plain, purpose, role_in_words};
use crate::policy::document::{
    Action, BasisWord, Document, EVERY, Form, Lifetime, Retention, RightKind, State, Trigger,
    Verdict, is_within,
};
use crate::policy::policy::Policy;

impl Policy {
    /// Writes the notice to users, in Markdown. Everything in it comes from the policy: what
    /// the policy does not say, the notice does not claim.
    #[must_use]
    pub fn notice(&self) -> String {
        let document = &self.inner.document;
        let mut page = Page::default();
        header(document, &mut page);
        collected(document, &mut page);
        used(document, &mut page);
        shared(document, &mut page);
        kept(document, &mut page);
        protected(document, &mut page);
        rights(document, &mut page);
        cookies(document, &mut page);
        machines(document, &mut page);
        changes(document, &mut page);
        page.finish()
    }
}

fn text(text: Option<&String>) -> String {
    text.map(|text| plain(text)).unwrap_or_default()
}

fn header(document: &Document, page: &mut Page) {
    let Some(header) = &document.policy else {
        return;
    };
    page.title(
        1,
        &format!("Privacy notice of {}", text(header.product.as_ref())),
    );
    let date = |date: Option<&crate::policy::document::DateText>| {
        date.map(|date| plain(date.as_str())).unwrap_or_default()
    };
    page.paragraph(&format!(
        "{} is responsible for your data. This is version {}, in force from {} and last \
         updated {}. Send questions, requests and complaints to {}.",
        text(header.controller.as_ref()),
        text(header.version.as_ref()),
        date(header.effective.as_ref()),
        date(header.last_updated.as_ref()),
        text(header.contact.as_ref()),
    ));
    if let Some(contact) = &header.security_contact {
        page.paragraph(&format!("Report security problems to {}.", plain(contact)));
    }
    if !header.surfaces.is_empty() {
        let surfaces: Vec<_> = header
            .surfaces
            .iter()
            .map(|surface| plain(surface))
            .collect();
        page.paragraph(&format!("It covers: {}.", surfaces.join(", ")));
    }
    if let Some(age) = document.age.as_ref().and_then(|age| age.minimum) {
        page.paragraph(&format!("The service is for people aged {age} or older."));
    }
    for (place, years) in document.age.iter().flat_map(|age| &age.jurisdiction) {
        let place = plain(place);
        page.paragraph(&format!(
            "In {place} it is for people aged {years} or older."
        ));
    }
}

fn collected(document: &Document, page: &mut Page) {
    page.title(2, "What we collect");
    for name in document.category.keys() {
        let what = category(document, name);
        let how = match document.form_of(name) {
            Some(Form::Never) | None => "not stored",
            Some(Form::Raw) => "stored as it is",
            Some(Form::Pseudonym) => "stored under a keyed pseudonym",
            Some(Form::Sealed) => "stored encrypted under a key of its own",
            Some(Form::Redacted) => "stored after secrets were removed as far as we find them",
            Some(Form::Hashed) => "stored as a hash",
            Some(Form::Aggregate) => "stored as counts about groups",
        };
        page.item(&format!("{what}: {how}."));
    }
    page.gap();
}

fn used(document: &Document, page: &mut Page) {
    page.title(2, "What we use it for");
    for (name, entry) in &document.purpose {
        let what = purpose(document, name);
        let line = match entry.verdict {
            Some(Verdict::Prohibited) | None => format!("{what}: we do not do this."),
            Some(Verdict::Consent) => format!(
                "{what}: with your consent only, for {}.",
                categories(document, &entry.categories)
            ),
            Some(Verdict::Permitted) => {
                let basis = entry.basis.map_or("", basis_in_words);
                let interest = match &entry.interest {
                    Some(interest) => format!(" ({})", plain(interest)),
                    None => String::new(),
                };
                let used = categories(document, &entry.categories);
                format!("{what}: on the basis of {basis}{interest}, for {used}.")
            }
        };
        page.item(&line);
    }
    page.gap();
}

fn shared(document: &Document, page: &mut Page) {
    page.title(2, "Who else gets it");
    if document.processor.is_empty() {
        page.paragraph("Nobody.");
    }
    for (name, processor) in &document.processor {
        let who = processor
            .name
            .as_ref()
            .map_or_else(|| plain(name), |name| plain(name));
        let gets = categories(document, &processor.categories);
        let purposes: Vec<_> = processor
            .purposes
            .iter()
            .map(|name| purpose(document, name))
            .collect();
        let mut line = format!(
            "{who} gets {gets} for {}; it {}.",
            purposes.join(" and "),
            role_in_words(processor.role)
        );
        for (of, fields) in &processor.fields {
            let fields: Vec<_> = fields.iter().map(|field| plain(field)).collect();
            let of = category(document, of);
            line.push_str(&format!(" Of {of} it gets {} alone.", fields.join(", ")));
        }
        if !processor.regions.is_empty() {
            let regions: Vec<_> = processor
                .regions
                .iter()
                .map(|region| plain(region))
                .collect();
            line.push_str(&format!(" It processes data in: {}.", regions.join(", ")));
        }
        if let Some(terms) = &processor.governed_by {
            line.push_str(&format!(
                " Its own terms govern what it does: {}.",
                plain(terms)
            ));
        }
        page.item(&line);
    }
    page.gap();
    for disclosure in &document.disclosure {
        let Some(ground) = disclosure.ground else {
            continue;
        };
        use crate::policy::document::DisclosureGround;
        let when = match ground {
            DisclosureGround::LegalRequest => {
                "when the law or an authority demands it, with the reference of the case"
            }
            DisclosureGround::ProtectRights => {
                "to protect rights or property, with a recorded reason"
            }
            DisclosureGround::Safety => "to protect somebody's safety, with a recorded reason",
            DisclosureGround::BusinessTransfer => "when another business takes ours over",
            DisclosureGround::UserDirection => "when you ask us to",
        };
        let what = categories(document, &disclosure.categories);
        page.item(&format!("We may disclose {what} {when}."));
    }
    page.gap();
}

fn kept(document: &Document, page: &mut Page) {
    page.title(2, "How long we keep it");
    for rule in &document.retention {
        page.item(&sentence(document, rule));
    }
    page.gap();
    let mut lasting = document.store.iter().filter_map(|(name, store)| {
        let within = store.expires_within.as_ref()?;
        Some(format!(
            "Deleted data is gone from {} within {}.",
            plain(name),
            in_words(within)
        ))
    });
    for line in lasting.by_ref() {
        page.item(&line);
    }
    page.gap();
}

/// Says what a clause of retention does.
pub(super) fn sentence(document: &Document, rule: &Retention) -> String {
    let what = match rule.categories.iter().any(|name| name == EVERY) {
        true if rule.except.is_empty() => "All data".to_owned(),
        true => format!("All data but {}", categories(document, &rule.except)),
        false => categories(document, &rule.categories),
    };
    let event = rule.trigger.map_or("", event);
    let from = event.replacen("of ", "from ", 1);
    let mut parts = Vec::new();
    if let Some(state) = rule.keep_while {
        let state = match state {
            State::AccountActive => "while your account is active",
            State::ContractRuns => "while your contract runs",
        };
        parts.push(format!("is kept {state}"));
    }
    if let Some(keep) = &rule.keep_for {
        let basis = rule.basis.map_or("", basis_in_words);
        let reason = match &rule.reason {
            Some(reason) => format!(" ({})", plain(reason)),
            None => String::new(),
        };
        parts.push(format!(
            "is kept for {} {from} because of {basis}{reason}",
            in_words(keep)
        ));
        if let (Some(then), Some(within)) = (rule.then, &rule.then_within) {
            let done = act(document, rule, then);
            parts.push(format!("{done} within {} after that", in_words(within)));
        }
    }
    if let (Some(action), Some(by)) = (rule.action, &rule.delete_by) {
        let done = act(document, rule, action);
        parts.push(format!("{done} within {} {event}", in_words(by)));
    }
    if rule.action == Some(Action::ProcessorManaged) {
        let name = rule.processor.as_ref();
        let who = name.and_then(|name| document.processor.get(name));
        let who = who.and_then(|processor| processor.name.as_deref());
        let who = who.or(name.map(String::as_str)).unwrap_or_default();
        parts.push(format!("is kept by {} by its own rules", plain(who)));
    }
    // After a colon it does not matter whether one thing is meant or several.
    let parts: Vec<_> = parts
        .iter()
        .map(|part| part.strip_prefix("is ").unwrap_or(part))
        .collect();
    let mut sentence = format!("{what}: {}.", parts.join(", and "));
    for other in document
        .retention
        .iter()
        .filter(|other| stands(rule, other))
    {
        let other = categories(document, &other.categories);
        sentence.push_str(&format!(
            " Exception: {other}, for as long as stated elsewhere in this list."
        ));
    }
    if let Some(notice) = &rule.notify_before {
        sentence.push_str(&format!(" We tell you {} before.", in_words(notice)));
    }
    sentence
}

/// Whether a clause keeps what another one would delete: the other yields to it, or it
/// rests on the law and both are about the same category.
fn stands(rule: &Retention, other: &Retention) -> bool {
    if other
        .id
        .as_ref()
        .is_some_and(|id| rule.yields_to.contains(id))
    {
        return true;
    }
    let by_law = matches!(
        other.basis,
        Some(BasisWord::LegalObligation | BasisWord::LegalClaim)
    );
    let shares = |one: &String, two: &String| {
        one == EVERY || two == EVERY || is_within(one, two) || is_within(two, one)
    };
    let spared = |name: &String| rule.except.iter().any(|spared| is_within(name, spared));
    let mut kept = other.categories.iter().filter(|name| !spared(name));
    let is_same = kept.any(|name| rule.categories.iter().any(|own| shares(own, name)));
    rule.delete_by.is_some() && other.keep_for.is_some() && by_law && is_same
}

fn act(document: &Document, rule: &Retention, action: Action) -> String {
    match action {
        Action::Delete => "is deleted".to_owned(),
        Action::CryptoShred => "is made unreadable for good by destroying its key".to_owned(),
        Action::Anonymise => {
            let into = rule.into.as_deref().unwrap_or_default();
            format!(
                "is turned into counts about groups ({})",
                category(document, into)
            )
        }
        Action::Restrict => "is used no further".to_owned(),
        Action::ProcessorManaged => "is left to the party that holds it".to_owned(),
        Action::Review => "is looked at by a person, who decides".to_owned(),
    }
}

const fn event(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::Created => "of being collected",
        Trigger::LastModified => "of its last change",
        Trigger::LastActive => "of your last activity",
        Trigger::AccountClosed => "of the end of your account",
        Trigger::ContractEnd => "of the end of your contract",
        Trigger::DeletionRequested => "of your request for deletion",
        Trigger::ConsentWithdrawn => "of the withdrawal of your consent",
        Trigger::ObjectionUpheld => "of an objection that was upheld",
        Trigger::PurposeEnded => "of the end of its purpose",
        Trigger::ChildDataFound => "of being found to be about a child",
        Trigger::ServiceWindDown => "of the end of the service",
        Trigger::HoldReleased => "of the end of a legal hold",
    }
}

fn protected(document: &Document, page: &mut Page) {
    page.title(2, "How we protect it");
    if let Some(vault) = &document.vault {
        let algorithms: Vec<_> = vault.algorithms.iter().map(|name| plain(name)).collect();
        let mut line = format!("Secrets are encrypted with {}", algorithms.join(" or "));
        if vault.key_per_secret {
            line.push_str(", each under a key of its own");
        }
        page.item(&format!("{line}."));
    }
    for clause in document.redaction.values() {
        if let Some(wording) = &clause.wording {
            page.item(&format!("{}.", plain(wording)));
        }
    }
    if let Some(visibility) = &document.visibility
        && !visibility.staff.is_empty()
    {
        let reasons: Vec<_> = visibility
            .staff
            .keys()
            .map(|reason| reason.replace('_', " "))
            .collect();
        page.item(&format!(
            "Staff may look at your data only for these reasons, and each access is logged: {}.",
            reasons.join(", ")
        ));
    }
    for claim in &document.claim {
        let statement = text(claim.statement.as_ref());
        page.item(&format!("{}.", statement.trim_end_matches('.')));
    }
    for fact in &document.fact {
        let statement = text(fact.statement.as_ref());
        page.item(&format!("{}.", statement.trim_end_matches('.')));
    }
    page.gap();
}

fn rights(document: &Document, page: &mut Page) {
    page.title(2, "What you can ask for");
    let Some(rights) = &document.rights else {
        return;
    };
    for (kind, right) in &rights.kind {
        let what = match kind {
            RightKind::Access => "A copy of your data",
            RightKind::Correction => "That your data is corrected",
            RightKind::Deletion => "That your data is deleted",
            RightKind::Objection => "That we stop using your data, by an objection",
            RightKind::Restriction => "That your data is kept and not used",
            RightKind::Portability => "Your data in a common format",
            RightKind::Withdrawal => "That a consent of yours ends",
            RightKind::OptOut => "That your data is not sold or shared",
            RightKind::Complaint => "That a complaint of yours is dealt with",
            RightKind::Appeal => "That an answer of ours is looked at again",
        };
        let when = match (&right.deadline, right.self_service) {
            (_, true) => "you can do it yourself at any time".to_owned(),
            (Some(deadline), false) => format!("we answer within {}", in_words(deadline)),
            (None, false) => "it counts at once".to_owned(),
        };
        let scope = match right.categories.as_slice() {
            [] => String::new(),
            names => format!(" It reaches {}.", categories(document, names)),
        };
        let places: Vec<_> = right
            .jurisdictions
            .iter()
            .map(|place| plain(place))
            .collect();
        let places = match places.is_empty() {
            true => String::new(),
            false => format!(" You have this right if you live in {}.", places.join(", ")),
        };
        page.item(&format!("{what}: {when}.{scope}{places}"));
    }
    page.gap();
    for complaint in &rights.complaint {
        let (authority, url) = (
            text(complaint.authority.as_ref()),
            text(complaint.url.as_ref()),
        );
        page.paragraph(&format!("You can complain to {authority}: {url}"));
    }
    breaches(document, page);
    if let Some(consent) = &document.consent
        && let Some(place) = &consent.withdraw_at
    {
        page.paragraph(&format!("Withdraw your consent here: {}", plain(place)));
    }
}

/// Says by when people hear of a breach.
fn breaches(document: &Document, page: &mut Page) {
    for clock in document.incident.iter().flat_map(|own| &own.clock) {
        let Some(within) = &clock.subjects_within else {
            continue;
        };
        let places: Vec<_> = clock.jurisdictions.iter().map(|one| plain(one)).collect();
        let places = match places.is_empty() {
            true => String::new(),
            false => format!(" and you live in {}", places.join(", ")),
        };
        page.paragraph(&format!(
            "If a breach affects your data{places}, we tell you within {} of learning of it.",
            in_words(within)
        ));
    }
}

fn cookies(document: &Document, page: &mut Page) {
    page.title(2, "What is kept in your browser");
    if document.cookie.is_empty() {
        page.paragraph("Nothing.");
    }
    for (name, cookie) in &document.cookie {
        let what = cookie
            .description
            .as_ref()
            .map_or_else(|| plain(name), |text| plain(text));
        let class = cookie.class.map_or("", |class| class.as_str());
        let lasts = match (&cookie.max_age, cookie.until) {
            (Some(age), _) => format!("for at most {}", in_words(age)),
            (None, Some(Lifetime::Session)) => "until the session ends".to_owned(),
            (None, _) => "until you clear it".to_owned(),
        };
        page.item(&format!("{what} ({class}): {lasts}."));
    }
    page.gap();
    if document.signal.contains_key("gpc") {
        page.paragraph("A browser that sends the signal of Global Privacy Control opts out of sale and sharing.");
    }
}

fn machines(document: &Document, page: &mut Page) {
    if document.ai_disclosure.is_empty()
        && document.training_source.is_empty()
        && document.automated_decision.is_empty()
    {
        return;
    }
    page.title(2, "Where you meet a machine");
    super::lists::registers(document, page);
}

fn changes(document: &Document, page: &mut Page) {
    page.title(2, "Changes");
    let Some(notice) = &document.notice else {
        return;
    };
    let channels = notice.channels.iter().map(|channel| match channel {
        crate::policy::document::ChangeChannel::Email => "by e-mail",
        crate::policy::document::ChangeChannel::InService => "in the service",
        crate::policy::document::ChangeChannel::Posting => "on this page",
    });
    let channels: Vec<_> = channels.collect();
    let lead = notice.lead.as_ref().map(in_words).unwrap_or_default();
    page.paragraph(&format!(
        "We announce material changes {} at least {lead} before they take effect.",
        channels.join(" or ")
    ));
    if notice.acceptance_by_use {
        page.paragraph(
            "Using the service after that is recorded as acceptance. It is not taken for consent.",
        );
    }
}
