//! One connection to an LDAP server: TCP, TLS from the start or after StartTLS, and one message after the other, each within a
//! bound and a time. Dropping it hangs up, which ends whatever the server is doing for it (RFC 4511, 5.1).

use std::sync::Arc;
use std::time::Duration;

use contracts::sources::{LdapPlace, LdapSecurity};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use zeroize::Zeroizing;

use crate::ber::header;
use crate::message::{self, Outcome, Said};
use crate::problem::Problem;

/// How long a connection may take with its TLS.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a server may take to its next message. A search over a large directory without an index takes seconds.
const ANSWER: Duration = Duration::from_secs(60);
/// Bytes of a message. An entry with a photograph, which is not asked for, has some hundred KB.
const MESSAGE_BYTES_MAX: usize = 4 << 20;
/// Bytes asked of the system at once.
const CHUNK: usize = 16 << 10;

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A connection.
pub(crate) struct Connection {
    host: String,
    stream: Box<dyn Stream>,
    received: Vec<u8>,
    last_id: i32,
}

impl Connection {
    /// Connects, and protects the connection as the place says.
    pub(crate) async fn open(place: &LdapPlace) -> Result<Connection, Problem> {
        let host = place.host.trim().to_owned();
        if place.security == LdapSecurity::None && !is_here(&host) {
            return Err(Problem::PlainText);
        }
        let silent = |_| Problem::Silent { host: host.clone(), after: CONNECT };
        let bare = host.trim_matches(['[', ']']);
        let tcp = timeout(CONNECT, TcpStream::connect((bare, place.port))).await.map_err(silent)?;
        let tcp = tcp.map_err(|error| Problem::of_connection(&host, &error))?;
        // Messages are small and wait for their answers.
        tcp.set_nodelay(true).map_err(|error| Problem::of_connection(&host, &error))?;
        let tls = || transport::client_tls(&place.authority);
        let stream: Box<dyn Stream> = match place.security {
            LdapSecurity::None => Box::new(tcp),
            LdapSecurity::Ldaps => {
                Box::new(timeout(CONNECT, protect(&host, tls()?, tcp)).await.map_err(silent)??)
            }
            LdapSecurity::StartTls => {
                let tls = tls()?;
                let mut plain = Connection::over(host.clone(), Box::new(tcp));
                let id = plain.next_id();
                plain.send(&message::start_tls(id)).await?;
                match plain.answer(id).await? {
                    Said::Extended(Outcome { code: 0, words: _ }) => {}
                    Said::Extended(Outcome { code: _, words: why }) => {
                        return Err(Problem::NoStartTls { host, why });
                    }
                    _ => return Err(Problem::Unreadable),
                }
                // What came in the clear before TLS is nobody's answer.
                if !plain.received.is_empty() {
                    return Err(Problem::Unreadable);
                }
                Box::new(timeout(CONNECT, protect(&host, tls, plain.stream)).await.map_err(silent)??)
            }
        };
        Ok(Connection::over(host, stream))
    }

    fn over(host: String, stream: Box<dyn Stream>) -> Connection {
        Connection { host, stream, received: Vec::new(), last_id: 0 }
    }

    /// The number of the next request.
    pub(crate) fn next_id(&mut self) -> i32 {
        self.last_id = self.last_id.checked_add(1).unwrap_or(1);
        self.last_id
    }

    /// Says who asks.
    pub(crate) async fn bind(&mut self, dn: &str, password: &[u8]) -> Result<(), Problem> {
        let id = self.next_id();
        let request = Zeroizing::new(message::bind(id, dn, password));
        self.send(&request).await?;
        match self.answer(id).await? {
            Said::Bound(Outcome { code: 0, words: _ }) => Ok(()),
            Said::Bound(outcome) => Err(Problem::of_result(outcome, "")),
            _ => Err(Problem::Unreadable),
        }
    }

    /// Says good-bye; a server that does not listen any more is no matter.
    pub(crate) async fn close(mut self) {
        let id = self.next_id();
        let _ = self.send(&message::unbind(id)).await;
        let _ = timeout(CONNECT, self.stream.shutdown()).await;
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        let sent = timeout(ANSWER, async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        });
        match sent.await {
            Ok(sent) => sent.map_err(|error| Problem::of_connection(&self.host, &error)),
            Err(_) => Err(Problem::Silent { host: self.host.clone(), after: ANSWER }),
        }
    }

    /// The next message about this request; others are passed over.
    pub(crate) async fn answer(&mut self, id: i32) -> Result<Said, Problem> {
        loop {
            let message = timeout(ANSWER, self.receive()).await;
            match message.map_err(|_| Problem::Silent { host: self.host.clone(), after: ANSWER })?? {
                (0, Said::Leaving(Outcome { code: _, words })) => {
                    let host = self.host.clone();
                    return Err(Problem::Unreachable { host, why: format!("it hung up ({words})") });
                }
                (about, said) if about == id => return Ok(said),
                _ => {}
            }
        }
    }

    async fn receive(&mut self) -> Result<(i32, Said), Problem> {
        loop {
            if let Some((header, length)) = header(&self.received)? {
                let end = header.checked_add(length).filter(|end| *end <= MESSAGE_BYTES_MAX);
                let end = end.ok_or(Problem::Unreadable)?;
                if self.received.len() >= end {
                    let read = message::read(&self.received[..end])?;
                    self.received.drain(..end);
                    return Ok(read);
                }
            }
            let mut chunk = [0; CHUNK];
            let read = self.stream.read(&mut chunk).await;
            match read.map_err(|error| Problem::of_connection(&self.host, &error))? {
                0 => {
                    let why = "it hung up".to_owned();
                    return Err(Problem::Unreachable { host: self.host.clone(), why });
                }
                read => self.received.extend_from_slice(&chunk[..read]),
            }
        }
    }
}

async fn protect<S: Stream>(
    host: &str,
    config: Arc<ClientConfig>,
    stream: S,
) -> Result<tokio_rustls::client::TlsStream<S>, Problem> {
    let bare = host.trim_matches(['[', ']']).to_owned();
    let name = ServerName::try_from(bare).map_err(|error| Problem::Tls(error.to_string()))?;
    let protected = TlsConnector::from(config).connect(name, stream).await;
    protected.map_err(|error| Problem::of_connection(host, &error))
}

/// Whether nothing leaves this computer.
fn is_here(host: &str) -> bool {
    let bare = host.trim_matches(['[', ']']);
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
