//! What we read out of SIP messages and write into them: who calls, session descriptions, why something failed, progress
//! of a REFER, Replaces, keys. Pure functions; nothing here sends.

use contracts::Address;
use engine::{Failure, ReleaseCause};
use rsipstack::dialog::DialogId;
use rsipstack::sip::typed::From as FromTo;
use rsipstack::sip::{HasHeaders, Header, HeadersExt, Request, StatusCode, Uri};

use super::account::{Account, percent_decoded};

/// Methods we answer with more than a refusal.
pub(super) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, NOTIFY, INFO, UPDATE, REFER, PRACK";
/// Extensions we speak.
pub(super) const SUPPORTED: &str = "replaces, timer";

/// Who is at the far end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Caller {
    pub(super) address: Address,
    pub(super) display_name: Option<String>,
}

/// The identity the telephone system vouches for (RFC 3325), else what the caller says of herself.
pub(super) fn caller_of(message: &impl HasHeaders, account: &Account) -> Option<Caller> {
    let asserted = message.headers().iter().find_map(|header| match header {
        Header::PAssertedIdentity(value) => Some(value.value()),
        _ => None,
    });
    let said = message.headers().iter().find_map(|header| match header {
        Header::From(value) => Some(value.value()),
        _ => None,
    });
    asserted.into_iter().chain(said).find_map(|value| caller_in(value, account))
}

/// The party a `To`-like header value names.
pub(super) fn caller_in(value: &str, account: &Account) -> Option<Caller> {
    let party = FromTo::parse(first_of_list(value)).ok()?;
    let display_name = party.display_name.map(|name| name.trim().trim_matches('"').trim().to_owned());
    let display_name =
        display_name.filter(|name| !name.is_empty()).map(|name| name.chars().take(256).collect());
    Some(Caller { address: account.address_of(&party.uri)?, display_name })
}

/// The first of several values parted by commas outside quotes and angle brackets.
fn first_of_list(value: &str) -> &str {
    let (mut quoted, mut angle) = (false, false);
    let end = value.char_indices().find(|(_, c)| {
        match c {
            '"' => quoted = !quoted,
            '<' => angle = true,
            '>' => angle = false,
            _ => {}
        }
        *c == ',' && !quoted && !angle
    });
    end.map_or(value, |(at, _)| &value[..at])
}

/// All of them, trimmed; blank ones do not count.
pub(super) fn values_of_list(value: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(value);
    let values = std::iter::from_fn(move || {
        let value = rest?;
        let first = first_of_list(value);
        rest = value.get(first.len() + 1..);
        Some(first.trim())
    });
    values.filter(|value| !value.is_empty())
}

/// Which of our addresses she dialled: the `To` header, for the Request-URI is already our contact.
pub(super) fn dialled(request: &Request, account: &Account) -> Option<Address> {
    let to = request.to_header().ok()?;
    caller_in(to.value(), account).map(|caller| caller.address)
}

/// The session description in a body: `Ok(None)` without a body, `Err` where there is a body but no SDP in it.
pub(super) fn session_description(message: &impl HasHeaders, body: &[u8]) -> Result<Option<String>, NoSdp> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let kind = message.headers().iter().find_map(|header| match header {
        Header::ContentType(value) => Some(value.value().trim().to_owned()),
        _ => None,
    });
    let kind = kind.unwrap_or_else(|| "application/sdp".to_owned());
    let text = String::from_utf8_lossy(body).into_owned();
    if kind.to_ascii_lowercase().starts_with("application/sdp") {
        return Ok(Some(text));
    }
    let boundary =
        kind.split(';').find_map(|part| part.trim().strip_prefix("boundary=")).map(|b| b.trim_matches('"'));
    let boundary = boundary.filter(|_| kind.to_ascii_lowercase().starts_with("multipart/")).ok_or(NoSdp)?;
    let boundary = format!("--{boundary}");
    let mut parts = text.split(&boundary).filter_map(|part| part.trim_start().split_once("\r\n\r\n"));
    let sdp = parts.find(|(head, _)| head.to_ascii_lowercase().contains("application/sdp"));
    sdp.map(|(_, body)| Some(body.trim_end_matches("\r\n").to_owned() + "\r\n")).ok_or(NoSdp)
}

/// A body that is no session description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoSdp;

/// The reason behind a final response that is no success.
pub(super) fn failure_of(code: u16) -> Failure {
    match code {
        486 | 600 => Failure::Busy,
        603 => Failure::Declined,
        408 | 480 | 487 => Failure::NoAnswer,
        301 | 302 | 404 | 410 | 484 | 485 | 502..=504 | 604 => Failure::Unreachable,
        401 | 403 | 405 | 407 | 501 => Failure::Forbidden,
        _ => Failure::Fault,
    }
}

