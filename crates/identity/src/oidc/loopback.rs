//! Where the browser brings the issuer's answer: a port of this computer that listens for as long as one sign-in lasts (RFC
//! 8252, 7.3). It takes one answer, that to the sign-in underway; every other request is shown a page and changes nothing, so
//! that nobody can sign anybody in (login CSRF) or end a sign-in from outside. It never redirects and repeats nothing it was
//! sent.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use contracts::sign_in::{SignInProblem, Why};
use futures::stream::{FuturesUnordered, StreamExt};
use oauth2::CsrfToken;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;
use zeroize::Zeroizing;

/// Ports that are tried until one is free for both kinds of address.
const PORT_TRIES: usize = 20;
/// Bytes of a request. Entra's codes have some 2 KB, a browser's headers and its cookies for localhost some more.
const REQUEST_BYTES_MAX: usize = 32 << 10;
/// How long a request may take to come whole: it comes from this computer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Connections at a time. A browser opens two or three, some of which it never uses.
const CONNECTIONS_MAX: usize = 16;
/// Strange answers that are told of, in one sign-in; a page that asks in a loop must not fill the access log.
const STRANGE_MAX: usize = 20;

/// The port that listens.
pub(super) struct Loopback {
    port: u16,
    v4: TcpListener,
    /// Browsers try it first where "localhost" has both addresses.
    v6: Option<TcpListener>,
}

/// What the issuer answered to our sign-in.
pub(super) struct Answer {
    /// The code, or why there is none.
    pub(super) code: Result<Zeroizing<String>, Denied>,
    /// Who says so (RFC 9207).
    pub(super) issuer: Option<String>,
}

/// The issuer's no.
pub(super) struct Denied {
    pub(super) error: String,
    pub(super) description: Option<String>,
}

