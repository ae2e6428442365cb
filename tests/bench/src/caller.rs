//! A caller of the bare minimum: one INVITE straight to a telephone's port, and the CANCEL. So that what is measured is the
//! telephone and not the caller, and the moment of sending is known.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

/// A caller on a socket of her own.
pub struct Caller {
    socket: UdpSocket,
    target: String,
    user: String,
    calls: u32,
}

impl Caller {
    /// Will ring `user` at `target` (host and port).
    pub fn new(user: &str, target: &str) -> Caller {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket on loopback");
        socket.set_read_timeout(Some(Duration::from_secs(5))).expect("a socket takes a time limit");
        Caller { socket, target: target.to_owned(), user: user.to_owned(), calls: 0 }
    }

    /// Rings; the moment just before the INVITE went out.
    pub fn ring(&mut self) -> Instant {
        self.calls += 1;
        let own = self.own();
        let sdp = "v=0\r\no=c 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n";
        let contact = format!("Contact: <sip:2999@{own}>\r\nContent-Type: application/sdp\r\n");
        let invite =
            format!("{}{contact}Content-Length: {}\r\n\r\n{sdp}", self.head("INVITE", ""), sdp.len());
        let sent = Instant::now();
        self.send(&invite);
        sent
    }

    /// Waits until the telephone says that it rings; the moment it did.
    pub fn wait_ringing(&self) -> Instant {
        self.reply("180");
        Instant::now()
    }

    /// Gives up, and waits until the telephone has understood.
    pub fn give_up(&self) {
        self.send(&format!("{}Content-Length: 0\r\n\r\n", self.head("CANCEL", "")));
        let tag = to_tag(&self.reply("487"));
        self.send(&format!("{}Content-Length: 0\r\n\r\n", self.head("ACK", &tag)));
    }

    /// Waits for a reply of this status to the call of now; others are passed over.
    fn reply(&self, status: &str) -> String {
        let (begin, call_id) = (format!("SIP/2.0 {status} "), self.call_id());
        let mut buffer = [0; 4096];
        loop {
            let length = self.socket.recv(&mut buffer).expect("the telephone replies");
            let reply = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if reply.starts_with(&begin) && reply.lines().any(|line| line.ends_with(&call_id)) {
                return reply;
            }
        }
    }

    fn head(&self, method: &str, tag: &str) -> String {
        let (user, target, own, call) = (&self.user, &self.target, self.own(), self.call_id());
        format!(
            "{method} sip:{user}@{target} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{call}\r\n\
             From: <sip:2999@lab.test>;tag={call}\r\nTo: <sip:{user}@lab.test>{tag}\r\nCall-ID: {call}\r\n\
             CSeq: 1 {method}\r\nMax-Forwards: 70\r\n"
        )
    }

    fn own(&self) -> String {
        self.socket.local_addr().expect("a bound socket").to_string()
    }

    fn call_id(&self) -> String {
        format!("bench{}x{}", self.own().rsplit(':').next().unwrap_or_default(), self.calls)
    }

    fn send(&self, message: &str) {
        self.socket.send_to(message.as_bytes(), &self.target).expect("loopback takes a datagram");
    }
}

/// The tag of the telephone's side, as it is written after an address; empty where there is none.
fn to_tag(reply: &str) -> String {
    let to = reply.lines().find_map(|line| line.strip_prefix("To:")).unwrap_or_default();
    let tag = to.split_once(";tag=").map(|(_, tag)| tag.trim());
    tag.map(|tag| format!(";tag={tag}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::to_tag;

    #[test]
    fn the_tag_is_that_of_the_telephone() {
        assert_eq!(
            to_tag("SIP/2.0 487 Gone\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\n\r\n"),
            ";tag=2"
        );
        assert_eq!(to_tag("SIP/2.0 487 Gone\r\nTo: <sip:c@d>\r\n\r\n"), "");
    }
}
