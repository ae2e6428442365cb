//! Offer and answer (RFC 3264) for one audio stream in SDP (RFC 8866): reads the far end's description, agrees on codec,
//! direction and address, writes ours. Pure: no socket, no clock. Does not do SRTP, ICE, bundles or early offers with
//! several answers (forking): the last answer holds.

use std::net::{IpAddr, SocketAddr};

use sdp_types::{Attribute, Connection, Media, MediaType, Origin, Session, TransportProto};

use super::codec::CodecKind;

/// Longest description read; real ones are under 2 KB, WebRTC ones under 10.
const SDP_BYTES_MAX: usize = 16 * 1_024;
/// Most `m=` lines read; RFC 3264 names no limit, phones send one to four.
const STREAMS_MAX: usize = 16;
/// Our number for `telephone-event` in offers of our own: what most phones use.
const EVENTS_NUMBER: u8 = 101;

/// Who may send, seen from the one who says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Both.
    SendRecv,
    /// I send, you listen: you are on hold and hear music.
    SendOnly,
    /// You send, I listen.
    RecvOnly,
    /// Nobody sends.
    Inactive,
}

impl Direction {
    const ALL: [Direction; 4] =
        [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive];

    /// From who may send and who may listen.
    pub fn of(sends: bool, receives: bool) -> Direction {
        match (sends, receives) {
            (true, true) => Direction::SendRecv,
            (true, false) => Direction::SendOnly,
            (false, true) => Direction::RecvOnly,
            (false, false) => Direction::Inactive,
        }
    }

    /// The one who says it sends.
    pub fn sends(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::SendOnly)
    }

    /// The one who says it listens.
    pub fn receives(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::RecvOnly)
    }

    /// The same, seen from the other side.
    pub fn reversed(self) -> Direction {
        Direction::of(self.receives(), self.sends())
    }

    /// What both allow.
    pub fn and(self, other: Direction) -> Direction {
        Direction::of(self.sends() && other.sends(), self.receives() && other.receives())
    }

    /// The SDP attribute.
    pub fn name(self) -> &'static str {
        match self {
            Direction::SendRecv => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::RecvOnly => "recvonly",
            Direction::Inactive => "inactive",
        }
    }
}

/// Why a session description cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    /// Longer than 16 KiB or more than 16 streams.
    #[error("the session description is too large")]
    TooLarge,
    /// Does not follow RFC 8866; says where, never what.
    #[error("the session description cannot be read: {0}")]
    Malformed(String),
    /// No audio stream over plain RTP that is switched on.
    #[error("the far end offers no audio over RTP/AVP")]
    NoAudio,
    /// No G.711.
    #[error("the far end has no codec in common with us")]
    NoCommonCodec,
    /// No numeric unicast address of our address family to send to.
    #[error("the far end names no address that we can send to")]
    NoAddress,
    /// An answer that refuses the stream, or does not fit the offer.
    #[error("the far end refused the audio stream")]
    Refused,
    /// An answer although nothing was offered.
    #[error("an answer without an offer")]
    NothingOffered,
}

/// What both sides agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Agreement {
    /// Where the far end wants our packets.
    pub(crate) remote: SocketAddr,
    /// By payload number; the first is the one we send.
    pub(crate) codecs: Vec<(u8, CodecKind)>,
    /// Payload number of DTMF events.
    pub(crate) events: Option<u8>,
    /// Seen from us.
    pub(crate) direction: Direction,
}

/// The state of offers and answers of one line.
#[derive(Debug)]
pub(crate) struct Negotiation {
    local: SocketAddr,
    session_id: u64,
    /// What we said last, with its version.
    said: Option<Session>,
    said_text: Option<String>,
    offered: Option<Direction>,
    events_number: u8,
    /// Streams besides ours that once were offered and stay refused: `m=` lines never go away (RFC 3264 8).
    refused: Vec<Media>,
    /// Which `m=` line is ours.
    position: usize,
    agreement: Option<Agreement>,
}

impl Negotiation {
    /// Nothing said yet. `local` is where we listen.
    pub(crate) fn new(local: SocketAddr, session_id: u64) -> Negotiation {
        Negotiation {
            local,
            session_id,
            said: None,
            said_text: None,
            offered: None,
            events_number: EVENTS_NUMBER,
            refused: Vec::new(),
            position: 0,
            agreement: None,
        }
    }

