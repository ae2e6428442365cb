//! What several commands are told in the same words: where the data is, which key opens it, which target is meant. Does none
//! of the commands' work.

use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};

use backup::{Credentials, Declared, Jurisdiction, Place, Plan, Residency, StatusFile, StoreId, Target};
use contracts::secrets::Secrets;
use identity::Keychain;
use upkeep::{StoreKey, Witness};
use zeroize::Zeroizing;

use crate::outcome::Failed;

/// The secret of a target, for where no keychain is.
const SECRET_VARIABLE: &str = "USHER_BACKUP_SECRET";
/// Bytes of a file with a secret.
const SECRET_BYTES_MAX: u64 = 16 << 10;

/// Which key opens the store. Without any of these: the one in the keychain, else the recovery key is asked for.
#[derive(clap::Args, Clone)]
pub(crate) struct KeyArguments {
    /// Opens the store with the key in this file (32 bytes as hexadecimal digits or Base64) instead of the keychain's.
    #[arg(long, value_name = "FILE")]
    store_key: Option<PathBuf>,
    /// Opens the store with the recovery key in this file (24 words).
    #[arg(long, value_name = "FILE", conflicts_with = "store_key")]
    recovery_key_file: Option<PathBuf>,
}

impl KeyArguments {
    /// The key at hand for this store. May ask the keychain and the person: call on a blocking thread.
    pub(crate) fn find(&self, store: StoreId) -> Result<StoreKey, Failed> {
        if let Some(file) = &self.store_key {
            return Ok(StoreKey::in_file(file)?);
        }
        if let Some(file) = &self.recovery_key_file {
            return Ok(StoreKey::in_recovery_file(file)?);
        }
        let why = match StoreKey::in_keychain(store, &Keychain::new()) {
            Ok(Some(key)) => return Ok(key),
            Ok(None) => format!("the keychain of this computer has no key of store {store}"),
            Err(error) => error.to_string(),
        };
        if !std::io::stdin().is_terminal() {
            let ways = "name a file with --recovery-key-file or --store-key";
            return Err(Failed::no_key(format!("{why}: {ways}")));
        }
        eprintln!("{why}.");
        eprint!("Recovery key (24 words): ");
        let mut typed = Zeroizing::new(String::with_capacity(512));
        std::io::stdin().lock().read_line(&mut typed)?;
        Ok(StoreKey::of_words(&typed)?)
    }
}

/// What a target needs beside its address.
#[derive(clap::Args, Clone)]
pub(crate) struct TargetArguments {
    /// The cloud's name of the region the target lies in (eu-central-2, switzerlandnorth).
    #[arg(long)]
    region: Option<String>,
    /// The country the target is in, where no region of a cloud says so: a folder elsewhere, a server of one's own (CH, DE).
    #[arg(long)]
    located: Option<Jurisdiction>,
    /// Address of a server that speaks S3 or Azure Blob and is neither Amazon's nor Microsoft's.
    #[arg(long)]
    endpoint: Option<String>,
    /// Access key id of S3.
    #[arg(long, default_value = "")]
    key_id: String,
    /// File with the secret of the target: secret access key, account key or shared access signature [else the variable
    /// USHER_BACKUP_SECRET, else the keychain].
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
}

/// Where the deployment is.
#[derive(clap::Args, Clone)]
pub(crate) struct ResidencyArguments {
    /// The country, or a region in it, in which this deployment declares its data to be; targets elsewhere are refused.
    #[arg(long)]
    home: Option<Jurisdiction>,
    /// Another one, where it may recover.
    #[arg(long, requires = "home")]
    recovery: Option<Jurisdiction>,
}

impl TargetArguments {
    fn place(&self, address: &str) -> Result<Place, Failed> {
        let TargetArguments { region, located, endpoint, .. } = self.clone();
        Ok(Place::parse(address, Declared { region, located, endpoint })?)
    }

