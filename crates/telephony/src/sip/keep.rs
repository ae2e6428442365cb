//! What must outlive this process (CALL-10): for each line, in the book of lines, all it takes to go on with its dialog
//! or to ring on. Taking it up again: an established dialog is built anew with its tags, routes and a higher CSeq, and a
//! re-INVITE in it tells the far end our new address and sound; an INVITE not yet answered is replayed as if the caller
//! had sent it again; one of ours that rings at the far end is cancelled.
//!
//! Within the dialog, not with a new INVITE and `Replaces`: every telephone knows a re-INVITE, few know Replaces, and
//! both need the same knowledge of the old dialog.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use contracts::telephony::{Link, Report};
use engine::{Leg, RecordingId, Span, Treatment};
use rsipstack::dialog::DialogId;
use rsipstack::dialog::dialog::{DialogInner, DialogState};
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::{Header, HeadersExt, Method, Request, Response, Route, Uri};
use rsipstack::transaction::key::TransactionRole;
use rsipstack::transaction::transaction::transaction_event_sender_noop;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use super::account::printable;
use super::line::{Line, Phase};
use super::message::{Message, Pressed, conclude};
use super::shared::{Face, LineHandle, Shared};
use super::timer::SessionTimer;
use super::voice::Voice;
use crate::media::Direction;

/// An INVITE older than this is not rung on: telephone systems give up after three minutes (timer C).
const RINGS_MS_MAX: i64 = 180_000;
/// How far CSeq jumps: more requests than were ever sent since the words were kept.
const CSEQ_JUMP: u32 = 1_000;
/// How long to wait for reports to be taken in; a desk that is as busy as that compares lines a minute later again.
const TAKEN_IN_MAX: Duration = Duration::from_secs(5);
/// How long a replayed INVITE may take to become a line.
const REPLAY_MAX: Duration = Duration::from_secs(2);

/// A line as kept.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
enum Words {
    /// The INVITE that rings.
    Arriving { port: u16, at_ms: i64, invite: String },
    /// The INVITE of ours that rings at the far end.
    Dialing { port: u16, invite: String },
    /// An answered line.
    Established(Established),
}

/// A dialog in text.
#[derive(Debug, Serialize, Deserialize)]
struct Established {
    port: u16,
    /// We sent the INVITE.
    caller_is_us: bool,
    call_id: String,
    local_tag: String,
    remote_tag: String,
    from: String,
    to: String,
    target: String,
    routes: Vec<String>,
    local_cseq: u32,
    remote_cseq: u32,
    sound: Sound,
    peer: Option<String>,
    /// What she was saying into a recording. Older words have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recording: Option<u64>,
}

/// What the far end heard last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Sound {
    Attendant,
    /// Waits, not on hold: music.
    Waiting,
    Held,
    HeldInSilence,
}

/// Keeps an INVITE that rings.
pub(super) async fn arriving(shared: &Shared, leg: Leg, invite: &Request) {
    let port = shared.stack.local.port();
    let invite = String::from_utf8_lossy(&invite.to_bytes()).into_owned();
    write(shared, leg, &Words::Arriving { port, at_ms: shared.sources.now_ms(), invite }).await;
}

/// Keeps an INVITE of ours that rings, so that it can be taken back.
pub(super) async fn dialing(line: &Line) {
    let invite = String::from_utf8_lossy(&line.dialog.initial_request().to_bytes()).into_owned();
    let words = Words::Dialing { port: line.shared.stack.local.port(), invite };
    write(&line.shared, line.handle.leg, &words).await;
}

