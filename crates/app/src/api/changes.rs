//! The history of changes to settings: each change is noted with what there was before and after, shown field by field, and can be
//! taken back through the same door, as long as nothing has changed it since. Holds no rule of what is changed.

use std::collections::BTreeMap;

use contracts::access_log::{IdText, Word};
use contracts::changes::{
    Author, Change, ChangeFilter, ChangeId, ChangeKind as Became, ChangeLine, Changed, NewChange,
};
use contracts::ids::PersonId;
use engine::ServiceId;
use identity::{Action, Authorized, Identity, Kind, Place, right};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::wire::hours::CalendarForm;
use super::wire::sources::SourceForm;
use super::wire::{
    ApiError, AttendantForm, ChangeKind, ChangeView, ChangesPage, DifferenceView, GrantForm, GrantView,
    LimitsForm, ProfileForm, Request, Response, ServiceForm, SkillForm, SubjectName, TeamForm, TeamView,
    UnitForm, UserForm, UserView,
};
use super::{id, misplaced};
use crate::app::App;

/// Changes on one page.
const CHANGES_MAX: u32 = 200;
/// Characters of a value in a difference; a longer one is cut.
const VALUE_CHARS_MAX: usize = 500;
/// What is called by this name has only one of its kind.
const ONLY: &str = "only";
/// Characters of a name in the history.
const NAME_CHARS_MAX: usize = 256;

/// What a request changes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Subject {
    kind: SubjectName,
    /// `None` for one that is being added.
    id: Option<String>,
}

/// What it is called, and what it looks like as a form.
struct Shown {
    name: String,
    form: Value,
}

