//! Sounds that callers hear and messages that they leave, through the one door (ROUTE-3, CALL-8): what is kept, heard, refused
//! and counted.

#[allow(dead_code, reason = "shared with other tests")]
#[path = "support/console.rs"]
mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use app::App;
use app::api::wire::sounds::{SoundView, SoundsView, SpeechView};
use app::api::wire::voicemails::{VoicemailRow, VoicemailsPage};
use app::api::wire::{ApiError, Request, Response, UiEvent};
use app::app::FIRST as ME;
use contracts::Address;
use contracts::book::PartyBook;
use contracts::journal::{Entry, Journal};
use contracts::memory::MemoryStore;
use contracts::recordings::RecordingBook;
use contracts::sounds::{Sound, SoundBook, SoundFile, SoundKind};
use contracts::telephony::{Order, Report};
use data_encoding::BASE64;
use engine::{
    CallId, Event, Node, NodeId, Origin, PartyId, RecordingId, Service, ServiceId, SoundId, Span, Step,
    Timestamp, Workflow,
};
use reporting::{RecordChange, Voicemail};
use support::{Exchange, PATIENCE, ask, console, open, until};

async fn sounds(app: &App) -> SoundsView {
    let Response::Sounds(view) = ask(app, Request::ListSounds {}).await else { panic!("sounds") };
    view
}

async fn saved(app: &App, request: Request) -> String {
    let Response::Saved(saved) = ask(app, request).await else { panic!("saved") };
    saved.id
}

async fn refused(app: &App, request: Request) -> ApiError {
    let shown = format!("{request:?}");
    app.handle(request).await.err().unwrap_or_else(|| panic!("{shown} was carried out"))
}

/// A sound file of these samples, as the test's decoder reads it.
fn file(samples: &[i16]) -> String {
    BASE64.encode(&samples.iter().flat_map(|sample| sample.to_le_bytes()).collect::<Vec<_>>())
}

fn add(sound: Option<&str>, name: &str, samples: &[i16]) -> Request {
    Request::AddSound { sound: sound.map(str::to_owned), name: name.into(), content_base64: file(samples) }
}

fn speak(text: &str, voice: &str) -> Request {
    Request::SpeakSound { sound: None, name: "Greeting".into(), text: text.into(), voice: voice.into() }
}

/// The samples of a WAV file.
async fn heard(app: &App, request: Request) -> Vec<i16> {
    let Response::Heard(heard) = ask(app, request).await else { panic!("a sound") };
    let wav = BASE64.decode(heard.wav_base64.as_bytes()).expect("base64");
    assert_eq!((&wav[..4], &wav[8..12]), (&b"RIFF"[..], &b"WAVE"[..]));
    wav[44..].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
}

#[tokio::test]
async fn a_file_becomes_a_sound_that_is_heard_renamed_replaced_and_removed_route_3() {
    let (app, _, _) = console().await;
    let mut events = app.events();
    let closed = saved(&app, add(None, "  Closed ", &[1, -2, 3])).await;
    let told = async { while !matches!(events.recv().await, Ok(UiEvent::SoundsChanged)) {} };
    tokio::time::timeout(PATIENCE, told).await.expect("the screens are told");
    let long = saved(&app, add(None, "Hello", &[7; 16_000])).await;
    assert_ne!(closed, long);
    let names =
        |view: SoundsView| view.sounds.into_iter().map(|one| (one.name, one.length_ms)).collect::<Vec<_>>();
    assert_eq!(names(sounds(&app).await), [("Closed".to_owned(), 0), ("Hello".to_owned(), 2_000)]);
    assert_eq!(heard(&app, Request::GetSound { sound: closed.clone() }).await, [1, -2, 3]);

    assert_eq!(saved(&app, add(Some(&closed), "Closed today", &[9; 8_000])).await, closed, "the same one");
    assert_eq!(heard(&app, Request::GetSound { sound: closed.clone() }).await.len(), 8_000);
    ask(&app, Request::RenameSound { sound: long.clone(), name: "Welcome".into() }).await;
    let now = names(sounds(&app).await);
    assert_eq!(now, [("Closed today".to_owned(), 1_000), ("Welcome".to_owned(), 2_000)]);
    ask(&app, Request::RemoveSound { sound: long.clone() }).await;
    assert_eq!(sounds(&app).await.sounds.len(), 1);
    for gone in [
        Request::RemoveSound { sound: long.clone() },
        Request::GetSound { sound: long.clone() },
        Request::RenameSound { sound: long.clone(), name: "x".into() },
        add(Some(&long), "x", &[1]),
    ] {
        assert_eq!(refused(&app, gone).await.code, "sound.unknown");
    }
}

#[tokio::test]
async fn a_text_becomes_a_sound_that_says_how_it_was_spoken_route_3() {
    let (app, _, _) = console().await;
    let Response::Voices(voices) = ask(&app, Request::ListVoices {}).await else { panic!("voices") };
    assert_eq!(voices[0].language, "de");
    let id = saved(&app, speak("Guten Tag!", &voices[0].id)).await;
    let SoundView { speech, length_ms, .. } =
        sounds(&app).await.sounds.into_iter().find(|sound| sound.id == id).expect("it is there");
    let spoken = SpeechView { text: "Guten Tag!".into(), voice: "gmw/de".into(), language: "de".into() };
    assert_eq!((speech, length_ms), (Some(spoken), 500));
}

