//! Where backups are kept: a folder, an S3-compatible service or Azure Blob storage. Checks that the place lies where the
//! deployment may keep its data, and opens it. Nothing that is there is ever written over. Knows no format; credentials come
//! from the caller and are shown to nobody but the service.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path as FilePath, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use data_encoding::HEXLOWER;
use futures::TryStreamExt;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::client::{HttpClient, HttpConnector};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    BackoffConfig, ClientOptions, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, RetryConfig,
};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use url::{Host, Url};
use vault::keys::StoreId;
use zeroize::Zeroizing;

use crate::error::BackupError;
use crate::jurisdiction::{Cloud, Jurisdiction, Residency};
use crate::layout::{
    ChainName, Hash, Moment, ObjectName, chain_folder, keys_folder, sealed_folder, serde_as_text,
};

/// How long one object may take: 8 MiB at half a megabit a second.
const REQUEST: Duration = Duration::from_secs(150);
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// A request is tried again this often by the client; the schedule tries the whole backup again later.
const RETRIES: usize = 3;
/// A creation is tried this often: its client does not, since it cannot know that ours do no harm twice.
const CREATE_TRIES: u32 = 3;
const CREATE_PAUSE: Duration = Duration::from_millis(200);
/// Objects of a folder that are listed. Two chains have some thousand, and sealed files up to ten parts each.
const LISTED_MAX: usize = 2_000_000;

/// A server of one's own, or of a provider whose regions are not in our table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Its address.
    pub url: EndpointUrl,
    /// Where it stands, as the administrator declares.
    pub located: Jurisdiction,
}

/// The address of a server: `https`, or `http` on this computer. Plain `http` would show the signatures of the credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointUrl(Url);

impl FromStr for EndpointUrl {
    type Err = String;
    fn from_str(text: &str) -> Result<EndpointUrl, String> {
        let url =
            Url::parse(text).map_err(|error| format!("the endpoint {text} is not an address: {error}"))?;
        let is_here = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
            return Err("an endpoint holds no credentials".to_owned());
        }
        match url.scheme() {
            "https" => Ok(EndpointUrl(url)),
            "http" if is_here => Ok(EndpointUrl(url)),
            _ => Err("an endpoint begins with https://".to_owned()),
        }
    }
}

impl EndpointUrl {
    fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }
}

impl fmt::Display for EndpointUrl {
    /// Without the slash at its end, as the clients want it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

serde_as_text!(EndpointUrl);

/// An address of a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// A folder: another disk, a network share.
    Folder {
        /// It must be there.
        path: PathBuf,
        /// Where it stands; `None` is on the premises of the deployment.
        located: Option<Jurisdiction>,
    },
    /// Amazon S3 or something that speaks its language.
    S3 {
        /// The bucket.
        bucket: String,
        /// Folders in it, possibly empty.
        prefix: String,
        /// As requests are signed for; at Amazon it says where the bucket lies.
        region: String,
        /// Not Amazon's.
        endpoint: Option<Endpoint>,
    },
    /// Azure Blob storage.
    Azure {
        /// The storage account.
        account: String,
        /// The container.
        container: String,
        /// Folders in it, possibly empty.
        prefix: String,
        /// Microsoft's name of the account's region.
        region: String,
        /// Not Microsoft's.
        endpoint: Option<Endpoint>,
    },
}

/// What an administrator says of a place beside its address.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// The cloud's name of the region.
    pub region: Option<String>,
    /// Where it stands, when no region of a cloud says so.
    pub located: Option<Jurisdiction>,
    /// Address of a server that is neither Amazon's nor Microsoft's.
    pub endpoint: Option<String>,
}