impl App {
    pub(super) async fn handle_changes(
        &self,
        _: Authorized<right::SeeChanges>,
        who: &Identity,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::GetChanges { subject, object, before, limit } => {
                let filter = ChangeFilter {
                    kind: subject.map(kind_word),
                    id: object.as_deref().map(read_object).transpose()?,
                    before: before.map(|before| id("change", &before)).transpose()?,
                };
                self.changes_page(who, &filter, limit.clamp(1, CHANGES_MAX)).await
            }
            Request::UndoChange { change } => self.undo(who, id("change", &change)?).await,
            other => Err(misplaced(&other)),
        }
    }

    /// Does what changes a setting, one after the other, and notes what became of it.
    pub(super) async fn noting(
        &self,
        who: &Identity,
        request: Request,
        undoes: Option<ChangeId>,
        act: impl AsyncFnOnce(Request) -> Result<Response, ApiError>,
    ) -> Result<Response, ApiError> {
        // Each looks at what there is before it writes.
        let _one = self.administering.lock().await;
        let Some(subject) = subject_of(&request) else { return act(request).await };
        let before = self.shown(&subject).await?;
        let response = act(request).await?;
        let added = match &response {
            Response::Saved(saved) => Some(saved.id.clone()),
            _ => None,
        };
        let subject = Subject { id: subject.id.or(added), ..subject };
        let after = self.shown(&subject).await?;
        let (name, before, after) = match (before, after) {
            (None, None) => return Ok(response),
            (Some(before), None) => (before.name, Some(before.form), None),
            (before, Some(after)) => (after.name, before.map(|it| it.form), Some(after.form)),
        };
        if before == after {
            return Ok(response);
        }
        let noted = NewChange {
            at: self.sources.now(),
            by: match who.kind() {
                Kind::LocalUser => Author::Local,
                Kind::SignedIn(person) => Author::Person(person),
            },
            subject: changed(&subject)?,
            name: cut(&name, NAME_CHARS_MAX),
            before,
            after,
            undoes,
        };
        if let Err(error) = self.changes.note(noted).await {
            // It was done, and the access log knows who did it.
            tracing::error!(%error, "a change was made and is missing from the history of changes");
        }
        Ok(response)
    }

    /// Notes that a part of Usher itself added this source.
    pub(crate) async fn note_source_added(&self, part: Word, source: &str) -> Result<(), ApiError> {
        let subject = Subject { kind: SubjectName::Source, id: Some(source.to_owned()) };
        let Some(added) = self.shown(&subject).await? else { return Ok(()) };
        let noted = NewChange {
            at: self.sources.now(),
            by: Author::System(part),
            subject: changed(&subject)?,
            name: cut(&added.name, NAME_CHARS_MAX),
            before: None,
            after: Some(added.form),
            undoes: None,
        };
        Ok(self.changes.note(noted).await.map(drop)?)
    }

    async fn changes_page(
        &self,
        who: &Identity,
        filter: &ChangeFilter,
        limit: u32,
    ) -> Result<Response, ApiError> {
        let lines = self.changes.list(filter, limit).await?;
        let next = lines.last().filter(|_| lines.len() == limit as usize).map(|last| last.id.to_string());
        let mut changes = Vec::new();
        for line in lines {
            if !self.may_see(who, &line).await? {
                continue;
            }
            if let Some(change) = self.changes.get(line.id).await? {
                changes.push(self.show(change).await?);
            }
        }
        Ok(Response::Changes(ChangesPage { changes, next }))
    }

    /// Who may change a thing may see who did.
    async fn may_see(&self, who: &Identity, line: &ChangeLine) -> Result<bool, ApiError> {
        let Some(kind) = kind_named(&line.subject.kind) else { return Ok(false) };
        let place = match (kind, line.subject.id.as_str().parse::<ServiceId>()) {
            (SubjectName::Service, Ok(service)) => self.place_of([service].into()).await?,
            (SubjectName::Calendar | SubjectName::Sound, _) => Place::Unused,
            _ => Place::Tenant,
        };
        Ok(who.may(action_for(kind), &place))
    }

    async fn show(&self, change: Change) -> Result<ChangeView, ApiError> {
        let by = match &change.line.by {
            Author::Local => self.local.name().to_owned(),
            Author::System(part) => part.as_str().to_owned(),
            Author::Person(person) => self.name_of(*person).await?,
        };
        let kind = match change.line.kind {
            Became::Added => ChangeKind::Added,
            Became::Altered => ChangeKind::Changed,
            Became::Removed => ChangeKind::Removed,
        };
        let object = change.line.subject.id.as_str();
        Ok(ChangeView {
            id: change.line.id.to_string(),
            at: change.line.at.0,
            by,
            subject: kind_named(&change.line.subject.kind).unwrap_or(SubjectName::Connection),
            object: (object != ONLY).then(|| object.to_owned()),
            name: change.line.name.clone(),
            kind,
            differences: differences(change.before.as_ref(), change.after.as_ref()),
            undoes: change.line.undoes.map(|undone| undone.to_string()),
            lasting: lasting(&change.line),
        })
    }

    async fn name_of(&self, person: PersonId) -> Result<String, ApiError> {
        let standing = self.roster.standing_of(person).await?;
        let name =
            standing.map(|standing| standing.person.profile.display_name).filter(|name| !name.is_empty());
        Ok(name.unwrap_or_else(|| "Somebody who has left".to_owned()))
    }

    async fn undo(&self, who: &Identity, change: ChangeId) -> Result<Response, ApiError> {
        let found = self.changes.get(change).await?;
        let found = found.ok_or_else(|| ApiError::new("change.unknown", "There is no such change."))?;
        if let Some(why) = lasting(&found.line) {
            return Err(ApiError::new("change.lasting", why));
        }
        let kind = kind_named(&found.line.subject.kind).ok_or_else(|| {
            ApiError::new("change.lasting", "This version of Usher does not know what was changed.")
        })?;
        let object = found.line.subject.id.as_str();
        let subject = Subject { kind, id: (object != ONLY).then(|| object.to_owned()) };
        let now = self.shown(&subject).await?.map(|shown| shown.form);
        if now != found.after {
            return Err(ApiError::new(
                "change.overtaken",
                "It has been changed again since. Take back the later changes first, or change it by hand.",
            ));
        }
        let request = back(&subject, found.before)?;
        Box::pin(self.handle_as(who, request, Some(change))).await
    }

    /// What there is of a subject now.
    async fn shown(&self, subject: &Subject) -> Result<Option<Shown>, ApiError> {
        let Some(object) = subject.id.as_deref().or(single(subject.kind)) else { return Ok(None) };
        match subject.kind {
            SubjectName::Service => {
                let services = self.services_view().await?.services;
                let found = services.into_iter().find(|it| it.id.as_deref() == Some(object));
                found.map(|form| shown(form.name.clone(), &form)).transpose()
            }
            SubjectName::Skill => {
                let skills = self.services_view().await?.skills;
                let found = skills.into_iter().find(|it| it.id.as_deref() == Some(object));
                found.map(|form| shown(form.name.clone(), &form)).transpose()
            }
            SubjectName::Profile => {
                let profiles = self.services_view().await?.profiles;
                let found = profiles.into_iter().find(|it| it.id.as_deref() == Some(object));
                found.map(|form| shown(form.name.clone(), &form)).transpose()
            }
            SubjectName::Skills => {
                let attendants = self.services_view().await?.attendants;
                let found = attendants.into_iter().find(|it| it.id == object);
                found.map(|form| shown(form.name.clone(), &form)).transpose()
            }
            SubjectName::Limits => shown("Limits".to_owned(), &self.services_view().await?.limits).map(Some),
            SubjectName::Calendar => {
                let calendars = self.calendars_view().await?.calendars;
                let found = calendars.into_iter().find(|it| it.id == object);
                found.map(|it| shown(it.form.name.clone(), &it.form)).transpose()
            }
            SubjectName::Sound => {
                let found = self.sounds.list().await?.into_iter().find(|it| it.id.to_string() == object);
                let form = |it: &contracts::sounds::SoundEntry| serde_json::json!({ "name": it.name });
                Ok(found.map(|it| Shown { form: form(&it), name: it.name }))
            }
            SubjectName::SignIn => {
                let form = self.sign_in.settings().as_ref().map(super::administration::show_sign_in);
                form.map(|form| shown("Sign-in".to_owned(), &form)).transpose()
            }
            SubjectName::Connection => {
                let chosen = self.mode.lock().await.chosen.clone();
                shown(chosen.detail(), &chosen).map(Some)
            }
            SubjectName::AddressBook => {
                let contacts = self.people.len();
                let form = serde_json::json!({ "contacts": contacts });
                Ok(Some(Shown { name: "Address book".to_owned(), form }))
            }
            SubjectName::Source => {
                let found = self.source_form(object);
                found.map(|form| shown(form.name.clone(), &form)).transpose()
            }
            SubjectName::User | SubjectName::Grants => {
                let Some(standing) = self.roster.standing_of(id("user", object)?).await? else {
                    return Ok(None);
                };
                if standing.person.gone.is_some() {
                    return Ok(None);
                }
                let view = super::administration::show_user(&standing, &BTreeMap::new(), None);
                let name = view.name.clone();
                if subject.kind == SubjectName::Grants {
                    let grants: Vec<GrantForm> =
                        view.roles.iter().filter(|it| !it.by_team).map(granted).collect();
                    return shown(name, &grants).map(Some);
                }
                shown(name, &user_form(view, standing.person.subject.object)).map(Some)
            }
            SubjectName::Team => {
                let teams = self.roster.teams().await?;
                let found = teams.iter().find(|team| team.id.to_string() == object);
                found
                    .map(|team| shown(team.name.clone(), &team_form(super::administration::show_team(team))))
                    .transpose()
            }
            SubjectName::Unit => {
                let units = self.roster.units().await?;
                let found = units.iter().find(|unit| unit.id.to_string() == object);
                let form = |unit: &contracts::roster::Unit| UnitForm {
                    id: Some(unit.id.to_string()),
                    name: unit.name.clone(),
                    parent: unit.parent.map(|parent| parent.to_string()),
                };
                found.map(|unit| shown(unit.name.clone(), &form(unit))).transpose()
            }
        }
    }
}

