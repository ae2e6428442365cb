//! The limits of the contracts, checked in one place so that every implementation refuses the same things in the same
//! words. Does not touch what is within them.

use engine::RecordingId;

use crate::access_log;
use crate::book::{
    CONTACTS_MAX, CUSTOM_MAX, Contact, Custom, ENDPOINTS_MAX, IDS_MAX, IMAGE_BYTES_MAX, NOTES_CHARS_MAX,
    PART_CONTACTS_MAX, TEXT_CHARS_MAX,
};
use crate::changes::{CHANGE_BYTES_MAX, ChangeFilter, NewChange};
use crate::journal::{ENTRIES_MAX, Entry, StoreError};
use crate::left_out::LEFT_OUT_MAX;
use crate::line::{REPORTS_MAX, ReportingLine};
use crate::numbers::{LISTED_MAX, ListedNumber};
use crate::personal::{GROUP_CONTACTS_MAX, GROUPS_MAX, NOTE_CHARS_MAX, NOTE_PARTS_MAX, STANDS_IN_FOR_MAX};
use crate::recordings::{APPEND_SAMPLES_MAX, RECORDING_SAMPLES_MAX};
use crate::settings::{SETTING_BYTES_MAX, SETTING_KEY_BYTES_MAX};
use crate::sounds::{SOUND_SAMPLES_MAX, SOUNDS_MAX, SPEECH_CHARS_MAX, SoundFile, SoundKind};
use crate::subjects::{NAMED_MAX, PART_CHARS_MIN, Subject};
use crate::telephony::LEG_WORDS_BYTES_MAX;

/// The longest reason kept with an order that was given up, in characters.
pub const REASON_CHARS_MAX: usize = 1024;

/// A page of 1 to `max` rows.
pub fn page(limit: u32, max: u32) -> Result<(), StoreError> {
    if (1..=max).contains(&limit) {
        Ok(())
    } else {
        beyond(format!("a page has 1–{max} rows, not {limit}"))
    }
}

/// The entries of one append.
pub fn entries(entries: &[Entry]) -> Result<(), StoreError> {
    if entries.len() <= ENTRIES_MAX {
        Ok(())
    } else {
        beyond(format!("{} events at once; {ENTRIES_MAX} are the most", entries.len()))
    }
}

/// The entries that go into the access log at once.
pub fn access_log_batch(entries: &[access_log::Entry]) -> Result<(), StoreError> {
    if (1..=access_log::BATCH_MAX).contains(&entries.len()) {
        Ok(())
    } else {
        beyond(format!(
            "{} entries of the access log at once; 1–{} are taken",
            entries.len(),
            access_log::BATCH_MAX
        ))
    }
}

/// A change for the history. Gives the texts of before and after as they are kept.
pub fn change(change: &NewChange) -> Result<[Option<String>; 2], StoreError> {
    name("what was changed", &change.name)?;
    let text = |what: &str, value: &Option<serde_json::Value>| match value.as_ref().map(ToString::to_string) {
        Some(text) if text.len() > CHANGE_BYTES_MAX => Err(StoreError::OutOfRange(format!(
            "what was there {what} the change has {} bytes; {CHANGE_BYTES_MAX} are the most",
            text.len()
        ))),
        fits => Ok(fits),
    };
    let (before, after) = (text("before", &change.before)?, text("after", &change.after)?);
    if before.is_none() && after.is_none() {
        beyond("a change has something before it, after it, or both".to_owned())?;
    }
    Ok([before, after])
}

/// A question about changes.
pub fn change_filter(filter: &ChangeFilter) -> Result<(), StoreError> {
    match (&filter.kind, &filter.id) {
        (None, Some(_)) => beyond("an id asks for its kind too".to_owned()),
        (None | Some(_), None) | (Some(_), Some(_)) => Ok(()),
    }
}

/// The answer where a change that is to be undone is not there or is about something else.
pub fn not_to_be_undone(id: impl std::fmt::Display) -> StoreError {
    StoreError::Conflict(format!("the change {id} is not one of this object"))
}

