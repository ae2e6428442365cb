//! The suite of the roster: who may come in, what she is, who administers, and how pages of a directory change it. Does not
//! test what only one implementation can do: kills are tested beside the store.

use std::collections::BTreeSet;

use engine::{AttendantId, ServiceId, Timestamp};

use super::{WORKS, out_of_range};
use crate::journal::StoreError;
use crate::roster::{
    Applied, CHANGES_MAX, Changes, Claim, Collection, DirectoryPage, GRANTS_MAX, Grant, LINK_BYTES_MAX,
    Licensed, Link, MemberChange, OBJECT_BYTES_MAX, PERSONS_MAX, Person, PersonChange, PersonCursor,
    PersonFilter, PersonId, PersonSettings, Profile, Progress, Refusal, Role, Roster, RosterError, Scope,
    Source, Standing, Subject, SyncProblem, SyncState, TeamChange, TeamId, TeamPeople, UNIT_DEPTH_MAX, Unit,
    UnitForm, UnitId, UnitUse,
};

const TENANT: &str = "11111111-aaaa";
const ADMINISTRATOR: Grant = Grant { role: Role::TenantAdministrator, scope: Scope::Tenant };

/// The people of a tenant.
pub async fn roster<S: Roster>(make: impl AsyncFn() -> S) {
    nobody_stands_in_an_empty_roster_id_4(&make().await).await;
    who_is_met_is_known_and_may_not_enter_id_4(&make().await).await;
    the_first_claims_once_even_of_two_at_the_same_time_id_5(&make().await).await;
    a_claim_opens_again_only_where_nobody_administers_id_5(&make().await).await;
    the_last_administrator_stays_id_5(&make().await).await;
    another_tenant_is_never_found_data_4(&make().await).await;
    a_person_is_added_changed_removed_and_purged(&make().await).await;
    persons_come_by_name_in_pages_and_by_text(&make().await).await;
    units_are_a_tree_id_5(&make().await).await;
    grants_are_replaced_and_reach_units_id_5(&make().await).await;
    a_licensed_team_licenses_members_and_makes_owners_service_owners_id_6(&make().await).await;
    joiner_mover_and_leaver_take_effect_at_once_id_6(&make().await).await;
    a_page_is_applied_once_and_only_where_it_was_read_id_6(&make().await).await;
    a_full_round_lets_leave_whom_it_does_not_name_id_6(&make().await).await;
    a_full_round_that_names_nobody_is_refused_id_6(&make().await).await;
    who_was_kept_by_hand_becomes_the_directorys_id_6(&make().await).await;
    attendant_numbers_are_never_reused(&make().await).await;
    the_state_of_a_synchronisation_is_kept(&make().await).await;
    every_change_is_told(&make().await).await;
    a_roster_keeps_its_limits(&make().await).await;
}

async fn nobody_stands_in_an_empty_roster_id_4(store: &impl Roster) {
    assert_eq!(store.tenant().await.expect(WORKS), None);
    assert_eq!(store.standing(&subject("rita")).await.expect(WORKS), None);
    assert_eq!(store.standing_of(PersonId(1)).await.expect(WORKS), None);
    assert_eq!(persons(store, &PersonFilter::default()).await, []);
    assert_eq!(store.teams().await.expect(WORKS), []);
    assert_eq!(store.units().await.expect(WORKS), []);
    for collection in [Collection::Persons, Collection::Teams] {
        assert_eq!(store.progress(collection).await.expect(WORKS), Progress::START);
    }
}

async fn who_is_met_is_known_and_may_not_enter_id_4(store: &impl Roster) {
    let rita = store.met(&subject("rita"), &profile("Rita Frei")).await.expect(WORKS);
    assert_eq!((rita.source, rita.enabled, rita.licensed), (Source::ByHand, true, false));
    let standing = standing(store, "rita").await;
    assert_eq!((standing.enabled, standing.licensed), (true, Licensed::No));
    assert!(!standing.may_enter());
    assert_eq!(store.standing_of(rita.id).await.expect(WORKS), Some(standing));

    let again = store.met(&subject("rita"), &profile("Rita Frei-Muster")).await.expect(WORKS);
    assert_eq!(again.id, rita.id, "one subject is one person");
    assert_eq!(again.profile.display_name, "Rita Frei-Muster");
    let long = Profile { display_name: format!("  {}", "ü".repeat(300)), ..Profile::default() };
    let cut = store.met(&subject("rita"), &long).await.expect("a name never stops a sign-in");
    assert_eq!(cut.profile.display_name, "ü".repeat(256));
    assert_eq!(
        store.standing(&subject("Rita")).await.expect(WORKS),
        None,
        "subjects are compared to the letter"
    );
}

async fn the_first_claims_once_even_of_two_at_the_same_time_id_5(store: &impl Roster) {
    let (rita_says, ueli_says) = (profile("Rita Frei"), profile("Ueli Bär"));
    let (rita, ueli) = (subject("rita"), subject("ueli"));
    let (a, b) = tokio::join!(store.claim_first(&rita, &rita_says), store.claim_first(&ueli, &ueli_says));
    let (a, b) = (a.expect(WORKS), b.expect(WORKS));
    let (first, second) = match (&a, &b) {
        (Claim::First(first), Claim::Taken) => (first, "ueli"),
        (Claim::Taken, Claim::First(first)) => (first, "rita"),
        both => panic!("exactly one is the first, not {both:?}"),
    };
    let standing = store.standing_of(first.id).await.expect(WORKS).expect("she is there");
    assert!(standing.administers() && standing.licensed == Licensed::Directly);
    assert_eq!(store.standing(&subject(second)).await.expect(WORKS), None, "a claim in vain changes nothing");
    assert_eq!(store.tenant().await.expect(WORKS).as_deref(), Some(TENANT));
    let again = store.claim_first(&first.subject, &profile("Again")).await.expect(WORKS);
    assert_eq!(again, Claim::Taken);
}

