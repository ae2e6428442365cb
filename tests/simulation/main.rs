//! Several hosts over one journal and a telephone system, with everything going wrong that can: crashes between deciding,
//! appending, applying and performing, hosts that believe they still lead, clocks that differ, orders and reports that
//! are lost, late, repeated or out of turn. After each step the switchboard must be sound, and whenever things come to
//! rest it must agree with the telephone system line by line (CALL-10, ROUTE-7). Deterministic: a seed is a run.
//!
//! `cargo nextest run -p acceptance simulation` runs a fixed slice of seeds. A failing one prints the line that runs it
//! again alone (`SEED=7 cargo nextest run -p acceptance simulation`) and leaves its events in `events.txt`. `SEED=0..5000` runs many.

mod dice;
mod exchange;
mod hosts;
mod records;
mod workflows;
mod world;

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::PathBuf;

use world::{Failure, Sabotage, World};

/// Seeds of the slice that every test run takes.
const SEEDS: Range<u64> = 0..200;
/// Steps of one seed: enough for some forty calls, three changes of leader and everything that goes wrong between.
const STEPS: u32 = 2_000;
/// A caller asked to be called back again in the moment in which her callback was given up, and got the same call.
const ONCE_FAILED: [u64; 1] = [517];
/// Seeds within which a broken host must be caught; it usually is in the first.
const SEEDS_TO_CATCH: Range<u64> = 0..20;

#[test]
fn simulation_loses_no_caller_and_doubles_none_whatever_fails() {
    let seeds = std::env::var("SEED").map_or(SEEDS, |seeds| asked_for(&seeds));
    let events: usize = seeds.map(must_hold).sum();
    println!("{events} events");
}

#[test]
fn simulation_holds_for_seeds_that_once_failed() {
    for seed in ONCE_FAILED {
        must_hold(seed);
    }
}

#[test]
fn simulation_repeats_itself_for_the_same_seed() {
    let twice = [7, 7].map(|seed| {
        let mut world = World::new(seed, Sabotage::None);
        world.run(STEPS).expect("seed 7 holds");
        world.journal_text()
    });
    assert_eq!(twice[0], twice[1]);
}

#[test]
fn simulation_catches_a_journal_that_does_not_fence() {
    assert_is_caught(Sabotage::JournalWithoutFence);
}

#[test]
fn simulation_catches_a_journal_that_does_not_count() {
    assert_is_caught(Sabotage::JournalWithoutSequence);
}

#[test]
fn simulation_catches_a_host_that_applies_before_it_appends() {
    assert_is_caught(Sabotage::AppliesBeforeAppending);
}

#[test]
fn simulation_catches_a_host_that_never_reconciles() {
    assert_is_caught(Sabotage::NeverReconciles);
}

#[test]
fn simulation_meets_every_kind_of_event_of_a_call() {
    let mut kinds = BTreeSet::new();
    for seed in SEEDS_TO_CATCH {
        let mut world = World::new(seed, Sabotage::None);
        world.run(STEPS).expect("the seed holds");
        kinds.extend(world.kinds());
    }
    let missing: Vec<&str> = KINDS.split_whitespace().filter(|kind| !kinds.contains(*kind)).collect();
    assert!(missing.is_empty(), "never met: {missing:?}");
}

/// What can happen to attendants and calls; settings are taken away in the engine's own tests only.
const KINDS: &str = "
    DutyChanged PresenceChanged NotAvailableChanged ServingChanged RonaBegan RonaEnded AcwBegan AcwEnded
    SkillsChanged AcwExtended CallWidened CallPromoted
    CallArrived CallQueued ReservationEnded CallOffered OfferEnded DeclineForgotten CallAccepted
    CallHeld CallRetrieved CallParked CallUnparked ParkTimedOut Alerted PartyReplaced
    TransferBegan TransferRinging ConsultAnswered Swapped Conferenced ConsultEnded CompletionBegan
    TransferCompleted TransferFailed TransferCancelled
    CallMoved StepEntered LineAnswered SoundStarted KeyAwaited KeyChosen ParameterSaved RecordingStarted VoicemailLeft
    CallbackRequested CallbackTaken HandOverBegan HandOverTaken HandOverFailed
    CallPlaced CallRinging CallAnswered CallEnded StrayReleased LineResumed
";

/// `7`, or `0..5000` for a long night.
fn asked_for(seeds: &str) -> Range<u64> {
    let number = |text: &str| text.parse::<u64>().expect("SEED is a whole number, or a range of two");
    match seeds.split_once("..") {
        Some((from, to)) => number(from)..number(to),
        None => number(seeds)..number(seeds) + 1,
    }
}

/// How many events it took.
fn must_hold(seed: u64) -> usize {
    let mut world = World::new(seed, Sabotage::None);
    if let Err(Failure { step, what }) = world.run(STEPS) {
        let events = write_events(seed, &world.journal_text());
        panic!(
            "seed {seed} fails at step {step}: {what}\nevents: {}\nrun it again: SEED={seed} cargo nextest run -p acceptance simulation",
            events.display()
        );
    }
    world.events()
}

fn assert_is_caught(sabotage: Sabotage) {
    let caught = SEEDS_TO_CATCH.clone().any(|seed| World::new(seed, sabotage).run(STEPS).is_err());
    assert!(caught, "{sabotage:?} went unnoticed: the simulation proves nothing");
}

fn write_events(seed: u64, events: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("simulation-{seed}"));
    let file = folder.join("events.txt");
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(&file, events))
        .expect("the target folder can be written");
    file
}
