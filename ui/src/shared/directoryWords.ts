//! Words about contacts, their sources and their cards, fetched with the first screen that says them.

import type { AvailabilityName } from "../platform/bindings";

const count = (n: number, one: string, many: string): string =>
  `${n.toLocaleString()} ${n === 1 ? one : many}`;

/** `12 s`, `4 min`, `3 h`, `5 days`: how old something is. */
export function aged(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : count(Math.floor(hours / 24), "day", "days");
}

export const directoryWords = {
  presence: {
    of: {
      available: "available",
      busy: "busy",
      in_a_call: "in a call",
      do_not_disturb: "do not disturb",
      away: "away",
      offline: "offline",
      unknown: "not known",
    } satisfies Record<AvailabilityName, string>,
    byTelephone: "available on the telephone",
    told: (what: string, age_ms: number, stale: boolean) =>
      stale ? `${what}, but told ${aged(age_ms)} ago` : `${what}, told ${aged(age_ms)} ago`,
  },
  groups: {
    label: "Whom to list",
    favourites: "Favourites",
    all: "Everybody",
    keys: "← → group · Alt ↑ ↓ moves the chosen one",
  },
  found: {
    favourite: "Favourite",
    makeFavourite: "Make a favourite",
    noFavourite: "No favourite any more",
    openCard: "Open card",
    gone: "In no address book any more",
    origins: (names: readonly string[]) => `From ${names.join(", ")}`,
    /** As a field is named before its value, where the row has no place for it. */
    fields: {
      company: "Company",
      department: "Department",
      title: "Title",
      city: "City",
      email: "E-mail",
      number: "Number",
    },
    operators: "Narrow with",
    complete: "Tab completes",
  },
} as const;
