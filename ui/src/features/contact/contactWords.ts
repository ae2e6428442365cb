//! The words of the contact card (DIR-4), fetched when one is opened.

import type { BusyName } from "../../platform/bindings";
import { aged } from "../../shared/directoryWords";

const count = (n: number, one: string, many: string): string =>
  `${n.toLocaleString()} ${n === 1 ? one : many}`;

export const contactWords = {
  loading: "Asking for the card …",
  failed: (why: string) => `The card could not be asked for. ${why}`,
  retry: "Try again",
  close: "Close",
  gone: "No address book has this contact any more. Notes and groups are kept for 90 days, in case it comes back.",
  favourite: "Favourite",
  from: (names: readonly string[]) => `From ${names.join(", ")}`,
  fields: { email: "E-mail", city: "City" },
  numbers: {
    title: "Numbers",
    none: "No number in any address book.",
    first: "tried first",
    choose: (address: string) => `Try ${address} first`,
    call: "Call",
    callWho: (address: string) => `Call ${address}`,
  },
  calendar: {
    title: "Calendar",
    asking: "Asking the calendar …",
    none: "No calendar of this contact can be asked.",
    failed: (why: string) => `Not known. ${why}`,
    now: "Now",
    next: "Then",
    until: (at: string) => `until ${at}`,
    from: (from: string) => `from ${from}`,
    told: (ms: number) => `told ${aged(ms)} ago`,
    of: {
      free: "free",
      tentative: "busy, not certain",
      busy: "busy",
      out_of_office: "out of office",
      working_elsewhere: "working elsewhere",
      unknown: "not known",
    } satisfies Record<BusyName, string>,
  },
  standIn: {
    title: "Stands in",
    nobody: "Nobody stands in.",
    until: (day: string) => `until ${day}`,
    said: (by: string, when: string) => `said by ${by}, ${when}`,
    for: "Stands in for",
    choose: "Choose …",
    change: "Change …",
    remove: "Nobody any more",
    search: "Who stands in",
    untilLabel: "Until the end of (empty: until somebody changes it)",
    results: "Contacts to stand in",
    noResults: "Nobody found.",
    cancel: "Cancel",
  },
  note: {
    title: "Note",
    label: "Note for everybody at this console",
    save: "Save",
    saved: "Saved.",
    saving: "Saving …",
    kept: "Somebody else wrote meanwhile: both notes are kept, yours below.",
    by: (by: string, when: string) => `${by}, ${when}`,
    conflict: "written without knowing of what stands above",
    write: "Write a note …",
    change: "Change …",
    cancel: "Cancel",
    hint: "Seen by everybody at this console.",
  },
  groups: {
    title: "Your groups",
    favourites: "Favourites",
    add: "New group",
    addButton: "Add",
  },
  colleagues: {
    title: (department: string) => (department === "" ? "Same department" : `Same department: ${department}`),
    more: (n: number) => count(n, "more", "more"),
    open: (name: string) => `Card of ${name}`,
  },
} as const;