impl Place {
    /// Reads `s3://bucket/folders`, `azure://account/container/folders` or the path of a folder.
    pub fn parse(address: &str, declared: Declared) -> Result<Place, BackupError> {
        let wrong = |words: &str| BackupError::Misplaced(format!("{address}: {words}"));
        let Declared { region, located, endpoint } = declared;
        let endpoint = match endpoint {
            Some(text) => {
                let url = text.parse().map_err(|words: String| wrong(&words))?;
                let located =
                    located.ok_or_else(|| wrong("say in which country this server stands (--located CH)"))?;
                Some(Endpoint { url, located })
            }
            None => None,
        };
        let region_of = |default: Option<&str>| {
            let given = region.clone().or_else(|| default.map(str::to_owned));
            given.ok_or_else(|| wrong("say in which region it lies (--region)"))
        };
        if let Some(rest) = address.strip_prefix("s3://") {
            let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            if bucket.is_empty() {
                return Err(wrong("write s3://bucket/folders"));
            }
            // What servers of one's own take when they know no regions.
            let region = region_of(endpoint.as_ref().map(|_| "us-east-1"))?;
            let (bucket, prefix) = (bucket.to_owned(), prefix.to_owned());
            return Ok(Place::S3 { bucket, prefix, region, endpoint });
        }
        if let Some(rest) = address.strip_prefix("azure://") {
            let mut parts = rest.splitn(3, '/');
            let (account, container) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
            if account.is_empty() || container.is_empty() {
                return Err(wrong("write azure://account/container/folders"));
            }
            return Ok(Place::Azure {
                account: account.to_owned(),
                container: container.to_owned(),
                prefix: parts.next().unwrap_or("").to_owned(),
                region: region_of(endpoint.as_ref().map(|_| ""))?,
                endpoint,
            });
        }
        if address.contains("://") || address.is_empty() {
            return Err(wrong("a target is s3://…, azure://… or the path of a folder"));
        }
        Ok(Place::Folder { path: PathBuf::from(address), located })
    }

    /// Refuses a place where the deployment may not keep its data, or of which nobody knows where it is.
    pub fn check(&self, residency: &Residency) -> Result<Jurisdiction, BackupError> {
        let there = match self {
            Place::Folder { located, .. } => located.unwrap_or(residency.home),
            Place::S3 { endpoint: Some(endpoint), .. } | Place::Azure { endpoint: Some(endpoint), .. } => {
                endpoint.located
            }
            Place::S3 { region, endpoint: None, .. } => known(Cloud::Aws, region)?,
            Place::Azure { region, endpoint: None, .. } => known(Cloud::Azure, region)?,
        };
        if residency.allows(there) {
            return Ok(there);
        }
        Err(BackupError::Misplaced(format!(
            "{self} lies in {there}, and the data of this deployment may be kept in {residency} only"
        )))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Folder { path, .. } => write!(f, "{}", path.display()),
            Place::S3 { bucket, prefix, .. } => write!(f, "s3://{bucket}/{prefix}"),
            Place::Azure { account, container, prefix, .. } => {
                write!(f, "azure://{account}/{container}/{prefix}")
            }
        }
    }
}

fn known(cloud: Cloud, region: &str) -> Result<Jurisdiction, BackupError> {
    Jurisdiction::of_region(cloud, region).ok_or_else(|| {
        BackupError::Misplaced(format!(
            "nobody knows in which country the region \"{region}\" lies, so nothing is kept there"
        ))
    })
}

/// What opens the door of a target. Never shown.
pub enum Credentials {
    /// A folder needs none.
    None,
    /// For S3.
    S3 {
        /// Access key id.
        key_id: String,
        /// Secret access key.
        secret: Zeroizing<String>,
        /// Of credentials that end soon.
        session: Option<Zeroizing<String>>,
    },
    /// The key of an Azure storage account, in Base64.
    AzureKey(Zeroizing<String>),
    /// A shared access signature: the query behind the address of a container.
    AzureSignature(Zeroizing<String>),
}

impl Credentials {
    /// Of what a person or a keychain gives for this place: for S3 an access key id and its secret; for Azure the key of the
    /// account, or a shared access signature, which is known by its `sig=`.
    pub fn of(place: &Place, key_id: &str, secret: Zeroizing<String>) -> Credentials {
        match place {
            Place::Folder { .. } => Credentials::None,
            Place::S3 { .. } => Credentials::S3 { key_id: key_id.to_owned(), secret, session: None },
            Place::Azure { .. } if secret.contains("sig=") => Credentials::AzureSignature(secret),
            Place::Azure { .. } => Credentials::AzureKey(secret),
        }
    }
}

/// A target that is open.
#[derive(Clone)]
pub struct Target {
    keeper: Keeper,
    prefix: Path,
    words: String,
}

/// Who keeps the objects.
#[derive(Clone)]
enum Keeper {
    Service(Arc<dyn ObjectStore>),
    /// Opened when it is asked for the first time that it is there: a disk may come later than the program.
    Folder {
        path: PathBuf,
        opened: Arc<OnceLock<LocalFileSystem>>,
    },
}

