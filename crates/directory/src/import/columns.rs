//! What a heading means: the names that Outlook and Google write in English and German, and what people type themselves.
//! Does not look at what stands below it.

use contracts::book::EndpointKind;

use super::draft::Field;
use crate::fold;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// A text field.
    Text(Field),
    /// A number or SIP address of this kind.
    Number(EndpointKind),
    /// Google: a number whose kind stands in the [`Column::NumberType`] of the same position.
    TypedNumber(u32),
    /// Google: the kind of the number of this position.
    NumberType(u32),
    /// Yes where the contact is of the organisation itself.
    Internal,
    /// A field that is shown and found under this name.
    Custom(&'static str),
    /// Nothing we keep (street, birthday, fax …): an address book is not for everything that is known of somebody.
    Unused,
}

impl Column {
    /// Part of a name.
    pub(super) fn is_name(self) -> bool {
        use Field::{Company, DisplayName, FirstName, LastName};
        matches!(self, Column::Text(DisplayName | FirstName | LastName | Company))
    }

    /// Something to reach a contact by.
    pub(super) fn is_reachable(self) -> bool {
        matches!(self, Column::Number(_) | Column::TypedNumber(_) | Column::Text(Field::Email))
    }
}

/// What each heading of a table means.
pub(super) fn read(headings: &[String]) -> Vec<Column> {
    let names: Vec<String> = headings.iter().map(|heading| normal(heading)).collect();
    let mut columns: Vec<Column> = names.iter().map(|name| column(name)).collect();
    let has = |columns: &[Column], field| columns.contains(&Column::Text(field));
    let name_is_family_name = has(&columns, Field::FirstName) && !has(&columns, Field::LastName);
    let title_is_honorific = names.iter().zip(&columns).any(|(name, column)| {
        *column == Column::Text(Field::Title) && !AMBIGUOUS_TITLES.contains(&name.as_str())
    });
    for (column, name) in columns.iter_mut().zip(&names) {
        if name == "name" && name_is_family_name {
            *column = Column::Text(Field::LastName);
        }
        if title_is_honorific && AMBIGUOUS_TITLES.contains(&name.as_str()) {
            *column = Column::Unused;
        }
    }
    columns
}

/// A job title where it stands alone; beside one (Outlook) it is "Dr.".
const AMBIGUOUS_TITLES: [&str; 2] = ["title", "titel"];

/// Kind of a number by the word that stands beside it; `None` for lines nobody can talk on.
pub(super) fn kind(word: &str) -> Option<EndpointKind> {
    let word = normal(word);
    let says = |parts: &[&str]| parts.iter().any(|part| word.contains(part));
    if says(&["fax", "pager", "telex", "modem"]) {
        None
    } else if says(&["mobil", "cell", "handy", "natel", "iphone"]) {
        Some(EndpointKind::Mobile)
    } else if says(&["home", "privat"]) {
        Some(EndpointKind::Home)
    } else if says(&["work", "arbeit", "geschaft", "business", "buro", "office"]) {
        Some(EndpointKind::Work)
    } else {
        Some(EndpointKind::Other)
    }
}

fn normal(heading: &str) -> String {
    fold::words(heading).iter().map(|word| word.plain.as_str()).collect()
}

fn column(name: &str) -> Column {
    if let Some(column) = typed_number(name) {
        return column;
    }
    if let Some(field) = field(name) {
        return Column::Text(field);
    }
    if matches!(name, "internal" | "intern") {
        return Column::Internal;
    }
    if let Some(kind) = number(name) {
        return Column::Number(kind);
    }
    custom(name).map_or(Column::Unused, Column::Custom)
}

/// What helps to find the right person, beyond the fields that every contact has.
fn custom(name: &str) -> Option<&'static str> {
    Some(match name {
        "skill" | "skills" | "expertise" | "kenntnisse" | "fahigkeiten" => "Skills",
        "language" | "languages" | "sprache" | "sprachen" => "Languages",
        "category" | "categories" | "kategorie" | "kategorien" => "Categories",
        "responsibility" | "responsibilities" | "responsiblefor" | "zustandigkeit" | "zustandigfur" => {
            "Responsible for"
        }
        "office" | "officelocation" | "room" | "buro" | "raum" | "zimmer" => "Office",
        _ => return None,
    })
}

