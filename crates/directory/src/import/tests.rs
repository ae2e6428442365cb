//! Whole files: what comes out of them, what is left out, and that nothing makes the import fall over.

use contracts::book::EndpointKind;
use encoding_rs::WINDOWS_1252;
use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::{Import, ImportError, ImportFile, ROWS_MAX, import};

fn show(import: &Import) -> String {
    let mut lines = Vec::new();
    for contact in &import.contacts {
        let fields = [
            &contact.display_name,
            &contact.first_name,
            &contact.last_name,
            &contact.company,
            &contact.department,
            &contact.title,
            &contact.city,
            &contact.email,
            &contact.notes,
        ];
        let fields: Vec<String> = fields.iter().map(|field| field.escape_debug().to_string()).collect();
        let endpoints: Vec<String> = contact
            .endpoints
            .iter()
            .map(|endpoint| format!("{:?} {}", endpoint.kind, endpoint.address))
            .collect();
        let internal = if contact.internal { " internal" } else { "" };
        lines.push(format!("{} [{}]{internal}", fields.join("|"), endpoints.join(", ")));
    }
    lines.extend(
        import.rejected.iter().map(|rejected| format!("line {}: {}", rejected.line, rejected.reason)),
    );
    lines.join("\n") + "\n"
}

fn check(text: &str, want: Expect) {
    want.assert_eq(&show(&import(text.as_bytes()).expect("a readable file")));
}

/// DIR-4.
#[test]
fn a_manager_is_named_as_programs_write_it_dir_4() {
    let managers = |text: &str| -> Vec<String> {
        let read = import(text.as_bytes()).expect("a readable file");
        read.contacts.into_iter().map(|contact| contact.manager).collect()
    };
    let table = "Name,Phone,Manager,Manager E-Mail\nAnna,4010,Ruth Meier,\nBeat,4011,,ruth@example.com\nRuth Meier,4012,,\n";
    assert_eq!(managers(table), ["Ruth Meier", "ruth@example.com", ""]);
    let card =
        |property: &str| format!("BEGIN:VCARD\nVERSION:4.0\nFN:Anna\nTEL:4010\n{property}\nEND:VCARD\n");
    for (property, manager) in [
        ("RELATED;TYPE=manager:urn:uuid:4fbe8971", "urn:uuid:4fbe8971"),
        ("RELATED;VALUE=text;TYPE=x-manager:Ruth Meier", "Ruth Meier"),
        ("RELATED;TYPE=spouse:Ruth Meier", ""),
        ("item1.X-ABRELATEDNAMES;type=Manager:Ruth Meier", "Ruth Meier"),
        ("X-EVOLUTION-MANAGER:Ruth Meier", "Ruth Meier"),
        ("X-MANAGER:mailto:ruth@example.com", "ruth@example.com"),
    ] {
        assert_eq!(managers(&card(property)), [manager], "{property}");
    }
}

