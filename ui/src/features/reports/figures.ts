//! Numbers of reports as text. Pure.

import type { KpiName } from "../../platform/bindings";
import { span } from "../../shared/format";
import { isTime, type Question } from "./reports";
import { reportsWords as words } from "./reportsWords";

/** A number and its unit stay on one line. */
const UNIT_GAP = "\u00a0";

/** `83.4 %`; nobody is told that all were reached when one was not. */
export function percent(share: number | null): string {
  if (share === null) return words.noData;
  const rounded = Math.round(share * 1000) / 10;
  const honest = share < 1 && rounded === 100 ? 99.9 : share > 0 && rounded === 0 ? 0.1 : rounded;
  return `${honest.toLocaleString(undefined, { minimumFractionDigits: 1, maximumFractionDigits: 1 })}${UNIT_GAP}%`;
}

/** `7.2 s`, from a minute on `2:11`. */
export function time(ms: number | null): string {
  if (ms === null) return words.noData;
  if (ms < 60_000) {
    const seconds = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
    return `${(Math.floor(ms / 100) / 10).toLocaleString(undefined, seconds)}${UNIT_GAP}s`;
  }
  return span(ms);
}

/** A KPI as it is shown. */
export function figure(name: KpiName, value: number | null): string {
  return isTime(name) ? time(value) : percent(value);
}

/** What the report is narrowed to, in words. */
export function narrowed(form: Pick<Question, "number" | "attendant" | "caller" | "outcome">): string[] {
  const { number, attendant, caller, outcome } = form;
  return [
    ...(number.trim() === "" ? [] : [words.only.caller(number.trim())]),
    ...(attendant === null ? [] : [words.only.attendant(attendant.title)]),
    ...(caller === null ? [] : [words.only.caller(caller.title)]),
    ...(outcome === null ? [] : [words.only.outcome(outcome.title)]),
  ];
}

/** Seconds at the edge of a bar: `20 s`, `2 min`, `1 h`. */
export function edge(seconds: number): string {
  if (seconds >= 3600 && seconds % 3600 === 0) return `${seconds / 3600} h`;
  if (seconds >= 120 && seconds % 60 === 0) return `${seconds / 60} min`;
  return `${seconds} s`;
}

/** The local time an interval began at, as short as its length permits. */
export function beginning(began: string, isWithinDay: boolean): string {
  const [day = "", time = ""] = began.split("T");
  if (isWithinDay) return time.slice(0, 5);
  const date = new Date(`${day}T12:00`);
  return new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" }).format(
    date,
  );
}
