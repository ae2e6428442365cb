//! A real OpenID Connect issuer of nobody (`oidc-provider` on a free loopback port), and a visitor: what a browser does between
//! the link that Usher opens and the page it ends on. The issuer can be told to change its keys, to revoke, to be silent, and to
//! hand out tokens that no honest issuer makes. Knows nothing of Usher's own code.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{ChildStdout, Command};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{Program, Talks};
use crate::tools::oidc_peer;

/// Pages between a link and its end; a sign-in has six.
const HOPS_MAX: usize = 20;

/// The issuer.
pub struct Issuer {
    url: String,
    control: String,
    /// Held open: it says more than its first line, and dies where nobody listens.
    _output: BufReader<ChildStdout>,
    _program: Program,
    _dir: TempDir,
}

impl Issuer {
    /// Starts it. Rita signs in by herself, without a page.
    #[track_caller]
    pub fn start() -> Issuer {
        let dir = tempfile::Builder::new().prefix("usher-issuer-").tempdir().expect("a temporary directory");
        let mut command = Command::new("node");
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/oidc-provider/issuer.mjs"));
        command.current_dir(oidc_peer());
        let mut program = Program::start("oidc-provider", dir.path(), Talks::ByPipes, &mut command);
        let (_, output) = program.pipes();
        let mut output = BufReader::new(output);
        let mut line = String::new();
        output.read_line(&mut line).expect("the issuer says where it is");
        let places: Value = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("the issuer says where it is, not {line:?}\n{}", program.words()));
        let place = |name: &str| places[name].as_str().expect("an address").to_owned();
        let (url, control) = (place("issuer"), place("control"));
        let issuer = Issuer { url, control, _output: output, _program: program, _dir: dir };
        issuer.behave(json!({ "auto": "rita" }));
        issuer
    }

    /// Its issuer identifier.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How it behaves from now on: see `issuer.mjs`. What is not named is as usual.
    #[track_caller]
    pub fn behave(&self, how: Value) {
        ureq::put(&self.control).send(how.to_string()).expect("the issuer is controlled");
    }

    /// Signs with new keys from now on, and publishes no others.
    #[track_caller]
    pub fn roll_keys_over(&self) {
        ureq::post(format!("{}/rollover", self.control)).send_empty().expect("the issuer is controlled");
    }

    /// Takes all refresh tokens back.
    #[track_caller]
    pub fn revoke(&self) {
        ureq::post(format!("{}/revoke", self.control)).send_empty().expect("the issuer is controlled");
    }

    /// How often a path was asked for since it was last told how to behave.
    #[track_caller]
    pub fn asked(&self, path: &str) -> u64 {
        let mut reply = ureq::get(&self.control).call().expect("the issuer is controlled");
        let counts = reply.body_mut().read_to_string().expect("text");
        let counts: Value = serde_json::from_str(&counts).expect("JSON");
        counts[path].as_u64().unwrap_or(0)
    }
}

/// A browser's cookies, and nothing else of one.
#[derive(Default)]
pub struct Visitor {
    cookies: BTreeMap<String, String>,
}

/// A page.
#[derive(Debug)]
pub struct Page {
    /// HTTP status.
    pub status: u16,
    /// Where it would lead.
    pub location: Option<String>,
    /// As text.
    pub body: String,
}

impl Visitor {
    /// Opens a link and goes where it leads, but not to the page for which `stops` is true: its address instead.
    #[track_caller]
    pub fn follow(&mut self, link: &str, stops: impl Fn(&str) -> bool) -> Result<Page, String> {
        let mut at = link.to_owned();
        for _ in 0..HOPS_MAX {
            if stops(&at) {
                return Err(at);
            }
            let page = self.visit(&at, None);
            match &page.location {
                Some(next) => at.clone_from(next),
                None => return Ok(page),
            }
        }
        panic!("{link} leads from page to page without end");
    }

    /// Opens a link and goes wherever it leads.
    #[track_caller]
    pub fn open(&mut self, link: &str) -> Page {
        self.follow(link, |_| false).expect("it stops nowhere")
    }

    /// One page: opened, or a form sent to it.
    #[track_caller]
    pub fn visit(&mut self, at: &str, form: Option<&[(&str, &str)]>) -> Page {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .build();
        let agent: ureq::Agent = config.into();
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        let reply = match form {
            None => agent.get(at).header("cookie", cookies).header("accept", "text/html").call(),
            Some(form) => agent.post(at).header("cookie", cookies).send_form(form.iter().copied()),
        };
        let mut reply = reply.unwrap_or_else(|error| panic!("{at}: {error}"));
        for cookie in reply.headers().get_all("set-cookie") {
            let cookie = cookie.to_str().expect("a cookie is text");
            let (name, value) = cookie.split(';').next().and_then(|it| it.split_once('=')).expect("a cookie");
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let location = reply.headers().get("location").map(|to| to.to_str().expect("an address"));
        let location = location.map(|to| absolute(at, to));
        Page {
            status: reply.status().as_u16(),
            location,
            body: reply.body_mut().read_to_string().unwrap_or_default(),
        }
    }
}

/// The address of a link on a page.
fn absolute(page: &str, link: &str) -> String {
    if !link.starts_with('/') {
        return link.to_owned();
    }
    let host = page.match_indices('/').nth(2).map_or(page.len(), |(at, _)| at);
    format!("{}{link}", &page[..host])
}

/// The value of a hidden field of a form.
#[track_caller]
pub fn hidden_field(page: &Page, name: &str) -> String {
    let begin = format!("name=\"{name}\" value=\"");
    let rest = page.body.split_once(&begin).unwrap_or_else(|| panic!("no field {name} in {}", page.body)).1;
    rest.split_once('"').expect("a value ends").0.to_owned()
}
