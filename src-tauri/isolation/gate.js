//! The gate between the page and Rust, in a frame of its own origin that the page can neither read nor change (Tauri's
//! isolation pattern). Only what passes here is sealed with the key of this start, and Rust opens nothing else. Lets through
//! the five things that the page may do, in the form it does them; knows no request and takes no decision of the business.

/** The longest envelope: `app::api::REQUEST_BYTES_MAX`, held equal by a test of the desktop. Rust counts the bytes. */
const REQUEST_CHARACTERS_MAX = 44 * 1024 * 1024;
/** Names of commands and events are short words. */
const NAME_CHARACTERS_MAX = 64;
/** The one event (`EVENT` in `door.rs`). */
const EVENT = "usher";
/** What becomes of the rest: a command that does not exist, so that the page hears a refusal and waits for nothing. */
const REFUSED = "refused";

/** What may pass: each command with the form of its arguments. */
const passes = {
  // The console's only command: the text of `{"cmd": …, "payload": {…}}`.
  request: (it) => hasOnly(it, ["envelope"]) && isEnvelope(it.envelope),
  "plugin:event|listen": (it) =>
    hasOnly(it, ["event", "target", "handler"]) && it.event === EVENT && Number.isSafeInteger(it.handler),
  "plugin:event|unlisten": (it) =>
    hasOnly(it, ["event", "eventId"]) && it.event === EVENT && Number.isSafeInteger(it.eventId),
  // The wallboard fills the screen, and leaves it again.
  "plugin:window|set_fullscreen": (it) =>
    hasOnly(it, ["label", "value"]) && it.label === "main" && typeof it.value === "boolean",
  // The page prints one thing, the recovery key.
  "plugin:webview|print": (it) => hasOnly(it, []),
};

window.__TAURI_ISOLATION_HOOK__ = ({ cmd, callback, error, payload }) => {
  const isKnown = typeof cmd === "string" && Object.hasOwn(passes, cmd);
  return isKnown && passes[cmd](payload)
    ? { cmd, callback, error, payload }
    : { cmd: REFUSED, callback, error, payload: {} };
};

function isEnvelope(text) {
  if (typeof text !== "string" || text.length > REQUEST_CHARACTERS_MAX) return false;
  try {
    const envelope = JSON.parse(text);
    return (
      hasOnly(envelope, ["cmd", "payload"]) &&
      typeof envelope.cmd === "string" &&
      envelope.cmd.length <= NAME_CHARACTERS_MAX &&
      isObject(envelope.payload)
    );
  } catch {
    return false;
  }
}

function isObject(it) {
  return typeof it === "object" && it !== null && !Array.isArray(it);
}

function hasOnly(it, names) {
  return isObject(it) && Object.keys(it).every((name) => names.includes(name));
}
