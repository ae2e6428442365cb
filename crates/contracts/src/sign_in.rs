//! Sign-in as the application sees it (ID-1, ID-2, ID-3): who is signed in, how to begin, what came of it, tokens for
//! services. How an issuer is spoken to is not here, and no rights: who she is says nothing of what she may do.

mod challenge;
mod problem;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use engine::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, watch};
use zeroize::Zeroizing;

pub use challenge::{CLAIMS_BYTES_MAX, claims_challenge};
pub use problem::{SignInProblem, Why};

/// How an issuer names a person: unique and never given to another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// Entra: the tenant's id (`tid`). Other issuers: the issuer's URL.
    pub tenant: String,
    /// Entra: the person's object id (`oid`). Other issuers: `sub`.
    pub object: String,
}

/// What the issuer says of a person. Personal data: not logged, and `Debug` shows the subject only.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// How the issuer names her.
    pub subject: Subject,
    /// As shown to people: "Rita Frei".
    pub name: String,
    /// What she signs in with: "rita@contoso.example". For showing, never for recognising her.
    pub username: String,
    /// Where the issuer tells it.
    pub email: Option<String>,
    /// When she last proved herself to the issuer.
    pub signed_in_at: Timestamp,
    /// Authentication contexts that she has satisfied (`acrs`), such as "c1".
    pub contexts: BTreeSet<String>,
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// Where sign-in stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInState {
    /// No issuer is set up: the user of the operating system works alone.
    NotSetUp,
    /// Nobody is signed in.
    SignedOut {
        /// Why, where it was not her own wish.
        why: Option<SignInProblem>,
    },
    /// The issuer has been asked and has not answered yet.
    Underway {
        /// The page to open, for when no browser came up. Holds no secret that outlives this sign-in, and is not logged.
        link: String,
        /// What to type there, where she signs in on another device.
        code: Option<DeviceCode>,
        /// Who stays signed in meanwhile, and afterwards if this fails: a step-up takes no session away.
        who: Option<Arc<SignedIn>>,
    },
    /// Somebody is signed in.
    SignedIn {
        /// Who.
        who: Arc<SignedIn>,
        /// Since when the issuer has not answered; her session lasts for a bounded time after it. `None`: it answers.
        offline_since: Option<Timestamp>,
    },
}

impl SignInState {
    /// Whoever is signed in, a step-up underway or not.
    pub fn who(&self) -> Option<&Arc<SignedIn>> {
        match self {
            SignInState::NotSetUp | SignInState::SignedOut { .. } => None,
            SignInState::Underway { who, .. } => who.as_ref(),
            SignInState::SignedIn { who, .. } => Some(who),
        }
    }
}

/// For signing in on another device (RFC 8628).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceCode {
    /// What she types there.
    pub user_code: String,
    /// The page, short enough to be typed.
    pub verification_uri: String,
}

/// Who issues the tokens, and to whom. Stored as the administrator entered it; holds no secret: the application is a public
/// client (RFC 8252).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInSettings {
    /// Who issues the tokens.
    pub issuer: Issuer,
    /// The application's id at the issuer, 1 to 255 characters.
    pub client_id: String,
    /// Tenants whose people may sign in; for an issuer of many tenants at least one, 100 at most. Empty with an issuer of one
    /// tenant: that one.
    #[serde(default)]
    pub tenants: Vec<String>,
    /// The authentication context that administrator actions demand (`acrs`), such as "c1"; `None`: no step-up.
    #[serde(default)]
    pub step_up: Option<String>,
    /// Asked for beside `openid profile email offline_access`, 20 at most.
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// Who issues the tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Issuer {
    /// Microsoft Entra ID.
    Entra {
        /// In which cloud.
        cloud: Cloud,
        /// Whose.
        tenant: EntraTenant,
    },
    /// Any other that conforms to OpenID Connect.
    Other {
        /// Its issuer identifier: `https://…`, or `http://` on this computer.
        url: String,
    },
}

/// The clouds of Microsoft, each with hosts of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cloud {
    /// The worldwide one.
    Global,
    /// Azure Government (GCC High).
    UsGovernment,
    /// The US Department of Defense.
    UsDefense,
    /// Operated by 21Vianet.
    China,
}

