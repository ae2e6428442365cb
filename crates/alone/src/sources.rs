//! Hands each source of contacts to whoever can read it: LDAP directories, and what Microsoft Graph has. Reads nothing itself.

use std::sync::Arc;

use async_trait::async_trait;
use contracts::secrets::Secrets;
use contracts::sign_in::SignIn;
use contracts::sources::{Place, Reading, Source, SourceProblem, SourceReader};
use graph::{GraphSources, Site, System};
use ldap::LdapSources;

/// Every kind of source there is.
pub(crate) struct EverySource {
    graph: GraphSources,
    ldap: LdapSources,
}

impl EverySource {
    pub(crate) fn new(sign_in: Arc<dyn SignIn>, secrets: Arc<dyn Secrets>) -> EverySource {
        EverySource {
            graph: GraphSources::new(sign_in, Arc::new(System), Arc::new(Site::of)),
            ldap: LdapSources::new(secrets),
        }
    }
}

#[async_trait]
impl SourceReader for EverySource {
    async fn begin(&self, source: &Source, mark: Option<&str>) -> Result<Box<dyn Reading>, SourceProblem> {
        match &source.place {
            Place::Ldap(_) => self.ldap.begin(source, mark).await,
            Place::EntraUsers
            | Place::OrganisationContacts
            | Place::OutlookContacts
            | Place::SharedContacts { .. } => self.graph.begin(source, mark).await,
            Place::File => Err(SourceProblem::failed("internal", "A file is imported, not read by itself.")),
        }
    }
}