async fn a_claim_opens_again_only_where_nobody_administers_id_5(store: &impl Roster) {
    assert!(store.reopen_claim().await.expect(WORKS), "nobody administers an empty roster");
    let rita = claim(store, "rita").await;
    assert!(!store.reopen_claim().await.expect(WORKS));

    // She leaves the directory: nobody administers, and yet nobody can claim by signing in.
    read(store, vec![there("rita", "Rita Frei"), there("ueli", "Ueli Bär")]).await;
    read(store, vec![PersonChange::Gone { object: "rita".to_owned() }]).await;
    assert!(!standing(store, "rita").await.administers());
    let claimed = store.claim_first(&subject("ueli"), &profile("Ueli Bär")).await.expect(WORKS);
    assert_eq!(claimed, Claim::Taken);

    assert!(store.reopen_claim().await.expect(WORKS));
    let gone = store.claim_first(&subject("rita"), &profile("Rita Frei")).await.expect(WORKS);
    assert_eq!(gone, Claim::Taken, "who has left claims nothing");
    claim(store, "ueli").await;
    read(store, vec![there("rita", "Rita Frei")]).await;
    let back = store.standing_of(rita.id).await.expect(WORKS).expect("she is there");
    assert!(back.may_enter() && !back.administers(), "the old grant was taken when the claim opened");
}

async fn the_last_administrator_stays_id_5(store: &impl Roster) {
    let rita = claim(store, "rita").await.id;
    let ueli = store.add_person(&subject("ueli"), &profile("Ueli Bär"), true).await.expect(WORKS).id;
    let unlicensed = PersonSettings { licensed: false, blocked: false, profile: None };
    let blocked = PersonSettings { licensed: true, blocked: true, profile: None };
    let in_a_unit = {
        let unit = unit(store, "Town", None).await;
        Grant { role: Role::TenantAdministrator, scope: Scope::Unit(unit) }
    };
    let before = standing(store, "rita").await;
    for attempt in [
        store.set_person(rita, &unlicensed).await,
        store.set_person(rita, &blocked).await,
        store.remove_person(rita, Timestamp(1)).await,
        store.set_grants(rita, &[]).await,
        store.set_grants(rita, &[in_a_unit]).await,
    ] {
        assert_eq!(refused(attempt), Refusal::LastAdministrator);
    }
    assert_eq!(standing(store, "rita").await, before, "nothing was changed");

    // A second one who is locked out does not count, one who can sign in does.
    store.set_grants(ueli, &[ADMINISTRATOR]).await.expect(WORKS);
    store.set_person(ueli, &blocked).await.expect("she is not the last");
    assert_eq!(refused(store.set_grants(rita, &[]).await), Refusal::LastAdministrator);
    store.set_person(ueli, &PersonSettings { blocked: false, ..blocked }).await.expect(WORKS);
    store.set_grants(rita, &[]).await.expect("Ueli can");
    store.remove_person(rita, Timestamp(2)).await.expect(WORKS);

    // Licensed by a team alone: the team's licence is what she comes in by.
    read_teams(store, vec![team("front", &["ueli"])]).await;
    let front = store.teams().await.expect(WORKS)[0].id;
    store.set_team(front, true, &BTreeSet::new()).await.expect(WORKS);
    store.set_person(ueli, &unlicensed).await.expect("the team licenses her");
    assert_eq!(refused(store.set_team(front, false, &BTreeSet::new()).await), Refusal::LastAdministrator);
}

async fn another_tenant_is_never_found_data_4(store: &impl Roster) {
    let rita = claim(store, "rita").await;
    read(store, vec![there("rita", "Rita Frei")]).await;
    let foreign = Subject { tenant: "22222222-bbbb".to_owned(), object: "rita".to_owned() };
    assert_eq!(
        store.standing(&foreign).await.expect(WORKS),
        None,
        "the same object in another tenant is nobody"
    );
    let says = profile("Rita Fremd");
    assert_eq!(refused(store.met(&foreign, &says).await), Refusal::OtherTenant);
    assert_eq!(refused(store.claim_first(&foreign, &says).await), Refusal::OtherTenant);
    assert_eq!(refused(store.add_person(&foreign, &says, true).await), Refusal::OtherTenant);
    let page = DirectoryPage { tenant: foreign.tenant.clone(), ..page(store, persons_say(vec![])).await };
    assert_eq!(refused(store.apply(&page).await), Refusal::OtherTenant);
    assert!(store.reopen_claim().await.is_ok_and(|opened| !opened));
    assert_eq!(refused(store.claim_first(&foreign, &says).await), Refusal::OtherTenant);
    assert_eq!(store.tenant().await.expect(WORKS).as_deref(), Some(TENANT));
    let everybody: Vec<PersonId> =
        persons(store, &PersonFilter { with_gone: true, ..PersonFilter::default() })
            .await
            .iter()
            .map(id)
            .collect();
    assert_eq!(everybody, [rita.id]);
}

