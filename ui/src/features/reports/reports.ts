//! What the reports know: the question and the answer, and that of the period it is compared with. Outlives the screen, so that a
//! call that is answered in between costs no question. Works no KPI out: the host does. Does not draw.

import { create } from "zustand";
import type {
  FiguresView,
  GroupingName,
  KpiName,
  ReportAsk,
  ReportCallsAsk,
  ReportFilterForm,
  ReportView,
} from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { hostNow } from "../../shared/clock";
import { csvOf } from "../../shared/files";

export const PERIODS = ["today", "yesterday", "week", "month", "quarter", "own"] as const;
export type Period = (typeof PERIODS)[number];

/** Days of the periods that end today. */
const DAYS: Partial<Record<Period, number>> = { week: 7, month: 30, quarter: 90 };

/** The numbers of the form as they are typed. */
export interface Thresholds {
  sla_seconds: string;
  hang_up_seconds: string;
  short_call_seconds: string;
}

/** What may stand in each of them, in seconds. */
export const THRESHOLD_MAX = 86_400;

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
  compare: boolean;
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
  is_reading: boolean;
  problem: string | null;
  drill: Drill | null;
}

const TIME_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

export const useReports = create<Reports>(() => ({
  period: "week",
  ...daysOf("week", dayText(new Date())),
  service: null,
  grouping: null,
  thresholds: { sla_seconds: "20", hang_up_seconds: "20", short_call_seconds: "5" },
  compare: true,
  report: null,
  asked: null,
  before: null,
  is_reading: false,
  problem: null,
  drill: null,
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
  if (!(days >= 1)) return null;
  return {
    filter: {
      first_day,
      last_day,
      time_zone: TIME_ZONE,
      services: service === null ? [] : [service],
      attendant: null,
      caller: null,
      outcomes: [],
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

/** The same question of the days just before; only its sums are looked at. */
export function questionBefore(asked: ReportAsk): ReportAsk {
  const { first_day, last_day } = asked.filter;
  const days = daysFrom(first_day, last_day);
  const filter = {
    ...asked.filter,
    first_day: shifted(first_day, -days),
    last_day: shifted(last_day, -days),
  };
  return { ...asked, filter, grouping: "whole", heat_map: false };
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
    const [report, before] = await Promise.all([
      ask("get_report", { ask: asked }),
      form.compare ? ask("get_report", { ask: questionBefore(asked) }) : null,
    ]);
    if (mine === turn) useReports.setState({ report, before, asked, is_reading: false, problem: null });
  } catch (error) {
    if (mine === turn) useReports.setState({ is_reading: false, problem: RefusedError.from(error).message });
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

/** The intervals as a table for other programs; every column carries its KPI's id. */
export function csv(report: ReportView): string {
  const names = report.formulas.map(({ kpi }) => kpi);
  const counts = ["sessions", "queued", "answered", "handled", "abandoned", "short"] as const;
  const sums = ["wait_ms", "connected_ms", "hold_ms", "park_ms", "acw_ms"] as const;
  const spans = ["p50_ms", "p80_ms", "p90_ms", "p95_ms", "p99_ms"] as const;
  const head = ["from", ...counts, ...names, ...sums, ...spans.map((span) => `wait_${span}`)];
  const rows = report.intervals.map(({ began, figures }) => [
    began,
    ...counts.map((name) => figures[name]),
    ...names.map((name) => kpi(figures, name)),
    ...sums.map((name) => figures[name]),
    ...spans.map((name) => figures.wait[name]),
  ]);
  return csvOf([head, ...rows]);
}

/** `2026-11-27` as the clock here shows it. */
export function dayText(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

function shifted(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}
