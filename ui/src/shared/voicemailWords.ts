//! What the screen of messages says, in English: apart from `words.ts`, because the console is drawn before anybody needs it.

const count = (n: number, one: string, many: string): string =>
  `${n.toLocaleString()} ${n === 1 ? one : many}`;

export const voicemailWords = {
  title: "Messages",
  grid: "Messages of callers, newest first",
  keys: "↑ ↓ choose · Space listen · ← → five seconds · H handled · C call back · Enter card",
  waiting: (n: number) =>
    n === 0 ? "Nobody waits for an answer" : count(n, "message waits", "messages wait"),
  show: "Show",
  filters: { waiting: "Waiting", all: "All" },
  columns: { when: "Left", who: "Caller", service: "Service", length: "Length", state: "State" },
  states: { waiting: "Waiting", handled: "Handled" },
  emptyWaiting: "No message waits. What callers leave shows here at once.",
  emptyAll: "No caller has left a message yet. A workflow with the step Voicemail lets them.",
  failed: "The messages cannot be shown. They come back by themselves when Usher answers again.",
  noService: "Service removed",
  choose: "Choose a message to hear it.",
  details: "The chosen message",
  left: (when: string, service: string) => `Left ${when} for ${service}`,
  callBack: "Call back",
  callBackWho: (name: string) => `Call ${name} back`,
  noNumber: "The caller withheld the number",
  card: "Caller card",
  handled: "Mark as handled",
  unhandled: "Mark as waiting",
  forward: "Forward to",
  forwardNow: "Forward",
  forwarded: (service: string) => `Forwarded to ${service}`,
  marked: (handled: boolean) => (handled ? "Marked as handled" : "Marked as waiting"),
};

/** The player's words; sounds that callers hear are played by it too. */
export const playerWords = {
  label: (what: string) => `Player: ${what}`,
  play: "Play",
  pause: "Pause",
  loading: "Fetching …",
  position: "Position",
  at: (at: string, of: string) => `${at} of ${of}`,
  speed: "Speed",
  times: (speed: number) => `${speed}×`,
  failed: "This computer cannot play it.",
};