impl Target {
    /// Opens it, if the deployment may keep its data there. Asks nobody yet; whether it answers shows at the first request.
    /// Must be called inside a runtime.
    pub fn open(
        place: &Place,
        credentials: Credentials,
        residency: &Residency,
    ) -> Result<Target, BackupError> {
        place.check(residency)?;
        Target::open_anywhere(place, credentials)
    }

    /// Opens it wherever it is: to look at what is there and to restore it. A backup is not taken to it.
    pub fn open_anywhere(place: &Place, credentials: Credentials) -> Result<Target, BackupError> {
        let words = place.to_string();
        let misplaced = |error: object_store::Error| BackupError::Misplaced(format!("{words}: {error}"));
        match place {
            Place::Folder { path, .. } => {
                let keeper = Keeper::Folder { path: path.clone(), opened: Arc::default() };
                Ok(Target { keeper, prefix: Path::default(), words })
            }
            Place::S3 { bucket, prefix, region, endpoint } => {
                let Credentials::S3 { key_id, secret, session } = credentials else {
                    return Err(BackupError::Denied(format!("{words} needs an access key and its secret")));
                };
                let mut builder = AmazonS3Builder::new()
                    .with_bucket_name(bucket)
                    .with_region(region)
                    .with_access_key_id(key_id)
                    .with_secret_access_key(&*secret)
                    .with_retry(retries())
                    .with_client_options(options(endpoint.as_ref()))
                    .with_http_connector(Connector::to(endpoint.as_ref()));
                if let Some(session) = &session {
                    builder = builder.with_token(&**session);
                }
                if let Some(endpoint) = endpoint {
                    builder = builder.with_endpoint(endpoint.url.to_string());
                }
                let objects = builder.build().map_err(misplaced)?;
                Self::in_cloud(Arc::new(objects), prefix, words.clone())
            }
            Place::Azure { account, container, prefix, endpoint, .. } => {
                let builder = MicrosoftAzureBuilder::new()
                    .with_account(account)
                    .with_container_name(container)
                    .with_retry(retries())
                    .with_client_options(options(endpoint.as_ref()))
                    .with_http_connector(Connector::to(endpoint.as_ref()));
                let builder = match &credentials {
                    Credentials::AzureKey(key) => builder.with_access_key(&**key),
                    Credentials::AzureSignature(query) => builder.with_sas_authorization(pairs_of(query)),
                    Credentials::None | Credentials::S3 { .. } => {
                        let needs = "needs the key of its account or a shared access signature";
                        return Err(BackupError::Denied(format!("{words} {needs}")));
                    }
                };
                let builder = match endpoint {
                    Some(endpoint) => builder.with_endpoint(endpoint.url.to_string()),
                    None => builder,
                };
                let objects = builder.build().map_err(misplaced)?;
                Self::in_cloud(Arc::new(objects), prefix, words.clone())
            }
        }
    }

    /// A folder of this computer.
    pub fn in_folder(path: &FilePath) -> Result<Target, BackupError> {
        Target::open_anywhere(&Place::Folder { path: path.to_owned(), located: None }, Credentials::None)
    }

    /// Another object store. The caller has checked where it lies.
    pub fn around(objects: Arc<dyn ObjectStore>, words: &str) -> Target {
        Target { keeper: Keeper::Service(objects), prefix: Path::default(), words: words.to_owned() }
    }

    fn in_cloud(objects: Arc<dyn ObjectStore>, prefix: &str, words: String) -> Result<Target, BackupError> {
        let prefix =
            Path::parse(prefix).map_err(|error| BackupError::Misplaced(format!("{words}: {error}")))?;
        Ok(Target { keeper: Keeper::Service(objects), prefix, words })
    }

    /// The stores that have backups here.
    pub async fn stores(&self) -> Result<BTreeSet<StoreId>, BackupError> {
        let listed = self.objects()?.list_with_delimiter(Some(&self.prefix)).await.map_err(of_target)?;
        let name = |path: &Path| path.filename().and_then(|name| name.parse().ok());
        Ok(listed.common_prefixes.iter().filter_map(name).collect())
    }

