//! Compiling visibility and rights into the rules of their modules.

use std::collections::BTreeSet;

use super::{Compiler, Refused};
use crate::policy::check::{at, request_kind};
use crate::policy::document::{
    Actions, AttributeOf, Clock, ClockStart, IdentityRule, Level, Requester,
};
use crate::policy::source::Path;
use crate::policy::span::nominal;
use crate::retention::Stores;
use crate::rights::{self, BreachPromise, ClockRow, ClockTable, KindRule, StartEvent};
use crate::taxonomy::{DataCategory, Jurisdiction, Processor};
use crate::time::Zone;
use crate::visibility::{
    self, Action, Attribute, DenyClause, GateClause, MemberRole, On, ReasonKind, StaffClause,
};

pub(super) fn visibility(
    compiler: &mut Compiler<'_>,
) -> Result<visibility::VisibilityRules, Refused> {
    let mut builder = visibility::VisibilityRules::builder();
    let Some(section) = &compiler.document.visibility else {
        return compiler.take(builder.build(), &at("visibility"));
    };
    let path = at("visibility");
    let names = section
        .role
        .values()
        .chain(
            [&section.owner, &section.internal, &section.public]
                .into_iter()
                .flatten(),
        )
        .flat_map(|actions| &actions.actions)
        .chain(section.staff.values().flat_map(|staff| &staff.actions))
        .chain(section.deny.iter().flat_map(|deny| &deny.actions));
    let names: BTreeSet<&String> = names.collect();
    let names: Vec<String> = names.into_iter().cloned().collect();
    builder = builder.actions(actions(compiler, &names, &path)?);
    if let Some((id, actions)) = single(compiler, section.owner.as_ref(), &path.then("owner"))? {
        builder = builder.owner(id, actions);
    }
    if let Some((id, actions)) =
        single(compiler, section.internal.as_ref(), &path.then("internal"))?
    {
        builder = builder.internal(id, actions);
    }
    if let Some((id, actions)) = single(compiler, section.public.as_ref(), &path.then("public"))? {
        builder = builder.public(id, actions);
    }
    for (name, role) in &section.role {
        let path = path.then("role").then(name.as_str());
        let id = compiler.id(&path)?;
        let named = compiler.take(MemberRole::new(name), &path)?;
        builder = builder.role(id, named, actions(compiler, &role.actions, &path)?);
    }
    for (index, deny) in section.deny.iter().enumerate() {
        let path = path.then("deny").then(index);
        let id = compiler.id(&path)?;
        let attribute = deny.attribute.as_deref().unwrap_or_default();
        let attribute = compiler.take(Attribute::new(attribute), &path.then("attribute"))?;
        let on = match deny.on {
            Some(AttributeOf::Resource) => On::Resource,
            Some(AttributeOf::Principal) => On::Principal,
            Some(AttributeOf::Organisation) => On::Organisation,
            Some(AttributeOf::Request) => On::Request,
            None => return Err(compiler.refuse(&path)),
        };
        let mut clause = match deny.unless {
            true => DenyClause::unless(id, on, attribute),
            false => DenyClause::when(id, on, attribute),
        };
        if !deny.actions.is_empty() {
            clause = clause.actions(actions(compiler, &deny.actions, &path)?);
        }
        if deny.spares_staff {
            clause = clause.spares_staff();
        }
        builder = builder.deny(clause);
    }
    for (name, staff) in &section.staff {
        let path = path.then("staff").then(name.as_str());
        let id = compiler.id(&path)?;
        let reason = compiler.take(ReasonKind::new(name), &path)?;
        let mut clause = StaffClause::new(id, reason, actions(compiler, &staff.actions, &path)?);
        let categories: Vec<DataCategory> = compiler.names(&staff.categories, &path)?;
        clause = clause.categories(categories);
        let longest = compiler.period(staff.max_duration.as_ref(), &path.then("max_duration"))?;
        if let Some(longest) = longest {
            clause = clause.longest(nominal(longest));
        }
        builder = builder.staff(clause);
    }
    if let Some(gate) = &section.gate {
        let path = path.then("gate");
        let mut clause = GateClause::new(compiler.id(&path)?);
        clause = clause.from(match gate.from {
            Some(Level::Public) => visibility::Level::Public,
            Some(Level::Private) => visibility::Level::Private,
            Some(Level::Internal) | None => visibility::Level::Internal,
        });
        if let Some(rules) = &gate.rule_set {
            clause = clause.rule_set(rules);
        }
        if let Some(age) =
            compiler.period(gate.max_scan_age.as_ref(), &path.then("max_scan_age"))?
        {
            clause = clause.max_age(nominal(age));
        }
        for label in &gate.never_waived {
            clause = clause.never_waived(label);
        }
        builder = builder.gate(clause);
    }
    if section.fork.is_some() {
        builder = builder.fork(compiler.id(&path.then("fork"))?);
    }
    compiler.take(builder.build(), &path)
}

fn actions(
    compiler: &mut Compiler<'_>,
    names: &[String],
    path: &Path,
) -> Result<Vec<Action>, Refused> {
    let actions = names
        .iter()
        .map(|name| compiler.take(Action::new(name), path));
    actions.collect()
}

