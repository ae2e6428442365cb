//! The access log on the command line (ID-7): the program itself looks through the log of a store that no console has open, and
//! exports it; with a real keychain it knows how far the log was. Tampering with the rows is tested beside the store.

use std::process::Command;

use acceptance::keychain::Keychain;
use acceptance::program::{Said, run};
use acceptance::stored::Stored;
use acceptance::tools::{self, Tool, all_there};
use acceptance::usher::{Keys, Usher};
use app::api::wire::{Request, Response};
use contracts::access_log::{AccessLog, Actor, Entry, Kind, ObjectRef, Outcome, Word, gap_entry};
use contracts::ids::PersonId;
use contracts::roster::{Changes, Claim, DirectoryPage, Link, PersonChange, Profile, Roster};
use contracts::sign_in::Subject;
use data_encoding::BASE64;
use engine::Timestamp;
use serde_json::{Value, json};

/// The numbers of docs/access-log.md.
const DONE: i32 = 0;
const WRONG_LINE: i32 = 2;
const IN_USE: i32 = 3;
const TAMPERED: i32 = 4;
const MISPLACED: i32 = 7;
const NOT_WRITABLE: i32 = 9;

fn audit(stored: &Stored, arguments: &[&str]) -> Said {
    let mut command = Command::new(tools::usher());
    // No keychain of whoever runs the tests.
    command.env_remove("DBUS_SESSION_BUS_ADDRESS").arg("audit").args(arguments);
    command.arg("--data-dir").arg(stored.data()).arg("--store-key").arg(stored.store_key());
    run(command)
}

/// What `verify` says of where the log ends: to be noted.
fn noted(said: &Said) -> String {
    let (_, rest) = said.out.split_once("It ends at ").expect("it says so");
    rest.split_once(". ").expect("a sentence").0.to_owned()
}

fn entry(at: i64) -> Entry {
    let action = Word::of("change-services");
    let refused = Outcome::Refused(Word::of("request.forbidden"));
    let entry = Entry::once(Timestamp(at), Actor::Person(PersonId(0x1f)), Kind::Access, action, refused);
    entry.on(ObjectRef::numbered(Word::of("service"), 7)).privileged()
}

