//! A session as it is held: who is signed in, by which tokens, since when the issuer last said so; and the form in which it is
//! kept in the keychain. Decides what is due and asks nobody.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use contracts::sign_in::{AccessToken, Resource, SignInSettings, SignedIn, Subject};
use data_encoding::HEXLOWER;
use engine::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Pace;
use super::id_token::SKEW_S;
use super::provider::Fresh;

/// Access tokens that are held at a time: one per service asked. Those that ended make room.
const ACCESS_MAX: usize = 32;
/// A token that ends within this is not handed out: the request it is for takes time too.
const LAST_MS: i64 = 30 * 1000;

/// Somebody's session.
pub(super) struct Held {
    pub(super) who: Arc<SignedIn>,
    refresh: Option<Zeroizing<String>>,
    refresh_ends: Option<Timestamp>,
    access: HashMap<Resource, Access>,
    /// When the session ends where it cannot be renewed.
    access_ends: Timestamp,
    /// When the issuer last said that she may.
    last_contact: Timestamp,
    offline: Option<Offline>,
    /// Waits for the issuer, and lets her do nothing meanwhile.
    pub(super) is_dormant: bool,
    /// Is to be looked at by the issuer now, whatever the time.
    is_unproven: bool,
}

struct Access {
    token: Zeroizing<String>,
    renew_at: Timestamp,
    ends: Timestamp,
}

#[derive(Clone, Copy)]
struct Offline {
    since: Timestamp,
    tries: u32,
    again_at: Timestamp,
}

/// What a session needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Nothing.
    Nothing,
    /// The issuer is to be asked.
    Contact,
    /// It has lasted as long as it may.
    Expired,
    /// Nobody answered for too long.
    OfflineTooLong,
    /// The clock was set back behind the last contact, so that nobody knows for how long nobody has answered.
    ClockWrong,
}

impl Held {
    /// A session that has just begun. `resource`: what the first access token is for.
    pub(super) fn new(
        who: Arc<SignedIn>,
        fresh: Fresh,
        resource: Option<&Resource>,
        now: Timestamp,
        pace: &Pace,
    ) -> Held {
        let mut held = Held {
            who,
            refresh: None,
            refresh_ends: None,
            access: HashMap::new(),
            access_ends: fresh.access_ends,
            last_contact: now,
            offline: None,
            is_dormant: false,
            is_unproven: false,
        };
        held.renewed(fresh, resource, now, pace);
        held
    }

    /// The issuer gave new tokens.
    pub(super) fn renewed(&mut self, fresh: Fresh, resource: Option<&Resource>, now: Timestamp, pace: &Pace) {
        let Fresh { who, refresh, refresh_ends, access, access_ends } = fresh;
        if let Some(new) = who {
            self.who = Arc::new(known_anew(&self.who, new));
        }
        if let Some(refresh) = refresh {
            self.refresh = Some(refresh);
            self.refresh_ends = refresh_ends;
        }
        self.access_ends = access_ends;
        if let Some(resource) = resource {
            self.access.retain(|_, access| access.ends > now);
            if self.access.len() < ACCESS_MAX {
                // Before it ends, but not at once again where tokens last for a minute only.
                let life_ms = access_ends.0.saturating_sub(now.0);
                let renew_at = Timestamp(now.0 + (life_ms - millis(pace.margin)).max(life_ms / 2));
                let access = Access { token: access, renew_at, ends: access_ends };
                self.access.insert(resource.clone(), access);
            }
        }
        self.reached(now);
    }

    /// The issuer answered.
    pub(super) fn reached(&mut self, now: Timestamp) {
        self.last_contact = now;
        self.offline = None;
        self.is_dormant = false;
        self.is_unproven = false;
    }

    /// The issuer did not answer. True for the first time.
    pub(super) fn unreached(&mut self, now: Timestamp, pace: &Pace, jitter: u32) -> bool {
        let before = self.offline;
        let tries = before.map_or(0, |offline| offline.tries.saturating_add(1));
        let longest = millis(pace.retry_max);
        let pause = millis(pace.retry_first).saturating_mul(1 << tries.min(16)).min(longest);
        // A fifth more or less, so that a thousand consoles do not come back in step.
        let pause = pause * i64::from(80 + jitter % 41) / 100;
        let since = before.map_or(now, |offline| offline.since);
        self.offline = Some(Offline { since, tries, again_at: Timestamp(now.0.saturating_add(pause)) });
        self.is_unproven = false;
        before.is_none()
    }

