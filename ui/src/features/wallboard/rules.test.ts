//! What is wrong with thresholds before they are sent (REPORT-3).

import { expect, it } from "vitest";
import type { BoardForm } from "../../platform/bindings";
import { formOf, problemsOf, typedFrom } from "./rules";
import { wallboardWords } from "./wallboardWords";

const words = wallboardWords.rules;

const FORM: BoardForm = {
  formula: "service_level_abandons_negative",
  sla_seconds: 30,
  levels: [
    { figure: "waiting", warn: 3, alarm: 6 },
    { figure: "service_level", warn: 80, alarm: 60 },
  ],
};

it("what comes from the host goes back as it came", () => {
  expect(problemsOf(typedFrom(FORM))).toEqual({});
  expect(formOf(typedFrom(FORM))).toEqual(FORM);
  const bare: BoardForm = { ...FORM, sla_seconds: null, levels: [] };
  expect(formOf(typedFrom(bare))).toEqual(bare);
});

it("each slip is said at its field", () => {
  const typed = typedFrom(FORM);
  const wrong = (figure: keyof typeof typed.levels, warn: string, alarm: string) =>
    problemsOf({ ...typed, levels: { ...typed.levels, [figure]: { warn, alarm } } })[figure];
  expect(wrong("waiting", "3", "")).toBe(words.both);
  expect(wrong("waiting", "6", "3")).toBe(words.higher);
  expect(wrong("service_level", "60", "80")).toBe(words.lower);
  expect(wrong("service_level", "101", "100")).toBe(words.number(100));
  expect(wrong("asa", "ten", "20")).toBe(words.number(86_400));
  expect(wrong("asa", " ", "")).toBeUndefined();
  expect(problemsOf({ ...typed, within: "0" }).within).toBe(words.seconds);
  expect(problemsOf({ ...typed, within: "" }).within).toBeUndefined();
});
