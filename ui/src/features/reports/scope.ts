//! Of which days a report is, in words: zone and clock changes are named, never guessed (REPORT-2).

import type { ReportView } from "../../platform/bindings";
import { reportsWords as words } from "./reportsWords";

export function scopeText({ from, to, time_zone, odd_days }: ReportView): string {
  const scope = words.scope(...daysText(from, to, time_zone), time_zone);
  return [
    scope,
    ...odd_days.map(({ day, minutes }) => words.oddDay(day, (minutes / 60).toLocaleString())),
  ].join(" ");
}

/** The first and the last day. */
export function daysText(from: number, to: number, timeZone: string): [string, string] {
  const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone });
  return [day.format(from), day.format(to - 1)];
}