    /// Since when nobody answers.
    pub(super) fn offline_since(&self) -> Option<Timestamp> {
        self.offline.map(|offline| offline.since)
    }

    /// Whether it is too early to ask an issuer that did not answer again.
    pub(super) fn is_waiting(&self, now: Timestamp) -> bool {
        self.offline.is_some_and(|offline| now < offline.again_at)
    }

    /// What is due.
    pub(super) fn due(&self, now: Timestamp, pace: &Pace) -> Due {
        let ends = if self.refresh.is_some() { self.refresh_ends } else { Some(self.access_ends) };
        if ends.is_some_and(|ends| now >= ends) {
            return Due::Expired;
        }
        let silent_ms = now.0.saturating_sub(self.last_contact.0);
        if !self.is_dormant && self.offline.is_some() {
            if silent_ms > millis(pace.offline) {
                return Due::OfflineTooLong;
            }
            if silent_ms < -SKEW_S * 1000 {
                return Due::ClockWrong;
            }
        }
        if self.refresh.is_none() {
            return Due::Nothing;
        }
        let half_life_ms = self.refresh_ends.map(|ends| ends.0.saturating_sub(self.last_contact.0) / 2);
        let contact_ms = half_life_ms.unwrap_or(i64::MAX).min(millis(pace.contact));
        let is_due = match self.offline {
            Some(offline) => now >= offline.again_at,
            None => self.is_unproven || silent_ms >= contact_ms || silent_ms < -SKEW_S * 1000,
        };
        if is_due { Due::Contact } else { Due::Nothing }
    }

    /// What renews it.
    pub(super) fn refresh(&self) -> Option<Zeroizing<String>> {
        self.refresh.clone()
    }

    /// A token that need not be renewed yet.
    pub(super) fn ready(&self, resource: &Resource, now: Timestamp) -> Option<AccessToken> {
        let access = self.access.get(resource)?;
        (now < access.renew_at).then(|| AccessToken::new(access.token.clone()))
    }

    /// A token that still lasts, if only for a moment: for when it cannot be renewed.
    pub(super) fn lasting(&self, resource: &Resource, now: Timestamp) -> Option<AccessToken> {
        let access = self.access.get(resource)?;
        (now.0 + LAST_MS < access.ends.0).then(|| AccessToken::new(access.token.clone()))
    }

    /// What is kept in the keychain. `None` where there is nothing that would last.
    pub(super) fn stored(&self, settings: &SignInSettings) -> Option<Zeroizing<Vec<u8>>> {
        let refresh = self.refresh.as_ref()?;
        let stored = Stored {
            version: STORED_VERSION,
            issued_to: issued_to(settings),
            refresh: refresh.as_str().into(),
            refresh_ends: self.refresh_ends.map(|ends| ends.0),
            last_contact: self.last_contact.0,
            tenant: self.who.subject.tenant.clone(),
            object: self.who.subject.object.clone(),
            name: self.who.name.clone(),
            username: self.who.username.clone(),
            email: self.who.email.clone(),
            signed_in_at: self.who.signed_in_at.0,
            contexts: self.who.contexts.clone(),
        };
        // Room for all of it from the start: a buffer that grows leaves copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(2 * refresh.len() + STORED_BYTES));
        serde_json::to_writer(&mut *bytes, &stored).ok()?;
        Some(bytes)
    }

    /// Reads what was kept. `None` where it was kept for other settings, or cannot be read.
    pub(super) fn restored(
        bytes: &[u8],
        settings: &SignInSettings,
        now: Timestamp,
        pace: &Pace,
    ) -> Option<Held> {
        let stored: Stored<'_> = serde_json::from_slice(bytes).ok()?;
        if stored.version != STORED_VERSION || stored.issued_to != issued_to(settings) {
            return None;
        }
        let silent_ms = now.0.saturating_sub(stored.last_contact);
        let is_dormant = !(-SKEW_S * 1000..=millis(pace.offline)).contains(&silent_ms);
        let last_contact = Timestamp(stored.last_contact);
        Some(Held {
            who: Arc::new(SignedIn {
                subject: Subject { tenant: stored.tenant, object: stored.object },
                name: stored.name,
                username: stored.username,
                email: stored.email,
                signed_in_at: Timestamp(stored.signed_in_at),
                contexts: stored.contexts,
            }),
            refresh: Some(Zeroizing::new(stored.refresh.into_owned())),
            refresh_ends: stored.refresh_ends.map(Timestamp),
            access: HashMap::new(),
            access_ends: last_contact,
            last_contact,
            offline: None,
            is_dormant,
            is_unproven: true,
        })
    }
}

