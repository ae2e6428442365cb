//! Requests about what attendants note of contacts (DIR-4): favourites and groups, notes, who stands in, which number is tried
//! first; and about what is kept of callers' transfers (CALL-9, DATA-10). Does not search.

use contracts::book::{Contact, IDS_MAX, KeptContact};
use contracts::journal::StoreError;
use contracts::personal::{FAVOURITES, Group, GroupId, Note, NotePart, Noted, StandIn};
use engine::{AttendantId, PartyId, Timestamp};
use identity::{Authorized, Identity, right};
use std::collections::HashMap;

use super::wire::contacts::{
    ContactCardView, GroupView, NotePartView, NoteView, PersonalView, RetentionView, StandInView,
};
use super::wire::{ApiError, ContactView, Request, Response, SavedView, UiEvent};
use super::{id, misplaced};
use crate::app::App;
use crate::retention::RETENTION_DAYS;
use crate::seat::name_of;

/// Colleagues on a card.
const COLLEAGUES_MAX: u32 = 20;

/// Contacts as they are shown, by their ids.
type Shown = HashMap<u64, ContactView>;

impl App {
    pub(super) async fn handle_personal(
        &self,
        _: Authorized<right::SeePeople>,
        who: &Identity,
        request: Request,
    ) -> Result<Response, ApiError> {
        let me = who.attendant();
        match request {
            Request::GetPersonal {} => Ok(Response::Personal(self.personal_view(me).await?)),
            Request::GetTransferRetention {} => {
                let (days_min, days_max) = (*RETENTION_DAYS.start(), *RETENTION_DAYS.end());
                let days = self.retention().await?;
                Ok(Response::Retention(RetentionView { days, days_min, days_max }))
            }
            Request::GetContactCard { contact } => {
                let card = self.contact_card(me, id("contact", &contact)?).await?;
                Ok(Response::ContactCard(Box::new(card)))
            }
            Request::PutGroup { group, name } => {
                let group = group.as_deref().map(|group| id("group", group)).transpose()?;
                let put = self.personal.put_group(me, group, name.trim()).await;
                let put = put.map_err(|error| match error {
                    StoreError::Conflict(_) => {
                        ApiError::new("setting.taken", "You have another group of this name.").at("name")
                    }
                    StoreError::OutOfRange(what) => ApiError::new("setting.out-of-range", what).at("name"),
                    other => other.into(),
                })?;
                let put = put.ok_or_else(no_group)?;
                self.tell(UiEvent::PersonalChanged);
                Ok(Response::Saved(SavedView { id: put.to_string() }))
            }
            Request::RemoveGroup { group } => {
                let removed = self.personal.remove_group(me, id("group", &group)?).await?;
                self.personal_changed(removed, no_group)
            }
            Request::MoveGroup { group, before } => {
                let before = before.as_deref().map(|before| id("group", before)).transpose()?;
                let moved = self.personal.move_group(me, id("group", &group)?, before).await?;
                self.personal_changed(moved, no_group)
            }
            Request::PlaceContact { group, contact, before } => {
                let before = before.as_deref().map(|before| id("contact", before)).transpose()?;
                self.place_contact(me, id("group", &group)?, id("contact", &contact)?, before).await
            }
            Request::TakeContact { group, contact } => {
                self.personal.take(me, id("group", &group)?, id("contact", &contact)?).await?;
                self.personal_changed(true, no_contact)
            }
            Request::SetFavourite { contact, favourite: true } => {
                self.place_contact(me, FAVOURITES, id("contact", &contact)?, None).await
            }
            Request::SetFavourite { contact, favourite: false } => {
                self.personal.take(me, FAVOURITES, id("contact", &contact)?).await?;
                self.personal_changed(true, no_contact)
            }
            Request::PutNote { contact, text, revision } => {
                let text = text.trim().to_owned();
                let part = NotePart { text, by: me, at: self.sources.now(), unaware: false };
                let note = self.personal.write_note(id("contact", &contact)?, revision, part).await?;
                let note = note.ok_or_else(no_contact)?;
                self.tell(UiEvent::PersonalChanged);
                Ok(Response::Note(self.note_view(&note)))
            }
            Request::SetStandIn { contact, stand_in, until } => {
                let until = until.map(Timestamp);
                let stand_in = stand_in.as_deref().map(|stand_in| id("contact", stand_in)).transpose()?;
                let stand_in =
                    stand_in.map(|contact| StandIn { contact, until, by: me, at: self.sources.now() });
                let set = self.personal.set_stand_in(id("contact", &contact)?, stand_in).await?;
                self.personal_changed(set, no_contact)
            }
            Request::SetDefaultEndpoint { contact, address } => {
                let contact = id("contact", &contact)?;
                let set = self.personal.set_first_endpoint(me, contact, address.as_deref()).await?;
                self.personal_changed(set, no_contact)
            }
            other => Err(misplaced(&other)),
        }
    }