    /// What holds now.
    pub(crate) fn agreement(&self) -> Option<&Agreement> {
        self.agreement.as_ref()
    }

    /// The last text we said.
    pub(crate) fn current(&self) -> Option<&str> {
        self.said_text.as_deref()
    }

    /// Our offer: all we can, wanting `direction`. What was agreed on stays in force until the answer.
    pub(crate) fn offer(&mut self, direction: Direction) -> String {
        self.offered = Some(direction);
        let codecs: Vec<(u8, CodecKind)> = match &self.agreement {
            Some(agreement) => numbers_kept(&agreement.codecs),
            None => CodecKind::ALL.iter().map(|kind| (kind.payload_number(), *kind)).collect(),
        };
        let ours = self.stream(&codecs, Some(self.events_number), direction);
        self.say(ours)
    }

    /// Answers an offer, wanting `wanted`; the agreement holds at once. An error changes nothing.
    pub(crate) fn answer(&mut self, remote_offer: &str, wanted: Direction) -> Result<String, SdpError> {
        let theirs = Description::parse(remote_offer)?;
        let (position, stream) = theirs.usable_audio()?;
        let codecs = stream.codecs();
        if codecs.is_empty() {
            return Err(SdpError::NoCommonCodec);
        }
        let (remote, held) = stream.address(self.local)?;
        let direction = hold_aware(stream.direction(), held).reversed().and(wanted);
        let events = stream.events();
        self.position = position;
        self.refused = theirs.refused_besides(position);
        self.events_number = events.unwrap_or(EVENTS_NUMBER);
        self.offered = None;
        let ours = self.stream(&codecs, events, direction);
        self.agreement = Some(Agreement { remote, codecs, events, direction });
        Ok(self.say(ours))
    }

    /// Takes the answer to our offer. An error changes nothing. The same answer again (183, then 200) is welcome.
    pub(crate) fn accept_answer(&mut self, remote_answer: &str) -> Result<Direction, SdpError> {
        let offered = self.offered.ok_or(SdpError::NothingOffered)?;
        let theirs = Description::parse(remote_answer)?;
        let stream = theirs.stream_at(self.position).ok_or(SdpError::Refused)?;
        if !stream.is_usable_audio() {
            return Err(SdpError::Refused);
        }
        let codecs = stream.codecs();
        if codecs.is_empty() {
            return Err(SdpError::NoCommonCodec);
        }
        let (remote, held) = stream.address(self.local)?;
        let direction = hold_aware(stream.direction(), held).reversed().and(offered);
        self.agreement = Some(Agreement { remote, codecs, events: stream.events(), direction });
        Ok(direction)
    }

    fn stream(&self, codecs: &[(u8, CodecKind)], events: Option<u8>, direction: Direction) -> Media {
        let numbers: Vec<String> =
            codecs.iter().map(|(number, _)| *number).chain(events).map(|n| n.to_string()).collect();
        let mut media =
            Media::new(MediaType::Audio, self.local.port(), TransportProto::RtpAvp, numbers.join(" "));
        for (number, kind) in codecs {
            let map = format!("{number} {}/{}", kind.name(), kind.clock_hz());
            media.add_attribute(Attribute::with_value("rtpmap", map));
        }
        if let Some(number) = events {
            media.add_attribute(Attribute::with_value("rtpmap", format!("{number} telephone-event/8000")));
            media.add_attribute(Attribute::with_value("fmtp", format!("{number} 0-15")));
        }
        media.add_attribute(Attribute::with_value("ptime", super::FRAME_MS));
        media.add_attribute(Attribute::new(direction.name()));
        media
    }

