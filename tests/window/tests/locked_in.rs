//! What the page cannot reach from the real window (SEC-2): another host, a file, a command that was not meant for it, the
//! gate's frame, code that did not come with the program, another page. The attempts are those of somebody who could run a
//! script in the page.

use acceptance::wait;
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use window::desk::Desk;

/// Every permission of Tauri and its plugins, as the build of the desktop wrote them.
const PERMISSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../gen/schemas/acl-manifests.json");

/// A host that notes who comes and whether they say anything.
struct Stranger {
    port: u16,
    visitors: Arc<Mutex<Vec<Visitor>>>,
}

struct Visitor {
    from: SocketAddr,
    spoke: bool,
}

/// Those who came since the last time.
#[derive(Debug, PartialEq, Eq)]
struct Visits {
    connected: usize,
    spoke: usize,
}

const NOBODY: Visits = Visits { connected: 0, spoke: 0 };

impl Stranger {
    fn listen() -> Stranger {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
        let port = listener.local_addr().expect("it is bound").port();
        let visitors = Arc::<Mutex<Vec<Visitor>>>::default();
        let noted = visitors.clone();
        std::thread::spawn(move || {
            // One after the other, so that whoever came earlier is noted earlier. Who sends a request sends it at once.
            while let Ok((mut visitor, from)) = listener.accept() {
                visitor.set_read_timeout(Some(Duration::from_millis(200))).expect("a time");
                let spoke = visitor.read(&mut [0]).is_ok_and(|bytes| bytes > 0);
                noted.lock().expect("nobody panics").push(Visitor { from, spoke });
            }
        });
        Stranger { port, visitors }
    }

    /// Comes by itself, after whoever came before, and tells of the others.
    fn visits(&self) -> Visits {
        let mut me = TcpStream::connect(("127.0.0.1", self.port)).expect("the stranger listens");
        me.write_all(b"!").expect("the stranger reads");
        let me = me.local_addr().expect("it is connected");
        let count = || {
            let mut visitors = self.visitors.lock().expect("nobody panics");
            let place = visitors.iter().position(|visitor| visitor.from == me)?;
            let spoke = visitors[..place].iter().filter(|visitor| visitor.spoke).count();
            assert!(visitors[place].spoke, "the stranger does not hear");
            visitors.drain(..=place);
            Some(Visits { connected: place, spoke })
        };
        wait::until("the stranger to note its visitor", count, String::new)
    }
}

/// Tells apart what went through from what did not.
const TRY: &str = "const tried = (promise) => Promise.race([
    Promise.resolve(promise).then((it) => 'through: ' + String(it).slice(0, 200), (error) => 'refused: ' + String(error)),
    new Promise((done) => setTimeout(() => done('silent'), 1500)),
]);
const loads = (element) => new Promise((done, failed) => {
    element.onload = () => done('loaded');
    element.onerror = () => failed('error');
    document.body.append(element);
});
const made = (tag, fields) => Object.assign(document.createElement(tag), fields);";

fn open() -> Desk {
    let desk = Desk::open();
    desk.see_text("h1", "Keep this safe: your recovery key");
    desk
}

#[track_caller]
fn none_went_through(desk: &Desk, attempts: &str) {
    let body = format!(
        "{TRY}\nconst attempts = {{ {attempts} }};
        const outcomes = [];
        for (const [name, attempt] of Object.entries(attempts)) {{
            const begun = new Promise((done) => done(attempt()));
            outcomes.push([name, await tried(begun)]);
        }}
        return outcomes;"
    );
    let outcomes: Vec<(String, String)> =
        serde_json::from_value(desk.evaluate(&body)).expect("names and outcomes");
    let through: Vec<_> = outcomes.iter().filter(|(_, outcome)| outcome.starts_with("through")).collect();
    assert!(!outcomes.is_empty() && through.is_empty(), "{through:#?}");
}

