//! One subscription as it is on the wire: the SUBSCRIBE that begins it, goes on with it and ends it, and the NOTIFYs within it,
//! taken in order. Decides nothing and waits for nobody.

use contracts::presence::{Availability, PresenceId};
use rsipstack::sip::param::Tag;
use rsipstack::sip::{
    CallId, HasHeaders, Header, HeadersExt, Method, Request, Response, Route, StatusCode, Uri, typed,
};
use rsipstack::transaction::make_tag;
use rsipstack::transport::SipAddr;

use super::super::account::printable;
use super::super::shared::Shared;
use super::super::wire::values_of_list;
use super::document::{self, CallTable, Document, Taken};
use super::watching::{Answer, End, Notice, Package, Reason};

/// Proxies that a subscription goes by; more stand in no message that is meant well.
const ROUTES_MAX: usize = 16;

/// A subscription of ours.
pub(super) struct Subscription {
    pub(super) id: PresenceId,
    /// As it is known where it is decided on.
    pub(super) serial: u64,
    pub(super) package: Package,
    pub(super) call_id: String,
    /// We have said goodbye.
    pub(super) is_leaving: bool,
    uri: Uri,
    local_tag: Tag,
    remote: Option<Remote>,
    cseq: u32,
    their_cseq: Option<u32>,
    calls: CallTable,
}

/// The far end of the dialog.
struct Remote {
    tag: String,
    target: Option<Uri>,
    routes: Vec<String>,
}

impl Subscription {
    pub(super) fn new(
        id: PresenceId,
        serial: u64,
        package: Package,
        uri: Uri,
        call_id: String,
    ) -> Subscription {
        Subscription {
            id,
            serial,
            package,
            call_id,
            is_leaving: false,
            uri,
            local_tag: make_tag(),
            remote: None,
            cseq: 0,
            their_cseq: None,
            calls: CallTable::default(),
        }
    }

    /// The next SUBSCRIBE, and where it goes. 0 seconds end the subscription.
    pub(super) fn subscribe(&mut self, shared: &Shared, expires_s: u32) -> Option<(Request, SipAddr)> {
        let via = shared.stack.via(&shared.account)?;
        let from = typed::From::from(shared.account.address_of_record()).with_tag(self.local_tag.clone());
        let mut to = typed::To { display_name: None, uri: self.uri.clone(), params: Vec::new() };
        if let Some(remote) = &self.remote {
            to = to.with_tag(Tag::new(remote.tag.clone()));
        }
        let target = self.remote.as_ref().and_then(|remote| remote.target.clone());
        self.cseq += 1;
        let mut request = shared.stack.endpoint.make_request(
            Method::Subscribe,
            target.unwrap_or_else(|| self.uri.clone()),
            via,
            from,
            to,
            self.cseq,
            Some(CallId::from(self.call_id.clone())),
        );
        let (event, accept) = match self.package {
            Package::Dialog => ("dialog", "application/dialog-info+xml"),
            Package::Presence => ("presence", "application/pidf+xml"),
        };
        let routes = self.remote.as_ref().map(|remote| remote.routes.as_slice()).unwrap_or_default();
        for route in routes {
            request.headers.push(Header::Route(Route::from(route.clone())));
        }
        request.headers.push(typed::Contact::from(shared.stack.contact.clone()).into());
        request.headers.push(Header::Event(event.into()));
        request.headers.push(Header::Accept(accept.into()));
        request.headers.push(Header::Expires(expires_s.into()));
        let to = match self.remote {
            None => shared.account.proxy(shared.registrar()),
            Some(_) => next_hop(shared, &request),
        };
        Some((request, to))
    }

    /// A challenge was answered under this number.
    pub(super) fn counted_on_to(&mut self, cseq: u32) {
        self.cseq = self.cseq.max(cseq);
    }

    /// A SUBSCRIBE was answered with 2xx. Where a NOTIFY was faster, that one has made the dialog.
    pub(super) fn accepted(&mut self, response: &Response) {
        let tag = response.to_header().ok().and_then(|to| to.tag().ok().flatten());
        let Some(tag) = tag.map(|tag| tag.value().to_owned()) else { return };
        let target = contact_of(response);
        match &mut self.remote {
            Some(remote) if remote.tag == tag => remote.target = target.or(remote.target.take()),
            // Another one of those that a proxy asked.
            Some(_) => {}
            None => {
                let mut routes = record_routes(response);
                routes.reverse();
                self.remote = Some(Remote { tag, target, routes });
            }
        }
    }

    /// Takes a NOTIFY in; `Err` is how it is answered where it says nothing.
    pub(super) fn take(&mut self, notify: &Request) -> Result<Notice, StatusCode> {
        let unknown = StatusCode::CallTransactionDoesNotExist;
        let tag_of = |tag: Option<Tag>| tag.map(|tag| tag.value().to_owned());
        let ours = notify.to_header().ok().and_then(|to| tag_of(to.tag().ok().flatten()));
        let theirs = notify.from_header().ok().and_then(|from| tag_of(from.tag().ok().flatten()));
        let Some(theirs) = theirs.filter(|_| ours.as_deref() == Some(self.local_tag.value())) else {
            return Err(unknown);
        };
        // A proxy may have asked several; the first to tell is the one.
        if self.remote.as_ref().is_some_and(|remote| remote.tag != theirs) {
            return Err(unknown);
        }
        if !self.is_of(notify) {
            return Err(StatusCode::BadEvent);
        }
        let state = value_of(notify, |header| match header {
            Header::SubscriptionState(state) => Some(state.value()),
            _ => None,
        });
        let cseq = notify.cseq_header().and_then(|cseq| cseq.seq()).ok();
        let (Some(state), Some(cseq)) = (state, cseq) else { return Err(StatusCode::BadRequest) };
        if self.their_cseq.is_some_and(|before| cseq <= before) {
            // Overtaken by a newer one (RFC 3261 §12.2.2).
            return Err(StatusCode::ServerInternalError);
        }
        self.their_cseq = Some(cseq);
        let target = contact_of(notify);
        match &mut self.remote {
            Some(remote) => remote.target = target.or(remote.target.take()),
            None => self.remote = Some(Remote { tag: theirs, target, routes: record_routes(notify) }),
        }
        Ok(self.read(&state, &notify.body))
    }