fn single(
    compiler: &mut Compiler<'_>,
    clause: Option<&Actions>,
    path: &Path,
) -> Result<Option<(crate::decision::ClauseId, Vec<Action>)>, Refused> {
    let Some(clause) = clause else {
        return Ok(None);
    };
    let id = compiler.id(path)?;
    Ok(Some((id, actions(compiler, &clause.actions, path)?)))
}

pub(super) fn rights(
    compiler: &mut Compiler<'_>,
    stores: Option<&Stores>,
) -> Result<rights::RightsRules, Refused> {
    let document = compiler.document;
    let path = at("rights");
    let Some(stores) = stores else {
        return Err(Refused);
    };
    let mut builder = rights::RightsRules::builder(stores.clone());
    let Some(section) = &document.rights else {
        return compiler.take(builder.build(), &path);
    };
    for (kind, right) in &section.kind {
        let path = path.then("kind").then(kind.as_str());
        let id = compiler.id(&path)?;
        let mut rule = KindRule::new(request_kind(*kind), id);
        if let Some(within) = compiler.period(right.deadline.as_ref(), &path.then("deadline"))? {
            rule = rule.within(within);
        }
        if right.extendable {
            rule = rule.extendable();
        }
        let places = &right.jurisdictions;
        rule = rule.only_in(compiler.names(places, &path.then("jurisdictions"))?);
        match section.identity {
            Some(IdentityRule::Always) => rule = rule.identity(true),
            Some(IdentityRule::Never) => rule = rule.identity(false),
            // What the kind asks for by itself.
            Some(IdentityRule::UnlessSignedIn) | None => {}
        }
        builder = builder.kind(rule);
    }
    if !section.requesters.is_empty() {
        let others = section.requesters.iter();
        let mut others = others.filter(|who| !matches!(who, Requester::Subject));
        builder = builder.agents(others.next().is_some());
    }
    let mut table = compiler.take(ClockTable::shipped(), &path)?;
    for (index, clock) in section.clock.iter().enumerate() {
        let path = path.then("clock").then(index);
        let row = row(compiler, clock, &path)?;
        table = compiler.take(table.with_row(row), &path)?;
    }
    for (index, clock) in document
        .incident
        .iter()
        .flat_map(|own| own.clock.iter().enumerate())
    {
        let path = at("incident").then("clock").then(index);
        let id = compiler.id(&path)?;
        let places = compiler.names(&clock.jurisdictions, &path.then("jurisdictions"))?;
        let within = path.then("authority_within");
        let authority = compiler.period(clock.authority_within.as_ref(), &within)?;
        let within = path.then("subjects_within");
        let subjects = compiler.period(clock.subjects_within.as_ref(), &within)?;
        let mut promise = BreachPromise::new(id);
        for place in places {
            promise = promise.place(place);
        }
        if let Some(within) = authority {
            promise = promise.authority_within(within);
        }
        if let Some(within) = subjects {
            promise = promise.subjects_within(within);
        }
        table = table.with_breach_promise(promise);
    }
    builder = builder.table(table);
    if let Some(at_risk) = compiler.period(section.at_risk.as_ref(), &path.then("at_risk"))? {
        builder = builder.at_risk(at_risk);
    }
    if let Some(tz) = document
        .policy
        .as_ref()
        .and_then(|header| header.tz.as_ref())
    {
        builder = builder.zone(compiler.take(Zone::new(tz), &at("policy").then("tz"))?);
    }
    for (name, processor) in &document.processor {
        let path = at("processor").then(name.as_str());
        let within = path.then("acts_within");
        if let Some(within) = compiler.period(processor.acts_within.as_ref(), &within)? {
            let id = compiler.id(&path)?;
            let named: Processor = compiler.name(name, &path)?;
            builder = builder.correction_recipient(named, within, id);
        }
    }
    compiler.take(builder.build(), &path)
}

fn row(compiler: &mut Compiler<'_>, clock: &Clock, path: &Path) -> Result<ClockRow, Refused> {
    let id = compiler.id(path)?;
    let jurisdiction = clock.jurisdiction.as_deref().unwrap_or_default();
    let jurisdiction: Jurisdiction = compiler.name(jurisdiction, &path.then("jurisdiction"))?;
    let kinds = clock.kinds.iter().map(|kind| request_kind(*kind));
    let source = clock.source.as_deref().unwrap_or_default();
    let mut row = ClockRow::new(id, jurisdiction, kinds, source);
    if let Some(period) = compiler.period(clock.deadline.as_ref(), &path.then("deadline"))? {
        row = row.period(period);
    }
    let start = clock.start.iter().map(|start| match start {
        ClockStart::Identity => StartEvent::Identity,
        ClockStart::Fee => StartEvent::Fee,
    });
    row = row.start(std::iter::once(StartEvent::Receipt).chain(start));
    if clock.stops_for_clarification {
        row = row.stops_for_clarification();
    }
    if let Some(extension) = compiler.period(clock.extension.as_ref(), &path.then("extension"))? {
        row = row.extension(extension);
    }
    if let Some(within) = compiler.period(clock.acknowledge.as_ref(), &path.then("acknowledge"))? {
        row = row.acknowledge(within);
    }
    Ok(row)
}
