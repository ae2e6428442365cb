//! Sign-in in memory, for tests: plays what it was told, and asks no issuer. What was asked of it can be looked at.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use engine::Timestamp;
use tokio::sync::watch;
use zeroize::Zeroizing;

use crate::sign_in::{
    AccessToken, DeviceCode, Ended, Endings, FactKind, Observe, Resource, SignIn, SignInFact, SignInProblem,
    SignInSettings, SignInState, SignedIn, Subject, TokenProblem, Wants, Way, Why,
};

/// Sign-in that plays a script. A sign-in ends with the next answer of the script; where that is empty it stays underway
/// until [`MemorySignIn::answer`].
pub struct MemorySignIn {
    state: watch::Sender<SignInState>,
    endings: Endings,
    observe: Option<Observe>,
    played: Mutex<Played>,
}

#[derive(Default)]
struct Played {
    settings: Option<SignInSettings>,
    script: VecDeque<Ended>,
    begun: Vec<Wants>,
    tokens: HashMap<Resource, VecDeque<Result<String, TokenProblem>>>,
}

impl Default for MemorySignIn {
    fn default() -> MemorySignIn {
        MemorySignIn::new()
    }
}

impl MemorySignIn {
    /// Not set up.
    pub fn new() -> MemorySignIn {
        MemorySignIn {
            state: watch::Sender::new(SignInState::NotSetUp),
            endings: Endings::default(),
            observe: None,
            played: Mutex::default(),
        }
    }

    /// The same, telling what happens.
    pub fn observed(observe: Observe) -> MemorySignIn {
        MemorySignIn { observe: Some(observe), ..MemorySignIn::new() }
    }

    /// The next sign-in will end so.
    pub fn will(&self, answer: Result<SignedIn, Why>) {
        self.played().script.push_back(answer.map(Arc::new).map_err(SignInProblem::from));
    }

    /// The sign-in underway ends so.
    pub fn answer(&self, answer: Result<SignedIn, Why>) {
        self.end_with(answer.map(Arc::new).map_err(SignInProblem::from));
    }

    /// The next token for this is this one, or not to be had. Without a script there is a token, `token-of-memory`, whenever
    /// somebody is signed in.
    pub fn will_give(&self, resource: &Resource, token: Result<&str, TokenProblem>) {
        let token = token.map(str::to_owned);
        self.played().tokens.entry(resource.clone()).or_default().push_back(token);
    }

    /// Sets the state as it is needed, such as offline.
    pub fn set(&self, state: SignInState) {
        self.becomes(state);
    }

    /// What was asked of [`SignIn::begin`] so far.
    pub fn begun(&self) -> Vec<Wants> {
        self.played().begun.clone()
    }

    fn played(&self) -> MutexGuard<'_, Played> {
        self.played.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, kind: FactKind, subject: Option<Subject>, code: Option<&'static str>) {
        if let Some(observe) = &self.observe {
            observe(SignInFact { at: Timestamp(0), kind, subject, code });
        }
    }

    fn end_with(&self, answer: Ended) {
        let before = match self.state.borrow().clone() {
            SignInState::Underway { who, .. } => who,
            SignInState::NotSetUp | SignInState::SignedOut { .. } | SignInState::SignedIn { .. } => return,
        };
        let answer = match (answer, &before) {
            (Ok(new), Some(old)) if new.subject != old.subject => Err(Why::WrongPerson.into()),
            (answer, _) => answer,
        };
        match &answer {
            Ok(who) => self.tell(FactKind::Succeeded, Some(who.subject.clone()), None),
            Err(problem) => self.tell(FactKind::Refused, None, Some(problem.code)),
        }
        let state = match (&answer, before) {
            (Ok(who), _) => SignInState::SignedIn { who: who.clone(), offline_since: None },
            (Err(_), Some(who)) => SignInState::SignedIn { who, offline_since: None },
            (Err(problem), None) => SignInState::SignedOut { why: Some(problem.clone()) },
        };
        self.endings.tell(answer);
        self.state.send_replace(state);
    }

    fn becomes(&self, state: SignInState) {
        self.endings.forget();
        self.state.send_replace(state);
    }
}

#[async_trait]
impl SignIn for MemorySignIn {
    fn state(&self) -> watch::Receiver<SignInState> {
        self.state.subscribe()
    }

    fn settings(&self) -> Option<SignInSettings> {
        self.played().settings.clone()
    }

    async fn set_up(&self, settings: Option<SignInSettings>) -> Result<(), SignInProblem> {
        if let Some(settings) = &settings
            && settings.client_id.trim().is_empty()
        {
            return Err(Why::ConfigInvalid.with("the application's id is empty"));
        }
        self.cancel().await;
        let before = std::mem::replace(&mut self.played().settings, settings.clone());
        if before != settings {
            self.becomes(match settings {
                Some(_) => SignInState::SignedOut { why: None },
                None => SignInState::NotSetUp,
            });
        }
        Ok(())
    }

    async fn begin(&self, wants: Wants) -> Result<(), SignInProblem> {
        if self.played().settings.is_none() {
            return Err(Why::NotSetUp.into());
        }
        self.cancel().await;
        let who = self.state.borrow().who().cloned();
        let code = match wants.way {
            Way::Browser => None,
            Way::Device => Some(DeviceCode {
                user_code: "MEMO-RY42".to_owned(),
                verification_uri: "https://issuer.example/device".to_owned(),
            }),
        };
        let link = "https://issuer.example/authorize".to_owned();
        self.state.send_replace(SignInState::Underway { link, code, who });
        self.tell(FactKind::Begun, None, None);
        let next = {
            let mut played = self.played();
            played.begun.push(wants);
            played.script.pop_front()
        };
        if let Some(answer) = next {
            self.end_with(answer);
        }
        Ok(())
    }