    /// What is kept here of one store. Every request ends when it is cancelled; what is between requests does not, so that
    /// nothing is dropped while it writes to a disk.
    pub(crate) fn shelf(&self, store: StoreId, cancel: &CancellationToken) -> Shelf {
        let prefix = self.prefix.clone().join(store.to_string());
        Shelf { target: self.clone(), prefix, cancel: cancel.clone() }
    }

    /// Writes an object, reads it back and deletes it: whether backups can be kept here.
    pub async fn try_out(&self) -> Result<(), BackupError> {
        let objects = self.objects()?;
        let trial = vault::aead::nonce();
        let path = self.prefix.clone().join(format!("usher-trial-{}", HEXLOWER.encode(&trial)));
        objects.put(&path, trial.to_vec().into()).await.map_err(of_target)?;
        let read = async { objects.get(&path).await?.bytes().await };
        let read = read.await.map_err(of_target)?;
        objects.delete(&path).await.map_err(of_target)?;
        if *read == trial {
            return Ok(());
        }
        Err(BackupError::Unreachable(format!("{self} does not give back what was written to it")))
    }

    fn folder(&self) -> Option<&FilePath> {
        match &self.keeper {
            Keeper::Service(_) => None,
            Keeper::Folder { path, .. } => Some(path),
        }
    }

    /// The objects. A folder that is not there is not made: where a disk is missing, it must not come up on another one.
    fn objects(&self) -> Result<&dyn ObjectStore, BackupError> {
        let (path, opened) = match &self.keeper {
            Keeper::Service(objects) => return Ok(&**objects),
            Keeper::Folder { path, opened } => (path, opened),
        };
        if !path.is_dir() {
            return Err(BackupError::Unreachable(format!("the folder {} is not there", path.display())));
        }
        if opened.get().is_none() {
            let folder = LocalFileSystem::new_with_prefix(path).map_err(of_target)?.with_fsync(true);
            // Another request may have been faster; both mean the same folder.
            let _ = opened.set(folder);
        }
        Ok(opened.get().expect("it was just put there"))
    }
}

impl fmt::Display for Target {
    /// Its address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

fn retries() -> RetryConfig {
    RetryConfig { backoff: BackoffConfig::default(), max_retries: RETRIES, retry_timeout: REQUEST }
}

fn options(endpoint: Option<&Endpoint>) -> ClientOptions {
    ClientOptions::new().with_allow_http(Connector::to(endpoint).is_plain)
}

/// Makes the connections to a service. A redirection is never followed: it could lead into another country.
#[derive(Debug)]
struct Connector {
    /// Of a server on this computer.
    is_plain: bool,
}

impl Connector {
    fn to(endpoint: Option<&Endpoint>) -> Connector {
        Connector { is_plain: endpoint.is_some_and(|endpoint| endpoint.url.is_plain()) }
    }
}

impl HttpConnector for Connector {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        transport::use_our_tls();
        let mut client = reqwest::Client::builder()
            .user_agent(concat!("usher/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .tls_version_min(reqwest::tls::Version::TLS_1_2)
            .timeout(REQUEST)
            .connect_timeout(CONNECT)
            .https_only(!self.is_plain);
        if self.is_plain {
            client = client.no_proxy();
        }
        let client = client.build();
        let failed =
            |error: reqwest::Error| object_store::Error::Generic { store: "TLS", source: error.into() };
        client.map(HttpClient::new).map_err(failed)
    }
}

fn pairs_of(query: &str) -> Vec<(String, String)> {
    let query = query.trim().trim_start_matches('?');
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

fn of_target(error: object_store::Error) -> BackupError {
    BackupError::of_target(&error)
}

/// Whether an object was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Created {
    New,
    /// One of this name was there, and stays.
    WasThere,
}

/// An object as a listing shows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listed {
    pub(crate) name: ObjectName,
    pub(crate) bytes: u64,
    pub(crate) modified: Moment,
}

/// What an object turned out to be.
#[derive(Clone, Debug)]
pub(crate) enum Read {
    Whole(Vec<u8>),
    Missing,
    /// Longer than it may be.
    TooLong,
}

/// How an object is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    Missing,
    Damaged,
}

/// The part of a target that belongs to one store.
#[derive(Clone)]
pub(crate) struct Shelf {
    target: Target,
    prefix: Path,
    cancel: CancellationToken,
}

