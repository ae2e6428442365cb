//! The words of the caller card, fetched when one is opened.

import type { ListingName, TransferEndName } from "../platform/bindings";

const count = (n: number, one: string, many: string): string =>
  `${n.toLocaleString()} ${n === 1 ? one : many}`;

export const cardWords = {
  close: "Close",
  call: (address: string) => `Call ${address}`,
  contact: "Card of the contact",
  noTransfers: "Never put through.",
  company: "Company",
  department: "Department",
  title: "Title",
  city: "City",
  email: "E-mail",
  transfers: {
    succeeded: (times: number, tried: number) =>
      times === tried ? count(times, "time", "times") : `${times} of ${count(tried, "time", "times")}`,
    ended: {
      put_through: "put through",
      came_back: "came back",
      refused: "could not be put through",
      left: "the caller left meanwhile",
    } satisfies Record<TransferEndName, string>,
    last: (ended: string, when: string) => `last ${ended}, ${when}`,
    kept: (entries: number, days: number) =>
      `${count(entries, "attempt", "attempts")} of this caller, kept for ${count(days, "day", "days")}.`,
    erase: "Erase …",
    eraseTitle: (who: string) => `Erase the transfers of ${who}?`,
    eraseText:
      "To whom this caller was put through, how often and how it ended is overwritten here. Call records stay, as the reports need them.",
    eraseYes: "Erase",
    change: "How long …",
  },
  listed: {
    title: "This number",
    is: {
      blocked: "Blocked: hears the busy tone, and nobody is rung.",
      spam: "Marked as spam: rings, and is marked.",
    } satisfies Record<ListingName, string>,
    prefix: (number: string) => `All numbers that begin with ${number}.`,
    by: (by: string, when: string) => `by ${by}, ${when}`,
    takeBack: "Take back",
    block: "Block …",
    spam: "Mark as spam …",
    reason: "Why",
    reasonHint: "Seen by everybody who may see callers.",
    yes: { blocked: "Block the number", spam: "Mark as spam" } satisfies Record<ListingName, string>,
    cancel: "Cancel",
  },
} as const;
