//! Contacts from Microsoft Graph as sources (DIR-1): users of the organisation by what has changed, contacts of the organisation,
//! and those of mailboxes with their folders. When they are read and where they are kept is not decided here.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use async_trait::async_trait;
use contracts::book::{CONTACTS_MAX, Contact, EndpointKind, kept_key};
use contracts::roster::Link;
use contracts::sign_in::SignIn;
use contracts::sources::{
    Extent, MARK_BYTES_MAX, Place, Reading, Source, SourcePage, SourceProblem, SourceReader,
};
use directory::import::{Draft, Field};
use url::Url;

use crate::answer::{self, Object, Page, Unreadable};
use crate::client::{Answer, Client};
use crate::entra::SiteOf;
use crate::feature::{Access, Feature};
use crate::problem::Problem;
use crate::surroundings::Surroundings;

/// Changed users that are asked for one by one; where more have changed everything is read again.
const CHANGES_MAX: usize = 1_000;
/// Of those, so many make a page.
const CHANGES_ON_A_PAGE: usize = 50;
/// Pages of one reading.
const PAGES_MAX: u32 = 50_000;
/// Folders of a mailbox. People have some tens.
const FOLDERS_MAX: usize = 200;
/// Ids that stay when a contact is moved to another folder (Microsoft, "Immutable identifiers for Outlook").
const LASTING_IDS: &str = "IdType=\"ImmutableId\"";

const FOLDER_QUERY: &str = "$select=id&$top=100";
/// What is read of users, …
const USER: &str = "id,displayName,givenName,surname,mail,accountEnabled,userType,businessPhones,mobilePhone,companyName,\
                    department,jobTitle,city,officeLocation";
/// … of contacts of the organisation, …
const ORGANISATION: &str =
    "id,displayName,givenName,surname,mail,companyName,department,jobTitle,addresses,phones";
/// … and of those of mailboxes.
const PERSONAL: &str = "id,displayName,givenName,middleName,surname,companyName,department,jobTitle,businessPhones,homePhones,\
                        mobilePhone,emailAddresses,imAddresses,businessAddress,homeAddress,officeLocation";

/// Reads the sources of whoever is signed in with Entra ID.
pub struct GraphSources {
    access: Access,
}

impl GraphSources {
    /// With her tokens.
    pub fn new(sign_in: Arc<dyn SignIn>, surroundings: Arc<dyn Surroundings>, site: SiteOf) -> GraphSources {
        GraphSources { access: Access { sign_in, surroundings, site } }
    }
}

#[async_trait]
impl SourceReader for GraphSources {
    async fn begin(&self, source: &Source, mark: Option<&str>) -> Result<Box<dyn Reading>, SourceProblem> {
        let access = self.access.clone();
        let reading: Box<dyn Reading> = match &source.place {
            Place::EntraUsers => {
                let client = access.client(Feature::Users)?;
                let changes = match mark {
                    Some(mark) => changes(&client, mark).await,
                    None => Ok(None),
                };
                match changes.map_err(|problem| access.told(Feature::Users, problem))? {
                    Some(changes) => Box::new(ChangesReading { access, client, changes }),
                    None => {
                        let url = client.site().place(&["users", "delta()"], &format!("$select={USER}"));
                        Box::new(Listing::of(access, client, Feature::Users, user, Some(url)))
                    }
                }
            }
            Place::OrganisationContacts => {
                let client = access.client(Feature::OrganisationContacts)?;
                let url = client.site().place(&["contacts", "delta()"], &format!("$select={ORGANISATION}"));
                Box::new(Listing::of(
                    access,
                    client,
                    Feature::OrganisationContacts,
                    organisation_contact,
                    Some(url),
                ))
            }
            Place::OutlookContacts => self.mailbox(Feature::OutlookContacts, vec!["me".to_owned()])?,
            Place::SharedContacts { mailbox } => {
                let whose = vec!["users".to_owned(), mailbox.trim().to_owned()];
                self.mailbox(Feature::SharedContacts, whose)?
            }
            Place::File | Place::Ldap(_) => {
                return Err(SourceProblem::failed(
                    "internal",
                    "This source is not read from Microsoft 365. Please report what you did.",
                ));
            }
        };
        Ok(reading)
    }
}