impl Loopback {
    /// Takes a free port, on both loopback addresses where there are both: nobody else of this computer shall have the other.
    pub(super) async fn open() -> Result<Loopback, SignInProblem> {
        let refused = |error: std::io::Error| Why::NoLoopback.with(error.kind());
        for _ in 0..PORT_TRIES {
            let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(refused)?;
            let port = v4.local_addr().map_err(refused)?.port();
            match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
                Ok(v6) => return Ok(Loopback { port, v4, v6: Some(v6) }),
                Err(error) if error.kind() == ErrorKind::AddrInUse => {}
                // A computer without IPv6.
                Err(_) => return Ok(Loopback { port, v4, v6: None }),
            }
        }
        Err(Why::NoLoopback.with("no port is free for both 127.0.0.1 and ::1"))
    }

    /// The redirect address. Entra takes any port with it where `http://localhost` is registered, and no path.
    pub(super) fn redirect(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Waits for the answer with this state. Tells of every other one.
    pub(super) async fn answer(self, state: &CsrfToken, strange: impl Fn()) -> Answer {
        let host = format!("localhost:{}", self.port);
        let mut told = 0;
        let mut connections = FuturesUnordered::new();
        loop {
            let is_full = connections.len() >= CONNECTIONS_MAX;
            let v6 = async {
                match &self.v6 {
                    Some(v6) => v6.accept().await,
                    None => std::future::pending().await,
                }
            };
            let accepted = tokio::select! {
                accepted = self.v4.accept(), if !is_full => accepted,
                accepted = v6, if !is_full => accepted,
                Some(outcome) = connections.next() => {
                    match outcome {
                        Outcome::Ours(answer) => return answer,
                        Outcome::Strange if told < STRANGE_MAX => {
                            told += 1;
                            strange();
                        }
                        Outcome::Strange | Outcome::Nothing => {}
                    }
                    continue;
                }
            };
            match accepted {
                Ok((stream, _)) => connections.push(serve(stream, &host, state)),
                // Out of file handles, say: the next one may do.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }
}

/// What came of one connection.
enum Outcome {
    /// The answer to our sign-in.
    Ours(Answer),
    /// One to no sign-in of ours.
    Strange,
    /// No answer at all: an icon that was asked for, a connection that was not used.
    Nothing,
}

async fn serve(mut stream: TcpStream, host: &str, state: &CsrfToken) -> Outcome {
    let Ok(Some(head)) = tokio::time::timeout(PATIENCE, read(&mut stream)).await else {
        return Outcome::Nothing;
    };
    let (outcome, page) = judge(&head, host, state);
    let sent = async {
        stream.write_all(page.as_bytes()).await?;
        stream.shutdown().await
    };
    // The page is a courtesy: the answer counts without it.
    let _ = tokio::time::timeout(PATIENCE, sent).await;
    outcome
}

/// The request up to the empty line; `None` where it is not one.
async fn read(stream: &mut TcpStream) -> Option<Zeroizing<String>> {
    let mut head = Zeroizing::new(Vec::with_capacity(4 << 10));
    let mut piece = Zeroizing::new([0; 4 << 10]);
    loop {
        let bytes = stream.read(&mut *piece).await.ok().filter(|bytes| *bytes > 0)?;
        head.extend_from_slice(&piece[..bytes]);
        if head.len() > REQUEST_BYTES_MAX {
            return None;
        }
        if let Some(end) = head.windows(4).position(|it| it == b"\r\n\r\n") {
            return std::str::from_utf8(&head[..end]).ok().map(|head| Zeroizing::new(head.to_owned()));
        }
    }
}

/// What a request is, and the page for it.
fn judge(head: &str, host: &str, state: &CsrfToken) -> (Outcome, String) {
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or("").split(' ');
    let (method, target) = (first.next().unwrap_or(""), first.next().unwrap_or(""));
    let hosts: Vec<&str> = lines
        .filter_map(|line| line.split_once(':'))
        .filter(|(name, _)| name.eq_ignore_ascii_case("host"))
        .map(|(_, value)| value.trim())
        .collect();
    if method != "GET" {
        return (Outcome::Nothing, page("405 Method Not Allowed", "Nothing is here", NOTHING));
    }
    // A page of elsewhere under a name that leads here (DNS rebinding) sends its own name.
    if !matches!(hosts.as_slice(), [only] if only.eq_ignore_ascii_case(host)) {
        return (Outcome::Strange, page("400 Bad Request", "Not from your sign-in", STRANGE));
    }
    let Some(sent) = Sent::of(target) else {
        return (Outcome::Nothing, page("404 Not Found", "Nothing is here", NOTHING));
    };
    match sent.answer(state) {
        Some(answer) => (Outcome::Ours(answer), page("200 OK", "You can close this page", DONE)),
        None => (Outcome::Strange, page("400 Bad Request", "Not from your sign-in", STRANGE)),
    }
}

/// What an issuer sends by the browser.
#[derive(Default)]
struct Sent {
    state: Vec<String>,
    code: Vec<Zeroizing<String>>,
    error: Vec<String>,
    description: Vec<String>,
    issuer: Vec<String>,
}

impl Sent {
    /// `None` where the address is not the redirect address, or nothing of an answer stands in it.
    fn of(target: &str) -> Option<Sent> {
        let url =
            target.starts_with('/').then(|| Url::parse(&format!("http://localhost{target}")).ok())??;
        if url.path() != "/" {
            return None;
        }
        let mut sent = Sent::default();
        for (name, value) in url.query_pairs() {
            let value = value.into_owned();
            match &*name {
                "state" => sent.state.push(value),
                "code" => sent.code.push(Zeroizing::new(value)),
                "error" => sent.error.push(value),
                "error_description" => sent.description.push(value),
                "iss" => sent.issuer.push(value),
                _ => {}
            }
        }
        let is_empty = sent.state.is_empty() && sent.code.is_empty() && sent.error.is_empty();
        (!is_empty).then_some(sent)
    }

    /// The answer, if it is the one to our sign-in: once each, with our state, and either a code or an error.
    fn answer(mut self, state: &CsrfToken) -> Option<Answer> {
        let [given] = self.state.as_slice() else { return None };
        // Compared by hashes, in the same time wherever they differ.
        if CsrfToken::new(given.clone()) != *state || self.issuer.len() > 1 {
            return None;
        }
        let code = match (self.code.as_slice(), self.error.as_slice()) {
            ([code], []) if !code.is_empty() => Ok(code.clone()),
            ([], [error]) => Err(Denied { error: error.clone(), description: self.description.pop() }),
            _ => return None,
        };
        Some(Answer { code, issuer: self.issuer.pop() })
    }
}

const DONE: &str = "Usher has received the answer of your sign-in service. How it went is shown in Usher.";
const STRANGE: &str = "This answer belongs to no sign-in of Usher on this computer, and nothing has changed. If you came here by \
                       a link that somebody sent you, tell your administrator.";
const NOTHING: &str = "Usher listens here for the answer of your sign-in service, and for nothing else.";

/// A page of fixed words: nothing of what was sent stands in it.
fn page(status: &str, title: &str, words: &str) -> String {
    let body = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title} - Usher</title>\n\
         <style>body {{ font: 1.125rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 20vh auto; padding: 0 1.5rem }}\n\
         h1 {{ font-size: 1.5rem; line-height: 1.25 }}</style>\n\
         <main>\n<h1>{title}</h1>\n<p>{words}</p>\n</main>\n</html>\n"
    );
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n\
         Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

#[cfg(test)]
mod tests {
    use oauth2::CsrfToken;

    use super::{Outcome, judge};

    const HOST: &str = "localhost:4711";

    fn check(target: &str) -> (&'static str, String) {
        check_head(&format!("GET {target} HTTP/1.1\r\nHost: {HOST}"))
    }

    fn check_head(head: &str) -> (&'static str, String) {
        let (outcome, page) = judge(head, HOST, &CsrfToken::new("right".to_owned()));
        let outcome = match outcome {
            Outcome::Ours(answer) if answer.code.is_ok() => "code",
            Outcome::Ours(_) => "denied",
            Outcome::Strange => "strange",
            Outcome::Nothing => "nothing",
        };
        (outcome, page)
    }

    #[test]
    fn only_the_answer_to_the_sign_in_underway_is_taken_id_1() {
        for (target, expected) in [
            ("/?code=c&state=right", "code"),
            ("/?code=c&state=right&session_state=s&iss=https%3A%2F%2Fid.example", "code"),
            ("/?error=access_denied&error_description=no&state=right", "denied"),
            ("/?code=c&state=wrong", "strange"),
            ("/?code=c&state=", "strange"),
            ("/?code=c", "strange"),
            ("/?error=access_denied", "strange"),
            ("/?state=right", "strange"),
            ("/?code=&state=right", "strange"),
            ("/?code=c&error=e&state=right", "strange"),
            ("/?code=c&code=d&state=right", "strange"),
            ("/?code=c&state=right&state=wrong", "strange"),
            ("/?code=c&state=wrong&state=right", "strange"),
            ("/?code=c&state=right&iss=a&iss=b", "strange"),
            ("/", "nothing"),
            ("/favicon.ico", "nothing"),
            ("/other?code=c&state=right", "nothing"),
            ("//evil.example/?code=c&state=right", "nothing"),
            ("http://evil.example/?code=c&state=right", "nothing"),
            ("*", "nothing"),
            ("", "nothing"),
        ] {
            assert_eq!(check(target).0, expected, "{target}");
        }
    }

    #[test]
    fn a_page_of_another_name_that_leads_here_is_not_answered_id_1() {
        let target = "/?code=c&state=right";
        for head in [
            format!("GET {target} HTTP/1.1\r\nHost: evil.example:4711"),
            format!("GET {target} HTTP/1.1\r\nHost: localhost"),
            format!("GET {target} HTTP/1.1\r\nHost: {HOST}\r\nHost: evil.example"),
            format!("GET {target} HTTP/1.1"),
        ] {
            assert_eq!(check_head(&head).0, "strange", "{head}");
        }
        assert_eq!(check_head(&format!("GET {target} HTTP/1.1\r\nhOST:  {HOST}")).0, "code");
        assert_eq!(check_head(&format!("POST {target} HTTP/1.1\r\nHost: {HOST}")).0, "nothing");
    }

    #[test]
    fn pages_repeat_nothing_and_lead_nowhere_id_1() {
        for target in [
            "/?code=secret-code&state=right&redirect=https://evil.example",
            "/?error=secret-code&error_description=%3Cscript%3Esecret-code&state=right",
            "/?code=secret-code&state=wrong&next=//evil.example",
            "/secret-code",
        ] {
            let page = check(target).1;
            let (head, _) = page.split_once("\r\n\r\n").expect("a head and a body");
            assert!(
                !page.contains("secret-code") && !page.contains("evil") && !page.contains("right"),
                "{page}"
            );
            assert!(!head.to_lowercase().contains("location:") && head.contains("no-store"), "{head}");
        }
    }
}
