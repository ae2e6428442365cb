//! The SIP stack, opened on our addresses. Together with the rest of this folder the only place that knows the library;
//! it hands out transactions as they come in and dialogs as they are made.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use contracts::connectors::SipTransport;
use contracts::telephony::TelephonyError;
use rsipstack::EndpointBuilder;
use rsipstack::dialog::authenticate::{AuthRetry, Credential, handle_client_authenticate};
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::sip::{HeadersExt, Host, HostWithPort, Method, Request, Response, SipMessage, Uri};
use rsipstack::transaction::endpoint::{EndpointInnerRef, EndpointOption};
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transaction::{TransactionReceiver, random_text};
use rsipstack::transport::tcp_listener::TcpListenerConnection;
use rsipstack::transport::transport_layer::{DefaultDomainResolver, DomainResolver};
use rsipstack::transport::udp::UdpConnection;
use rsipstack::transport::{SipAddr, SipConnection, TransportLayer};
use tokio_util::sync::CancellationToken;

use super::account::Account;

/// Hosts that are reached by way of our telephone system; as many as there are domains dialled in a day.
const SIGNPOSTS_MAX: usize = 256;

/// An open stack.
pub(super) struct Stack {
    pub(super) endpoint: EndpointInnerRef,
    pub(super) dialogs: Arc<DialogLayer>,
    /// Where we listen.
    pub(super) local: SocketAddr,
    /// Where people reach us.
    pub(super) contact: Uri,
    udp: SipConnection,
    signposts: Signposts,
    token: CancellationToken,
}

impl Stack {
    /// Binds and begins to read. `patience` is how long a request waits for an answer (64 × T1 of RFC 3261).
    pub(super) async fn open(
        account: &Account,
        bind: IpAddr,
        port: u16,
        patience: Duration,
    ) -> Result<(Stack, TransactionReceiver), TelephonyError> {
        let token = CancellationToken::new();
        let signposts = Signposts::default();
        let transports = TransportLayer::new_with_domain_resolver(token.clone(), Box::new(signposts.clone()));
        let local;
        let udp;
        match account.transport {
            SipTransport::Udp => {
                (udp, local) = udp_on(SocketAddr::new(bind, port), &token).await?;
                transports.add_transport(udp.clone());
            }
            SipTransport::Tcp => {
                local = free_tcp_port(SocketAddr::new(bind, port))?;
                let listener = TcpListenerConnection::new(local, None).await.map_err(no_port)?;
                transports.add_transport(listener.into());
                // For phones that want to be spoken to over UDP within a dialog; its port need not be the same.
                udp = match udp_on(local, &token).await {
                    Ok((udp, _)) => udp,
                    Err(_) => udp_on(SocketAddr::new(bind, 0), &token).await?.0,
                };
                transports.add_transport(udp.clone());
            }
        }
        let option = EndpointOption {
            callid_suffix: Some(local.ip().to_string()),
            t1x64: patience,
            ..EndpointOption::default()
        };
        let endpoint = EndpointBuilder::new()
            .with_cancel_token(token.clone())
            .with_transport_layer(transports)
            .with_user_agent(concat!("Usher/", env!("CARGO_PKG_VERSION")))
            .with_option(option)
            .build();
        let incoming = endpoint.incoming_transactions().map_err(no_port)?;
        let endpoint = endpoint.inner.clone();
        let dialogs = Arc::new(DialogLayer::new(endpoint.clone()));
        let contact = account.contact(local);
        Ok((Stack { endpoint, dialogs, local, contact, udp, signposts, token }, incoming))
    }

    /// Reads from the network until it is closed.
    pub(super) async fn serve(endpoint: EndpointInnerRef) {
        if let Err(error) = endpoint.serve().await {
            tracing::error!(%error, "the SIP stack stopped");
        }
    }

    /// A new Call-ID of ours.
    pub(super) fn call_id(&self) -> String {
        format!("{}@{}", random_text(24), self.local.ip())
    }

    /// Sends what is for this host to `proxy` from now on. An INVITE is sent there anyway; but its CANCEL looks the host
    /// up by itself, and the domain of a telephone system is often no name of the network's (RFC 3261 §9.1 wants both to
    /// go the same way).
    pub(super) fn send_by(&self, host: &HostWithPort, proxy: SipAddr) {
        if let Host::Domain(domain) = &host.host {
            let mut posts = self.signposts.posts.lock().unwrap_or_else(PoisonError::into_inner);
            if posts.len() >= SIGNPOSTS_MAX {
                posts.clear();
            }
            posts.insert(domain.to_string().to_ascii_lowercase(), proxy);
        }
    }

    /// Sends a request outside any dialog and waits for the final response.
    pub(super) async fn ask(&self, request: Request, to: SipAddr) -> Option<Response> {
        let key = TransactionKey::from_request(&request, TransactionRole::Client).ok()?;
        let mut transaction = Transaction::new_client(key, request, self.endpoint.clone(), None);
        transaction.destination = Some(to);
        transaction.send().await.ok()?;
        while let Some(message) = transaction.receive().await {
            if let SipMessage::Response(response) = message
                && response.status_code.code() >= 200
            {
                return Some(response);
            }
        }
        None
    }

