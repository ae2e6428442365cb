//! Workflows for tests and pictures. Not offered to anybody: the templates come from the host.

import type { NodeForm, StepForm, WorkflowForm } from "../../platform/bindings";

export function workflow(...steps: StepForm[]): WorkflowForm {
  const nodes: NodeForm[] = steps.map((step, index) => ({ id: index + 1, name: "", x: 0, y: 0, step }));
  return { start: 1, nodes };
}

/** Hours, a menu that asks again, a queue and a voicemail. */
export function reception(): WorkflowForm {
  return workflow(
    { kind: "accept", next: 2 },
    { kind: "hours", calendar: "c1", open: 3, closed: 6 },
    {
      kind: "menu",
      sound: "s1",
      choices: [
        { key: "1", next: 4 },
        { key: "2", next: 5 },
        { key: "9", next: 3 },
      ],
      tries: 3,
      timeout_ms: 5_000,
      otherwise: 4,
    },
    { kind: "queue", limit_ms: 120_000, timeout: 6, nobody: { kind: "leaves", next: 6 } },
    { kind: "transfer", target: { kind: "service", service: "v2" }, failed: 4 },
    { kind: "voicemail", sound: "s2", length_max_ms: 120_000, next: 7 },
    { kind: "disconnect" },
  );
}

export const PLACES = {
  sounds: [
    { id: "s1", name: "Welcome" },
    { id: "s2", name: "Leave a message" },
  ],
  calendars: [{ id: "c1", name: "Reception hours" }],
  services: [{ id: "v2", name: "Billing" }],
};
