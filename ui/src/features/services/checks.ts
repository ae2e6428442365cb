//! Is a form filled in as the host wants it? By the host's own ranges, as one types; the host has the last word. Problems
//! stand under the same field names as the host's, `levels.1.after_ms` for one in a list.

import type {
  LimitsForm,
  ProfileForm,
  RangesView,
  RangeView,
  ServiceForm,
  ServicesView,
  SkillLevelForm,
} from "../../platform/bindings";
import { servicesWords } from "../../shared/servicesWords";

const words = servicesWords.checks;

/** What is wrong, by field. */
export type Problems = Readonly<Record<string, string>>;

const NONE: Problems = {};

export function problemsOf(form: ServiceForm, view: ServicesView): Problems {
  const { ranges } = view;
  const others = view.services.filter(({ id }) => id !== form.id);
  return {
    ...nameProblem(form.name, ranges.name, others),
    ...addressProblems(form, ranges, others),
    ...numberProblem("priority", form.priority, ranges.priority),
    ...spanProblems(form, ranges, TIMES),
    ...memberProblems(form, ranges),
    ...levelProblems(form, ranges),
  };
}

export function limitsProblems(form: LimitsForm, ranges: RangesView): Problems {
  return {
    ...numberProblem("park_slots", form.park_slots, ranges.park_slots),
    ...numberProblem("held_max", form.held_max, ranges.held_max),
    ...numberProblem("calls_max", form.calls_max, ranges.calls_max),
    ...spanProblems(form, ranges, LIMIT_SPANS),
  };
}

export function profileProblems(form: ProfileForm, view: ServicesView): Problems {
  const others = view.profiles.filter(({ id }) => id !== form.id);
  return {
    ...nameProblem(form.name, view.ranges.name, others),
    ...needProblems("skills", form.skills, view.ranges),
  };
}

/** 1 to so many characters, and nobody else's. */
export function nameProblem(name: string, range: RangeView, others: readonly { name: string }[]): Problems {
  const trimmed = name.trim();
  if (trimmed === "") return { name: words.needed };
  if (trimmed.length > range.max) return { name: words.tooLong(trimmed.length, range.max) };
  const same = others.find((other) => other.name.toLowerCase() === trimmed.toLowerCase());
  return same === undefined ? NONE : { name: words.nameTaken(same.name) };
}

export function needProblems(field: string, needs: readonly SkillLevelForm[], ranges: RangesView): Problems {
  return Object.assign(
    {},
    ...needs.map(({ level }, place) => numberProblem(`${field}.${place}.level`, level, ranges.skill_level)),
  ) as Problems;
}

/** The fields of a service that hold a time. */
export const TIMES = [
  "rona_ms",
  "queue_time_max_ms",
  "acw_ms",
  "sla_ms",
  "hang_up_threshold_ms",
] as const satisfies readonly (keyof ServiceForm & keyof RangesView)[];

/** The limits that are a time. */
export const LIMIT_SPANS = [
  "hold_alert_ms",
  "park_time_ms",
  "park_alert_ms",
  "recall_time_ms",
  "target_ring_ms",
  "hand_over_ms",
  "decline_pause_ms",
  "priority_wait_max_ms",
  "acw_extension_ms",
  "callback_time_max_ms",
] as const satisfies readonly (keyof LimitsForm & keyof RangesView)[];

function addressProblems(
  form: ServiceForm,
  ranges: RangesView,
  others: readonly ServiceForm[],
): Record<string, string> {
  const problems: Record<string, string> = {};
  form.addresses.forEach((text, place) => {
    const field = `addresses.${place}`;
    const address = plain(text);
    const has = others.find((other) => other.addresses.some((theirs) => plain(theirs) === address));
    if (address === "") problems[field] = words.needed;
    else if (address.length > ranges.address.max)
      problems[field] = words.tooLong(address.length, ranges.address.max);
    else if (has !== undefined) problems[field] = words.addressTaken(has.name);
    else if (form.addresses.some((other, before) => before < place && plain(other) === address))
      problems[field] = words.twice;
  });
  return problems;
}

/** As the host compares them in the simplest case; `044…` beside `+4144…` it alone finds out. */
function plain(address: string): string {
  const text = address.trim().replace(/^(sips?|tel|callto):/i, "");
  const number = text.replace(/\(0\)|[\s()./-]/g, "");
  return /^[+*#\d]+$/.test(number) ? number : text.toLowerCase();
}

function memberProblems(form: ServiceForm, ranges: RangesView): Record<string, string> {
  const problems: Record<string, string> = {};
  if (form.members.kind === "skilled") {
    if (form.members.needs.length === 0) problems["members.needs"] = words.oneSkill;
    Object.assign(problems, needProblems("members.needs", form.members.needs, ranges));
  }
  form.preferred.forEach(({ priority }, place) =>
    Object.assign(problems, numberProblem(`preferred.${place}.priority`, priority, ranges.priority)),
  );
  return problems;
}

function levelProblems(form: ServiceForm, ranges: RangesView): Record<string, string> {
  const problems: Record<string, string> = {};
  form.levels.forEach((level, place) => {
    const field = `levels.${place}.after_ms`;
    const before = form.levels[place - 1];
    Object.assign(problems, spanProblem(field, level.after_ms, ranges.level_after_ms));
    if (before === undefined && level.after_ms > 0) problems[field] = words.firstAtOnce;
    if (before !== undefined && level.after_ms <= before.after_ms)
      problems[field] = words.later(before.after_ms / 1000);
    Object.assign(problems, needProblems(`levels.${place}.needs`, level.needs, ranges));
  });
  return problems;
}

function spanProblems<F extends keyof RangesView>(
  form: Readonly<Record<F, number>>,
  ranges: RangesView,
  fields: readonly F[],
): Problems {
  return Object.assign(
    {},
    ...fields.map((field) => spanProblem(field, form[field], ranges[field])),
  ) as Problems;
}

/** Fields that are not numbers are `NaN` while they are typed into. */
function spanProblem(field: string, ms: number, { min, max }: RangeView): Problems {
  if (ms >= min && ms <= max) return NONE;
  return { [field]: words.range(min / 1000, max / 1000, words.seconds) };
}

function numberProblem(field: string, value: number, { min, max }: RangeView): Problems {
  if (Number.isInteger(value) && value >= min && value <= max) return NONE;
  return { [field]: words.range(min, max) };
}