async fn a_person_is_added_changed_removed_and_purged(store: &impl Roster) {
    let rita = store.add_person(&subject("rita"), &profile("Rita Frei"), true).await.expect(WORKS);
    assert!(standing(store, "rita").await.may_enter());
    let twice = store.add_person(&subject("rita"), &profile("Rita"), true).await;
    assert_eq!(refused(twice), Refusal::AlreadyThere);
    let settings = PersonSettings { licensed: true, blocked: true, profile: Some(profile("R. Frei")) };
    store.set_person(rita.id, &settings).await.expect(WORKS);
    let blocked = standing(store, "rita").await;
    assert!(!blocked.may_enter() && blocked.person.blocked);
    assert_eq!(blocked.person.profile, profile("R. Frei"));

    let grant = Grant { role: Role::ServiceOwner, scope: Scope::Tenant };
    store.set_grants(rita.id, &[grant]).await.expect(WORKS);
    store.remove_person(rita.id, Timestamp(1_000)).await.expect(WORKS);
    let left = standing(store, "rita").await;
    assert_eq!((left.person.gone, left.enabled), (Some(Timestamp(1_000)), false));
    assert_eq!(left.grants, [], "a role does not wait for her to come back");
    assert_eq!(left.person.profile, profile("R. Frei"), "what is known of her is kept until the purge");
    let met = store.met(&subject("rita"), &profile("Back")).await.expect(WORKS);
    assert!(met.gone.is_some(), "signing in does not bring her back");
    let twice = store.remove_person(rita.id, Timestamp(1_000)).await;
    assert_eq!(refused(twice), Refusal::NoSuchPerson(rita.id));

    let back = store.add_person(&subject("rita"), &profile("Rita Frei"), false).await.expect(WORKS);
    assert_eq!((back.id, back.gone, back.blocked, back.licensed), (rita.id, None, false, false));
    store.remove_person(rita.id, Timestamp(2_000)).await.expect(WORKS);
    assert_eq!(store.purge(Timestamp(2_000)).await.expect(WORKS), 0, "not before that time");
    assert_eq!(store.purge(Timestamp(2_001)).await.expect(WORKS), 1);
    assert_eq!(store.standing(&subject("rita")).await.expect(WORKS), None);
    assert_eq!(store.standing_of(rita.id).await.expect(WORKS), None);
    let new = store.met(&subject("rita"), &profile("Rita Frei")).await.expect(WORKS);
    assert_ne!(new.id, rita.id, "an id never names somebody else, and who was purged is somebody else");
    let nobody = PersonSettings { licensed: true, blocked: false, profile: None };
    assert_eq!(refused(store.set_person(rita.id, &nobody).await), Refusal::NoSuchPerson(rita.id));
}

async fn persons_come_by_name_in_pages_and_by_text(store: &impl Roster) {
    for (object, name) in [("1", "Ueli Bär"), ("2", "anna Zimmer"), ("3", "Ängela Ott"), ("4", "Anna Zimmer")]
    {
        store.add_person(&subject(object), &profile(name), object == "1").await.expect(WORKS);
    }
    store.add_person(&subject("5"), &profile("Gone Girl"), true).await.expect(WORKS);
    let gone = standing(store, "5").await.person.id;
    store.remove_person(gone, Timestamp(1)).await.expect(WORKS);

    let mut seen = Vec::new();
    let mut filter = PersonFilter::default();
    loop {
        let page = store.persons(&filter, 2).await.expect(WORKS);
        let Some(last) = page.last() else { break };
        filter.after = Some(PersonCursor::of(&last.person));
        seen.extend(page.into_iter().map(|standing| standing.person.profile.display_name));
    }
    assert_eq!(seen, ["anna Zimmer", "Anna Zimmer", "Ueli Bär", "Ängela Ott"]);

    let names = async |filter: &PersonFilter| -> Vec<String> {
        let found = persons(store, filter).await;
        found.into_iter().map(|standing| standing.person.profile.display_name).collect()
    };
    let text = |text: &str| PersonFilter { text: Some(text.to_owned()), ..PersonFilter::default() };
    assert_eq!(names(&text("ZIMM")).await, ["anna Zimmer", "Anna Zimmer"]);
    assert_eq!(names(&text("äng")).await, ["Ängela Ott"], "whatever the case, beyond ASCII too");
    assert_eq!(names(&text("Ueli.Bär@")).await, ["Ueli Bär"], "by e-mail");
    assert_eq!(names(&text("%")).await, [""; 0], "a text, not a pattern");
    assert_eq!(names(&PersonFilter { licensed: true, ..PersonFilter::default() }).await, ["Ueli Bär"]);
    assert_eq!(names(&PersonFilter { with_gone: true, ..text("girl") }).await, ["Gone Girl"]);
    out_of_range(store.persons(&PersonFilter::default(), 0).await);
    out_of_range(store.persons(&PersonFilter::default(), PERSONS_MAX + 1).await);
}

