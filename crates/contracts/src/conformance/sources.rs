//! What every reader of sources promises (DIR-1).

use std::collections::BTreeSet;

use crate::limits;
use crate::sources::{Extent, MARK_BYTES_MAX, PAGE_CONTACTS_MAX, Source, SourceReader};

/// A reader of sources; `source` can be read and has at least one contact, and nobody changes it meanwhile.
pub async fn sources(reader: &dyn SourceReader, source: &Source) {
    let (first, mark) = read(reader, source, None).await;
    assert!(!first.is_empty(), "there is somebody");
    let (again, _) = read(reader, source, None).await;
    assert_eq!(first, again, "the same contacts have the same keys each time");

    let Some(mark) = mark else { return };
    let mut reading = reader.begin(source, Some(&mark)).await.expect("the mark is known");
    assert_eq!(reading.extent(), Extent::Changes, "from a mark on only changes are told");
    while let Some(page) = reading.page().await.expect("it is read") {
        assert!(page.contacts.is_empty() && page.gone.is_empty(), "nothing has changed");
    }
    let unknown = reader.begin(source, Some("not a mark of this source")).await.expect("it begins anew");
    assert_eq!(unknown.extent(), Extent::Everything, "a mark that is not known is as good as none");
}

/// Reads everything; gives the keys and the mark.
async fn read(
    reader: &dyn SourceReader,
    source: &Source,
    mark: Option<&str>,
) -> (BTreeSet<String>, Option<String>) {
    let mut reading = reader.begin(source, mark).await.expect("it can be read");
    assert_eq!(reading.extent(), Extent::Everything, "without a mark everything is told");
    let mut keys = BTreeSet::new();
    while let Some(page) = reading.page().await.expect("it is read") {
        assert!(page.contacts.len() <= PAGE_CONTACTS_MAX, "a page has a bound");
        assert!(page.gone.is_empty(), "whoever is not named has gone");
        limits::contacts(&page.contacts).expect("each contact is within the limits");
        for contact in page.contacts {
            assert!(!contact.key.is_empty() && !contact.display_name.is_empty(), "each has a key and a name");
            assert!(keys.insert(contact.key), "each key comes once");
        }
    }
    assert!(reading.page().await.expect("it is over").is_none(), "after the end there is nothing more");
    let mark = reading.mark();
    assert!(mark.as_ref().is_none_or(|mark| mark.len() <= MARK_BYTES_MAX), "a mark has a bound");
    (keys, mark)
}
