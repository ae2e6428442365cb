//! The roster when the process is killed while it applies pages of a directory: each page is there with its link or not at all,
//! and going on from the link loses nothing and does nothing twice (ID-6). What it promises beside is in the conformance suite.
//!
//! The child is this same program, run with the name of a test that does nothing by itself.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use contracts::roster::{
    Changes, Collection, DirectoryPage, Link, MemberChange, PERSONS_MAX, PersonChange, PersonFilter,
    Progress, Roster, Standing, TeamChange,
};
use engine::Timestamp;
use store::Store;
use vault::Known;
use vault::aead::Key;
use vault::keys::KeyFile;

const DIRECTORY: &str = "USHER_ROSTER_TEST_DIRECTORY";
const ROUNDS: u64 = 12;
const ON_A_PAGE: u64 = 7;

/// Page n of the users names users 7n … 7n + 6 and lets the first of the page before leave; page n of the groups adds a member to
/// the one group.
#[tokio::test]
async fn a_killed_process_leaves_every_page_whole_with_its_link_id_6() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let mut applied = 0;
    for round in 0..ROUNDS {
        applied = run_and_kill(home.path(), 1 + round * 5 % 7).max(applied);
        let store = open(home.path());
        let pages = pages(&store, Collection::Persons).await;
        assert!(pages >= applied, "page {applied} was acknowledged, and the roster stands after {pages}");
        let everybody = everybody(&store).await;
        assert_eq!(everybody.len() as u64, pages * ON_A_PAGE, "round {round}: whole pages only");
        let gone = everybody.iter().filter(|standing| standing.person.gone.is_some()).count() as u64;
        assert_eq!(gone, pages.saturating_sub(1));
        let members =
            store.teams().await.expect("it is read").first().map_or(0, |team| u64::from(team.members));
        assert_eq!(members, self::pages(&store, Collection::Teams).await, "one member for each page");
    }
    assert!(applied > ROUNDS, "the child got on: {applied}");
}

#[tokio::test]
#[ignore = "run by the test that kills it"]
async fn child_applies_pages_for_ever() {
    let Some(directory) = std::env::var_os(DIRECTORY).map(PathBuf::from) else { return };
    let store = open(&directory);
    loop {
        for collection in [Collection::Persons, Collection::Teams] {
            let from = store.progress(collection).await.expect("it is read").link;
            let n = pages(&store, collection).await;
            let changes = match collection {
                Collection::Persons => Changes::Persons(users(n)),
                Collection::Teams => Changes::Teams(vec![joins(n)]),
            };
            let to = Link::Next((n + 1).to_string());
            let page = DirectoryPage { tenant: "t".to_owned(), from, changes, to, at: Timestamp(1) };
            store.apply(&page).await.expect("it is written");
        }
        let mut out = std::io::stdout().lock();
        let applied = pages(&store, Collection::Persons).await;
        writeln!(out, "\napplied {applied}").and_then(|()| out.flush()).expect("the parent listens");
    }
}