fn shown(name: String, form: &impl Serialize) -> Result<Shown, ApiError> {
    let form = serde_json::to_value(form).map_err(|error| {
        tracing::error!(%error, "a setting cannot be shown");
        ApiError::new("internal", "A setting could not be read. Please report what you did.")
    })?;
    Ok(Shown { name, form })
}

/// What a request changes; `None` for one whose change is not kept.
fn subject_of(request: &Request) -> Option<Subject> {
    use SubjectName::{
        AddressBook, Calendar, Connection, Grants, Limits, Profile, Service, SignIn, Skill, Skills, Sound,
        Source, Team, Unit, User,
    };
    let (kind, id) = match request {
        Request::PutService { service } => (Service, service.id.clone()),
        Request::RemoveService { service } | Request::SetWaiting { service, .. } => {
            (Service, Some(service.clone()))
        }
        Request::PutCalendar { calendar, .. } => (Calendar, calendar.clone()),
        Request::RemoveCalendar { calendar } => (Calendar, Some(calendar.clone())),
        Request::PutSkill { skill } => (Skill, skill.id.clone()),
        Request::RemoveSkill { skill } => (Skill, Some(skill.clone())),
        Request::PutProfile { profile } => (Profile, profile.id.clone()),
        Request::RemoveProfile { profile } => (Profile, Some(profile.clone())),
        Request::SetSkills { attendant } => (Skills, Some(attendant.id.clone())),
        Request::PutLimits { .. } => (Limits, None),
        Request::AddSound { sound, .. } | Request::SpeakSound { sound, .. } => (Sound, sound.clone()),
        Request::RenameSound { sound, .. } | Request::RemoveSound { sound } => (Sound, Some(sound.clone())),
        Request::PutSignIn { .. } => (SignIn, None),
        Request::PutUser { user } => (User, user.id.clone()),
        Request::RemoveUser { user } => (User, Some(user.clone())),
        Request::SetGrants { user, .. } => (Grants, Some(user.clone())),
        Request::SetTeam { team } => (Team, Some(team.id.clone())),
        Request::PutUnit { unit } => (Unit, unit.id.clone()),
        Request::RemoveUnit { unit } => (Unit, Some(unit.clone())),
        Request::StartTraining {} | Request::LeaveMode {} | Request::ConnectSip { .. } => (Connection, None),
        // Parts before the last one change nothing yet.
        Request::ImportContacts { .. } | Request::ImportPart { is_last: true, .. } => (AddressBook, None),
        Request::PutSource { source } => (Source, source.id.clone()),
        // A source that was entered has a number, a file its name.
        Request::RemoveSource { source } if IdText::parse(source).is_err() || source.contains('.') => {
            (AddressBook, None)
        }
        Request::RemoveSource { source } => (Source, Some(source.clone())),
        _ => return None,
    };
    Some(Subject { kind, id })
}