#[test]
fn no_other_host_is_reached() {
    let stranger = Stranger::listen();
    let desk = open();
    let there = format!("127.0.0.1:{}", stranger.port);
    none_went_through(
        &desk,
        &format!(
            "fetch: () => fetch('http://{there}/'),
            blind: () => fetch('http://{there}/', {{ mode: 'no-cors' }}),
            request: () => new Promise((done, failed) => {{
                const request = new XMLHttpRequest();
                request.onload = done;
                request.onerror = failed;
                request.open('GET', 'http://{there}/');
                request.send();
            }}),
            socket: () => new Promise((done, failed) => {{
                const socket = new WebSocket('ws://{there}/');
                socket.onopen = done;
                socket.onerror = failed;
            }}),
            events: () => new Promise((done, failed) => {{
                const events = new EventSource('http://{there}/');
                events.onopen = done;
                events.onerror = failed;
            }}),
            picture: () => loads(made('img', {{ src: 'http://{there}/' }})),
            frame: () => new Promise((done) => {{ loads(made('iframe', {{ src: 'http://{there}/' }})); setTimeout(done, 300, ''); }}).then(
                () => Promise.reject('counted by the host')),
            style: () => loads(made('link', {{ rel: 'stylesheet', href: 'http://{there}/' }})),
            module: () => import('http://{there}/'),
            beacon: () => navigator.sendBeacon('http://{there}/') && Promise.reject('counted by the host'),
            form: () => {{
                const form = made('form', {{ action: 'http://{there}/', method: 'post', target: '_self' }});
                document.body.append(form);
                form.submit();
                return new Promise((_, failed) => setTimeout(failed, 300, 'counted by the host'));
            }}"
        ),
    );
    desk.see_text("h1", "Keep this safe: your recovery key");
    assert_eq!(stranger.visits(), NOBODY, "the page reached another host");
}

#[test]
fn no_file_is_read() {
    let desk = open();
    let canary = "canary-7f31";
    let file = desk.session().dir().join("canary.txt");
    std::fs::write(&file, canary).expect("a temporary directory");
    let path = file.display().to_string();
    let escaped = path.replace('/', "%2F");
    let attempts: Vec<String> = [
        format!("file://{path}"),
        format!("asset://localhost/{escaped}"),
        format!("http://asset.localhost/{escaped}"),
        format!("/../../../../../../..{path}"),
        format!("/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e{escaped}"),
        format!("tauri://localhost/{escaped}"),
        format!("usher-failure://localhost{path}"),
    ]
    .iter()
    .map(|url| {
        let read = format!(
            "fetch('{url}').then((reply) => reply.text()).then((text) => text.includes('{canary}') ? text : Promise.reject('another text'))"
        );
        format!("'fetch {url}': () => {read}, 'picture {url}': () => loads(made('img', {{ src: '{url}' }}))")
    })
    .collect();
    none_went_through(&desk, &attempts.join(",\n"));
    let framed = format!(
        "const frame = document.createElement('iframe');
        frame.src = 'file://{path}';
        document.body.append(frame);
        await new Promise((done) => setTimeout(done, 300));
        try {{ return frame.contentDocument?.body?.innerText ?? '' }} catch {{ return '' }}"
    );
    assert!(!desk.evaluate(&framed).to_string().contains(canary));
}

/// All commands that Tauri and the plugins have, by the names the page would use.
fn all_commands() -> BTreeSet<String> {
    let text = std::fs::read_to_string(PERMISSIONS)
        .unwrap_or_else(|error| panic!("{PERMISSIONS}: {error}; the build of usher-desktop writes it"));
    let manifests: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let mut commands = BTreeSet::new();
    for (plugin, manifest) in manifests.as_object().expect("plugins") {
        let permissions = manifest["permissions"].as_object().expect("permissions");
        for name in
            permissions.values().filter_map(|permission| permission["commands"]["allow"].as_array()).flatten()
        {
            let (plugin, name) = (plugin.trim_start_matches("core:"), name.as_str().expect("a name"));
            commands.insert(if plugin == "__app-acl__" {
                name.to_owned()
            } else {
                format!("plugin:{plugin}|{name}")
            });
        }
    }
    commands
}