/// She, with what a renewal tells anew. What she proved, and when, is told by the sign-in only; and a token for one service
/// leaves out what that does not need, which is no reason to forget her name.
fn known_anew(old: &SignedIn, new: SignedIn) -> SignedIn {
    let SignedIn { subject, name, username, email, .. } = new;
    let old = old.clone();
    // Without a name of its own a token is called by the person's id.
    let told = |new: String, old: String| if new == subject.object { old } else { new };
    SignedIn {
        name: told(name, old.name),
        username: told(username, old.username),
        email: email.or(old.email),
        signed_in_at: old.signed_in_at,
        contexts: old.contexts,
        subject: old.subject,
    }
}

/// The form of now.
const STORED_VERSION: u32 = 1;
/// Bytes of a stored session beside its refresh token, with long names.
const STORED_BYTES: usize = 8 << 10;

#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    version: u32,
    issued_to: String,
    refresh: std::borrow::Cow<'a, str>,
    refresh_ends: Option<i64>,
    last_contact: i64,
    tenant: String,
    object: String,
    name: String,
    username: String,
    email: Option<String>,
    signed_in_at: i64,
    contexts: BTreeSet<String>,
}

/// A mark of the settings by which these tokens came: with others they are worth nothing, and are not tried.
fn issued_to(settings: &SignInSettings) -> String {
    let named = format!("{:?} {:?} {:?}", settings.issuer, settings.client_id, settings.tenants);
    HEXLOWER.encode(&ring::digest::digest(&ring::digest::SHA256, named.as_bytes()).as_ref()[..16])
}

