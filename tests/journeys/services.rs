//! Services as an administrator sets them up, with real telephones: what was dialled decides who answers (ROUTE-1).

use acceptance::kamailio::{DOMAIN, KamailioSetup};
use acceptance::lab::{CALLER_HZ, Lab};
use acceptance::sipp::Sipp;
use acceptance::tools::{Tool, all_there};
use acceptance::usher::{CONSOLE, Usher};
use app::api::wire::{Request, Response, ServiceForm, ServicesView, TreatmentName};

fn services(usher: &Usher) -> ServicesView {
    let Response::Services(view) = usher.ask(Request::GetServices {}) else { panic!("services") };
    *view
}

/// A service like the main line, with this one address.
fn add(usher: &Usher, name: &str, address: &str, waiting: TreatmentName) {
    let main = services(usher).services.into_iter().next().expect("the main line");
    let service = ServiceForm {
        id: None,
        name: name.into(),
        addresses: vec![address.into()],
        otherwise: false,
        waiting,
        ..main
    };
    usher.ask(Request::PutService { service: Box::new(service) });
}

fn waiting_for(usher: &Usher, service: &str) {
    usher.wait_console(&format!("a caller for {service}"), |view| {
        view.queue.iter().any(|row| row.service_name == service).then_some(())
    });
}

/// ROUTE-1: one account with three numbers: who dials the first hears the music of its service, the others wait elsewhere.
#[test]
fn callers_who_dial_two_addresses_reach_two_services_and_any_other_the_main_line() {
    if !all_there(&[Tool::Sipp]) {
        return;
    }
    let alias = |user: &str| (user.to_owned(), CONSOLE.to_owned());
    let aliases = vec![alias("0445556677"), alias("support")];
    let Some(lab) = Lab::open_with(&KamailioSetup { aliases, ..KamailioSetup::default() }) else { return };
    add(&lab.usher, "Sales", "+41 44 555 66 77", TreatmentName::Music);
    add(&lab.usher, "Support", &format!("sip:support@{DOMAIN}"), TreatmentName::Ringing);

    let sales = lab.phone("2001", CALLER_HZ);
    let call = sales.dial(&format!("sip:0445556677@{DOMAIN}"));
    waiting_for(&lab.usher, "Sales");
    sales.wait_talking(call);
    acceptance::lab::Talker { phone: sales, call }.hears_music();
    let _support = Sipp::callers(&lab.kamailio, "support", 1);
    waiting_for(&lab.usher, "Support");
    let _other = Sipp::callers(&lab.kamailio, CONSOLE, 1);
    waiting_for(&lab.usher, "Main line");
    assert_eq!(lab.usher.console().queue.len(), 3);
}
