//! What the reports know: the question and the answer, and that of the period it is compared with. Outlives the screen, so that a
//! call that is answered in between costs no question. Works no KPI out: the host does. Does not draw.

import { create } from "zustand";
import type {
  FileFormatName,
  FiguresView,
  GroupingName,
  KpiName,
  ReportAsk,
  ReportCallersView,
  ReportCallsAsk,
  ReportFilterForm,
  ReportView,
} from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { hostNow } from "../../shared/clock";
import { fileOf, saveFile } from "../../shared/files";

export const PERIODS = ["today", "yesterday", "week", "month", "quarter", "own"] as const;
export type Period = (typeof PERIODS)[number];

/** Days of the periods that end today. */
const DAYS: Partial<Record<Period, number>> = { week: 7, month: 30, quarter: 90 };

/** Callers in the table. */
const CALLERS = 20;

/** The numbers of the form as they are typed. */
export interface Thresholds {
  sla_seconds: string;
  hang_up_seconds: string;
  short_call_seconds: string;
}

/** What may stand in each of them, in seconds. */
export const THRESHOLD_MAX = 86_400;

/** What the figures stand beside. */
export const COMPARISONS = ["none", "before", "year", "own"] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** One attendant, caller or outcome, as she stands in a table. */
export interface One<T> {
  id: T;
  title: string;
}

export interface Question {
  period: Period;
  /** Local days, both included. */
  first_day: string;
  last_day: string;
  /** `null`: all she may see. */
  service: string | null;
  /** `null`: what suits the length of the period. */
  grouping: GroupingName | null;
  thresholds: Thresholds;
  /** Only calls of this number, as it is typed; empty: of everybody. */
  number: string;
  attendant: One<string> | null;
  caller: One<string> | null;
  outcome: One<number> | null;
  compare: Comparison;
  /** The first of the days that are compared with, where she chooses it; there are as many. */
  compare_day: string;
}

/** Which calls stand behind a number. */
export interface Drill {
  /** What the number is, in words. */
  title: string;
  filter?: Partial<ReportFilterForm>;
  within?: Partial<Pick<ReportCallsAsk, "from" | "to" | "weekday" | "hour">>;
}

interface Reports extends Question {
  report: ReportView | null;
  /** What it was asked with. */
  asked: ReportAsk | null;
  /** The period before, of the same length. */
  before: ReportView | null;
  /** Who called most; `null` with a reason: it is not told of so many calls. */
  callers: ReportCallersView | null;
  callers_problem: string | null;
  is_reading: boolean;
  problem: string | null;
  drill: Drill | null;
  /** A file is being made. */
  is_taking: boolean;
  taking_problem: string | null;
}

/** Days are those of the clock on this wall. */
export const PERIOD_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

export const useReports = create<Reports>(() => ({
  period: "week",
  ...daysOf("week", dayText(new Date())),
  service: null,
  grouping: null,
  thresholds: { sla_seconds: "20", hang_up_seconds: "20", short_call_seconds: "5" },
  number: "",
  attendant: null,
  caller: null,
  outcome: null,
  compare: "before",
  compare_day: shifted(dayText(new Date()), -364),
  report: null,
  asked: null,
  before: null,
  callers: null,
  callers_problem: null,
  is_reading: false,
  problem: null,
  drill: null,
  is_taking: false,
  taking_problem: null,
}));

/** The first and last day of a period that is told by its name. */
export function daysOf(period: Period, today: string): { first_day: string; last_day: string } {
  if (period === "yesterday") {
    const day = shifted(today, -1);
    return { first_day: day, last_day: day };
  }
  return { first_day: shifted(today, 1 - (DAYS[period] ?? 1)), last_day: today };
}

/** How many days, both ends included; 0 or less where they are the wrong way round. */
export function daysFrom(first: string, last: string): number {
  return Math.round((Date.parse(`${last}T00:00Z`) - Date.parse(`${first}T00:00Z`)) / 86_400_000) + 1;
}

/** What one bar should be, so that there are neither too few nor too many of them. */
export function suited(days: number): GroupingName {
  if (days <= 1) return "hour";
  if (days <= 45) return "day";
  return days <= 200 ? "week" : "month";
}

/** The question as the host takes it; `null` while something in the form is no answer. */
export function question(form: Question): ReportAsk | null {
  const { first_day, last_day, service, thresholds } = form;
  const days = daysFrom(first_day, last_day);
  const sla_seconds = secondsOf(thresholds.sla_seconds);
  const hang_up_seconds = secondsOf(thresholds.hang_up_seconds);
  const short_call_seconds = secondsOf(thresholds.short_call_seconds);
  if (sla_seconds === null || hang_up_seconds === null || short_call_seconds === null) return null;
  if (!(days >= 1) || !isNumber(form.number)) return null;
  if (form.compare === "own" && !(daysFrom(form.compare_day, form.compare_day) === 1)) return null;
  return {
    filter: {
      first_day,
      last_day,
      time_zone: PERIOD_ZONE,
      services: service === null ? [] : [service],
      attendant: form.attendant?.id ?? null,
      caller: form.caller?.id ?? null,
      ...(form.number.trim() !== "" && { number: form.number.trim() }),
      outcomes: form.outcome === null ? [] : [form.outcome.id],
    },
    grouping: form.grouping ?? suited(days),
    sla_seconds,
    hang_up_seconds,
    short_call_seconds,
    heat_map: true,
  };
}