/// Prints how long one page holds the writer, which calls need too:
/// `cargo test -p store --release --test roster -- --ignored --nocapture what_a_page_costs`.
#[tokio::test]
#[ignore = "a measurement"]
async fn what_a_page_costs() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let store = open(home.path());
    let users = |from: u64, count: u64| -> Vec<PersonChange> {
        let fields = |n: u64| PersonChange::There {
            object: format!("00000000-0000-0000-0000-{n:012}"),
            display_name: Some(format!("Anna Muster {n}")),
            first_name: Some("Anna".to_owned()),
            last_name: Some(format!("Muster {n}")),
            email: Some(format!("anna.{n}@example.com")),
            username: Some(format!("anna.{n}@example.com")),
            enabled: Some(true),
        };
        (from..from + count).map(fields).collect()
    };
    let members = |count: u64| {
        let joins =
            |n: u64| MemberChange { object: format!("00000000-0000-0000-0000-{n:012}"), joined: true };
        vec![TeamChange::There {
            object: "everybody".to_owned(),
            name: Some("Everybody".to_owned()),
            members: (0..count).map(joins).collect(),
        }]
    };
    for (what, changes) in [
        ("100 new users", Changes::Persons(users(0, 100))),
        ("1,000 new users", Changes::Persons(users(100, 1_000))),
        ("10,000 new users", Changes::Persons(users(1_100, 10_000))),
        ("1,000 users again", Changes::Persons(users(100, 1_000))),
        ("1,000 members", Changes::Teams(members(1_000))),
        ("10,000 members", Changes::Teams(members(10_000))),
    ] {
        let from = store.progress(changes.collection()).await.expect("it is read").link;
        let to = Link::Next(what.to_owned());
        let page = DirectoryPage { tenant: "t".to_owned(), from, changes, to, at: Timestamp(1) };
        let began = std::time::Instant::now();
        store.apply(&page).await.expect("it is written");
        println!("{what}: {:?}", began.elapsed());
    }
    let began = std::time::Instant::now();
    let filter = PersonFilter { text: Some("muster 99".to_owned()), ..PersonFilter::default() };
    let found = store.persons(&filter, PERSONS_MAX).await.expect("it is read").len();
    println!("{found} of 11,100 users found by text: {:?}", began.elapsed());
}

fn users(page: u64) -> Vec<PersonChange> {
    let user = |n: u64| PersonChange::There {
        object: n.to_string(),
        display_name: Some(format!("User {n}")),
        first_name: None,
        last_name: None,
        email: None,
        username: None,
        enabled: Some(true),
    };
    let mut changes: Vec<PersonChange> = (page * ON_A_PAGE..(page + 1) * ON_A_PAGE).map(user).collect();
    if let Some(before) = page.checked_sub(1) {
        changes.push(PersonChange::Gone { object: (before * ON_A_PAGE).to_string() });
    }
    changes
}

fn joins(page: u64) -> TeamChange {
    let member = MemberChange { object: page.to_string(), joined: true };
    TeamChange::There { object: "front".to_owned(), name: Some("Front".to_owned()), members: vec![member] }
}

/// Pages applied, as the link says.
async fn pages(store: &Store, collection: Collection) -> u64 {
    match store.progress(collection).await.expect("it is read") {
        Progress { link: None, .. } => 0,
        Progress { link: Some(Link::Next(link) | Link::Delta(link)), .. } => link.parse().expect("a number"),
    }
}

async fn everybody(store: &Store) -> Vec<Standing> {
    let mut all = Vec::new();
    let mut filter = PersonFilter { with_gone: true, ..PersonFilter::default() };
    loop {
        let page = store.persons(&filter, PERSONS_MAX).await.expect("it is read");
        let Some(last) = page.last() else { return all };
        filter.after = Some(contracts::roster::PersonCursor::of(&last.person));
        all.extend(page);
    }
}

/// Kills the child once it acknowledged so many pages. Gives the last one it acknowledged.
fn run_and_kill(directory: &Path, acknowledged: u64) -> u64 {
    let mut child = Command::new(std::env::current_exe().expect("a program has a path"))
        .args(["--exact", "child_applies_pages_for_ever", "--ignored", "--nocapture"])
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program runs");
    let lines = BufReader::new(child.stdout.take().expect("its output is piped")).lines();
    let (mut heard, mut last) = (0, 0);
    for line in lines.map_while(Result::ok) {
        if let Some(applied) = line.strip_prefix("applied ") {
            (heard, last) = (heard + 1, applied.parse().expect("a number"));
        }
        if heard == acknowledged {
            // What it says after this was written before it died, and is heard below.
            child.kill().expect("it runs");
        }
    }
    child.wait().expect("it was killed");
    last
}

/// The store of this directory, under a key that parent and child know.
fn open(directory: &Path) -> Store {
    let (path, kek) = (directory.join("usher.db.keys"), Key::from_bytes(&[7; 32]));
    let keys = match KeyFile::load(&path).expect("the keys are readable") {
        Some(file) => file.unlock(&kek).expect("it is the same key"),
        None => KeyFile::create(&path, Some(&kek)).expect("new keys are made").1,
    };
    Store::open(directory, &keys, &Known::default()).expect("it opens")
}
