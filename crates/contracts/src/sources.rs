//! Where contacts come from (DIR-1): files, directories, mailboxes. What a source is, how it is read page by page, how it
//! stands, and what it costs when it does not work. When it is read, and where the contacts are kept, is not here.

use std::time::Duration;

use async_trait::async_trait;
use engine::Timestamp;
use serde::{Deserialize, Serialize};

use crate::book::Contact;

/// The most sources of an installation; each has a book of its own.
pub const SOURCES_MAX: usize = 50;
/// The most contacts on one page of a reading.
pub const PAGE_CONTACTS_MAX: usize = 10_000;
/// The longest mark, in bytes: a link of Microsoft Graph has some thousands.
pub const MARK_BYTES_MAX: usize = 16 << 10;

/// What kind of source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SourceKind {
    /// An address book imported from a file.
    File,
    /// An LDAP directory.
    Ldap,
    /// The users of the organisation, from Entra ID.
    EntraUsers,
    /// Contacts that an administrator of the organisation entered for everybody, from Exchange.
    OrganisationContacts,
    /// The personal contacts of whoever is signed in, from Outlook.
    OutlookContacts,
    /// The contacts of another mailbox that whoever is signed in may read.
    SharedContacts,
    /// The tenant's own services.
    Services,
}

/// A source of contacts. Its id names its address book too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Unique, 1 to 256 characters, never changed.
    pub id: String,
    /// As shown.
    pub name: String,
    /// Where it is read. Holds no secret.
    pub place: Place,
}

impl Source {
    /// Its kind.
    pub fn kind(&self) -> SourceKind {
        match &self.place {
            Place::File => SourceKind::File,
            Place::Ldap(_) => SourceKind::Ldap,
            Place::EntraUsers => SourceKind::EntraUsers,
            Place::OrganisationContacts => SourceKind::OrganisationContacts,
            Place::OutlookContacts => SourceKind::OutlookContacts,
            Place::SharedContacts { .. } => SourceKind::SharedContacts,
        }
    }
}

/// Where a source is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// A file somebody imported; it is not read again by itself.
    File,
    /// A directory by LDAP.
    Ldap(Box<LdapPlace>),
    /// Microsoft Graph, `/users/delta`.
    EntraUsers,
    /// Microsoft Graph, `/contacts/delta`.
    OrganisationContacts,
    /// Microsoft Graph, `/me/contacts` and its folders.
    OutlookContacts,
    /// Microsoft Graph, `/users/{mailbox}/contacts`.
    SharedContacts {
        /// Its address or object id, 1 to 256 characters.
        mailbox: String,
    },
}

impl Place {
    /// Whether it is read with the rights of whoever is signed in with Entra ID.
    pub fn is_of_graph(&self) -> bool {
        match self {
            Place::File | Place::Ldap(_) => false,
            Place::EntraUsers
            | Place::OrganisationContacts
            | Place::OutlookContacts
            | Place::SharedContacts { .. } => true,
        }
    }

    /// Whether its contacts are hers alone who is signed in: nobody else may find them here.
    pub fn is_personal(&self) -> bool {
        match self {
            Place::OutlookContacts | Place::SharedContacts { .. } => true,
            Place::File | Place::Ldap(_) | Place::EntraUsers | Place::OrganisationContacts => false,
        }
    }
}

/// An LDAP directory. The password that belongs to `bind_dn` is in the keychain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LdapPlace {
    /// Name or address of the server.
    pub host: String,
    /// 636 for LDAPS, 389 else.
    pub port: u16,
    /// How the connection is protected.
    pub security: LdapSecurity,
    /// The certificate of the authority that signed the server's, in PEM, beside those this computer trusts; empty: only
    /// those.
    #[serde(default)]
    pub authority: String,
    /// Who asks: a distinguished name; empty: nobody in particular.
    #[serde(default)]
    pub bind_dn: String,
    /// Below this entry everything is searched.
    pub base_dn: String,
    /// Which entries (RFC 4515).
    pub filter: String,
    /// Which attributes mean what.
    pub attributes: LdapAttributes,
}