/// The answer where a change was undone before.
pub fn undone(id: impl std::fmt::Display) -> StoreError {
    StoreError::Conflict(format!("the change {id} was undone already"))
}

/// The name of a lease's holder, of an address book or of a sound.
pub fn name(what: &str, name: &str) -> Result<(), StoreError> {
    if !name.is_empty() && fits(name, TEXT_CHARS_MAX) {
        Ok(())
    } else {
        beyond(format!("the name of {what} has 1–{TEXT_CHARS_MAX} characters"))
    }
}

/// The name of an address book. Control characters at its beginning are the stores' own.
pub fn book(book: &str) -> Result<(), StoreError> {
    name("an address book", book)?;
    if book.starts_with(char::is_control) {
        return beyond("the name of an address book begins with no control character".to_owned());
    }
    Ok(())
}

/// A part of an address book that is set aside.
pub fn part(part: &[Contact]) -> Result<(), StoreError> {
    if part.len() > PART_CONTACTS_MAX {
        return beyond(format!("{} contacts in one part; {PART_CONTACTS_MAX} are the most", part.len()));
    }
    contacts(part)
}

/// The answer where what was set aside of an address book is not what it should be.
pub fn not_aside(aside: u64, expected: u64) -> StoreError {
    StoreError::Conflict(format!("{aside} contacts are set aside, not {expected}"))
}

/// A setting.
pub fn setting(key: &str, json: &str) -> Result<(), StoreError> {
    if key.is_empty() || key.len() > SETTING_KEY_BYTES_MAX {
        beyond(format!("the key of a setting has 1–{SETTING_KEY_BYTES_MAX} bytes, not {}", key.len()))
    } else if json.len() > SETTING_BYTES_MAX {
        beyond(format!("the setting {key} has {} bytes; {SETTING_BYTES_MAX} are the most", json.len()))
    } else {
        Ok(())
    }
}

/// A connector's words about a line.
pub fn leg_words(words: &str) -> Result<(), StoreError> {
    if words.len() <= LEG_WORDS_BYTES_MAX {
        Ok(())
    } else {
        beyond(format!("{} bytes about a line; {LEG_WORDS_BYTES_MAX} are the most", words.len()))
    }
}

/// A sound as it is added.
pub fn sound(file: &SoundFile) -> Result<(), StoreError> {
    let SoundFile { name: shown, kind, sound, added: _ } = file;
    name("a sound", shown)?;
    if sound.samples.is_empty() || sound.samples.len() > SOUND_SAMPLES_MAX {
        return beyond(format!(
            "a sound has 1–{SOUND_SAMPLES_MAX} samples (10 minutes), not {}",
            sound.samples.len()
        ));
    }
    match kind {
        SoundKind::Speech { text, .. } if !fits(text, SPEECH_CHARS_MAX) => {
            beyond(format!("the text of a sound has at most {SPEECH_CHARS_MAX} characters"))
        }
        SoundKind::Speech { voice, language, .. }
            if !fits(voice, TEXT_CHARS_MAX) || !fits(language, TEXT_CHARS_MAX) =>
        {
            beyond(format!("the names of a voice and its language have at most {TEXT_CHARS_MAX} characters"))
        }
        SoundKind::Speech { .. } | SoundKind::File => Ok(()),
    }
}

/// What is added to a recording that is `before` samples long.
pub fn recorded(before: usize, samples: &[i16]) -> Result<(), StoreError> {
    if samples.len() > APPEND_SAMPLES_MAX {
        beyond(format!("{} samples at once; {APPEND_SAMPLES_MAX} (10 s) are the most", samples.len()))
    } else if before.saturating_add(samples.len()) > RECORDING_SAMPLES_MAX {
        beyond(format!("a recording has at most {RECORDING_SAMPLES_MAX} samples (10 minutes)"))
    } else {
        Ok(())
    }
}

/// The answer where there is no room for another sound.
pub fn too_many_sounds() -> StoreError {
    StoreError::OutOfRange(format!("{SOUNDS_MAX} sounds are the most; remove one that nobody uses"))
}

