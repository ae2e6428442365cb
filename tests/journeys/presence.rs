//! Who is on the telephone, as the telephone system tells it (DIR-3): Kamailio with its presence modules, PJSUA2 telephones, and
//! contacts of an address book of which nobody else knows anything.

use acceptance::kamailio::{DOMAIN, KamailioSetup, TellsPresence};
use acceptance::lab::{CALLER_HZ, Lab};
use acceptance::pjsua::{OnCall, PhoneSetup, Pjsua};
use acceptance::tools::{Tool, all_there};
use acceptance::usher::Usher;
use acceptance::wait;
use app::api::wire::{AvailabilityName, LinkState, PresenceView, Request, Response, SipTransport};
use data_encoding::BASE64;

/// Her extension.
const ANNA: &str = "4711";

fn lab(presence: TellsPresence, transport: SipTransport) -> Option<Lab> {
    if !all_there(&[Tool::KamailioPresence]) {
        return None;
    }
    Lab::open_as(&KamailioSetup { presence, ..KamailioSetup::default() }, transport)
}

/// An address book with one colleague in it; her contact.
#[track_caller]
fn colleague(usher: &Usher) -> String {
    let content_base64 = BASE64.encode(format!("Name,Phone\nAnna Huber,{ANNA}\n").as_bytes());
    usher.ask(Request::ImportContacts { file_name: "colleagues.csv".to_owned(), content_base64 });
    let look = || {
        let search = Request::SearchContacts { query: "huber".to_owned(), limit: 5, caller: None };
        let Response::Search(found) = usher.ask(search) else { panic!("a search") };
        found.contacts.first().map(|contact| contact.id.clone())
    };
    wait::until("Anna in the address book", look, String::new)
}

/// What the console shows of her, and why it shows nothing.
#[track_caller]
fn seen(usher: &Usher, contact: &str) -> (Option<PresenceView>, Option<String>) {
    let see = Request::SeeContacts { contacts: vec![contact.to_owned()] };
    let Response::Presence(told) = usher.ask(see) else { panic!("presence") };
    (told.rows.into_iter().next().map(|row| row.presence), told.problem)
}

/// Waits until the console shows that she is so, fresh, and by her telephone system.
#[track_caller]
fn wait_is(usher: &Usher, contact: &str, availability: AvailabilityName) {
    let look = || {
        let presence = seen(usher, contact).0?;
        (presence.availability == availability && !presence.stale && presence.by_telephone).then_some(())
    };
    wait::until(&format!("Anna to be shown as {availability:?}"), look, || {
        format!("{:?}", seen(usher, contact))
    });
}

#[track_caller]
fn wait_stale(usher: &Usher, contact: &str) {
    let look = || seen(usher, contact).0?.stale.then_some(());
    wait::until("Anna's presence to be shown as old", look, || format!("{:?}", seen(usher, contact)));
}

fn telephone(lab: &Lab) -> Pjsua {
    lab.target(ANNA, OnCall::Answer)
}

/// DIR-3: a contact whom only an address book knows is shown in a call while she is, and available when she has hung up; a
/// telephone system that goes away makes that old, and when it is back it is right again. Subscribed to with the account's
/// password.
#[test]
fn a_contact_of_an_address_book_is_shown_in_a_call_as_her_telephone_system_tells_it() {
    let Some(mut lab) = lab(TellsPresence::Calls, SipTransport::Udp) else { return };
    let contact = colleague(&lab.usher);
    let (anna, caller) = (telephone(&lab), lab.phone("2001", CALLER_HZ));
    wait_is(&lab.usher, &contact, AvailabilityName::Available);
    lab.kamailio.wait_for_line(&["request SUBSCRIBE", &format!("sip:{ANNA}@{DOMAIN}")]);

    let call = caller.dial(&anna.address());
    caller.wait_talking(call);
    wait_is(&lab.usher, &contact, AvailabilityName::InACall);
    caller.hang_up(call);
    wait_is(&lab.usher, &contact, AvailabilityName::Available);

    lab.kamailio.kill();
    wait_stale(&lab.usher, &contact);
    drop((anna, caller));
    lab.kamailio.start_again();
    lab.usher.wait_link(LinkState::Up);
    wait_is(&lab.usher, &contact, AvailabilityName::Available);
    let (anna, caller) = (telephone(&lab), lab.phone("2001", CALLER_HZ));
    let call = caller.dial(&anna.address());
    caller.wait_talking(call);
    wait_is(&lab.usher, &contact, AvailabilityName::InACall);
}

/// DIR-3: her telephone rings: she is not free. Over TCP.
#[test]
fn a_contact_whose_telephone_rings_is_busy() {
    let Some(lab) = lab(TellsPresence::Calls, SipTransport::Tcp) else { return };
    let contact = colleague(&lab.usher);
    let anna = lab.target(ANNA, OnCall::Ring);
    let caller = lab.phone("2001", CALLER_HZ);
    wait_is(&lab.usher, &contact, AvailabilityName::Available);
    let call = caller.dial(&anna.address());
    caller.wait_ringing(call);
    wait_is(&lab.usher, &contact, AvailabilityName::Busy);
    caller.hang_up(call);
    wait_is(&lab.usher, &contact, AvailabilityName::Available);
}

/// DIR-3: a telephone system that knows no calls but what telephones publish is asked for that instead.
#[test]
fn what_a_telephone_publishes_is_shown() {
    let Some(lab) = lab(TellsPresence::Published, SipTransport::Udp) else { return };
    let contact = colleague(&lab.usher);
    let setup = PhoneSetup { publishes: true, ..PhoneSetup::new(&lab.kamailio, ANNA, 620) };
    let anna = Pjsua::start_with(&setup);
    anna.publish("away", "");
    wait_is(&lab.usher, &contact, AvailabilityName::Away);
    anna.publish("busy", "");
    wait_is(&lab.usher, &contact, AvailabilityName::Busy);
    anna.publish("available", "On the phone");
    wait_is(&lab.usher, &contact, AvailabilityName::InACall);
    anna.publish("available", "");
    wait_is(&lab.usher, &contact, AvailabilityName::Available);
}

/// DIR-5: a telephone system that tells nobody's presence is said to, in words, and calls go on.
#[test]
fn a_telephone_system_that_tells_no_presence_is_named() {
    let Some(lab) = lab(TellsPresence::Refused, SipTransport::Udp) else { return };
    let contact = colleague(&lab.usher);
    let look =
        || seen(&lab.usher, &contact).1.filter(|words| words.contains("tells nobody's presence (489)"));
    wait::until("the console to say that there is no presence", look, || {
        format!("{:?}", seen(&lab.usher, &contact))
    });
    assert_eq!(seen(&lab.usher, &contact).0, None);
    let (caller, _) = lab.talk_to("2001");
    caller.hears_attendant();
}