    /// What is kept of callers, and for how long.
    pub(super) async fn handle_retention(
        &self,
        _: Authorized<right::ErasePeople>,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::EraseTransferHistory { party } => {
                let party = party.as_deref().map(|party| id::<PartyId>("party", party)).transpose()?;
                self.records.erase_transfers(party).await?;
                self.tell(UiEvent::CallersChanged);
                Ok(Response::Done)
            }
            Request::SetTransferRetention { days } => {
                if !RETENTION_DAYS.contains(&days) {
                    let (min, max) = (RETENTION_DAYS.start(), RETENTION_DAYS.end());
                    let range = format!("Transfer history is kept for {min} to {max} days, not {days}.");
                    return Err(ApiError::new("setting.out-of-range", range).at("days"));
                }
                self.set_retention(days).await?;
                self.tell(UiEvent::CallersChanged);
                Ok(Response::Done)
            }
            other => Err(misplaced(&other)),
        }
    }

    async fn place_contact(
        &self,
        me: AttendantId,
        group: GroupId,
        contact: u64,
        before: Option<u64>,
    ) -> Result<Response, ApiError> {
        let placed = self.personal.place(me, group, contact, before).await?;
        self.personal_changed(placed, no_contact)
    }

    fn personal_changed(&self, was_there: bool, otherwise: fn() -> ApiError) -> Result<Response, ApiError> {
        if !was_there {
            return Err(otherwise());
        }
        self.tell(UiEvent::PersonalChanged);
        Ok(Response::Done)
    }

    async fn personal_view(&self, me: AttendantId) -> Result<PersonalView, ApiError> {
        let groups = self.personal.groups(me).await?;
        let ids: Vec<u64> = groups.iter().flat_map(|group| group.contacts.iter().copied()).collect();
        let shown = self.shown_contacts(&ids).await?;
        let is_favourite = |id: &u64| groups[0].contacts.contains(id);
        let contacts = |group: &Group| {
            let found = group.contacts.iter().filter_map(|id| Some((id, shown.get(id)?.clone())));
            found.map(|(id, view)| ContactView { favourite: is_favourite(id), ..view }).collect()
        };
        let view = |group: &Group| GroupView {
            id: group.id.to_string(),
            name: group.name.clone(),
            contacts: contacts(group),
        };
        Ok(PersonalView { groups: groups.iter().map(view).collect() })
    }

    async fn contact_card(&self, me: AttendantId, contact: u64) -> Result<ContactCardView, ApiError> {
        let noted = self.personal.noted(me, contact).await?.ok_or_else(no_contact)?;
        let kept = self.contacts.kept_by_ids(&[contact]).await?.pop().ok_or_else(no_contact)?;
        let others = noted.stands_in_for.iter().map(|(of, _)| *of);
        let others: Vec<u64> = others.chain(noted.stand_in.map(|stand_in| stand_in.contact)).collect();
        let shown = self.shown_contacts(&others).await?;
        let (colleagues_total, colleagues) = self.contacts.colleagues(&kept.contact, COLLEAGUES_MAX).await?;
        let now = self.sources.now();
        let stands = |contact: u64, stand_in: StandIn| {
            let is_over = stand_in.until.is_some_and(|until| until <= now);
            shown.get(&contact).filter(|_| !is_over).map(|view| self.stand_in_view(view.clone(), stand_in))
        };
        let Noted { groups, note, stand_in, stands_in_for, first_endpoint } = &noted;
        // A number that she chose and the source has no longer is not tried any more.
        let is_there = |address: &&String| kept.contact.endpoints.iter().any(|it| it.address == **address);
        Ok(ContactCardView {
            default_endpoint: first_endpoint.as_ref().filter(is_there).cloned(),
            groups: groups.iter().map(GroupId::to_string).collect(),
            note: self.note_view(note),
            stand_in: stand_in.and_then(|stand_in| stands(stand_in.contact, stand_in)),
            stands_in_for: stands_in_for.iter().filter_map(|(of, stand_in)| stands(*of, *stand_in)).collect(),
            colleagues: colleagues.iter().map(ContactView::from).collect(),
            colleagues_total,
            contact: ContactView { favourite: groups.contains(&FAVOURITES), ..shown_contact(&kept) },
        })
    }

    /// These contacts, also those that are gone.
    async fn shown_contacts(&self, ids: &[u64]) -> Result<Shown, ApiError> {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let mut shown = Shown::with_capacity(ids.len());
        for ids in ids.chunks(IDS_MAX) {
            let kept = self.contacts.kept_by_ids(ids).await?;
            shown.extend(kept.iter().map(|kept| (kept.contact.id, shown_contact(kept))));
        }
        Ok(shown)
    }

    fn note_view(&self, note: &Note) -> NoteView {
        let names = self.seat.names();
        let part = |part: &NotePart| NotePartView {
            text: part.text.clone(),
            by: name_of(&names, part.by),
            at: part.at.0,
            conflict: part.unaware,
        };
        NoteView { text: note.text(), revision: note.revision, parts: note.parts.iter().map(part).collect() }
    }

    fn stand_in_view(&self, contact: ContactView, stand_in: StandIn) -> StandInView {
        let StandIn { contact: _, until, by, at } = stand_in;
        let by = name_of(&self.seat.names(), by);
        StandInView { contact, until: until.map(|until| until.0), by, at: at.0 }
    }
}

fn shown_contact(kept: &KeptContact) -> ContactView {
    let contact: &Contact = &kept.contact;
    ContactView { gone: kept.gone.is_some(), ..ContactView::from(contact) }
}

fn no_contact() -> ApiError {
    ApiError::new("contact.unknown", "This contact is no longer in an address book.")
}

fn no_group() -> ApiError {
    ApiError::new("setting.unknown", "This group was removed meanwhile.")
}
