//! A telephone system of our own making for the tests: one UDP socket that answers REGISTER and OPTIONS by itself and
//! hands everything else to the test, which says word for word what goes back. For what real telephones never do.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use contracts::connectors::{SipAccount, SipTransport};
use contracts::memory::MemoryStore;
use contracts::secrets::Secret;
use contracts::telephony::{Link, Order, OrderName, Report, Telephony, TelephonyError};
use engine::{AttendantId, CallId, Leg};
use telephony::media::{AudioBackend, Stage};
use telephony::sip::{SipBooks, SipConnector, SipOptions, SipSources};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Longer than anything takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(20);

/// The attendant of all tests.
pub(crate) const ME: AttendantId = AttendantId(1);

/// A session description the connector can answer.
pub(crate) const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
                       m=audio 40000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n";

/// A message as it came over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) text: String,
}

impl Heard {
    /// The first line.
    pub(crate) fn first(&self) -> &str {
        self.text.lines().next().unwrap_or_default()
    }

    /// The method of a request.
    pub(crate) fn method(&self) -> &str {
        self.first().split(' ').next().unwrap_or_default()
    }

    /// The status of a response.
    pub(crate) fn status(&self) -> Option<u16> {
        self.first().strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()
    }

    /// The first value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.text.lines().skip(1).take_while(|line| !line.is_empty()).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    /// The number of its CSeq.
    pub(crate) fn cseq(&self) -> u32 {
        self.header("CSeq").and_then(|value| value.split(' ').next()?.parse().ok()).unwrap_or(0)
    }

    /// The method in its CSeq.
    pub(crate) fn cseq_method(&self) -> &str {
        self.header("CSeq").and_then(|value| value.split(' ').nth(1)).unwrap_or_default()
    }

    /// The tag of its To.
    pub(crate) fn to_tag(&self) -> &str {
        self.header("To").and_then(|to| to.split("tag=").nth(1)).unwrap_or_default()
    }

    /// What follows the empty line.
    pub(crate) fn body(&self) -> &str {
        self.text.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default()
    }
}

/// The telephone system.
pub(crate) struct Pbx {
    pub(crate) address: SocketAddr,
    socket: Arc<UdpSocket>,
    heard: mpsc::UnboundedReceiver<Heard>,
    /// What it answers to REGISTER; empty: nothing.
    pub(crate) registers: Arc<Mutex<String>>,
    reader: tokio::task::JoinHandle<()>,
}