impl GraphSources {
    fn mailbox(&self, feature: Feature, whose: Vec<String>) -> Result<Box<dyn Reading>, SourceProblem> {
        let client = self.access.client(feature)?.preferring(LASTING_IDS);
        let root = |step: &str, query: &str| {
            let mut steps: Vec<&str> = whose.iter().map(String::as_str).collect();
            steps.push(step);
            client.site().place(&steps, query)
        };
        let first = root("contacts", &personal_query());
        let folders = root("contactFolders", FOLDER_QUERY);
        let mut listing = Listing::of(self.access.clone(), client, feature, personal_contact, Some(first));
        listing.folders =
            Folders { whose, todo: VecDeque::from([Todo::List(folders)]), known: HashSet::new() };
        Ok(Box::new(listing))
    }
}

/// What an object of Graph becomes.
enum Read {
    Contact(Box<Contact>),
    /// Deleted, locked, or nothing anybody could be reached by.
    Nobody(String),
}

type ReadOne = fn(&Object<'_>) -> Result<Read, Unreadable>;

/// Everything of a list, page by page.
struct Listing {
    access: Access,
    client: Client,
    feature: Feature,
    read: ReadOne,
    /// The next page of contacts; `None`: those of the next folder, or the end.
    next: Option<Url>,
    folders: Folders,
    keys: HashSet<String>,
    pages: u32,
    mark: Option<String>,
}

/// Folders of a mailbox that are still to be read.
#[derive(Default)]
struct Folders {
    /// The steps of the path to the mailbox.
    whose: Vec<String>,
    todo: VecDeque<Todo>,
    known: HashSet<String>,
}

enum Todo {
    /// A page of a list of folders.
    List(Url),
    /// The contacts of the folder with this id, and its folders.
    Folder(String),
}

impl Folders {
    fn place(&self, client: &Client, folder: &str, what: &str, query: &str) -> Url {
        let mut steps: Vec<&str> = self.whose.iter().map(String::as_str).collect();
        steps.extend(["contactFolders", folder, what]);
        client.site().place(&steps, query)
    }
}

impl Listing {
    fn of(access: Access, client: Client, feature: Feature, read: ReadOne, next: Option<Url>) -> Listing {
        let (folders, keys) = (Folders::default(), HashSet::new());
        Listing { access, client, feature, read, next, folders, keys, pages: 0, mark: None }
    }

    async fn step(&mut self) -> Result<Option<SourcePage>, Problem> {
        loop {
            let Some(url) = self.next.take() else {
                let Some(todo) = self.folders.todo.pop_front() else { return Ok(None) };
                self.enter(todo).await?;
                continue;
            };
            let page = self.ask(&url, self.read).await?;
            match page.to {
                Some(Link::Next(next)) => self.next = Some(self.follow(&url, &next)?),
                // Of users only changes are read the next time: there are many of them, and few of the others.
                Some(Link::Delta(delta)) if self.feature == Feature::Users => {
                    self.mark = (delta.len() <= MARK_BYTES_MAX).then_some(delta);
                }
                Some(Link::Delta(_)) | None => {}
            }
            let mut contacts = Vec::new();
            for read in page.items {
                match read {
                    Read::Contact(contact) if self.keys.insert(kept_key(&contact.key)) => {
                        contacts.push(*contact)
                    }
                    Read::Contact(_) | Read::Nobody(_) => {}
                }
            }
            if self.keys.len() > CONTACTS_MAX {
                return Err(Problem::Endless("contacts"));
            }
            if !contacts.is_empty() {
                return Ok(Some(SourcePage { contacts, gone: Vec::new() }));
            }
        }
    }

    async fn enter(&mut self, todo: Todo) -> Result<(), Problem> {
        match todo {
            Todo::Folder(id) => {
                let inner = self.folders.place(&self.client, &id, "childFolders", FOLDER_QUERY);
                self.folders.todo.push_back(Todo::List(inner));
                self.next = Some(self.folders.place(&self.client, &id, "contacts", &personal_query()));
            }
            Todo::List(url) => {
                let page = self.ask(&url, |folder| folder.id()).await?;
                if let Some(Link::Next(next)) = &page.to {
                    self.folders.todo.push_front(Todo::List(self.follow(&url, next)?));
                }
                for id in page.items {
                    if self.folders.known.insert(id.clone()) {
                        self.folders.todo.push_back(Todo::Folder(id));
                    }
                }
                if self.folders.known.len() > FOLDERS_MAX {
                    return Err(Problem::Endless("folders"));
                }
            }
        }
        Ok(())
    }

    async fn ask<T>(
        &mut self,
        url: &Url,
        read: impl Fn(&Object<'_>) -> Result<T, Unreadable>,
    ) -> Result<Page<T>, Problem> {
        self.pages += 1;
        if self.pages > PAGES_MAX {
            return Err(Problem::Endless("pages"));
        }
        match self.client.get(url).await? {
            Answer::Body { body, tenant: _ } => Ok(answer::page(&body, |object| read(object).map(Some))?),
            Answer::Resync => Err(Problem::Endless("links it refuses")),
            Answer::Missing => Err(missing()),
        }
    }

    fn follow(&self, from: &Url, link: &str) -> Result<Url, Problem> {
        follow(&self.client, from, link)
    }
}

fn missing() -> Problem {
    Problem::Refused { status: 404, code: "not found".to_owned() }
}

fn follow(client: &Client, from: &Url, link: &str) -> Result<Url, Problem> {
    let next = client.site().link(link).ok_or(Problem::ForeignLink)?;
    if next == *from { Err(Problem::Endless("a page that leads to itself")) } else { Ok(next) }
}

#[async_trait]
impl Reading for Listing {
    fn extent(&self) -> Extent {
        Extent::Everything
    }

    async fn page(&mut self) -> Result<Option<SourcePage>, SourceProblem> {
        let step = self.step().await;
        step.map_err(|problem| self.access.told(self.feature, problem))
    }

    fn mark(&self) -> Option<String> {
        self.mark.clone()
    }
}

/// Users who have changed since a link was given.
struct Changes {
    changed: VecDeque<String>,
    gone: Vec<String>,
    mark: String,
}

/// Who has changed; `None` where everything must be read again: the link is too old, not one of Graph's, or too many have.
async fn changes(client: &Client, mark: &str) -> Result<Option<Changes>, Problem> {
    let Some(mut url) = client.site().link(mark) else { return Ok(None) };
    let (mut changed, mut gone) = (Vec::new(), Vec::new());
    for _ in 0..PAGES_MAX {
        let Answer::Body { body, tenant: _ } = client.get(&url).await? else { return Ok(None) };
        let page = answer::page(&body, |object| Ok(Some((object.id()?, object.is_removed()?))))?;
        for (id, is_removed) in page.items {
            // Named twice: what is told last holds.
            changed.retain(|known| *known != id);
            gone.retain(|known| *known != id);
            if is_removed { gone.push(id) } else { changed.push(id) }
        }
        if changed.len() + gone.len() > CHANGES_MAX {
            return Ok(None);
        }
        match page.to {
            Some(Link::Next(next)) => url = follow(client, &url, &next)?,
            Some(Link::Delta(mark)) if mark.len() <= MARK_BYTES_MAX => {
                return Ok(Some(Changes { changed: changed.into(), gone, mark }));
            }
            Some(Link::Delta(_)) | None => return Ok(None),
        }
    }
    Err(Problem::Endless("pages"))
}

/// A delta names whom, and at least what has changed of her; so each is asked for as a whole.
struct ChangesReading {
    access: Access,
    client: Client,
    changes: Changes,
}

impl ChangesReading {
    async fn step(&mut self) -> Result<Option<SourcePage>, Problem> {
        let mut page = SourcePage { contacts: Vec::new(), gone: std::mem::take(&mut self.changes.gone) };
        for _ in 0..CHANGES_ON_A_PAGE {
            let Some(id) = self.changes.changed.pop_front() else { break };
            let url = self.client.site().place(&["users", &id], &format!("$select={USER}"));
            match self.client.get(&url).await? {
                Answer::Body { body, tenant: _ } => match answer::object(&body, user)? {
                    Read::Contact(contact) => page.contacts.push(*contact),
                    Read::Nobody(key) => page.gone.push(key),
                },
                Answer::Resync | Answer::Missing => page.gone.push(id),
            }
        }
        Ok((!page.contacts.is_empty() || !page.gone.is_empty()).then_some(page))
    }
}

#[async_trait]
impl Reading for ChangesReading {
    fn extent(&self) -> Extent {
        Extent::Changes
    }

    async fn page(&mut self) -> Result<Option<SourcePage>, SourceProblem> {
        let step = self.step().await;
        step.map_err(|problem| self.access.told(Feature::Users, problem))
    }

    fn mark(&self) -> Option<String> {
        Some(self.changes.mark.clone())
    }
}

fn personal_query() -> String {
    format!("$select={PERSONAL}&$top=100")
}

/// What all kinds of contacts call the same.
fn begun(object: &Object<'_>) -> Result<(String, Draft), Unreadable> {
    let key = object.id()?;
    let mut draft = Draft::new(0);
    draft.key(&key);
    for (field, name) in [
        (Field::DisplayName, "displayName"),
        (Field::FirstName, "givenName"),
        (Field::LastName, "surname"),
        (Field::Company, "companyName"),
        (Field::Department, "department"),
        (Field::Title, "jobTitle"),
    ] {
        draft.text(field, name, &object.plain(name)?);
    }
    Ok((key, draft))
}

fn ended(key: String, draft: Draft) -> Read {
    draft.contact().map_or(Read::Nobody(key), |contact| Read::Contact(Box::new(contact)))
}

/// Whoever may not sign in has left, or is a room: nobody is put through to her.
fn user(object: &Object<'_>) -> Result<Read, Unreadable> {
    let (key, mut draft) = begun(object)?;
    if object.is_removed()? || object.flag("accountEnabled")? == Some(false) {
        return Ok(Read::Nobody(key));
    }
    draft.text(Field::City, "city", &object.plain("city")?);
    draft.text(Field::Email, "mail", &object.plain("mail")?);
    draft.custom("Office", &object.plain("officeLocation")?);
    for number in object.texts("businessPhones")? {
        draft.number(EndpointKind::Work, false, "businessPhones", &number);
    }
    draft.number(EndpointKind::Mobile, false, "mobilePhone", &object.plain("mobilePhone")?);
    draft.internal(object.text("userType")?.is_none_or(|kind| kind != "Guest"));
    Ok(ended(key, draft))
}

fn organisation_contact(object: &Object<'_>) -> Result<Read, Unreadable> {
    let (key, mut draft) = begun(object)?;
    if object.is_removed()? {
        return Ok(Read::Nobody(key));
    }
    draft.text(Field::Email, "mail", &object.plain("mail")?);
    for address in object.list("addresses")? {
        draft.text(Field::City, "city", &address.plain("city")?);
        draft.custom("Office", &address.plain("officeLocation")?);
    }
    for phone in object.list("phones")? {
        let kind = match phone.plain("type")?.as_str() {
            "business" => EndpointKind::Work,
            "mobile" => EndpointKind::Mobile,
            "home" => EndpointKind::Home,
            "other" | "assistant" | "radio" => EndpointKind::Other,
            // Nobody can be put through to a fax or a pager.
            _ => continue,
        };
        draft.number(kind, false, "phones", &phone.plain("number")?);
    }
    Ok(ended(key, draft))
}

fn personal_contact(object: &Object<'_>) -> Result<Read, Unreadable> {
    let (key, mut draft) = begun(object)?;
    draft.text(Field::MiddleName, "middleName", &object.plain("middleName")?);
    for address in ["businessAddress", "homeAddress"] {
        if let Some(address) = object.inner(address)? {
            draft.text(Field::City, "city", &address.plain("city")?);
        }
    }
    for address in object.list("emailAddresses")? {
        draft.text(Field::Email, "emailAddresses", &address.plain("address")?);
    }
    draft.custom("Office", &object.plain("officeLocation")?);
    for (kind, name) in [(EndpointKind::Work, "businessPhones"), (EndpointKind::Home, "homePhones")] {
        for number in object.texts(name)? {
            draft.number(kind, false, name, &number);
        }
    }
    draft.number(EndpointKind::Mobile, false, "mobilePhone", &object.plain("mobilePhone")?);
    // Of other services than SIP nothing can be dialled.
    for address in object.texts("imAddresses")?.iter().filter(|address| address.starts_with("sip:")) {
        draft.number(EndpointKind::Sip, false, "imAddresses", address);
    }
    Ok(ended(key, draft))
}
