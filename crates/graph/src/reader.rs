//! One round of reading the directory into the roster: users, groups with their members, the owners of licensed teams. Goes on
//! from where the roster stands, so a round that was broken off costs nothing twice. When it is done is `sync`'s business.

use std::collections::BTreeSet;
use std::sync::Arc;

use contracts::journal::StoreError;
use contracts::roster::{
    Changes, Collection, DirectoryPage, Link, MEMBERS_MAX, Progress, Refusal, Roster, RosterError, Team,
};

use crate::answer::{self, Unreadable};
use crate::client::{Answer, Client};
use crate::problem::Problem;
use crate::surroundings::Surroundings;

/// Pages of one collection in a round: a directory of a million users has some ten thousand.
const PAGES_MAX: u32 = 50_000;
/// Graph may find a link too old; a second time in one round something else is wrong.
const RESTARTS_MAX: u32 = 2;
/// What a synchronisation is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// Waits for the next round.
    Waiting,
    /// Reads a collection.
    Reading {
        /// Which.
        collection: Collection,
        /// Everything, not only what changed.
        full: bool,
        /// Users or groups read in this round so far.
        read: u64,
    },
    /// Asks for the owners of licensed teams.
    ReadingOwners,
}

/// Reads a directory into a roster.
pub struct Reader {
    client: Client,
    roster: Arc<dyn Roster>,
    surroundings: Arc<dyn Surroundings>,
}

impl Reader {
    /// From this client into this roster.
    pub fn new(client: Client, roster: Arc<dyn Roster>, surroundings: Arc<dyn Surroundings>) -> Reader {
        Reader { client, roster, surroundings }
    }

    /// Reads everything that changed since the last round, or since this one was broken off. `tell` hears what it does.
    pub async fn round(&self, tell: &(dyn Fn(Activity) + Send + Sync)) -> Result<(), Problem> {
        for collection in [Collection::Persons, Collection::Teams] {
            self.read(collection, tell).await?;
        }
        tell(Activity::ReadingOwners);
        for team in self.roster.teams().await?.iter().filter(|team| team.licensed) {
            self.read_owners(team).await?;
        }
        Ok(())
    }

    async fn read(
        &self,
        collection: Collection,
        tell: &(dyn Fn(Activity) + Send + Sync),
    ) -> Result<(), Problem> {
        let (mut read, mut restarts, mut is_fresh) = (0, 0, false);
        for _ in 0..PAGES_MAX {
            let Progress { link, full } = self.roster.progress(collection).await?;
            tell(Activity::Reading { collection, full, read });
            is_fresh |= !matches!(link, Some(Link::Next(_)));
            let url = match &link {
                None => Some(self.client.site().start(collection)),
                Some(Link::Next(link) | Link::Delta(link)) => self.client.site().link(link),
            };
            // A link of another cloud, from before the settings were changed, is as good as one that is too old.
            let answer = match &url {
                None => Answer::Resync,
                Some(url) => self.client.get(url).await?,
            };
            let (body, tenant) = match answer {
                Answer::Body { body, tenant } => (body, tenant),
                Answer::Missing => {
                    return Err(Problem::Refused { status: 404, code: "not found".to_owned() });
                }
                Answer::Resync if restarts == RESTARTS_MAX => {
                    return Err(Problem::Endless("links it refuses"));
                }
                Answer::Resync => {
                    restarts += 1;
                    self.roster.restart(collection).await?;
                    continue;
                }
            };
            let page = self.page(collection, tenant, link, &body)?;
            let is_over = matches!(page.to, Link::Delta(_));
            match self.roster.apply(&page).await {
                Ok(applied) => read += u64::from(applied.read),
                // Another reader of the same roster was quicker: on from where it left off.
                Err(RosterError::Store(StoreError::Conflict(_))) => continue,
                Err(RosterError::Refused(Refusal::EmptyDirectory)) => {
                    self.roster.restart(collection).await?;
                    return Err(Problem::Roster(Refusal::EmptyDirectory.into()));
                }
                Err(error) => return Err(error.into()),
            }
            // A round that was broken off ends with how things stood when it began: what changed since is asked for at once.
            if is_over && is_fresh {
                return Ok(());
            }
        }
        Err(Problem::Endless("pages"))
    }

    fn page(
        &self,
        collection: Collection,
        tenant: String,
        from: Option<Link>,
        body: &[u8],
    ) -> Result<DirectoryPage, Problem> {
        let (changes, to) = match collection {
            Collection::Persons => {
                let page = answer::users(body)?;
                (Changes::Persons(page.items), page.to)
            }
            Collection::Teams => {
                let page = answer::groups(body)?;
                (Changes::Teams(page.items), page.to)
            }
        };
        let Some(to) = to else {
            let (path, what) = ("@odata.deltaLink".to_owned(), "is missing, and there is no nextLink");
            return Err(Unreadable { path, what }.into());
        };
        let (Link::Next(link) | Link::Delta(link)) = &to;
        if self.client.site().link(link).is_none() {
            return Err(Problem::ForeignLink);
        }
        if matches!(to, Link::Next(_)) && from.as_ref() == Some(&to) {
            return Err(Problem::Endless("a page that leads to itself"));
        }
        Ok(DirectoryPage { tenant, from, changes, to, at: self.surroundings.now() })
    }

    /// All of them before one is kept: a half-read list would take somebody's role.
    async fn read_owners(&self, team: &Team) -> Result<(), Problem> {
        let mut owners = BTreeSet::new();
        let mut url = self.client.site().owners(&team.object);
        for _ in 0..PAGES_MAX {
            let Answer::Body { body, tenant } = self.client.get(&url).await? else {
                // The group went meanwhile; the next round will hear of it.
                return Ok(());
            };
            if self.roster.tenant().await? != Some(tenant) {
                return Err(Problem::Roster(Refusal::OtherTenant.into()));
            }
            let page = answer::owners(&body)?;
            owners.extend(page.items);
            if owners.len() > MEMBERS_MAX {
                return Err(Problem::Endless("owners of one group"));
            }
            let Some(Link::Next(next)) = page.to else {
                self.roster.set_owners(team.id, &owners).await?;
                return Ok(());
            };
            let next = self.client.site().link(&next).ok_or(Problem::ForeignLink)?;
            if next == url {
                return Err(Problem::Endless("a page that leads to itself"));
            }
            url = next;
        }
        Err(Problem::Endless("pages"))
    }
}
