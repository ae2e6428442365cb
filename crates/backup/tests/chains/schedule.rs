//! The schedule under a clock of the tests' own: on time, one at a time, patient with a target that is away, and not fooled
//! by a clock that is set.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use backup::{
    BackupError, Clock, Depth, Kind, Moment, RPO_MS, Schedule, Snapshot, Source, Status, StatusFile, StoreId,
    Target,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::shaky::Shaky;
use crate::world::{BEGIN, MINUTE_MS, NEWEST, SealedStore, assert_restores, look, scratch};

/// The runtime's own paused time, and an offset that tests set.
struct TestClock {
    began: Instant,
    offset_ms: AtomicI64,
}

impl TestClock {
    fn new() -> Arc<TestClock> {
        Arc::new(TestClock { began: Instant::now(), offset_ms: AtomicI64::new(0) })
    }

    fn set(&self, offset_minutes: i64) {
        self.offset_ms.fetch_add(offset_minutes * MINUTE_MS as i64, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Moment {
        let gone = u64::try_from(self.began.elapsed().as_millis()).expect("tests are short");
        Moment(
            (BEGIN.0 + gone).checked_add_signed(self.offset_ms.load(Ordering::Relaxed)).expect("after 1970"),
        )
    }
}

/// A store that is written to whenever it is frozen, so that every backup has something to do.
struct Busy(Arc<SealedStore>);

#[async_trait]
impl Source for Busy {
    fn store(&self) -> StoreId {
        self.0.store()
    }

    async fn freeze(&self) -> Result<Snapshot, BackupError> {
        self.0.write(1, 1);
        self.0.freeze().await
    }
}

struct Running {
    store: Arc<SealedStore>,
    shaky: Arc<Shaky>,
    target: Target,
    clock: Arc<TestClock>,
    schedule: Arc<Schedule>,
    cancel: CancellationToken,
    home: tempfile::TempDir,
}

fn start() -> Running {
    let (store, shaky, clock) = (SealedStore::new(20), Shaky::new(), TestClock::new());
    let target = Target::around(shaky.clone(), "shaky");
    let home = scratch();
    let schedule = schedule(&store, &target, &clock, home.path());
    let cancel = CancellationToken::new();
    let (running, token) = (schedule.clone(), cancel.clone());
    tokio::spawn(async move { running.run(&token).await });
    Running { store, shaky, target, clock, schedule, cancel, home }
}

fn schedule(store: &Arc<SealedStore>, target: &Target, clock: &Arc<TestClock>, home: &Path) -> Arc<Schedule> {
    let source = Arc::new(Busy(store.clone()));
    Schedule::new(source, target.clone(), clock.clone(), StatusFile::of(home))
}

impl Running {
    fn status(&self) -> Status {
        self.schedule.status().borrow().clone()
    }

    async fn backups(&self) -> usize {
        look(&self.target, &self.store, Depth::Sizes).await.points().count()
    }
}

async fn minutes(minutes: u64) {
    tokio::time::sleep(Duration::from_millis(minutes * MINUTE_MS)).await;
}

#[tokio::test(start_paused = true)]
async fn backups_come_on_time_and_none_is_ever_older_than_promised() {
    let running = start();
    for minute in 1..=26 * 60 {
        minutes(1).await;
        let status = running.status();
        assert!(!status.is_overdue(running.clock.now()), "minute {minute}: {status:?}");
        assert_eq!(status.trouble, None);
    }
    let report = look(&running.target, &running.store, Depth::Content).await;
    assert_eq!(report.chains.len(), 2, "a full backup after a day");
    let moments: Vec<u64> = report.points().map(|point| point.at.0).collect();
    assert!(moments.windows(2).all(|pair| pair[1] - pair[0] <= 21 * MINUTE_MS), "{moments:?}");
    assert_restores(&running.target, &running.store, NEWEST, &running.store.state()).await;
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_away_is_tried_again_and_the_trouble_is_told() {
    let running = start();
    minutes(1).await;
    running.shaky.before_each(|_| false);
    minutes(50).await;
    let status = running.status();
    assert!(status.is_overdue(running.clock.now()));
    assert!(status.trouble.expect("it is told").words.contains("cannot be reached"));
    assert_eq!(StatusFile::of(running.home.path()).read().good, status.good, "the file says so too");
    running.shaky.heal();
    minutes(6).await;
    let status = running.status();
    assert!(!status.is_overdue(running.clock.now()), "it is noticed within five minutes");
    assert_eq!(status.trouble, None);
    assert_eq!(running.backups().await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_gone_at_the_start_is_told_before_a_backup_is_due() {
    let running = start();
    minutes(1).await;
    running.cancel.cancel();
    running.shaky.before_each(|_| false);
    let next = schedule(&running.store, &running.target, &running.clock, running.home.path());
    let (again, cancel) = (next.clone(), CancellationToken::new());
    tokio::spawn(async move { again.run(&cancel).await });
    minutes(1).await;
    let status = next.status().borrow().clone();
    assert!(status.trouble.is_some() && !status.is_overdue(running.clock.now()), "{status:?}");
    running.shaky.heal();
    minutes(20).await;
    assert_eq!(next.status().borrow().trouble, None);
}

#[tokio::test(start_paused = true)]
async fn a_computer_that_slept_and_a_clock_that_was_set_get_their_backup_at_once() {
    let running = start();
    minutes(1).await;
    running.clock.set(8 * 60);
    assert!(running.status().is_overdue(running.clock.now()));
    minutes(1).await;
    assert!(!running.status().is_overdue(running.clock.now()));
    assert_eq!(running.backups().await, 2);
    running.clock.set(-24 * 60);
    assert!(running.status().is_overdue(running.clock.now()), "nobody knows how old it is");
    minutes(1).await;
    assert!(!running.status().is_overdue(running.clock.now()));
    let report = look(&running.target, &running.store, Depth::Content).await;
    assert_eq!((report.chains.len(), report.damages().count()), (2, 0));
    assert_restores(&running.target, &running.store, NEWEST, &running.store.state()).await;
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_somebody_asks_for_waits_for_nobody_and_counts() {
    let running = start();
    minutes(5).await;
    let taken = running.schedule.take(Kind::Full, &running.cancel).await.expect("it is taken");
    assert_eq!(taken.seq, 0);
    assert_eq!(running.status().good.expect("it counts").at, taken.at);
    minutes(16).await;
    assert_eq!(running.backups().await, 2, "the next one is due twenty minutes after it");
}

#[tokio::test(start_paused = true)]
async fn a_schedule_ends_when_it_is_told_and_the_next_one_goes_on_with_the_chain() {
    let running = start();
    minutes(30).await;
    running.cancel.cancel();
    minutes(600).await;
    assert_eq!(running.backups().await, 2);
    let next = schedule(&running.store, &running.target, &running.clock, running.home.path());
    assert_eq!(next.status().borrow().good, running.status().good, "it knows from the file");
    let cancel = CancellationToken::new();
    let token = cancel.clone();
    tokio::spawn(async move { next.run(&token).await });
    minutes(1).await;
    let report = look(&running.target, &running.store, Depth::Sizes).await;
    assert_eq!((report.chains.len(), report.points().count()), (1, 3));
    const { assert!(RPO_MS == 30 * MINUTE_MS) };
}
