//! Calling somebody: an INVITE through our telephone system, with digest where it asks for it. What becomes of it is told
//! by the line.

use std::collections::VecDeque;
use std::sync::Arc;

use contracts::Address;
use contracts::telephony::{Link, Report, TelephonyError};
use engine::{Failure, Leg};
use rsipstack::dialog::dialog::{DialogState, TerminatedReason};
use rsipstack::dialog::invitation::InviteOption;
use rsipstack::sip::{Header, Uri};

use super::line::{Line, Phase};
use super::message::{Message, Pressed};
use super::shared::{Face, LineHandle, Shared};
use super::timer::SessionTimer;
use super::voice::Voice;
use super::{LEGS_MAX, wire};
use crate::media::Direction;

/// Rings `to`. A line that is there already is not dialled again.
pub(super) async fn dial(shared: &Arc<Shared>, leg: Leg, to: &Address) -> Result<(), TelephonyError> {
    if shared.line(leg).is_some() {
        return Ok(());
    }
    let down = matches!(shared.known().link, Some(Link::Down { .. }));
    let callee = match shared.account.uri_of(to) {
        Ok(callee) if !down => callee,
        // Dialling later, when nobody expects it any more, would be worse than failing now.
        Ok(_) | Err(_) => {
            shared.report(Report::Failed { leg, failure: Failure::Unreachable }).await;
            return Ok(());
        }
    };
    if shared.known().lines.len() >= LEGS_MAX as usize {
        return Err(TelephonyError::Refused("too many lines at once".into()));
    }
    let voice = Voice::open(&shared.stage, shared.stack.local.ip())?;
    let line = begin(shared, leg, callee, voice)?;
    shared.add_line(line.handle.clone());
    shared.tasks.spawn(line.run());
    Ok(())
}

fn begin(shared: &Arc<Shared>, leg: Leg, callee: Uri, voice: Voice) -> Result<Line, TelephonyError> {
    let session = SessionTimer::default();
    let mut headers = vec![Header::Allow(wire::ALLOW.into()), Header::Supported(wire::SUPPORTED.into())];
    headers.extend(session.headers_of_request());
    let proxy = shared.account.proxy(shared.registrar());
    shared.stack.send_by(&callee.host_with_port, proxy.clone());
    let option = InviteOption {
        caller_display_name: shared.account.display_name.clone(),
        caller: shared.account.address_of_record(),
        callee: callee.clone(),
        destination: Some(proxy),
        content_type: Some("application/sdp".into()),
        offer: Some(voice.offer(Direction::SendRecv).into_bytes()),
        contact: shared.stack.contact.clone(),
        credential: Some(shared.account.credential()),
        headers: Some(headers),
        call_id: Some(shared.stack.call_id()),
        ..InviteOption::default()
    };
    let (sender, events) = shared.stack.dialogs.new_dialog_state_channel();
    let made = shared.stack.dialogs.do_invite_async(option, sender.clone());
    let (dialog, invited) = made.map_err(|error| TelephonyError::Disconnected(error.to_string()))?;
    let ringing = dialog.clone();
    shared.tasks.spawn(async move {
        // The stack tells of an answer and of a refusal, but not of its own failure.
        if let Ok(Err(error)) = invited.await {
            tracing::info!(%error, "an INVITE came to nothing");
            sender.send(DialogState::Terminated(ringing.id(), TerminatedReason::Timeout)).ok();
        }
    });
    let (handle, asked) = LineHandle::new(leg, voice.clone(), Face { peer: Some(callee), ..Face::default() });
    Ok(Line {
        shared: shared.clone(),
        handle,
        asked,
        dialog,
        events,
        voice,
        phase: Phase::Dialing { answered_once: false, rung: false },
        said: Direction::SendRecv,
        session,
        transfer: None,
        answer_in_ack: false,
        backlog: VecDeque::new(),
        rings_back: false,
        probed: None,
        message: Message::default(),
        pressed: Pressed::default(),
    })
}