/// The id of what there is only one of.
fn single(kind: SubjectName) -> Option<&'static str> {
    match kind {
        SubjectName::Limits | SubjectName::SignIn | SubjectName::Connection | SubjectName::AddressBook => {
            Some(ONLY)
        }
        SubjectName::Service
        | SubjectName::Calendar
        | SubjectName::Skill
        | SubjectName::Profile
        | SubjectName::Skills
        | SubjectName::Sound
        | SubjectName::Source
        | SubjectName::User
        | SubjectName::Grants
        | SubjectName::Team
        | SubjectName::Unit => None,
    }
}

/// What it takes to change something of this kind.
fn action_for(kind: SubjectName) -> Action {
    match kind {
        SubjectName::Service | SubjectName::Calendar | SubjectName::Sound => Action::ChangeServices,
        SubjectName::Skill | SubjectName::Profile | SubjectName::Skills | SubjectName::Limits => {
            Action::ChangeSkills
        }
        SubjectName::SignIn => Action::ChangeSignIn,
        SubjectName::User | SubjectName::Grants | SubjectName::Team | SubjectName::Unit => {
            Action::ChangeUsers
        }
        SubjectName::Connection => Action::ChangeConnection,
        SubjectName::AddressBook => Action::ImportContacts,
        SubjectName::Source => Action::ChangeSources,
    }
}

