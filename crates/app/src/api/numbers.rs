//! Requests about numbers: the home country, how the telephone system is dialled, and the list of blocked numbers and spam. Does not turn callers away: that is
//! `reports`.

use contracts::Address;
use contracts::numbers::{Listed, ListedNumber, Listing};
use directory::{Dialling, Numbering};
use identity::{Authorized, Identity, right};

use super::wire::numbers::{DiallingForm, ListedForm, ListedView, NumbersView};
use super::wire::{ApiError, Request, Response, SavedView, UiEvent};
use super::{id, misplaced};
use crate::app::App;
use crate::seat::name_of;

/// Digits a beginning has at least: fewer would turn away whole countries by a slip of the finger.
const PREFIX_CHARS_MIN: usize = 4;

impl App {
    pub(super) async fn handle_numbers_seen(
        &self,
        _: Authorized<right::SeePeople>,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::GetNumbers {} => Ok(Response::Numbers(self.numbers_view())),
            other => Err(misplaced(&other)),
        }
    }

    pub(super) async fn handle_listing(
        &self,
        _: Authorized<right::ListNumbers>,
        who: &Identity,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::ListNumber { form } => self.list_number(who, form).await,
            Request::UnlistNumber { listed } => {
                if !self.numbers.unlist(id("listed number", &listed)?).await? {
                    return Err(ApiError::new("setting.unknown", "This number is not listed any more."));
                }
                self.numbers_changed();
                Ok(Response::Done)
            }
            other => Err(misplaced(&other)),
        }
    }

    pub(super) async fn handle_home_country(
        &self,
        _: Authorized<right::ChangeConnection>,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::SetHomeCountry { country } => {
                let numbering = Numbering::of(&country).ok_or_else(|| {
                    let unknown = format!("'{country}' is not a country that has a numbering plan.");
                    ApiError::new("setting.out-of-range", unknown).at("country")
                })?;
                self.numbers.set_home(numbering).await?;
                self.people.look_again().await?;
                self.numbers_changed();
                Ok(Response::Done)
            }
            Request::SetDialling { form } => {
                let dialling = Dialling::from(form)
                    .checked()
                    .map_err(|wrong| ApiError::new("setting.out-of-range", wrong.why).at(wrong.field))?;
                self.numbers.set_dialling(dialling).await?;
                self.people.look_again().await?;
                self.numbers_changed();
                Ok(Response::Done)
            }
            other => Err(misplaced(&other)),
        }
    }

    async fn list_number(&self, who: &Identity, form: ListedForm) -> Result<Response, ApiError> {
        let ListedForm { kind, number, prefix, reason } = form;
        let address = Address::parse(&number).map_err(|why| {
            ApiError::new("address.invalid", format!("This is no number: {why}.")).at("number")
        })?;
        let reading = self.numbers.reading();
        // The beginning of a number is none yet: no plan can make it whole.
        let number = if prefix { beginning(address.user()) } else { reading.written(&address) };
        if prefix && number.len() < PREFIX_CHARS_MIN {
            let short = format!("The beginning of numbers has at least {PREFIX_CHARS_MIN} digits.");
            return Err(ApiError::new("setting.out-of-range", short).at("number"));
        }
        let reason = reason.trim().to_owned();
        let (by, at) = (who.attendant(), self.sources.now());
        let entry = ListedNumber { listing: kind.into(), number, prefix, reason, by, at };
        let id = self.numbers.list(entry).await?;
        self.numbers_changed();
        Ok(Response::Saved(SavedView { id: id.to_string() }))
    }

    fn numbers_view(&self) -> NumbersView {
        let reading = self.numbers.reading();
        NumbersView {
            home: reading.numbering.home().map(str::to_owned),
            countries: directory::countries(),
            dialling: reading.numbering.dialling().clone().into(),
            listed: reading.listed.iter().map(|listed| self.listed_view(listed)).collect(),
        }
    }

    /// One that is listed, as it is shown.
    pub(super) fn listed_view(&self, listed: &Listed) -> ListedView {
        let Listed { id, entry: ListedNumber { listing, number, prefix, reason, by, at }, calls, last } =
            listed;
        let reading = self.numbers.reading();
        let shown =
            Address::parse(number).ok().filter(|_| !prefix).and_then(|address| reading.shown(&address));
        ListedView {
            id: id.to_string(),
            kind: (*listing).into(),
            number: shown.unwrap_or_else(|| number.clone()),
            prefix: *prefix,
            reason: reason.clone(),
            by: name_of(&self.seat.names(), *by),
            at: at.0,
            calls: *calls,
            last: last.map(|last| last.0),
        }
    }

    fn numbers_changed(&self) {
        self.tell(UiEvent::NumbersChanged);
        // Callers who wait are marked, or no longer.
        self.desk.show();
    }
}

/// With `+` where somebody wrote the country code as it is dialled.
fn beginning(text: &str) -> String {
    match text.strip_prefix("00") {
        Some(rest) => format!("+{rest}"),
        None => text.to_lowercase(),
    }
}

impl From<Dialling> for DiallingForm {
    fn from(dialling: Dialling) -> DiallingForm {
        let Dialling { outside, comes_with_outside, extension_min, extension_max, block } = dialling;
        DiallingForm { outside, comes_with_outside, extension_min, extension_max, block }
    }
}

impl From<DiallingForm> for Dialling {
    fn from(form: DiallingForm) -> Dialling {
        let DiallingForm { outside, comes_with_outside, extension_min, extension_max, block } = form;
        Dialling { outside, comes_with_outside, extension_min, extension_max, block }
    }
}

impl From<Listing> for super::wire::numbers::ListingName {
    fn from(listing: Listing) -> Self {
        match listing {
            Listing::Blocked => Self::Blocked,
            Listing::Spam => Self::Spam,
        }
    }
}

impl From<super::wire::numbers::ListingName> for Listing {
    fn from(name: super::wire::numbers::ListingName) -> Listing {
        match name {
            super::wire::numbers::ListingName::Blocked => Listing::Blocked,
            super::wire::numbers::ListingName::Spam => Listing::Spam,
        }
    }
}