/// The final response to an INVITE that is let go before it was answered.
pub(super) fn refusal_of(why: ReleaseCause) -> StatusCode {
    match why {
        ReleaseCause::Normal | ReleaseCause::NoAttendant | ReleaseCause::HandedOver => {
            StatusCode::TemporarilyUnavailable
        }
        ReleaseCause::Overload => StatusCode::BusyHere,
    }
}

/// What a NOTIFY says about a REFER.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    /// Status code of the sipfrag; 100 where there is none.
    pub(super) code: u16,
    /// No more will come.
    pub(super) last: bool,
}

/// Reads the NOTIFY of a REFER; `None` where it is about something else. Ours because the stack's own reader looks for
/// `Event` among unknown headers, where the parser never puts it.
pub(super) fn progress_in(notify: &Request) -> Option<Progress> {
    let (mut refer, mut last) = (false, false);
    for header in notify.headers.iter() {
        match header {
            Header::Event(event) => refer = event.value().trim().to_ascii_lowercase().starts_with("refer"),
            Header::SubscriptionState(state) => {
                last = state.value().to_ascii_lowercase().contains("terminated")
            }
            _ => {}
        }
    }
    let body = String::from_utf8_lossy(&notify.body);
    let code = body.lines().find_map(|line| line.trim().strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok());
    (refer || code.is_some()).then(|| Progress { code: code.unwrap_or(100), last })
}

/// `Refer-To` for a hand-over to somebody we talk to: she takes the INVITE in place of our dialog with her.
pub(super) fn refer_to_replacing(target: &Uri, ours: &DialogId) -> String {
    let replaces = format!("{};to-tag={};from-tag={}", ours.call_id, ours.remote_tag, ours.local_tag);
    format!("<{target}?Replaces={}>", header_escaped(&replaces))
}

/// Escapes all that is reserved in the header part of a URI.
fn header_escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

/// A Replaces header (RFC 3891), seen from us who receive it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Replaces {
    /// The dialog of ours that is to be replaced.
    pub(super) dialog: DialogId,
    /// Only if it is not confirmed yet.
    pub(super) early_only: bool,
}

/// The Replaces header of an INVITE: `Ok(None)` without one, `Err` where it makes no sense.
pub(super) fn replaces_in(invite: &Request) -> Result<Option<Replaces>, MalformedReplaces> {
    let Some(header) = invite.replaces_header() else { return Ok(None) };
    let mut parts = header.value().split(';').map(str::trim);
    let call_id = parts.next().filter(|id| !id.is_empty()).ok_or(MalformedReplaces)?;
    let (mut local_tag, mut remote_tag, mut early_only) = (None, None, false);
    for part in parts {
        match part.split_once('=') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("to-tag") => {
                local_tag = Some(value.trim().to_owned())
            }
            Some((name, value)) if name.trim().eq_ignore_ascii_case("from-tag") => {
                remote_tag = Some(value.trim().to_owned())
            }
            Some(_) => {}
            None => early_only |= part.eq_ignore_ascii_case("early-only"),
        }
    }
    let (Some(local_tag), Some(remote_tag)) = (local_tag, remote_tag) else { return Err(MalformedReplaces) };
    Ok(Some(Replaces { dialog: DialogId { call_id: call_id.to_owned(), local_tag, remote_tag }, early_only }))
}

/// A Replaces header without its tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MalformedReplaces;

/// The key in the body of an INFO: `application/dtmf-relay` (`Signal=5`) or `application/dtmf` (`5`).
pub(super) fn key_in(info: &Request) -> Option<char> {
    let kind = info.headers.iter().find_map(|header| match header {
        Header::ContentType(value) => Some(value.value().to_ascii_lowercase()),
        _ => None,
    })?;
    let body = String::from_utf8_lossy(&info.body);
    let signal = if kind.starts_with("application/dtmf-relay") {
        body.lines().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            name.trim().eq_ignore_ascii_case("signal").then(|| value.trim().to_owned())
        })?
    } else if kind.starts_with("application/dtmf") {
        body.trim().to_owned()
    } else {
        return None;
    };
    match signal.as_str() {
        "10" => Some('*'),
        "11" => Some('#'),
        one => one.chars().next().filter(|_| one.chars().count() == 1).map(|c| c.to_ascii_uppercase()),
    }
    .filter(|key| "0123456789*#ABCD".contains(*key))
}

