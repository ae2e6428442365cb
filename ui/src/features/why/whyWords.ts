//! The words of "Why?" that are the screen's own; the sentences themselves come from the host. Fetched with the panel.

import type { WhyFate } from "../../platform/bindings";

export const whyWords = {
  title: (who: string) => `Why? ${who}`,
  loading: "Asking the switchboard …",
  reading: "Reading the journal from its beginning …",
  gone: "This call waits no more.",
  now: "Now",
  members: "Members of the service, in the order in which they are rung",
  columns: { member: "Member", fate: "", reason: "Why" },
  fate: {
    rung: "Rung",
    selectable: "Could be rung",
    passed_over: "Passed over",
  } satisfies Record<WhyFate, string>,
  more: (n: number) => `and ${n.toLocaleString()} more`,
  past: "What was decided",
  showPast: "Show what was decided so far",
  shortened: "Only the latest decisions are kept.",
  none: "Nothing has been decided yet.",
  considered: (n: number) => `Who was considered (${n.toLocaleString()})`,
  close: "Close",
} as const;
