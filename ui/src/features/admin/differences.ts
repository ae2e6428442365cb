//! A change's fields in words: `levels.1.after_ms` becomes "Levels 2, after". Knows no subject: names that the host adds later are
//! readable too.

import type { DifferenceView } from "../../platform/bindings";

/** Fields whose name alone would puzzle. */
const NAMES: Readonly<Record<string, string>> = {
  sla: "service level",
  acw: "after-call work",
  rona: "time to answer",
  id: "id",
  url: "address",
  client_id: "client id",
  step_up: "confirmation of administrators",
  otherwise: "all other addresses",
  days: "days",
};

/** Endings that say the unit; the value is shown with it. */
const UNITS = ["_ms", "_bytes", "_days"] as const;

/** "Levels 2, after": counted from one, as people count. */
export function fieldName(path: string): string {
  const parts: string[] = [];
  for (const step of path.split(".")) {
    if (/^\d+$/.test(step) && parts.length > 0) parts.push(`${parts.pop() ?? ""} ${Number(step) + 1}`);
    else if (step !== "") parts.push(word(step));
  }
  const text = parts.join(", ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function word(step: string): string {
  const unit = UNITS.find((unit) => step.endsWith(unit));
  const bare = unit === undefined ? step : step.slice(0, -unit.length);
  return NAMES[bare] ?? bare.replaceAll("_", " ");
}

/** The value with its unit: milliseconds as seconds. `null`: nothing was there. */
export function fieldValue(path: string, value: string | null): string | null {
  if (value === null || value === "") return null;
  if (path.endsWith("_ms") && /^\d+$/.test(value)) return `${(Number(value) / 1_000).toLocaleString()} s`;
  if (value === "true") return "yes";
  if (value === "false") return "no";
  return value;
}

/** Those that are shown, in words. */
export function readable(differences: readonly DifferenceView[]) {
  return differences.map(({ field, before, after }) => ({
    key: field,
    field: fieldName(field),
    before: fieldValue(field, before),
    after: fieldValue(field, after),
  }));
}