/// The request that puts back what there was.
fn back(subject: &Subject, before: Option<Value>) -> Result<Request, ApiError> {
    let object = subject.id.clone().unwrap_or_default();
    Ok(match (subject.kind, before) {
        (SubjectName::Service, Some(form)) => {
            Request::PutService { service: Box::new(read::<ServiceForm>(form)?) }
        }
        (SubjectName::Service, None) => Request::RemoveService { service: object },
        (SubjectName::Calendar, Some(form)) => {
            Request::PutCalendar { calendar: Some(object), form: read::<CalendarForm>(form)? }
        }
        (SubjectName::Calendar, None) => Request::RemoveCalendar { calendar: object },
        (SubjectName::Skill, Some(form)) => Request::PutSkill { skill: read::<SkillForm>(form)? },
        (SubjectName::Skill, None) => Request::RemoveSkill { skill: object },
        (SubjectName::Profile, Some(form)) => Request::PutProfile { profile: read::<ProfileForm>(form)? },
        (SubjectName::Profile, None) => Request::RemoveProfile { profile: object },
        (SubjectName::Skills, Some(form)) => Request::SetSkills { attendant: read::<AttendantForm>(form)? },
        (SubjectName::Limits, Some(form)) => Request::PutLimits { limits: read::<LimitsForm>(form)? },
        (SubjectName::Sound, Some(form)) => {
            Request::RenameSound { sound: object, name: read::<Named>(form)?.name }
        }
        (SubjectName::User, Some(form)) => {
            let form = read::<UserForm>(form)?;
            Request::PutUser { user: form }
        }
        (SubjectName::User, None) => Request::RemoveUser { user: object },
        (SubjectName::Grants, Some(form)) => {
            Request::SetGrants { user: object, grants: read::<Vec<GrantForm>>(form)? }
        }
        (SubjectName::Team, Some(form)) => Request::SetTeam { team: read::<TeamForm>(form)? },
        (SubjectName::Source, Some(form)) => {
            Request::PutSource { source: Box::new(read::<SourceForm>(form)?) }
        }
        (SubjectName::Source, None) => Request::RemoveSource { source: object },
        (SubjectName::Unit, Some(form)) => Request::PutUnit { unit: read::<UnitForm>(form)? },
        (SubjectName::Unit, None) => Request::RemoveUnit { unit: object },
        (
            SubjectName::Skills
            | SubjectName::Limits
            | SubjectName::Sound
            | SubjectName::Grants
            | SubjectName::Team
            | SubjectName::SignIn
            | SubjectName::Connection
            | SubjectName::AddressBook,
            _,
        ) => return Err(ApiError::new("change.lasting", LASTS)),
    })
}

const LASTS: &str = "This cannot be taken back by itself: change it by hand.";

/// Why a change cannot be taken back; `None`: it can, if nothing has changed since.
fn lasting(line: &ChangeLine) -> Option<String> {
    if line.undone_by.is_some() {
        return Some("It has been taken back.".to_owned());
    }
    let words = match (kind_named(&line.subject.kind)?, line.kind) {
        (SubjectName::Sound, Became::Added | Became::Removed) => {
            "Sounds themselves are not kept in the history."
        }
        (SubjectName::SignIn, _) => "How people sign in is set by hand, with the issuer asked each time.",
        (SubjectName::Connection, _) => "The password of a telephone system is not kept in the history.",
        (SubjectName::AddressBook, _) => {
            "Contacts that were replaced are not kept: import the file from before."
        }
        (SubjectName::Source, Became::Removed) => {
            "A removed source is not brought back: its password is not kept. Add it again."
        }
        (SubjectName::Unit, Became::Removed) => "A removed unit is not brought back: add a new one.",
        (
            SubjectName::Service
            | SubjectName::Calendar
            | SubjectName::Skill
            | SubjectName::Profile
            | SubjectName::Skills
            | SubjectName::Limits
            | SubjectName::Sound
            | SubjectName::Source
            | SubjectName::User
            | SubjectName::Grants
            | SubjectName::Team
            | SubjectName::Unit,
            _,
        ) => return None,
    };
    Some(words.to_owned())
}

/// A sound, as far as the history knows it.
#[derive(serde::Deserialize)]
struct Named {
    name: String,
}

fn read<T: DeserializeOwned>(form: Value) -> Result<T, ApiError> {
    serde_json::from_value(form).map_err(|error| {
        tracing::error!(%error, "what there was before a change cannot be read");
        ApiError::new(
            "change.lasting",
            "What there was before was noted by another version of Usher. Change it by hand.",
        )
    })
}

fn granted(view: &GrantView) -> GrantForm {
    GrantForm { role: view.role, unit: view.unit.clone() }
}

fn user_form(view: UserView, object: String) -> UserForm {
    UserForm {
        id: Some(view.id),
        object,
        name: view.name,
        first_name: view.first_name,
        last_name: view.last_name,
        email: view.email,
        username: view.username,
        licensed: view.licensed,
        blocked: view.blocked,
    }
}

fn team_form(view: TeamView) -> TeamForm {
    TeamForm { id: view.id, licensed: view.licensed, units: view.units }
}

