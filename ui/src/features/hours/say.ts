//! Dates, times and periods as people say them. Pure. Dates and local times are texts of the calendar's own clock and stay so:
//! they are never turned into instants here, so this computer's zone changes nothing.

import type {
  CalendarForm,
  PeriodForm,
  PeriodPlace,
  SpecialDayView,
  WhenForm,
} from "../../platform/bindings";
import { hoursWords as words } from "../../shared/hoursWords";

/** Monday to Sunday; the third of January 2000 was a Monday. */
const MONDAY = Date.UTC(2000, 0, 3);
const DAY_MS = 86_400_000;

function formatted(options: Intl.DateTimeFormatOptions): (utc: number) => string {
  const format = new Intl.DateTimeFormat(undefined, { ...options, timeZone: "UTC" });
  return (utc) => format.format(utc);
}

const shortDay = formatted({ weekday: "short" });
const longDay = formatted({ weekday: "long" });
const dayAndMonth = formatted({ day: "numeric", month: "short" });
const dayAndLongMonth = formatted({ day: "numeric", month: "long" });
const fullDate = formatted({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
const spokenDate = formatted({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
const month = formatted({ month: "short" });

/** Days of the week by their place, 0 is Monday: `Mon` or `Monday`. */
export const dayName = (place: number, long = false): string =>
  (long ? longDay : shortDay)(MONDAY + place * DAY_MS);

/** 1 to 12. */
export const monthName = (number: number): string => month(Date.UTC(2000, number - 1, 1));

function utcOf(date: string): number {
  return Date.UTC(Number(date.slice(0, 4)), Number(date.slice(5, 7)) - 1, Number(date.slice(8, 10)));
}

const isDate = (text: string): boolean => /^\d{4}-\d{2}-\d{2}/.test(text);

/** `Fri, 24 Dec 2027`; what is no date stays as it was typed. */
export const sayDate = (date: string): string => (isDate(date) ? fullDate(utcOf(date)) : date);
export const sayDateAloud = (date: string): string => (isDate(date) ? spokenDate(utcOf(date)) : date);
export const sayShortDate = (date: string): string => (isDate(date) ? dayAndMonth(utcOf(date)) : date);

/** `Fri, 24 Dec 2027, 12:00`. */
export const sayMoment = (local: string): string => `${sayDate(local)}, ${local.slice(11)}`;

/** `08:00` of milliseconds since midnight, `24:00` at its end. */
export function sayTime(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

/** So many days later. */
export function plusDays(date: string, days: number): string {
  return new Date(utcOf(date) + days * DAY_MS).toISOString().slice(0, 10);
}

/** The Monday of its week. */
export function mondayOf(date: string): string {
  return plusDays(date, -((new Date(utcOf(date)).getUTCDay() + 6) % 7));
}

/** Today by this computer's clock: where a picture begins. */
export function today(): string {
  const now = new Date();
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()]
    .map((part) => String(part).padStart(2, "0"))
    .join("-");
}

/** `Mon–Fri, Sun`. */
export function sayDays(days: number): string {
  if (days === 127) return words.period.everyDay;
  const runs: string[] = [];
  for (let from = 0; from < 7; from += 1) {
    if ((days & (1 << from)) === 0) continue;
    let to = from;
    while (to < 6 && (days & (1 << (to + 1))) !== 0) to += 1;
    if (to - from >= 2) runs.push(`${dayName(from)}–${dayName(to)}`);
    else for (let day = from; day <= to; day += 1) runs.push(dayName(day));
    from = to;
  }
  return runs.length === 0 ? words.period.noDays : runs.join(", ");
}

export function sayWhen(when: WhenForm): string {
  switch (when.kind) {
    case "weekly": {
      const isNextDay = when.to <= when.from;
      return `${sayDays(when.days)} ${when.from}–${when.to}${isNextDay ? ` (${words.period.dayAfter})` : ""}`;
    }
    case "dates":
      return when.from === when.to ? sayDate(when.from) : `${sayDate(when.from)} – ${sayDate(when.to)}`;
    case "span":
      return when.from.slice(0, 10) === when.to.slice(0, 10)
        ? `${sayMoment(when.from)}–${when.to.slice(11)}`
        : `${sayMoment(when.from)} – ${sayMoment(when.to)}`;
    case "yearly":
      // A leap year, which has every day.
      return words.period.everyYear(dayAndLongMonth(Date.UTC(2000, when.month - 1, when.day)));
  }
}

export const stateName = (open: boolean): string => (open ? words.open : words.closed);

/** A period in one line. */
export function sayPeriod({ open, label, when }: PeriodForm): string {
  return [label, sayWhen(when), stateName(open)].filter((part) => part !== "").join(", ");
}

/** What decided, by its name. */
export function reason(form: CalendarForm, place: PeriodPlace): string {
  const period = place.kind === "calendar" ? undefined : form[place.kind][place.at];
  if (period === undefined) return "";
  return period.label === "" ? sayWhen(period.when) : period.label;
}

/** Days that follow each other and are alike, as one. */
export interface SpecialRun {
  from: string;
  to: string;
  day: SpecialDayView;
}

export function runs(special: readonly SpecialDayView[]): SpecialRun[] {
  const found: SpecialRun[] = [];
  for (const day of special) {
    const last = found.at(-1);
    const isAlike =
      last !== undefined &&
      plusDays(last.to, 1) === day.date &&
      last.day.open_ms === day.open_ms &&
      last.day.primary.join() === day.primary.join() &&
      last.day.shifts.length === 0 &&
      day.shifts.length === 0;
    if (isAlike) last.to = day.date;
    else found.push({ from: day.date, to: day.date, day });
  }
  return found;
}

/** `closed all day`, `open 4:30 h`. */
export function sayOpen(open_ms: number): string {
  if (open_ms === 0) return words.year.closedAllDay;
  if (open_ms === DAY_MS) return words.year.openAllDay;
  const minutes = Math.round(open_ms / 60_000);
  return words.year.openFor(`${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")} h`);
}
