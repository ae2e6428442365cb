//! What the planner knows: the question, what earlier days tell, and the answer. Outlives the screen, so that a call that is
//! answered in between costs no plan. Does not draw.

import { create } from "zustand";
import type { StaffingAsk, StaffingBasis, StaffingPlan } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { useDesk } from "../../shared/desk";
import { csvOf } from "../../shared/files";
import { plannerWords as words } from "./plannerWords";

export const INTERVALS = [15, 30, 60] as const;

/** Where callers come from: what the day will bring, or what earlier days had. */
export type Source = "forecast" | "average";

/** The numbers of the form as they are typed. */
export interface Fields {
  target_percent: string;
  target_seconds: string;
  talk_seconds: string;
  talk_variation: string;
  after_call_work_seconds: string;
  patience_seconds: string;
  queue_time_max_seconds: string;
  day_variation_percent: string;
}

/** What may stand in a field; `optional`: or nothing. */
export const RANGES: Record<keyof Fields, { min: number; max: number; optional?: true }> = {
  target_percent: { min: 1, max: 99 },
  target_seconds: { min: 0, max: 3600 },
  talk_seconds: { min: 1, max: 86_400 },
  talk_variation: { min: 0, max: 10 },
  after_call_work_seconds: { min: 0, max: 3600 },
  patience_seconds: { min: 1, max: 86_400, optional: true },
  queue_time_max_seconds: { min: 5, max: 3600 },
  day_variation_percent: { min: 0, max: 200 },
};

export interface Planner {
  service: string | null;
  /** Local, `2026-12-01`. */
  day: string;
  interval_minutes: number;
  /** What is wanted; without a forecast it is earlier days. */
  source: Source;
  basis: StaffingBasis | null;
  basis_problem: string | null;
  fields: Fields;
  /** Callers of every interval of the day, as typed. */
  calls: readonly string[];
  /** Places of the first interval and of the one after the last. */
  from: number;
  to: number;
  state: "idle" | "planning";
  plan: StaffingPlan | null;
  /** What the plan was worked out for. */
  planned: StaffingAsk | null;
  problem: string | null;
}

export const usePlanner = create<Planner>(() => ({
  service: null,
  day: dayText(tomorrow(new Date())),
  interval_minutes: 30,
  source: "forecast",
  basis: null,
  basis_problem: null,
  fields: {
    target_percent: "80",
    target_seconds: "20",
    talk_seconds: "180",
    talk_variation: "1",
    after_call_work_seconds: "0",
    patience_seconds: "120",
    queue_time_max_seconds: "300",
    day_variation_percent: "0",
  },
  calls: [],
  from: 0,
  to: 0,
  state: "idle",
  plan: null,
  planned: null,
  problem: null,
}));

function tomorrow(now: Date): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
}