impl Cloud {
    /// All of them.
    pub const ALL: [Cloud; 4] = [Cloud::Global, Cloud::UsGovernment, Cloud::UsDefense, Cloud::China];

    /// Where people sign in; source: Microsoft, "National clouds".
    pub fn login(self) -> &'static str {
        match self {
            Cloud::Global => "https://login.microsoftonline.com",
            Cloud::UsGovernment | Cloud::UsDefense => "https://login.microsoftonline.us",
            Cloud::China => "https://login.partner.microsoftonline.cn",
        }
    }

    /// Where Microsoft Graph answers; source: Microsoft, "National cloud deployments".
    pub fn graph(self) -> &'static str {
        match self {
            Cloud::Global => "https://graph.microsoft.com",
            Cloud::UsGovernment => "https://graph.microsoft.us",
            Cloud::UsDefense => "https://dod-graph.microsoft.us",
            Cloud::China => "https://microsoftgraph.chinacloudapi.cn",
        }
    }
}

/// Whose Entra ID.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntraTenant {
    /// Any organisation's; the allow-list says which.
    Organizations,
    /// One organisation's: its tenant id, a GUID.
    Id(String),
}

/// How to sign in, and what for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    /// On which device.
    pub way: Way,
    /// A claims challenge as the service sent it: JSON, see [`claims_challenge`] (ID-3).
    pub claims: Option<String>,
    /// An authentication context that she must satisfy (`acrs`), such as "c1".
    pub context: Option<String>,
}

/// On which device somebody signs in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// In this computer's own browser (RFC 8252).
    #[default]
    Browser,
    /// On any device, with a code typed there (RFC 8628): for a computer without a browser.
    Device,
}

/// What a token is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resource {
    /// The scopes of one service, in the issuer's words; sorted, none twice.
    scopes: BTreeSet<String>,
}

impl Resource {
    /// These scopes of one service.
    pub fn of<S: Into<String>>(scopes: impl IntoIterator<Item = S>) -> Resource {
        Resource { scopes: scopes.into_iter().map(Into::into).collect() }
    }

    /// These permissions of Microsoft Graph: "User.Read.All", "Group.Read.All".
    pub fn graph(cloud: Cloud, permissions: &[&str]) -> Resource {
        Resource::of(permissions.iter().map(|permission| format!("{}/{permission}", cloud.graph())))
    }

    /// The scopes.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scopes.iter().map(String::as_str)
    }
}

/// Shows a service who asks. Not printed, not cloned; overwritten when dropped.
pub struct AccessToken(Zeroizing<String>);

impl AccessToken {
    /// Takes it over.
    pub fn new(token: Zeroizing<String>) -> AccessToken {
        AccessToken(token)
    }

    /// The token itself, for the header of a request.
    pub fn danger_expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(…)")
    }
}

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenProblem {
    /// Nobody is signed in: she must.
    #[error("nobody is signed in")]
    SignedOut,
    /// The issuer cannot be reached: try again later. She stays signed in for now.
    #[error("the issuer cannot be reached")]
    Offline {
        /// Since when.
        since: Timestamp,
    },
    /// The issuer wants her to prove more: [`SignIn::begin`] with these claims, then ask again (ID-3).
    #[error("the issuer asks for a further proof")]
    StepUp {
        /// As [`Wants::claims`]; `None`: to sign in again is enough.
        claims: Option<String>,
    },
    /// The issuer refused for this reason, and will again.
    #[error("{0}")]
    Problem(SignInProblem),
}

/// Something that happened, for the access log (ID-7). Ids and codes only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInFact {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: FactKind,
    /// Whom it is about, as far as a verified token or the session says so.
    pub subject: Option<Subject>,
    /// The code of a refusal: a [`Why::code`].
    pub code: Option<&'static str>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FactKind {
    /// An interactive sign-in began.
    Begun,
    /// It ended with a person signed in.
    Succeeded,
    /// It ended without; the code says why.
    Refused,
    /// An answer that belongs to no sign-in of ours came to the redirect address; the sign-in underway went on.
    StrangeAnswer,
    /// Tokens were renewed silently.
    TokenRefreshed,
    /// The issuer would not renew them; the code says why.
    TokenRefused,
    /// She signed out.
    SignedOut,
    /// Her access was ended by us.
    Ended,
    /// Tokens were put into the keychain.
    CredentialStored,
    /// Tokens were removed from the keychain.
    CredentialRemoved,
    /// The keychain did not do it; the code says so.
    CredentialFailed,
}