impl Shelf {
    /// Makes an object; one of the same name is left as it is.
    pub(crate) async fn create(&self, name: ObjectName, content: PutPayload) -> Result<Created, BackupError> {
        let path = name.path(&self.prefix);
        let mut tries = 1;
        loop {
            match self.ask(self.put_new(&path, content.clone())).await {
                Err(BackupError::Unreachable(_)) if tries < CREATE_TRIES => {
                    let pause = async {
                        tokio::time::sleep(CREATE_PAUSE * tries).await;
                        Ok(())
                    };
                    self.ask(pause).await?;
                    tries += 1;
                }
                answer => return answer,
            }
        }
    }

    async fn put_new(&self, path: &Path, content: PutPayload) -> Result<Created, BackupError> {
        let objects = self.target.objects()?;
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        match objects.put_opts(path, content.clone(), options).await {
            Ok(_) => Ok(Created::New),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(Created::WasThere),
            Err(_) if self.target.folder().is_some_and(|folder| !can_link(folder)) => {
                // Looks first, then renames into place. Two takers at one such folder could write over each other's
                // manifest; on one computer the store's own lock lets only one run.
                match objects.head(path).await {
                    Ok(_) => return Ok(Created::WasThere),
                    Err(object_store::Error::NotFound { .. }) => {}
                    Err(error) => return Err(of_target(error)),
                }
                objects.put(path, content).await.map(|_| Created::New).map_err(of_target)
            }
            Err(error) => Err(of_target(error)),
        }
    }

    /// Reads an object of at most `bytes_max`.
    pub(crate) async fn read(&self, name: ObjectName, bytes_max: u64) -> Result<Read, BackupError> {
        self.ask(async {
            let got = match self.target.objects()?.get(&name.path(&self.prefix)).await {
                Ok(got) => got,
                Err(object_store::Error::NotFound { .. }) => return Ok(Read::Missing),
                Err(error) => return Err(of_target(error)),
            };
            if got.meta.size > bytes_max {
                return Ok(Read::TooLong);
            }
            let mut bytes = Vec::with_capacity(got.meta.size as usize);
            let mut stream = got.into_stream();
            while let Some(chunk) = stream.try_next().await.map_err(of_target)? {
                if (bytes.len() + chunk.len()) as u64 > bytes_max {
                    return Ok(Read::TooLong);
                }
                bytes.extend_from_slice(&chunk);
            }
            Ok(Read::Whole(bytes))
        })
        .await
    }

    /// Reads an object of this size and holds it to the hash in its name.
    pub(crate) async fn fetch(
        &self,
        name: ObjectName,
        bytes: u64,
    ) -> Result<Result<Vec<u8>, Wrong>, BackupError> {
        Ok(match self.read(name, bytes).await? {
            Read::Whole(read) if name.hash().is_none_or(|hash| Hash::of(&read) == hash) => Ok(read),
            Read::Whole(_) | Read::TooLong => Err(Wrong::Damaged),
            Read::Missing => Err(Wrong::Missing),
        })
    }

    /// Makes an object that is named by its content, reads it back, and makes it anew where it is not what it should be:
    /// under such a name nothing else can be worth keeping.
    pub(crate) async fn keep(&self, name: ObjectName, content: PutPayload) -> Result<(), BackupError> {
        let bytes = content.content_length() as u64;
        let made = self.create(name, content.clone()).await?;
        if self.fetch(name, bytes).await?.is_ok() {
            return Ok(());
        }
        if made == Created::WasThere {
            self.delete(name).await?;
            self.create(name, content).await?;
            if self.fetch(name, bytes).await?.is_ok() {
                return Ok(());
            }
        }
        Err(BackupError::Unreachable(format!("{self} does not give back what was written to it")))
    }

