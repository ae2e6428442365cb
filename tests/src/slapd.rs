//! An LDAP directory of the tests: OpenLDAP's `slapd` on loopback, with people made for the test, in the clear, with StartTLS and
//! with LDAPS under an authority of its own. Does not know what Usher makes of it.

use std::fmt::Write;
use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::ports::free_port;
use crate::program::{Program, Talks, run};
use crate::tools::Tool;
use crate::wait;

/// Where everybody is.
pub const BASE: &str = "ou=people,dc=example,dc=test";
/// Who may read.
pub const READER: &str = "cn=reader,dc=example,dc=test";
/// Who may change.
const ADMINISTRATOR: &str = "cn=admin,dc=example,dc=test";
/// The password of both.
pub const PASSWORD: &str = "open sesame";
/// More entries than this a search gets only page by page.
pub const UNPAGED_MAX: u32 = 100;

const TEMPLATE: &str = include_str!("../fixtures/slapd.conf");

/// A running directory.
pub struct Slapd {
    program: Option<Program>,
    dir: TempDir,
    port: u16,
    port_tls: u16,
}

impl Slapd {
    /// Starts one with this many people, and waits until it answers.
    #[track_caller]
    pub fn start(people: u32) -> Slapd {
        let dir = tempfile::Builder::new().prefix("usher-slapd-").tempdir().expect("a temporary directory");
        fs::create_dir(dir.path().join("db")).expect("a temporary directory is writable");
        let at = dir.path().display().to_string();
        write(&dir, "slapd.conf", &TEMPLATE.replace("@DIR@", &at));
        write(&dir, "people.ldif", &ldif(people));
        certify(dir.path());
        let mut load = Command::new(Tool::Slapd.program().with_file_name("slapadd"));
        load.arg("-f")
            .arg(dir.path().join("slapd.conf"))
            .arg("-l")
            .arg(dir.path().join("people.ldif"))
            .arg("-q");
        let said = run(load);
        assert_eq!(said.code, 0, "the directory is filled");
        let mut slapd = Slapd { program: None, dir, port: free_port(), port_tls: free_port() };
        slapd.start_again();
        slapd
    }

    /// Port for the clear and for StartTLS.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Port for LDAPS.
    pub fn port_tls(&self) -> u16 {
        self.port_tls
    }

    /// The certificate of its authority, in PEM. The server's own is made out to `localhost`.
    pub fn authority(&self) -> String {
        fs::read_to_string(self.dir.path().join("authority.pem")).expect("it was made")
    }

    /// What it logged so far: connections, searches, results.
    pub fn words(&self) -> String {
        self.program.as_ref().map(Program::words).unwrap_or_default()
    }

    /// Waits until it has logged this.
    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        wait::until(
            &format!("slapd to log {text}"),
            || self.words().contains(text).then_some(()),
            || self.words(),
        );
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        if let Some(mut program) = self.program.take() {
            program.kill();
        }
    }

    /// Changes entries by these lines of LDIF.
    #[track_caller]
    pub fn change(&self, ldif: &str) {
        write(&self.dir, "change.ldif", ldif);
        let mut change = Command::new("ldapmodify");
        change.args([
            "-x",
            "-H",
            &format!("ldap://127.0.0.1:{}", self.port),
            "-D",
            ADMINISTRATOR,
            "-w",
            PASSWORD,
            "-f",
        ]);
        change.arg(self.dir.path().join("change.ldif"));
        assert_eq!(run(change).code, 0, "the directory is changed");
    }

    /// Starts it on the same ports, and waits until it answers.
    #[track_caller]
    pub fn start_again(&mut self) {
        let mut command = Command::new(Tool::Slapd.program());
        let urls = format!("ldap://127.0.0.1:{}/ ldaps://127.0.0.1:{}/", self.port, self.port_tls);
        // With a level it stays in the foreground; 256 logs connections and operations.
        command.args(["-d", "256", "-h", &urls, "-f"]).arg(self.dir.path().join("slapd.conf"));
        let mut program = Program::start("slapd", self.dir.path(), Talks::No, &mut command);
        let listens = || {
            assert!(program.ended().is_none(), "slapd ended at start:\n{}", program.words());
            let ports = [self.port, self.port_tls];
            ports.iter().all(|port| TcpStream::connect(("127.0.0.1", *port)).is_ok()).then_some(())
        };
        wait::until("slapd to listen", listens, String::new);
        self.program = Some(program);
    }
}

fn write(dir: &TempDir, name: &str, text: &str) {
    fs::write(dir.path().join(name), text).expect("a temporary directory is writable");
}

/// The name of the person of this number.
pub fn name(person: u32) -> String {
    format!("Person {person:05} Müller")
}

/// The number of the manager of the person of this number; the first is her own, as in some directories.
pub fn manager_of(person: u32) -> u32 {
    person / 20
}

fn ldif(people: u32) -> String {
    let mut text = String::from(
        "dn: dc=example,dc=test\nobjectClass: dcObject\nobjectClass: organization\no: Example\ndc: example\n\n\
         dn: ou=people,dc=example,dc=test\nobjectClass: organizationalUnit\nou: people\n\n",
    );
    let reader = format!(
        "dn: {READER}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: reader\n"
    );
    let _ = write!(text, "{reader}userPassword: {PASSWORD}\n\n");
    for person in 0..people {
        let _ = write!(
            text,
            "dn: uid=p{person},{BASE}\nobjectClass: inetOrgPerson\nuid: p{person}\ncn: {name}\nsn: Müller\ngivenName: Person\n\
             mail: p{person}@example.test\ntelephoneNumber: +41 44 {area:03} {line:02} {line:02}\nmobile: +41 79 555 {area:04}\n\
             ou: Department {department}\nl: Zürich\ntitle: Clerk\nroomNumber: B {department}\n\
             manager: UID=p{manager}, {BASE}\n\n",
            name = name(person),
            area = person / 100 + 100,
            line = person % 100,
            department = person % 7,
            manager = manager_of(person),
        );
    }
    // Somebody nobody could be put through to.
    let _ = write!(
        text,
        "dn: uid=nobody,{BASE}\nobjectClass: inetOrgPerson\nuid: nobody\ncn: Nobody\nsn: Nobody\n\n"
    );
    text
}

/// An authority, and a certificate for `localhost` signed by it.
#[track_caller]
fn certify(dir: &Path) {
    let openssl = |words: &str| {
        let mut command = Command::new("openssl");
        command.current_dir(dir).args(words.split(' '));
        assert_eq!(run(command).code, 0, "openssl {words}");
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    openssl(&format!("req -x509 {key} -keyout authority.key -out authority.pem -days 2 -subj /CN=authority"));
    openssl(&format!("req {key} -keyout server.key -out server.csr -subj /CN=localhost"));
    fs::write(dir.join("names"), "subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n")
        .expect("a temporary directory is writable");
    openssl(
        "x509 -req -in server.csr -CA authority.pem -CAkey authority.key -CAcreateserial -out server.pem -days 2 -extfile names",
    );
}