/// The answer where somebody goes on with a recording that was finished.
pub fn finished(id: RecordingId) -> StoreError {
    StoreError::Conflict(format!("the recording {id} was finished"))
}

/// The answer where somebody adds to a recording that was not begun.
pub fn not_begun(id: RecordingId) -> StoreError {
    StoreError::Conflict(format!("the recording {id} was not begun"))
}

/// The contacts of one address book. Says the place of the first that is too large, never whose it is.
pub fn contacts(contacts: &[Contact]) -> Result<(), StoreError> {
    book_size(contacts.len())?;
    for (index, contact) in contacts.iter().enumerate() {
        if let Some(why) = too_large(contact) {
            return beyond(format!("contact {}: {why}", index + 1));
        }
    }
    Ok(())
}

/// How many contacts an address book has.
pub fn book_size(contacts: usize) -> Result<(), StoreError> {
    if contacts <= CONTACTS_MAX {
        Ok(())
    } else {
        beyond(format!("{contacts} contacts in one address book; {CONTACTS_MAX} are the most"))
    }
}

/// How many contacts or parties are asked for by their ids.
pub fn ids(ids: usize) -> Result<(), StoreError> {
    if ids <= IDS_MAX { Ok(()) } else { beyond(format!("{ids} at once; {IDS_MAX} are the most")) }
}

/// How large the image of a search index is.
pub fn image(bytes: usize) -> Result<(), StoreError> {
    if bytes <= IMAGE_BYTES_MAX {
        Ok(())
    } else {
        beyond(format!("an image of {bytes} bytes; {IMAGE_BYTES_MAX} are the most"))
    }
}

/// How many groups an attendant has.
pub fn groups(groups: usize) -> Result<(), StoreError> {
    if groups <= GROUPS_MAX { Ok(()) } else { beyond(format!("{GROUPS_MAX} groups are the most")) }
}

/// The answer where an attendant has another group of this name.
pub fn group_exists() -> StoreError {
    StoreError::Conflict("there is a group of this name".to_owned())
}

/// How many contacts a group has.
pub fn group_contacts(contacts: usize) -> Result<(), StoreError> {
    if contacts <= GROUP_CONTACTS_MAX {
        Ok(())
    } else {
        beyond(format!("{GROUP_CONTACTS_MAX} contacts in a group are the most"))
    }
}

/// What somebody writes into a note.
pub fn note(text: &str) -> Result<(), StoreError> {
    if fits(text, NOTE_CHARS_MAX) {
        Ok(())
    } else {
        beyond(format!("a note has at most {NOTE_CHARS_MAX} characters"))
    }
}

/// The answer where a note has no room for what somebody wrote without having seen it.
pub fn too_many_note_parts() -> StoreError {
    StoreError::OutOfRange(format!(
        "{NOTE_PARTS_MAX} attendants wrote this note without knowing of each other; read it and write it anew"
    ))
}

/// Who stands in for whom, and for how many others.
pub fn stand_in(contact: u64, stand_in: u64, others: usize) -> Result<(), StoreError> {
    if contact == stand_in {
        beyond("nobody stands in for herself".to_owned())
    } else if others >= STANDS_IN_FOR_MAX {
        beyond(format!("{STANDS_IN_FOR_MAX} are the most that somebody stands in for"))
    } else {
        Ok(())
    }
}

/// A number that is listed.
pub fn listed(entry: &ListedNumber) -> Result<(), StoreError> {
    name("a listed number", &entry.number)?;
    if fits(&entry.reason, TEXT_CHARS_MAX) {
        Ok(())
    } else {
        beyond(format!("a reason has at most {TEXT_CHARS_MAX} characters"))
    }
}

/// How many numbers are listed.
pub fn listed_count(listed: usize) -> Result<(), StoreError> {
    if listed <= LISTED_MAX { Ok(()) } else { beyond(format!("{LISTED_MAX} listed numbers are the most")) }
}

