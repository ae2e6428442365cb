//! The words of the list of calls, fetched with it.

export const historyWords = {
  title: "Calls",
  grid: "Call history, newest first",
  empty: "No calls yet.",
  failed: "The history could not be read.",
  columns: {
    when: "When",
    who: "Who",
    service: "Service",
    outcome: "Outcome",
    waited: "Waited",
    connected: "Talked",
    to: "Put through to",
  },
  redial: "Call back",
  openCard: "Open card",
  keys: "↑ ↓ choose · Enter opens the card · C calls back · W says why",
  imported: "imported",
  simulatedOnly: "Simulated calls: kept apart, never counted.",
} as const;
