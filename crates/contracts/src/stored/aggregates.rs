//! Aggregates as bytes: the formula's version, then numbers of seven bits a byte, the lower first. Compact, because there is one
//! for every quarter of an hour and service.

use reporting::aggregate::{
    FORMULA_VERSION, ServiceSessionAggregate, ServiceTally, ServiceTimes, UserSessionAggregate, UserTimes,
};
use reporting::sketch::Histogram;

use crate::journal::StoreError;

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
    add_times(&mut aggregate.times, &mut bytes)?;
    for histogram in aggregate.histograms_mut() {
        add_histogram(&mut bytes, |bucket, count| histogram.count(bucket, count))?;
    }
    end(bytes)
}

/// The same, where very many are added up.
pub fn tally_service_sessions(tally: &mut ServiceTally, mut bytes: &[u8]) -> Result<(), StoreError> {
    add_times(&mut tally.times, &mut bytes)?;
    for tally in &mut tally.tallies {
        add_histogram(&mut bytes, |bucket, count| tally.count(bucket, count))?;
    }
    end(bytes)
}

/// The version, and the sums of times behind it.
fn add_times(times: &mut ServiceTimes, bytes: &mut &[u8]) -> Result<(), StoreError> {
    version(bytes)?;
    let mut sums = times.as_array();
    for sum in &mut sums {
        *sum = sum.saturating_add(take(bytes)?);
    }
    *times = ServiceTimes::from_array(sums);
    Ok(())
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
    version(&mut bytes)?;
    let mut sums = aggregate.times.as_array();
    for sum in &mut sums {
        *sum = sum.saturating_add(take(&mut bytes)?);
    }
    aggregate.times = UserTimes::from_array(sums);
    for histogram in [&mut aggregate.outcomes, &mut aggregate.handling_sketch.0] {
        add_histogram(&mut bytes, |bucket, count| histogram.count(bucket, count))?;
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

/// Buckets as their distance from the one before.
fn put_histogram(bytes: &mut Vec<u8>, histogram: &Histogram) {
    put(bytes, histogram.counts().len() as u64);
    let mut last = 0;
    for (bucket, count) in histogram.counts() {
        put(bytes, u64::from(bucket - last));
        put(bytes, count);
        last = bucket;
    }
}

fn add_histogram(bytes: &mut &[u8], mut add: impl FnMut(u32, u64)) -> Result<(), StoreError> {
    let mut bucket = 0_u32;
    for _ in 0..take(bytes)? {
        let further = u32::try_from(take(bytes)?).map_err(|_| damaged())?;
        bucket = bucket.checked_add(further).ok_or_else(damaged)?;
        add(bucket, take(bytes)?);
    }
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
            (prop_oneof![0..6000_u32, any::<u32>()], any::<u64>().prop_map(|count| count >> 8)),
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
            tally_service_sessions(&mut tally, &write_service_sessions(&service)).expect("it was written");
            tally_service_sessions(&mut tally, &write_service_sessions(&read)).expect("it was written");
            read.add(&service);
            prop_assert_eq!(tally.sum(), read);

            let user = UserSessionAggregate {
                outcomes: histograms[0].clone(),
                handling_sketch: Sketch(histograms[1].clone()),
                times: UserTimes::from_array(sums),
            };
            let mut read = UserSessionAggregate::default();
            add_user_sessions(&mut read, &write_user_sessions(&user)).expect("it was written");
            prop_assert_eq!(read, user);
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
