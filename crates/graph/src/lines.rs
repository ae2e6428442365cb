//! Who somebody's manager is and who reports to her, from Microsoft Graph (DIR-4): asked of one person when her card opens, since
//! a delta of users tells nobody's manager. What was told is kept elsewhere; here only how long Graph wants to be left alone.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use contracts::line::{REPORTS_MAX, ReportingLine, ReportingLines};
use contracts::roster::Link;
use contracts::sign_in::SignIn;
use contracts::sources::{Again, SourceProblem};

use crate::answer;
use crate::client::{Answer, Client};
use crate::entra::SiteOf;
use crate::feature::{Access, Feature};
use crate::problem::Problem;
use crate::surroundings::Surroundings;

const FEATURE: Feature = Feature::ReportingLines;
/// Pages of reports; one has at least some tens.
const PAGES_MAX: usize = 50;

/// Reporting lines of the organisation, with the tokens of whoever is signed in.
pub struct GraphReportingLines {
    access: Access,
    /// Until when Graph wants to be left alone, by the steady clock, and what it said.
    refused: Mutex<Option<(Duration, SourceProblem)>>,
}

impl GraphReportingLines {
    /// With her tokens.
    pub fn new(
        sign_in: Arc<dyn SignIn>,
        surroundings: Arc<dyn Surroundings>,
        site: SiteOf,
    ) -> GraphReportingLines {
        GraphReportingLines { access: Access { sign_in, surroundings, site }, refused: Mutex::default() }
    }

    async fn ask(&self, client: &Client, person: &str) -> Result<ReportingLine, Problem> {
        let manager = match client.get(&client.site().place(&["users", person, "manager"], "")).await? {
            Answer::Body { body, tenant: _ } => Some(answer::object(&body, |manager| manager.id())?),
            // She has none.
            Answer::Missing | Answer::Resync => None,
        };
        let mut reports: Vec<String> = Vec::new();
        let mut next = Some(client.site().place(&["users", person, "directReports"], "$select=id"));
        for _ in 0..PAGES_MAX {
            let Some(url) = next.take() else { break };
            let Answer::Body { body, tenant: _ } = client.get(&url).await? else { break };
            let page = answer::page(&body, |report| report.id().map(Some))?;
            reports.extend(page.items);
            if let Some(Link::Next(link)) = page.to
                && reports.len() < REPORTS_MAX
            {
                let link = client.site().link(&link).ok_or(Problem::ForeignLink)?;
                next = (link != url).then_some(link);
            }
        }
        reports.truncate(REPORTS_MAX);
        Ok(ReportingLine { manager, reports })
    }

    /// What Graph said, where it wants to be left alone still.
    fn refused(&self) -> Option<SourceProblem> {
        let now = self.access.surroundings.steady();
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.as_ref().filter(|(until, _)| now < *until).map(|(_, problem)| problem.clone())
    }
}

#[async_trait]
impl ReportingLines for GraphReportingLines {
    async fn line(&self, person: &str) -> Result<ReportingLine, SourceProblem> {
        if let Some(problem) = self.refused() {
            return Err(problem);
        }
        let client = self.access.client(FEATURE)?;
        self.ask(&client, person).await.map_err(|problem| {
            let is_throttled = matches!(problem, Problem::Throttled { .. });
            let problem = self.access.told(FEATURE, problem);
            if let Again::After(wait) = problem.again
                && is_throttled
            {
                let until = self.access.surroundings.steady().saturating_add(wait);
                *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some((until, problem.clone()));
            }
            problem
        })
    }
}