    fn is_of(&self, notify: &Request) -> bool {
        let event = event_of(notify).unwrap_or_default();
        match self.package {
            Package::Dialog => event == "dialog",
            Package::Presence => event == "presence",
        }
    }

    fn read(&mut self, state: &str, body: &[u8]) -> Notice {
        let mut parts = state.split(';').map(str::trim);
        let word = parts.next().unwrap_or_default().to_ascii_lowercase();
        let (mut expires_s, mut reason, mut retry_after_s) = (None, String::new(), None);
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            match name.trim().to_ascii_lowercase().as_str() {
                "expires" => expires_s = value.trim().parse().ok(),
                "retry-after" => retry_after_s = value.trim().parse().ok(),
                "reason" => reason = value.trim().to_ascii_lowercase(),
                _ => {}
            }
        }
        let end = (word == "terminated").then(|| End { reason: reason_of(&reason), retry_after_s });
        let (told, gap) = if body.iter().all(u8::is_ascii_whitespace) {
            (self.silence(&word), false)
        } else {
            self.document(body)
        };
        Notice { end, expires_s, told, gap }
    }

    /// What an empty NOTIFY says: nobody has told anything of her. Of calls that means that there are none.
    fn silence(&mut self, word: &str) -> Option<Availability> {
        match (word, self.package) {
            ("active", Package::Dialog) => {
                self.calls = CallTable::default();
                Some(Availability::Available)
            }
            // She has yet to allow it, or publishes nothing.
            ("active" | "pending", _) => Some(Availability::Unknown),
            _ => None,
        }
    }

    fn document(&mut self, body: &[u8]) -> (Option<Availability>, bool) {
        match document::read(body) {
            Ok(Document::Calls(calls)) => match self.calls.take(calls) {
                Taken::Counts => (Some(self.calls.availability()), false),
                Taken::Gap => (Some(self.calls.availability()), true),
                Taken::Old => (None, false),
            },
            Ok(Document::Presence(availability)) => (Some(availability), false),
            Err(why) => {
                tracing::warn!(%why, "what the telephone system tells of somebody cannot be read");
                (Some(Availability::Unknown), false)
            }
        }
    }
}

/// The package a NOTIFY is of, without its parameters.
pub(super) fn event_of(notify: &Request) -> Option<String> {
    let event = value_of(notify, |header| match header {
        Header::Event(event) => Some(event.value()),
        _ => None,
    })?;
    Some(event.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// What a final response says of the subscription.
pub(super) fn answer_in(response: Option<&Response>) -> Answer {
    let Some(response) = response else { return Answer { code: 408, ..Answer::default() } };
    let seconds = |pick: fn(&Header) -> Option<&str>| {
        let value = value_of(response, pick)?;
        // `Retry-After: 30 (busy);duration=60`
        value.trim().split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    Answer {
        code: response.status_code.code(),
        expires_s: seconds(|header| match header {
            Header::Expires(value) => Some(value.value()),
            _ => None,
        }),
        min_expires_s: seconds(|header| match header {
            Header::MinExpires(value) => Some(value.value()),
            _ => None,
        }),
        retry_after_s: seconds(|header| match header {
            Header::RetryAfter(value) => Some(value.value()),
            _ => None,
        }),
    }
}

fn reason_of(word: &str) -> Reason {
    match word {
        "deactivated" | "timeout" => Reason::Again,
        "rejected" | "noresource" | "invariant" => Reason::Never,
        // `probation`, `giveup`, none, and what others have added.
        _ => Reason::Later,
    }
}

fn value_of<'m>(
    message: &'m impl HasHeaders,
    pick: impl Fn(&'m Header) -> Option<&'m str>,
) -> Option<String> {
    message.headers().iter().find_map(pick).map(str::to_owned)
}

/// The way back, in the order of the message.
fn record_routes(message: &impl HasHeaders) -> Vec<String> {
    let values = message.headers().iter().filter_map(|header| match header {
        Header::RecordRoute(value) => Some(value.value()),
        _ => None,
    });
    values.flat_map(values_of_list).take(ROUTES_MAX).map(str::to_owned).collect()
}

fn contact_of(message: &impl HeadersExt) -> Option<Uri> {
    message.typed_contact_headers().ok()?.into_iter().next().map(|contact| printable(contact.uri))
}

/// Where a request within the dialog goes: by its first route, else to the far end; by our transport where neither names
/// one. A name is looked up by nobody: the domain of a telephone system is often no name of the network's.
fn next_hop(shared: &Shared, request: &Request) -> SipAddr {
    let proxy = shared.account.proxy(shared.registrar());
    match SipAddr::try_from(&request.destination()) {
        Ok(hop) if matches!(hop.addr.host, rsipstack::sip::Host::IpAddr(_)) => {
            SipAddr { r#type: hop.r#type.or(proxy.r#type), ..hop }
        }
        Ok(_) | Err(_) => proxy,
    }
}
