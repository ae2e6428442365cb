//! The suite of the list of numbers.

use engine::{AttendantId, Timestamp};

use super::{WORKS, out_of_range};
use crate::numbers::{LISTED_MAX, Listed, ListedId, ListedNumber, Listing, NumberList};

/// Blocked numbers and spam.
pub async fn numbers<S: NumberList>(make: impl AsyncFn() -> S) {
    a_number_is_listed_once_and_its_calls_are_counted(&make().await).await;
    the_list_keeps_its_limits(&make().await).await;
}

fn entry(number: &str, prefix: bool, at: i64) -> ListedNumber {
    let number = number.to_owned();
    let (reason, by, at) = ("Sells ink".to_owned(), AttendantId(1), Timestamp(at));
    ListedNumber { listing: Listing::Spam, number, prefix, reason, by, at }
}

async fn a_number_is_listed_once_and_its_calls_are_counted(store: &impl NumberList) {
    assert!(store.listed().await.expect(WORKS).is_empty());
    let one = store.list(entry("+41445556677", false, 1)).await.expect(WORKS);
    let all = store.list(entry("+41445556677", true, 2)).await.expect(WORKS);
    store.count_call(one, Timestamp(7)).await.expect(WORKS);
    store.count_call(one, Timestamp(8)).await.expect(WORKS);
    let blocked =
        ListedNumber { listing: Listing::Blocked, by: AttendantId(2), ..entry("+41445556677", false, 3) };
    assert_eq!(store.list(blocked.clone()).await.expect(WORKS), one, "the same number");

    let numbers = [
        Listed { id: one, entry: blocked, calls: 2, last: Some(Timestamp(8)) },
        Listed { id: all, entry: entry("+41445556677", true, 2), calls: 0, last: None },
    ];
    assert_eq!(store.listed().await.expect(WORKS), numbers, "the newest first");
    assert!(store.unlist(one).await.expect(WORKS));
    assert!(!store.unlist(one).await.expect(WORKS) && !store.unlist(ListedId(u64::MAX)).await.expect(WORKS));
    store.count_call(one, Timestamp(9)).await.expect(WORKS);
    assert_eq!(store.listed().await.expect(WORKS), numbers[1..]);
    assert!(store.list(entry("+41445556677", false, 4)).await.expect(WORKS) > all, "an id never comes back");
}

async fn the_list_keeps_its_limits(store: &impl NumberList) {
    let long = "4".repeat(257);
    out_of_range(store.list(entry("", false, 1)).await);
    out_of_range(store.list(entry(&long, false, 1)).await);
    out_of_range(store.list(ListedNumber { reason: long, ..entry("4010", false, 1) }).await);
    for nth in 0..LISTED_MAX {
        store.list(entry(&nth.to_string(), false, 1)).await.expect(WORKS);
    }
    out_of_range(store.list(entry("one more", false, 1)).await);
    store.list(entry("7", false, 2)).await.expect("one that is listed is listed anew");
}
