//! What the host has against a draft, found by field. Pure; the same validator refuses a calendar when it is saved.

import type { CalendarFaultView, PeriodPlace } from "../../platform/bindings";
import { hoursWords } from "../../shared/hoursWords";
import type { ListName } from "./draft";

/** Sentences by path: `name`, `primary.3.to`. */
export type Faults = Readonly<Record<string, string>>;

export function pathOf(place: PeriodPlace, field: string): string {
  return place.kind === "calendar" ? field : `${place.kind}.${place.at}.${field}`;
}

/** Of several for one field the first. */
export function byField(faults: readonly CalendarFaultView[]): Faults {
  const found: Record<string, string> = {};
  for (const { place, field, permitted } of faults)
    found[pathOf(place, field)] ??= hoursWords.period.permitted(permitted);
  return found;
}

/** The first fault of a period, `undefined` where it has none. */
export function ofPeriod(faults: Faults, list: ListName, at: number): string | undefined {
  const path = Object.keys(faults).find((one) => one.startsWith(`${list}.${at}.`));
  return path === undefined ? undefined : faults[path];
}

/** For a Fluent field. */
export function wrong(faults: Faults, path: string): { validationMessage?: string } {
  const fault = faults[path];
  return fault === undefined ? {} : { validationMessage: fault };
}
