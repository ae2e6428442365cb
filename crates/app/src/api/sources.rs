//! Requests about sources of contacts, presence and calendars (DIR-1, DIR-3): how sources stand, adding, changing, removing and
//! reading them, what is visible, and whether somebody is free by her calendar.

use contracts::calendar::{Busy, Slot};
use contracts::secrets::Secret;
use contracts::sources::{HealthState, LdapAttributes, LdapPlace, LdapSecurity, Place, Source, SourceKind};
use identity::{Authorized, Identity, Place as Where, right};

use super::wire::sources::{
    BusyName, FreeBusyView, LdapAttributesForm, LdapForm, LdapSecurityName, SlotView, SourceForm,
    SourceHealthName, SourceKindName, SourceView,
};
use super::wire::{ApiError, ProgressView, Request, Response, SavedView};
use super::{id, misplaced};
use crate::app::App;
use crate::presence::VISIBLE_MAX;
use crate::sources::{Standing, schedule};

/// Characters of a name, a host or a base.
const TEXT_CHARS_MAX: usize = 256;
/// Characters of a filter, or of the attributes of one meaning.
const FILTER_CHARS_MAX: usize = 4096;
/// Characters of a certificate, or several.
const AUTHORITY_CHARS_MAX: usize = 16 << 10;

impl App {
    pub(super) async fn handle_sources_seen(
        &self,
        _: Authorized<right::SeePeople>,
        who: &Identity,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::GetSources {} => {
                let may_change = who.may(identity::Action::ChangeSources, &Where::Tenant);
                let mut sources: Vec<SourceView> =
                    self.source_book.standings().iter().map(|standing| show(standing, may_change)).collect();
                sources.push(self.services_as_source().await?);
                Ok(Response::Sources(sources))
            }
            Request::RefreshSource { source } => {
                if self.source_book.refresh(&source) {
                    Ok(Response::Done)
                } else {
                    Err(unknown())
                }
            }
            Request::SeeContacts { contacts } => {
                let contacts = contacts.iter().take(VISIBLE_MAX).map(|contact| id("contact", contact));
                let contacts = contacts.collect::<Result<Vec<u64>, ApiError>>()?;
                let favourites = self.favourites_of(who.attendant()).await?;
                Ok(Response::Presence(super::wire::sources::PresenceTold {
                    rows: self.presences.see(contacts, favourites).await?,
                    problem: self.presences.problem(),
                }))
            }
            Request::GetCalendar { contact } => self.free_busy(id("contact", &contact)?).await,
            Request::GetReportingLine { contact, ask } => {
                self.reporting_line(id("contact", &contact)?, ask).await
            }
            other => Err(misplaced(&other)),
        }
    }

    pub(super) async fn handle_sources(
        &self,
        _: Authorized<right::ChangeSources>,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::PutSource { source } => {
                let given = source.id.clone();
                if let Some(given) = &given
                    && self.source_book.source(given).is_none_or(|there| there.place == Place::File)
                {
                    return Err(unknown());
                }
                let new = || format!("{:x}", self.sources.setting());
                let (source, password) = read(*source, given.unwrap_or_else(new))?;
                let saved = source.id.clone();
                self.source_book.put(source, password).await?;
                Ok(Response::Saved(SavedView { id: saved }))
            }
            Request::RemoveSource { source } => {
                if self.source_book.remove(&source).await? {
                    Ok(Response::Done)
                } else {
                    Err(unknown())
                }
            }
            other => Err(misplaced(&other)),
        }
    }

    /// The services of this desk: they are found like people, and cannot fail.
    async fn services_as_source(&self) -> Result<SourceView, ApiError> {
        let services = self.desk.look(|board| board.services().count()).await?;
        Ok(SourceView {
            id: "services".to_owned(),
            kind: SourceKindName::Services,
            name: "Services".to_owned(),
            state: SourceHealthName::Ok,
            code: String::new(),
            message: None,
            costs: None,
            last_ok: Some(self.sources.now().0),
            last_try: None,
            contacts: u64::try_from(services).unwrap_or(u64::MAX),
            progress: None,
            schedule_minutes: None,
            form: None,
            can_remove: false,
            can_refresh: false,
        })
    }

    async fn free_busy(&self, contact: u64) -> Result<Response, ApiError> {
        let found = self.people.contacts(&[contact]).await?;
        let contact = found.first().ok_or_else(|| {
            ApiError::new("contact.unknown", "This contact is no longer in an address book.")
        })?;
        let source = self.source_book.source(&contact.book);
        let is_colleague = source.is_some_and(|source| source.kind() == SourceKind::EntraUsers);
        if !is_colleague || contact.email.is_empty() {
            return Ok(Response::FreeBusy(None));
        }
        let says = self.calendars.free_busy(&contact.email).await;
        let says = says.map_err(|problem| {
            ApiError::new(problem.code, [problem.message, problem.costs].join(" ").trim().to_owned())
        })?;
        Ok(Response::FreeBusy(says.map(|says| FreeBusyView {
            now: slot(says.now),
            next: says.next.map(slot),
            at: says.at.0,
        })))
    }

    /// A source as it is noted in the history: without its password.
    pub(super) fn source_form(&self, source: &str) -> Option<SourceForm> {
        let source = self.source_book.source(source)?;
        form(&source)
    }
}