    /// As [`Stack::ask`], and answers a challenge. Also gives the CSeq that the last request had.
    pub(super) async fn ask_as(
        &self,
        credential: &Credential,
        request: Request,
        to: SipAddr,
    ) -> (Option<Response>, u32) {
        let Ok(mut cseq) = request.cseq_header().and_then(|cseq| cseq.seq()) else { return (None, 0) };
        let Ok(key) = TransactionKey::from_request(&request, TransactionRole::Client) else {
            return (None, cseq);
        };
        let mut transaction = Transaction::new_client(key, request, self.endpoint.clone(), None);
        transaction.destination = Some(to);
        let mut challenges = AuthRetry::new();
        if transaction.send().await.is_err() {
            return (None, cseq);
        }
        while let Some(message) = transaction.receive().await {
            let SipMessage::Response(response) = message else { continue };
            let code = response.status_code.code();
            if matches!(code, 401 | 407) && challenges.should_answer(&response) {
                let refused = response.clone();
                let answered = handle_client_authenticate(cseq + 1, &transaction, response, credential).await;
                let Ok(again) = answered else { return (Some(refused), cseq) };
                transaction = again;
                cseq += 1;
                if transaction.send().await.is_err() {
                    return (None, cseq);
                }
            } else if code >= 200 {
                return (Some(response), cseq);
            }
        }
        (None, cseq)
    }

    /// Hands the stack an INVITE once more that reached an earlier life of this program, as if the peer had sent it
    /// again. Its `Via` still says where it came from.
    pub(super) async fn replay(&self, invite: Request) -> Result<(), rsipstack::Error> {
        let (transport, host) = SipConnection::parse_target_from_via(invite.via_header()?)?;
        let from = SipAddr::new(transport, host);
        let connection = match transport {
            rsipstack::sip::Transport::Udp => self.udp.clone(),
            // The connection it came by is gone with the process: the response travels on a new one (RFC 3261 §18.2.2).
            _ => self.endpoint.transport_layer.lookup(&from, None).await?.0,
        };
        self.endpoint.on_received_message(SipMessage::Request(invite), connection, &from).await
    }

    /// An OPTIONS to our telephone system: keeps the way through a NAT open and tells whether it is alive.
    pub(super) fn options(&self, account: &Account) -> Option<Request> {
        let via = self.via(account)?;
        let from = rsipstack::sip::typed::From::from(account.address_of_record())
            .with_tag(rsipstack::transaction::make_tag());
        let to =
            rsipstack::sip::typed::To { display_name: None, uri: account.domain_uri(), params: Vec::new() };
        let mut request =
            self.endpoint.make_request(Method::Options, account.domain_uri(), via, from, to, 1, None);
        request.headers.push(rsipstack::sip::typed::Contact::from(self.contact.clone()).into());
        Some(request)
    }

    /// Where answers to a request outside of calls come back to.
    pub(super) fn via(&self, account: &Account) -> Option<rsipstack::sip::typed::Via> {
        self.endpoint.get_via(self.listening_on(account), None).ok()
    }

    fn listening_on(&self, account: &Account) -> Option<SipAddr> {
        let listens = self.endpoint.transport_layer.get_listen_addrs();
        listens.into_iter().find(|address| address.r#type == Some(account.transport()))
    }

    /// Closes all sockets.
    pub(super) fn close(&self) {
        self.token.cancel();
    }
}

/// Where hosts are found: some by way of our telephone system, the rest as DNS says.
#[derive(Clone, Default)]
struct Signposts {
    posts: Arc<Mutex<HashMap<String, SipAddr>>>,
    dns: Arc<DefaultDomainResolver>,
}

#[async_trait]
impl DomainResolver for Signposts {
    async fn resolve(&self, target: &SipAddr) -> Result<SipAddr, rsipstack::Error> {
        let host = target.addr.host.to_string().to_ascii_lowercase();
        let post = self.posts.lock().unwrap_or_else(PoisonError::into_inner).get(&host).cloned();
        match post {
            Some(proxy) => Ok(proxy),
            None => self.dns.resolve(target).await,
        }
    }
}

async fn udp_on(
    address: SocketAddr,
    token: &CancellationToken,
) -> Result<(SipConnection, SocketAddr), TelephonyError> {
    let udp =
        UdpConnection::create_connection(address, None, Some(token.child_token())).await.map_err(no_port)?;
    let local = udp.get_addr().get_socketaddr().map_err(no_port)?;
    Ok((udp.into(), local))
}

/// The stack binds its TCP listener only later and only logs when it cannot: find out here.
fn free_tcp_port(wanted: SocketAddr) -> Result<SocketAddr, TelephonyError> {
    let listener = std::net::TcpListener::bind(wanted).map_err(no_port)?;
    listener.local_addr().map_err(no_port)
}

fn no_port(error: impl std::fmt::Display) -> TelephonyError {
    TelephonyError::Disconnected(format!("no port to listen on for SIP: {error}"))
}
