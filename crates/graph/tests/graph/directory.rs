//! Whatever happens to a directory, however it is paged, refused and broken off: after a round that comes to its end the roster
//! is what the directory is (ID-6).

use std::collections::BTreeSet;
use std::sync::Arc;

use contracts::MemoryStore;
use contracts::roster::{PERSONS_MAX, PersonCursor, PersonFilter, Roster, Standing, Subject};
use graph::Reader;
use proptest::prelude::*;

use crate::fake::{Fake, TENANT, User};
use crate::reader;

/// Something that happens. Users and groups by small numbers, so that the same ones are met again.
#[derive(Clone, Debug)]
enum Step {
    Join {
        user: u8,
        name: u8,
        mail: bool,
        enabled: bool,
    },
    Leave {
        user: u8,
    },
    Found {
        group: u8,
        name: u8,
    },
    Dissolve {
        group: u8,
    },
    Member {
        group: u8,
        user: u8,
        joined: bool,
    },
    Owner {
        group: u8,
        user: u8,
        owns: bool,
    },
    /// All links are too old.
    Forget,
    /// A round, to its end.
    Read,
    /// A round, killed after so many answers.
    Kill {
        after: u32,
    },
    /// An administrator licenses the team, if it is known by now.
    License {
        group: u8,
        licensed: bool,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let user = 0_u8..12;
    let group = 0_u8..4;
    prop_oneof![
        6 => (user.clone(), any::<u8>(), any::<bool>(), prop::bool::weighted(0.8))
            .prop_map(|(user, name, mail, enabled)| Step::Join { user, name, mail, enabled }),
        2 => user.clone().prop_map(|user| Step::Leave { user }),
        3 => (group.clone(), any::<u8>()).prop_map(|(group, name)| Step::Found { group, name }),
        1 => group.clone().prop_map(|group| Step::Dissolve { group }),
        8 => (group.clone(), user.clone(), prop::bool::weighted(0.7))
            .prop_map(|(group, user, joined)| Step::Member { group, user, joined }),
        2 => (group.clone(), user, prop::bool::weighted(0.7))
            .prop_map(|(group, user, owns)| Step::Owner { group, user, owns }),
        1 => Just(Step::Forget),
        2 => Just(Step::Read),
        4 => (0_u32..12).prop_map(|after| Step::Kill { after }),
        2 => (group, any::<bool>()).prop_map(|(group, licensed)| Step::License { group, licensed }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_a_round_the_roster_is_what_the_directory_is_id_6(
        steps in prop::collection::vec(step(), 1..60),
        seed in any::<u64>(),
        moody in 0_u64..25,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let fake = Fake::start().await;
            {
                let mut state = fake.state();
                (state.seed, state.moody) = (seed, moody);
                // A directory has at least whoever reads it.
                state.put_user("reader", user("The Reader", true, true));
            }
            let roster = Arc::new(MemoryStore::new());
            // It keeps nothing from round to round but its connections, so a new process would be the same.
            let (reader, _) = reader(&fake, &roster);
            for step in steps {
                happens(&fake, &roster, &reader, step).await;
            }
            round(&reader).await;
            compare(&fake, &roster).await;
            // Nothing new: the same again.
            round(&reader).await;
            compare(&fake, &roster).await;
            fake.check();
        });
    }
}

fn user(name: &str, mail: bool, enabled: bool) -> User {
    User { name: name.to_owned(), mail: mail.then(|| format!("{name}@example.com")), enabled }
}

async fn happens(fake: &Fake, roster: &MemoryStore, reader: &Reader, step: Step) {
    let (user_id, group_id) = (|user: u8| format!("u-{user}"), |group: u8| format!("g-{group}"));
    match step {
        Step::Join { user: id, name, mail, enabled } => {
            fake.state().put_user(&user_id(id), user(&format!("Name {name}"), mail, enabled));
        }
        Step::Leave { user } => fake.state().remove_user(&user_id(user)),
        Step::Found { group, name } => fake.state().put_group(&group_id(group), &format!("Group {name}")),
        Step::Dissolve { group } => fake.state().remove_group(&group_id(group)),
        Step::Member { group, user, joined } => {
            fake.state().set_member(&group_id(group), &user_id(user), joined);
        }
        Step::Owner { group, user, owns } => fake.state().set_owner(&group_id(group), &user_id(user), owns),
        Step::Forget => fake.state().forget_links(),
        Step::Read => {
            round(reader).await;
            compare(fake, roster).await;
        }
        Step::Kill { after } => {
            fake.state().answers_until_kill = Some(after);
            tokio::select! {
                ended = reader.round(&|_| {}) => ended.expect("it ended before it was killed"),
                () = fake.killed.notified() => {}
            }
            fake.state().answers_until_kill = None;
        }
        Step::License { group, licensed } => {
            let teams = roster.teams().await.expect("it is read");
            if let Some(team) = teams.iter().find(|team| team.object == group_id(group)) {
                roster.set_team(team.id, licensed, &BTreeSet::new()).await.expect("nobody administers by it");
            }
        }
    }
}

async fn round(reader: &Reader) {
    reader.round(&|_| {}).await.expect("a round comes to its end");
}

async fn compare(fake: &Fake, roster: &MemoryStore) {
    let mut everybody: Vec<Standing> = Vec::new();
    let mut filter = PersonFilter { with_gone: true, ..PersonFilter::default() };
    loop {
        let page = roster.persons(&filter, PERSONS_MAX).await.expect("it is read");
        let Some(last) = page.last() else { break };
        filter.after = Some(PersonCursor::of(&last.person));
        everybody.extend(page);
    }
    let teams = roster.teams().await.expect("it is read");
    let state = fake.state();
    let present = everybody.iter().filter(|standing| standing.person.gone.is_none()).count();
    assert_eq!(present, state.users.len(), "nobody more is there");
    for standing in &everybody {
        let object = &standing.person.subject.object;
        let Some(User { name, mail, enabled }) = state.users.get(object) else {
            assert!(standing.person.gone.is_some() && !standing.may_enter(), "{object} has left");
            continue;
        };
        let profile = &standing.person.profile;
        assert_eq!(standing.person.subject, Subject { tenant: TENANT.to_owned(), object: object.clone() });
        assert_eq!(&profile.display_name, name);
        assert_eq!(format!("{} {}", profile.first_name, profile.last_name).trim(), name);
        assert_eq!(profile.email, mail.clone().unwrap_or_default());
        assert_eq!(profile.username, format!("{object}@example.com"));
        assert_eq!(standing.enabled, *enabled);
        let of_licensed = |team: &&contracts::roster::Team| {
            team.licensed && state.groups[&team.object].members.contains(object)
        };
        assert_eq!(standing.may_enter(), *enabled && teams.iter().any(|team| of_licensed(&team)), "{object}");
        let owned: Vec<_> = teams
            .iter()
            .filter(|team| team.licensed && state.groups[&team.object].owners.contains(object))
            .map(|team| team.id)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        assert_eq!(standing.owns, owned, "{object}");
    }
    let named: BTreeSet<(&str, &str, u32)> =
        teams.iter().map(|team| (team.object.as_str(), team.name.as_str(), team.members)).collect();
    let there = state.groups.iter().map(|(id, group)| {
        (id.as_str(), group.name.as_str(), u32::try_from(group.members.len()).expect("a small group"))
    });
    assert_eq!(named, there.collect());
}