fn unknown() -> ApiError {
    ApiError::new("setting.unknown", "There is no such source any more.")
}

fn slot(slot: Slot) -> SlotView {
    let status = match slot.status {
        Busy::Free => BusyName::Free,
        Busy::Tentative => BusyName::Tentative,
        Busy::Busy => BusyName::Busy,
        Busy::OutOfOffice => BusyName::OutOfOffice,
        Busy::WorkingElsewhere => BusyName::WorkingElsewhere,
        Busy::Unknown => BusyName::Unknown,
    };
    SlotView { status, from: slot.from.0, until: slot.until.0 }
}

fn show(standing: &Standing, may_change: bool) -> SourceView {
    let Standing { source, health } = standing;
    let said = |text: &String| (!text.is_empty()).then(|| text.clone());
    let every = schedule(&source.place).map(|every| u32::try_from(every.as_secs() / 60).unwrap_or(u32::MAX));
    SourceView {
        id: source.id.clone(),
        kind: kind(source.kind()),
        name: source.name.clone(),
        state: match health.state {
            HealthState::Ok => SourceHealthName::Ok,
            HealthState::Reading => SourceHealthName::Reading,
            HealthState::Stale => SourceHealthName::Stale,
            HealthState::NeedsConsent => SourceHealthName::NeedsConsent,
            HealthState::Failed => SourceHealthName::Failed,
        },
        code: health.code.clone(),
        message: said(&health.message),
        costs: said(&health.costs),
        last_ok: health.last_ok.map(|at| at.0),
        last_try: health.last_try.map(|at| at.0),
        contacts: health.contacts,
        progress: health.read.map(|read| ProgressView { done: read, total: 0 }),
        schedule_minutes: every,
        form: form(source).filter(|_| may_change),
        can_remove: may_change,
        can_refresh: every.is_some(),
    }
}

fn kind(kind: SourceKind) -> SourceKindName {
    match kind {
        SourceKind::File => SourceKindName::File,
        SourceKind::Ldap => SourceKindName::Ldap,
        SourceKind::EntraUsers => SourceKindName::EntraUsers,
        SourceKind::OrganisationContacts => SourceKindName::OrganisationContacts,
        SourceKind::OutlookContacts => SourceKindName::OutlookContacts,
        SourceKind::SharedContacts => SourceKindName::SharedContacts,
        SourceKind::Services => SourceKindName::Services,
    }
}

/// As an administrator would enter it; `None` for a file, which is imported.
fn form(source: &Source) -> Option<SourceForm> {
    let (mailbox, ldap) = match &source.place {
        Place::File => return None,
        Place::EntraUsers | Place::OrganisationContacts | Place::OutlookContacts => (None, None),
        Place::SharedContacts { mailbox } => (Some(mailbox.clone()), None),
        Place::Ldap(place) => (None, Some(ldap_form(place))),
    };
    Some(SourceForm {
        id: Some(source.id.clone()),
        name: source.name.clone(),
        kind: kind(source.kind()),
        mailbox,
        ldap,
    })
}

fn ldap_form(place: &LdapPlace) -> LdapForm {
    let LdapPlace { host, port, security, authority, bind_dn, base_dn, filter, attributes } = place.clone();
    let LdapAttributes {
        key,
        display_name,
        first_name,
        last_name,
        company,
        department,
        title,
        city,
        email,
        work,
        mobile,
        home,
        sip,
        custom,
        manager,
    } = attributes;
    LdapForm {
        host,
        port,
        security: match security {
            LdapSecurity::Ldaps => LdapSecurityName::Ldaps,
            LdapSecurity::StartTls => LdapSecurityName::StartTls,
            LdapSecurity::None => LdapSecurityName::None,
        },
        authority,
        bind_dn,
        password: "".into(),
        base_dn,
        filter,
        attributes: LdapAttributesForm {
            key,
            display_name,
            first_name,
            last_name,
            company,
            department,
            title,
            city,
            email,
            work,
            mobile,
            home,
            sip,
            custom,
            manager,
        },
    }
}