async fn units_are_a_tree_id_5(store: &impl Roster) {
    let town = unit(store, "Town", None).await;
    let schools = unit(store, " Schools ", Some(town)).await;
    let port = unit(store, "Port", None).await;
    let put = async |id: Option<UnitId>, name: &str, parent: Option<UnitId>| {
        store.put_unit(&UnitForm { id, name: name.to_owned(), parent }).await
    };
    assert_eq!(refused(put(None, "SCHOOLS", Some(town)).await), Refusal::UnitNameTaken("SCHOOLS".to_owned()));
    put(None, "Schools", Some(port)).await.expect("another parent's may be called so");
    assert_eq!(refused(put(Some(town), "Town", Some(schools)).await), Refusal::UnitInItself);
    assert_eq!(refused(put(Some(town), "Town", Some(town)).await), Refusal::UnitInItself);
    let nowhere = UnitId(99);
    assert_eq!(refused(put(None, "New", Some(nowhere)).await), Refusal::NoSuchUnit(nowhere));
    assert_eq!(refused(put(Some(nowhere), "New", None).await), Refusal::NoSuchUnit(nowhere));
    assert!(matches!(put(None, " ", None).await, Err(RosterError::Store(StoreError::OutOfRange(_)))));

    let moved = put(Some(schools), "schools", Some(town)).await.expect("its own name is no neighbour's");
    assert_eq!(moved, Unit { id: schools, name: "schools".to_owned(), parent: Some(town) });
    let mut deep = schools;
    for depth in 3..=UNIT_DEPTH_MAX {
        deep = unit(store, &format!("Level {depth}"), Some(deep)).await;
    }
    assert_eq!(refused(put(None, "Too deep", Some(deep)).await), Refusal::UnitTooDeep(UNIT_DEPTH_MAX + 1));
    let too_deep = put(Some(town), "Town", Some(port)).await;
    assert_eq!(refused(too_deep), Refusal::UnitTooDeep(UNIT_DEPTH_MAX + 1), "what hangs on it counts");

    let used_by = async |unit: UnitId| refused(store.remove_unit(unit).await);
    assert_eq!(used_by(town).await, Refusal::UnitUsed(UnitUse::Units));
    store.set_service_unit(ServiceId(7), Some(deep)).await.expect(WORKS);
    assert_eq!(used_by(deep).await, Refusal::UnitUsed(UnitUse::Services));
    assert_eq!(store.service_units().await.expect(WORKS), [(ServiceId(7), deep)]);
    let lost = store.set_service_unit(ServiceId(7), Some(nowhere)).await;
    assert_eq!(refused(lost), Refusal::NoSuchUnit(nowhere));
    store.set_service_unit(ServiceId(7), Some(port)).await.expect("it moves");
    store.set_service_unit(ServiceId(7), None).await.expect("it belongs to no unit again");
    assert_eq!(store.service_units().await.expect(WORKS), []);
    store.remove_unit(deep).await.expect("nothing hangs on it");
    assert_eq!(used_by(deep).await, Refusal::NoSuchUnit(deep));
    let new = unit(store, "Level 8", None).await;
    assert!(store.units().await.expect(WORKS).iter().all(|unit| unit.id <= new), "an id never comes back");
    assert_ne!(new, deep);
}

async fn grants_are_replaced_and_reach_units_id_5(store: &impl Roster) {
    let rita = store.add_person(&subject("rita"), &profile("Rita Frei"), true).await.expect(WORKS).id;
    let town = unit(store, "Town", None).await;
    let owner = Grant { role: Role::ServiceOwner, scope: Scope::Unit(town) };
    let partner = Grant { role: Role::PartnerAdministrator, scope: Scope::Tenant };
    store.set_grants(rita, &[partner, owner, owner]).await.expect(WORKS);
    assert_eq!(standing(store, "rita").await.grants, [owner, partner], "in order, each once");
    assert_eq!(refused(store.remove_unit(town).await), Refusal::UnitUsed(UnitUse::Grants));
    for role in Role::ALL {
        let grant = Grant { role, scope: Scope::Tenant };
        store.set_grants(rita, &[grant]).await.expect("she was no administrator before");
        assert_eq!(standing(store, "rita").await.granted, [grant]);
        if role == Role::TenantAdministrator {
            let ueli = store.add_person(&subject("ueli"), &profile("Ueli Bär"), true).await.expect(WORKS).id;
            store.set_grants(ueli, &[ADMINISTRATOR]).await.expect(WORKS);
        }
    }
    let nowhere = UnitId(99);
    let lost = Grant { role: Role::ServiceOwner, scope: Scope::Unit(nowhere) };
    assert_eq!(refused(store.set_grants(rita, &[lost]).await), Refusal::NoSuchUnit(nowhere));
    assert_eq!(refused(store.set_grants(PersonId(99), &[owner]).await), Refusal::NoSuchPerson(PersonId(99)));
    store.set_grants(rita, &[]).await.expect(WORKS);
    assert_eq!(standing(store, "rita").await.grants, []);
    store.remove_unit(town).await.expect("nobody's role hangs on it any more");
}

