//! Documents as telephone systems write them, and damaged ones.

use contracts::presence::Availability;
use proptest::prelude::*;

use super::*;

/// As a telephone system writes it; `dialogs` in its middle.
fn dialog_info(attributes: &str, dialogs: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\r\n<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" entity=\"sip:4010@lab.test\" \
         {attributes}>{dialogs}</dialog-info>"
    )
}

fn dialog(id: &str, direction: &str, state: &str) -> String {
    format!(
        "<dialog id=\"{id}\" call-id=\"c\" direction=\"{direction}\"><state event=\"x\">{state}</state>\
         <remote><identity display=\"B &amp; C\">sip:4711@lab.test</identity></remote></dialog>"
    )
}

fn calls_of(text: &str) -> Calls {
    match read(text.as_bytes()) {
        Ok(Document::Calls(calls)) => calls,
        other => panic!("no dialog-info: {other:?}"),
    }
}

fn told(dialogs: &str) -> Availability {
    let mut table = CallTable::default();
    assert_eq!(table.take(calls_of(&dialog_info("version=\"0\" state=\"full\"", dialogs))), Taken::Counts);
    table.availability()
}

#[test]
fn a_telephone_that_rings_is_busy_one_that_talks_is_in_a_call_and_one_at_rest_is_available_dir_3() {
    assert_eq!(told(&dialog("1", "recipient", "early")), Availability::Busy);
    assert_eq!(told(&dialog("1", "recipient", "trying")), Availability::Busy);
    assert_eq!(told(&dialog("1", "initiator", "early")), Availability::InACall, "she dials");
    assert_eq!(told(&dialog("1", "recipient", "confirmed")), Availability::InACall);
    assert_eq!(told(&dialog("1", "recipient", " Confirmed\r\n")), Availability::InACall);
    assert_eq!(told(&dialog("1", "recipient", "terminated")), Availability::Available);
    assert_eq!(told(""), Availability::Available);
    let second = dialog("1", "recipient", "terminated") + &dialog("2", "initiator", "confirmed");
    assert_eq!(told(&second), Availability::InACall, "one of her calls goes on");
    let nameless = "<dialog><state>confirmed</state></dialog><dialog><state>terminated</state></dialog>";
    assert_eq!(told(nameless), Availability::InACall);
}

#[test]
fn changes_are_counted_and_a_gap_is_noticed_rfc_4235() {
    let mut table = CallTable::default();
    let full = |version, dialogs: &str| {
        calls_of(&dialog_info(&format!("version=\"{version}\" state=\"full\""), dialogs))
    };
    let partial = |version, dialogs: &str| {
        calls_of(&dialog_info(&format!("version=\"{version}\" state=\"partial\""), dialogs))
    };
    assert_eq!(table.take(full(4, &dialog("a", "recipient", "confirmed"))), Taken::Counts);
    assert_eq!(table.take(partial(5, &dialog("b", "recipient", "early"))), Taken::Counts);
    assert_eq!(table.take(partial(6, &dialog("a", "recipient", "terminated"))), Taken::Counts);
    assert_eq!(table.availability(), Availability::Busy, "the other still rings");
    assert_eq!(table.take(partial(6, &dialog("b", "recipient", "terminated"))), Taken::Old);
    assert_eq!(table.take(partial(8, &dialog("b", "recipient", "confirmed"))), Taken::Gap);
    assert_eq!(table.availability(), Availability::InACall, "what it says counts all the same");
    assert_eq!(table.take(full(8, "")), Taken::Counts, "everything always counts");
    assert_eq!(table.availability(), Availability::Available);
    assert_eq!(CallTable::default().take(partial(1, "")), Taken::Gap, "nothing to change");
}

fn pidf(inside: &str) -> Result<Document, Unreadable> {
    let text = format!(
        "<?xml version='1.0' encoding='UTF-8'?><presence xmlns='urn:ietf:params:xml:ns:pidf' \
         xmlns:dm='urn:ietf:params:xml:ns:pidf:data-model' xmlns:rpid='urn:ietf:params:xml:ns:pidf:rpid' \
         entity='sip:4010@lab.test'>{inside}</presence>"
    );
    read(text.as_bytes())
}

