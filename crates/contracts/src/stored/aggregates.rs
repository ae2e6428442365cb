//! Aggregates as bytes: the formula's version, sums as numbers of seven bits a byte, the lower first, and histograms. Compact, because
//! there is one for every quarter of an hour and service; quick to add up, because a report of two years reads many thousands.

use reporting::aggregate::{
    FORMULA_VERSION, ServiceSessionAggregate, ServiceTally, ServiceTimes, UserSessionAggregate, UserTally,
    UserTimes,
};
use reporting::sketch::{Histogram, Tally};

use crate::journal::StoreError;
use crate::reports::Detail;

/// What service sessions add up to, as bytes.
pub fn write_service_sessions(aggregate: &ServiceSessionAggregate) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64);
    put(&mut bytes, u64::from(FORMULA_VERSION));
    aggregate.times.as_array().into_iter().for_each(|sum| put(&mut bytes, sum));
    aggregate.histograms().into_iter().for_each(|histogram| put_histogram(&mut bytes, histogram));
    bytes
}

/// Adds what these bytes hold. `Damaged` where they are not what [`write_service_sessions`] gives; then a part may have been added.
pub fn add_service_sessions(
    aggregate: &mut ServiceSessionAggregate,
    mut bytes: &[u8],
) -> Result<(), StoreError> {
    aggregate.times = ServiceTimes::from_array(add_times(aggregate.times.as_array(), &mut bytes)?);
    for histogram in aggregate.histograms_mut() {
        add_histogram(&mut bytes, |bucket, count| histogram.count(bucket, count))?;
    }
    end(bytes)
}

/// The same, where very many are added up, as far as they are wanted.
pub fn tally_service_sessions(
    tally: &mut ServiceTally,
    bytes: &[u8],
    detail: Detail,
) -> Result<(), StoreError> {
    change_tally(tally, bytes, detail, u64::saturating_add, Tally::count)
}

/// Takes out again what these bytes hold, where they were tallied before, alone or with others.
pub fn untally_service_sessions(
    tally: &mut ServiceTally,
    bytes: &[u8],
    detail: Detail,
) -> Result<(), StoreError> {
    change_tally(tally, bytes, detail, u64::saturating_sub, Tally::uncount)
}

fn change_tally(
    tally: &mut ServiceTally,
    mut bytes: &[u8],
    detail: Detail,
    sum: impl Fn(u64, u64) -> u64,
    count: impl Fn(&mut Tally, u32, u64),
) -> Result<(), StoreError> {
    tally.times = ServiceTimes::from_array(change_times(tally.times.as_array(), &mut bytes, sum)?);
    for tally in &mut tally.tallies[..detail.histograms()] {
        add_histogram(&mut bytes, |bucket, counted| count(tally, bucket, counted))?;
    }
    if detail == Detail::Whole { end(bytes) } else { Ok(()) }
}

/// The version, and what is added to these sums.
fn add_times<const N: usize>(sums: [u64; N], bytes: &mut &[u8]) -> Result<[u64; N], StoreError> {
    change_times(sums, bytes, u64::saturating_add)
}

fn change_times<const N: usize>(
    mut sums: [u64; N],
    bytes: &mut &[u8],
    change: impl Fn(u64, u64) -> u64,
) -> Result<[u64; N], StoreError> {
    version(bytes)?;
    for sum in &mut sums {
        *sum = change(*sum, take(bytes)?);
    }
    Ok(sums)
}

/// What user sessions add up to, as bytes.
pub fn write_user_sessions(aggregate: &UserSessionAggregate) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(32);
    put(&mut bytes, u64::from(FORMULA_VERSION));
    aggregate.times.as_array().into_iter().for_each(|sum| put(&mut bytes, sum));
    put_histogram(&mut bytes, &aggregate.outcomes);
    put_histogram(&mut bytes, &aggregate.handling_sketch.0);
    bytes
}

/// Adds what these bytes hold. `Damaged` where they are not what [`write_user_sessions`] gives; then a part may have been added.
pub fn add_user_sessions(aggregate: &mut UserSessionAggregate, mut bytes: &[u8]) -> Result<(), StoreError> {
    aggregate.times = UserTimes::from_array(add_times(aggregate.times.as_array(), &mut bytes)?);
    for histogram in [&mut aggregate.outcomes, &mut aggregate.handling_sketch.0] {
        add_histogram(&mut bytes, |bucket, count| histogram.count(bucket, count))?;
    }
    end(bytes)
}

/// The same, where very many are added up.
pub fn tally_user_sessions(tally: &mut UserTally, mut bytes: &[u8]) -> Result<(), StoreError> {
    tally.times = UserTimes::from_array(add_times(tally.times.as_array(), &mut bytes)?);
    for tally in &mut tally.tallies {
        add_histogram(&mut bytes, |bucket, count| tally.count(bucket, count))?;
    }
    end(bytes)
}

fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

#[inline]
fn take(bytes: &mut &[u8]) -> Result<u64, StoreError> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first().ok_or_else(damaged)?;
        *bytes = rest;
        number |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(damaged())
}

/// A byte that says: too large for one, and told behind the others.
const LARGE: u8 = u8::MAX;

/// How many buckets; of each, in a byte, its distance from the one before; of each, in a byte, its count; and then what is too large
/// for a byte. Nearly nothing is, so whoever adds up goes through two rows of bytes.
fn put_histogram(bytes: &mut Vec<u8>, histogram: &Histogram) {
    let buckets = histogram.counts().len();
    put(bytes, buckets as u64);
    let from = bytes.len();
    bytes.resize(from + 2 * buckets, 0);
    let mut last = 0;
    for (place, (bucket, count)) in histogram.counts().enumerate() {
        bytes[from + place] = small(u64::from(bucket - last), bytes);
        bytes[from + buckets + place] = small(count, bytes);
        last = bucket;
    }
}