    /// Deletes an object; none there is as good.
    pub(crate) async fn delete(&self, name: ObjectName) -> Result<(), BackupError> {
        let path = name.path(&self.prefix);
        self.ask(async {
            match self.target.objects()?.delete(&path).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
                Err(error) => Err(of_target(error)),
            }
        })
        .await
    }

    /// The chains, oldest first. One may hold nothing yet.
    pub(crate) async fn chains(&self) -> Result<BTreeSet<ChainName>, BackupError> {
        let list =
            async { self.target.objects()?.list_with_delimiter(Some(&self.prefix)).await.map_err(of_target) };
        let listed = self.ask(list).await?;
        let name = |path: &Path| path.filename().and_then(|name| name.parse().ok());
        Ok(listed.common_prefixes.iter().filter_map(name).collect())
    }

    /// What a chain consists of. What is not ours is not listed.
    pub(crate) async fn of_chain(&self, chain: ChainName) -> Result<Vec<Listed>, BackupError> {
        self.list(&chain_folder(&self.prefix, chain)).await
    }

    /// Key files and parts of sealed files.
    pub(crate) async fn shared(&self) -> Result<Vec<Listed>, BackupError> {
        let mut listed = self.list(&keys_folder(&self.prefix)).await?;
        listed.extend(self.list(&sealed_folder(&self.prefix)).await?);
        Ok(listed)
    }

    /// What is left of a chain whose objects are deleted: in a folder, empty directories and halves of killed writes.
    pub(crate) fn sweep(&self, chain: ChainName) {
        if let Some(folder) = self.target.folder() {
            let directory = chain_folder(&self.prefix, chain);
            let directory = directory.parts().fold(folder.to_owned(), |path, part| path.join(part.as_ref()));
            // What stays is swept the next time, and disturbs nobody.
            let _ = std::fs::remove_dir_all(directory);
        }
    }

    async fn list(&self, folder: &Path) -> Result<Vec<Listed>, BackupError> {
        self.ask(async {
            let mut stream = self.target.objects()?.list(Some(folder));
            let mut listed = Vec::new();
            while let Some(meta) = stream.try_next().await.map_err(of_target)? {
                if listed.len() == LISTED_MAX {
                    return Err(BackupError::TooLarge(format!(
                        "{self} holds more than {LISTED_MAX} objects"
                    )));
                }
                if let Some(name) = ObjectName::parse(&meta.location, &self.prefix) {
                    let modified = Moment(u64::try_from(meta.last_modified.timestamp_millis()).unwrap_or(0));
                    listed.push(Listed { name, bytes: meta.size, modified });
                }
            }
            Ok(listed)
        })
        .await
    }

    /// Between two portions of work that asks the target nothing.
    pub(crate) fn refuse_cancelled(&self) -> Result<(), BackupError> {
        if self.cancel.is_cancelled() { Err(BackupError::Cancelled) } else { Ok(()) }
    }

    /// A request, unless it is cancelled.
    async fn ask<T>(&self, request: impl Future<Output = Result<T, BackupError>>) -> Result<T, BackupError> {
        self.cancel.run_until_cancelled(request).await.unwrap_or(Err(BackupError::Cancelled))
    }
}

/// Whether the folder's file system has hard links, by which a file appears whole or not at all and never over another.
/// FAT, exFAT and some shares have none.
fn can_link(folder: &FilePath) -> bool {
    let (from, to) = (folder.join(".usher-links"), folder.join(".usher-links-too"));
    let _ = std::fs::remove_file(&to);
    let can = std::fs::write(&from, b"").and_then(|()| std::fs::hard_link(&from, &to)).is_ok();
    let _ = std::fs::remove_file(&to);
    let _ = std::fs::remove_file(&from);
    can
}

