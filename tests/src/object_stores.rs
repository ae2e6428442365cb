//! Services that keep objects, as clouds offer them: moto speaks S3 and checks signatures and rights like Amazon; Azurite is
//! Microsoft's own emulator of Azure Blob storage. Neither keeps anything beyond the test.

use std::net::TcpStream;
use std::process::Command;

use data_encoding::BASE64;
use ring::hmac;
use tempfile::TempDir;

use crate::ports::free_port;
use crate::program::{Program, Talks};
use crate::tools::{Tool, node_peers};
use crate::wait;

/// Bucket and container of every test.
pub const BUCKET: &str = "backups";

/// A running S3 service with one user, who may do everything.
pub struct S3 {
    port: u16,
    key_id: String,
    secret: String,
    _program: Program,
    _dir: TempDir,
}

impl S3 {
    /// Starts it, makes the user and the bucket; from then on every request must be signed.
    #[track_caller]
    pub fn start() -> S3 {
        let dir = tempfile::Builder::new().prefix("usher-moto-").tempdir().expect("a temporary directory");
        let port = free_port();
        let mut command = Command::new(Tool::Moto.program());
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        // So many requests of ours below go through before rights are asked for.
        command.env("INITIAL_NO_AUTH_ACTION_COUNT", "4");
        let mut program = Program::start("moto", dir.path(), Talks::No, &mut command);
        wait_listening("moto", port, &mut program);
        let url = format!("http://127.0.0.1:{port}/");
        iam(&url, &[("Action", "CreateUser"), ("UserName", "usher")]);
        let key = iam(&url, &[("Action", "CreateAccessKey"), ("UserName", "usher")]);
        let all =
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
        let policy = [
            ("Action", "PutUserPolicy"),
            ("UserName", "usher"),
            ("PolicyName", "all"),
            ("PolicyDocument", all),
        ];
        iam(&url, &policy);
        ureq::put(format!("{url}{BUCKET}")).send_empty().expect("the bucket is made");
        let (key_id, secret) = (element(&key, "AccessKeyId"), element(&key, "SecretAccessKey"));
        S3 { port, key_id, secret, _program: program, _dir: dir }
    }

    /// Address of the service.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The user's access key id.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The user's secret access key.
    pub fn secret(&self) -> &str {
        &self.secret
    }
}

/// Asks the service's user administration; the scope in the header says which service is meant.
#[track_caller]
fn iam(url: &str, form: &[(&str, &str)]) -> String {
    let scope = "AWS4-HMAC-SHA256 Credential=none/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0";
    let form = form.iter().copied().chain([("Version", "2010-05-08")]);
    let mut reply = ureq::post(url).header("Authorization", scope).send_form(form).expect("moto answers");
    reply.body_mut().read_to_string().expect("moto answers in text")
}

fn element(xml: &str, name: &str) -> String {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let rest = xml.split_once(&open).unwrap_or_else(|| panic!("no {name} in {xml}")).1;
    rest.split_once(&close).expect("every element is closed").0.to_owned()
}

/// A running Azure Blob service with one account.
pub struct Azurite {
    port: u16,
    key: String,
    _program: Program,
    _dir: TempDir,
}

/// The account.
pub const ACCOUNT: &str = "ushertests";

impl Azurite {
    /// Starts it and makes the container.
    #[track_caller]
    pub fn start() -> Azurite {
        let dir = tempfile::Builder::new().prefix("usher-azurite-").tempdir().expect("a temporary directory");
        let port = free_port();
        let key = BASE64.encode(&[0x5a; 64]);
        let mut command = Command::new("node");
        command.arg(Tool::Azurite.program()).args([
            "--inMemoryPersistence",
            "--silent",
            "--disableTelemetry",
        ]);
        command.args(["--skipApiVersionCheck", "--blobHost", "127.0.0.1", "--blobPort", &port.to_string()]);
        command.current_dir(node_peers()).env("AZURITE_ACCOUNTS", format!("{ACCOUNT}:{key}"));
        let mut program = Program::start("azurite", dir.path(), Talks::No, &mut command);
        wait_listening("azurite", port, &mut program);
        let azurite = Azurite { port, key, _program: program, _dir: dir };
        let url = format!("{}/{BUCKET}?restype=container&{}", azurite.endpoint(), azurite.signature());
        ureq::put(url).send_empty().expect("the container is made");
        azurite
    }

    /// Address of the account.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}/{ACCOUNT}", self.port)
    }

    /// The account's key, in Base64.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// A shared access signature of the account, for everything until the year 2099.
    pub fn signature(&self) -> String {
        let (rights, version, until) = ("rwdlac", "2020-02-10", "2099-01-01T00:00:00Z");
        let signed = format!("{ACCOUNT}\n{rights}\nb\nsco\n\n{until}\n\n\n{version}\n");
        let key = BASE64.decode(self.key.as_bytes()).expect("it is Base64");
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), signed.as_bytes());
        let tag = BASE64.encode(tag.as_ref()).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        format!("sv={version}&ss=b&srt=sco&sp={rights}&se={until}&sig={tag}")
    }
}

#[track_caller]
fn wait_listening(name: &str, port: u16, program: &mut Program) {
    let is_listening = || {
        if let Some(status) = program.ended() {
            panic!("{name} has ended: {status}\n{}", program.words());
        }
        TcpStream::connect(("127.0.0.1", port)).ok()
    };
    wait::until(&format!("{name} on port {port}"), is_listening, String::new);
}