/// How many parties and contacts stand for one person.
pub fn subject(subject: &Subject) -> Result<(), StoreError> {
    if subject.parties.len().max(subject.contacts.len()) <= NAMED_MAX {
        Ok(())
    } else {
        beyond(format!("{NAMED_MAX} numbers or contacts of one person are the most"))
    }
}

/// A part of a number by which parties are looked for.
pub fn party_part(part: &str) -> Result<(), StoreError> {
    if part.len() >= PART_CHARS_MIN {
        Ok(())
    } else {
        beyond(format!("a part of a number has at least {PART_CHARS_MIN} characters"))
    }
}

/// The display name of a party as it is kept: trimmed, cut, and none where nothing is left.
pub fn display_name(name: Option<&str>) -> Option<String> {
    let kept: String = name?.trim().chars().take(TEXT_CHARS_MAX).collect();
    (!kept.is_empty()).then_some(kept)
}

/// Not more people than can be left out.
pub fn left_out(people: usize) -> Result<(), StoreError> {
    if people > LEFT_OUT_MAX {
        return beyond(format!("{people} people left out; {LEFT_OUT_MAX} are the most"));
    }
    Ok(())
}

/// Not more who report to one person than are read.
pub fn reports(told: &ReportingLine) -> Result<(), StoreError> {
    if told.reports.len() > REPORTS_MAX {
        return beyond(format!("{} people report to one; {REPORTS_MAX} are the most", told.reports.len()));
    }
    Ok(())
}

/// The reason of an order that was given up as it is kept.
pub fn reason(reason: &str) -> String {
    reason.chars().take(REASON_CHARS_MAX).collect()
}

fn too_large(contact: &Contact) -> Option<String> {
    let Contact {
        id: _,
        // Set by the store, and made to fit.
        book: _,
        key: _,
        display_name,
        first_name,
        last_name,
        company,
        department,
        title,
        city,
        email,
        endpoints,
        notes,
        internal: _,
        custom,
        manager,
        // Not kept.
        place: _,
    } = contact;
    if display_name.is_empty() {
        return Some("the display name is empty".to_owned());
    }
    let texts = [display_name, first_name, last_name, company, department, title, city, email, manager];
    let addresses = endpoints.iter().map(|endpoint| &endpoint.address);
    let fields = custom.iter().flat_map(|Custom { name, value }| [name, value]);
    if texts.into_iter().chain(addresses).chain(fields).any(|text| !fits(text, TEXT_CHARS_MAX)) {
        return Some(format!("a text is longer than {TEXT_CHARS_MAX} characters"));
    }
    if !fits(notes, NOTES_CHARS_MAX) {
        return Some(format!("the notes are longer than {NOTES_CHARS_MAX} characters"));
    }
    if endpoints.len() > ENDPOINTS_MAX {
        return Some(format!("{} numbers; {ENDPOINTS_MAX} are the most", endpoints.len()));
    }
    if custom.len() > CUSTOM_MAX {
        return Some(format!("{} fields of its own; {CUSTOM_MAX} are the most", custom.len()));
    }
    if custom.iter().any(|field| field.name.is_empty()) {
        return Some("a field of its own has no name".to_owned());
    }
    None
}

fn fits(text: &str, chars_max: usize) -> bool {
    text.len() <= chars_max || text.chars().count() <= chars_max
}

fn beyond(what: String) -> Result<(), StoreError> {
    Err(StoreError::OutOfRange(what))
}

#[cfg(test)]
mod tests {
    use super::{book_size, image};
    use crate::book::{CONTACTS_MAX, IMAGE_BYTES_MAX};

    /// Here, because a suite would have to build a million contacts to find out (DIR-1).
    #[test]
    fn an_address_book_has_a_million_contacts_and_no_more() {
        assert!(book_size(CONTACTS_MAX).is_ok());
        assert!(book_size(CONTACTS_MAX + 1).is_err());
        assert!(image(IMAGE_BYTES_MAX).is_ok() && image(IMAGE_BYTES_MAX + 1).is_err());
    }
}
