//! Telephone numbers as the numbering plan of a country writes them: E.164, and as people of that country read them. Knows the
//! country the telephone system stands in and how it is dialled, and leaves the plans to libphonenumber's data. Does not change what
//! is stored: a number is written here to be compared, to be shown and to be dialled.

use std::fmt::Write;
use std::str::FromStr;

use contracts::Address;
use phonenumber::country::Id;
use phonenumber::metadata::DATABASE;
use phonenumber::{Mode, PhoneNumber};

use crate::dialling::Dialling;

/// What is dialled for abroad in most of the world.
const ABROAD: &str = "00";

/// How numbers are dialled where the telephone system stands. Without a home country only numbers with a country code are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbering {
    home: Option<Id>,
    dialling: Dialling,
}

impl Numbering {
    /// That of a country by its two letters (ISO 3166); `None` where there is no such country.
    pub fn of(country: &str) -> Option<Numbering> {
        let home = Id::from_str(&country.to_ascii_uppercase()).ok()?;
        Some(Numbering { home: Some(home), dialling: Dialling::default() })
    }

    /// The same country, dialled so at the telephone system.
    pub fn dialled(self, dialling: Dialling) -> Numbering {
        Numbering { dialling, ..self }
    }

    /// How the telephone system is dialled.
    pub fn dialling(&self) -> &Dialling {
        &self.dialling
    }

    /// The home country's two letters.
    pub fn home(&self) -> Option<&str> {
        self.home.as_ref().map(AsRef::as_ref)
    }

    /// The number with its country code, `+41445556677`; `None` for feature codes, names, what no plan makes whole, and for
    /// extensions where the block they are in is not known.
    pub fn e164(&self, address: &Address) -> Option<String> {
        if self.dialling.is_extension(address.user()) {
            return self.dialling.whole(address.user());
        }
        self.read(address).as_ref().map(whole)
    }

    /// The same line as it is written elsewhere: an extension with its block, and a number of the block as an extension.
    pub fn elsewhere(&self, address: &Address) -> Vec<Address> {
        if self.dialling.block.is_empty() {
            return Vec::new();
        }
        let Some(whole) = self.e164(address) else { return Vec::new() };
        let extension = self.dialling.extension(&whole).map(str::to_owned);
        let written = [Some(whole).filter(|_| extension.is_some()), extension];
        let written = written.into_iter().flatten().filter(|text| text != address.user());
        written.filter_map(|text| Address::parse(&text).ok()).collect()
    }

    /// What the telephone system must be given to reach this number; `None`: as it stands. An extension of this site is dialled
    /// short, any other number after what is dialled for an outside line. What no plan makes whole is not touched: emergency
    /// numbers, feature codes, SIP addresses, and what somebody typed with the outside line already.
    pub fn to_dial(&self, address: &Address) -> Option<Address> {
        let Dialling { outside, .. } = &self.dialling;
        if address.host().is_some() || self.dialling.is_extension(address.user()) {
            return None;
        }
        let number = self.read(address)?;
        let whole = whole(&number);
        if let Some(extension) = self.dialling.extension(&whole) {
            return Address::parse(extension).ok();
        }
        if outside.is_empty() {
            return None;
        }
        let home = self.home().and_then(|home| DATABASE.by_id(home));
        let dialled = match home {
            Some(home) if home.country_code() == number.country().code() => {
                format!("{}{}", home.national_prefix().unwrap_or_default(), number.national())
            }
            Some(_) | None => format!("{}{}", self.abroad(), whole.trim_start_matches('+')),
        };
        Address::parse(&format!("{outside}{dialled}")).ok()
    }

    /// The number of a caller without what the telephone system put before it; `None`: nothing was.
    pub fn arrived(&self, address: &Address) -> Option<Address> {
        let rest = self.dialling.without_outside(address.user())?;
        let host = address.host().map(|host| format!("@{host}")).unwrap_or_default();
        Address::parse(&format!("{rest}{host}")).ok()
    }

    /// What is dialled for abroad at home.
    fn abroad(&self) -> String {
        let home = self.home().and_then(|home| DATABASE.by_id(home));
        // Where several are possible, the plan has a pattern and one that is preferred.
        let pattern = home.and_then(|home| home.international_prefix()).map(|prefix| prefix.as_str());
        let preferred = home.and_then(|home| home.preferred_international_prefix());
        let is_digits = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        [pattern, preferred].into_iter().flatten().find(is_digits).unwrap_or(ABROAD).to_owned()
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
        if !has_plus && self.dialling.is_extension(digits) {
            return None;
        }
        match (has_plus, digits.strip_prefix("00"), self.home) {
            (true, _, _) => with_code(text),
            // Where nobody says what is dialled for abroad, it is what most of the world dials.
            (false, Some(rest), None) => with_code(&format!("+{rest}")),
            (false, None, None) => None,
            (false, _, Some(_)) => {
                // A number dialled within its area lacks what would make it one.
                let number = phonenumber::parse(self.home, text).ok()?;
                phonenumber::is_valid(&number).then_some(number)
            }
        }
    }
}

/// A number that begins with `+`. What a plan takes from its front can be nearly all there is: `+60 0 0001` leaves one digit, and that
/// is no number.
fn with_code(text: &str) -> Option<PhoneNumber> {
    let number = phonenumber::parse(None, text).ok()?;
    let whole = whole(&number);
    let reads_itself = || phonenumber::parse(None, &whole).is_ok_and(|again| self::whole(&again) == whole);
    (whole == text || reads_itself()).then_some(number)
}