/** Whole seconds within the permitted range, else `null`. */
export function secondsOf(text: string): number | null {
  if (!/^\d{1,5}$/.test(text.trim())) return null;
  const seconds = Number(text);
  return seconds <= THRESHOLD_MAX ? seconds : null;
}

/** Whether the host could look this up: nothing, a SIP address, or at least the last four digits. */
export function isNumber(text: string): boolean {
  return text.trim() === "" || text.includes("@") || text.replaceAll(/\D/g, "").length >= 4;
}

/** The same question of as many other days; only its sums are looked at. `null`: of none. */
export function questionBefore(
  asked: ReportAsk,
  { compare, compare_day }: Pick<Question, "compare" | "compare_day">,
): ReportAsk | null {
  if (compare === "none") return null;
  const { first_day, last_day } = asked.filter;
  const days = daysFrom(first_day, last_day);
  const first = {
    before: shifted(first_day, -days),
    year: yearBefore(first_day),
    own: compare_day,
  }[compare];
  // The same dates: those of a leap year are one more or less.
  const last = compare === "year" ? yearBefore(last_day) : shifted(first, days - 1);
  const filter = { ...asked.filter, first_day: first, last_day: last };
  return { ...asked, filter, grouping: "whole", heat_map: false };
}

/** The same date a year before; 29 February was 28 February. */
function yearBefore(day: string): string {
  const date = `${String(Number(day.slice(0, 4)) - 1).padStart(4, "0")}${day.slice(4)}`;
  return date.endsWith("02-29") ? `${date.slice(0, 8)}28` : date;
}

let turn = 0;

/** Asks the host. What an earlier question brings late is dropped. */
export async function read(): Promise<void> {
  const form = useReports.getState();
  const asked = question(form);
  if (asked === null) return;
  const mine = ++turn;
  useReports.setState({ is_reading: true });
  try {
    const other = questionBefore(asked, form);
    const [report, before, callers] = await Promise.all([
      ask("get_report", { ask: asked }),
      other === null ? null : ask("get_report", { ask: other }),
      readCallers(asked),
    ]);
    if (mine === turn)
      useReports.setState({ report, before, ...callers, asked, is_reading: false, problem: null });
  } catch (error) {
    if (mine === turn) useReports.setState({ is_reading: false, problem: RefusedError.from(error).message });
  }
}

/** Who called most. The report is there without it where there are too many calls to look at one by one. */
async function readCallers({
  filter,
  short_call_seconds,
}: ReportAsk): Promise<Pick<Reports, "callers" | "callers_problem">> {
  try {
    const callers = await ask("get_report_callers", {
      ask: { filter, short_call_seconds, limit: CALLERS },
    });
    return { callers, callers_problem: null };
  } catch (error) {
    return { callers: null, callers_problem: RefusedError.from(error).message };
  }
}

/** Has the host make a file of what is shown, and offers it for saving. */
export async function take(format: FileFormatName, calls: boolean): Promise<void> {
  const { asked } = useReports.getState();
  if (asked === null) return;
  useReports.setState({ is_taking: true });
  try {
    const file = await ask("export_report", { ask: { report: asked, format, calls } });
    saveFile(fileOf(file.content_base64, file.media_type), file.name);
    useReports.setState({ is_taking: false, taking_problem: null });
  } catch (error) {
    useReports.setState({ is_taking: false, taking_problem: RefusedError.from(error).message });
  }
}

/** Chooses, and asks at once. */
export function choose(choice: Partial<Question>): void {
  useReports.setState((form) => {
    const period = choice.period ?? form.period;
    const named = choice.period !== undefined && period !== "own";
    return { ...choice, ...(named && daysOf(period, dayText(new Date(hostNow())))) };
  });
  void read();
}

export function kpi(figures: FiguresView, name: KpiName): number | null {
  return figures.kpis.find((figure) => figure.kpi === name)?.value ?? null;
}

/** Times are told in milliseconds, all others are shares. */
export function isTime(name: KpiName): boolean {
  return name === "asa" || name === "aht";
}

/** Whether more of it is better; `null`: neither. */
export function isBetterHigher(name: KpiName): boolean | null {
  switch (name) {
    case "abandonment_rate":
    case "asa":
      return false;
    case "aht":
    case "occupancy":
      return null;
    case "hang_up_sla":
    case "service_level_abandons_ignored":
    case "service_level_abandons_negative":
    case "service_level_abandons_positive":
    case "acceptance_sla":
    case "reachability":
      return true;
  }
}

/** Who stood in the queue and was neither answered nor hung up: sent on by the workflow, for example. */
export function others({ queued, answered, abandoned }: FiguresView): number {
  return Math.max(0, queued - answered - abandoned);
}

/** `2026-11-27` as the clock here shows it. */
export function dayText(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

function shifted(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}