/// How a connection to an LDAP server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LdapSecurity {
    /// TLS from the first byte.
    Ldaps,
    /// TLS before anything is asked (RFC 4511, 4.14).
    StartTls,
    /// None: only to this computer (DATA-3).
    None,
}

/// Which attribute means what; an empty one is not read. Several names may be given with commas between them: the first that an
/// entry has counts, of numbers all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LdapAttributes {
    /// What stays when all else changes: `entryUUID`, `objectGUID`.
    pub key: String,
    /// As shown.
    pub display_name: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Organisation.
    pub company: String,
    /// Department.
    pub department: String,
    /// Job title.
    pub title: String,
    /// City.
    pub city: String,
    /// E-mail address.
    pub email: String,
    /// Desk phones.
    pub work: String,
    /// Mobile phones.
    pub mobile: String,
    /// Private phones.
    pub home: String,
    /// SIP addresses.
    pub sip: String,
    /// Further ones that are shown and found under their own name.
    pub custom: String,
    /// Her manager, by the distinguished name of the manager's entry.
    pub manager: String,
}

impl Default for LdapAttributes {
    /// Those of `inetOrgPerson` (RFC 2798) and of Active Directory.
    fn default() -> LdapAttributes {
        LdapAttributes {
            key: "entryUUID,objectGUID".to_owned(),
            display_name: "displayName,cn".to_owned(),
            first_name: "givenName".to_owned(),
            last_name: "sn".to_owned(),
            company: "company,o".to_owned(),
            department: "department,ou".to_owned(),
            title: "title".to_owned(),
            city: "l".to_owned(),
            email: "mail".to_owned(),
            work: "telephoneNumber,ipPhone".to_owned(),
            mobile: "mobile".to_owned(),
            home: "homePhone".to_owned(),
            sip: String::new(),
            custom: String::new(),
            manager: "manager".to_owned(),
        }
    }
}

/// How a source stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HealthState {
    /// What it had when it was last read is here.
    Ok,
    /// It is being read.
    Reading,
    /// It cannot be reached: what was read before is still here, and grows old.
    Stale,
    /// It may not be read until somebody agrees to it.
    NeedsConsent,
    /// It cannot be read before somebody changes something.
    Failed,
}

/// How a source stands, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// In one word.
    pub state: HealthState,
    /// Stable, with a page in `docs/errors/`; empty where nothing is wrong.
    pub code: String,
    /// What is wrong and what to do, in words; empty where nothing is.
    pub message: String,
    /// What it costs that a consent is missing, in words; empty where none is.
    pub costs: String,
    /// When it was last read to its end.
    pub last_ok: Option<Timestamp>,
    /// When that was last tried.
    pub last_try: Option<Timestamp>,
    /// Contacts of it that are here.
    pub contacts: u64,
    /// Contacts read so far, while it is being read.
    pub read: Option<u64>,
}

impl Health {
    /// Not read yet.
    pub fn unread() -> Health {
        Health {
            state: HealthState::Stale,
            code: String::new(),
            message: String::new(),
            costs: String::new(),
            last_ok: None,
            last_try: None,
            contacts: 0,
            read: None,
        }
    }
}

/// When a source that was not read is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// After this time, at the latest when it is due anyway.
    After(Duration),
    /// When somebody signs in, or asks for it.
    AtSignIn,
    /// When its settings are changed, or somebody asks for it.
    WhenChanged,
}

/// Why a source was not read. Holds nothing personal and no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SourceProblem {
    /// `Stale`, `NeedsConsent` or `Failed`.
    pub state: HealthState,
    /// Stable, with a page in `docs/errors/`.
    pub code: &'static str,
    /// What is wrong and what to do.
    pub message: String,
    /// What it costs that a consent is missing; empty where none is.
    pub costs: String,
    /// When to try again.
    pub again: Again,
}

impl SourceProblem {
    /// It cannot be reached just now.
    pub fn stale(code: &'static str, message: impl Into<String>, again: Again) -> SourceProblem {
        SourceProblem {
            state: HealthState::Stale,
            code,
            message: message.into(),
            costs: String::new(),
            again,
        }
    }