/// Google's `Phone 1 - Type` and `Phone 1 - Value`.
fn typed_number(name: &str) -> Option<Column> {
    let rest = name.strip_prefix("phone")?;
    let (position, what) = rest.split_at(rest.bytes().take_while(u8::is_ascii_digit).count());
    let position = position.parse().ok()?;
    match what {
        "value" => Some(Column::TypedNumber(position)),
        "type" | "label" => Some(Column::NumberType(position)),
        _ => None,
    }
}

fn field(name: &str) -> Option<Field> {
    Some(match name {
        "displayname" | "name" | "fullname" | "anzeigename" | "fileas" | "speichernunter"
        | "formattedname" | "vollstandigername" => Field::DisplayName,
        "firstname" | "givenname" | "vorname" | "rufname" | "forename" => Field::FirstName,
        "middlename" | "additionalname" | "weiterevornamen" | "zweitervorname" | "2vorname" => {
            Field::MiddleName
        }
        "lastname" | "familyname" | "surname" | "nachname" | "familienname" | "zuname" => Field::LastName,
        "company" | "companyname" | "organization" | "organisation" | "organizationname"
        | "organization1name" | "firma" | "firmenname" | "unternehmen" => Field::Company,
        "department" | "dept" | "abteilung" | "organizationdepartment" | "organization1department" => {
            Field::Department
        }
        "title" | "titel" | "jobtitle" | "position" | "funktion" | "role" | "rolle" | "organizationtitle"
        | "organization1title" => Field::Title,
        "city" | "town" | "ort" | "stadt" | "wohnort" | "location" | "standort" | "businesscity"
        | "homecity" | "othercity" | "ortgeschaftlich" | "ortprivat" | "weitererort" | "address1city" => {
            Field::City
        }
        "notes" | "note" | "notizen" | "notiz" | "bemerkung" | "bemerkungen" | "comment" | "comments"
        | "kommentar" => Field::Notes,
        // Somebody else, by her name or her e-mail address.
        "manager"
        | "managername"
        | "managersname"
        | "managermail"
        | "manageremail"
        | "manageremailaddress"
        | "supervisor"
        | "reportsto"
        | "vorgesetzte"
        | "vorgesetzter"
        | "vorgesetzteremail"
        | "berichtetan" => Field::Manager,
        _ if name.contains("mail") && !says(name, &NO_EMAIL) => Field::Email,
        _ => return None,
    })
}

const NO_EMAIL: [&str; 7] = ["voicemail", "mailbox", "mailing", "typ", "label", "display", "anzeigename"];
const NO_TALKING: [&str; 8] = ["fax", "pager", "telex", "tty", "horbehinderte", "radio", "phonetic", "typ"];
const NOT_HER_OWN: [&str; 7] =
    ["assistant", "assistent", "companymain", "telefonfirma", "callback", "ruckmeldung", "other"];
/// Calls from there are the manager's, not hers.
const HER_MANAGERS: [&str; 3] = ["manager", "supervisor", "vorgesetzte"];
const PHONE: [&str; 9] = [
    "phone",
    "telefon",
    "rufnummer",
    "durchwahl",
    "direktwahl",
    "extension",
    "nebenstelle",
    "festnetz",
    "telnr",
];