/// A source as it was entered, and its password where one was typed; names the field that is wrong.
fn read(form: SourceForm, id: String) -> Result<(Source, Option<Secret>), ApiError> {
    let name = text("name", "The name", &form.name, true, TEXT_CHARS_MAX)?;
    let (place, password) = match form.kind {
        SourceKindName::EntraUsers => (Place::EntraUsers, None),
        SourceKindName::OrganisationContacts => (Place::OrganisationContacts, None),
        SourceKindName::OutlookContacts => (Place::OutlookContacts, None),
        SourceKindName::SharedContacts => {
            let mailbox = form.mailbox.unwrap_or_default();
            let mailbox = text("mailbox", "The mailbox", &mailbox, true, TEXT_CHARS_MAX)?;
            (Place::SharedContacts { mailbox }, None)
        }
        SourceKindName::Ldap => {
            let form = form.ldap.ok_or_else(|| ApiError::invalid("a directory is needed").at("ldap"))?;
            let password = (!form.password.is_empty()).then(|| form.password.to_secret());
            (Place::Ldap(Box::new(ldap_place(form)?)), password)
        }
        SourceKindName::File => {
            return Err(ApiError::invalid("a file is imported, not entered").at("kind"));
        }
        SourceKindName::Services => {
            return Err(ApiError::invalid("services are always a source").at("kind"));
        }
    };
    Ok((Source { id, name, place }, password))
}

fn ldap_place(form: LdapForm) -> Result<LdapPlace, ApiError> {
    let field = |name: &str, what, value: &str, is_needed, max| {
        text(&format!("ldap.{name}"), what, value, is_needed, max)
    };
    let host = field("host", "The server", &form.host, true, TEXT_CHARS_MAX)?;
    if host.contains(|c: char| c.is_whitespace() || c == '/' || c == '@') {
        return Err(ApiError::invalid("The server is a name or an address, such as ldap.example.com.")
            .at("ldap.host"));
    }
    if form.port == 0 {
        return Err(ApiError::invalid("The port is 636 for LDAPS and 389 else.").at("ldap.port"));
    }
    let authority = form.authority.trim().to_owned();
    if authority.chars().count() > AUTHORITY_CHARS_MAX {
        return Err(ApiError::invalid("The certificate is too long.").at("ldap.authority"));
    }
    let filter = field("filter", "The filter", &form.filter, true, FILTER_CHARS_MAX)?;
    let of = form.attributes;
    let attribute = |name: &str, value: &str| {
        let value = field(&format!("attributes.{name}"), "The attributes", value, false, TEXT_CHARS_MAX)?;
        // A name of RFC 4512, with options.
        let is_name =
            |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.;_".contains(&byte));
        if value.split(',').map(str::trim).all(is_name) {
            Ok(value)
        } else {
            let wrong =
                ApiError::invalid("Attributes are names with commas between them, such as displayName,cn.");
            Err(wrong.at(format!("ldap.attributes.{name}")))
        }
    };
    Ok(LdapPlace {
        host,
        port: form.port,
        security: match form.security {
            LdapSecurityName::Ldaps => LdapSecurity::Ldaps,
            LdapSecurityName::StartTls => LdapSecurity::StartTls,
            LdapSecurityName::None => LdapSecurity::None,
        },
        authority,
        bind_dn: field("bind_dn", "The name", &form.bind_dn, false, TEXT_CHARS_MAX)?,
        base_dn: field("base_dn", "Where the search begins", &form.base_dn, false, TEXT_CHARS_MAX)?,
        filter,
        attributes: LdapAttributes {
            key: attribute("key", &of.key)?,
            display_name: attribute("display_name", &of.display_name)?,
            first_name: attribute("first_name", &of.first_name)?,
            last_name: attribute("last_name", &of.last_name)?,
            company: attribute("company", &of.company)?,
            department: attribute("department", &of.department)?,
            title: attribute("title", &of.title)?,
            city: attribute("city", &of.city)?,
            email: attribute("email", &of.email)?,
            work: attribute("work", &of.work)?,
            mobile: attribute("mobile", &of.mobile)?,
            home: attribute("home", &of.home)?,
            sip: attribute("sip", &of.sip)?,
            custom: attribute("custom", &of.custom)?,
            manager: attribute("manager", &of.manager)?,
        },
    })
}

fn text(field: &str, what: &str, value: &str, is_needed: bool, chars_max: usize) -> Result<String, ApiError> {
    let value = value.trim();
    let wrong = |why: String| Err(ApiError::invalid(format!("{what} {why}.")).at(field));
    if is_needed && value.is_empty() {
        return wrong("is needed".to_owned());
    }
    if value.chars().count() > chars_max {
        return wrong(format!("is longer than {chars_max} characters"));
    }
    if value.chars().any(char::is_control) {
        return wrong("holds a character that is not allowed there".to_owned());
    }
    Ok(value.to_owned())
}
