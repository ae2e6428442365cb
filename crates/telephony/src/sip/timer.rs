//! Session timers (RFC 4028): who refreshes a call and until when, so that a dead far end is noticed. Decides only; the
//! line sends.

use std::time::Duration;

use rsipstack::sip::{Header, HeadersExt};
use tokio::time::Instant;

/// What we ask for as a caller, seconds. RFC 4028 recommends 1,800.
const INTERVAL_S: u32 = 1_800;

/// The session timer of one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SessionTimer {
    agreed: Option<Agreed>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Agreed {
    interval_s: u32,
    we_refresh: bool,
    due: Instant,
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Our turn to refresh.
    Refresh,
    /// The far end should have refreshed and did not.
    Expired,
}

/// Which side of a request we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// We sent it.
    Asked,
    /// We answer it.
    Answering,
}

impl SessionTimer {
    /// Takes over what a request (when answering) or a 2xx (when we asked) says.
    pub(super) fn agree(&mut self, message: &impl HeadersExt, side: Side, now: Instant) {
        self.agreed = said_in(message).map(|(interval_s, refresher)| {
            let we_refresh = match (side, refresher.as_deref()) {
                (Side::Asked, Some("uas")) | (Side::Answering, Some("uac")) => false,
                (Side::Asked, _) | (Side::Answering, Some("uas")) => true,
                // The choice is ours, then: the caller, if she can.
                (Side::Answering, _) => !speaks_timer(message),
            };
            Agreed { interval_s, we_refresh, due: now + patience(interval_s, we_refresh) }
        });
    }

    /// Takes over what the 2xx to a request within the call says, where it says anything.
    pub(super) fn agree_or_keep(&mut self, answer: &impl HeadersExt, now: Instant) {
        match said_in(answer) {
            Some(_) => self.agree(answer, Side::Asked, now),
            None => self.refreshed(now),
        }
    }

    /// A re-INVITE or UPDATE went well: the session lives on.
    pub(super) fn refreshed(&mut self, now: Instant) {
        if let Some(agreed) = &mut self.agreed {
            agreed.due = now + patience(agreed.interval_s, agreed.we_refresh);
        }
    }

    /// The headers of our 2xx.
    pub(super) fn headers_of_answer(&self) -> Vec<Header> {
        let Some(agreed) = self.agreed else { return Vec::new() };
        let refresher = if agreed.we_refresh { "uas" } else { "uac" };
        let mut headers =
            vec![Header::SessionExpires(format!("{};refresher={refresher}", agreed.interval_s).into())];
        if !agreed.we_refresh {
            headers.push(Header::Require("timer".into()));
        }
        headers
    }

    /// The headers of our request in a call, or of the one that begins it.
    pub(super) fn headers_of_request(&self) -> Vec<Header> {
        let value = match self.agreed {
            Some(agreed) => {
                format!("{};refresher={}", agreed.interval_s, if agreed.we_refresh { "uac" } else { "uas" })
            }
            None => INTERVAL_S.to_string(),
        };
        vec![Header::SessionExpires(value.into())]
    }

    /// When to look again.
    pub(super) fn due_at(&self) -> Option<Instant> {
        self.agreed.map(|agreed| agreed.due)
    }

    /// What is due now.
    pub(super) fn due(&self, now: Instant) -> Option<Due> {
        let agreed = self.agreed.filter(|agreed| now >= agreed.due)?;
        Some(if agreed.we_refresh { Due::Refresh } else { Due::Expired })
    }
}

/// The interval an INVITE asks for, where it is shorter than `least_s` and its sender can be told so (422).
pub(super) fn too_short(invite: &impl HeadersExt, least_s: u32) -> bool {
    speaks_timer(invite) && said_in(invite).is_some_and(|(interval_s, _)| interval_s < least_s)
}

fn speaks_timer(message: &impl HeadersExt) -> bool {
    message.headers().iter().any(|header| match header {
        Header::Supported(value) => {
            value.value().split(',').any(|token| token.trim().eq_ignore_ascii_case("timer"))
        }
        _ => false,
    })
}

fn said_in(message: &impl HeadersExt) -> Option<(u32, Option<String>)> {
    let value = message.session_expires_header()?.value().to_owned();
    let mut parts = value.split(';').map(str::trim);
    let interval_s = parts.next()?.parse().ok()?;
    let refresher = parts.find_map(|part| part.strip_prefix("refresher=").map(str::to_ascii_lowercase));
    Some((interval_s, refresher))
}

/// Half of it for the one who refreshes; the other gives up shortly before the end (RFC 4028 §10).
fn patience(interval_s: u32, we_refresh: bool) -> Duration {
    let interval = Duration::from_secs(u64::from(interval_s));
    if we_refresh { interval / 2 } else { interval - (interval / 3).min(Duration::from_secs(32)) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::*;
    use rsipstack::sip::Request;

    fn invite(extra: &str) -> Request {
        let text = format!(
            "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP c;branch=z9hG4bK1\r\nFrom: <sip:c@d>;tag=1\r\nTo: <sip:a@b>\r\n\
             Call-ID: 1\r\nCSeq: 1 INVITE\r\n{extra}Content-Length: 0\r\n\r\n"
        );
        Request::try_from(text.as_str()).unwrap()
    }

    fn answered(extra: &str) -> String {
        let mut timer = SessionTimer::default();
        timer.agree(&invite(extra), Side::Answering, Instant::now());
        timer.headers_of_answer().iter().map(|header| format!("{header} ")).collect()
    }

    #[test]
    fn the_caller_refreshes_if_she_can_and_we_do_if_she_cannot() {
        let both = "Session-Expires: 600;refresher=uac Require: timer ";
        assert_eq!(
            answered("Session-Expires: 600\r\nSupported: timer\r\n")
                .replace("Expires: 600; ", "Expires: 600;"),
            both
        );
        assert_eq!(answered("Session-Expires: 600\r\n"), "Session-Expires: 600;refresher=uas ");
        assert_eq!(answered("Supported: timer\r\n"), "");
    }

    #[test]
    fn the_one_who_refreshes_does_so_at_half_time_and_the_other_gives_up_before_the_end() {
        let now = Instant::now();
        let mut timer = SessionTimer::default();
        timer.agree(&invite("Session-Expires: 90;refresher=uas\r\n"), Side::Answering, now);
        assert_eq!(timer.due(now + Duration::from_secs(44)), None);
        assert_eq!(timer.due(now + Duration::from_secs(45)), Some(Due::Refresh));
        timer.agree(&invite("Session-Expires: 90;refresher=uac\r\n"), Side::Answering, now);
        assert_eq!(timer.due(now + Duration::from_secs(59)), None);
        assert_eq!(timer.due(now + Duration::from_secs(60)), Some(Due::Expired));
        timer.refreshed(now + Duration::from_secs(50));
        assert_eq!(timer.due(now + Duration::from_secs(60)), None);
    }

    #[test]
    fn an_interval_too_short_for_us_is_refused_only_where_the_caller_understands_that() {
        assert!(too_short(&invite("Session-Expires: 30\r\nSupported: 100rel, timer\r\n"), 90));
        assert!(!too_short(&invite("Session-Expires: 30\r\n"), 90));
        assert!(!too_short(&invite("Session-Expires: 90\r\nSupported: timer\r\n"), 90));
    }
}
