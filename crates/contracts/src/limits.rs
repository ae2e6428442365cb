//! The limits of the contracts, checked in one place so that every implementation refuses the same things in the same
//! words. Does not touch what is within them.

use crate::book::{CONTACTS_MAX, Contact, ENDPOINTS_MAX, NOTES_CHARS_MAX, TEXT_CHARS_MAX};
use crate::journal::{ENTRIES_MAX, Entry, StoreError};
use crate::settings::{SETTING_BYTES_MAX, SETTING_KEY_BYTES_MAX};
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

/// The name of a lease's holder or of an address book.
pub fn name(what: &str, name: &str) -> Result<(), StoreError> {
    if !name.is_empty() && fits(name, TEXT_CHARS_MAX) {
        Ok(())
    } else {
        beyond(format!("the name of {what} has 1–{TEXT_CHARS_MAX} characters"))
    }
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

/// The contacts of one address book. Says the place of the first that is too large, never whose it is.
pub fn contacts(contacts: &[Contact]) -> Result<(), StoreError> {
    if contacts.len() > CONTACTS_MAX {
        return beyond(format!(
            "{} contacts in one address book; {CONTACTS_MAX} are the most",
            contacts.len()
        ));
    }
    for (index, contact) in contacts.iter().enumerate() {
        if let Some(why) = too_large(contact) {
            return beyond(format!("contact {}: {why}", index + 1));
        }
    }
    Ok(())
}

/// The display name of a party as it is kept: trimmed, cut, and none where nothing is left.
pub fn display_name(name: Option<&str>) -> Option<String> {
    let kept: String = name?.trim().chars().take(TEXT_CHARS_MAX).collect();
    (!kept.is_empty()).then_some(kept)
}

/// The reason of an order that was given up as it is kept.
pub fn reason(reason: &str) -> String {
    reason.chars().take(REASON_CHARS_MAX).collect()
}

fn too_large(contact: &Contact) -> Option<String> {
    let Contact {
        id: _,
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
    } = contact;
    if display_name.is_empty() {
        return Some("the display name is empty".to_owned());
    }
    let texts = [display_name, first_name, last_name, company, department, title, city, email];
    let addresses = endpoints.iter().map(|endpoint| &endpoint.address);
    if texts.into_iter().chain(addresses).any(|text| !fits(text, TEXT_CHARS_MAX)) {
        return Some(format!("a text is longer than {TEXT_CHARS_MAX} characters"));
    }
    if !fits(notes, NOTES_CHARS_MAX) {
        return Some(format!("the notes are longer than {NOTES_CHARS_MAX} characters"));
    }
    if endpoints.len() > ENDPOINTS_MAX {
        return Some(format!("{} numbers; {ENDPOINTS_MAX} are the most", endpoints.len()));
    }
    None
}

fn fits(text: &str, chars_max: usize) -> bool {
    text.len() <= chars_max || text.chars().count() <= chars_max
}

fn beyond(what: String) -> Result<(), StoreError> {
    Err(StoreError::OutOfRange(what))
}