fn millis(time: std::time::Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use contracts::sign_in::{Issuer, Resource, SignInSettings, SignedIn, Subject};
    use engine::Timestamp;
    use zeroize::Zeroizing;

    use super::{Due, Fresh, Held, Pace};

    const SECOND: i64 = 1000;
    const MINUTE: i64 = 60 * SECOND;
    const HOUR: i64 = 60 * MINUTE;

    fn settings() -> SignInSettings {
        SignInSettings {
            issuer: Issuer::Other { url: "https://id.example".to_owned() },
            client_id: "usher".to_owned(),
            tenants: Vec::new(),
            step_up: None,
            scopes: Vec::new(),
        }
    }

    fn fresh(access_ends: i64, refresh_ends: Option<i64>) -> Fresh {
        Fresh {
            who: None,
            refresh: Some(Zeroizing::new("r\"1".to_owned())),
            refresh_ends: refresh_ends.map(Timestamp),
            access: Zeroizing::new("a1".to_owned()),
            access_ends: Timestamp(access_ends),
        }
    }

    fn held(fresh: Fresh) -> Held {
        let who = SignedIn {
            subject: Subject { tenant: "t".to_owned(), object: "o".to_owned() },
            name: "Rita Frei".to_owned(),
            username: "rita@contoso.example".to_owned(),
            email: None,
            signed_in_at: Timestamp(7),
            contexts: BTreeSet::from(["c1".to_owned()]),
        };
        Held::new(Arc::new(who), fresh, Some(&Resource::of(["a"])), Timestamp(0), &Pace::default())
    }

    #[test]
    fn a_session_is_shown_to_the_issuer_every_quarter_of_an_hour() {
        let (held, pace) = (held(fresh(HOUR, None)), Pace::default());
        assert_eq!(held.due(Timestamp(14 * MINUTE), &pace), Due::Nothing);
        assert_eq!(held.due(Timestamp(15 * MINUTE), &pace), Due::Contact);
        assert_eq!(held.due(Timestamp(-10 * MINUTE), &pace), Due::Contact, "the clock was set back");
    }

    #[test]
    fn a_session_whose_end_is_known_is_renewed_in_its_half_and_over_at_its_end() {
        let (held, pace) = (held(fresh(HOUR, Some(10 * MINUTE))), Pace::default());
        assert_eq!(held.due(Timestamp(4 * MINUTE), &pace), Due::Nothing);
        assert_eq!(held.due(Timestamp(5 * MINUTE), &pace), Due::Contact);
        assert_eq!(held.due(Timestamp(10 * MINUTE), &pace), Due::Expired);
        let unrenewable = self::held(Fresh { refresh: None, ..fresh(HOUR, None) });
        assert_eq!(unrenewable.due(Timestamp(HOUR - 1), &pace), Due::Nothing);
        assert_eq!(unrenewable.due(Timestamp(HOUR), &pace), Due::Expired);
    }

    #[test]
    fn without_the_issuer_a_session_goes_on_for_twelve_hours_and_asks_ever_more_seldom() {
        let (mut held, pace) = (held(fresh(HOUR, None)), Pace::default());
        assert!(held.unreached(Timestamp(MINUTE), &pace, 20));
        assert_eq!(held.offline_since(), Some(Timestamp(MINUTE)));
        let mut pauses = Vec::new();
        for _ in 0..9 {
            let asked_at = Timestamp(MINUTE);
            let pause =
                (1..).find(|seconds| !held.is_waiting(asked_at_plus(asked_at, *seconds))).expect("an end");
            pauses.push(pause);
            assert!(!held.unreached(asked_at, &pace, 20), "told once");
        }
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 300, 300, 300]);
        assert_eq!(held.offline_since(), Some(Timestamp(MINUTE)), "the first time counts");
        assert_eq!(held.due(Timestamp(12 * HOUR), &pace), Due::Contact);
        assert_eq!(held.due(Timestamp(12 * HOUR + 1), &pace), Due::OfflineTooLong);
        assert_eq!(
            held.due(Timestamp(-301 * SECOND), &pace),
            Due::ClockWrong,
            "nobody gains time by the clock"
        );
        held.reached(Timestamp(13 * HOUR));
        assert_eq!((held.due(Timestamp(13 * HOUR), &pace), held.offline_since()), (Due::Nothing, None));
    }

    fn asked_at_plus(at: Timestamp, seconds: i64) -> Timestamp {
        Timestamp(at.0 + seconds * SECOND)
    }

    #[test]
    fn tokens_are_renewed_before_they_end_and_short_ones_not_at_once_again() {
        let resource = Resource::of(["a"]);
        let long = held(fresh(HOUR, None));
        assert!(long.ready(&resource, Timestamp(55 * MINUTE - 1)).is_some());
        assert!(long.ready(&resource, Timestamp(55 * MINUTE)).is_none());
        assert!(long.lasting(&resource, Timestamp(HOUR - 31 * SECOND)).is_some());
        assert!(long.lasting(&resource, Timestamp(HOUR - 30 * SECOND)).is_none());
        let short = held(fresh(MINUTE, None));
        assert!(short.ready(&resource, Timestamp(29 * SECOND)).is_some());
        assert!(short.ready(&Resource::of(["b"]), Timestamp(0)).is_none());
    }

    #[test]
    fn a_session_survives_the_program_and_other_settings_do_not_find_it_id_2() {
        let (held, pace) = (held(fresh(HOUR, Some(HOUR))), Pace::default());
        let bytes = held.stored(&settings()).expect("it can be kept");
        let again = Held::restored(&bytes, &settings(), Timestamp(MINUTE), &pace).expect("reads");
        assert_eq!(again.who, held.who);
        assert_eq!(again.refresh().expect("kept").as_str(), "r\"1");
        assert!(!again.is_dormant);
        assert_eq!(again.due(Timestamp(MINUTE), &pace), Due::Contact, "the issuer is asked at once");
        assert!(Held::restored(&bytes, &settings(), Timestamp(13 * HOUR), &pace).expect("reads").is_dormant);
        assert!(Held::restored(&bytes, &settings(), Timestamp(-HOUR), &pace).expect("reads").is_dormant);
        let other = SignInSettings { client_id: "other".to_owned(), ..settings() };
        assert!(Held::restored(&bytes, &other, Timestamp(0), &pace).is_none());
        assert!(Held::restored(b"nonsense", &settings(), Timestamp(0), &pace).is_none());
    }
}