fn lines(said: &Said) -> Vec<Value> {
    said.out.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

#[tokio::test]
async fn the_access_log_is_looked_through_and_exported_on_the_command_line_id_7() {
    let stored = Stored::new();
    let empty = audit(&stored, &["verify"]);
    assert!(empty.code == DONE && empty.out.contains("no entries yet"));

    let entries: Vec<Entry> = (0..5).map(|day| entry(1_795_000_000_000 + day * 86_400_000)).collect();
    stored.open().append_all(entries).await.expect("they are written");
    let whole = audit(&stored, &["verify"]);
    assert_eq!(whole.code, DONE);
    assert!(whole.out.contains("5 entries of the access log, 1 to 5, are as they were written."));
    assert!(
        whole.out.contains("That none was cut off or written anew is not known"),
        "no keychain, no anchor"
    );

    let here = noted(&whole);
    let (five, hash) = here.split_once(':').expect("an entry and its hash");
    assert_eq!((five, hash.len()), ("5", 64));
    assert_eq!(audit(&stored, &["verify", "--reached", &here]).code, DONE);
    let cut = audit(&stored, &["verify", "--reached", &format!("9:{hash}")]);
    assert!(cut.code == TAMPERED && cut.err.contains("ends at entry 5, and entry 9 was anchored"));
    let anew = audit(&stored, &["verify", "--reached", &format!("5:{}", "0".repeat(64))]);
    assert!(anew.code == TAMPERED && anew.err.contains("entry 5 is another one than was anchored"));
    assert_eq!(audit(&stored, &["verify", "--reached", "five"]).code, WRONG_LINE);

    let all = audit(&stored, &["export"]);
    let exported = lines(&all);
    assert_eq!((all.code, exported.len()), (DONE, 6), "five, and that they were exported");
    assert_eq!(exported[0]["actor"], json!({"kind": "person", "id": "1f"}));
    assert_eq!(exported[0]["object"], json!({"kind": "service", "id": "7"}));
    assert_eq!(
        (&exported[0]["outcome"], &exported[0]["code"]),
        (&json!("refused"), &json!("request.forbidden"))
    );
    assert_eq!(exported[4]["hash"], hash);
    assert_eq!(exported[5]["action"], "export-access-log");
    assert_eq!((&exported[5]["privileged"], &exported[5]["actor"]["kind"]), (&json!(true), &json!("local")));

    let day =
        audit(&stored, &["export", "--from", "2026-11-19T11:00:00Z", "--until", "2026-11-20T11:00:00Z"]);
    assert_eq!(lines(&day).iter().map(|line| line["sequence"].clone()).collect::<Vec<_>>(), [2]);
    let file = stored.data().with_file_name("log.jsonl");
    let out = file.to_str().expect("a plain path");
    assert!(audit(&stored, &["export", "--out", out]).out.contains("8 entries"), "each export is one more");
    assert_eq!(std::fs::read_to_string(&file).expect("it is there").lines().count(), 8);
    assert_eq!(audit(&stored, &["export", "--out", out]).code, NOT_WRITABLE, "nothing is written over");

    stored.open().append(gap_entry(None, Timestamp(1_795_000_000_000))).await.expect("it is written");
    let gap = audit(&stored, &["verify", "--reached", &here]);
    assert!(gap.code == TAMPERED && gap.out.contains("A gap: at ") && gap.err.contains("--known-gaps"));
    assert_eq!(audit(&stored, &["verify", "--known-gaps", "1"]).code, DONE);

    let open = stored.open();
    assert_eq!(audit(&stored, &["verify"]).code, IN_USE, "a console has the store");
    drop(open);
}

/// The way back in where nobody administers any more, and no way in where somebody does.
#[tokio::test]
async fn administration_is_reopened_only_where_nobody_administers_and_the_log_says_so_id_5_id_7() {
    let stored = Stored::new();
    let reopen = || {
        let mut command = Command::new(tools::usher());
        command.env_remove("DBUS_SESSION_BUS_ADDRESS").args(["store", "reopen-administration"]);
        command.arg("--data-dir").arg(stored.data()).arg("--store-key").arg(stored.store_key());
        run(command)
    };
    let subject = |object: &str| Subject { tenant: "t1".to_owned(), object: object.to_owned() };
    let claims = async |object: &str| {
        let store = stored.open();
        let profile = Profile { display_name: object.to_owned(), ..Profile::default() };
        store.claim_first(&subject(object), &profile).await.expect("it is asked for")
    };
    let Claim::First(rita) = claims("rita").await else { panic!("she is the first") };
    let refused = reopen();
    assert_eq!(refused.code, MISPLACED);
    assert!(refused.err.contains("an administrator can still sign in"), "{}", refused.err);

    // The directory knows her, and then does not any more.
    let there = PersonChange::There {
        object: "rita".to_owned(),
        display_name: None,
        first_name: None,
        last_name: None,
        email: None,
        username: None,
        enabled: Some(true),
    };
    let page = DirectoryPage {
        tenant: "t1".to_owned(),
        from: None,
        changes: Changes::Persons(vec![there, PersonChange::Gone { object: "rita".to_owned() }]),
        to: Link::Delta("delta".to_owned()),
        at: Timestamp(1_795_700_000_000),
    };
    stored.open().apply(&page).await.expect("it is read");
    assert_eq!(claims("ueli").await, Claim::Taken, "nobody becomes it by signing in");
    assert_eq!(reopen().code, DONE);
    assert!(matches!(claims("ueli").await, Claim::First(person) if person.id != rita.id));
    let actions: Vec<Value> = lines(&audit(&stored, &["export"]))
        .iter()
        .filter(|line| line["action"] == "reopen-administration")
        .map(|line| line["outcome"].clone())
        .collect();
    assert_eq!(actions, ["done", "refused", "done"]);
}

/// The console leaves an anchor in the keychain, and commands find it there.
#[test]
fn with_a_keychain_the_log_of_a_console_is_anchored_id_7() {
    if !all_there(&[Tool::Bus, Tool::Keyring]) {
        return;
    }
    let mut usher = Usher::start_with(Keys::InKeychain(Box::new(Keychain::start())));
    let content_base64 = BASE64.encode(b"Name,Phone\nAnna Keller,4020\n");
    usher.ask(Request::ImportContacts { file_name: "staff.csv".into(), content_base64 });
    assert!(matches!(usher.ask(Request::GetSetup {}), Response::Setup(_)));
    usher.stop();

    let data = usher.data_dir();
    let audit = |usher: &mut Usher, what: &[&str]| {
        let mut command = Command::new(tools::usher());
        usher.keychain().lend(&mut command);
        command.arg("audit").args(what).arg("--data-dir").arg(&data);
        run(command)
    };
    let exported = audit(&mut usher, &["export"]);
    assert_eq!(exported.code, DONE);
    let entries = lines(&exported);
    assert_eq!(entries.last().expect("the export itself")["action"], "export-access-log");
    for entry in &entries {
        let words = entry.to_string();
        assert!(!words.contains("Anna") && !words.contains("4020"), "no content: {words}");
    }
    let found = audit(&mut usher, &["verify"]);
    assert_eq!(found.code, DONE);
    assert!(found.out.contains("The anchor in the keychain is that of the last one"), "{}", found.out);

    usher.start_again();
    usher.kill();
    let found = audit(&mut usher, &["verify"]);
    assert_eq!(found.code, DONE, "a kill leaves a log that reaches its anchor");
    assert!(
        found.out.contains("The anchor in the keychain is that of ") && !found.out.contains("A gap"),
        "{}",
        found.out
    );
}
