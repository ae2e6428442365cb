//! How numbers are read and dialled here, and which of them nobody wants to hear from: the home country, how the telephone system
//! is dialled, and the list of blocked numbers and
//! spam, in memory, so that a caller is looked up without asking a store. Does not turn anybody away: that is `reports`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use contracts::Address;
use contracts::journal::StoreError;
use contracts::numbers::{Listed, ListedId, ListedNumber, NumberList};
use contracts::settings::SettingsStore;
use directory::{Dialling, Numbering};
use engine::Timestamp;

/// Setting: the country the telephone system stands in, by its two letters.
const HOME_COUNTRY: &str = "home_country";
/// Setting: how the telephone system is dialled.
const DIALLING: &str = "dialling";

/// Numbers kept as they were read: a desk of 10,000 calls; beyond it they are read anew.
const READ_MAX: usize = 10_000;

/// The numbers of this organisation.
pub struct Numbers {
    settings: Arc<dyn SettingsStore>,
    list: Arc<dyn NumberList>,
    now: RwLock<Arc<Reading>>,
}

/// How numbers are read at one moment.
#[derive(Debug, Default)]
pub struct Reading {
    /// The home country's plan.
    pub numbering: Numbering,
    /// All that is listed, the newest first.
    pub listed: Vec<Listed>,
    /// Places in `listed` by number.
    whole: HashMap<String, usize>,
    read: Arc<Read>,
}

/// Numbers that were read by the plan. A desk shows the same callers over and over, and a plan takes its time.
type Read = Mutex<HashMap<Address, AsRead>>;

/// One number, read.
#[derive(Clone, Debug)]
struct AsRead {
    written: String,
    shown: Option<String>,
}

impl Reading {
    fn new(numbering: Numbering, listed: Vec<Listed>, read: Arc<Read>) -> Reading {
        let whole = (0..).zip(&listed).filter(|(_, listed)| !listed.entry.prefix);
        let whole = whole.map(|(place, listed)| (listed.entry.number.clone(), place)).collect();
        Reading { numbering, listed, whole, read }
    }

    /// A number as it is listed and looked up: with its country code where it has one, else as it is dialled.
    pub fn written(&self, address: &Address) -> String {
        self.read(address).written
    }

    /// As people at home read it; see [`Numbering::shown`].
    pub fn shown(&self, address: &Address) -> Option<String> {
        self.read(address).shown
    }

    fn read(&self, address: &Address) -> AsRead {
        let known = || self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(read) = known().get(address) {
            return read.clone();
        }
        let written = self.numbering.e164(address).unwrap_or_else(|| address.user().to_lowercase());
        let read = AsRead { written, shown: self.numbering.shown(address) };
        let mut known = known();
        if known.len() >= READ_MAX {
            known.clear();
        }
        known.insert(address.clone(), read.clone());
        read
    }

    /// What is listed of this number: itself, else its longest beginning.
    pub fn listing(&self, address: &Address) -> Option<&Listed> {
        let written = self.written(address);
        let whole = self.whole.get(&written).map(|place| &self.listed[*place]);
        let begins = |listed: &&Listed| listed.entry.prefix && written.starts_with(&listed.entry.number);
        let longest = || self.listed.iter().filter(begins).max_by_key(|listed| listed.entry.number.len());
        whole.or_else(longest)
    }
}

impl Numbers {
    /// As they were kept. While nobody chose a home country, it is the one this computer is set to, where that is known.
    pub async fn open(
        settings: Arc<dyn SettingsStore>,
        list: Arc<dyn NumberList>,
        country: Option<&str>,
    ) -> Result<Numbers, StoreError> {
        // Not waited for: whoever needs them first, waits.
        tokio::task::spawn_blocking(directory::prepare);
        let chosen = settings.get(HOME_COUNTRY).await?;
        let chosen = chosen.and_then(|json| serde_json::from_str::<String>(&json).ok());
        let home = chosen.as_deref().or(country).and_then(Numbering::of).unwrap_or_default();
        let dialling = settings.get(DIALLING).await?;
        let dialling = dialling.and_then(|json| serde_json::from_str::<Dialling>(&json).ok());
        let home = home.dialled(dialling.unwrap_or_default());
        let reading = Reading::new(home, list.listed().await?, Arc::default());
        Ok(Numbers { settings, list, now: RwLock::new(Arc::new(reading)) })
    }