#[test]
fn every_command_is_refused_but_the_five_the_page_needs() {
    let desk = open();
    let all = all_commands();
    let known = ["plugin:window|close", "plugin:webview|create_webview", "plugin:path|resolve_directory"];
    assert!(all.len() > 150 && known.iter().all(|name| all.contains(*name)), "{all:?}");
    let needed = [
        "request",
        "plugin:event|listen",
        "plugin:event|unlisten",
        "plugin:webview|print",
        "plugin:window|set_fullscreen",
    ];
    assert!(needed.iter().all(|name| all.contains(*name)), "{all:?}");
    let others: Vec<_> = all.iter().filter(|name| !needed.contains(&name.as_str())).collect();
    let asked = format!(
        "{TRY}\nconst names = {};
        const invoke = (name) => tried(window.__TAURI_INTERNALS__.invoke(name, {{}}));
        return Promise.all(names.map(async (name) => [name, await invoke(name)]));",
        serde_json::json!(others)
    );
    let outcomes: Vec<(String, String)> =
        serde_json::from_value(desk.evaluate(&asked)).expect("names and outcomes");
    let other_than_refused: Vec<_> =
        outcomes.iter().filter(|(_, said)| !said.contains("not allowed")).collect();
    assert!(outcomes.len() == others.len() && other_than_refused.is_empty(), "{other_than_refused:#?}");
}

/// The gate lets through well-formed requests alone, and what does not come from the gate is not opened.
#[test]
fn what_is_not_a_request_does_not_pass_the_gate() {
    let desk = open();
    none_went_through(
        &desk,
        "unlike: () => window.__TAURI_INTERNALS__.invoke('request', { cmd: 'get_console', payload: {} }),
        text: () => window.__TAURI_INTERNALS__.invoke('request', { envelope: 'get_console' }),
        more: () => window.__TAURI_INTERNALS__.invoke('request', { envelope: '{\"cmd\":\"get_console\",\"payload\":{},\"more\":1}' }),
        listed: () => window.__TAURI_INTERNALS__.invoke('request', { envelope: '{\"cmd\":\"get_console\",\"payload\":[]}' }),
        bytes: () => window.__TAURI_INTERNALS__.invoke('request', new Uint8Array([0xff, 0xfe])),
        long: () => window.__TAURI_INTERNALS__.invoke('request', { envelope: '{\"cmd\":\"get_console\",\"payload\":{}}'.padEnd(44 * 1024 * 1024 + 1) }),
        other_event: () => window.__TAURI_INTERNALS__.invoke('plugin:event|listen', { event: 'tauri://focus', target: { kind: 'Any' }, handler: 1 }),
        unsealed: () => new Promise((done, failed) => window.__TAURI_INTERNALS__.postMessage({
            cmd: 'request',
            callback: window.__TAURI_INTERNALS__.transformCallback(done),
            error: window.__TAURI_INTERNALS__.transformCallback(failed),
            payload: { envelope: '{\"cmd\":\"get_protection\",\"payload\":{}}' },
        })),
        raw: () => fetch('ipc://localhost/request', { method: 'POST', body: '{\"cmd\":\"get_protection\",\"payload\":{}}' })
            .then((reply) => reply.ok ? reply.text() : Promise.reject(reply.status)),
        gate_s_text: () => fetch(document.querySelector('#__tauri_isolation__').src),
        gate_s_inside: () => document.querySelector('#__tauri_isolation__').contentWindow.__TAURI_ISOLATION_HOOK__,
        gate_s_page: () => document.querySelector('#__tauri_isolation__').contentDocument?.body ?? Promise.reject('none')",
    );
    let allowed = desk.evaluate(
        "return window.__TAURI_INTERNALS__.invoke('request', { envelope: '{\"cmd\":\"get_protection\",\"payload\":{}}' })
            .then((answer) => JSON.stringify(answer).length > 20);",
    );
    assert_eq!(allowed, true, "the console's own request passes");
}

