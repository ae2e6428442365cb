//! The organisation view of a contact card (DIR-4): her manager and who reports to her, from her address book or, where the
//! directory tells it of one person at a time, as it was told last and when. Reads no directory: that is behind
//! `contracts::line`.

use std::time::Duration;

use contracts::book::{Contact, Line};
use contracts::sources::SourceKind;

use super::wire::contacts::ReportingLineView;
use super::wire::{ApiError, ContactView, Response};
use crate::app::App;

/// People below her on a card.
const REPORTS_SHOWN: u32 = 12;
/// A directory is asked again when a card opens and what it told is older than this: people rarely change their manager.
const ASK_AFTER: Duration = Duration::from_secs(15 * 60);

impl App {
    /// `ask`: a directory that tells of one person at a time is asked now.
    pub(super) async fn reporting_line(&self, contact: u64, ask: bool) -> Result<Response, ApiError> {
        let contacts = self.contacts_of_person(contact).await?;
        let asked = contacts.iter().find(|contact| self.is_asked_about(contact));
        let mut problem = None;
        if ask && let Some(contact) = asked {
            match self.reporting_lines.line(&contact.key).await {
                Ok(told) => self.contacts.keep_line(contact, &told, self.sources.now()).await?,
                Err(refused) => {
                    let words = [refused.message, refused.costs].join(" ").trim().to_owned();
                    problem = Some(words);
                }
            }
        }
        // What the directory told comes first; a file may know somebody the directory says nothing of.
        let mut lines = Vec::with_capacity(contacts.len());
        for contact in asked.into_iter().chain(&contacts) {
            lines.push(self.contacts.line(contact, REPORTS_SHOWN).await?);
        }
        let told = lines.first().and_then(|line| line.told).filter(|_| asked.is_some());
        let says = |line: &&Line| line.manager.is_some() || line.reports_total > 0;
        let line = lines.iter().find(says).cloned().unwrap_or_default();
        let is_old = told.is_none_or(|told| (self.sources.now() - told).0 > ASK_AFTER.as_millis() as u32);
        Ok(Response::ReportingLine(Box::new(ReportingLineView {
            manager: line.manager.as_ref().map(ContactView::from),
            reports: line.reports.iter().map(ContactView::from).collect(),
            reports_total: line.reports_total,
            told: told.map(|told| told.0),
            due: asked.is_some() && !ask && is_old,
            problem,
        })))
    }

    /// All contacts of the person, the one that was named first.
    async fn contacts_of_person(&self, contact: u64) -> Result<Vec<Contact>, ApiError> {
        let mut ids = vec![contact];
        if let Some(person) = self.people.contact(contact).await? {
            ids.extend(person.origins.iter().map(|origin| origin.id).filter(|id| *id != contact));
        }
        let contacts = self.people.contacts(&ids).await?;
        if contacts.is_empty() {
            return Err(ApiError::new("contact.unknown", "This contact is no longer in an address book."));
        }
        Ok(contacts)
    }

    fn is_asked_about(&self, contact: &Contact) -> bool {
        let source = self.source_book.source(&contact.book);
        source.is_some_and(|source| source.kind() == SourceKind::EntraUsers)
    }
}
