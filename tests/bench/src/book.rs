//! An address book of any size that is the same on every system: names and cities as often as they are in the lists of
//! `tests/bench/data`, companies with their own blocks of numbers and their own domains. Does not know what is searched.
//!
//! Tests of other packages include this file.

use contracts::book::{Contact, Custom, Endpoint, EndpointKind};
use std::io::Read;

const LAST: &[u8] = include_bytes!("../data/last-names.tsv.gz");
const FIRST: &str = include_str!("../data/first-names.tsv");
const EUROPEAN_LAST: &str = include_str!("../data/european-last-names.tsv");
const EUROPEAN_FIRST: &str = include_str!("../data/european-first-names.tsv");
const CITIES: &str = include_str!("../data/cities.tsv");

const DEPARTMENTS: [&str; 24] = [
    "Accounting",
    "Administration",
    "Buchhaltung",
    "Customer Service",
    "Direktion",
    "Einkauf",
    "Engineering",
    "Export",
    "Facility Management",
    "Finance",
    "Geschäftsleitung",
    "Human Resources",
    "Informatik",
    "IT Support",
    "Kundendienst",
    "Legal",
    "Logistics",
    "Marketing",
    "Personal",
    "Production",
    "Qualitätssicherung",
    "Research",
    "Sales",
    "Verkauf",
];
const TITLES: [&str; 20] = [
    "Abteilungsleiterin",
    "Account Manager",
    "Analyst",
    "Assistant",
    "Buyer",
    "Controller",
    "Director",
    "Engineer",
    "Geschäftsführer",
    "Head of Sales",
    "Lawyer",
    "Leiter Einkauf",
    "Office Manager",
    "Partner",
    "Projektleiter",
    "Receptionist",
    "Sachbearbeiterin",
    "Software Engineer",
    "Technician",
    "Vice President",
];
const SKILLS: [&str; 8] =
    ["Contracts", "Deutsch", "English", "Español", "Français", "Italiano", "Payroll", "Procurement"];
const TRADES: [&str; 16] = [
    "Bau",
    "Consulting",
    "Elektro",
    "Engineering",
    "Foods",
    "Garage",
    "Holding",
    "Immobilien",
    "Logistik",
    "Maschinen",
    "Media",
    "Pharma",
    "Software",
    "Steuerberatung",
    "Transport",
    "Versicherungen",
];
const FORMS: [&str; 6] = ["AG", "GmbH", "Inc", "LLC", "SA", "Sàrl"];
/// Area codes behind the country code, with the digits that follow.
const SWISS: [&str; 6] = ["44", "31", "61", "22", "21", "71"];
const GERMAN: [&str; 5] = ["30", "89", "40", "69", "221"];
const AMERICAN: [&str; 6] = ["212", "415", "312", "617", "206", "404"];
const FRENCH: [&str; 4] = ["1", "4", "5", "3"];

/// Contacts to a company, on average.
const STAFF: u64 = 25;
/// Of a hundred contacts, how many have a European name.
const EUROPEAN_PERCENT: u64 = 35;

/// Where contacts come from.
pub struct Book {
    last: Weighted,
    first: Weighted,
    european_last: Weighted,
    european_first: Weighted,
    cities: Weighted,
    countries: Vec<String>,
    companies: u64,
}

impl Book {
    /// Of about so many contacts: there are as many companies as they need.
    pub fn new(contacts: u64) -> Book {
        let mut last = String::new();
        flate2::read::GzDecoder::new(LAST).read_to_string(&mut last).expect("the list is in the tree");
        Book {
            last: Weighted::new(&last),
            first: Weighted::new(FIRST),
            european_last: Weighted::new(EUROPEAN_LAST),
            european_first: Weighted::new(EUROPEAN_FIRST),
            cities: Weighted::new(CITIES),
            countries: CITIES.lines().filter_map(|line| Some(line.split('\t').nth(2)?.to_owned())).collect(),
            companies: contacts.div_ceil(STAFF),
        }
    }

