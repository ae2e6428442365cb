//! What attendants note about contacts, in memory.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use engine::{AttendantId, Timestamp};

use super::MemoryStore;
use crate::book::Gone;
use crate::journal::StoreError;
use crate::limits;
use crate::personal::{
    FAVOURITES, Group, GroupId, Note, NotePart, Noted, Personal, StandIn, forgotten_before, moved,
};
use crate::subjects::KeptAbout;

/// All that is noted, by whom and about whom.
#[derive(Debug, Default)]
pub(super) struct KeptPersonal {
    groups: BTreeMap<AttendantId, Vec<(GroupId, String)>>,
    group_last: u64,
    grouped: BTreeMap<(AttendantId, GroupId), Vec<u64>>,
    notes: BTreeMap<u64, Note>,
    stand_ins: BTreeMap<u64, StandIn>,
    first_endpoints: BTreeMap<(AttendantId, u64), String>,
}

impl KeptPersonal {
    /// Whether anybody noted anything about this contact.
    pub(super) fn is_noted(&self, contact: u64) -> bool {
        self.grouped.values().any(|contacts| contacts.contains(&contact))
            || self.notes.get(&contact).is_some_and(|note| !note.parts.is_empty())
            || self.stand_ins.iter().any(|(of, stand_in)| *of == contact || stand_in.contact == contact)
            || self.first_endpoints.keys().any(|(_, of)| *of == contact)
    }

    /// Forgets all that was noted about this contact.
    pub(super) fn forget(&mut self, contact: u64) {
        self.grouped.values_mut().for_each(|contacts| contacts.retain(|other| *other != contact));
        self.notes.remove(&contact);
        self.stand_ins.retain(|of, stand_in| *of != contact && stand_in.contact != contact);
        self.first_endpoints.retain(|(_, of), _| *of != contact);
    }

    /// What is noted about these contacts, and nothing else that is kept about somebody.
    pub(super) fn about(&self, contacts: &BTreeSet<u64>) -> KeptAbout {
        let notes = self.notes.iter().filter(|(of, _)| contacts.contains(of));
        let notes = notes.flat_map(|(of, note)| note.parts.iter().map(|part| (*of, part.clone())));
        let is_in =
            |of: &u64, stand_in: &StandIn| contacts.contains(of) || contacts.contains(&stand_in.contact);
        let stand_ins = self.stand_ins.iter().filter(|(of, stand_in)| is_in(of, stand_in));
        let places = self.grouped.values().flatten().filter(|contact| contacts.contains(contact));
        let first = self.first_endpoints.keys().filter(|(_, of)| contacts.contains(of));
        KeptAbout {
            notes: notes.collect(),
            stand_ins: stand_ins.map(|(of, stand_in)| (*of, *stand_in)).collect(),
            places: places.count() as u64,
            first_endpoints: first.count() as u64,
            ..KeptAbout::default()
        }
    }

    fn groups_of(&self, attendant: AttendantId) -> &[(GroupId, String)] {
        self.groups.get(&attendant).map_or(&[], Vec::as_slice)
    }

    fn has(&self, attendant: AttendantId, group: GroupId) -> bool {
        group == FAVOURITES || self.groups_of(attendant).iter().any(|(id, _)| *id == group)
    }
}

#[async_trait]
impl Personal for MemoryStore {
    async fn groups(&self, attendant: AttendantId) -> Result<Vec<Group>, StoreError> {
        let kept = self.kept();
        let personal = &kept.personal;
        let favourites = std::iter::once((FAVOURITES, String::new()));
        let all = favourites.chain(personal.groups_of(attendant).iter().cloned());
        let contacts = |id| personal.grouped.get(&(attendant, id)).cloned().unwrap_or_default();
        Ok(all.map(|(id, name)| Group { id, name, contacts: contacts(id) }).collect())
    }

    async fn put_group(
        &self,
        attendant: AttendantId,
        group: Option<GroupId>,
        name: &str,
    ) -> Result<Option<GroupId>, StoreError> {
        limits::name("a group", name)?;
        let mut kept = self.kept();
        let personal = &mut kept.personal;
        let groups = personal.groups.entry(attendant).or_default();
        if groups.iter().any(|(id, other)| other == name && Some(*id) != group) {
            return Err(limits::group_exists());
        }
        match group {
            Some(group) => Ok(groups.iter_mut().find(|(id, _)| *id == group).map(|(id, kept)| {
                name.clone_into(kept);
                *id
            })),
            None => {
                limits::groups(groups.len() + 1)?;
                personal.group_last += 1;
                groups.push((GroupId(personal.group_last), name.to_owned()));
                Ok(Some(GroupId(personal.group_last)))
            }
        }
    }

    async fn remove_group(&self, attendant: AttendantId, group: GroupId) -> Result<bool, StoreError> {
        let mut kept = self.kept();
        let groups = kept.personal.groups.entry(attendant).or_default();
        let Some(place) = groups.iter().position(|(id, _)| *id == group) else { return Ok(false) };
        groups.remove(place);
        kept.personal.grouped.remove(&(attendant, group));
        Ok(true)
    }