#[test]
fn presence_is_read_from_activities_before_notes_before_open_and_closed_dir_3() {
    let tuple = |basic: &str| format!("<tuple id='t'><status><basic>{basic}</basic></status></tuple>");
    let person = |inside: &str| format!("<dm:person id='p'>{inside}</dm:person>");
    let activity = |name: &str| person(&format!("<rpid:activities><rpid:{name}/></rpid:activities>"));
    for (inside, wanted) in [
        (tuple("open"), Availability::Available),
        (tuple("closed"), Availability::Offline),
        (tuple("closed") + &tuple("open"), Availability::Available),
        (String::new(), Availability::Unknown),
        (tuple("open") + &activity("on-the-phone"), Availability::InACall),
        (tuple("open") + &activity("busy"), Availability::Busy),
        (tuple("open") + &activity("meeting"), Availability::Busy),
        (tuple("open") + &activity("away"), Availability::Away),
        (tuple("open") + &activity("vacation"), Availability::Away),
        (tuple("open") + &activity("working"), Availability::Available),
        (tuple("open") + &activity("away") + &activity("on-the-phone"), Availability::InACall),
        (tuple("open") + "<note>On the phone</note>", Availability::InACall),
        (tuple("open") + "<note>Do not disturb</note>", Availability::DoNotDisturb),
        (tuple("open") + "<note>Back at two</note>", Availability::Available),
        (tuple("open") + &activity("away") + "<note>On the &#80;hone</note>", Availability::InACall),
        (tuple("<![CDATA[open]]>"), Availability::Available),
    ] {
        assert_eq!(pidf(&inside), Ok(Document::Presence(wanted)), "{inside}");
    }
}

/// SEC-1: nothing is expanded, nothing is endless.
#[test]
fn what_is_no_plain_document_is_refused_with_its_reason_sec_1() {
    let deep = "<a>".repeat(40) + &"</a>".repeat(40);
    let wide = "<tuple/>".repeat(5_000);
    for (text, why) in [
        (String::new(), Unreadable::NoXml),
        ("open".to_owned(), Unreadable::NoXml),
        ("<presence><tuple></presence>".to_owned(), Unreadable::NoXml),
        ("<presence>".to_owned(), Unreadable::NoXml),
        ("<presence/><presence/>".to_owned(), Unreadable::NoXml),
        ("<presence a='1' a='2'/>".to_owned(), Unreadable::NoXml),
        ("<html/>".to_owned(), Unreadable::Foreign),
        ("<!DOCTYPE presence [<!ENTITY a 'b'>]><presence>&a;</presence>".to_owned(), Unreadable::Definitions),
        ("<presence>&a;</presence>".to_owned(), Unreadable::Definitions),
        ("<presence a='&b;'/>".to_owned(), Unreadable::NoXml),
        (format!("<presence>{deep}</presence>"), Unreadable::TooMany),
        (format!("<presence>{wide}</presence>"), Unreadable::TooMany),
        (format!("<presence>{}</presence>", " ".repeat(DOCUMENT_BYTES_MAX)), Unreadable::TooLong),
    ] {
        assert_eq!(read(text.as_bytes()), Err(why), "{text:.80}");
    }
    assert_eq!(read(b"<presence>\xff</presence>"), Err(Unreadable::NoText));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// SEC-1: a document with any bytes cut out, exchanged or put in is read or refused; nothing panics.
    #[test]
    fn damaged_documents_are_read_or_refused_sec_1(
        at in 0_usize..600,
        cut in 0_usize..20,
        put in proptest::collection::vec(any::<u8>(), 0..20),
        is_pidf in any::<bool>(),
    ) {
        let whole = if is_pidf {
            "<presence><tuple id='t'><status><basic>open</basic></status><note>a &amp; b</note></tuple>\
             <person><activities><away/></activities></person></presence>".to_owned()
        } else {
            dialog_info("version=\"7\" state=\"partial\"", &dialog("1", "recipient", "early"))
        };
        let mut bytes = whole.into_bytes();
        let from = at.min(bytes.len());
        let until = (from + cut).min(bytes.len());
        bytes.splice(from..until, put);
        if let Ok(Document::Calls(calls)) = read(&bytes) {
            let mut table = CallTable::default();
            table.take(calls.clone());
            table.take(calls);
            prop_assert!(table.calls.len() <= CALLS_MAX);
        }
    }

    #[test]
    fn any_bytes_are_answered_sec_1(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
    }

    /// However versions run, the table never holds more than what was told last of each call.
    #[test]
    fn a_full_document_makes_all_before_it_forgotten(
        before in proptest::collection::vec((0_u64..9, any::<bool>(), 0_u8..4), 0..12),
    ) {
        let mut table = CallTable::default();
        for (version, is_full, call) in before {
            let kind = if is_full { "full" } else { "partial" };
            let text = dialog_info(
                &format!("version=\"{version}\" state=\"{kind}\""),
                &dialog(&call.to_string(), "recipient", "confirmed"),
            );
            table.take(calls_of(&text));
        }
        table.take(calls_of(&dialog_info("version=\"0\" state=\"full\"", "")));
        prop_assert_eq!(table.availability(), Availability::Available);
    }
}
