//! The first rows in an order that the set itself does not have. Holds only as many rows as can be wanted.

use std::cmp::Ordering;

use crate::problem::Problem;
use crate::query::SortKey;
use crate::value::Value;

/// Rows that are sorted for one question.
pub const SORTED_MAX: usize = 200_000;

/// Rows while they come in.
pub struct Sorted<'a> {
    keys: &'a [SortKey],
    /// How many of them are wanted.
    wanted: usize,
    rows: Vec<(Vec<Value>, usize)>,
    met: usize,
}

impl<'a> Sorted<'a> {
    /// The first `wanted` rows by these keys; rows that are alike stay in their order.
    pub fn new(keys: &'a [SortKey], wanted: usize) -> Result<Sorted<'a>, Problem> {
        if wanted > SORTED_MAX {
            return Err(Problem::too_much(format!(
                "sorting goes as far as the first {SORTED_MAX} rows; use $filter to have fewer"
            ))
            .of("$orderby"));
        }
        Ok(Sorted { keys, wanted, rows: Vec::new(), met: 0 })
    }

    /// Takes a row in.
    pub fn add(&mut self, row: Vec<Value>) {
        self.rows.push((row, self.met));
        self.met += 1;
        // Cut back at twice as many, so that sorting costs little for each row.
        if self.rows.len() >= self.wanted.saturating_mul(2).max(1_024) {
            self.cut();
        }
    }

    fn cut(&mut self) {
        let keys = self.keys;
        self.rows.sort_by(|(a, first), (b, second)| compare(keys, a, b).then(first.cmp(second)));
        self.rows.truncate(self.wanted);
    }

    /// In their order.
    pub fn finish(mut self) -> Vec<Vec<Value>> {
        self.cut();
        self.rows.into_iter().map(|(row, _)| row).collect()
    }
}

fn compare(keys: &[SortKey], a: &[Value], b: &[Value]) -> Ordering {
    let each = keys.iter().map(|SortKey { column, descending }| {
        let order = a[*column].sort(&b[*column]);
        if *descending { order.reverse() } else { order }
    });
    each.fold(Ordering::Equal, Ordering::then)
}