impl Drop for Pbx {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Pbx {
    pub(crate) async fn start() -> Pbx {
        Pbx::start_on(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    pub(crate) async fn start_on(address: SocketAddr) -> Pbx {
        let socket = Arc::new(UdpSocket::bind(address).await.unwrap());
        let registers = Arc::new(Mutex::new("200 OK".to_owned()));
        let (tell, heard) = mpsc::unbounded_channel();
        let reader = tokio::spawn(read(socket.clone(), registers.clone(), tell));
        Pbx { address: socket.local_addr().unwrap(), socket, heard, registers, reader }
    }

    pub(crate) async fn send(&self, text: impl AsRef<[u8]>, to: SocketAddr) {
        self.socket.send_to(text.as_ref(), to).await.unwrap();
    }

    /// The next message that fits; all before it are passed over.
    pub(crate) async fn hears(&mut self, what: &str, fits: impl Fn(&Heard) -> bool) -> Heard {
        let wait = async {
            loop {
                let heard = self.heard.recv().await.expect("the reader lives as long as the test");
                if fits(&heard) {
                    return heard;
                }
            }
        };
        timeout(LIMIT, wait).await.unwrap_or_else(|_| panic!("never heard: {what}"))
    }

    /// The next request of this method.
    pub(crate) async fn hears_request(&mut self, method: &str) -> Heard {
        self.hears(method, |heard| heard.method() == method).await
    }

    /// The next response with this status to this method.
    pub(crate) async fn hears_status(&mut self, status: u16, method: &str) -> Heard {
        self.hears(&format!("{status} to {method}"), |heard| {
            heard.status() == Some(status) && heard.cseq_method() == method
        })
        .await
    }

    /// Asserts that nothing of this kind came so far.
    pub(crate) fn heard_none(&mut self, what: &str, fits: impl Fn(&Heard) -> bool) {
        while let Ok(heard) = self.heard.try_recv() {
            assert!(!fits(&heard), "heard {what}: {}", heard.text);
        }
    }

    /// Answers a request.
    pub(crate) async fn answers(
        &self,
        request: &Heard,
        status: &str,
        extra: &str,
        body: &str,
        to: SocketAddr,
    ) {
        self.send(response(request, status, extra, body, self.address), to).await;
    }
}

async fn read(socket: Arc<UdpSocket>, registers: Arc<Mutex<String>>, tell: mpsc::UnboundedSender<Heard>) {
    let mut buffer = [0_u8; 65_536];
    let here = socket.local_addr().unwrap();
    loop {
        let Ok((length, from)) = socket.recv_from(&mut buffer).await else { continue };
        let heard = Heard { text: String::from_utf8_lossy(&buffer[..length]).into_owned() };
        let answer = match heard.method() {
            "REGISTER" => registers.lock().unwrap().clone(),
            "OPTIONS" if heard.to_tag().is_empty() && !registers.lock().unwrap().is_empty() => {
                "200 OK".to_owned()
            }
            "OPTIONS" if heard.to_tag().is_empty() => String::new(),
            _ => {
                tell.send(heard).ok();
                continue;
            }
        };
        if !answer.is_empty() {
            let extra = match (heard.method(), heard.header("Authorization"), answer.starts_with("401")) {
                ("REGISTER", _, true) => {
                    "WWW-Authenticate: Digest realm=\"t\",nonce=\"n\",algorithm=MD5\r\n".to_owned()
                }
                ("REGISTER", _, false) => {
                    format!("Contact: {};expires=60\r\n", heard.header("Contact").unwrap_or("*"))
                }
                _ => String::new(),
            };
            socket.send_to(response(&heard, &answer, &extra, "", here).as_bytes(), from).await.ok();
        }
        if heard.method() == "REGISTER" {
            tell.send(heard).ok();
        }
    }
}

fn response(request: &Heard, status: &str, extra: &str, body: &str, here: SocketAddr) -> String {
    let mut text = format!("SIP/2.0 {status}\r\n");
    for line in request.text.lines().skip(1).take_while(|line| !line.is_empty()) {
        let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        match name.as_str() {
            "via" | "from" | "call-id" | "cseq" | "record-route" => text.push_str(&format!("{line}\r\n")),
            "to" if line.contains("tag=") || status.starts_with("100") => {
                text.push_str(&format!("{line}\r\n"))
            }
            "to" => text.push_str(&format!("{line};tag=pbx\r\n")),
            _ => {}
        }
    }
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    let contact =
        if extra.contains("Contact:") { String::new() } else { format!("Contact: <sip:bob@{here}>\r\n") };
    format!("{text}{contact}{extra}{kind}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// A caller with a dialog of her own.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) name: String,
    pub(crate) to_tag: String,
    pub(crate) cseq: u32,
    pbx: SocketAddr,
    desk: SocketAddr,
}

impl Caller {
    pub(crate) fn new(name: &str, pbx: &Pbx, desk: &Desk) -> Caller {
        Caller { name: name.into(), to_tag: String::new(), cseq: 1, pbx: pbx.address, desk: desk.sip.local() }
    }

    /// A request of hers, in her dialog once `to_tag` is known. INVITE, ACK and CANCEL keep the CSeq.
    pub(crate) fn says(&self, method: &str, extra: &str, body: &str) -> String {
        let Caller { name, to_tag, cseq, pbx, desk } = self;
        let tag = if to_tag.is_empty() { String::new() } else { format!(";tag={to_tag}") };
        let kind = if body.is_empty() || extra.contains("Content-Type") {
            ""
        } else {
            "Content-Type: application/sdp\r\n"
        };
        let branch = if method == "CANCEL" { "INVITE" } else { method };
        format!(
            "{method} sip:carol@{desk} SIP/2.0\r\nVia: SIP/2.0/UDP {pbx};branch=z9hG4bK-{name}-{branch}-{cseq}\r\n\
             Max-Forwards: 70\r\nFrom: \"Ann\" <sip:{name}@lab.test>;tag=from-{name}\r\nTo: <sip:4010@lab.test>{tag}\r\n\
             Call-ID: {name}@pbx\r\nCSeq: {cseq} {method}\r\nContact: <sip:{name}@{pbx}>\r\n{extra}{kind}\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    /// Rings and is answered.
    pub(crate) async fn is_answered(&mut self, pbx: &mut Pbx, desk: &mut Desk) -> CallId {
        let call = self.rings(pbx, desk).await;
        let connected = desk.order(Order::Connect { leg: Leg::Caller(call), attendant: ME });
        let (connected, ok) = tokio::join!(connected, pbx.hears_status(200, "INVITE"));
        connected.unwrap();
        self.to_tag = ok.to_tag().to_owned();
        pbx.send(self.says("ACK", "", ""), self.desk).await;
        call
    }

    /// Rings.
    pub(crate) async fn rings(&mut self, pbx: &mut Pbx, desk: &mut Desk) -> CallId {
        pbx.send(self.says("INVITE", "", SDP), self.desk).await;
        desk.arrived().await
    }
}

/// The connector with everything around it.
pub(crate) struct Desk {
    pub(crate) sip: SipConnector,
    pub(crate) reports: mpsc::Receiver<Report>,
    pub(crate) book: Arc<MemoryStore>,
    orders: AtomicU64,
}

/// Options for tests: nobody waits long here.
pub(crate) fn options() -> SipOptions {
    SipOptions {
        ping_every: Duration::from_millis(300),
        patience: Duration::from_secs(6),
        session_min_s: 1,
        ..SipOptions::default()
    }
}

impl Desk {
    pub(crate) async fn start(pbx: &Pbx) -> Desk {
        Desk::start_with(pbx.address, options(), Arc::new(MemoryStore::default()), 1).await
    }

    /// `first` is the id of the first call.
    pub(crate) async fn start_with(
        pbx: SocketAddr,
        options: SipOptions,
        book: Arc<MemoryStore>,
        first: u64,
    ) -> Desk {
        Desk::start_over(SipTransport::Udp, pbx, options, book, first).await
    }

    pub(crate) async fn start_over(
        transport: SipTransport,
        pbx: SocketAddr,
        options: SipOptions,
        book: Arc<MemoryStore>,
        first: u64,
    ) -> Desk {
        let account = SipAccount {
            user: "carol".into(),
            auth_user: String::new(),
            registrar: pbx.to_string(),
            domain: "lab.test".into(),
            transport,
            display_name: "Carol".into(),
        };
        let next = AtomicU64::new(first);
        let sources =
            SipSources::new(move || CallId(next.fetch_add(1, Ordering::Relaxed)), || 1_795_000_000_000);
        let (tell, reports) = mpsc::channel(1_024);
        let stage = Stage::start(AudioBackend::Null);
        let password = Secret::new(b"secret".to_vec());
        let books = SipBooks { legs: book.clone(), recordings: book.clone() };
        let sip =
            SipConnector::start(&account, password, options, sources, stage, books, tell).await.unwrap();
        Desk { sip, reports, book, orders: AtomicU64::new(1) }
    }

    /// Gives an order under a name of its own.
    pub(crate) async fn order(&self, order: Order) -> Result<(), TelephonyError> {
        let sequence = self.orders.fetch_add(1, Ordering::Relaxed);
        self.sip.perform(OrderName { sequence, index: 0 }, order).await
    }

    /// The next report that is not about the link.
    pub(crate) async fn hears(&mut self) -> Report {
        self.hears_that("a report", |report| !matches!(report, Report::Link(_))).await
    }

    /// The next report that fits; all before it are passed over.
    pub(crate) async fn hears_that(&mut self, what: &str, fits: impl Fn(&Report) -> bool) -> Report {
        let wait = async {
            loop {
                let report = self.reports.recv().await.expect("the connector lives as long as the test");
                if fits(&report) {
                    return report;
                }
            }
        };
        timeout(LIMIT, wait).await.unwrap_or_else(|_| panic!("never reported: {what}"))
    }

    /// The next call.
    pub(crate) async fn arrived(&mut self) -> CallId {
        match self.hears().await {
            Report::Arrived { call, .. } => call,
            other => panic!("not a call: {other:?}"),
        }
    }

    /// Waits for the link to be up.
    pub(crate) async fn is_up(&mut self) {
        self.hears_that("the link is up", |report| matches!(report, Report::Link(Link::Up { .. }))).await;
    }

    /// Waits until nothing is left of any call.
    pub(crate) async fn forgets_everything(&self) {
        let wait = async {
            while self.sip.health().lines + self.sip.health().dialogs > 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(LIMIT, wait).await.unwrap_or_else(|_| panic!("something is left: {:?}", self.sip.health()));
    }
}