#[tokio::test]
async fn what_is_no_sound_is_refused_at_its_field() {
    let (app, _, _) = console().await;
    let limits = sounds(&app).await;
    let large = "A".repeat((limits.file_bytes_max as usize + 3) / 3 * 4 + 8);
    let large = Request::AddSound { sound: None, name: "x".into(), content_base64: large };
    let broken = Request::AddSound { sound: None, name: "x".into(), content_base64: "?".into() };
    let cases = [
        (add(None, " ", &[1]), "setting.out-of-range", Some("name")),
        (add(None, &"x".repeat(257), &[1]), "setting.out-of-range", None),
        (add(None, "x", &[]), "sound.unreadable", Some("file")),
        (large, "sound.unreadable", Some("file")),
        (broken, "request.invalid", None),
        (speak(" ", "gmw/de"), "setting.out-of-range", Some("text")),
        (speak("Hello", "nobody"), "speech.failed", Some("voice")),
    ];
    for (request, code, field) in cases {
        let error = refused(&app, request).await;
        assert_eq!((error.code.as_str(), error.field.as_deref()), (code, field), "{}", error.message);
    }
    assert!(sounds(&app).await.sounds.is_empty());
}

/// A console in training to which simulated callers left `count` messages, and a real one left one.
async fn with_messages(count: u64) -> (Arc<App>, Arc<MemoryStore>) {
    let (store, exchange) = (Arc::new(MemoryStore::default()), Exchange::new());
    let lease = store.take_lease("test").await.expect("memory");
    let number = Address::parse("+41445551234").expect("a number");
    store.party_of(Some(&number), Some("Rosa Meier"), PartyId(5)).await.expect("memory");
    for n in 0..=count {
        let recording = RecordingId(n + 1);
        store.begin(recording).await.expect("memory");
        store.append_samples(recording, n).await;
        store.finish(recording).await.expect("memory");
        let left = RecordChange::VoicemailLeft(Voicemail {
            recording,
            call: CallId(100 + n),
            service: ServiceId(1),
            party: PartyId(5),
            left: Timestamp(1_795_000_000_000 + i64::try_from(n).expect("few")),
            length: Span(1_000),
            origin: if n == count { Origin::Live } else { Origin::Simulated },
        });
        Journal::append(&*store, lease, 0, &[], &[left]).await.expect("memory");
    }
    let app = open(&store, &exchange).await;
    ask(&app, Request::StartTraining {}).await;
    (app, store)
}

trait AppendSamples {
    async fn append_samples(&self, recording: RecordingId, value: u64);
}

impl AppendSamples for MemoryStore {
    async fn append_samples(&self, recording: RecordingId, value: u64) {
        let samples = vec![i16::try_from(value).expect("small"); 8_000];
        RecordingBook::append(self, recording, &samples).await.expect("memory");
    }
}

async fn page(app: &App, before: Option<String>, handled: Option<bool>) -> VoicemailsPage {
    let request = Request::ListVoicemails { before, limit: 3, handled };
    let Response::Voicemails(page) = ask(app, request).await else { panic!("messages") };
    page
}

