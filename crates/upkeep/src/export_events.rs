//! The events of a store as JSON lines, for whoever works figures out anew with means of their own (REPORT-1). Ids only, as in the
//! journal: who the people behind them are is not told. Changes nothing, and leaves no event out that is kept.

use std::collections::BTreeMap;
use std::io::Write;

use contracts::journal::{Journal, PAGE_MAX, StoreError};
use contracts::{Snapshot, stored};
use engine::{Call, Origin};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

/// Why not all events were written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The journal.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Where they go.
    #[error("the events cannot be written: {0}")]
    Write(#[from] std::io::Error),
    /// Somebody stopped it.
    #[error("stopped after {0} events")]
    Stopped(u64),
}

/// Writes every event, oldest first, a line each: `{"sequence":…,"at":…,"origin":…,"format":…,"event":{…}}`. `at` is in
/// milliseconds since 1970, `origin` that of the call the event is about (`null`: about none), `event` the text of the journal in
/// `format`. Holds a page and the calls that go on, however long the journal is. Tells how many it wrote.
pub async fn export_events(
    journal: &dyn Journal,
    to: &mut (dyn Write + Send),
    cancel: &CancellationToken,
) -> Result<u64, ExportError> {
    let beginning = journal.beginning().await?;
    let (mut last, mut written, mut origins) = (beginning.sequence, 0, Origins::of_those(&beginning));
    loop {
        let page = journal.read(last, PAGE_MAX).await?;
        let Some(end) = page.last() else { break };
        last = end.sequence;
        for recorded in &page {
            let event = stored::write_event(&recorded.event);
            let origin = origins.of(&event)?;
            let (sequence, at, format) = (recorded.sequence, recorded.at.0, stored::FORMAT);
            writeln!(
                to,
                r#"{{"sequence":{sequence},"at":{at},"origin":{origin},"format":{format},"event":{event}}}"#
            )?;
            written += 1;
        }
        if cancel.is_cancelled() {
            return Err(ExportError::Stopped(written));
        }
    }
    to.flush()?;
    Ok(written)
}

/// Where the calls that go on came from, each as JSON.
struct Origins(BTreeMap<u64, String>);

impl Origins {
    /// Of calls that went on when the oldest event came that is kept.
    fn of_those(beginning: &Snapshot) -> Origins {
        let origin = |call: &Call| {
            let origin = match call.origin {
                Origin::Live => "live",
                Origin::Simulated => "simulated",
            };
            (call.id.0, format!("\"{origin}\""))
        };
        Origins(beginning.switchboard.calls.iter().map(origin).collect())
    }

    /// Of the call this event is about, by its text: every event that names a call names it alike.
    fn of(&mut self, event: &str) -> Result<String, StoreError> {
        const NONE: &str = "null";
        let event: Value = serde_json::from_str(event)
            .map_err(|error| StoreError::Damaged(format!("an event cannot be written as JSON: {error}")))?;
        let Some((kind, said)) = event.as_object().and_then(|event| event.iter().next()) else {
            return Ok(NONE.to_owned());
        };
        let call = |name: &str| said[name].as_u64();
        if let Some(origin) = said["origin"].as_str() {
            // A callback is a call of its own; who asked for it goes on in hers.
            let begins = call("callback").or_else(|| call("call"));
            self.0.extend(begins.map(|call| (call, format!("\"{origin}\""))));
        }
        let of = call("call").and_then(|call| match kind.as_str() {
            "call_ended" => self.0.remove(&call),
            _ => self.0.get(&call).cloned(),
        });
        Ok(of.unwrap_or_else(|| NONE.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::journal::Entry;
    use contracts::memory::MemoryStore;
    use engine::{AttendantId, CallId, End, Event, PartyId, ServiceId, Timestamp};

    /// REPORT-1: every event, with the origin of its call also where the event itself does not say it.
    #[tokio::test]
    async fn every_event_is_a_line_with_the_origin_of_its_call_report_1() {
        let store = MemoryStore::new();
        let (service, party) = (ServiceId(3), PartyId(6));
        let arrived = |call, origin| Event::CallArrived { call: CallId(call), service, party, origin };
        let ended =
            |call| Event::CallEnded { call: CallId(call), end: End::CallerHungUp, release: Vec::new() };
        let events = [
            Event::DutyChanged { attendant: AttendantId(2), on_duty: true },
            arrived(1, Origin::Simulated),
            Event::CallbackRequested {
                call: CallId(1),
                callback: CallId(4),
                service,
                party,
                origin: Origin::Simulated,
                arrived: Timestamp(5),
                limit: Timestamp(9),
            },
            arrived(2, Origin::Live),
            ended(1),
            ended(2),
            ended(4),
            ended(1),
        ];
        let entry = |event| Entry { at: Timestamp(5), event, effects: Vec::new() };
        let entries: Vec<Entry> = events.into_iter().map(entry).collect();
        let lease = store.take_lease("test").await.expect("it is taken");
        store.append(lease, 0, &entries, &[]).await.expect("they are written");
        let mut text = Vec::new();
        let written = export_events(&store, &mut text, &CancellationToken::new()).await;
        assert_eq!(written.expect("they are exported"), 8);
        let text = String::from_utf8(text).expect("text");
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let origins: Vec<&Value> = lines.iter().map(|line| &line["origin"]).collect();
        let (simulated, live) = (Value::from("simulated"), Value::from("live"));
        let none = Value::Null;
        assert_eq!(origins, [&none, &simulated, &simulated, &live, &simulated, &live, &simulated, &none]);
        assert_eq!(
            text.lines().next(),
            Some(
                r#"{"sequence":1,"at":5,"origin":null,"format":1,"event":{"duty_changed":{"attendant":2,"on_duty":true}}}"#
            )
        );
        let stop = CancellationToken::new();
        stop.cancel();
        let stopped = export_events(&store, &mut Vec::new(), &stop).await;
        assert!(matches!(stopped, Err(ExportError::Stopped(8))), "{stopped:?}");
    }
}