    /// How they are read at this moment.
    pub fn reading(&self) -> Arc<Reading> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Chooses the home country, from the next caller on. Whoever asks has checked that there is such a country.
    pub async fn set_home(&self, numbering: Numbering) -> Result<(), StoreError> {
        let json = serde_json::Value::from(numbering.home().unwrap_or_default()).to_string();
        self.settings.put(HOME_COUNTRY, &json).await?;
        let dialling = self.reading().numbering.dialling().clone();
        self.read_again(numbering.dialled(dialling)).await
    }

    /// Says how the telephone system is dialled, from the next call on. Whoever asks has checked it.
    pub async fn set_dialling(&self, dialling: Dialling) -> Result<(), StoreError> {
        let json =
            serde_json::to_string(&dialling).map_err(|error| StoreError::OutOfRange(error.to_string()))?;
        self.settings.put(DIALLING, &json).await?;
        self.read_again(self.reading().numbering.clone().dialled(dialling)).await
    }

    /// Lists a number.
    pub async fn list(&self, entry: ListedNumber) -> Result<ListedId, StoreError> {
        let id = self.list.list(entry).await?;
        self.read_again(self.reading().numbering.clone()).await?;
        Ok(id)
    }

    /// Takes a number off the list.
    pub async fn unlist(&self, id: ListedId) -> Result<bool, StoreError> {
        let was_there = self.list.unlist(id).await?;
        self.read_again(self.reading().numbering.clone()).await?;
        Ok(was_there)
    }

    /// Counts a call of a listed number.
    pub async fn count_call(&self, id: ListedId, at: Timestamp) -> Result<(), StoreError> {
        self.list.count_call(id, at).await?;
        self.read_again(self.reading().numbering.clone()).await
    }

    async fn read_again(&self, numbering: Numbering) -> Result<(), StoreError> {
        let before = self.reading();
        // What was read by another plan is read anew.
        let read = if before.numbering == numbering { before.read.clone() } else { Arc::default() };
        let reading = Reading::new(numbering, self.list.listed().await?, read);
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(reading);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use contracts::Address;
    use contracts::numbers::{Listed, ListedId, ListedNumber, Listing};
    use directory::Numbering;
    use engine::{AttendantId, Timestamp};

    use super::Reading;

    #[test]
    fn a_number_is_found_on_the_list_however_it_is_dialled() {
        let listed = |id: u64, number: &str, prefix: bool| Listed {
            id: ListedId(id),
            entry: ListedNumber {
                listing: Listing::Blocked,
                number: number.to_owned(),
                prefix,
                reason: String::new(),
                by: AttendantId(1),
                at: Timestamp(1),
            },
            calls: 0,
            last: None,
        };
        let list = vec![
            listed(1, "+41445556677", false),
            listed(2, "+4144", true),
            listed(3, "+41445550", true),
            listed(4, "robot", false),
            listed(5, "4010", false),
        ];
        let reading = Reading::new(Numbering::of("CH").expect("a country"), list, Arc::default());
        for (dialled, found) in [
            ("044 555 66 77", Some(1)),
            ("+41445556677@trunk.example.net", Some(1)),
            ("+41445556678", Some(2)),
            ("0445550123", Some(3)),
            ("Robot@example.com", Some(4)),
            ("4010", Some(5)),
            ("40100", None),
            ("+49445556677", None),
        ] {
            let address = Address::parse(dialled).expect("an address");
            assert_eq!(reading.listing(&address).map(|listed| listed.id.0), found, "{dialled}");
        }
    }
}