    /// The contact of this number, from 1 on, which is also its id.
    pub fn contact(&self, id: u64) -> Contact {
        let mut dice = Dice::new(id);
        let (first, last) = self.name(&mut dice);
        let company = self.company(dice.below(self.companies));
        let city =
            if dice.percent(70) { company.city.clone() } else { self.cities.draw(&mut dice).to_owned() };
        let extension = dice.below(10_000);
        let mut endpoints = vec![endpoint(EndpointKind::Work, format!("{}{extension:04}", company.block))];
        if dice.percent(50) {
            let line = 1_000_000 + dice.below(9_000_000);
            endpoints.push(endpoint(EndpointKind::Mobile, format!("{}{line}", company.mobile)));
        }
        if dice.percent(10) {
            endpoints.push(endpoint(EndpointKind::Work, format!("{}", 1000 + dice.below(90_000))));
        }
        let mut custom = Vec::new();
        if dice.percent(30) {
            custom.push(field("Skills", dice.one_of(&SKILLS).to_owned()));
        }
        if dice.percent(20) {
            custom.push(field(
                "Office",
                format!("{} {}", dice.one_of(&["Nord", "Süd", "Tower"]), dice.below(400)),
            ));
        }
        Contact {
            id,
            book: "generated".to_owned(),
            key: id.to_string(),
            display_name: if dice.percent(90) {
                format!("{first} {last}")
            } else {
                format!("{last}, {first}")
            },
            email: format!("{}.{}@{}", ascii(&first), ascii(&last), company.domain),
            company: company.name,
            department: dice.one_of(&DEPARTMENTS).to_owned(),
            title: dice.one_of(&TITLES).to_owned(),
            city,
            first_name: first,
            last_name: last,
            endpoints,
            notes: String::new(),
            internal: false,
            custom,
            ..Contact::default()
        }
    }

    fn name(&self, dice: &mut Dice) -> (String, String) {
        if dice.percent(EUROPEAN_PERCENT) {
            let first = if dice.percent(70) { &self.european_first } else { &self.first };
            let last = if dice.percent(80) { &self.european_last } else { &self.last };
            (first.draw(dice).to_owned(), last.draw(dice).to_owned())
        } else {
            (self.first.draw(dice).to_owned(), self.last.draw(dice).to_owned())
        }
    }

    fn company(&self, number: u64) -> Company {
        let mut dice = Dice::new(number ^ 0xc0_ffee_0000);
        let owner =
            if dice.percent(EUROPEAN_PERCENT) { &self.european_last } else { &self.last }.draw(&mut dice);
        let trade = dice.one_of(&TRADES);
        let name = format!("{owner} {trade} {}", dice.one_of(&FORMS));
        let city = self.cities.place(&mut dice);
        let (country, areas, mobile): (&str, &[&str], &str) = match self.countries[city].as_str() {
            "CH" => ("+41", &SWISS, "+4179"),
            "DE" | "AT" => ("+49", &GERMAN, "+49171"),
            "FR" | "IT" => ("+33", &FRENCH, "+3361"),
            _ => ("+1", &AMERICAN, "+1917"),
        };
        let block = format!("{country}{}{}", dice.one_of(areas), 100 + dice.below(900));
        let domain = format!("{}-{}.example", ascii(owner), trade.to_lowercase());
        Company { name, city: self.cities.names[city].clone(), block, mobile: mobile.to_owned(), domain }
    }
}

struct Company {
    name: String,
    city: String,
    block: String,
    mobile: String,
    domain: String,
}

fn endpoint(kind: EndpointKind, address: String) -> Endpoint {
    Endpoint { kind, address }
}

fn field(name: &str, value: String) -> Custom {
    Custom { name: name.to_owned(), value }
}

/// As e-mail addresses write a name.
fn ascii(name: &str) -> String {
    let spelled =
        name.to_lowercase().replace('ä', "ae").replace('ö', "oe").replace('ü', "ue").replace('ß', "ss");
    let plain: String = spelled
        .chars()
        .map(|c| match c {
            'à' | 'â' | 'á' => 'a',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'î' | 'ï' | 'í' => 'i',
            'ô' | 'ø' => 'o',
            'ç' => 'c',
            c => c,
        })
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect();
    if plain.is_empty() { "kontakt".to_owned() } else { plain }
}

/// A list in which each name is drawn as often as it weighs.
struct Weighted {
    names: Vec<String>,
    ends: Vec<u64>,
}

impl Weighted {
    fn new(list: &str) -> Weighted {
        let mut weighted = Weighted { names: Vec::new(), ends: Vec::new() };
        let mut end = 0;
        for line in list.lines() {
            let mut columns = line.split('\t');
            let (name, weight) =
                (columns.next(), columns.next().and_then(|weight| weight.parse::<u64>().ok()));
            let (name, weight) = name.zip(weight).expect("the lists are in the tree: a name and a weight");
            end += weight;
            weighted.names.push(name.to_owned());
            weighted.ends.push(end);
        }
        weighted
    }

    fn place(&self, dice: &mut Dice) -> usize {
        let drawn = dice.below(*self.ends.last().expect("no list is empty"));
        self.ends.partition_point(|end| *end <= drawn)
    }

    fn draw(&self, dice: &mut Dice) -> &str {
        &self.names[self.place(dice)]
    }
}

/// SplitMix64: small, and the same everywhere.
pub struct Dice(u64);

impl Dice {
    /// One seed, one sequence.
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// From 0 to `limit`, which is not reached.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((u128::from(mixed ^ (mixed >> 31)) * u128::from(limit)) >> 64) as u64
    }

    /// Happens so often.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn one_of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len() as u64) as usize]
    }
}