#[test]
fn no_code_runs_that_did_not_come_with_the_program() {
    let desk = open();
    none_went_through(
        &desk,
        "eval: () => eval('1 + 1'),
        indirect: () => (0, eval)('1 + 1'),
        function: () => new Function('return 1')(),
        timer: () => new Promise((done, failed) => { window.ran = done; setTimeout(\"window.ran('ran')\", 0); setTimeout(failed, 300, 'never ran'); }),
        data: () => import('data:text/javascript,export default 1'),
        blob: () => import(URL.createObjectURL(new Blob(['export default 1'], { type: 'text/javascript' }))),
        worker: () => new Promise((done, failed) => {
            const worker = new Worker(URL.createObjectURL(new Blob(['postMessage(1)'])));
            worker.onmessage = done;
            worker.onerror = failed;
        }),
        inline: () => new Promise((done, failed) => {
            window.ran = done;
            const script = document.createElement('script');
            script.append('window.ran(1)');
            document.head.append(script);
            setTimeout(failed, 300, 'never ran');
        }),
        handler: () => new Promise((done, failed) => {
            window.ran = done;
            const picture = document.createElement('img');
            picture.setAttribute('onerror', 'window.ran(1)');
            picture.src = '/no-such-picture.png';
            document.body.append(picture);
            setTimeout(failed, 500, 'never ran');
        }),
        address: () => new Promise((done, failed) => {
            window.ran = done;
            location.href = 'javascript:window.ran(1)';
            setTimeout(failed, 300, 'never ran');
        })",
    );
}

#[test]
fn the_window_neither_leaves_nor_opens_another() {
    let stranger = Stranger::listen();
    let desk = open();
    let here = desk.evaluate("return location.href");
    let (port, file) = (stranger.port, Path::new("/etc/hostname").display());
    for going in [
        format!("location.href = 'http://127.0.0.1:{port}/'"),
        format!("location.replace('file://{file}')"),
        "location.href = 'data:text/html,elsewhere'".to_owned(),
        "location.href = 'https://example.com/'".to_owned(),
    ] {
        desk.evaluate(&format!("{going}; await new Promise((done) => setTimeout(done, 300)); return null;"));
        desk.see_text("h1", "Keep this safe: your recovery key");
        assert_eq!(desk.evaluate("return location.href"), here, "{going}");
        assert_eq!(stranger.visits(), NOBODY, "{going}");
    }
    let opened = desk.evaluate(&format!("return String(window.open('http://127.0.0.1:{port}/'))"));
    assert_eq!(opened, "null");
    assert_eq!(stranger.visits(), NOBODY, "window.open");
    let linked = format!(
        "const link = document.createElement('a');
        Object.assign(link, {{ href: 'http://127.0.0.1:{port}/', target: '_blank' }});
        document.body.append(link);
        link.click();
        await new Promise((done) => setTimeout(done, 300));
        return location.href;"
    );
    assert_eq!(desk.evaluate(&linked), here);
    // WebKit connects ahead when a link is clicked, before anybody is asked. It says nothing then.
    assert_eq!(stranger.visits().spoke, 0, "the page left for another host");
}

/// ID-2, DATA-2: after the recovery key was kept, nothing that the page can ask for or has kept holds a word of it.
#[test]
fn the_page_keeps_no_secret_and_is_told_none_again() {
    let desk = Desk::open();
    desk.see_text("h1", "Keep this safe: your recovery key");
    let words = desk.evaluate(
        "return [...document.querySelectorAll('ol li')].map((line) => line.innerText.replace(/[^a-z]/g, ''))",
    );
    let words: Vec<String> = serde_json::from_value(words).expect("words");
    assert_eq!(words.len(), 24);
    desk.keep_recovery_key();
    desk.see_text("h1", "Welcome to Usher");
    let again = desk.evaluate(
        "return window.__TAURI_INTERNALS__.invoke('request', { envelope: '{\"cmd\":\"show_recovery_key\",\"payload\":{}}' })
            .then(() => 'shown', (error) => error.code);",
    );
    assert_eq!(again, "recovery.confirmed");
    let kept = desk.evaluate(
        "const kept = { cookie: document.cookie, local: { ...localStorage }, session: { ...sessionStorage } };
        const bases = await (indexedDB.databases?.() ?? []);
        return JSON.stringify(kept) + JSON.stringify(bases) + document.documentElement.outerHTML;",
    );
    let kept = kept.as_str().expect("a text");
    let phrase = words.windows(2).find(|pair| {
        kept.contains(&format!("{} {}", pair[0], pair[1]))
            || kept.contains(&format!("{}\",\"{}", pair[0], pair[1]))
    });
    assert!(kept.contains("Welcome to Usher") && phrase.is_none());
}
