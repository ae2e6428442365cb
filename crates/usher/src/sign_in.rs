//! `usher sign-in`: signs a person in on a computer without a browser. A code is shown, and typed on any other device; the
//! session then stands in the keychain, where `usher serve` takes it up. Reads how to sign in from the store, and writes what
//! happened into its access log; what cannot be written there is taken back (ID-7).

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use contracts::sign_in::{FactKind, OpenBrowser, SignIn, SignInFact, SignInProblem, SignInState, Wants, Way};
use identity::Keychain;
use identity::oidc::{Oidc, Options, secret_name};
use tokio::sync::mpsc;

use crate::given::{KeyArguments, newest_seen};
use crate::outcome::Failed;
use crate::working::on_disk;

/// The longest a keychain is waited for: it may ask its user for a password first.
const KEYCHAIN_TIME: Duration = Duration::from_secs(60);

#[derive(clap::Args)]
pub(crate) struct SignInArguments {
    /// Signs out instead: forgets the session in the keychain, and tells the sign-in service where it wants to know.
    #[arg(long)]
    out: bool,
    /// Where data is kept [default: the user's own data folder].
    #[arg(long)]
    data_dir: Option<PathBuf>,
    #[command(flatten)]
    key: KeyArguments,
}

/// There is none on this computer, or it is not to be used.
struct NoBrowser;

impl OpenBrowser for NoBrowser {
    fn open(&self, _: &str) -> Result<(), String> {
        Err("this program opens no browser".to_owned())
    }
}

pub(crate) async fn run(arguments: SignInArguments) -> Result<(), Failed> {
    let directory = alone::data_dir(arguments.data_dir)?;
    let store = upkeep::key_file(&directory)?.store_id();
    let given = arguments.key;
    let key = Arc::new(on_disk(move || given.find(store)).await?);
    let (folder, opens) = (directory.clone(), key.clone());
    let settings = on_disk(move || Ok(upkeep::settings(&folder, &opens, newest_seen(store))?)).await?;
    let how = app::session::sign_in_settings(settings.as_ref()).await.map_err(anyhow::Error::from)?;
    // The store is free for a console while somebody looks for her telephone.
    drop(settings);
    if how.is_none() {
        return Err(refused(contracts::sign_in::Why::NotSetUp.into()));
    }
    let keychain = Arc::new(Keychain::new());
    let (tell, mut facts) = mpsc::unbounded_channel();
    // Nobody listens any more once it is over.
    let observe = Arc::new(move |fact| drop(tell.send(fact)));
    let oidc =
        Oidc::open(Options::new(how, keychain, secret_name(store), Arc::new(NoBrowser), observe)).await;
    let (done, mut happened) = if arguments.out {
        let done = sign_out(&oidc).await;
        // The keychain is done with it then.
        oidc.shut_down().await;
        (done, Vec::new())
    } else {
        let mut happened = Vec::new();
        let done = by_code(&oidc).await;
        let kept = if done.is_ok() { is_kept(&mut facts, &mut happened).await } else { Ok(()) };
        (kept.and(done), happened)
    };
    while let Ok(fact) = facts.try_recv() {
        happened.push(fact);
    }
    let past = on_disk(move || Ok(upkeep::past(&directory, &key, newest_seen(store))?)).await;
    let written = match past {
        Ok(past) => write_down(&happened, &past).await,
        Err(error) => Err(error),
    };
    if let Err(error) = written {
        oidc.end(contracts::sign_in::Why::AccessEnded.into()).await;
        oidc.shut_down().await;
        eprintln!("This could not be written into the access log, so nobody is signed in.");
        return Err(error);
    }
    oidc.shut_down().await;
    println!("{}", done?);
    Ok(())
}

/// Waits until the keychain has the session, or has refused it: without it, it would end with this program.
async fn is_kept(
    facts: &mut mpsc::UnboundedReceiver<SignInFact>,
    happened: &mut Vec<SignInFact>,
) -> Result<(), Failed> {
    loop {
        let fact = tokio::time::timeout(KEYCHAIN_TIME, facts.recv()).await.ok().flatten();
        let kind = fact.as_ref().map(|fact| fact.kind);
        happened.extend(fact);
        match kind {
            Some(FactKind::CredentialStored) => return Ok(()),
            Some(FactKind::CredentialFailed) | None => {
                return Err(refused(contracts::sign_in::Why::Keychain.into()));
            }
            Some(
                FactKind::Begun
                | FactKind::Succeeded
                | FactKind::Refused
                | FactKind::StrangeAnswer
                | FactKind::TokenRefreshed
                | FactKind::TokenRefused
                | FactKind::SignedOut
                | FactKind::Ended
                | FactKind::CredentialRemoved,
            ) => {}
        }
    }
}

async fn write_down(happened: &[SignInFact], past: &upkeep::Past) -> Result<(), Failed> {
    for fact in happened {
        let entry = app::session::entry_of(fact, past.roster.as_ref(), past.access_log.as_ref()).await;
        past.access_log.append(entry).await.map_err(anyhow::Error::from)?;
    }
    Ok(())
}

/// Gives what to say of it.
async fn sign_out(oidc: &Oidc) -> Result<String, Failed> {
    oidc.sign_out().await.map_err(refused)?;
    Ok("Signed out.".to_owned())
}

/// The same.
async fn by_code(oidc: &Oidc) -> Result<String, Failed> {
    oidc.begin(Wants { way: Way::Device, ..Wants::default() }).await.map_err(refused)?;
    if let Some(text) = instructions(&oidc.state().borrow()) {
        println!("{text}");
    }
    tokio::select! {
        ended = oidc.finished() => {
            let who = ended.map_err(refused)?;
            Ok(format!("Signed in as {} ({}).", who.name, who.username))
        }
        _ = tokio::signal::ctrl_c() => {
            oidc.cancel().await;
            Err(Failed::cancelled("the sign-in was given up"))
        }
    }
}

/// What to do on the other device.
fn instructions(state: &SignInState) -> Option<String> {
    match state {
        SignInState::Underway { code: Some(code), .. } => Some(format!(
            "On any device, open {} and type {}\nWaiting for you there (Ctrl+C gives up) …",
            code.verification_uri, code.user_code
        )),
        SignInState::Underway { code: None, .. }
        | SignInState::NotSetUp
        | SignInState::SignedOut { .. }
        | SignInState::SignedIn { .. } => None,
    }
}

fn refused(problem: SignInProblem) -> Failed {
    Failed::from(anyhow::anyhow!("{} [{}]", problem.message, problem.code))
}

#[cfg(test)]
mod tests {
    use contracts::sign_in::{DeviceCode, SignInState};
    use expect_test::expect;

    use super::instructions;

    #[test]
    fn it_says_where_to_type_the_code() {
        let code = DeviceCode {
            user_code: "WDJB-MJHT".into(),
            verification_uri: "https://id.example/device".into(),
        };
        let state =
            SignInState::Underway { link: "https://id.example/device?c".into(), code: Some(code), who: None };
        expect![[r#"
            On any device, open https://id.example/device and type WDJB-MJHT
            Waiting for you there (Ctrl+C gives up) …"#]]
        .assert_eq(&instructions(&state).expect("underway"));
        assert_eq!(instructions(&SignInState::NotSetUp), None);
    }
}