/// Keeps an answered line as it is now.
pub(super) async fn established(line: &Line) {
    let dialog = line.dialog.snapshot();
    let sound = match (line.said, line.voice.is_talking()) {
        (_, true) => Sound::Attendant,
        (Direction::SendRecv | Direction::RecvOnly, false) => Sound::Waiting,
        (Direction::SendOnly, false) => Sound::Held,
        (Direction::Inactive, false) => Sound::HeldInSilence,
    };
    let words = Established {
        port: line.shared.stack.local.port(),
        caller_is_us: dialog.role == TransactionRole::Client,
        call_id: dialog.id.call_id,
        local_tag: dialog.id.local_tag,
        remote_tag: dialog.id.remote_tag,
        from: dialog.from.to_string(),
        to: dialog.to.to_string(),
        target: dialog.remote_uri.to_string(),
        routes: dialog.route_set.iter().map(|route| route.value().to_owned()).collect(),
        local_cseq: dialog.local_cseq,
        remote_cseq: dialog.remote_cseq,
        sound,
        peer: line.handle.face().peer.as_ref().map(Uri::to_string),
        recording: line.message.recording().map(|id| id.0),
    };
    write(&line.shared, line.handle.leg, &Words::Established(words)).await;
}

async fn write(shared: &Shared, leg: Leg, words: &Words) {
    let kept = match serde_json::to_string(words) {
        Ok(text) => shared.legs.keep(leg, text).await.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    if let Err(error) = kept {
        tracing::warn!(?leg, %error, "this line would not survive a crash");
    }
}

/// The port an earlier life listened on, which the far ends still send to.
pub(super) fn port_of(kept: &[(Leg, String)]) -> Option<u16> {
    kept.iter().rev().find_map(|(_, words)| match serde_json::from_str(words) {
        Ok(
            Words::Arriving { port, .. }
            | Words::Dialing { port, .. }
            | Words::Established(Established { port, .. }),
        ) => Some(port),
        Err(_) => None,
    })
}

/// Takes all kept lines up again, or reports them lost.
pub(super) async fn take_up(shared: &Arc<Shared>, kept: Vec<(Leg, String)>) {
    let left_messages = kept.iter().any(|(_, words)| {
        matches!(serde_json::from_str(words), Ok(Words::Established(Established { recording: Some(_), .. })))
    });
    let lines = kept.into_iter().map(|(leg, words)| {
        let shared = shared.clone();
        async move {
            let mut left = None;
            let taken_up = match serde_json::from_str(&words) {
                Ok(Words::Arriving { at_ms, invite, .. }) => ring_on(&shared, leg, at_ms, &invite).await,
                Ok(Words::Dialing { invite, .. }) => take_back(&shared, &invite).await,
                Ok(Words::Established(words)) => {
                    left = words.recording.map(RecordingId);
                    go_on(&shared, leg, words).await
                }
                Err(error) => Err(error.to_string()),
            };
            if let Err(why) = taken_up {
                tracing::info!(?leg, %why, "a line could not be taken up again");
                if let Some(recording) = left {
                    let length = conclude(&*shared.recordings, recording, Span(0)).await;
                    shared.report(Report::Recorded { leg, recording, length }).await;
                }
                shared.forget_line(leg).await;
                shared.report(Report::Lost { leg }).await;
            }
        }
    });
    let mut tasks = tokio::task::JoinSet::new();
    lines.for_each(|line| {
        tasks.spawn(line);
    });
    while tasks.join_next().await.is_some() {}
    if left_messages {
        all_is_taken_in(shared).await;
    }
    shared.reattached.send_replace(true);
}

/// Waits until whoever listens has taken in what was told. A message that a crash cut off must be known before anybody compares
/// lines: afterwards its call would be over, and the message nobody's. Reports are taken one after the other, so when one more
/// has been fetched, those before it have been dealt with.
async fn all_is_taken_in(shared: &Shared) {
    let link = shared.known().link.clone();
    let link = link.unwrap_or_else(|| Link::Connecting { detail: "Calls are taken up again".to_owned() });
    shared.report(Report::Link(link)).await;
    let limit = Instant::now() + TAKEN_IN_MAX;
    while shared.reports.capacity() < shared.reports.max_capacity() && Instant::now() < limit {
        sleep(Duration::from_millis(5)).await;
    }
}

/// Lets the caller ring on.
async fn ring_on(shared: &Arc<Shared>, leg: Leg, at_ms: i64, invite: &str) -> Result<(), String> {
    if shared.sources.now_ms().saturating_sub(at_ms) > RINGS_MS_MAX {
        return Err("it rang too long ago".into());
    }
    let invite = Request::try_from(invite).map_err(|error| error.to_string())?;
    let call_id = invite.call_id_header().map_err(|error| error.to_string())?.value().to_owned();
    shared.known().replayed.insert(call_id.clone(), leg);
    let replayed = shared.stack.replay(invite).await.map_err(|error| error.to_string());
    let limit = Instant::now() + REPLAY_MAX;
    while replayed.is_ok() && shared.line(leg).is_none() && Instant::now() < limit {
        sleep(Duration::from_millis(10)).await;
    }
    shared.known().replayed.remove(&call_id);
    replayed?;
    if shared.line(leg).is_some() { Ok(()) } else { Err("the replayed INVITE made no call".into()) }
}

/// Ends a ringing of ours: nobody would be there to hear the answer. Always lost, and the far end told so.
async fn take_back(shared: &Arc<Shared>, invite: &str) -> Result<(), String> {
    let mut cancel = Request::try_from(invite).map_err(|error| error.to_string())?;
    let kept = |header: &Header| {
        matches!(
            header,
            Header::Via(_)
                | Header::From(_)
                | Header::To(_)
                | Header::CallId(_)
                | Header::Route(_)
                | Header::MaxForwards(_)
        )
    };
    let seq = cancel.cseq_header().and_then(|cseq| cseq.seq()).map_err(|error| error.to_string())?;
    cancel.headers.retain(kept);
    cancel.headers.push(rsipstack::sip::typed::CSeq { seq, method: Method::Cancel }.into());
    cancel.headers.push(Header::ContentLength(0_u32.into()));
    cancel.method = Method::Cancel;
    cancel.body.clear();
    let (stack_of, to) = (shared.clone(), shared.account.proxy(shared.registrar()));
    // Whatever it answers, there is nothing else to do.
    shared.work(async move { drop(stack_of.stack.ask(cancel, to).await) });
    Err("it rang at the far end when we crashed".into())
}

/// Goes on with an answered call.
async fn go_on(shared: &Arc<Shared>, leg: Leg, words: Established) -> Result<(), String> {
    let (sender, events) = shared.stack.dialogs.new_dialog_state_channel();
    let dialog = build(shared, &words, sender).map_err(|error| error.to_string())?;
    shared.known().taken_up.insert(dialog.id().to_string(), dialog.clone());
    let voice = Voice::open(&shared.stage, shared.stack.local.ip()).map_err(|error| error.to_string())?;
    let face = Face {
        dialog: Some(dialog.id()),
        peer: words.peer.as_deref().and_then(|peer| Uri::try_from(peer).ok()).map(printable),
        answered: true,
        ..Face::default()
    };
    let (handle, asked) = LineHandle::new(leg, voice.clone(), face);
    shared.add_line(handle.clone());
    let mut line = Line {
        shared: shared.clone(),
        handle,
        asked,
        dialog,
        events,
        voice: voice.clone(),
        phase: Phase::Up,
        said: Direction::SendRecv,
        session: SessionTimer::default(),
        transfer: None,
        answer_in_ack: false,
        backlog: VecDeque::new(),
        rings_back: false,
        probed: None,
        message: words.recording.map(RecordingId).map_or_else(Message::default, Message::left),
        pressed: Pressed::default(),
    };
    let direction = match words.sound {
        Sound::Attendant | Sound::Waiting => Direction::SendRecv,
        Sound::Held => Direction::SendOnly,
        Sound::HeldInSilence => Direction::Inactive,
    };
    match words.sound {
        Sound::Attendant => voice.talk(),
        Sound::Waiting | Sound::Held => voice.play(Treatment::Music),
        Sound::HeldInSilence => voice.play(Treatment::Silence),
    }
    let answered = line.offer(direction).await;
    if let Err(error) = answered {
        // `lose` has told of it where the far end does not know the call any more; all else is as bad.
        line.lose().await;
        tracing::info!(?leg, %error, "the far end did not go on");
    } else {
        established(&line).await;
    }
    shared.tasks.spawn(line.run());
    Ok(())
}

/// Builds the dialog with credentials: the stack's own restoring knows none, and could not answer a 407.
fn build(
    shared: &Shared,
    words: &Established,
    sender: rsipstack::dialog::dialog::DialogStateSender,
) -> Result<InviteDialog, Box<rsipstack::Error>> {
    let id = DialogId {
        call_id: words.call_id.clone(),
        local_tag: words.local_tag.clone(),
        remote_tag: words.remote_tag.clone(),
    };
    let contact = shared.stack.contact.clone();
    let (role, request_uri, contact_uri) = match words.caller_is_us {
        true => (TransactionRole::Client, words.target.clone(), contact.to_string()),
        false => (TransactionRole::Server, contact.to_string(), words.target.clone()),
    };
    let invite = format!(
        "INVITE {request_uri} SIP/2.0\r\nVia: SIP/2.0/UDP {};branch=z9hG4bKtakenup\r\nFrom: {}\r\nTo: {}\r\n\
         Call-ID: {}\r\nCSeq: {} INVITE\r\nContact: <{contact_uri}>\r\nContent-Length: 0\r\n\r\n",
        shared.stack.local,
        words.from,
        words.to,
        words.call_id,
        words.local_cseq.saturating_add(CSEQ_JUMP),
    );
    let invite = Request::try_from(invite.as_str()).map_err(rsipstack::Error::from)?;
    let inner = DialogInner::new(
        role,
        id.clone(),
        invite,
        shared.stack.endpoint.clone(),
        sender,
        Some(shared.account.credential()),
        Some(contact),
        transaction_event_sender_noop(),
    )?;
    *inner.remote_uri.lock() =
        printable(Uri::try_from(words.target.as_str()).map_err(rsipstack::Error::from)?);
    *inner.route_set.lock() = words.routes.iter().map(|route| Route::from(route.clone())).collect();
    *inner.state.lock() = DialogState::Confirmed(id, Response::default());
    inner.remote_seq.store(words.remote_cseq, std::sync::atomic::Ordering::Relaxed);
    Ok(InviteDialog::from_inner(Arc::new(inner)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn the_kept_words_stay_as_they_are_for_older_and_newer_versions() {
        let words = Words::Established(Established {
            port: 5062,
            caller_is_us: false,
            call_id: "c@h".into(),
            local_tag: "l".into(),
            remote_tag: "r".into(),
            from: "<sip:a@b>;tag=r".into(),
            to: "<sip:c@d>;tag=l".into(),
            target: "sip:a@10.0.0.2".into(),
            routes: vec!["<sip:10.0.0.1;lr>".into()],
            local_cseq: 1,
            remote_cseq: 2,
            sound: Sound::HeldInSilence,
            peer: None,
            recording: None,
        });
        let arriving = Words::Arriving { port: 5062, at_ms: 7, invite: "INVITE".into() };
        let dialing = Words::Dialing { port: 5062, invite: "INVITE".into() };
        let text = [words, arriving, dialing].map(|words| serde_json::to_string(&words).unwrap()).join("\n");
        expect![[r#"
            {"state":"established","port":5062,"caller_is_us":false,"call_id":"c@h","local_tag":"l","remote_tag":"r","from":"<sip:a@b>;tag=r","to":"<sip:c@d>;tag=l","target":"sip:a@10.0.0.2","routes":["<sip:10.0.0.1;lr>"],"local_cseq":1,"remote_cseq":2,"sound":"held_in_silence","peer":null}
            {"state":"arriving","port":5062,"at_ms":7,"invite":"INVITE"}
            {"state":"dialing","port":5062,"invite":"INVITE"}"#]]
        .assert_eq(&text);
    }
}