#[test]
fn an_outlook_export_is_read_and_bad_rows_are_named() {
    check(
        "First Name,Last Name,Company,Job Title,Business City,Business Phone,Mobile Phone,E-mail Address,Notes\r\n\
         Anna,Müller,Muster AG,CEO,Zürich,+41 (0)44 555 66 77,079 555 01 01,anna@example.com,\"first\r\nsecond\"\r\n\
         ,,,,,+41 44 555 00 00,,,nobody\r\n\
         Beat,,,,,none,,,\r\n\
         Carla,Weiß,,,,none,4012,,\r\n\
         ,,Beispiel GmbH,,,030 5550100,,,,surplus\r\n\
         ,,,,,,,,\r\n\
         Dino\r\n",
        expect![[r#"
            Anna Müller|Anna|Müller|Muster AG||CEO|Zürich|anna@example.com|first\r\nsecond [Work +41445556677, Mobile 0795550101]
            Carla Weiß|Carla|Weiß|||||| [Mobile 4012] internal
            Beispiel GmbH|||Beispiel GmbH||||| [Work 0305550100]
            line 4: no name and no company
            line 5: imported without Business Phone: there is no number in it
            line 5: no usable number, SIP address or e-mail address
            line 6: imported without Business Phone: there is no number in it
            line 7: imported without the fields that have no heading
            line 9: no usable number, SIP address or e-mail address
        "#]],
    );
}

#[test]
fn an_address_of_exchange_is_no_email_address() {
    check(
        "Last Name,E-mail Address,E-mail 2 Address\n\
         Müller,/o=ExchangeLabs/cn=mueller,mueller@example.com\n\
         Weiß,none,\n",
        expect![[r#"
            Müller||Müller|||||mueller@example.com| []
            line 2: imported without E-mail Address: it is no e-mail address
            line 3: imported without E-mail Address: it is no e-mail address
            line 3: no usable number, SIP address or e-mail address
        "#]],
    );
}

#[test]
fn a_german_list_with_semicolons_is_read() {
    check(
        "sep=;\nVorname;Name;Abteilung;Durchwahl;Telefon privat;Handy\nAnna;Müller;Einkauf;4010;044 555 11 22;+41 79 555 01 01\n",
        expect![[r#"
            Anna Müller|Anna|Müller||Einkauf|||| [Work 4010, Mobile +41795550101, Home 0445551122] internal
        "#]],
    );
}

/// DIR-1: nothing is left out without a word, and that is also of whole columns.
#[test]
fn columns_that_are_not_read_are_named_dir_1() {
    let unread = |text: &str| import(text.as_bytes()).expect("a readable file").unread;
    let table = "Vorname;Nachname;Telefon; Kostenstelle ;;Geburtstag\nAnna;Müller;4010;17;;1.1.1970\n";
    assert_eq!(unread(table), ["Kostenstelle", "Geburtstag"]);
    assert_eq!(unread(&format!("Name,Phone,{}\nAnna,4010,\n", "x".repeat(500))), ["x".repeat(64)]);
    assert!(unread("Name,Phone\nAnna,4010\n").is_empty());
    assert!(unread("BEGIN:VCARD\nFN:Anna\nTEL:4010\nEND:VCARD\n").is_empty());
}

#[test]
fn a_google_export_keeps_the_kind_of_each_number() {
    check(
        "Name,Phone 1 - Type,Phone 1 - Value,Phone 2 - Type,Phone 2 - Value,Organization 1 - Name\n\
         Anna Müller,Mobile,+41 79 555 01 01 ::: +41 79 555 01 02,Work Fax,+41 44 555 00 01,Muster AG\n",
        expect![[r#"
            Anna Müller|||Muster AG||||| [Mobile +41795550101, Mobile +41795550102]
        "#]],
    );
}

#[test]
fn every_encoding_gives_the_same_contacts() {
    let text = "Name\tTelefon\nJürg Großmann\t+41 44 555 66 77\n";
    let want = import(text.as_bytes()).expect("UTF-8");
    assert_eq!(want.contacts[0].display_name, "Jürg Großmann");
    let utf16 = |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(bytes).collect()
    };
    let files = [
        format!("\u{feff}{text}").into_bytes(),
        utf16(u16::to_le_bytes),
        utf16(u16::to_be_bytes),
        WINDOWS_1252.encode(text).0.into_owned(),
        utf16(u16::to_le_bytes)[2..].to_vec(),
        utf16(u16::to_be_bytes)[2..].to_vec(),
    ];
    for file in files {
        assert_eq!(import(&file).as_ref(), Ok(&want));
    }
}

/// DIR-1: cards too, also where one of them is broken, and whatever the file is cut off at.
#[test]
fn broken_cards_in_every_encoding_give_the_same_contacts_dir_1() {
    let text = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u-1\r\nFN:Jürg Großmann\r\nTEL:4010\r\nEND:VCARD\r\n\
                BEGIN:VCARD\r\nFN:Half\r\nTEL;TYPE=\"work:4011\r\nBEGIN:VCARD\r\nFN:Zoë\r\nTEL:4012\r\nEND:VCARD\r\n";
    let want = import(text.as_bytes()).expect("UTF-8");
    let names: Vec<&str> = want.contacts.iter().map(|contact| contact.display_name.as_str()).collect();
    assert_eq!(names, ["Jürg Großmann", "Zoë"]);
    assert_eq!((want.contacts[0].key.as_str(), want.contacts[1].key.as_str()), ("u-1", ""));
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [&b"\xff\xfe"[..], &utf16].concat();
    for file in [WINDOWS_1252.encode(text).0.into_owned(), utf16.clone(), marked] {
        assert_eq!(import(&file).as_ref(), Ok(&want));
    }
    // Cut off anywhere, in the middle of a character too: what came before is read, or nothing is.
    for end in 0..utf16.len() {
        if let Ok(cut) = import(&utf16[..end]) {
            assert!(cut.contacts.len() <= want.contacts.len());
        }
    }
}

/// SEC-1: a table as wide as it is long, and one heading over a million fields.
#[test]
fn a_million_columns_are_refused_in_words_sec_1() {
    let wide = vec!["Name"; 1_000_000].join(",");
    let refused = import(wide.as_bytes()).expect_err("it is refused");
    assert_eq!(refused, ImportError::TooManyColumns);
    assert_eq!(refused.to_string(), "the first line names more than 256 columns");
    let below = format!("Name,Phone\n{}\nAnna,4010\n", ",".repeat(1_000_000));
    let read = import(below.as_bytes()).expect("the rest is read");
    assert_eq!((read.contacts.len(), read.rejected.len()), (1, 1));
    assert_eq!(read.rejected[0].reason.to_string(), "more than 256 fields");
}

#[test]
fn cards_of_all_versions_are_read() {
    check(
        "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;An=\r\nna;;Dr.\r\n\
         TEL;WORK;VOICE:+41 44 555 66 77\r\nTEL;CELL:079 555 01 01\r\nTEL;WORK;FAX:044 555 66 78\r\n\
         PHOTO;ENCODING=BASE64;JPEG:\r\n /9j/4AAQSkZJRgABAQ\r\n\r\nEND:VCARD\r\n\
         BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Beat Weiß\\, lic. iur.\r\nN:Weiß;Beat;;;\r\nORG:Muster\\; Partner AG;Recht\r\n\
         item1.TEL;type=HOME;type=pref:4011\r\nitem1.X-ABLabel:x\r\nADR;TYPE=work:;;Weg 1;Bern;BE;3000;CH\r\n\
         NOTE:one\\ntwo three\r\n  four\r\nEMAIL;TYPE=INTERNET:beat@example.com\r\nTITLE:Anwalt\r\nEND:VCARD\r\n\
         BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Carla\r\nTEL;VALUE=uri;TYPE=\"work,voice\";PREF=1:tel:+41-44-555-66-79;ext=1\r\n\
         TEL;TYPE=\"home,voice\":+41 44 555 00 01\r\nIMPP;TYPE=work:sip:carla@example.com\r\nIMPP:xmpp:c@example.com\r\nEND:VCARD\r\n",
        expect![[r#"
            Anna Müller|Anna|Müller|||||| [Work +41445556677, Mobile 0795550101]
            Beat Weiß, lic. iur.|Beat|Weiß|Muster; Partner AG|Recht|Anwalt|Bern|beat@example.com|one\ntwo three four [Home 4011] internal
            Carla|||||||| [Work +41445556679, Sip carla@example.com, Home +41445550001]
        "#]],
    );
}

#[test]
fn skills_and_the_like_are_found_under_their_own_name_dir_2() {
    let long = "x".repeat(300);
    let table =
        format!("Name,Phone,Kenntnisse,Office,Religion\nAnna,4010,French,B 12,none\nBeat,4011,,{long},\n");
    let read = import(table.as_bytes()).expect("a readable file");
    let custom = |import: &Import, at: usize| -> Vec<(String, String)> {
        import.contacts[at].custom.iter().map(|it| (it.name.clone(), it.value.clone())).collect()
    };
    let said = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(custom(&read, 0), [said("Skills", "French"), said("Office", "B 12")]);
    assert_eq!(custom(&read, 1), [said("Office", &long[..256])]);
    let told: Vec<String> = read.rejected.iter().map(|it| it.reason.to_string()).collect();
    assert!(matches!(told.as_slice(), [cut] if cut.contains("256")), "what is cut is said: {told:?}");

    let card =
        "BEGIN:VCARD\nFN:Anna\nTEL:4010\nEXPERTISE;LEVEL=expert:French\nCATEGORIES:Board,Berne\nEND:VCARD\n";
    let read = import(card.as_bytes()).expect("a readable file");
    assert_eq!(custom(&read, 0), [said("Skills", "French"), said("Categories", "Board,Berne")]);
}

#[test]
fn broken_cards_are_named_and_the_others_kept() {
    check(
        "BEGIN:VCARD\nFN:Anna\nTEL:4010\nBEGIN:VCARD\nFN:Beat\nthis is no property\nTEL:unknown\nTEL:4011\nEND:VCARD\n\
         stray\nlines\nbegin:vcard\nTEL:4012\nend:vcard\nBEGIN:VCARD\nFN:Carla\nAGENT:\nBEGIN:VCARD\nFN:Inner\nTEL:1\nEND:VCARD\n\
         TEL;TYPE=FAX:1\nEND:VCARD\nBEGIN:VCARD\nFN:Dino\nTEL:4013",
        expect![[r#"
            Beat|||||||| [Work 4011] internal
            line 1: the card has no END:VCARD
            line 4: imported without a line that cannot be read
            line 4: imported without TEL: there is no number in it
            line 10: text outside of a card
            line 12: no name and no company
            line 15: no usable number, SIP address or e-mail address
            line 24: the card has no END:VCARD
        "#]],
    );
}

#[test]
fn long_fields_are_cut_and_many_numbers_are_limited_and_both_are_said() {
    let numbers: String = (0..20).map(|n| format!("TEL:0445550{n:03}\n")).collect();
    let text =
        format!("BEGIN:VCARD\nFN:Anna {}\nNOTE:{}\n{numbers}END:VCARD\n", "x".repeat(300), "y".repeat(5000));
    let import = import(text.as_bytes()).expect("a readable file");
    assert_eq!(import.contacts[0].display_name.len(), 256);
    assert_eq!(import.contacts[0].notes.len(), 4096);
    assert_eq!(import.contacts[0].endpoints.len(), 16);
    let reasons: Vec<String> = import.rejected.iter().map(|rejected| rejected.reason.to_string()).collect();
    assert_eq!(
        reasons,
        [
            "imported with FN cut to 256 characters",
            "imported with NOTE cut to 4096 characters",
            "imported with its first 16 numbers only"
        ]
    );
    assert!(import.rejected.iter().all(|rejected| rejected.reason.row_is_kept()));
}

#[test]
fn a_file_that_is_no_address_book_is_refused_as_a_whole() {
    for (bytes, want) in [
        (&b""[..], ImportError::Empty),
        (b"\xef\xbb\xbf \r\n", ImportError::Empty),
        (b"PK\x03\x04\x14\0\0\0", ImportError::NotText),
        (b"Anna;4010\nBeat;4011\n", ImportError::NoHeadings),
        (b"Name;Birthday\nBeat;1.1.\n", ImportError::NoHeadings),
    ] {
        assert_eq!(import(bytes), Err(want), "{bytes:?}");
    }
    assert_eq!(import(&vec![b' '; 2 << 20]), Err(ImportError::NoHeadings));
    let garbled = format!("Name,Phone\n{}", (",".repeat(256) + "\n").repeat(10_001));
    assert_eq!(import(garbled.as_bytes()), Err(ImportError::Garbled));
}

/// DIR-1: a file of a million people is read as it comes, with nothing held but the row at hand; what is wrong in the middle is told
/// with its line. `rows` is how many there are.
fn a_large_file(rows: u32) {
    let (mut file, mut told, mut read) = (ImportFile::default(), Import::default(), 0);
    file.take("Vorname;Name;Mobile\n".as_bytes(), &mut told).expect("headings");
    let mut held_max = 0;
    for block in (0..rows).collect::<Vec<_>>().chunks(5_000) {
        let rows: String = block
            .iter()
            .map(|row| match row {
                nth if *nth == rows / 2 => format!("\"Jürg {row};Müller;079{row:07}\n"),
                _ => format!("Jürg {row};Müller;079{row:07}\n"),
            })
            .collect();
        let bytes = rows.as_bytes();
        // Cut in the middle of a character, too.
        for part in bytes.chunks(65_537) {
            file.take(part, &mut told).expect("a readable part");
            held_max = held_max.max(told.contacts.len());
            read += told.contacts.drain(..).len();
        }
    }
    file.end(&mut told).expect("a readable end");
    read += told.contacts.len();
    assert_eq!(read, rows as usize - 1);
    let wrong: Vec<String> = told.rejected.iter().map(|it| format!("{}: {}", it.line, it.reason)).collect();
    let line = rows / 2 + 2;
    assert_eq!(wrong, [format!("{line}: a quotation mark is opened and not closed")]);
    // A part has some 2,500 rows; a row that is not closed holds up at most 64 KiB of others.
    assert!(held_max < 10_000, "{held_max}");
}

#[test]
fn a_large_file_is_read_as_it_comes_dir_1() {
    a_large_file(20_000);
}

/// `cargo nextest run -p directory --release --run-ignored all a_million_rows`.
#[test]
#[ignore = "a million rows take a minute in a debug build"]
fn a_million_rows_are_read_as_they_come_dir_1() {
    a_large_file(1_000_000);
}

/// `cargo nextest run -p directory --release --run-ignored all more_rows_than`.
#[test]
#[ignore = "five million rows take minutes in a debug build"]
fn more_rows_than_are_read_are_refused_dir_1() {
    let (mut file, mut told) = (ImportFile::default(), Import::default());
    file.take(b"Name,Phone\n", &mut told).expect("headings");
    let block = "a,1\n".repeat(10_000);
    for _ in 0..ROWS_MAX / 10_000 {
        file.take(block.as_bytes(), &mut told).expect("not too many yet");
        told = Import::default();
    }
    assert_eq!(file.take(b"a,1\n", &mut told), Err(ImportError::TooManyRows));
}

/// Pieces of which broken files are made.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "Name,Phone,Type\n",
            "BEGIN:VCARD\r\n",
            "END:VCARD\n",
            "TEL;",
            "TYPE=\"",
            ":",
            "FN:",
            "N:a;b\n",
            "=C3",
            "=\n",
            "ENCODING=QUOTED-PRINTABLE",
            "CHARSET=UTF-16LE",
            "\"",
            ",",
            ";",
            "\n",
            "\r",
            " ",
            "\\",
            "4010",
            "AGENT:\n",
            "\u{fc}",
        ])
        .prop_map(String::from),
        any::<char>().prop_map(String::from),
    ]
}

proptest! {
    #[test]
    fn no_file_makes_it_fall_over(pieces in prop::collection::vec(piece(), 0..40), vcard in any::<bool>()) {
        let text = if vcard { "BEGIN:VCARD\n" } else { "Name,Phone\n" }.to_owned() + &pieces.concat();
        if let Ok(import) = import(text.as_bytes()) {
            let lines = text.split('\n').count() + text.split('\r').count();
            prop_assert!(import.rejected.iter().all(|rejected| rejected.line >= 1 && rejected.line as usize <= lines));
            for contact in &import.contacts {
                prop_assert!(!contact.display_name.is_empty());
                prop_assert!(contact.endpoints.iter().all(|endpoint| contracts::Address::parse(&endpoint.address).is_ok()));
            }
        }
    }

    /// DIR-1: how a file is cut into parts on its way makes no difference.
    #[test]
    fn a_file_in_pieces_gives_what_the_whole_gives_dir_1(
        pieces in prop::collection::vec(piece(), 0..40),
        vcard in any::<bool>(),
        step in 1_usize..70,
    ) {
        let text = if vcard { "BEGIN:VCARD\n" } else { "Name,Phone\n" }.to_owned() + &pieces.concat();
        let (mut file, mut read) = (ImportFile::default(), Import::default());
        let mut taken = text.as_bytes().chunks(step).map(|bytes| file.take(bytes, &mut read));
        let failed = taken.find_map(Result::err);
        drop(taken);
        let ended = failed.map_or_else(|| file.end(&mut read), Err);
        prop_assert_eq!(ended.map(|()| read), import(text.as_bytes()));
    }

    #[test]
    fn no_bytes_make_it_fall_over(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = import(&bytes);
    }

    #[test]
    fn every_good_row_becomes_a_contact(numbers in prop::collection::vec("[1-9][0-9]{1,9}", 1..30)) {
        let rows: String = numbers.iter().map(|number| format!("N{number};{number}\n")).collect();
        let import = import(format!("Name;Mobile\n{rows}").as_bytes()).expect("a readable file");
        prop_assert_eq!(&import.rejected, &[]);
        let read: Vec<&str> = import.contacts.iter().map(|contact| contact.endpoints[0].address.as_str()).collect();
        prop_assert_eq!(read, numbers);
        prop_assert!(import.contacts.iter().all(|contact| contact.endpoints[0].kind == EndpointKind::Mobile));
    }
}
