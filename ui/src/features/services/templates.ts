//! Workflows to begin with (ROUTE-3): sound but for what only the administrator knows, which sounds, hours and services.
//! The host's validator says what is still to be chosen.

import type { NodeForm, StepForm, WorkflowForm } from "../../platform/bindings";

export const TEMPLATES = ["queue", "hours", "menu", "callback"] as const;
export type Template = (typeof TEMPLATES)[number];

export function workflowOf(template: Template): WorkflowForm {
  return numbered(STEPS[template]);
}

/** Nobody is lost: who is not answered comes to the end by way of something she hears or leaves. */
const STEPS: Record<Template, readonly StepForm[]> = {
  queue: [{ kind: "queue", limit_ms: null, timeout: 2, nobody: { kind: "waits" } }, { kind: "disconnect" }],
  hours: [
    { kind: "accept", next: 2 },
    { kind: "hours", calendar: null, open: 3, closed: 4 },
    { kind: "queue", limit_ms: null, timeout: 4, nobody: { kind: "leaves", next: 4 } },
    { kind: "voicemail", sound: null, length_max_ms: 120_000, next: 5 },
    { kind: "disconnect" },
  ],
  menu: [
    { kind: "accept", next: 2 },
    {
      kind: "menu",
      sound: null,
      choices: [
        { key: "1", next: 3 },
        { key: "2", next: 4 },
      ],
      tries: 3,
      timeout_ms: 5_000,
      otherwise: 5,
    },
    { kind: "transfer", target: { kind: "service", service: null }, failed: 5 },
    { kind: "transfer", target: { kind: "service", service: null }, failed: 5 },
    { kind: "queue", limit_ms: null, timeout: 6, nobody: { kind: "waits" } },
    { kind: "disconnect" },
  ],
  callback: [
    { kind: "accept", next: 2 },
    { kind: "queue", limit_ms: 60_000, timeout: 3, nobody: { kind: "leaves", next: 3 } },
    {
      kind: "menu",
      sound: null,
      choices: [{ key: "1", next: 4 }],
      tries: 1,
      timeout_ms: 5_000,
      otherwise: 2,
    },
    { kind: "callback", sound: null, next: 5 },
    { kind: "disconnect" },
  ],
};

function numbered(steps: readonly StepForm[]): WorkflowForm {
  const nodes: NodeForm[] = steps.map((step, place) => ({ id: place + 1, name: "", x: 0, y: 0, step }));
  return { start: 1, nodes };
}