impl fmt::Display for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.target.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::{Credentials, Declared, Place, Target};
    use crate::error::BackupError;
    use crate::jurisdiction::{Jurisdiction, Residency};

    const SWISS: Residency = Residency { home: Jurisdiction::Switzerland, recovery: None };

    fn place(address: &str, region: &str) -> Result<Place, BackupError> {
        Place::parse(address, Declared { region: Some(region.to_owned()), ..Declared::default() })
    }

    fn refusal(place: Result<Place, BackupError>) -> String {
        match place.and_then(|place| place.check(&SWISS)) {
            Err(BackupError::Misplaced(words)) => words,
            other => panic!("it was taken: {other:?}"),
        }
    }

    #[test]
    fn a_target_outside_the_jurisdiction_or_nobody_knows_where_is_refused() {
        for (address, region) in [
            ("s3://b/usher", "eu-central-2"),
            ("azure://a/c", "switzerlandnorth"),
            ("azure://a/c", "switzerlandwest"),
        ] {
            let there = place(address, region).and_then(|place| place.check(&SWISS));
            assert_eq!(there.expect("it lies in Switzerland"), Jurisdiction::Switzerland);
        }
        let words = refusal(place("s3://b/usher", "us-east-1"));
        assert_eq!(
            words,
            "s3://b/usher lies in United States, and the data of this deployment may be kept in Switzerland only"
        );
        refusal(place("azure://a/c", "germanywestcentral"));
        assert!(refusal(place("s3://b", "mars-north-1")).contains("nobody knows"));
        assert!(refusal(place("azure://a/c", "eu-central-2")).contains("nobody knows"), "a name of Amazon's");
        assert!(refusal(Place::parse("s3://b", Declared::default())).contains("--region"));
    }

    #[test]
    fn a_folder_is_on_the_premises_unless_it_is_declared_elsewhere() {
        let here = Place::parse("/mnt/backup", Declared::default()).expect("it is a folder");
        assert_eq!(here.check(&SWISS).expect("it is taken"), Jurisdiction::Switzerland);
        let declared = Declared { located: Some(Jurisdiction::Germany), ..Declared::default() };
        refusal(Place::parse("/mnt/backup", declared));
        for wrong in ["ftp://host/x", ""] {
            refusal(Place::parse(wrong, Declared::default()));
        }
    }

    #[test]
    fn a_server_of_ones_own_is_declared_and_spoken_to_in_secret() {
        let at =
            |endpoint: &str, located| Declared { endpoint: Some(endpoint.to_owned()), located, region: None };
        let swiss = Some(Jurisdiction::Switzerland);
        for good in
            ["https://s3.example.ch", "http://127.0.0.1:9000", "http://localhost:9000", "http://[::1]:9"]
        {
            Place::parse("s3://b", at(good, swiss)).and_then(|place| place.check(&SWISS)).expect(good);
        }
        for wrong in ["http://s3.example.ch", "ftp://127.0.0.1", "https://user:secret@s3.example.ch", "s3"] {
            refusal(Place::parse("s3://b", at(wrong, swiss)));
        }
        assert!(refusal(Place::parse("s3://b", at("https://s3.example.ch", None))).contains("--located"));
        refusal(Place::parse("s3://b", at("https://s3.example.us", Some(Jurisdiction::UnitedStates))));
    }

    /// A service that sends every request somewhere else.
    #[tokio::test]
    async fn a_redirection_into_another_country_is_not_followed() {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let elsewhere = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let (there, here) = (elsewhere.local_addr().expect("bound"), listener.local_addr().expect("bound"));
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.expect("it listens");
                tokio::spawn(async move {
                    let _ = stream.read(&mut [0; 4096]).await;
                    let answer = format!(
                        "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://{there}/\r\nContent-Length: 0\r\n\r\n"
                    );
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        let declared = Declared {
            endpoint: Some(format!("http://{here}")),
            located: Some(Jurisdiction::Switzerland),
            region: None,
        };
        let place = Place::parse("s3://b", declared).expect("it is one");
        let secret = zeroize::Zeroizing::new("secret".to_owned());
        let target = Target::open(&place, Credentials::of(&place, "id", secret), &SWISS).expect("it opens");
        let asked = target.stores().await;
        assert!(matches!(asked, Err(BackupError::Unreachable(_))), "{asked:?}");
        let nobody = tokio::time::timeout(std::time::Duration::ZERO, elsewhere.accept()).await;
        assert!(nobody.is_err(), "the other place was asked");
    }

    #[test]
    fn a_service_without_its_credentials_is_not_opened() {
        let s3 = place("s3://b", "eu-central-2").expect("it is one");
        assert!(matches!(Target::open(&s3, Credentials::None, &SWISS), Err(BackupError::Denied(_))));
    }

    /// A disk that is plugged in after the program has started, taken out, and plugged in again.
    #[tokio::test]
    async fn a_folder_may_come_later_and_is_never_made() {
        let home = tempfile::tempdir().expect("a temporary directory");
        let folder = home.path().join("disk");
        let place =
            Place::parse(folder.to_str().expect("it is text"), Declared::default()).expect("it is one");
        let target = Target::open(&place, Credentials::None, &SWISS).expect("it opens");
        for _ in 0..2 {
            assert!(matches!(target.try_out().await, Err(BackupError::Unreachable(_))));
            assert!(!folder.exists());
            std::fs::create_dir(&folder).expect("it comes");
            target.try_out().await.expect("now it is there");
            assert_eq!(std::fs::read_dir(&folder).expect("it is there").count(), 0, "the trial is gone");
            std::fs::remove_dir(&folder).expect("it goes");
        }
    }
}
