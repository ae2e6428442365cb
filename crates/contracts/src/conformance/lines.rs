//! The suite of who is above and below a contact (DIR-4).

use engine::Timestamp;

use super::{WORKS, contact, out_of_range};
use crate::book::{Contact, ContactBook, Line};
use crate::line::{REPORTS_MAX, ReportingLine};

pub(super) async fn suite<S: ContactBook>(make: &impl AsyncFn() -> S) {
    a_manager_is_whom_the_book_names(&make().await).await;
    nobody_is_guessed_as_a_manager(&make().await).await;
    what_a_directory_told_of_one_contact_counts_for_her(&make().await).await;
}

fn of(key: &str, name: &str, manager: &str) -> Contact {
    Contact { key: key.to_owned(), manager: manager.to_owned(), ..contact(name) }
}

fn names(line: &Line) -> (Option<&str>, Vec<&str>, u32) {
    let reports = line.reports.iter().map(|report| report.display_name.as_str()).collect();
    (line.manager.as_ref().map(|manager| manager.display_name.as_str()), reports, line.reports_total)
}

async fn line(store: &impl ContactBook, of: &Contact, limit: u32) -> Line {
    store.line(of, limit).await.expect(WORKS)
}

async fn a_manager_is_whom_the_book_names(store: &impl ContactBook) {
    let placed = |place: &str, contact: Contact| Contact { place: place.to_owned(), ..contact };
    let book = vec![
        placed("uid=ruth, OU=People,dc=example", of("r", "Ruth Meier", "r")),
        placed("uid=dino,ou=people,dc=example", of("d", "Dino", "UID=Ruth,ou=people,DC=example")),
        Contact { email: "Anna@example.com".to_owned(), ..of("a", "Anna", " ruth meier ") },
        of("b", "Bert", "anna@EXAMPLE.com"),
        of("c", "Cora", "r"),
    ];
    let kept = store.replace("staff", book).await.expect(WORKS);
    assert_eq!(kept.iter().map(|it| it.manager.as_str()).collect::<Vec<_>>(), ["", "r", "r", "a", "r"]);
    assert!(kept.iter().all(|contact| contact.place.is_empty()), "where it stands is not kept");
    assert_eq!(store.all().await.expect(WORKS), kept, "and it is read back as it was given");
    let ruth = line(store, &kept[0], 2).await;
    assert_eq!(names(&ruth), (None, vec!["Anna", "Cora"], 3), "by name, as many as were asked for");
    assert_eq!(ruth.told, None);
    assert_eq!(names(&line(store, &kept[2], 9).await), (Some("Ruth Meier"), vec!["Bert"], 1));
    out_of_range(store.line(&kept[0], 0).await);

    let other = store.replace("suppliers", vec![of("x", "Xaver", "r"), of("r", "Rolf", "")]).await;
    let other = other.expect(WORKS);
    assert_eq!(names(&line(store, &other[0], 9).await).0, Some("Rolf"), "of her own book");
    store.replace("staff", vec![of("c", "Cora", "r")]).await.expect(WORKS);
    assert_eq!(names(&line(store, &kept[4], 9).await), (None, vec![], 0), "who has left is nobody's manager");
}

async fn nobody_is_guessed_as_a_manager(store: &impl ContactBook) {
    let book =
        vec![of("1", "Anna", ""), of("2", "Anna", ""), of("3", "Bert", "Anna"), of("4", "Cora", "Dora")];
    let kept = store.replace("phones", book).await.expect(WORKS);
    assert!(kept.iter().all(|contact| contact.manager.is_empty()), "{kept:?}");
}

async fn what_a_directory_told_of_one_contact_counts_for_her(store: &impl ContactBook) {
    let book = || vec![of("a", "Anna", "b"), of("b", "Bert", ""), of("c", "Cora", ""), of("d", "Dino", "")];
    let kept = store.replace("entra", book()).await.expect(WORKS);
    let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
    let told = ReportingLine { manager: Some("c".to_owned()), reports: keys(&["d", "stranger"]) };
    store.keep_line(&kept[0], &told, Timestamp(7)).await.expect(WORKS);
    let anna = line(store, &kept[0], 9).await;
    assert_eq!(names(&anna), (Some("Cora"), vec!["Dino"], 2), "a stranger is counted");
    assert_eq!(anna.told, Some(Timestamp(7)));
    let none = ReportingLine::default();
    store.keep_line(&kept[0], &none, Timestamp(8)).await.expect(WORKS);
    assert_eq!(
        names(&line(store, &kept[0], 9).await),
        (None, vec![], 0),
        "what was told before is forgotten"
    );

    store.keep_line(&kept[0], &told, Timestamp(9)).await.expect(WORKS);
    let without = book().into_iter().filter(|contact| contact.key != "c").collect();
    store.replace("entra", without).await.expect(WORKS);
    assert_eq!(names(&line(store, &kept[0], 9).await), (None, vec!["Dino"], 2), "who has left is not shown");
    let stranger = Contact { id: 99, ..kept[0].clone() };
    store.keep_line(&stranger, &told, Timestamp(9)).await.expect("of whom nothing is kept, nothing is told");
    let many = ReportingLine { manager: None, reports: vec!["d".to_owned(); REPORTS_MAX + 1] };
    out_of_range(store.keep_line(&kept[0], &many, Timestamp(9)).await);
}
