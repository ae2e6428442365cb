//! Services and workflows for tests and pictures. Not offered to anybody: see `templates`.

import type { NodeForm, ServiceForm, ServicesView, StepForm, WorkflowForm } from "../../platform/bindings";

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
    { kind: "transfer", target: { kind: "service", service: "s2" }, failed: 4 },
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

const second = (from: number, to: number) => ({ min: from * 1000, max: to * 1000 });

/** What the host tells of services: two of them, three attendants. */
export function view(): ServicesView {
  const main: ServiceForm = {
    id: "s1",
    name: "Main number",
    unit: null,
    addresses: ["+41445550000", "main@example.com"],
    otherwise: true,
    priority: 50,
    sla_ms: 20_000,
    hang_up_threshold_ms: 5_000,
    rona_ms: 20_000,
    acw_ms: 0,
    queue_time_max_ms: 300_000,
    waiting: "music",
    members: { kind: "listed", attendants: ["1", "2", "3"] },
    distribution: "longest_idle",
    levels: [],
    preferred: [],
    parallel_work: true,
    busy_selectable: false,
    away_selectable: false,
    workflow: null,
  };
  return {
    services: [
      main,
      {
        ...main,
        id: "s2",
        name: "Sales hotline",
        addresses: ["4100"],
        otherwise: false,
        priority: 10,
        distribution: "round_robin",
        levels: [
          { after_ms: 0, needs: [{ skill: "k1", level: 80 }], profiles: [] },
          { after_ms: 20_000, needs: [], profiles: ["p1"] },
          { after_ms: 60_000, needs: [], profiles: [] },
        ],
        preferred: [{ attendant: "2", priority: 1 }],
      },
    ],
    attendants: [
      { id: "1", name: "Rita Meier", skills: [{ skill: "k1", level: 90 }], profile: null },
      { id: "2", name: "Jan Novak", skills: [], profile: "p1" },
      { id: "3", name: "Sofia Rossi", skills: [{ skill: "k2", level: 100 }], profile: null },
    ],
    skills: [
      { id: "k1", name: "German" },
      { id: "k2", name: "Italian" },
    ],
    profiles: [{ id: "p1", name: "Front desk", skills: [{ skill: "k1", level: 60 }] }],
    sounds: PLACES.sounds,
    calendars: PLACES.calendars,
    limits: {
      park_slots: 20,
      park_time_ms: 120_000,
      park_alert_ms: 15_000,
      park_fallback: null,
      recall_time_ms: 20_000,
      hold_alert_ms: 60_000,
      held_max: 8,
      target_ring_ms: 30_000,
      hand_over_ms: 180_000,
      decline_pause_ms: 10_000,
      priority_wait_max_ms: 180_000,
      acw_extension_ms: 30_000,
      callback_time_max_ms: 86_400_000,
      on_hold: "music",
      calls_max: 10_000,
    },
    ranges: {
      name: { min: 1, max: 120 },
      addresses: { min: 0, max: 20 },
      address: { min: 1, max: 100 },
      skill_name: { min: 1, max: 60 },
      priority: { min: 1, max: 99 },
      skill_level: { min: 1, max: 100 },
      sla_ms: second(1, 3600),
      hang_up_threshold_ms: second(0, 300),
      rona_ms: second(5, 30),
      acw_ms: second(0, 3600),
      queue_time_max_ms: second(5, 3600),
      level_after_ms: second(0, 3600),
      levels: { min: 0, max: 10 },
      preferred: { min: 0, max: 10 },
      park_slots: { min: 1, max: 500 },
      park_time_ms: second(5, 86_400),
      park_alert_ms: second(0, 3600),
      recall_time_ms: second(0, 3600),
      hold_alert_ms: second(0, 3600),
      held_max: { min: 1, max: 50 },
      target_ring_ms: second(1, 3600),
      hand_over_ms: second(1, 3600),
      decline_pause_ms: second(1, 3600),
      priority_wait_max_ms: second(10, 3600),
      acw_extension_ms: second(0, 3600),
      callback_time_max_ms: second(60, 604_800),
      calls_max: { min: 1, max: 10_000 },
    },
  };
}

/** The same, and callers of the main number walk through the reception's workflow. */
export function withWorkflow(): ServicesView {
  const plain = view();
  const [main, ...others] = plain.services;
  return main === undefined ? plain : { ...plain, services: [{ ...main, workflow: reception() }, ...others] };
}
