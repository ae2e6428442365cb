//! Telephone numbers as the numbering plan of a country writes them: E.164, and as people of that country read them. Knows the
//! country the telephone system stands in, and leaves the plans to libphonenumber's data. Does not dial, and does not change what
//! is stored: a number is written here to be compared and to be shown.

use std::fmt::Write;
use std::str::FromStr;

use contracts::Address;
use phonenumber::country::Id;
use phonenumber::{Mode, PhoneNumber};

/// The longest extension: numbers of the own organisation are 2–6 digits and do not begin with zero.
const EXTENSION_DIGITS_MAX: usize = 6;

/// How numbers are dialled where the telephone system stands. Without a home country only numbers with a country code are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbering {
    home: Option<Id>,
}

impl Numbering {
    /// That of a country by its two letters (ISO 3166); `None` where there is no such country.
    pub fn of(country: &str) -> Option<Numbering> {
        let home = Id::from_str(&country.to_ascii_uppercase()).ok()?;
        Some(Numbering { home: Some(home) })
    }

    /// The home country's two letters.
    pub fn home(&self) -> Option<&str> {
        self.home.as_ref().map(AsRef::as_ref)
    }

    /// The number with its country code, `+41445556677`; `None` for extensions, feature codes, names, and what no plan makes
    /// whole.
    pub fn e164(&self, address: &Address) -> Option<String> {
        let number = self.read(address)?;
        Some(format!("+{}{}", number.country().code(), number.national()))
    }

    /// As people at home read it: `044 555 66 77` of the own country, `+49 30 901820` of another; `None` for what is no such number.
    pub fn shown(&self, address: &Address) -> Option<String> {
        let number = self.read(address)?;
        let is_home = self.home.is_some() && number.country().id() == self.home;
        let mode = if is_home { Mode::National } else { Mode::International };
        let mut shown = String::new();
        // A country code that no plan knows cannot be written.
        write!(shown, "{}", number.format().mode(mode)).ok().map(|()| shown)
    }

    fn read(&self, address: &Address) -> Option<PhoneNumber> {
        let text = address.user();
        let digits = text.strip_prefix('+').unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let has_plus = digits.len() < text.len();
        if !has_plus && digits.len() <= EXTENSION_DIGITS_MAX && !digits.starts_with('0') {
            return None;
        }
        match (has_plus, digits.strip_prefix("00"), self.home) {
            (true, _, _) => phonenumber::parse(None, text).ok(),
            // Where nobody says what is dialled for abroad, it is what most of the world dials.
            (false, Some(rest), None) => phonenumber::parse(None, format!("+{rest}")).ok(),
            (false, None, None) => None,
            (false, _, Some(_)) => {
                // A number dialled within its area lacks what would make it one.
                let number = phonenumber::parse(self.home, text).ok()?;
                phonenumber::is_valid(&number).then_some(number)
            }
        }
    }
}

/// Reads the plans, which takes part of a second the first time; then the first caller need not wait for it.
pub fn prepare() {
    let known = Address::parse("+41445556677").expect("digits are an address");
    let _ = Numbering::default().e164(&known);
}

/// The countries there are numbering plans of, by their two letters.
pub fn countries() -> Vec<String> {
    let letters = || (b'A'..=b'Z').map(char::from);
    let all = letters().flat_map(|first| letters().map(move |second| format!("{first}{second}")));
    all.filter(|code| Numbering::of(code).is_some()).collect()
}

#[cfg(test)]
mod tests {
    use contracts::Address;
    use proptest::prelude::*;

    use super::{Numbering, countries};

    fn address(text: &str) -> Address {
        Address::parse(text).expect("an address")
    }

    fn home(country: &str) -> Numbering {
        Numbering::of(country).expect("a country")
    }

    #[test]
    fn a_number_is_made_whole_by_the_plan_of_the_home_country() {
        for (country, dialled, whole) in [
            ("CH", "044 555 66 77", Some("+41445556677")),
            ("CH", "+41 (0)44 555 66 77", Some("+41445556677")),
            ("CH", "0041445556677", Some("+41445556677")),
            ("CH", "41445556677", Some("+41445556677")),
            ("CH", "0049 30 901820", Some("+4930901820")),
            ("DE", "030 901820", Some("+4930901820")),
            ("US", "011 41 44 555 66 77", Some("+41445556677")),
            ("US", "(212) 555-0199", Some("+12125550199")),
            ("US", "1 212 555 0199", Some("+12125550199")),
            ("IT", "06 5550 1234", Some("+390655501234")),
            ("IT", "+39 06 5550 1234", Some("+390655501234")),
            ("CH", "4010", None),
            ("CH", "5556677", None),
            ("CH", "*97", None),
            ("CH", "anna@example.com", None),
            ("CH", "+999123456", None),
        ] {
            assert_eq!(home(country).e164(&address(dialled)).as_deref(), whole, "{dialled} in {country}");
        }
        let nowhere = Numbering::default();
        assert_eq!(nowhere.e164(&address("0041 44 555 66 77")).as_deref(), Some("+41445556677"));
        assert_eq!(nowhere.e164(&address("044 555 66 77")), None, "of which country?");
    }

    #[test]
    fn a_number_is_shown_as_people_at_home_read_it() {
        for (country, dialled, shown) in [
            ("CH", "+41445556677", Some("044 555 66 77")),
            ("DE", "+41445556677", Some("+41 44 555 66 77")),
            ("US", "2125550199", Some("(212) 555-0199")),
            ("CH", "4010", None),
            ("CH", "*97@pbx.example.com", None),
            ("CH", "+999123456", None),
        ] {
            assert_eq!(home(country).shown(&address(dialled)).as_deref(), shown, "{dialled} in {country}");
        }
    }

    #[test]
    fn there_are_plans_of_the_countries_of_the_world() {
        let countries = countries();
        assert!(countries.len() > 200, "{}", countries.len());
        assert!(["AT", "CH", "DE", "GB", "US"].iter().all(|code| countries.iter().any(|it| it == code)));
        assert_eq!(Numbering::of("ch"), Numbering::of("CH"));
        assert!(
            Numbering::of("XX").is_none()
                && Numbering::of("").is_none()
                && Numbering::of("Schweiz").is_none()
        );
    }

    proptest! {
        /// What callers dial is theirs: nothing of it may end the program, and what was made whole stays so.
        #[test]
        fn any_digits_are_read_without_a_panic_and_a_whole_number_reads_itself(
            text in r"\+?[0-9]{1,40}", country in 0..countries().len()
        ) {
            let numbering = home(&countries()[country]);
            let address = address(&text);
            let _ = numbering.shown(&address);
            if let Some(whole) = numbering.e164(&address) {
                let again = Address::parse(&whole).expect("digits are an address");
                prop_assert_eq!(numbering.e164(&again), Some(whole));
            }
        }
    }
}
