//! Rows that are alike become one, with sums. Holds as many groups as it may, and refuses more.

use std::collections::{BTreeSet, HashMap};

use crate::problem::Problem;
use crate::query::{Aggregate, Grouping, Method};
use crate::value::Value;

/// Groups of one question, and different values that are counted in all of them together.
pub const GROUPS_MAX: usize = 200_000;

/// Groups while rows come in.
pub struct Groups<'a> {
    grouping: &'a Grouping,
    places: HashMap<Vec<u8>, usize>,
    groups: Vec<Group>,
    distinct: usize,
}

struct Group {
    keys: Vec<Value>,
    sums: Vec<Running>,
}

#[derive(Default)]
struct Running {
    count: i64,
    whole: i128,
    number: f64,
    is_whole: bool,
    least: Option<Value>,
    distinct: BTreeSet<Vec<u8>>,
}

impl<'a> Groups<'a> {
    /// None yet.
    pub fn new(grouping: &'a Grouping) -> Groups<'a> {
        Groups { grouping, places: HashMap::new(), groups: Vec::new(), distinct: 0 }
    }

    /// Takes a row in.
    pub fn add(&mut self, row: &[Value]) -> Result<(), Problem> {
        let mut name = Vec::new();
        for place in &self.grouping.keys {
            named(&mut name, &row[*place]);
        }
        let place = match self.places.get(&name) {
            Some(place) => *place,
            None => {
                if self.groups.len() >= GROUPS_MAX {
                    return Err(too_many());
                }
                self.places.insert(name, self.groups.len());
                self.groups.push(Group::new(self.grouping, row));
                self.groups.len() - 1
            }
        };
        let group = &mut self.groups[place];
        for (aggregate, running) in self.grouping.aggregates.iter().zip(&mut group.sums) {
            self.distinct += running.add(*aggregate, row);
        }
        match self.distinct <= GROUPS_MAX {
            true => Ok(()),
            false => Err(too_many()),
        }
    }

    /// What came of it, in the order in which groups were met.
    pub fn finish(mut self) -> Vec<Vec<Value>> {
        // Sums without keys are over all rows, even where there are none.
        if self.grouping.keys.is_empty() && self.groups.is_empty() {
            self.groups.push(Group::new(self.grouping, &[]));
        }
        let rows = self.groups.into_iter().map(|group| {
            let sums = self.grouping.aggregates.iter().zip(group.sums);
            group
                .keys
                .into_iter()
                .chain(sums.map(|(aggregate, running)| running.finish(aggregate.method)))
                .collect()
        });
        rows.collect()
    }
}

impl Group {
    fn new(grouping: &Grouping, row: &[Value]) -> Group {
        Group {
            keys: grouping.keys.iter().map(|place| row[*place].clone()).collect(),
            sums: grouping
                .aggregates
                .iter()
                .map(|_| Running { is_whole: true, ..Running::default() })
                .collect(),
        }
    }
}

impl Running {
    /// Gives how many different values more are held.
    fn add(&mut self, aggregate: Aggregate, row: &[Value]) -> usize {
        let Some(place) = aggregate.of else {
            self.count += 1;
            return 0;
        };
        let value = &row[place];
        if *value == Value::Null {
            return 0;
        }
        self.count += 1;
        match aggregate.method {
            Method::Sum | Method::Average => match value {
                Value::Int(whole) => self.whole += i128::from(*whole),
                other => {
                    self.is_whole = false;
                    self.number += other.number().unwrap_or(0.0);
                }
            },
            Method::Min => self.keep(value, std::cmp::Ordering::Less),
            Method::Max => self.keep(value, std::cmp::Ordering::Greater),
            Method::CountDistinct => {
                let mut name = Vec::new();
                named(&mut name, value);
                return usize::from(self.distinct.insert(name));
            }
            Method::Count => {}
        }
        0
    }

    fn keep(&mut self, value: &Value, wanted: std::cmp::Ordering) {
        let is_better = self.least.as_ref().is_none_or(|kept| value.compare(kept) == Some(wanted));
        if is_better {
            self.least = Some(value.clone());
        }
    }

    fn finish(self, method: Method) -> Value {
        match method {
            Method::Count => Value::Int(self.count),
            Method::CountDistinct => Value::Int(self.distinct.len() as i64),
            Method::Min | Method::Max => self.least.unwrap_or(Value::Null),
            // Nothing to add up is no data.
            Method::Sum | Method::Average if self.count == 0 => Value::Null,
            Method::Sum => match (self.is_whole, i64::try_from(self.whole)) {
                (true, Ok(whole)) => Value::Int(whole),
                (true, Err(_)) | (false, _) => Value::Number(self.number + self.whole as f64),
            },
            Method::Average => Value::Number((self.number + self.whole as f64) / self.count as f64),
        }
    }
}

/// A value as bytes that no other value has.
fn named(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.push(0),
        Value::Bool(yes) => out.extend([1, u8::from(*yes)]),
        Value::Int(number) => {
            out.push(2);
            out.extend(number.to_le_bytes());
        }
        Value::Number(number) => {
            out.push(3);
            out.extend(number.to_bits().to_le_bytes());
        }
        Value::Text(text) => {
            out.push(4);
            out.extend((text.len() as u64).to_le_bytes());
            out.extend(text.as_bytes());
        }
        Value::Time(ms) => {
            out.push(5);
            out.extend(ms.to_le_bytes());
        }
        Value::Date(days) => {
            out.push(6);
            out.extend(days.to_le_bytes());
        }
    }
}

fn too_many() -> Problem {
    Problem::too_much(format!(
        "there are more than {GROUPS_MAX} groups or different values; filter first, or group by less"
    ))
    .of("$apply")
}
