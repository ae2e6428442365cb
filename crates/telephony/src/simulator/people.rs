//! The people behind simulated lines: who they are, how patient, how talkative, and what becomes of a number that is
//! dialled. Names and numbers are invented; +41 99 is no area of any telephone network.

use std::time::Duration;

use contracts::Address;
use engine::{Failure, PlayId, RecordingId, Span};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const FIRST_NAMES: [&str; 20] = [
    "Rosa", "Urs", "Ayşe", "Matteo", "Elif", "Jürg", "Noëmi", "Pascal", "Ljiljana", "Reto", "Sophie", "Bram",
    "Chiara", "Oskar", "Mirjam", "Tomáš", "Fatima", "Gösta", "Heidi", "Yannick",
];
const LAST_NAMES: [&str; 16] = [
    "Meier",
    "Brändli",
    "Yılmaz",
    "Rossi",
    "Großmann",
    "Müller",
    "Favre",
    "Kovač",
    "Ammann",
    "Dubois",
    "Jansen",
    "Bianchi",
    "Lindqvist",
    "Šimek",
    "Rüegg",
    "Okafor",
];
/// How many people there are: few enough that they call again, so that there is a history to show.
const PEOPLE: u64 = 40;

/// What a simulated person will do on her own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) address: Address,
    pub(super) display_name: Option<String>,
    /// Waits this long for somebody, then hangs up.
    pub(super) patience: Duration,
    /// Stays this long on hold or in a slot, then hangs up.
    pub(super) patience_on_hold: Duration,
    /// Has said everything after this long.
    pub(super) talk: Duration,
}

/// Who calls as the `arrival`th caller of the day; another one where `is_here` says that person is on a line already.
pub(super) fn caller(seed: u64, arrival: u64, is_here: impl Fn(&Address) -> bool) -> Option<Person> {
    let mut chance = chance(seed, arrival);
    let first = chance.random_range(0..PEOPLE);
    let number = (first..first + PEOPLE).map(|number| number % PEOPLE).find_map(|number| {
        let address = Address::parse(&format!("+4199555{:04}", 100 + number)).ok()?;
        (!is_here(&address)).then_some((number, address))
    });
    let (number, address) = number?;
    Some(Person {
        address,
        display_name: name(number),
        patience: seconds(&mut chance, 45, 150),
        patience_on_hold: seconds(&mut chance, 90, 240),
        talk: seconds(&mut chance, 25, 120),
    })
}

/// Who answers at this address.
pub(super) fn called(seed: u64, address: Address) -> Person {
    let mut chance = chance(seed, fingerprint(&address));
    Person {
        address,
        display_name: None,
        patience: Duration::MAX,
        patience_on_hold: seconds(&mut chance, 60, 180),
        talk: seconds(&mut chance, 30, 120),
    }
}

/// What becomes of a number that is rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fate {
    /// Until it rings, or until it fails without ringing.
    pub(super) setup: Duration,
    /// How long it rings; `None` where it does not come to that.
    pub(super) ring: Option<Duration>,
    /// Answered, or why not.
    pub(super) end: Result<(), Failure>,
}

/// By the last digit of the number; see the table of the module above.
pub(super) fn fate(seed: u64, address: &Address) -> Fate {
    let ms = Duration::from_millis;
    let silent = |setup, failure| Fate { setup, ring: None, end: Err(failure) };
    let rings = |ring, end| Fate { setup: ms(400), ring: Some(ring), end };
    match address.digits().chars().last() {
        Some('2') => silent(ms(800), Failure::Busy),
        Some('3') => rings(ms(25_000), Err(Failure::NoAnswer)),
        Some('4') => rings(ms(3_000), Err(Failure::Declined)),
        Some('5') => silent(ms(500), Failure::Unreachable),
        Some(_) | None => {
            let ring = chance(seed, fingerprint(address)).random_range(2_000..=6_000);
            rings(ms(ring), Ok(()))
        }
    }
}

/// What she does after a sound: presses a key after a while, or, two times in five, nothing. She does not know whether it was a
/// menu, and presses what most menus have.
pub(super) fn choice(seed: u64, play: PlayId) -> (Option<char>, Duration) {
    const KEYS: [char; 6] = ['1', '1', '2', '2', '3', '4'];
    let mut chance = chance(seed.rotate_left(17), play.0);
    let key = chance.random_ratio(3, 5).then(|| KEYS[chance.random_range(0..KEYS.len())]);
    (key, Duration::from_millis(chance.random_range(600..=3_000)))
}

/// How long the message is that she leaves; one in ten thinks better of it and says nothing.
pub(super) fn message(seed: u64, recording: RecordingId) -> Span {
    let mut chance = chance(seed.rotate_left(31), recording.0);
    let says_nothing = chance.random_ratio(1, 10);
    if says_nothing { Span(0) } else { Span(chance.random_range(4_000..=14_000)) }
}

/// A time between two callers.
pub(super) fn pause(seed: u64, arrival: u64, min: Duration, max: Duration) -> Duration {
    let max = max.max(min);
    let millis = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    // Another stream than the one of the caller of this number.
    Duration::from_millis(chance(!seed, arrival).random_range(millis(min)..=millis(max)))
}

/// One caller in five comes without a name, as from many telephone systems.
fn name(number: u64) -> Option<String> {
    let pick = |names: &[&'static str], salt: u64| {
        let index = (number * 7 + salt) % names.len() as u64;
        usize::try_from(index).ok().and_then(|index| names.get(index)).copied()
    };
    (number % 5 != 4).then_some(())?;
    Some(format!("{} {}", pick(&FIRST_NAMES, 0)?, pick(&LAST_NAMES, 3)?))
}

fn seconds(chance: &mut StdRng, min: u64, max: u64) -> Duration {
    Duration::from_secs(chance.random_range(min..=max))
}

/// Chance of its own for each subject, so that no order of events changes what somebody else does.
fn chance(seed: u64, subject: u64) -> StdRng {
    StdRng::seed_from_u64(seed ^ subject.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// FNV-1a: the same on every machine and in every release, unlike the hasher of the standard library.
fn fingerprint(address: &Address) -> u64 {
    address.as_str().bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