    /// Somebody has to change something.
    pub fn failed(code: &'static str, message: impl Into<String>) -> SourceProblem {
        SourceProblem {
            state: HealthState::Failed,
            code,
            message: message.into(),
            costs: String::new(),
            again: Again::WhenChanged,
        }
    }
}

/// A part of what a source has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourcePage {
    /// New or changed. Each has a key.
    pub contacts: Vec<Contact>,
    /// Keys of those that have gone; only where changes are read.
    pub gone: Vec<String>,
}

/// Whether a reading tells everything or what has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Everything: whoever is not named has gone.
    Everything,
    /// What has changed since the mark.
    Changes,
}

/// A source being read. Dropping it ends the reading, and its connection.
#[async_trait]
pub trait Reading: Send {
    /// What it tells. Known from the start, and the same until its end.
    fn extent(&self) -> Extent;
    /// The next page; `None` after the last one.
    async fn page(&mut self) -> Result<Option<SourcePage>, SourceProblem>;
    /// After the last page: from where the next reading goes on. `None`: it reads everything again.
    fn mark(&self) -> Option<String>;
}

/// Reads sources. What could not be read to its end is as if it had not been begun.
#[async_trait]
pub trait SourceReader: Send + Sync {
    /// Begins to read this source, from the mark of the last reading on, where there is one and the source still knows it.
    async fn begin(&self, source: &Source, mark: Option<&str>) -> Result<Box<dyn Reading>, SourceProblem>;
}

/// The name of an LDAP source's password in the keychain.
pub fn password_name(source: &str) -> String {
    format!("ldap-password:{source}")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{LdapAttributes, LdapPlace, LdapSecurity, Place, Source};

    /// DIR-1: what is stored is read back by later versions.
    #[test]
    fn stored_sources_read_as_they_were_written_dir_1() {
        let source = |id: &str, place| Source { id: id.to_owned(), name: "Staff".to_owned(), place };
        let ldap = LdapPlace {
            host: "ldap.example".to_owned(),
            port: 636,
            security: LdapSecurity::Ldaps,
            authority: String::new(),
            bind_dn: "cn=usher".to_owned(),
            base_dn: "dc=example".to_owned(),
            filter: "(mail=*)".to_owned(),
            attributes: LdapAttributes { custom: "roomNumber".to_owned(), ..LdapAttributes::default() },
        };
        let sources = vec![
            source("staff.csv", Place::File),
            source("s1", Place::Ldap(Box::new(ldap))),
            source("s2", Place::EntraUsers),
            source("s3", Place::SharedContacts { mailbox: "front@example.com".to_owned() }),
        ];
        let stored = serde_json::to_string(&sources).expect("sources are plain");
        expect![[r#"[{"id":"staff.csv","name":"Staff","place":"file"},{"id":"s1","name":"Staff","place":{"ldap":{"host":"ldap.example","port":636,"security":"ldaps","authority":"","bind_dn":"cn=usher","base_dn":"dc=example","filter":"(mail=*)","attributes":{"key":"entryUUID,objectGUID","display_name":"displayName,cn","first_name":"givenName","last_name":"sn","company":"company,o","department":"department,ou","title":"title","city":"l","email":"mail","work":"telephoneNumber,ipPhone","mobile":"mobile","home":"homePhone","sip":"","custom":"roomNumber","manager":"manager"}}}},{"id":"s2","name":"Staff","place":"entra-users"},{"id":"s3","name":"Staff","place":{"shared-contacts":{"mailbox":"front@example.com"}}}]"#]]
            .assert_eq(&stored);
        assert_eq!(serde_json::from_str::<Vec<Source>>(&stored).expect("reads"), sources);
        let short = r#"{"id":"x","name":"X","place":{"ldap":{"host":"h","port":389,"security":"start-tls","base_dn":"dc=x","filter":"(cn=*)","attributes":{"mobile":"cell"}}}}"#;
        let Place::Ldap(read) = serde_json::from_str::<Source>(short).expect("reads").place else {
            panic!("a directory")
        };
        assert_eq!((read.attributes.mobile.as_str(), read.attributes.email.as_str()), ("cell", "mail"));
    }
}
