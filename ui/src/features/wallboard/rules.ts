//! The form of thresholds: what is typed, what is wrong with it, and what is sent. Pure.

import type { BoardFigureName, BoardForm, BoardLevel } from "../../platform/bindings";
import { FIGURES, LOW_IS_WORSE, MOST } from "./board";
import { wallboardWords } from "./wallboardWords";

const words = wallboardWords.rules;

export type Formula = keyof typeof words.formulas;

export interface Typed {
  formula: Formula;
  within: string;
  levels: Readonly<Record<BoardFigureName, { warn: string; alarm: string }>>;
}

export function typedFrom(form: BoardForm): Typed {
  const level = (figure: BoardFigureName) => {
    const found = form.levels.find((level) => level.figure === figure);
    return { warn: String(found?.warn ?? ""), alarm: String(found?.alarm ?? "") };
  };
  return {
    formula: form.formula in words.formulas ? (form.formula as Formula) : "service_level_abandons_ignored",
    within: form.sla_seconds === null ? "" : String(form.sla_seconds),
    levels: {
      waiting: level("waiting"),
      longest_wait: level("longest_wait"),
      selectable: level("selectable"),
      abandoned: level("abandoned"),
      service_level: level("service_level"),
      asa: level("asa"),
    },
  };
}

/** What is wrong, by field. */
export type Problems = Partial<Record<BoardFigureName | "within", string>>;

export function problemsOf({ within, levels }: Typed): Problems {
  const problems: Problems = {};
  const seconds = wholeOf(within);
  if (within.trim() !== "" && (seconds === null || seconds < 1 || seconds > 3_600))
    problems.within = words.seconds;
  for (const figure of FIGURES) {
    const problem = levelProblem(figure, levels[figure]);
    if (problem !== null) problems[figure] = problem;
  }
  return problems;
}

function levelProblem(figure: BoardFigureName, typed: { warn: string; alarm: string }): string | null {
  const [isWarn, isAlarm] = [typed.warn.trim() !== "", typed.alarm.trim() !== ""];
  if (!isWarn && !isAlarm) return null;
  if (isWarn !== isAlarm) return words.both;
  const [warn, alarm] = [wholeOf(typed.warn), wholeOf(typed.alarm)];
  if (warn === null || alarm === null || Math.max(warn, alarm) > MOST[figure])
    return words.number(MOST[figure]);
  if (LOW_IS_WORSE.has(figure)) return alarm > warn ? words.lower : null;
  return alarm < warn ? words.higher : null;
}

/** What is sent, once nothing is wrong. */
export function formOf({ formula, within, levels }: Typed): BoardForm {
  return {
    formula,
    sla_seconds: wholeOf(within),
    levels: FIGURES.flatMap((figure): BoardLevel[] => {
      const [warn, alarm] = [wholeOf(levels[figure].warn), wholeOf(levels[figure].alarm)];
      return warn === null || alarm === null ? [] : [{ figure, warn, alarm }];
    }),
  };
}

function wholeOf(text: string): number | null {
  return /^\d{1,9}$/.test(text.trim()) ? Number(text) : null;
}
