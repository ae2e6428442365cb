//! What the settings say of erasing what is old, in English; fetched with them.

import type { PurgedView } from "../../platform/bindings";

const numbers = new Intl.NumberFormat("en");

const kinds: Record<string, [one: string, many: string]> = {
  calls: ["call", "calls"],
  voicemails: ["voicemail", "voicemails"],
  transfers: ["transfer", "transfers"],
  states: ["entry of an attendant's time", "entries of attendants' time"],
  orders: ["failed order to the telephone system", "failed orders to the telephone system"],
  events: ["event of the switchboard", "events of the switchboard"],
  names: ["name from an import", "names from imports"],
  callers: ["caller's number", "callers' numbers"],
};

export const purgeWords = {
  title: "Kept for 24 months",
  kept: "Calls, voicemails, what attendants did and who called are kept for 24 months and then erased, every day. This cannot be changed.",
  others: "Backups lose it when they are replaced, within two days.",
  doubted:
    "This computer's clock is far ahead of everything Usher has seen. Nothing is erased until it has gone on for a day. If it is wrong, set it.",
  last: "Last erased",
  never: "Never yet",
  before: "From before",
  erased: "That was",
  nothing: "Nothing: all was younger",
  next: "Next",
  soon: "Within the hour",
  proof: "Every erasure is in the access log.",
  count: ({ what, rows }: PurgedView) => {
    const [one, many] = kinds[what] ?? [what, what];
    return `${numbers.format(rows)} ${rows === 1 ? one : many}`;
  },
};