/// Compares tags and Call-IDs of two dialogs; the Call-ID of a Replaces header may come percent-encoded.
pub(super) fn same_dialog(a: &DialogId, b: &DialogId) -> bool {
    a.local_tag == b.local_tag
        && a.remote_tag == b.remote_tag
        && percent_decoded(&a.call_id) == percent_decoded(&b.call_id)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::*;
    use crate::sip::account::Account;
    use contracts::connectors::{SipAccount, SipTransport};
    use contracts::secrets::Secret;

    fn account() -> Account {
        let words = SipAccount {
            user: "carol".into(),
            auth_user: String::new(),
            registrar: "10.0.0.1".into(),
            domain: "lab.test".into(),
            transport: SipTransport::Udp,
            display_name: String::new(),
        };
        Account::parse(&words, Secret::new(Vec::new())).unwrap()
    }

    fn request(method: &str, extra: &str, body: &str) -> Request {
        let text = format!(
            "{method} sip:carol@10.0.0.9 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\r\n\
             From: \"Anna, B\" <sip:anna@lab.test>;tag=f\r\nTo: <sip:4010@lab.test>\r\nCall-ID: c@h\r\nCSeq: 1 {method}\r\n\
             {extra}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        Request::try_from(text.as_str()).unwrap()
    }

    #[test]
    fn the_asserted_identity_goes_before_what_the_caller_says_of_herself() {
        let invite = request(
            "INVITE",
            "P-Asserted-Identity: \"Front Desk\" <sip:+41445556677@c.net>, <tel:+41445556677>\r\n",
            "",
        );
        let caller = caller_of(&invite, &account()).unwrap();
        assert_eq!(
            (caller.address.as_str(), caller.display_name.as_deref()),
            ("+41445556677", Some("Front Desk"))
        );
        let caller = caller_of(&request("INVITE", "", ""), &account()).unwrap();
        assert_eq!((caller.address.as_str(), caller.display_name.as_deref()), ("anna", Some("Anna, B")));
        assert_eq!(dialled(&request("INVITE", "", ""), &account()).unwrap().as_str(), "4010");
    }

    #[test]
    fn trap_1_the_progress_of_a_refer_is_read_from_a_real_notify() {
        let head = "Event: refer\r\nSubscription-State: terminated;reason=noresource\r\nContent-Type: message/sipfrag;version=2.0\r\n";
        let notify = request("NOTIFY", head, "SIP/2.0 486 Busy Here\r\n");
        assert_eq!(progress_in(&notify), Some(Progress { code: 486, last: true }));
        let notify = request(
            "NOTIFY",
            "Event: refer;id=93\r\nSubscription-State: active;expires=60\r\n",
            "SIP/2.0 100 Trying",
        );
        assert_eq!(progress_in(&notify), Some(Progress { code: 100, last: false }));
        assert_eq!(
            progress_in(&request("NOTIFY", "Event: message-summary\r\n", "Messages-Waiting: no\r\n")),
            None
        );
    }

    #[test]
    fn the_replaces_of_a_refer_to_is_escaped_and_names_the_tags_as_the_target_sees_them() {
        let ours =
            DialogId { call_id: "a=b@10.0.0.9".into(), local_tag: "l-1".into(), remote_tag: "r;2".into() };
        let text = refer_to_replacing(&Uri::try_from("sip:bob@lab.test").unwrap(), &ours);
        assert_eq!(text, "<sip:bob@lab.test?Replaces=a%3Db%4010.0.0.9%3Bto-tag%3Dr%3B2%3Bfrom-tag%3Dl-1>");
    }

    #[test]
    fn a_replaces_header_names_our_dialog_from_our_side() {
        let invite = request("INVITE", "Replaces: x@y;from-tag=theirs;to-tag=ours;early-only\r\n", "");
        let dialog =
            DialogId { call_id: "x@y".into(), local_tag: "ours".into(), remote_tag: "theirs".into() };
        assert_eq!(replaces_in(&invite), Ok(Some(Replaces { dialog, early_only: true })));
        assert_eq!(
            replaces_in(&request("INVITE", "Replaces: x@y;to-tag=ours\r\n", "")),
            Err(MalformedReplaces)
        );
        assert_eq!(replaces_in(&request("INVITE", "", "")), Ok(None));
    }

    #[test]
    fn keys_come_by_both_kinds_of_info() {
        for (kind, body, key) in [
            ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", Some('5')),
            ("application/dtmf-relay", "Signal= 11\r\n", Some('#')),
            ("application/dtmf", "a", Some('A')),
            ("application/dtmf", "77", None),
            ("text/plain", "5", None),
        ] {
            assert_eq!(
                key_in(&request("INFO", &format!("Content-Type: {kind}\r\n"), body)),
                key,
                "{kind} {body:?}"
            );
        }
    }

    #[test]
    fn a_session_description_is_found_in_a_multipart_body_and_nothing_else_passes_for_one() {
        let sdp = |extra: &str, body: &str| {
            let invite = request("INVITE", extra, body);
            session_description(&invite, &invite.body)
        };
        assert_eq!(sdp("", ""), Ok(None));
        assert_eq!(sdp("Content-Type: application/sdp\r\n", "v=0\r\n"), Ok(Some("v=0\r\n".into())));
        assert_eq!(sdp("Content-Type: text/plain\r\n", "v=0\r\n"), Err(NoSdp));
        let multipart = "--x\r\nContent-Type: application/isup\r\n\r\nab\r\n--x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--x--\r\n";
        assert_eq!(
            sdp("Content-Type: multipart/mixed;boundary=x\r\n", multipart),
            Ok(Some("v=0\r\n".into()))
        );
    }
}