    async fn finished(&self) -> Ended {
        self.endings.finished(&self.state).await
    }

    async fn cancel(&self) {
        self.end_with(Err(Why::Cancelled.into()));
    }

    async fn sign_out(&self) -> Result<(), SignInProblem> {
        self.cancel().await;
        let who = self.state.borrow().who().cloned();
        if let Some(who) = who {
            self.becomes(SignInState::SignedOut { why: None });
            self.tell(FactKind::SignedOut, Some(who.subject.clone()), None);
        }
        Ok(())
    }

    async fn end(&self, why: SignInProblem) {
        self.cancel().await;
        let who = self.state.borrow().who().cloned();
        if let Some(who) = who {
            let code = why.code;
            self.becomes(SignInState::SignedOut { why: Some(why) });
            self.tell(FactKind::Ended, Some(who.subject.clone()), Some(code));
        }
    }

    async fn token(&self, for_: &Resource) -> Result<AccessToken, TokenProblem> {
        if self.state.borrow().who().is_none() {
            return Err(TokenProblem::SignedOut);
        }
        let next = self.played().tokens.get_mut(for_).and_then(VecDeque::pop_front);
        let token = next.unwrap_or_else(|| Ok("token-of-memory".to_owned()))?;
        Ok(AccessToken::new(Zeroizing::new(token)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::future::ready;
    use std::pin::pin;
    use std::sync::Arc;

    use engine::Timestamp;

    use super::{MemorySignIn, SignIn, SignInSettings, SignedIn, Wants, Why};
    use crate::sign_in::{Issuer, Resource, SignInState, Subject, TokenProblem};

    fn person(object: &str) -> SignedIn {
        SignedIn {
            subject: Subject { tenant: "t1".to_owned(), object: object.to_owned() },
            name: "Rita Frei".to_owned(),
            username: "rita@contoso.example".to_owned(),
            email: None,
            signed_in_at: Timestamp(1),
            contexts: BTreeSet::new(),
        }
    }

    async fn set_up() -> MemorySignIn {
        let sign_in = MemorySignIn::new();
        let settings = SignInSettings {
            issuer: Issuer::Other { url: "https://issuer.example".to_owned() },
            client_id: "usher".to_owned(),
            tenants: Vec::new(),
            step_up: None,
            scopes: Vec::new(),
        };
        sign_in.set_up(Some(settings)).await.expect("it takes any settings");
        sign_in
    }

    #[tokio::test]
    async fn a_sign_in_ends_as_the_script_says() {
        let sign_in = set_up().await;
        assert_eq!(sign_in.token(&Resource::of(["a"])).await.err(), Some(TokenProblem::SignedOut));
        sign_in.will(Err(Why::WrongTenant));
        sign_in.will(Ok(person("o1")));
        sign_in.begin(Wants::default()).await.expect("begins");
        assert_eq!(sign_in.finished().await.map_err(|problem| problem.code), Err("sign-in.wrong-tenant"));
        sign_in.begin(Wants::default()).await.expect("begins");
        assert_eq!(sign_in.finished().await.map(|who| who.subject.object.clone()), Ok("o1".to_owned()));
        assert!(sign_in.token(&Resource::of(["a"])).await.is_ok());
        sign_in.sign_out().await.expect("signs out");
        assert_eq!(sign_in.finished().await.map_err(|problem| problem.code), Err("sign-in.signed-out"));
    }

    #[tokio::test]
    async fn who_waits_for_a_sign_in_hears_of_that_one_though_the_next_has_taken_its_place_id_1() {
        let sign_in = Arc::new(set_up().await);
        sign_in.begin(Wants::default()).await.expect("begins");
        let mut first = pin!(sign_in.finished());
        assert!(poll_once(&mut first).await.is_none(), "nothing has ended it");
        sign_in.cancel().await;
        sign_in.begin(Wants::default()).await.expect("begins");
        let ended = poll_once(&mut first).await.expect("the first has ended");
        assert_eq!(ended.map_err(|problem| problem.code), Err("sign-in.cancelled"));
    }

    async fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
        tokio::select! {
            biased;
            output = future => Some(output),
            () = ready(()) => None,
        }
    }

    #[tokio::test]
    async fn a_step_up_that_fails_takes_no_session_away_id_3() {
        let sign_in = Arc::new(set_up().await);
        sign_in.will(Ok(person("o1")));
        sign_in.begin(Wants::default()).await.expect("begins");
        let step_up = Wants { context: Some("c1".to_owned()), ..Wants::default() };
        sign_in.begin(step_up.clone()).await.expect("begins");
        assert!(matches!(*sign_in.state().borrow(), SignInState::Underway { who: Some(_), .. }));
        let waits = tokio::spawn({
            let sign_in = sign_in.clone();
            async move { sign_in.finished().await }
        });
        tokio::task::yield_now().await;
        sign_in.answer(Ok(person("somebody else")));
        let ended = waits.await.expect("the task ends");
        assert_eq!(ended.map_err(|problem| problem.code), Err("sign-in.wrong-person"));
        assert_eq!(
            sign_in.state().borrow().who().map(|who| who.subject.object.clone()),
            Some("o1".to_owned())
        );
        assert_eq!(sign_in.begun(), [Wants::default(), step_up]);
    }
}