fn whole(number: &PhoneNumber) -> String {
    format!("+{}{}", number.country().code(), number.national())
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
    use crate::dialling::Dialling;

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
            ("CH", "+600001", None),
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
            ("CH", "+600001", None),
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

    /// Country, what is dialled for an outside line, the digits of extensions, the block.
    const SITES: [(&str, &str, u8, u8, &str); 5] = [
        ("DE", "0", 2, 4, "+4930901820"),
        ("CH", "0", 4, 4, "+4144555"),
        ("GB", "9", 4, 4, "+44207946"),
        ("US", "9", 3, 3, "+12125550"),
        ("FR", "0", 4, 4, "+3314268"),
    ];

    fn site(country: &str) -> Numbering {
        let (_, outside, extension_min, extension_max, block) =
            SITES.into_iter().find(|(of, ..)| *of == country).expect("a site");
        let dialling = Dialling {
            outside: outside.to_owned(),
            comes_with_outside: true,
            extension_min,
            extension_max,
            block: block.to_owned(),
        };
        home(country).dialled(dialling.checked().expect("it is within its range"))
    }

    #[test]
    fn a_number_is_dialled_as_the_telephone_system_of_the_site_wants_it() {
        for (country, written, dialled) in [
            ("DE", "+49 30 901820 12", "12"),
            ("DE", "030 901820 1234", "1234"),
            ("DE", "+49 171 1234567", "001711234567"),
            ("DE", "+41 44 555 66 77", "00041445556677"),
            ("DE", "110", "110"),
            ("CH", "044 555 66 77", "6677"),
            ("CH", "079 555 66 77", "00795556677"),
            ("CH", "+49 30 901820", "0004930901820"),
            ("CH", "4010", "4010"),
            ("CH", "117", "117"),
            ("CH", "*97", "*97"),
            ("CH", "anna@example.com", "anna@example.com"),
            ("GB", "020 7946 0123", "0123"),
            ("GB", "+44 161 496 0123", "901614960123"),
            ("GB", "+33 1 42 68 53 00", "90033142685300"),
            ("GB", "999", "999"),
            ("US", "(212) 555-0199", "199"),
            ("US", "+1 415 555 2671", "914155552671"),
            ("US", "+1 604 555 2671", "916045552671"),
            ("US", "+41 44 555 66 77", "901141445556677"),
            ("US", "911", "911"),
            ("FR", "01 42 68 53 00", "5300"),
            ("FR", "06 12 34 56 78", "00612345678"),
            ("FR", "+41 44 555 66 77", "00041445556677"),
            ("FR", "112", "112"),
        ] {
            let address = address(written);
            let numbering = site(country);
            let given = numbering.to_dial(&address).unwrap_or_else(|| address.clone());
            assert_eq!(given.as_str(), dialled, "{written} in {country}");
            let again = numbering.to_dial(&given).unwrap_or_else(|| given.clone());
            if numbering.dialling().is_extension(given.user()) {
                assert_eq!(again, given, "an extension stays one");
            }
        }
        let plain = home("CH");
        assert_eq!(plain.to_dial(&address("044 555 66 77")), None, "where nothing is set nothing is changed");
    }

    #[test]
    fn a_caller_is_known_whatever_the_telephone_system_puts_before_her_number() {
        for (country, comes, number) in [
            ("DE", "001711234567", "+491711234567"),
            ("DE", "00041445556677", "+41445556677"),
            ("DE", "+491711234567", "+491711234567"),
            ("DE", "1234", "+49309018201234"),
            ("CH", "00795556677", "+41795556677"),
            ("CH", "0004930901820", "+4930901820"),
            ("CH", "6677", "+41445556677"),
            ("GB", "901614960123", "+441614960123"),
            ("GB", "90033142685300", "+33142685300"),
            ("GB", "0123", "+442079460123"),
            ("US", "914155552671", "+14155552671"),
            ("US", "901141445556677", "+41445556677"),
            ("US", "199", "+12125550199"),
            ("FR", "00612345678", "+33612345678"),
            ("FR", "5300", "+33142685300"),
        ] {
            let numbering = site(country);
            let comes_so = address(comes);
            let caller = numbering.arrived(&comes_so).unwrap_or(comes_so);
            assert_eq!(numbering.e164(&caller).as_deref(), Some(number), "{comes} in {country}");
        }
        let with_host = site("CH").arrived(&address("00795556677@pbx.example.com"));
        assert_eq!(with_host.as_ref().map(Address::as_str), Some("0795556677@pbx.example.com"));
    }

    #[test]
    fn a_line_of_the_site_is_found_by_its_number_and_by_its_extension() {
        let elsewhere = |country, text| -> Vec<String> {
            site(country).elsewhere(&address(text)).iter().map(Address::to_string).collect()
        };
        for (country, number, extension) in [
            ("DE", "+49309018201234", "1234"),
            ("CH", "+41445556677", "6677"),
            ("GB", "+442079460123", "0123"),
            ("US", "+12125550199", "199"),
            ("FR", "+33142685300", "5300"),
        ] {
            assert_eq!(elsewhere(country, number), [extension]);
            assert_eq!(elsewhere(country, extension), [number]);
        }
        assert_eq!(elsewhere("CH", "044 555 66 77"), ["+41445556677", "6677"]);
        assert!(elsewhere("CH", "+41795556677").is_empty(), "a line outside is written in one way");
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
            for (of, ..) in SITES {
                let site = site(of);
                let _ = (site.to_dial(&address), site.arrived(&address), site.elsewhere(&address));
            }
            if let Some(whole) = numbering.e164(&address) {
                let again = Address::parse(&whole).expect("digits are an address");
                prop_assert_eq!(numbering.e164(&again), Some(whole));
            }
        }
    }
}