async fn a_licensed_team_licenses_members_and_makes_owners_service_owners_id_6(store: &impl Roster) {
    read_teams(store, vec![team("front", &["rita", "a-printer"]), team("back", &["ueli"])]).await;
    read(store, vec![there("rita", "Rita Frei"), there("ueli", "Ueli Bär"), there("olga", "Olga Roth")])
        .await;
    let teams = store.teams().await.expect(WORKS);
    let names: Vec<&str> = teams.iter().map(|team| team.name.as_str()).collect();
    assert_eq!(names, ["back", "front"]);
    let (back, front) = (teams[0].id, teams[1].id);
    assert!(!standing(store, "rita").await.may_enter());

    let town = unit(store, "Town", None).await;
    store.set_team(front, true, &BTreeSet::from([town])).await.expect(WORKS);
    assert_eq!(standing(store, "rita").await.licensed, Licensed::ByTeam(front));
    assert!(standing(store, "rita").await.may_enter() && !standing(store, "ueli").await.may_enter());
    store.set_owners(front, &BTreeSet::from(["olga".to_owned(), "rita".to_owned()])).await.expect(WORKS);
    let owner = Grant { role: Role::ServiceOwner, scope: Scope::Unit(town) };
    let rita = standing(store, "rita").await;
    assert_eq!((rita.grants.as_slice(), rita.granted.as_slice()), ([owner].as_slice(), [].as_slice()));
    assert_eq!(rita.owns, [front]);
    let olga = standing(store, "olga").await;
    assert_eq!((olga.grants.as_slice(), olga.licensed), ([owner].as_slice(), Licensed::No));
    let ids = TeamPeople { members: vec![rita.person.id], owners: vec![rita.person.id, olga.person.id] };
    assert_eq!(store.team_people(front).await.expect(WORKS), ids, "only who is a person here");
    assert_eq!(refused(store.remove_unit(town).await), Refusal::UnitUsed(UnitUse::Teams));
    let shown = store.teams().await.expect(WORKS).pop().expect("two");
    assert_eq!((shown.members, shown.owners, shown.units), (2, 2, BTreeSet::from([town])));

    store.set_team(front, true, &BTreeSet::new()).await.expect(WORKS);
    assert_eq!(standing(store, "olga").await.grants, [], "of a team without a unit she owns nothing here");
    assert_eq!(standing(store, "olga").await.owns, [front]);
    store.set_team(front, false, &BTreeSet::from([town])).await.expect(WORKS);
    assert_eq!(standing(store, "olga").await.owns, []);
    assert!(!standing(store, "rita").await.may_enter());
    store.set_team(front, true, &BTreeSet::from([town])).await.expect(WORKS);
    assert_eq!(standing(store, "olga").await.owns, [], "who owns it is asked anew");

    let nowhere = UnitId(99);
    let lost = store.set_team(back, true, &BTreeSet::from([nowhere])).await;
    assert_eq!(refused(lost), Refusal::NoSuchUnit(nowhere));
    assert_eq!(
        refused(store.set_team(TeamId(99), true, &BTreeSet::new()).await),
        Refusal::NoSuchTeam(TeamId(99))
    );
    store.set_owners(TeamId(99), &BTreeSet::from(["olga".to_owned()])).await.expect("a team that is gone");
    assert_eq!(store.team_people(TeamId(99)).await.expect(WORKS), TeamPeople::default());
}

async fn joiner_mover_and_leaver_take_effect_at_once_id_6(store: &impl Roster) {
    read_teams(store, vec![team("front", &["rita"]), team("back", &[])]).await;
    let front = store.teams().await.expect(WORKS)[1].id;
    store.set_team(front, true, &BTreeSet::new()).await.expect(WORKS);
    read(store, vec![there("rita", "Rita Frei")]).await;
    assert!(
        standing(store, "rita").await.may_enter(),
        "a joiner, once she is named, by the team that knew her before"
    );

    // She is renamed; what is not said stays.
    let renamed = change("rita", |change| {
        change.0 = Some("Rita Muster".to_owned());
        change.1 = None;
    });
    read(store, vec![renamed]).await;
    let rita = standing(store, "rita").await;
    assert_eq!(rita.person.profile.display_name, "Rita Muster");
    assert!(rita.may_enter() && rita.person.profile.email == "rita@example.com");
    let cleared = PersonChange::There {
        object: "rita".to_owned(),
        display_name: None,
        first_name: None,
        last_name: None,
        email: Some(String::new()),
        username: None,
        enabled: None,
    };
    read(store, vec![cleared]).await;
    assert_eq!(standing(store, "rita").await.person.profile.email, "");

    read_teams(store, vec![moves("front", "rita", false), moves("back", "rita", true)]).await;
    assert_eq!(
        standing(store, "rita").await.licensed,
        Licensed::No,
        "a mover leaves the licence with the team"
    );
    read_teams(store, vec![moves("front", "rita", true)]).await;
    assert!(standing(store, "rita").await.may_enter());

    let enabled = |enabled| change("rita", |change| change.1 = Some(enabled));
    read(store, vec![enabled(false)]).await;
    let disabled = standing(store, "rita").await;
    assert!(!disabled.may_enter() && disabled.person.gone.is_none());
    read(store, vec![enabled(true)]).await;
    assert!(standing(store, "rita").await.may_enter());

    let gone = || PersonChange::Gone { object: "rita".to_owned() };
    let applied =
        read(store, vec![gone(), gone(), PersonChange::Gone { object: "stranger".to_owned() }]).await;
    assert_eq!(applied, Applied { read: 3, left: 1 });
    let left = standing(store, "rita").await;
    assert!(!left.may_enter() && left.person.gone.is_some());
    assert_eq!(left.person.profile.display_name, "Rita Muster", "kept until the purge");
    assert_eq!(store.team_people(front).await.expect(WORKS), TeamPeople::default());
    read(store, vec![there("rita", "Rita Muster")]).await;
    let back = standing(store, "rita").await;
    assert!(
        back.may_enter() && back.person.id == left.person.id,
        "restored in the directory, she is who she was"
    );

    read_teams(store, vec![TeamChange::Gone { object: "front".to_owned() }]).await;
    assert!(!standing(store, "rita").await.may_enter());
    read_teams(store, vec![team("front", &["rita"])]).await;
    assert!(
        !standing(store, "rita").await.may_enter(),
        "a team that comes back is licensed anew by somebody"
    );

    let new = PersonChange::There {
        object: "nova".to_owned(),
        display_name: Some("Nova".to_owned()),
        first_name: None,
        last_name: None,
        email: None,
        username: None,
        enabled: None,
    };
    read(store, vec![new]).await;
    assert!(
        !standing(store, "nova").await.enabled,
        "of whom it is not said that she may sign in, she may not"
    );
    let by_hand = PersonSettings { licensed: true, blocked: false, profile: Some(profile("Other")) };
    let nova = standing(store, "nova").await.person.id;
    assert_eq!(refused(store.set_person(nova, &by_hand).await), Refusal::FromDirectory);
    assert_eq!(refused(store.remove_person(nova, Timestamp(1)).await), Refusal::FromDirectory);
    store.set_person(nova, &PersonSettings { profile: None, ..by_hand }).await.expect("a licence is ours");
    store.met(&subject("nova"), &profile("Says Herself")).await.expect(WORKS);
    assert_eq!(
        standing(store, "nova").await.person.profile.display_name,
        "Nova",
        "the directory's name stays"
    );
}