/// A number in a byte, or else behind the others.
fn small(number: u64, bytes: &mut Vec<u8>) -> u8 {
    match u8::try_from(number) {
        Ok(number) if number != LARGE => number,
        _ => {
            put(bytes, number);
            LARGE
        }
    }
}

fn add_histogram(bytes: &mut &[u8], mut add: impl FnMut(u32, u64)) -> Result<(), StoreError> {
    let buckets = usize::try_from(take(bytes)?).map_err(|_| damaged())?;
    let (further, rest) = bytes.split_at_checked(buckets).ok_or_else(damaged)?;
    let (counts, mut rest) = rest.split_at_checked(buckets).ok_or_else(damaged)?;
    let mut bucket = 0_u32;
    for (further, count) in further.iter().zip(counts) {
        let further = if *further == LARGE { take(&mut rest)? } else { u64::from(*further) };
        let count = if *count == LARGE { take(&mut rest)? } else { u64::from(*count) };
        bucket = u32::try_from(further).ok().and_then(|it| bucket.checked_add(it)).ok_or_else(damaged)?;
        add(bucket, count);
    }
    *bytes = rest;
    Ok(())
}

fn version(bytes: &mut &[u8]) -> Result<(), StoreError> {
    match take(bytes)? == u64::from(FORMULA_VERSION) {
        true => Ok(()),
        false => Err(damaged()),
    }
}

fn end(bytes: &[u8]) -> Result<(), StoreError> {
    if bytes.is_empty() { Ok(()) } else { Err(damaged()) }
}

fn damaged() -> StoreError {
    StoreError::Damaged("an aggregate is not what was written".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reporting::aggregate::{ServiceSessionAggregate, ServiceTimes, UserSessionAggregate, UserTimes};
    use reporting::sketch::{Histogram, Sketch};

    use super::*;

    fn any_histogram() -> impl Strategy<Value = Histogram> {
        prop::collection::vec(
            (
                prop_oneof![0..6000_u32, any::<u32>()],
                prop_oneof![1..600_u64, any::<u64>().prop_map(|count| count >> 8)],
            ),
            0..20,
        )
        .prop_map(Histogram::of)
    }

    proptest! {
        #[test]
        fn aggregates_are_read_as_they_were_written(
            sums in prop::array::uniform9(any::<u64>()),
            histograms in prop::collection::vec(any_histogram(), 7),
        ) {
            let mut service = ServiceSessionAggregate { times: ServiceTimes::from_array(sums), ..Default::default() };
            for (place, histogram) in service.histograms_mut().into_iter().zip(&histograms) {
                *place = histogram.clone();
            }
            let mut read = ServiceSessionAggregate::default();
            add_service_sessions(&mut read, &write_service_sessions(&service)).expect("it was written");
            prop_assert_eq!(&read, &service);
            let mut tally = ServiceTally::default();
            let (bytes, whole) = (write_service_sessions(&service), Detail::Whole);
            tally_service_sessions(&mut tally, &bytes, whole).expect("it was written");
            tally_service_sessions(&mut tally, &write_service_sessions(&read), whole).expect("it was written");
            let mut once = tally.clone();
            untally_service_sessions(&mut once, &bytes, whole).expect("it was written");
            read.add(&service);
            prop_assert_eq!(tally.sum(), read.clone());
            read.remove(&service);
            prop_assert_eq!(once.sum(), read);
            let mut kpis = ServiceTally::default();
            tally_service_sessions(&mut kpis, &bytes, Detail::Kpis).expect("it was written");
            Detail::Kpis.leave_out(&mut service);
            prop_assert_eq!(kpis.sum(), service);

            let user = UserSessionAggregate {
                outcomes: histograms[0].clone(),
                handling_sketch: Sketch(histograms[1].clone()),
                times: UserTimes::from_array(sums),
            };
            let mut read = UserSessionAggregate::default();
            add_user_sessions(&mut read, &write_user_sessions(&user)).expect("it was written");
            prop_assert_eq!(&read, &user);
            let mut tally = UserTally::default();
            tally_user_sessions(&mut tally, &write_user_sessions(&user)).expect("it was written");
            tally_user_sessions(&mut tally, &write_user_sessions(&read)).expect("it was written");
            read.add(&user);
            prop_assert_eq!(tally.sum(), read);
        }

        #[test]
        fn bytes_that_nobody_wrote_are_damage_or_an_aggregate_and_never_more(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = add_service_sessions(&mut ServiceSessionAggregate::default(), &bytes);
            let _ = add_user_sessions(&mut UserSessionAggregate::default(), &bytes);
        }
    }

    #[test]
    fn an_aggregate_cut_off_longer_or_of_another_version_is_damage() {
        let whole = write_service_sessions(&ServiceSessionAggregate::default());
        let read = |bytes: &[u8]| add_service_sessions(&mut ServiceSessionAggregate::default(), bytes);
        assert!(read(&whole).is_ok());
        let longer = [&whole[..], &[0]].concat();
        let other = [&[FORMULA_VERSION as u8 + 1], &whole[1..]].concat();
        for wrong in [&whole[..whole.len() - 1], &longer, &other, &[]] {
            assert!(matches!(read(wrong), Err(StoreError::Damaged(_))), "{wrong:?}");
        }
    }
}
