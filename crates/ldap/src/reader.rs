//! Reads LDAP directories as sources of contacts: everything each time, page by page. When, is not its business.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use contracts::book::{CONTACTS_MAX, Contact, kept_key};
use contracts::secrets::{Secret, Secrets};
use contracts::sources::{
    Extent, LdapPlace, Place, Reading, Source, SourcePage, SourceProblem, SourceReader, password_name,
};

use crate::connection::Connection;
use crate::entry;
use crate::filter::Filter;
use crate::message::{self, Outcome, Said, Search};
use crate::problem::Problem;

/// Entries asked for at once; servers allow a thousand without being told.
const PAGE_SIZE: i32 = 500;
/// Contacts handed on at once, also where a server gives everything on one page.
const PAGE_CONTACTS: usize = 1_000;

/// Reads LDAP directories, with passwords from the keychain.
pub struct LdapSources {
    secrets: Arc<dyn Secrets>,
}

impl LdapSources {
    /// With the passwords that are kept here.
    pub fn new(secrets: Arc<dyn Secrets>) -> LdapSources {
        LdapSources { secrets }
    }

    async fn password(&self, source: &str) -> Result<Secret, Problem> {
        let (secrets, name) = (self.secrets.clone(), password_name(source));
        // A keychain may ask its user.
        let found = tokio::task::spawn_blocking(move || secrets.get(&name)).await;
        match found {
            Ok(Ok(found)) => found.ok_or(Problem::NoPassword),
            Ok(Err(error)) => Err(Problem::Keychain(error.to_string())),
            Err(error) => Err(Problem::Keychain(error.to_string())),
        }
    }

    async fn open(&self, source: &str, place: &LdapPlace) -> Result<Directory, Problem> {
        let filter = Filter::parse(&place.filter)?;
        let mut connection = Connection::open(place).await?;
        if !place.bind_dn.trim().is_empty() {
            let password = self.password(source).await?;
            // With a name and no password a server lets anybody in as nobody (RFC 4513, 5.1.2).
            if password.danger_expose().is_empty() {
                return Err(Problem::NoPassword);
            }
            connection.bind(place.bind_dn.trim(), password.danger_expose()).await?;
        }
        Ok(Directory {
            connection: Some(connection),
            attributes: entry::asked(&place.attributes),
            place: place.clone(),
            filter,
            searching: None,
            cookie: Vec::new(),
            keys: HashSet::new(),
        })
    }
}

#[async_trait]
impl SourceReader for LdapSources {
    async fn begin(&self, source: &Source, _: Option<&str>) -> Result<Box<dyn Reading>, SourceProblem> {
        match &source.place {
            Place::Ldap(place) => Ok(Box::new(self.open(&source.id, place).await?)),
            Place::File
            | Place::EntraUsers
            | Place::OrganisationContacts
            | Place::OutlookContacts
            | Place::SharedContacts { .. } => Err(not_ldap()),
        }
    }
}

fn not_ldap() -> SourceProblem {
    SourceProblem::failed("internal", "This source is no LDAP directory. Please report what you did.")
}

/// A directory being read.
struct Directory {
    /// `None` once everything was read.
    connection: Option<Connection>,
    place: LdapPlace,
    filter: Filter,
    attributes: Vec<String>,
    /// The number of the search that is being answered.
    searching: Option<i32>,
    /// Where the next page goes on.
    cookie: Vec<u8>,
    /// Of contacts handed on: an entry that is moved while it is read may come twice.
    keys: HashSet<String>,
}

impl Directory {
    async fn read(&mut self) -> Result<Option<SourcePage>, Problem> {
        let mut contacts: Vec<Contact> = Vec::new();
        while contacts.len() < PAGE_CONTACTS {
            let Some(connection) = &mut self.connection else { break };
            let id = match self.searching {
                Some(id) => id,
                None => {
                    let id = connection.next_id();
                    let search = Search {
                        base: self.place.base_dn.trim(),
                        filter: &self.filter,
                        attributes: &self.attributes,
                        page_size: PAGE_SIZE,
                        cookie: &self.cookie,
                    };
                    connection.send(&message::search(id, &search)).await?;
                    *self.searching.insert(id)
                }
            };
            match connection.answer(id).await? {
                Said::Entry(entry) => {
                    if let Some(contact) = entry::contact(&entry, &self.place.attributes)
                        && self.keys.insert(kept_key(&contact.key))
                    {
                        contacts.push(contact);
                    }
                }
                Said::Reference | Said::Else => {}
                Said::Done(Outcome { code: 0, words: _ }, cookie) => {
                    self.searching = None;
                    if cookie.is_empty() {
                        if let Some(connection) = self.connection.take() {
                            connection.close().await;
                        }
                    } else if cookie == self.cookie && contacts.is_empty() {
                        return Err(Problem::Endless);
                    }
                    self.cookie = cookie;
                }
                Said::Done(outcome, _) => return Err(Problem::of_result(outcome, &self.place.base_dn)),
                Said::Bound(_) | Said::Extended(_) | Said::Leaving(_) => return Err(Problem::Unreadable),
            }
            if self.keys.len() > CONTACTS_MAX {
                return Err(Problem::Limited(format!("more than {CONTACTS_MAX} entries are not taken")));
            }
        }
        Ok((!contacts.is_empty()).then_some(SourcePage { contacts, gone: Vec::new() }))
    }
}

#[async_trait]
impl Reading for Directory {
    fn extent(&self) -> Extent {
        Extent::Everything
    }

    async fn page(&mut self) -> Result<Option<SourcePage>, SourceProblem> {
        let read = self.read().await;
        if read.is_err() {
            // Nothing can be told any more.
            self.connection = None;
        }
        Ok(read?)
    }

    fn mark(&self) -> Option<String> {
        None
    }
}