fn number(name: &str) -> Option<EndpointKind> {
    if says(name, &NO_TALKING) || says(name, &HER_MANAGERS) {
        None
    } else if says(name, &["voicemail", "mailbox", "sprachbox"]) {
        Some(EndpointKind::Voicemail)
    } else if says(name, &["mobil", "handy", "cellphone", "natel", "carphone", "autotelefon"])
        || name == "cell"
    {
        Some(EndpointKind::Mobile)
    } else if matches!(name, "sip" | "sipaddress" | "sipadresse" | "sipuri") {
        Some(EndpointKind::Sip)
    } else if !says(name, &PHONE) && !matches!(name, "tel" | "nummer" | "number" | "isdn" | "internenummer") {
        None
    } else if says(name, &["home", "privat"]) {
        Some(EndpointKind::Home)
    } else if says(name, &NOT_HER_OWN) || name.starts_with("weitere") {
        Some(EndpointKind::Other)
    } else {
        Some(EndpointKind::Work)
    }
}

fn says(name: &str, parts: &[&str]) -> bool {
    parts.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use contracts::book::EndpointKind::{Home, Mobile, Other, Sip, Voicemail, Work};

    use super::super::draft::Field;
    use super::Column::{self, Custom, Internal, Number, NumberType, Text, TypedNumber, Unused};
    use super::read;

    fn columns(headings: &str) -> Vec<Column> {
        read(&headings.split(',').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn outlook_headings_are_known_in_english_and_german() {
        for headings in [
            "Title,First Name,Middle Name,Last Name,Company,Department,Job Title,Business City,Business Fax,\
             Business Phone,Business Phone 2,Home Phone,Mobile Phone,Other Phone,Pager,Assistant's Phone,\
             E-mail Address,E-mail Type,E-mail Display Name,Notes,Birthday",
            "Anrede,Vorname,Weitere Vornamen,Nachname,Firma,Abteilung,Position,Ort geschäftlich,Fax geschäftlich,\
             Telefon geschäftlich,Telefon geschäftlich 2,Telefon (privat),Mobiltelefon,Weiteres Telefon,Pager,\
             Telefon Assistent,E-Mail-Adresse,E-Mail-Typ,E-Mail: Anzeigename,Notizen,Geburtstag",
        ] {
            let want = [
                Unused,
                Text(Field::FirstName),
                Text(Field::MiddleName),
                Text(Field::LastName),
                Text(Field::Company),
                Text(Field::Department),
                Text(Field::Title),
                Text(Field::City),
                Unused,
                Number(Work),
                Number(Work),
                Number(Home),
                Number(Mobile),
                Number(Other),
                Unused,
                Number(Other),
                Text(Field::Email),
                Unused,
                Unused,
                Text(Field::Notes),
                Unused,
            ];
            assert_eq!(columns(headings), want, "{headings}");
        }
    }

    #[test]
    fn google_headings_pair_a_number_with_its_kind() {
        assert_eq!(
            columns(
                "Name,Phonetic First Name,Organization 1 - Name,E-mail 1 - Value,Phone 1 - Type,Phone 1 - Value,Phone 2 - Label"
            ),
            [
                Text(Field::DisplayName),
                Unused,
                Text(Field::Company),
                Text(Field::Email),
                NumberType(1),
                TypedNumber(1),
                NumberType(2)
            ]
        );
    }

    #[test]
    fn what_people_type_themselves_is_understood() {
        assert_eq!(
            columns("Name,Vorname,Titel,Durchwahl,Handy,SIP,Voicemail,Intern"),
            [
                Text(Field::LastName),
                Text(Field::FirstName),
                Text(Field::Title),
                Number(Work),
                Number(Mobile),
                Number(Sip),
                Number(Voicemail),
                Internal
            ]
        );
        assert_eq!(columns("Name,Telefon"), [Text(Field::DisplayName), Number(Work)]);
        assert_eq!(
            columns("Manager,Vorgesetzte/r,Manager E-Mail,Manager's Name,Manager Phone,Account Manager"),
            [Text(Field::Manager); 4].into_iter().chain([Unused; 2]).collect::<Vec<_>>()
        );
        assert_eq!(
            columns("Skills,Sprachen,Zuständig für,Büro,Kategorien,Konfession"),
            [
                Custom("Skills"),
                Custom("Languages"),
                Custom("Responsible for"),
                Custom("Office"),
                Custom("Categories"),
                Unused
            ]
        );
    }
}