    /// Puts our stream among the refused ones and gives it a new version if it says something new.
    fn say(&mut self, ours: Media) -> String {
        let version = self.said.as_ref().map_or(1, |said| said.origin.sess_version);
        let mut session = Session::new(Origin::with_ip_addr(self.session_id, version, self.local.ip()), "-");
        session.connection = Some(Connection::from_ip_addr(self.local.ip()));
        session.medias = self.refused.clone();
        session.medias.insert(self.position.min(self.refused.len()), ours);
        if self.said.as_ref().is_some_and(|said| *said != session) {
            session.origin.sess_version += 1;
        }
        let mut text = Vec::with_capacity(512);
        session.write(&mut text).expect("writing to memory does not fail");
        let text = String::from_utf8_lossy(&text).into_owned();
        self.said = Some(session);
        self.said_text = Some(text.clone());
        text
    }
}

/// A later offer names the codecs agreed on by their agreed numbers, and then the others.
fn numbers_kept(agreed: &[(u8, CodecKind)]) -> Vec<(u8, CodecKind)> {
    let mut codecs = agreed.to_vec();
    for kind in CodecKind::ALL {
        if !codecs.iter().any(|(number, known)| *known == kind || *number == kind.payload_number()) {
            codecs.push((kind.payload_number(), kind));
        }
    }
    codecs
}

/// Phones of RFC 2543 put a caller on hold by the address 0.0.0.0 and leave the direction alone.
fn hold_aware(direction: Direction, held: bool) -> Direction {
    if held { direction.and(Direction::SendOnly) } else { direction }
}

/// The far end's description, read.
struct Description {
    session: Session,
}

impl Description {
    fn parse(text: &str) -> Result<Description, SdpError> {
        if text.len() > SDP_BYTES_MAX {
            return Err(SdpError::TooLarge);
        }
        let session =
            Session::parse(text.as_bytes()).map_err(|error| SdpError::Malformed(error.to_string()))?;
        if session.medias.len() > STREAMS_MAX {
            return Err(SdpError::TooLarge);
        }
        Ok(Description { session })
    }

    fn stream_at(&self, position: usize) -> Option<Stream<'_>> {
        self.session.medias.get(position).map(|media| Stream { session: &self.session, media })
    }

    /// The first audio stream that is switched on.
    fn usable_audio(&self) -> Result<(usize, Stream<'_>), SdpError> {
        (0..self.session.medias.len())
            .filter_map(|position| Some((position, self.stream_at(position)?)))
            .find(|(_, stream)| stream.is_usable_audio())
            .ok_or(SdpError::NoAudio)
    }

    /// All other streams as we answer them: with port 0.
    fn refused_besides(&self, position: usize) -> Vec<Media> {
        let others = self.session.medias.iter().enumerate().filter(|(index, _)| *index != position);
        others.map(|(_, media)| refused(media)).collect()
    }
}

fn refused(media: &Media) -> Media {
    Media {
        media: media.media.clone(),
        port: 0,
        num_ports: None,
        proto: media.proto.clone(),
        fmt: media.fmt.split_whitespace().next().unwrap_or("0").to_owned(),
        media_title: None,
        connections: Vec::new(),
        bandwidths: Vec::new(),
        key: None,
        attributes: Vec::new(),
    }
}

/// One `m=` line and what the session says for all.
struct Stream<'a> {
    session: &'a Session,
    media: &'a Media,
}

