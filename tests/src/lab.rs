//! The usual set-up of a journey: a telephone system, Usher registered there as 4000, and telephones around it, each
//! speaking in a tone of its own.

use app::api::wire::{CallState, ConsoleView, LinkState, Request, SipTransport};

use crate::kamailio::{Kamailio, KamailioSetup};
use crate::pjsua::{OnCall, PhoneCall, PhoneSetup, Pjsua};
use crate::tools::{Tool, all_there};
use crate::usher::{ATTENDANT_HZ, Usher, account, console_address};
use crate::wait;

/// The tone callers speak in.
pub const CALLER_HZ: u32 = 1000;
/// The tone those whom callers are put through to speak in.
pub const TARGET_HZ: u32 = 620;

/// The console and its telephone system.
pub struct Lab {
    /// The console. First, so that it says goodbye while there is still a telephone system.
    pub usher: Usher,
    /// The telephone system.
    pub kamailio: Kamailio,
}

/// Somebody who rang the console, or was rung by somebody, and the call she is in.
pub struct Talker {
    /// Her telephone.
    pub phone: Pjsua,
    /// Her call.
    pub call: PhoneCall,
}

impl Lab {
    /// The usual set-up; `None` where peers are missing and may be.
    #[track_caller]
    pub fn open() -> Option<Lab> {
        Lab::open_with(&KamailioSetup::default())
    }

    /// With another telephone system.
    #[track_caller]
    pub fn open_with(setup: &KamailioSetup) -> Option<Lab> {
        Lab::open_as(setup, SipTransport::Udp)
    }

    /// With the console registered over this transport.
    #[track_caller]
    pub fn open_over(transport: SipTransport) -> Option<Lab> {
        Lab::open_as(&KamailioSetup::default(), transport)
    }

    /// With another telephone system, and the console registered over this transport.
    #[track_caller]
    pub fn open_as(setup: &KamailioSetup, transport: SipTransport) -> Option<Lab> {
        if !all_there(&[Tool::Kamailio, Tool::Pjsua2]) {
            return None;
        }
        let kamailio = Kamailio::start(setup);
        let usher = Usher::start();
        usher.connect(account(&kamailio, transport));
        usher.wait_link(LinkState::Up);
        Some(Lab { usher, kamailio })
    }

    /// A telephone that the test answers with.
    #[track_caller]
    pub fn phone(&self, user: &str, tone_hz: u32) -> Pjsua {
        Pjsua::start(&self.kamailio, user, tone_hz)
    }

    /// A telephone of somebody to put callers through to.
    #[track_caller]
    pub fn target(&self, user: &str, on_call: OnCall) -> Pjsua {
        Pjsua::start_with(&PhoneSetup::new(&self.kamailio, user, TARGET_HZ).on_call(on_call))
    }

    /// Somebody rings the console and waits in its queue; her call there.
    #[track_caller]
    pub fn ring(&self, user: &str) -> (Talker, String) {
        let known = self.usher.console();
        let phone = self.phone(user, CALLER_HZ);
        let call = phone.dial(&console_address());
        let row =
            self.usher.wait_console(&format!("{user} in the queue"), |view| new_in_queue(&known, view, user));
        (Talker { phone, call }, row)
    }

    /// Somebody rings and is answered; her call on the console.
    #[track_caller]
    pub fn talk_to(&self, user: &str) -> (Talker, String) {
        let (caller, call) = self.ring(user);
        self.usher.ask(Request::Pick { call: call.clone() });
        self.usher.wait_call(&call, CallState::Active);
        caller.phone.wait_talking(caller.call);
        (caller, call)
    }
}

fn new_in_queue(known: &ConsoleView, view: &ConsoleView, user: &str) -> Option<String> {
    let is_new = |call: &str| known.queue.iter().all(|row| row.call != call);
    let from_user = |number: &str| number.split('@').next() == Some(user);
    let row = view
        .queue
        .iter()
        .find(|row| is_new(&row.call) && row.caller.number.as_deref().is_some_and(from_user))?;
    Some(row.call.clone())
}

impl Talker {
    /// Waits until she hears the attendant, from now on.
    #[track_caller]
    pub fn hears_attendant(&self) {
        self.hears(&[ATTENDANT_HZ]);
    }

    /// Waits until she hears all of these tones at once, from now on.
    #[track_caller]
    pub fn hears(&self, tones_hz: &[u32]) {
        let heard = self.phone.heard(self.call);
        heard.wait_for_tones(heard.now(), &hz(tones_hz));
    }

    /// Waits until she does not hear the attendant any more, from now on.
    #[track_caller]
    pub fn hears_no_attendant(&self) {
        let heard = self.phone.heard(self.call);
        heard.wait_until_without(heard.now(), &hz(&[ATTENDANT_HZ]));
    }

    /// Waits until she hears music: something that is nobody's tone.
    #[track_caller]
    pub fn hears_music(&self) {
        let heard = self.phone.heard(self.call);
        heard.wait_for_other_than(heard.now(), &hz(&[ATTENDANT_HZ, CALLER_HZ, TARGET_HZ]));
    }

    /// Her telephone dies: no goodbye, and no sound any more.
    pub fn vanishes(self) {
        self.phone.kill();
    }

    /// Hangs up.
    #[track_caller]
    pub fn hangs_up(&self) {
        self.phone.hang_up(self.call);
    }

    /// Waits until she is hung up.
    #[track_caller]
    pub fn is_let_go(&self) -> u64 {
        self.phone.wait_ended(self.call)
    }

    /// Waits until she was transferred by REFER and her new call is up; she goes on in that one.
    #[track_caller]
    pub fn is_put_through(self) -> Talker {
        let call = self.phone.wait_referred(0);
        self.phone.wait_talking(call);
        Talker { phone: self.phone, call }
    }
}

impl Usher {
    /// Waits until the attendant hears all of these tones at once, from now on.
    #[track_caller]
    pub fn attendant_hears(&self, tones_hz: &[u32]) {
        let heard = self.heard();
        heard.wait_for_tones(heard.now(), &hz(tones_hz));
    }

    /// Waits until the attendant hears none of these tones, from now on.
    #[track_caller]
    pub fn attendant_hears_nothing_of(&self, tones_hz: &[u32]) {
        let heard = self.heard();
        heard.wait_until_without(heard.now(), &hz(tones_hz));
    }

    /// Waits until a live call from `user` is in the history with this outcome.
    #[track_caller]
    pub fn wait_history(&self, user: &str, outcome: u8) {
        let look = || {
            let rows = self.history().into_iter();
            let mut hers = rows
                .filter(|row| row.caller.number.as_deref().is_some_and(|number| number.starts_with(user)));
            hers.any(|row| row.outcome == Some(outcome)).then_some(())
        };
        wait::until(&format!("outcome {outcome} of {user}"), look, || format!("{:#?}", self.history()));
    }
}

fn hz(tones: &[u32]) -> Vec<f64> {
    tones.iter().map(|tone| f64::from(*tone)).collect()
}
