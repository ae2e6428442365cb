//! Secrets in the keychain of the operating system: Credential Manager on Windows, Keychain on macOS, Secret Service
//! (GNOME Keyring, KWallet) on Linux. Where there is none it says so and what to do; it never falls back to a file.
//! For the user who goes on without one there is [`crate::SessionSecrets`], which forgets at exit.

use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use contracts::secrets::{Secret, SecretError, Secrets};
use keyring_core::{CredentialStore, Entry, Error};

/// Under which name the keychain shows our secrets to the user.
const SERVICE: &str = "Usher";
/// How long one may take: a keychain may ask its user for a password, and a locked one without a screen never answers.
const PATIENCE: Duration = Duration::from_secs(60);

/// The keychain of the operating system.
#[derive(Clone, Debug)]
pub struct Keychain {
    service: String,
    patience: Duration,
    line: Arc<Line>,
}

/// The line to the system's service. Taken up when it is needed, and again when the service was started anew: a service that
/// comes or comes back while Usher runs is found by the next try.
#[derive(Debug, Default)]
struct Line(Mutex<Option<Arc<CredentialStore>>>);

impl Default for Keychain {
    fn default() -> Keychain {
        Keychain::new()
    }
}

impl Keychain {
    /// Usher's own secrets.
    pub fn new() -> Keychain {
        Keychain::of(SERVICE, PATIENCE)
    }

    /// Secrets of another service, waiting at most this long for the keychain.
    pub fn of(service: &str, patience: Duration) -> Keychain {
        Keychain { service: service.to_owned(), patience, line: Arc::default() }
    }

    /// Why secrets cannot be kept here, in words for the user; `None` where they can. A locked keychain counts as there:
    /// it unlocks itself when it is needed.
    pub fn problem(&self) -> Option<String> {
        match self.get("usher.probe") {
            Ok(_) => None,
            Err(SecretError::Locked(words) | SecretError::Unavailable(words)) => Some(words),
        }
    }

    /// Does it on a thread of its own, so that a keychain that never answers costs a thread and not the program.
    fn ask<T: Send + 'static>(
        &self,
        name: &str,
        act: impl Fn(&Entry) -> Result<T, Error> + Send + 'static,
    ) -> Result<Option<T>, SecretError> {
        let (answer, answered) = mpsc::channel();
        let (service, name, line) = (self.service.clone(), name.to_owned(), self.line.clone());
        let work = move || {
            let outcome = line.ask(|store| store.build(&service, &name, None).and_then(|entry| act(&entry)));
            // Nobody listens any more once patience has run out.
            let _ = answer.send(outcome);
        };
        thread::Builder::new().name("keychain".to_owned()).spawn(work).map_err(unavailable)?;
        match answered.recv_timeout(self.patience) {
            Ok(Ok(value)) => Ok(Some(value)),
            Ok(Err(Error::NoEntry)) => Ok(None),
            Ok(Err(error)) => Err(explain(&error)),
            Err(mpsc::RecvTimeoutError::Timeout) => Err(SecretError::Locked(
                "it did not answer; look for a window that asks for its password, then try again".to_owned(),
            )),
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(unavailable("it failed inside; try again")),
        }
    }
}

impl Line {
    fn ask<T>(&self, act: impl Fn(&CredentialStore) -> Result<T, Error>) -> Result<T, Error> {
        if let Some(known) = self.known() {
            match act(&*known) {
                // Perhaps the service knows nothing any more of the session it had with us.
                Err(Error::PlatformFailure(_)) => self.set(None),
                answered => return answered,
            }
        }
        let fresh: Arc<CredentialStore> = connect()?;
        let answered = act(&*fresh);
        if !matches!(answered, Err(Error::PlatformFailure(_))) {
            self.set(Some(fresh));
        }
        answered
    }

    fn known(&self) -> Option<Arc<CredentialStore>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, store: Option<Arc<CredentialStore>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = store;
    }
}

#[cfg(target_os = "macos")]
fn connect() -> Result<Arc<CredentialStore>, Error> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

#[cfg(target_os = "windows")]
fn connect() -> Result<Arc<CredentialStore>, Error> {
    Ok(windows_native_keyring_store::Store::new()?)
}

#[cfg(all(unix, not(target_os = "macos")))]
fn connect() -> Result<Arc<CredentialStore>, Error> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}

impl Secrets for Keychain {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        self.ask(name, |entry| entry.get_secret().map(Secret::new))
    }

    fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
        let secret = Secret::new(secret.danger_expose().to_vec());
        match self.ask(name, move |entry| entry.set_secret(secret.danger_expose()))? {
            Some(()) => Ok(()),
            // Seen where the Secret Service has no collection to put things into.
            None => Err(unavailable("it has no place for secrets; create a default keyring and try again")),
        }
    }

    fn forget(&self, name: &str) -> Result<(), SecretError> {
        self.ask(name, Entry::delete_credential).map(Option::unwrap_or_default)
    }
}

fn unavailable(words: impl ToString) -> SecretError {
    SecretError::Unavailable(words.to_string())
}

/// What to do about it. The keychain's own words follow, for the one who must find out why.
fn explain(error: &Error) -> SecretError {
    match error {
        Error::NoStorageAccess(cause) => {
            SecretError::Locked(format!("it is locked or refused access; unlock it and try again ({cause})"))
        }
        other => unavailable(format!("{NO_SERVICE} ({other})")),
    }
}

#[cfg(target_os = "linux")]
const NO_SERVICE: &str = "no keychain answers in this session; log in to a desktop with GNOME Keyring or KWallet \
                          (package gnome-keyring), then try again";
#[cfg(not(target_os = "linux"))]
const NO_SERVICE: &str = "the system's keychain does not work; try again";
