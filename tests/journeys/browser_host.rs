//! The browser host keeps strangers out (SEC-2): loopback only, one-time link, session cookie, `Host` and `Origin` checked.

use acceptance::http::{self, Headers};
use acceptance::usher::Usher;

const ASK: &str = r#"{"cmd":"get_console","payload":{}}"#;

fn api(usher: &Usher, headers: &Headers) -> u16 {
    http::post(&format!("{}/api", usher.origin()), headers, ASK).status
}

#[test]
fn a_request_without_the_session_cookie_is_refused() {
    let usher = Usher::start();
    let stranger = Headers::default();
    assert_eq!(api(&usher, &stranger), 401);
    assert_eq!(http::get(&format!("{}/", usher.origin()), &stranger).status, 401);
    assert_eq!(http::open_events(usher.origin(), &stranger).err(), Some(401));
    let guessed = Headers { cookie: Some("usher_session=0000".to_owned()), ..Headers::default() };
    assert_eq!(api(&usher, &guessed), 401);
    assert_eq!(api(&usher, usher.headers()), 200);
}

#[test]
fn the_link_works_once() {
    let usher = Usher::start();
    let again = http::get(usher.link(), &Headers::default());
    assert_eq!((again.status, again.cookie), (410, None));
    let guessed = http::get(&format!("{}/open/0000", usher.origin()), &Headers::default());
    assert_eq!((guessed.status, guessed.cookie), (410, None));
}

#[test]
fn another_host_name_is_refused_even_with_the_cookie() {
    let usher = Usher::start();
    for host in ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "127.0.0.1"] {
        let rebound = Headers { host: Some(host.to_owned()), origin: None, ..usher.headers().clone() };
        assert_eq!(api(&usher, &rebound), 421, "{host}");
    }
}

#[test]
fn another_page_is_refused_even_with_the_cookie() {
    let usher = Usher::start();
    for origin in ["http://evil.example", "null", "http://127.0.0.1:1", "https://localhost"] {
        let foreign = Headers { origin: Some(origin.to_owned()), ..usher.headers().clone() };
        assert_eq!(api(&usher, &foreign), 403, "{origin}");
        assert_eq!(http::open_events(usher.origin(), &foreign).err(), Some(403), "{origin}");
    }
}

#[test]
fn the_page_comes_with_a_strict_policy_and_the_cookie_is_out_of_reach_of_scripts() {
    let mut usher = Usher::start();
    let page = http::get(&format!("{}/", usher.origin()), usher.headers());
    let policy = page.policy.expect("a content security policy");
    assert_eq!(page.status, 200);
    assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
    assert!(page.body.contains(&format!("nonce=\"{nonce}\"")), "{}", page.body);
    usher.stop();
    let cookie = usher.start_again_and_open().set_cookie.expect("a session");
    for word in ["HttpOnly", "SameSite=Strict"] {
        assert!(cookie.contains(word), "{cookie}");
    }
}

/// SEC-1: what is not a request is refused with a stable code, whatever it is.
#[test]
fn nonsense_is_refused_with_a_code() {
    let usher = Usher::start();
    let nested = "[".repeat(100_000);
    for nonsense in [
        "",
        "null",
        "{}",
        r#"{"cmd":"destroy","payload":{}}"#,
        r#"{"cmd":"hold","payload":{"call":7}}"#,
        &nested,
    ] {
        let reply = http::post(&format!("{}/api", usher.origin()), usher.headers(), nonsense);
        let error: app::api::wire::ApiError = serde_json::from_str(&reply.body).expect("an ApiError");
        assert_eq!((reply.status, error.code.as_str()), (400, "request.invalid"), "{nonsense:.40}");
    }
}
