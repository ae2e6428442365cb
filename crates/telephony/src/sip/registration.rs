//! Being known to the telephone system: REGISTER with digest, refreshed well before it expires; an OPTIONS between that
//! keeps a NAT open and notices when the telephone system goes away; trying again with growing pauses when it did.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use contracts::connectors::SipTransport;
use contracts::telephony::Link;
use rsipstack::dialog::registration::Registration;
use rsipstack::sip::{Header, Param, Response, Transport, typed};
use tokio::time::{Instant, sleep, timeout};

use super::shared::Shared;

/// How long one REGISTER may take. A telephone system that answers at all does so within a second.
const ANSWER_MAX: Duration = Duration::from_secs(5);
/// How long an OPTIONS may take before it counts as missed.
const PING_MAX: Duration = Duration::from_secs(3);
/// First and longest pause between attempts.
const PAUSE_MIN: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// Longest time between attempts to register that a registrar may force upon us (423), seconds.
const EXPIRES_MAX_S: u32 = 3_600;

/// What came of one REGISTER.
enum Outcome {
    Registered {
        for_seconds: u32,
    },
    /// The registrar wants a longer life than we asked for.
    TooBrief {
        seconds: u32,
    },
    Refused {
        detail: String,
    },
    Away {
        detail: String,
    },
}

/// Keeps the account registered until it is refused for good or cancelled.
pub(super) async fn keep(shared: Arc<Shared>) {
    let mut registrar = Registrar::new(&shared);
    let mut failures = 0_u32;
    shared
        .report_link(Link::Connecting {
            detail: format!("registering {} at {}", shared.account.user, shared.account.host),
        })
        .await;
    loop {
        match registrar.register(&shared).await {
            Outcome::Registered { for_seconds } => {
                failures = 0;
                let detail = format!("{} is registered at {}", shared.account.user, shared.account.host);
                shared.report_link(Link::Up { detail }).await;
                registrar.rest(&shared, for_seconds).await;
            }
            Outcome::TooBrief { seconds } => registrar.expires_s = seconds,
            Outcome::Refused { detail } => {
                shared.report_link(Link::Down { detail, permanent: true }).await;
                return;
            }
            Outcome::Away { detail } => {
                shared.report_link(Link::Down { detail, permanent: false }).await;
                failures += 1;
                sleep(PAUSE_MIN.saturating_mul(1 << (failures - 1).min(6)).min(PAUSE_MAX)).await;
            }
        }
    }
}

/// Tells the telephone system that we are gone.
pub(super) async fn end(shared: &Shared) {
    let mut registrar = Registrar::new(shared);
    registrar.expires_s = 0;
    if shared.is_registered() {
        registrar.register(shared).await;
    }
}

struct Registrar {
    registration: Registration,
    expires_s: u32,
    /// Some telephone systems never answer OPTIONS: then only REGISTER tells.
    answers_pings: bool,
}

impl Registrar {
    fn new(shared: &Shared) -> Registrar {
        let mut registration =
            Registration::new(shared.stack.endpoint.clone(), Some(shared.account.credential()));
        registration.contact = Some(typed::Contact::from(shared.stack.contact.clone()));
        registration.call_id = shared.stack.call_id().into();
        Registrar { registration, expires_s: shared.options.register_expires_s, answers_pings: true }
    }

    async fn register(&mut self, shared: &Shared) -> Outcome {
        let registrar = match shared.account.resolve().await {
            Ok(address) => address,
            Err(detail) => return Outcome::Away { detail },
        };
        shared.set_registrar(registrar);
        let mut uri = shared.account.domain_uri();
        match shared.account.transport {
            SipTransport::Udp => {}
            SipTransport::Tcp => uri.params.push(Param::Transport(Transport::Tcp)),
        }
        self.registration.outbound_proxy = Some(registrar);
        match timeout(ANSWER_MAX, self.registration.register(uri, Some(self.expires_s))).await {
            Ok(Ok(response)) => self.outcome_of(&response, shared),
            Ok(Err(error)) => {
                Outcome::Away { detail: format!("{} cannot be reached: {error}", shared.account.host) }
            }
            Err(_) => Outcome::Away { detail: away(shared, registrar) },
        }
    }

    fn outcome_of(&self, response: &Response, shared: &Shared) -> Outcome {
        let user = &shared.account.user;
        match response.status_code.code() {
            200..=299 => {
                Outcome::Registered { for_seconds: self.registration.expires().clamp(10, EXPIRES_MAX_S) }
            }
            423 => {
                let least = response.headers.iter().find_map(|header| match header {
                    Header::MinExpires(value) => value.value().trim().parse::<u32>().ok(),
                    _ => None,
                });
                match least {
                    Some(seconds) if seconds > self.expires_s && seconds <= EXPIRES_MAX_S => {
                        Outcome::TooBrief { seconds }
                    }
                    _ => Outcome::Refused {
                        detail: "the PBX wants to be registered with for an impossible time".into(),
                    },
                }
            }
            code @ (401 | 403 | 407) => Outcome::Refused {
                detail: format!(
                    "the PBX refused user {user} with this password ({code}): check user name and password"
                ),
            },
            404 => Outcome::Refused {
                detail: format!("the PBX does not know user {user} (404): check user name and domain"),
            },
            408 | 503 => Outcome::Away { detail: away_words(shared) },
            code => Outcome::Away { detail: format!("the PBX answered {code} to the registration") },
        }
    }

    /// Waits until it is time to register again: half of the granted time, or at once when the telephone system stopped
    /// answering.
    async fn rest(&mut self, shared: &Shared, granted_s: u32) {
        let refresh = Instant::now() + Duration::from_secs(u64::from(granted_s) / 2);
        loop {
            let next = (Instant::now() + shared.options.ping_every).min(refresh);
            tokio::time::sleep_until(next).await;
            if next == refresh || !self.answers_pings {
                if Instant::now() >= refresh {
                    return;
                }
                continue;
            }
            if !ping(shared).await {
                // Gone, or one that ignores OPTIONS: a REGISTER tells which.
                if matches!(self.register(shared).await, Outcome::Registered { .. }) {
                    self.answers_pings = ping(shared).await;
                    shared.presence.doubt();
                }
                return;
            }
        }
    }
}

async fn ping(shared: &Shared) -> bool {
    let Some(request) = shared.stack.options(&shared.account) else { return true };
    let to = shared.account.proxy(shared.registrar());
    // 503 is also what the stack makes up when the connection is gone.
    let answer = timeout(PING_MAX, shared.stack.ask(request, to)).await.ok().flatten();
    answer.is_some_and(|response| ![408, 503].contains(&response.status_code.code()))
}

fn away(shared: &Shared, registrar: SocketAddr) -> String {
    format!(
        "no answer from {} ({registrar}): check address, port and network; trying again",
        shared.account.host
    )
}

fn away_words(shared: &Shared) -> String {
    away(shared, shared.registrar())
}