async fn a_page_is_applied_once_and_only_where_it_was_read_id_6(store: &impl Roster) {
    let first =
        page_to(store, persons_say(vec![there("rita", "Rita Frei")]), Link::Next("n1".to_owned())).await;
    assert_eq!(store.apply(&first).await.expect(WORKS), Applied { read: 1, left: 0 });
    let reached = Progress { link: Some(Link::Next("n1".to_owned())), full: true };
    assert_eq!(store.progress(Collection::Persons).await.expect(WORKS), reached);
    assert_eq!(
        store.progress(Collection::Teams).await.expect(WORKS),
        Progress::START,
        "each has its own place"
    );
    let twice = store.apply(&first).await;
    assert!(matches!(twice, Err(RosterError::Store(StoreError::Conflict(_)))), "{twice:?}");
    let elsewhere = DirectoryPage { from: Some(Link::Delta("n1".to_owned())), ..first.clone() };
    let elsewhere = store.apply(&elsewhere).await;
    assert!(matches!(elsewhere, Err(RosterError::Store(StoreError::Conflict(_)))), "{elsewhere:?}");
    assert_eq!(store.progress(Collection::Persons).await.expect(WORKS), reached);

    let last =
        page_to(store, persons_say(vec![there("ueli", "Ueli Bär")]), Link::Delta("d1".to_owned())).await;
    store.apply(&last).await.expect(WORKS);
    let over = Progress { link: Some(Link::Delta("d1".to_owned())), full: false };
    assert_eq!(store.progress(Collection::Persons).await.expect(WORKS), over);
    store.restart(Collection::Persons).await.expect(WORKS);
    assert_eq!(store.progress(Collection::Persons).await.expect(WORKS), Progress::START);
    let stale = store.apply(&last).await;
    assert!(matches!(stale, Err(RosterError::Store(StoreError::Conflict(_)))), "{stale:?}");
}

async fn a_full_round_lets_leave_whom_it_does_not_name_id_6(store: &impl Roster) {
    let by_hand = store.add_person(&subject("hand"), &profile("By Hand"), true).await.expect(WORKS);
    read(store, ["rita", "ueli", "olga"].map(|name| there(name, name)).to_vec()).await;
    read_teams(store, vec![team("front", &["rita", "ueli"]), team("back", &["olga"])]).await;
    let front = store.teams().await.expect(WORKS)[1].id;
    let town = unit(store, "Town", None).await;
    store.set_team(front, true, &BTreeSet::from([town])).await.expect(WORKS);
    store.set_owners(front, &BTreeSet::from(["rita".to_owned()])).await.expect(WORKS);

    store.restart(Collection::Persons).await.expect(WORKS);
    store.restart(Collection::Teams).await.expect(WORKS);
    assert!(standing(store, "ueli").await.may_enter(), "nobody is locked out while a round runs");
    let first = page_to(store, persons_say(vec![there("rita", "rita")]), Link::Next("n".to_owned())).await;
    store.apply(&first).await.expect(WORKS);
    assert!(standing(store, "ueli").await.may_enter());
    let applied = read(store, vec![there("olga", "olga")]).await;
    assert_eq!(applied, Applied { read: 1, left: 1 }, "Ueli was not named");
    assert!(standing(store, "ueli").await.person.gone.is_some());
    assert_eq!(
        standing(store, "hand").await.person,
        by_hand,
        "who is kept by hand is not the directory's to lose"
    );

    // A large team comes in parts: all of them count.
    let part =
        page_to(store, Changes::Teams(vec![team("front", &["rita"])]), Link::Next("n".to_owned())).await;
    store.apply(&part).await.expect(WORKS);
    let rest = TeamChange::There { object: "front".to_owned(), name: None, members: vec![joins("olga")] };
    read_teams(store, vec![rest]).await;
    let teams = store.teams().await.expect(WORKS);
    assert_eq!(teams.len(), 1, "the other team was not named");
    assert_eq!((teams[0].id, teams[0].licensed, teams[0].members, teams[0].owners), (front, true, 2, 1));
    assert!(standing(store, "olga").await.may_enter());
    // After it, what is not named stays.
    read(store, vec![]).await;
    read_teams(store, vec![]).await;
    assert!(standing(store, "olga").await.may_enter());
}

async fn a_full_round_that_names_nobody_is_refused_id_6(store: &impl Roster) {
    read(store, vec![there("rita", "Rita Frei")]).await;
    store.restart(Collection::Persons).await.expect(WORKS);
    let nobody = page(store, persons_say(vec![PersonChange::Gone { object: "rita".to_owned() }])).await;
    assert_eq!(refused(store.apply(&nobody).await), Refusal::EmptyDirectory);
    assert!(standing(store, "rita").await.person.gone.is_none(), "and nobody is locked out by it");
    assert_eq!(store.progress(Collection::Persons).await.expect(WORKS), Progress::START);
    read_teams(store, vec![]).await;
    assert_eq!(store.teams().await.expect(WORKS), [], "a tenant without a group is no surprise");
}

