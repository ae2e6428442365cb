//! The words of listed numbers, the home country, dialling and groups, fetched with the screen of the address books.

import type { ListingName } from "../../platform/bindings";
import { aged } from "../../shared/directoryWords";

const count = (n: number, one: string, many: string): string =>
  `${n.toLocaleString()} ${n === 1 ? one : many}`;

export const numberWords = {
  tabs: { sources: "Sources", numbers: "Numbers", groups: "Your groups" },
  tabList: "Parts of the address books",
  failed: (why: string) => `The numbers could not be asked for. ${why}`,
  loading: "Asking for the numbers …",
  retry: "Try again",
  home: {
    title: "Home country",
    text: "How numbers without a country code are read: those that are dialled, and those of callers.",
    label: "The telephone system stands in",
    none: "Not chosen",
  },
  dialling: {
    title: "How this site is dialled",
    text: "Numbers are typed, and kept in address books, without what gets an outside line: it is put before them when they are dialled.",
    labels: {
      outside: "Outside line",
      extension_min: "Shortest extension",
      extension_max: "Longest extension",
      block: "Block of the site",
    },
    hints: {
      outside: "Dialled before numbers outside, such as 0 or 9. Empty: nothing.",
      extension_min: "2 to 8 digits",
      extension_max: "2 to 8 digits",
      block: "What stands before extensions for callers from outside, such as +41 44 555. Empty: not known.",
    },
    comes: "Callers from outside come with the outside line before their number",
    save: "Save",
    saved: "How this site is dialled is kept, from the next call on.",
  },
  listed: {
    title: "Blocked and spam numbers",
    text: "A blocked caller hears the busy tone and nobody is rung. A spam number rings and is marked.",
    list: "Listed numbers",
    empty: "No number is listed.",
    kinds: { blocked: "Blocked", spam: "Spam" } satisfies Record<ListingName, string>,
    prefix: (number: string) => `${number} …`,
    prefixHint: "all numbers that begin so",
    by: (by: string, ms: number) => `by ${by}, ${aged(ms)} ago`,
    calls: {
      blocked: (n: number) => count(n, "call turned away", "calls turned away"),
      spam: (n: number) => count(n, "call marked", "calls marked"),
    } satisfies Record<ListingName, (n: number) => string>,
    last: (ms: number) => `last ${aged(ms)} ago`,
    takeBack: "Take back",
    takeBackWho: (number: string) => `Take back ${number}`,
    add: "List a number",
    number: "Number",
    numberHint: "As it is dialled here, or with its country code.",
    kind: "What becomes of its callers",
    beginning: "All numbers that begin so",
    reason: "Why",
    save: "List it",
    needed: "Needed",
  },
  groups: {
    title: "Your groups",
    text: "Only you see them. They stand beside your favourites while nothing is typed in the search.",
    list: "Your groups, in your order",
    none: "You have no groups beside your favourites.",
    size: (n: number) => count(n, "contact", "contacts"),
    up: (name: string) => `Move ${name} up`,
    down: (name: string) => `Move ${name} down`,
    keys: "Alt ↑ ↓ moves a group",
    rename: "Rename",
    renameWho: (name: string) => `New name of ${name}`,
    save: "Save",
    remove: "Remove …",
    removeWho: (name: string) => `Remove ${name}`,
    removeTitle: (name: string) => `Remove ${name}?`,
    removeText: "Its contacts stay in the address books and in your other groups.",
    removeYes: "Remove",
    add: "New group",
    addButton: "Add",
  },
} as const;
