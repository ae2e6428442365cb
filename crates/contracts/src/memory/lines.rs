//! Who is above and below a contact, in memory.

use std::collections::{BTreeMap, BTreeSet};

use engine::Timestamp;

use super::Kept;
use crate::book::{Contact, Line};
use crate::line::ReportingLine;

/// What directories told of contacts.
pub(super) type KeptLines = BTreeMap<u64, Told>;

/// What a directory told of one contact.
#[derive(Debug)]
pub(super) struct Told {
    manager: Option<u64>,
    reports: BTreeSet<u64>,
    reports_total: u32,
    at: Timestamp,
}

impl Kept {
    pub(super) fn line(&self, of: &Contact, limit: usize) -> Line {
        let here = |id: u64| self.contacts.get(&id).filter(|kept| kept.gone.is_none());
        let contact = |id: u64| here(id).map(|kept| kept.contact.clone());
        let sorted = |mut reports: Vec<Contact>| {
            reports.sort_by(|a, b| (&a.display_name, a.id).cmp(&(&b.display_name, b.id)));
            reports.truncate(limit);
            reports
        };
        if let Some(told) = self.lines.get(&of.id) {
            return Line {
                manager: told.manager.and_then(contact),
                reports: sorted(told.reports.iter().filter_map(|id| contact(*id)).collect()),
                reports_total: told.reports_total,
                told: Some(told.at),
            };
        }
        let of_book = || {
            let here = self.contacts.values().filter(|kept| kept.gone.is_none()).map(|kept| &kept.contact);
            here.filter(|other| other.book == of.book && other.id != of.id)
        };
        let reports: Vec<Contact> = of_book().filter(|other| other.manager == of.key).cloned().collect();
        Line {
            manager: of_book().find(|other| other.key == of.manager).cloned(),
            reports_total: u32::try_from(reports.len()).unwrap_or(u32::MAX),
            reports: sorted(reports),
            told: None,
        }
    }

    pub(super) fn keep_line(&mut self, of: &Contact, told: &ReportingLine, at: Timestamp) {
        if !self.contacts.contains_key(&of.id) {
            return;
        }
        let known = self.contacts_of(&of.book);
        let told = Told {
            manager: told.manager.as_ref().and_then(|key| known.get(key).copied()),
            reports: told.reports.iter().filter_map(|key| known.get(key).copied()).collect(),
            reports_total: u32::try_from(told.reports.len()).unwrap_or(u32::MAX),
            at,
        };
        self.lines.insert(of.id, told);
    }

    /// Nothing is told any more of a contact that is gone, nor by its key.
    pub(super) fn forget_line(&mut self, contact: u64) {
        self.lines.remove(&contact);
        for told in self.lines.values_mut() {
            told.manager = told.manager.filter(|manager| *manager != contact);
            told.reports.remove(&contact);
        }
    }

    /// Whoever names an erased contact as her manager does so no longer.
    pub(super) fn forget_manager(&mut self, contact: u64) {
        let Some(kept) = self.contacts.get(&contact) else { return };
        let (book, key) = (kept.contact.book.clone(), kept.contact.key.clone());
        let of_hers = |contact: &&mut Contact| contact.book == book && contact.manager == key;
        let contacts = self.contacts.values_mut().map(|kept| &mut kept.contact);
        contacts.filter(of_hers).for_each(|contact| contact.manager.clear());
    }
}