/// Every kind there is, with its name in the store; never changed.
static KINDS: [(SubjectName, Word); 15] = [
    (SubjectName::Service, Word::of("service")),
    (SubjectName::Calendar, Word::of("calendar")),
    (SubjectName::Skill, Word::of("skill")),
    (SubjectName::Profile, Word::of("profile")),
    (SubjectName::Skills, Word::of("skills")),
    (SubjectName::Limits, Word::of("limits")),
    (SubjectName::Sound, Word::of("sound")),
    (SubjectName::SignIn, Word::of("sign-in")),
    (SubjectName::User, Word::of("user")),
    (SubjectName::Grants, Word::of("grants")),
    (SubjectName::Team, Word::of("team")),
    (SubjectName::Unit, Word::of("unit")),
    (SubjectName::Connection, Word::of("connection")),
    (SubjectName::AddressBook, Word::of("address-book")),
    (SubjectName::Source, Word::of("source")),
];

fn kind_word(kind: SubjectName) -> Word {
    let [first, ..] = &KINDS;
    KINDS.iter().find(|(known, _)| *known == kind).unwrap_or(first).1.clone()
}

fn kind_named(word: &Word) -> Option<SubjectName> {
    KINDS.iter().find(|(_, known)| known == word).map(|(kind, _)| *kind)
}

fn changed(subject: &Subject) -> Result<Changed, ApiError> {
    let object = subject.id.as_deref().or(single(subject.kind)).unwrap_or(ONLY);
    Ok(Changed { kind: kind_word(subject.kind), id: read_object(object)? })
}

fn read_object(text: &str) -> Result<IdText, ApiError> {
    IdText::parse(text).map_err(|_| ApiError::invalid("this is not the id of a setting"))
}

/// Field by field, in the order of their names.
fn differences(before: Option<&Value>, after: Option<&Value>) -> Vec<DifferenceView> {
    let (before, after) = (flat(before), flat(after));
    let fields: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let each = fields.into_iter().filter(|field| before.get(*field) != after.get(*field));
    each.map(|field| DifferenceView {
        field: field.clone(),
        before: before.get(field).map(|text| cut(text, VALUE_CHARS_MAX)),
        after: after.get(field).map(|text| cut(text, VALUE_CHARS_MAX)),
    })
    .collect()
}

/// The leaves of a form by their path; what is empty or null is not there.
fn flat(form: Option<&Value>) -> BTreeMap<String, String> {
    let mut leaves = BTreeMap::new();
    let mut open: Vec<(String, &Value)> = form.map(|form| (String::new(), form)).into_iter().collect();
    while let Some((path, value)) = open.pop() {
        let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match value {
            Value::Null => {}
            Value::Object(fields) => open.extend(fields.iter().map(|(name, value)| (below(name), value))),
            Value::Array(items) => {
                open.extend(
                    items.iter().enumerate().map(|(place, value)| (below(&place.to_string()), value)),
                );
            }
            Value::String(text) if text.is_empty() => {}
            Value::String(text) => {
                leaves.insert(path, text.clone());
            }
            Value::Bool(_) | Value::Number(_) => {
                leaves.insert(path, value.to_string());
            }
        }
    }
    leaves.remove("id");
    leaves
}

fn cut(text: &str, chars: usize) -> String {
    if text.chars().count() <= chars {
        text.to_owned()
    } else {
        text.chars().take(chars - 1).chain(['…']).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::{KINDS, differences, kind_named, kind_word};

    #[test]
    fn a_difference_names_the_field_and_both_values() {
        let before = json!({ "id": "1", "name": "Sales", "levels": [{ "after_ms": 0 }], "unit": null });
        let after = json!({ "id": "1", "name": "Sales", "levels": [{ "after_ms": 5000 }, { "after_ms": 9000 }], "unit": "2" });
        let shown: Vec<_> = differences(Some(&before), Some(&after))
            .into_iter()
            .map(|it| (it.field, it.before.unwrap_or_default(), it.after.unwrap_or_default()))
            .collect();
        let wanted =
            [("levels.0.after_ms", "0", "5000"), ("levels.1.after_ms", "", "9000"), ("unit", "", "2")];
        assert_eq!(shown, wanted.map(|(field, before, after)| (field.into(), before.into(), after.into())));
    }

    #[test]
    fn every_kind_of_setting_has_a_name_of_its_own() {
        let names: BTreeSet<&str> = KINDS.iter().map(|(_, word)| word.as_str()).collect();
        assert_eq!(names.len(), KINDS.len());
        for (kind, word) in &KINDS {
            assert_eq!(kind_named(word), Some(*kind));
            assert_eq!(kind_word(*kind), *word);
        }
    }
}