    async fn move_group(
        &self,
        attendant: AttendantId,
        group: GroupId,
        before: Option<GroupId>,
    ) -> Result<bool, StoreError> {
        let mut kept = self.kept();
        let groups = kept.personal.groups.entry(attendant).or_default();
        let order: Vec<GroupId> = groups.iter().map(|(id, _)| *id).collect();
        let Some(order) = moved(&order, group, before).filter(|_| order.contains(&group)) else {
            return Ok(false);
        };
        groups.sort_by_key(|(id, _)| order.iter().position(|other| other == id));
        Ok(true)
    }

    async fn place(
        &self,
        attendant: AttendantId,
        group: GroupId,
        contact: u64,
        before: Option<u64>,
    ) -> Result<bool, StoreError> {
        let mut kept = self.kept();
        if !kept.contacts.contains_key(&contact) || !kept.personal.has(attendant, group) {
            return Ok(false);
        }
        let order = kept.personal.grouped.entry((attendant, group)).or_default();
        let Some(placed) = moved(order, contact, before) else { return Ok(false) };
        limits::group_contacts(placed.len())?;
        *order = placed;
        Ok(true)
    }

    async fn take(&self, attendant: AttendantId, group: GroupId, contact: u64) -> Result<bool, StoreError> {
        let mut kept = self.kept();
        let order = kept.personal.grouped.entry((attendant, group)).or_default();
        let before = order.len();
        order.retain(|other| *other != contact);
        Ok(order.len() < before)
    }

    async fn noted(&self, attendant: AttendantId, contact: u64) -> Result<Option<Noted>, StoreError> {
        let kept = self.kept();
        if !kept.contacts.contains_key(&contact) {
            return Ok(None);
        }
        let personal = &kept.personal;
        let hers = personal.grouped.iter().filter(|((of, _), _)| *of == attendant);
        let groups = hers.filter(|(_, contacts)| contacts.contains(&contact)).map(|((_, group), _)| *group);
        let for_whom = personal.stand_ins.iter().filter(|(_, stand_in)| stand_in.contact == contact);
        Ok(Some(Noted {
            groups: groups.collect(),
            note: personal.notes.get(&contact).cloned().unwrap_or_default(),
            stand_in: personal.stand_ins.get(&contact).copied(),
            stands_in_for: for_whom.map(|(of, stand_in)| (*of, *stand_in)).collect(),
            first_endpoint: personal.first_endpoints.get(&(attendant, contact)).cloned(),
        }))
    }

    async fn write_note(&self, contact: u64, seen: u64, part: NotePart) -> Result<Option<Note>, StoreError> {
        limits::note(&part.text)?;
        let mut kept = self.kept();
        if !kept.contacts.contains_key(&contact) {
            return Ok(None);
        }
        let note = kept.personal.notes.entry(contact).or_default();
        *note = note.written(seen, part).ok_or_else(limits::too_many_note_parts)?;
        Ok(Some(note.clone()))
    }

    async fn set_stand_in(&self, contact: u64, stand_in: Option<StandIn>) -> Result<bool, StoreError> {
        let mut kept = self.kept();
        let known = |id| kept.contacts.contains_key(&id);
        if !known(contact) || stand_in.is_some_and(|stand_in| !known(stand_in.contact)) {
            return Ok(false);
        }
        let stand_ins = &mut kept.personal.stand_ins;
        if let Some(stand_in) = stand_in {
            let others =
                stand_ins.iter().filter(|(of, kept)| **of != contact && kept.contact == stand_in.contact);
            limits::stand_in(contact, stand_in.contact, others.count())?;
            stand_ins.insert(contact, stand_in);
        } else {
            stand_ins.remove(&contact);
        }
        Ok(true)
    }

    async fn set_first_endpoint(
        &self,
        attendant: AttendantId,
        contact: u64,
        address: Option<&str>,
    ) -> Result<bool, StoreError> {
        address.map(|address| limits::name("a number", address)).transpose()?;
        let mut kept = self.kept();
        if !kept.contacts.contains_key(&contact) {
            return Ok(false);
        }
        let chosen = &mut kept.personal.first_endpoints;
        match address {
            Some(address) => chosen.insert((attendant, contact), address.to_owned()),
            None => chosen.remove(&(attendant, contact)),
        };
        Ok(true)
    }

    async fn forget_gone(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut kept = self.kept();
        let mut forgotten = Vec::new();
        for id in kept.contacts.keys().copied().collect::<Vec<_>>() {
            let noted = kept.personal.is_noted(id);
            let Some(contact) = kept.contacts.get_mut(&id) else { continue };
            match contact.gone {
                None => {}
                Some(Gone::Since(since)) if since < forgotten_before(now) => forgotten.push(id),
                Some(_) if !noted => forgotten.push(id),
                Some(Gone::Just) => contact.gone = Some(Gone::Since(now)),
                Some(Gone::Since(since)) => contact.gone = Some(Gone::Since(since.min(now))),
            }
        }
        for id in &forgotten {
            kept.personal.forget(*id);
            kept.forget_line(*id);
            kept.contacts.remove(id);
        }
        Ok(forgotten.len() as u64)
    }
}