#[tokio::test]
async fn messages_are_listed_newest_first_and_heard_call_8() {
    let (app, _) = with_messages(7).await;
    until(&app, "they are counted", |console| console.voicemails == 7).await;
    let (mut rows, mut before): (Vec<VoicemailRow>, _) = (Vec::new(), None);
    loop {
        let page = page(&app, before, None).await;
        assert_eq!(page.unhandled, 7, "live ones are another matter");
        rows.extend(page.rows);
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(
        rows.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(),
        ["7", "6", "5", "4", "3", "2", "1"]
    );
    let first = &rows[0];
    assert_eq!(first.caller.name.as_deref(), Some("Rosa Meier"));
    assert_eq!(first.caller.number.as_deref(), Some("+41445551234"), "to call back");
    assert_eq!((first.service_name.as_deref(), first.simulated), (Some("Main line"), true));
    assert_eq!(heard(&app, Request::GetVoicemail { voicemail: "3".into() }).await, vec![2; 8_000]);
}

#[tokio::test]
async fn a_message_is_marked_handled_and_forwarded_and_the_count_follows_call_8() {
    let (app, store) = with_messages(2).await;
    until(&app, "they are counted", |console| console.voicemails == 2).await;
    let mark = |handled| Request::SetVoicemailHandled { voicemail: "1".into(), handled };
    ask(&app, mark(true)).await;
    until(&app, "one is dealt with", |console| console.voicemails == 1).await;
    let ids = |page: VoicemailsPage| page.rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(ids(page(&app, None, Some(true)).await), ["1"]);
    assert_eq!(ids(page(&app, None, Some(false)).await), ["2"]);
    ask(&app, Request::ForwardVoicemail { voicemail: "1".into(), service: "1".into() }).await;
    until(&app, "its new people have not dealt with it", |console| console.voicemails == 2).await;

    let unknown = Request::ForwardVoicemail { voicemail: "1".into(), service: "ff".into() };
    assert_eq!(refused(&app, unknown).await.code, "setting.unknown");
    for gone in [
        Request::SetVoicemailHandled { voicemail: "99".into(), handled: true },
        Request::GetVoicemail { voicemail: "99".into() },
        Request::ForwardVoicemail { voicemail: "99".into(), service: "1".into() },
    ] {
        assert_eq!(refused(&app, gone).await.code, "voicemail.unknown");
    }
    store.discard(RecordingId(2)).await.expect("memory");
    let lost = Request::GetVoicemail { voicemail: "2".into() };
    assert_eq!(refused(&app, lost).await.code, "voicemail.gone");
    let odd = Request::ListVoicemails { before: Some("x".into()), limit: 3, handled: None };
    assert_eq!(refused(&app, odd).await.code, "request.invalid");
}

/// The greeting of the workflow below.
const GREETING: SoundId = SoundId(9);

/// A console in training whose main line greets, lets the caller leave a message, and ends.
async fn that_takes_messages() -> (Arc<App>, Arc<Exchange>, Arc<MemoryStore>) {
    let (store, exchange) = (Arc::new(MemoryStore::default()), Exchange::new());
    let greeting = SoundFile {
        name: "Greeting".into(),
        kind: SoundKind::File,
        sound: Sound { samples: vec![5; 8_000] },
        added: Timestamp(1),
    };
    store.put(GREETING, greeting).await.expect("memory");
    let node = |step| Node { name: String::new(), x: 0, y: 0, step };
    let message = Step::Voicemail { sound: Some(GREETING), length_max: Span::from_secs(60), next: NodeId(2) };
    let nodes = BTreeMap::from([(NodeId(1), node(message)), (NodeId(2), node(Step::Disconnect))]);
    let mut main = Service::new(ServiceId(1), "Main line", vec![ME]);
    main.workflow = Some(Workflow { start: NodeId(1), nodes });
    let events = [
        Event::AttendantPut { attendant: ME },
        Event::ServicePut(main),
        Event::DutyChanged { attendant: ME, on_duty: true },
    ];
    let entries = events.map(|event| Entry { at: Timestamp(1), event, effects: Vec::new() });
    let lease = store.take_lease("test").await.expect("memory");
    Journal::append(&*store, lease, 0, &entries, &[]).await.expect("memory");
    let app = open(&store, &exchange).await;
    ask(&app, Request::StartTraining {}).await;
    (app, exchange, store)
}

#[tokio::test]
async fn a_caller_is_greeted_leaves_a_message_and_it_is_in_the_list_before_she_is_gone_call_8() {
    let (app, exchange, store) = that_takes_messages().await;
    exchange.ring(7, "+41445551234").await;
    let played = exchange.ordered(|order| matches!(order, Order::Play { .. })).await;
    let Order::Play { leg, play, sound } = played else { panic!("a greeting") };
    assert_eq!(sound.samples, [5; 8_000]);
    exchange.report(Report::PlayEnded { leg, play }).await;
    let recorded = exchange.ordered(|order| matches!(order, Order::Record { .. })).await;
    let Order::Record { recording, length_max, .. } = recorded else { panic!("a recording") };
    assert_eq!(length_max, Span::from_secs(60));
    store.begin(recording).await.expect("memory");
    store.append_samples(recording, 3).await;
    let length = store.finish(recording).await.expect("memory");
    exchange.report(Report::Recorded { leg, recording, length }).await;
    exchange.report(Report::HungUp { leg }).await;
    until(&app, "somebody must call her back", |console| console.voicemails == 1).await;
    let rows = page(&app, None, Some(false)).await.rows;
    let row = rows.first().expect("the message");
    assert_eq!(row.id, recording.to_string());
    assert_eq!((row.length_ms, row.service_name.as_deref()), (1_000, Some("Main line")));
    assert_eq!(row.caller.name.as_deref(), Some("Rosa Meier"));
    assert_eq!(heard(&app, Request::GetVoicemail { voicemail: row.id.clone() }).await, vec![3; 8_000]);
}

#[tokio::test]
async fn a_sound_that_a_workflow_plays_is_not_removed_and_says_who_plays_it_route_3() {
    let (app, _, _) = that_takes_messages().await;
    let greeting = GREETING.to_string();
    let view = sounds(&app).await;
    assert_eq!(view.sounds[0].used_by, ["Main line"]);
    let error = refused(&app, Request::RemoveSound { sound: greeting.clone() }).await;
    assert_eq!(error.code, "sound.in-use");
    assert!(error.message.contains("Main line"), "{}", error.message);
    saved(&app, add(Some(&greeting), "Another greeting", &[1; 800])).await;
    assert_eq!(heard(&app, Request::GetSound { sound: greeting }).await.len(), 800, "it may be replaced");
}