    fn credentials(&self, place: &Place, store: Option<StoreId>) -> Result<Credentials, Failed> {
        if let Place::Folder { .. } = place {
            return Ok(Credentials::None);
        }
        if let Some(file) = &self.secret_file {
            let about = std::fs::metadata(file)?;
            if about.len() > SECRET_BYTES_MAX {
                return Err(Failed::misplaced(format!("{} is no file with a secret", file.display())));
            }
            let secret = Zeroizing::new(std::fs::read_to_string(file)?);
            return Ok(Credentials::of(place, &self.key_id, Zeroizing::new(secret.trim().to_owned())));
        }
        if let Ok(secret) = std::env::var(SECRET_VARIABLE) {
            return Ok(Credentials::of(place, &self.key_id, Zeroizing::new(secret)));
        }
        let kept =
            store.and_then(|store| Keychain::new().get(&upkeep::target_secret_name(store)).ok().flatten());
        let kept = kept.and_then(|kept| upkeep::TargetSecret::parse(kept.danger_expose()));
        let Some(kept) = kept else {
            let ways = format!("name its secret with --secret-file or in {SECRET_VARIABLE}");
            return Err(Failed::from(backup::BackupError::Denied(format!("{place}: {ways}"))));
        };
        Ok(Credentials::of(place, &kept.key_id, kept.secret))
    }

    /// A target to look at or to restore from: the one that is named, else the one that is planned.
    pub(crate) fn find(&self, named: Option<&str>, directory: Option<&Path>) -> Result<Target, Failed> {
        let planned =
            || directory.and_then(|directory| StatusFile::of(directory).plan()).map(|plan| plan.place);
        let place = match named {
            Some(address) => self.place(address)?,
            None => planned().ok_or_else(no_plan)?,
        };
        let store =
            directory.and_then(|directory| upkeep::key_file(directory).ok()).map(|file| file.store_id());
        Ok(Target::open_anywhere(&place, self.credentials(&place, store)?)?)
    }

    /// The plan for backups: what is named, else what was planned.
    pub(crate) fn plan(
        &self,
        named: Option<&str>,
        residency: &ResidencyArguments,
        directory: &Path,
    ) -> Result<Plan, Failed> {
        let planned = StatusFile::of(directory).plan();
        let declared = residency.home.map(|home| Residency { home, recovery: residency.recovery });
        match (named, planned) {
            (None, Some(plan)) => Ok(Plan { residency: declared.unwrap_or(plan.residency), ..plan }),
            (None, None) => Err(no_plan()),
            (Some(address), planned) => {
                let residency = declared.or_else(|| planned.map(|plan| plan.residency)).ok_or_else(|| {
                    Failed::misplaced("say in which country this deployment keeps its data (--home CH)")
                })?;
                Ok(Plan { place: self.place(address)?, residency })
            }
        }
    }

    /// The target of a plan, if the deployment may keep its data there.
    pub(crate) fn open(&self, plan: &Plan, store: StoreId) -> Result<Target, Failed> {
        plan.place.check(&plan.residency)?;
        let credentials = self.credentials(&plan.place, Some(store))?;
        Ok(Target::open(&plan.place, credentials, &plan.residency)?)
    }
}

/// The newest state of the store that the keychain of this computer knows of; none where there is no keychain.
pub(crate) fn newest_seen(store: StoreId) -> Option<Witness> {
    upkeep::seen(&Keychain::new(), store).ok().flatten()
}

fn no_plan() -> Failed {
    Failed::nothing("no backup is planned: name a target with --to, or set one up with `usher backup plan`")
}

/// The store that is meant: named, else that of the data directory, else the only one in the target.
pub(crate) async fn store_in(
    target: &Target,
    named: Option<StoreId>,
    directory: Option<&Path>,
) -> Result<StoreId, Failed> {
    if let Some(named) = named {
        return Ok(named);
    }
    if let Some(file) = directory.and_then(|directory| upkeep::key_file(directory).ok()) {
        return Ok(file.store_id());
    }
    let stores = target.stores().await?;
    let mut each = stores.iter();
    match (each.next(), each.next()) {
        (None, _) => Err(Failed::nothing(format!("there is no backup in {target}"))),
        (Some(only), None) => Ok(*only),
        (Some(_), Some(_)) => {
            let names: Vec<String> = stores.iter().map(ToString::to_string).collect();
            Err(Failed::nothing(format!(
                "{target} holds several stores, name one with --store: {}",
                names.join(", ")
            )))
        }
    }
}