impl FactKind {
    /// All of them.
    pub const ALL: [FactKind; 11] = [
        FactKind::Begun,
        FactKind::Succeeded,
        FactKind::Refused,
        FactKind::StrangeAnswer,
        FactKind::TokenRefreshed,
        FactKind::TokenRefused,
        FactKind::SignedOut,
        FactKind::Ended,
        FactKind::CredentialStored,
        FactKind::CredentialRemoved,
        FactKind::CredentialFailed,
    ];

    /// Its name in the access log.
    pub fn id(self) -> &'static str {
        match self {
            FactKind::Begun => "sign-in-begun",
            FactKind::Succeeded => "sign-in-succeeded",
            FactKind::Refused => "sign-in-refused",
            FactKind::StrangeAnswer => "sign-in-strange-answer",
            FactKind::TokenRefreshed => "token-refreshed",
            FactKind::TokenRefused => "token-refused",
            FactKind::SignedOut => "signed-out",
            FactKind::Ended => "access-ended",
            FactKind::CredentialStored => "credential-stored",
            FactKind::CredentialRemoved => "credential-removed",
            FactKind::CredentialFailed => "credential-failed",
        }
    }
}

/// Takes facts as they happen. Called inside a runtime, in order; must not block.
pub type Observe = Arc<dyn Fn(SignInFact) + Send + Sync>;

/// Opens the system's browser.
pub trait OpenBrowser: Send + Sync {
    /// Shows this page, or says in words why not. May block for as long as a program takes to start: call on a blocking
    /// thread.
    fn open(&self, link: &str) -> Result<(), String>;
}

/// How an interactive sign-in ended.
pub type Ended = Result<Arc<SignedIn>, SignInProblem>;

/// How sign-ins ended: for whoever keeps the state, to answer [`SignIn::finished`] with.
pub struct Endings {
    /// The last one; `None` once the state has changed for another reason.
    last: Mutex<Option<Ended>>,
    each: broadcast::Sender<Ended>,
}

impl Default for Endings {
    fn default() -> Endings {
        Endings { last: Mutex::default(), each: broadcast::Sender::new(16) }
    }
}

impl Endings {
    /// A sign-in has ended so. Told before the state: who sees that nothing is underway finds how it ended.
    pub fn tell(&self, ended: Ended) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(ended.clone());
        // Nobody may be waiting for it.
        let _ = self.each.send(ended);
    }

    /// The state changes for another reason.
    pub fn forget(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// How the sign-in underway ends, also where the next one has taken its place by the time the caller is heard again;
    /// where none is underway, how the last one ended.
    pub async fn finished(&self, state: &watch::Sender<SignInState>) -> Ended {
        let mut each = self.each.subscribe();
        let mut state = state.subscribe();
        tokio::select! {
            biased;
            Ok(ended) = each.recv() => return ended,
            // Never fails: the sender is at hand.
            _ = state.wait_for(|state| !matches!(state, SignInState::Underway { .. })) => {}
        }
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match (last, state.borrow().clone()) {
            (Some(ended), _) => ended,
            (None, SignInState::SignedIn { who, .. }) => Ok(who),
            (None, SignInState::SignedOut { why: Some(problem) }) => Err(problem),
            (None, SignInState::SignedOut { why: None } | SignInState::Underway { .. }) => {
                Err(Why::SignedOut.into())
            }
            (None, SignInState::NotSetUp) => Err(Why::NotSetUp.into()),
        }
    }
}

/// Sign-in. Clones of the state see every change; all else may be asked from any task.
#[async_trait]
pub trait SignIn: Send + Sync {
    /// Where it stands, now and from now on.
    fn state(&self) -> watch::Receiver<SignInState>;