function dayText(date: Date): string {
  const two = (part: number): string => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

export const timeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** `08:30`, of the interval at this place. */
export function timeAt(place: number, interval_minutes: number): string {
  const minutes = place * interval_minutes;
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

/** Asks what earlier days tell, and fills the form with it. An answer to an older question is dropped. */
export async function readHistory(simulated: boolean): Promise<void> {
  const { service, day, interval_minutes } = usePlanner.getState();
  if (service === null || day === "") return;
  usePlanner.setState({ basis: null, basis_problem: null, plan: null, planned: null, problem: null });
  const isAsked = (): boolean => {
    const now = usePlanner.getState();
    return now.service === service && now.day === day && now.interval_minutes === interval_minutes;
  };
  try {
    const basis = await ask("get_staffing_basis", {
      service,
      day,
      time_zone: timeZone(),
      interval_minutes,
      simulated,
    });
    if (isAsked())
      usePlanner.setState((planner) => ({ basis, ...filled(planner.fields, basis, planner.source) }));
  } catch (error) {
    if (isAsked()) usePlanner.setState({ basis_problem: RefusedError.from(error).message });
  }
}

/** Takes callers from there from now on. */
export function takeFrom(source: Source): void {
  usePlanner.setState((planner) => ({
    source,
    ...(planner.basis !== null && filled(planner.fields, planner.basis, source)),
  }));
}

/** The form with what history tells; what it does not tell stays. */
export function filled(
  fields: Fields,
  basis: StaffingBasis,
  source: Source,
): Pick<Planner, "fields" | "calls" | "from" | "to"> {
  const forecast = source === "forecast" ? basis.forecast : null;
  const expected = forecast?.intervals.map(({ mean }) => mean) ?? basis.intervals.map(({ calls }) => calls);
  // An interval that one caller in twenty days finds is no hour of work.
  const busy = expected.map((calls) => calls > (forecast === null ? 0 : 0.05));
  const first = busy.indexOf(true);
  const perHour = 60 / basis.interval_minutes;
  const told = (value: number | null, digits: number, otherwise: string): string =>
    value === null ? otherwise : String(Number(value.toFixed(digits)));
  return {
    fields: {
      ...fields,
      target_seconds: String(basis.sla_seconds),
      talk_seconds: told(basis.talk_seconds, 0, fields.talk_seconds),
      talk_variation: told(basis.talk_variation, 2, fields.talk_variation),
      after_call_work_seconds: String(basis.after_call_work_seconds),
      patience_seconds: told(basis.patience_seconds, 0, fields.patience_seconds),
      queue_time_max_seconds: String(basis.queue_time_max_seconds),
      day_variation_percent: String(Math.round((forecast ?? basis).day_variation * 100)),
    },
    calls: expected.map((calls) => String(Number(calls.toFixed(1)))),
    // Without history, the hours of most offices.
    from: first < 0 ? 8 * perHour : first,
    to: first < 0 ? 17 * perHour : busy.lastIndexOf(true) + 1,
  };
}

/** What is wrong with a field; `null`: nothing. */
export function fieldProblem(name: keyof Fields, text: string): string | null {
  const { min, max, optional } = RANGES[name];
  if (text.trim() === "") return optional ? null : words.wrong(`${min}–${max}`);
  const value = Number(text);
  return value >= min && value <= max ? null : words.wrong(`${min}–${max}`);
}

export function callsProblem(text: string): string | null {
  const value = Number(text);
  return text.trim() !== "" && value >= 0 && value <= 20_000 ? null : words.wrong("0–20,000");
}

/** The question as the host wants it; `null` while something is wrong, or nobody calls. */
export function question(planner: Planner): StaffingAsk | null {
  const { fields, calls, from, to, day, interval_minutes } = planner;
  const names = Object.keys(RANGES) as (keyof Fields)[];
  if (names.some((name) => fieldProblem(name, fields[name]) !== null)) return null;
  const asked = calls.slice(from, to);
  if (day === "" || asked.some((text) => callsProblem(text) !== null)) return null;
  if (!asked.some((text) => Number(text) > 0)) return null;
  const patience = fields.patience_seconds.trim();
  return {
    start: `${day}T${timeAt(from, interval_minutes)}`,
    time_zone: timeZone(),
    interval_minutes,
    calls: asked.map(Number),
    day_variation: Number(fields.day_variation_percent) / 100,
    talk_seconds: Number(fields.talk_seconds),
    talk_variation: Number(fields.talk_variation),
    after_call_work_seconds: Number(fields.after_call_work_seconds),
    patience_seconds: patience === "" ? null : Number(patience),
    queue_time_max_seconds: Math.round(Number(fields.queue_time_max_seconds)),
    target_share: Number(fields.target_percent) / 100,
    target_seconds: Math.round(Number(fields.target_seconds)),
  };
}

export async function plan(): Promise<void> {
  const planned = question(usePlanner.getState());
  if (planned === null) return;
  useDesk.setState({ planning: null });
  usePlanner.setState({ state: "planning", problem: null });
  try {
    const found = await ask("plan_staffing", { ask: planned });
    usePlanner.setState({ plan: found, planned });
  } catch (error) {
    const refused = RefusedError.from(error);
    // Whoever stopped it knows.
    usePlanner.setState({ problem: refused.code === "planner.cancelled" ? null : refused.message });
  } finally {
    usePlanner.setState({ state: "idle" });
  }
}

export function stop(): void {
  void ask("cancel_staffing", {}).catch(() => undefined);
}

/** The answer as CSV, a line for each interval. */
export function csv({ plan, planned }: Pick<Planner, "plan" | "planned">): string {
  if (plan === null || planned === null) return "";
  const head = [
    "from",
    "callers",
    "erlang_c",
    "erlang_a",
    "simulation",
    "service_level",
    "service_level_low",
    "service_level_high",
    "service_level_bad_day",
    "why",
  ];
  const rows = plan.intervals.map((interval) => [
    interval.from_local,
    interval.calls,
    interval.erlang_c,
    interval.erlang_a,
    interval.simulation,
    interval.level?.mean.toFixed(4),
    interval.level?.low.toFixed(4),
    interval.level?.high.toFixed(4),
    interval.level_bad_day?.toFixed(4),
    interval.reasons.join(" "),
  ]);
  return csvOf([head, ...rows]);
}