async fn who_was_kept_by_hand_becomes_the_directorys_id_6(store: &impl Roster) {
    let rita = claim(store, "rita").await;
    read(store, vec![there("rita", "Rita of the Directory")]).await;
    let known = standing(store, "rita").await;
    assert_eq!((known.person.id, known.person.source), (rita.id, Source::Directory));
    assert_eq!(known.person.profile.display_name, "Rita of the Directory");
    assert!(known.administers(), "what she was granted stays");
    read(store, vec![PersonChange::Gone { object: "rita".to_owned() }]).await;
    let left = standing(store, "rita").await;
    assert!(!left.administers(), "the directory may take the last administrator");
    assert_eq!(left.granted, [ADMINISTRATOR]);
}

async fn attendant_numbers_are_never_reused(store: &impl Roster) {
    let mut ids = Vec::new();
    for name in ["rita", "ueli", "olga"] {
        ids.push(store.add_person(&subject(name), &profile(name), true).await.expect(WORKS).id);
    }
    let number = async |id: PersonId| store.attendant_of(id).await.expect(WORKS);
    assert_eq!(number(ids[1]).await, AttendantId(1), "the first who asks");
    assert_eq!(number(ids[0]).await, AttendantId(2));
    assert_eq!(number(ids[1]).await, AttendantId(1));
    store.remove_person(ids[0], Timestamp(1)).await.expect(WORKS);
    assert_eq!(store.purge(Timestamp(2)).await.expect(WORKS), 1);
    assert_eq!(number(ids[2]).await, AttendantId(3), "a number is not given again");
    let all = [1, 2, 3].map(AttendantId).into_iter().zip([ids[1], ids[0], ids[2]]).collect::<Vec<_>>();
    assert_eq!(store.attendants().await.expect(WORKS), all);
    store.remove_person(ids[1], Timestamp(3)).await.expect(WORKS);
    assert_eq!(number(ids[1]).await, AttendantId(1), "her calls of before are still hers");
    assert_eq!(refused(store.attendant_of(PersonId(99)).await), Refusal::NoSuchPerson(PersonId(99)));
    let late = store.add_person(&subject("late"), &profile("late"), true).await.expect(WORKS).id;
    store.remove_person(late, Timestamp(3)).await.expect(WORKS);
    assert_eq!(
        refused(store.attendant_of(late).await),
        Refusal::NoSuchPerson(late),
        "who has left gets none"
    );
}

async fn the_state_of_a_synchronisation_is_kept(store: &impl Roster) {
    assert_eq!(store.sync_state().await.expect(WORKS), SyncState::default());
    let problem =
        SyncProblem { code: "graph.consent".to_owned(), message: "x".repeat(2_000), at: Timestamp(5) };
    let state = SyncState {
        succeeded: Some(Timestamp(3)),
        problem: Some(problem.clone()),
        next_attempt: Some(Timestamp(9)),
    };
    store.set_sync_state(&state).await.expect(WORKS);
    let cut = SyncProblem { message: "x".repeat(1_024), ..problem };
    assert_eq!(store.sync_state().await.expect(WORKS), SyncState { problem: Some(cut), ..state });
    let well = SyncState { succeeded: Some(Timestamp(10)), problem: None, next_attempt: None };
    store.set_sync_state(&well).await.expect(WORKS);
    assert_eq!(store.sync_state().await.expect(WORKS), well);
}

async fn every_change_is_told(store: &impl Roster) {
    let mut revision = store.revision();
    revision.mark_unchanged();
    let mut told = |what: &str| {
        assert!(revision.has_changed().expect("the store lives"), "{what}");
        revision.mark_unchanged();
    };
    let rita = claim(store, "rita").await.id;
    told("a claim");
    store.add_person(&subject("ueli"), &profile("Ueli Bär"), true).await.expect(WORKS);
    told("a person");
    store.set_grants(rita, &[ADMINISTRATOR]).await.expect(WORKS);
    told("a grant");
    read(store, vec![there("olga", "Olga Roth")]).await;
    told("a page of users");
    read_teams(store, vec![team("front", &["rita"])]).await;
    told("a page of groups");
    let front = store.teams().await.expect(WORKS)[0].id;
    store.set_team(front, true, &BTreeSet::new()).await.expect(WORKS);
    told("a licence");
    store.set_owners(front, &BTreeSet::from(["rita".to_owned()])).await.expect(WORKS);
    told("owners");
    let town = unit(store, "Town", None).await;
    told("a unit");
    store.set_service_unit(ServiceId(1), Some(town)).await.expect(WORKS);
    told("a service's unit");
    store.met(&subject("ueli"), &profile("Ueli Baer")).await.expect(WORKS);
    told("another name");
    assert_eq!(refused(store.set_grants(rita, &[]).await), Refusal::LastAdministrator);
    // Whoever is told of a change looks at who sits here again, which asks this.
    store.met(&subject("ueli"), &profile("Ueli Baer")).await.expect(WORKS);
    assert_eq!(store.claim_first(&subject("rita"), &profile("Rita Frei")).await.expect(WORKS), Claim::Taken);
    store.attendant_of(rita).await.expect(WORKS);
    assert_eq!(store.purge(Timestamp(i64::MAX)).await.expect(WORKS), 0);
    read(store, vec![]).await;
    read_teams(store, vec![]).await;
    store.set_owners(front, &BTreeSet::from(["rita".to_owned()])).await.expect(WORKS);
    assert!(
        !revision.has_changed().expect("the store lives"),
        "what was refused or says nothing new is no change"
    );
}