    /// What is set up.
    fn settings(&self) -> Option<SignInSettings>;

    /// Sets an issuer up after asking it for its configuration, or takes it away. Other settings than before sign out.
    /// Keeps nothing beyond this process: the host stores the settings and gives them at the next start.
    async fn set_up(&self, settings: Option<SignInSettings>) -> Result<(), SignInProblem>;

    /// Begins an interactive sign-in and returns when its page was opened; the state tells the rest. One that is underway is
    /// given up for it. While somebody is signed in it is a step-up, and only she can pass it.
    async fn begin(&self, wants: Wants) -> Result<(), SignInProblem>;

    /// How the sign-in underway ends. Where none is: who is signed in, or why nobody is.
    async fn finished(&self) -> Result<Arc<SignedIn>, SignInProblem>;

    /// Gives up the sign-in underway.
    async fn cancel(&self);

    /// Forgets the tokens here, revokes them where the issuer offers it, and opens its page for signing out. She is signed
    /// out here even where the issuer cannot be reached; an error says that the keychain still holds tokens.
    async fn sign_out(&self) -> Result<(), SignInProblem>;

    /// Ends her access: tokens are forgotten and revoked, the state says why. For leavers.
    async fn end(&self, why: SignInProblem);

    /// A token that lasts for some minutes. Renewed silently where needed, once for all who ask at the same time.
    async fn token(&self, for_: &Resource) -> Result<AccessToken, TokenProblem>;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use engine::Timestamp;
    use expect_test::expect;

    use super::{Cloud, EntraTenant, FactKind, Issuer, Resource, SignInSettings, SignedIn, Subject};

    #[test]
    fn stored_settings_read_as_they_were_written() {
        let settings = SignInSettings {
            issuer: Issuer::Entra { cloud: Cloud::UsGovernment, tenant: EntraTenant::Organizations },
            client_id: "usher".to_owned(),
            tenants: vec!["t1".to_owned()],
            step_up: Some("c1".to_owned()),
            scopes: Vec::new(),
        };
        let stored = serde_json::to_string(&settings).expect("settings are plain");
        expect![[r#"{"issuer":{"entra":{"cloud":"us-government","tenant":"organizations"}},"client_id":"usher","tenants":["t1"],"step_up":"c1","scopes":[]}"#]]
            .assert_eq(&stored);
        assert_eq!(serde_json::from_str::<SignInSettings>(&stored).expect("reads"), settings);
        let short = r#"{"issuer":{"other":{"url":"https://id.example"}},"client_id":"usher"}"#;
        let read: SignInSettings = serde_json::from_str(short).expect("what is missing has a default");
        assert_eq!(read.issuer, Issuer::Other { url: "https://id.example".to_owned() });
        assert!(read.tenants.is_empty() && read.step_up.is_none());
    }

    #[test]
    fn printing_a_person_shows_no_personal_data_data_4() {
        let rita = SignedIn {
            subject: Subject { tenant: "t1".to_owned(), object: "o1".to_owned() },
            name: "Rita Frei".to_owned(),
            username: "rita@contoso.example".to_owned(),
            email: Some("rita@contoso.example".to_owned()),
            signed_in_at: Timestamp(1),
            contexts: BTreeSet::new(),
        };
        let shown = format!("{rita:?}");
        assert!(shown.contains("o1") && !shown.contains("Rita") && !shown.contains("contoso"), "{shown}");
    }

    #[test]
    fn every_fact_has_a_name_of_its_own() {
        let ids: BTreeSet<&str> = FactKind::ALL.iter().map(|kind| kind.id()).collect();
        assert_eq!(ids.len(), FactKind::ALL.len());
    }

    #[test]
    fn graph_is_asked_in_the_cloud_of_the_tenant() {
        let resource = Resource::graph(Cloud::China, &["User.Read.All", "Group.Read.All"]);
        assert_eq!(
            resource.scopes().collect::<Vec<_>>(),
            [
                "https://microsoftgraph.chinacloudapi.cn/Group.Read.All",
                "https://microsoftgraph.chinacloudapi.cn/User.Read.All"
            ]
        );
    }
}