impl Stream<'_> {
    fn is_usable_audio(&self) -> bool {
        self.media.media == "audio"
            && self.media.port != 0
            && self.media.proto.eq_ignore_ascii_case("RTP/AVP")
    }

    fn numbers(&self) -> impl Iterator<Item = u8> + '_ {
        self.media.fmt.split_whitespace().filter_map(|n| n.parse::<u8>().ok()).filter(|n| *n < 128)
    }

    /// Name and clock of a payload number: from `a=rtpmap`, else the fixed numbers of RFC 3551.
    fn encoding(&self, number: u8) -> Option<(String, u32)> {
        let mapped = self.media.attributes.iter().filter(|a| a.attribute == "rtpmap").find_map(|a| {
            let (mapped_number, map) = a.value.as_deref()?.trim().split_once(' ')?;
            let mut parts = map.trim().split('/');
            let name = parts.next()?.to_ascii_uppercase();
            let clock_hz = parts.next()?.parse().ok()?;
            let is_mono = parts.next().is_none_or(|channels| channels == "1");
            (mapped_number.parse() == Ok(number) && is_mono).then_some((name, clock_hz))
        });
        let fixed = CodecKind::ALL.iter().find(|kind| kind.payload_number() == number);
        mapped.or_else(|| fixed.map(|kind| (kind.name().to_owned(), kind.clock_hz())))
    }

    /// The codecs we know, in the far end's order, each once.
    fn codecs(&self) -> Vec<(u8, CodecKind)> {
        let mut codecs: Vec<(u8, CodecKind)> = Vec::new();
        for number in self.numbers() {
            let Some((name, clock_hz)) = self.encoding(number) else { continue };
            let known = CodecKind::ALL.iter().find(|kind| kind.name() == name && kind.clock_hz() == clock_hz);
            if let Some(kind) = known
                && !codecs.iter().any(|(_, listed)| listed == kind)
            {
                codecs.push((number, *kind));
            }
        }
        codecs
    }

    fn events(&self) -> Option<u8> {
        self.numbers().find(|number| {
            self.encoding(*number)
                .is_some_and(|(name, clock_hz)| name == "TELEPHONE-EVENT" && clock_hz == 8_000)
        })
    }

    fn direction(&self) -> Direction {
        let said = |attributes: &[Attribute]| {
            attributes.iter().find_map(|a| Direction::ALL.into_iter().find(|d| d.name() == a.attribute))
        };
        said(&self.media.attributes).or_else(|| said(&self.session.attributes)).unwrap_or(Direction::SendRecv)
    }

    /// Where to send, and whether the address is the 0.0.0.0 of an old-style hold.
    fn address(&self, local: SocketAddr) -> Result<(SocketAddr, bool), SdpError> {
        let connection =
            self.media.connections.first().or(self.session.connection.as_ref()).ok_or(SdpError::NoAddress)?;
        let ip: IpAddr = connection.connection_address.trim().parse().map_err(|_| SdpError::NoAddress)?;
        let is_broadcast = matches!(ip, IpAddr::V4(v4) if v4.is_broadcast());
        if ip.is_multicast() || is_broadcast || ip.is_ipv4() != local.is_ipv4() {
            return Err(SdpError::NoAddress);
        }
        Ok((SocketAddr::new(ip, self.media.port), ip.is_unspecified()))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;

    const PHONE: &str = "v=0\r\no=- 5 1 IN IP4 192.0.2.9\r\ns=call\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n\
        m=audio 4000 RTP/AVP 8 0 96\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n\
        a=rtpmap:96 telephone-event/8000\r\na=fmtp:96 0-15\r\na=sendrecv\r\n";

    fn line() -> Negotiation {
        Negotiation::new("192.0.2.1:30000".parse().expect("an address"), 77)
    }

    fn offer(lines: &[&str]) -> String {
        let mut text = "v=0\r\no=- 5 1 IN IP4 192.0.2.9\r\ns=-\r\nt=0 0\r\n".to_owned();
        for line in lines {
            text.push_str(line);
            text.push_str("\r\n");
        }
        text
    }

    fn check(text: &str, want: Expect) {
        want.assert_eq(&text.replace("\r\n", "\n"));
    }

    #[test]
    fn our_first_offer_names_all_we_can() {
        check(
            &line().offer(Direction::SendRecv),
            expect![[r#"
                v=0
                o=- 77 1 IN IP4 192.0.2.1
                s=-
                c=IN IP4 192.0.2.1
                t=0 0
                m=audio 30000 RTP/AVP 0 8 101
                a=rtpmap:0 PCMU/8000
                a=rtpmap:8 PCMA/8000
                a=rtpmap:101 telephone-event/8000
                a=fmtp:101 0-15
                a=ptime:20
                a=sendrecv
            "#]],
        );
    }

    #[test]
    fn an_answer_keeps_the_order_and_the_numbers_of_the_offer() {
        let mut line = line();
        check(
            &line.answer(PHONE, Direction::SendRecv).expect("a usable offer"),
            expect![[r#"
                v=0
                o=- 77 1 IN IP4 192.0.2.1
                s=-
                c=IN IP4 192.0.2.1
                t=0 0
                m=audio 30000 RTP/AVP 8 0 96
                a=rtpmap:8 PCMA/8000
                a=rtpmap:0 PCMU/8000
                a=rtpmap:96 telephone-event/8000
                a=fmtp:96 0-15
                a=ptime:20
                a=sendrecv
            "#]],
        );
        let agreement = line.agreement().expect("agreed");
        assert_eq!(agreement.codecs[0], (8, CodecKind::Pcma));
        assert_eq!((agreement.events, agreement.remote.port()), (Some(96), 4000));
    }

    #[test]
    fn video_is_answered_with_port_zero_and_stays_in_its_place_in_later_offers() {
        let offer = offer(&[
            "c=IN IP4 192.0.2.9",
            "m=video 4002 RTP/AVP 97 98",
            "a=rtpmap:97 H264/90000",
            "m=audio 4000 RTP/AVP 9 0",
        ]);
        let mut line = line();
        line.answer(&offer, Direction::SendRecv).expect("a usable offer");
        check(
            &line.offer(Direction::SendOnly),
            expect![[r#"
                v=0
                o=- 77 2 IN IP4 192.0.2.1
                s=-
                c=IN IP4 192.0.2.1
                t=0 0
                m=video 0 RTP/AVP 97
                m=audio 30000 RTP/AVP 0 8 101
                a=rtpmap:0 PCMU/8000
                a=rtpmap:8 PCMA/8000
                a=rtpmap:101 telephone-event/8000
                a=fmtp:101 0-15
                a=ptime:20
                a=sendonly
            "#]],
        );
    }

    #[test]
    fn every_pair_of_directions_has_one_outcome() {
        let mut table = String::new();
        for offered in Direction::ALL {
            for wanted in [Direction::SendRecv, Direction::SendOnly] {
                let text = PHONE.replace("a=sendrecv", &format!("a={}", offered.name()));
                let mut line = line();
                line.answer(&text, wanted).expect("a usable offer");
                let outcome = line.agreement().expect("agreed").direction;
                table.push_str(&format!("{} {} -> {}\n", offered.name(), wanted.name(), outcome.name()));
            }
        }
        check(
            &table,
            expect![[r#"
                sendrecv sendrecv -> sendrecv
                sendrecv sendonly -> sendonly
                sendonly sendrecv -> recvonly
                sendonly sendonly -> inactive
                recvonly sendrecv -> sendonly
                recvonly sendonly -> sendonly
                inactive sendrecv -> inactive
                inactive sendonly -> inactive
            "#]],
        );
    }

    #[test]
    fn hold_and_retrieve_by_our_offer_change_the_direction_only_with_the_answer() {
        let mut line = line();
        line.answer(PHONE, Direction::SendRecv).expect("a usable offer");
        let hold = line.offer(Direction::SendOnly);
        assert!(hold.contains("o=- 77 2 ") && hold.contains("a=sendonly") && hold.contains("RTP/AVP 8 0 96"));
        assert_eq!(line.agreement().expect("agreed").direction, Direction::SendRecv);
        let held = PHONE.replace("a=sendrecv", "a=recvonly");
        assert_eq!(line.accept_answer(&held), Ok(Direction::SendOnly));
        let retrieve = line.offer(Direction::SendRecv);
        assert!(retrieve.contains("o=- 77 3 "));
        assert_eq!(line.accept_answer(PHONE), Ok(Direction::SendRecv));
        assert_eq!(line.accept_answer(PHONE), Ok(Direction::SendRecv), "183, then 200");
    }

    #[test]
    fn the_version_grows_only_when_something_changed() {
        let mut line = line();
        let first = line.offer(Direction::SendRecv);
        assert_eq!(first, line.offer(Direction::SendRecv));
        assert!(line.offer(Direction::Inactive).contains("o=- 77 2 "));
        assert!(line.offer(Direction::SendRecv).contains("o=- 77 3 "));
    }

    #[test]
    fn the_hold_of_old_phones_by_an_empty_address_is_understood() {
        let mut line = line();
        line.answer(&PHONE.replace("192.0.2.9", "0.0.0.0"), Direction::SendRecv).expect("a usable offer");
        assert_eq!(line.agreement().expect("agreed").direction, Direction::RecvOnly);
    }

    #[test]
    fn the_address_of_the_stream_goes_before_that_of_the_session() {
        let offer = offer(&["c=IN IP4 192.0.2.9", "m=audio 4000 RTP/AVP 0", "c=IN IP4 192.0.2.44"]);
        let mut line = line();
        line.answer(&offer, Direction::SendRecv).expect("a usable offer");
        assert_eq!(line.agreement().expect("agreed").remote, "192.0.2.44:4000".parse().expect("an address"));
    }

    #[test]
    fn ipv6_is_spoken() {
        let mut line = Negotiation::new("[2001:db8::1]:30000".parse().expect("an address"), 77);
        let offer = offer(&["c=IN IP6 2001:db8::9", "m=audio 4000 RTP/AVP 0"]);
        let answer = line.answer(&offer, Direction::SendRecv).expect("a usable offer");
        assert!(answer.contains("c=IN IP6 2001:db8::1\r\n"), "{answer}");
        assert_eq!(
            line.agreement().expect("agreed").remote,
            "[2001:db8::9]:4000".parse().expect("an address")
        );
    }

    #[test]
    fn unusable_offers_are_refused_with_the_reason() {
        let c = "c=IN IP4 192.0.2.9";
        let cases: [(&[&str], SdpError); 9] = [
            (&[c, "m=audio 4000 RTP/AVP 18 9"], SdpError::NoCommonCodec),
            (&[c, "m=audio 4000 RTP/AVP 0", "a=rtpmap:0 L16/44100"], SdpError::NoCommonCodec),
            (&[c, "m=audio 0 RTP/AVP 0"], SdpError::NoAudio),
            (&[c, "m=audio 4000 RTP/SAVP 0"], SdpError::NoAudio),
            (&[c, "m=image 4000 udptl t38"], SdpError::NoAudio),
            (&["m=audio 4000 RTP/AVP 0"], SdpError::NoAddress),
            (&["c=IN IP4 phone.example", "m=audio 4000 RTP/AVP 0"], SdpError::NoAddress),
            (&["c=IN IP4 224.2.1.1/127", "m=audio 4000 RTP/AVP 0"], SdpError::NoAddress),
            (&["c=IN IP6 2001:db8::9", "m=audio 4000 RTP/AVP 0"], SdpError::NoAddress),
        ];
        for (lines, want) in cases {
            let mut line = line();
            assert_eq!(line.answer(&offer(lines), Direction::SendRecv), Err(want), "{lines:?}");
            assert!(line.agreement().is_none() && line.current().is_none());
        }
        let long = format!("{PHONE}{}", "a=x\r\n".repeat(10_000));
        assert_eq!(line().answer(&long, Direction::SendRecv), Err(SdpError::TooLarge));
        assert!(matches!(line().answer("hello", Direction::SendRecv), Err(SdpError::Malformed(_))));
        assert!(matches!(line().answer("", Direction::SendRecv), Err(SdpError::Malformed(_))));
    }

    #[test]
    fn an_answer_that_refuses_or_comes_unasked_is_an_error_and_changes_nothing() {
        let mut line = line();
        assert_eq!(line.accept_answer(PHONE), Err(SdpError::NothingOffered));
        line.offer(Direction::SendRecv);
        assert_eq!(line.accept_answer(&PHONE.replace("audio 4000", "audio 0")), Err(SdpError::Refused));
        assert_eq!(line.accept_answer(&offer(&["c=IN IP4 192.0.2.9"])), Err(SdpError::Refused));
        assert!(line.agreement().is_none());
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = line().answer(&String::from_utf8_lossy(&bytes), Direction::SendRecv);
        }

        #[test]
        fn a_phone_s_offer_with_random_changes_never_panics(
            at in 0..PHONE.len(), change in "\\PC{0,12}", cut in 0..PHONE.len()
        ) {
            let mut text = PHONE.to_owned();
            text.replace_range(at..(at + cut % 9).min(text.len()), &change);
            let mut answering = line();
            if answering.answer(&text, Direction::SendRecv).is_ok() {
                prop_assert!(answering.current().is_some_and(|said| line().answer(said, Direction::SendRecv).is_ok()));
            }
            let mut offering = line();
            offering.offer(Direction::SendRecv);
            let _ = offering.accept_answer(&text);
        }
    }
}