async fn a_roster_keeps_its_limits(store: &impl Roster) {
    let beyond = |result: Result<(), RosterError>| {
        assert!(matches!(result, Err(RosterError::Store(StoreError::OutOfRange(_)))), "{result:?}");
    };
    let rita = store.add_person(&subject("rita"), &profile("Rita Frei"), true).await.expect(WORKS).id;
    for object in [String::new(), "x".repeat(OBJECT_BYTES_MAX + 1)] {
        beyond(store.met(&subject(&object), &profile("X")).await.map(drop));
        beyond(store.claim_first(&subject(&object), &profile("X")).await.map(drop));
        beyond(store.add_person(&subject(&object), &profile("X"), true).await.map(drop));
        let page = page(store, persons_say(vec![there(&object, "X")])).await;
        beyond(store.apply(&page).await.map(drop));
    }
    let grant = Grant { role: Role::User, scope: Scope::Tenant };
    beyond(store.set_grants(rita, &vec![grant; GRANTS_MAX + 1]).await);
    let units: BTreeSet<UnitId> = (1..=GRANTS_MAX as u64 + 1).map(UnitId).collect();
    beyond(store.set_team(TeamId(1), true, &units).await);
    let many = page(store, persons_say(vec![there("rita", "Rita"); CHANGES_MAX + 1])).await;
    beyond(store.apply(&many).await.map(drop));
    let link = Link::Delta("x".repeat(LINK_BYTES_MAX + 1));
    let long = page_to(store, persons_say(vec![there("rita", "Rita")]), link).await;
    beyond(store.apply(&long).await.map(drop));
    out_of_range(store.set_owners(TeamId(1), &BTreeSet::from([String::new()])).await);
    assert_eq!(store.progress(Collection::Persons).await.expect(WORKS), Progress::START);
    let foreign_number = PersonId(u64::MAX);
    assert_eq!(store.standing_of(foreign_number).await.expect(WORKS), None);
    assert_eq!(refused(store.set_grants(foreign_number, &[]).await), Refusal::NoSuchPerson(foreign_number));
}

fn subject(object: &str) -> Subject {
    Subject { tenant: TENANT.to_owned(), object: object.to_owned() }
}

fn profile(name: &str) -> Profile {
    let (first, last) = name.split_once(' ').unwrap_or((name, ""));
    Profile {
        display_name: name.to_owned(),
        first_name: first.to_owned(),
        last_name: last.to_owned(),
        email: format!("{}@example.com", name.replace(' ', ".")),
        username: format!("{first}@example.com"),
    }
}

fn there(object: &str, name: &str) -> PersonChange {
    change(object, |change| change.0 = Some(name.to_owned()))
}

/// An enabled user with an e-mail; `what` says display name and enabled otherwise.
fn change(object: &str, what: impl FnOnce(&mut (Option<String>, Option<bool>))) -> PersonChange {
    let mut said = (None, Some(true));
    what(&mut said);
    let (display_name, enabled) = said;
    PersonChange::There {
        object: object.to_owned(),
        display_name,
        first_name: None,
        last_name: None,
        email: Some(format!("{object}@example.com")),
        username: Some(format!("{object}@example.com")),
        enabled,
    }
}

fn joins(object: &str) -> MemberChange {
    MemberChange { object: object.to_owned(), joined: true }
}

fn team(object: &str, members: &[&str]) -> TeamChange {
    TeamChange::There {
        object: object.to_owned(),
        name: Some(object.to_owned()),
        members: members.iter().map(|member| joins(member)).collect(),
    }
}

fn moves(team: &str, member: &str, joined: bool) -> TeamChange {
    let members = vec![MemberChange { object: member.to_owned(), joined }];
    TeamChange::There { object: team.to_owned(), name: None, members }
}

fn persons_say(changes: Vec<PersonChange>) -> Changes {
    Changes::Persons(changes)
}

fn id(standing: &Standing) -> PersonId {
    standing.person.id
}

/// The last page of a round.
async fn page(store: &impl Roster, changes: Changes) -> DirectoryPage {
    page_to(store, changes, Link::Delta("delta".to_owned())).await
}

async fn page_to(store: &impl Roster, changes: Changes, to: Link) -> DirectoryPage {
    let from = store.progress(changes.collection()).await.expect(WORKS).link;
    DirectoryPage { tenant: TENANT.to_owned(), from, changes, to, at: Timestamp(500) }
}

async fn read(store: &impl Roster, changes: Vec<PersonChange>) -> Applied {
    let page = page(store, persons_say(changes)).await;
    store.apply(&page).await.expect(WORKS)
}

async fn read_teams(store: &impl Roster, changes: Vec<TeamChange>) {
    let page = page(store, Changes::Teams(changes)).await;
    store.apply(&page).await.expect(WORKS);
}

async fn claim(store: &impl Roster, object: &str) -> Person {
    match store.claim_first(&subject(object), &profile(object)).await.expect(WORKS) {
        Claim::First(person) => person,
        Claim::Taken => panic!("{object} is the first"),
    }
}

async fn standing(store: &impl Roster, object: &str) -> Standing {
    store.standing(&subject(object)).await.expect(WORKS).expect("she is a person")
}

async fn unit(store: &impl Roster, name: &str, parent: Option<UnitId>) -> UnitId {
    store.put_unit(&UnitForm { id: None, name: name.to_owned(), parent }).await.expect(WORKS).id
}

async fn persons(store: &impl Roster, filter: &PersonFilter) -> Vec<Standing> {
    store.persons(filter, PERSONS_MAX).await.expect(WORKS)
}

fn refused<T: std::fmt::Debug>(result: Result<T, RosterError>) -> Refusal {
    match result {
        Err(RosterError::Refused(refusal)) => refusal,
        other => panic!("refused, not {other:?}"),
    }
}
