//! Two years of calls of a large organisation, the same every time: by weekday and hour as offices have them, by service as a few
//! popular ones and many others, as rows of a file of an earlier telephone system. Measures nothing.

use std::fmt::Write as _;

/// What the rows mean.
pub const MAPPING: &str = r#"
source = "bench"
separator = ","
time_zone = "UTC"
format = "%Y-%m-%d %H:%M:%S"
never = []
key = ["id"]
no_caller = []
no_attendant = []

[columns]
arrived = "arrived"
queued = "arrived"
accepted = "accepted"
ended = "ended"
left_queue = "ended"
left = "ended"
caller = "caller"
service = "service"
attendant = "attendant"
outcome = "outcome"

[services]

[outcomes]
A = { answered = 5 }
H = { queued = 4, otherwise = 2 }
"#;
/// The heading of the file.
pub const HEADING: &str = "id,arrived,accepted,ended,service,attendant,caller,outcome";
/// Days of two years.
pub const DAYS: u64 = 730;
/// The first moment of the first day, a Sunday: 2024-12-01.
pub const FIRST_MS: i64 = 1_733_011_200_000;
/// Services.
pub const SERVICES: u64 = 40;
/// Attendants; each belongs to a few services.
pub const ATTENDANTS: u64 = 200;

/// One call; times in seconds since [`FIRST_MS`].
#[derive(Clone, Copy, Debug)]
pub struct PastCall {
    /// Which.
    pub id: u64,
    /// When it came.
    pub arrived: u64,
    /// When it was answered, if it was.
    pub accepted: Option<u64>,
    /// When it ended.
    pub ended: u64,
    /// Which service.
    pub service: u64,
    /// Who had it.
    pub attendant: Option<u64>,
    /// Whose number.
    pub caller: u64,
}

/// Hours from 0 to 23, by how many calls they have.
const HOURS: [u64; 24] =
    [0, 0, 0, 0, 0, 1, 4, 20, 60, 95, 100, 90, 60, 75, 95, 90, 80, 50, 20, 8, 4, 2, 1, 0];
/// Days from Sunday on.
const WEEKDAYS: [u64; 7] = [2, 110, 100, 100, 95, 90, 12];

/// Numbers that look like chance.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((u128::from(self.0 >> 11) * u128::from(limit)) >> 53) as u64
    }

    /// Exponential with this mean.
    fn wait(&mut self, mean: f64) -> u64 {
        let share = (self.below(1 << 40) + 1) as f64 / (1_u64 << 40) as f64;
        (-share.ln() * mean) as u64
    }
}

/// So many calls, in the order in which they came.
pub fn each(calls: u64, mut take: impl FnMut(PastCall)) {
    let hours: u64 = HOURS.iter().sum();
    let week: u64 = WEEKDAYS.iter().sum();
    let weeks = DAYS.div_ceil(7);
    let mut dice = Dice(1);
    let (mut id, mut owed) = (0, 0.0);
    for hour in 0..DAYS * 24 {
        let weight = HOURS[(hour % 24) as usize] * WEEKDAYS[(hour / 24 % 7) as usize];
        owed += calls as f64 / weeks as f64 * weight as f64 / (hours * week) as f64;
        let mut came: Vec<u64> = (0..owed as u64).map(|_| hour * 3600 + dice.below(3600)).collect();
        owed -= came.len() as f64;
        came.sort_unstable();
        for arrived in came {
            id += 1;
            take(call(&mut dice, id, arrived, calls));
        }
    }
}

fn call(dice: &mut Dice, id: u64, arrived: u64, calls: u64) -> PastCall {
    // The least of two throws: the first services have most.
    let service = dice.below(SERVICES).min(dice.below(SERVICES)) + 1;
    let caller = dice.below(calls / 12 + 1);
    let patience = dice.wait(400.0);
    let wait = dice.wait(25.0);
    let is_answered = wait <= patience;
    let accepted = is_answered.then_some(arrived + wait);
    let ended = accepted.map_or(arrived + patience, |at| at + 5 + dice.wait(190.0));
    let attendant = is_answered.then(|| (service * 5 + dice.below(12)) % ATTENDANTS + 1);
    PastCall { id, arrived, accepted, ended, service, attendant, caller }
}

impl PastCall {
    /// Milliseconds since 1970.
    pub fn at(seconds: u64) -> i64 {
        FIRST_MS + seconds as i64 * 1000
    }

    /// The caller's number.
    pub fn number(&self) -> String {
        format!("+4144{:07}", self.caller)
    }

    /// As a row of the file.
    pub fn write(&self, row: &mut String) {
        let PastCall { id, arrived, accepted, ended, service, attendant, .. } = *self;
        row.clear();
        let _ = write!(row, "{id},");
        moment(row, arrived);
        row.push(',');
        accepted.into_iter().for_each(|at| moment(row, at));
        row.push(',');
        moment(row, ended);
        let _ = write!(row, ",service {service},");
        if let Some(who) = attendant {
            let _ = write!(row, "attendant {who}");
        }
        let _ = write!(row, ",{},{}", self.number(), if accepted.is_some() { 'A' } else { 'H' });
    }
}

fn moment(row: &mut String, seconds: u64) {
    let days = civil(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let _ = write!(row, "{days} {hour:02}:{minute:02}:{second:02}");
}

/// The date so many days after 2024-12-01.
fn civil(days: u64) -> String {
    let (mut year, mut month, mut day) = (2024, 12, 1 + days);
    loop {
        let length = match month {
            4 | 6 | 9 | 11 => 30,
            2 if year % 4 == 0 => 29,
            2 => 28,
            _ => 31,
        };
        if day <= length {
            return format!("{year}-{month:02}-{day:02}");
        }
        day -= length;
        month += 1;
        if month > 12 {
            (year, month) = (year + 1, 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_in_order_and_has_so_many_rows() {
        let mut calls = Vec::new();
        each(20_000, |call| calls.push(call));
        assert!((18_500..21_500).contains(&calls.len()), "{}", calls.len());
        assert!(calls.is_sorted_by_key(|call| call.arrived));
        let mut row = String::new();
        calls[0].write(&mut row);
        assert!(row.starts_with("1,2024-12-0"), "{row}");
        assert_eq!(civil(90), "2025-03-01");
        assert_eq!(civil(DAYS), "2026-12-01");
    }
}
