//! A workflow as a graph: its exits, and every change that can be made to it. Pure; changes give a new workflow and leave
//! the old one as it was. Does not judge: the host's validator does.

import type { NodeForm, StepForm, WorkflowForm } from "../../platform/bindings";

export type StepKind = StepForm["kind"];

/** As the host permits: more would be no picture anybody reads. */
export const NODES_MAX = 64;

/** Where an exit is: `name` is the field that holds it, or `key:` and the key of a menu. */
export interface ExitAt {
  node: number;
  exit: string;
}

export interface Exit {
  name: string;
  next: number | null;
}

const KEY = "key:";

/** The key a menu's exit belongs to; `null` for every other exit. */
export function keyOf(exit: string): string | null {
  return exit.startsWith(KEY) ? exit.slice(KEY.length) : null;
}

/** In the order they are drawn, from left to right. */
export function exitsOf(step: StepForm): Exit[] {
  switch (step.kind) {
    case "accept":
    case "announce":
    case "save":
    case "voicemail":
    case "callback":
      return [{ name: "next", next: step.next }];
    case "hours":
      return [
        { name: "open", next: step.open },
        { name: "closed", next: step.closed },
      ];
    case "availability":
      return [
        { name: "selectable", next: step.selectable },
        { name: "later", next: step.later },
        { name: "nobody", next: step.nobody },
      ];
    case "menu":
      return [
        ...step.choices.map(({ key, next }) => ({ name: KEY + key, next })),
        { name: "otherwise", next: step.otherwise },
      ];
    case "check":
      return [
        { name: "yes", next: step.yes },
        { name: "no", next: step.no },
      ];
    case "queue":
      return [
        { name: "timeout", next: step.timeout },
        ...(step.nobody.kind === "leaves" ? [{ name: "nobody", next: step.nobody.next }] : []),
      ];
    case "position":
      return [
        { name: "within", next: step.within },
        { name: "beyond", next: step.beyond },
      ];
    case "transfer":
      return [{ name: "failed", next: step.failed }];
    case "disconnect":
      return [];
  }
}

/** The step with one exit led elsewhere; an exit it does not have changes nothing. */
export function withExit(step: StepForm, exit: string, next: number | null): StepForm {
  if (!exitsOf(step).some(({ name }) => name === exit)) return step;
  const key = keyOf(exit);
  if (step.kind === "menu" && key !== null) {
    return {
      ...step,
      choices: step.choices.map((choice) => (choice.key === key ? { ...choice, next } : choice)),
    };
  }
  if (step.kind === "queue" && exit === "nobody") return { ...step, nobody: { kind: "leaves", next } };
  return { ...step, [exit]: next };
}

/** A new step with the defaults of the handbook, its first exit leading to `next`. */
export function freshStep(kind: StepKind, next: number | null): StepForm {
  switch (kind) {
    case "accept":
      return { kind, next };
    case "announce":
      return { kind, sound: null, next };
    case "hours":
      return { kind, calendar: null, open: next, closed: null };
    case "availability":
      return { kind, selectable: next, later: null, nobody: null };
    case "menu":
      return {
        kind,
        sound: null,
        choices: [{ key: "1", next }],
        tries: 3,
        timeout_ms: 5_000,
        otherwise: null,
      };
    case "save":
      return { kind, parameter: "", value: "", next };
    case "check":
      return { kind, parameter: "", equals: "", yes: next, no: null };
    case "queue":
      return { kind, limit_ms: null, timeout: next, nobody: { kind: "waits" } };
    case "position":
      return { kind, position_max: 5, wait_max_ms: null, within: next, beyond: null };
    case "voicemail":
      return { kind, sound: null, length_max_ms: 120_000, next };
    case "callback":
      return { kind, sound: null, next };
    case "transfer":
      return { kind, target: { kind: "service", service: null }, failed: next };
    case "disconnect":
      return { kind };
  }
}

export function nodeOf(workflow: WorkflowForm, id: number): NodeForm | undefined {
  return workflow.nodes.find((node) => node.id === id);
}

export interface Inserted {
  workflow: WorkflowForm;
  id: number;
}

/** A new step at an exit; what the exit led to before follows it. `null` where no more steps fit. */
export function insertAt(workflow: WorkflowForm, at: ExitAt, kind: StepKind): Inserted | null {
  const from = nodeOf(workflow, at.node);
  const before = from && exitsOf(from.step).find(({ name }) => name === at.exit);
  const id = freeNumber(workflow);
  if (before === undefined || id === null) return null;
  const grown = { ...workflow, nodes: [...workflow.nodes, freshNode(id, kind, before.next)] };
  return { workflow: connect(grown, at, id), id };
}

/** A new step in front of another: whatever led there leads to the new one. `null` where no more steps fit. */
export function insertBefore(workflow: WorkflowForm, node: number, kind: StepKind): Inserted | null {
  const id = freeNumber(workflow);
  if (nodeOf(workflow, node) === undefined || id === null) return null;
  const led = leadAll(workflow, node, id);
  return { workflow: { ...led, nodes: [...led.nodes, freshNode(id, kind, node)] }, id };
}

/** Leads an exit to a step, or nowhere. */
export function connect(workflow: WorkflowForm, at: ExitAt, next: number | null): WorkflowForm {
  const from = nodeOf(workflow, at.node);
  return from === undefined ? workflow : putStep(workflow, at.node, withExit(from.step, at.exit, next));
}

/** Takes a step away; whatever led to it leads to where its first exit led. The last step stays. */
export function removeNode(workflow: WorkflowForm, id: number): WorkflowForm {
  const gone = nodeOf(workflow, id);
  if (gone === undefined || workflow.nodes.length === 1) return workflow;
  const first = exitsOf(gone.step)[0]?.next ?? null;
  const heir = first === id ? null : first;
  const left = { ...workflow, nodes: workflow.nodes.filter((node) => node.id !== id) };
  const led = leadAll(left, id, heir);
  // A start that led nowhere is followed by whatever else there is, so that there always is one.
  return led.start === id ? { ...led, start: led.nodes[0]?.id ?? id } : led;
}

export function putStep(workflow: WorkflowForm, id: number, step: StepForm): WorkflowForm {
  return { ...workflow, nodes: workflow.nodes.map((node) => (node.id === id ? { ...node, step } : node)) };
}

export function rename(workflow: WorkflowForm, id: number, name: string): WorkflowForm {
  return { ...workflow, nodes: workflow.nodes.map((node) => (node.id === id ? { ...node, name } : node)) };
}

/** Steps a caller can come to, in the order of a reading from the top: an exit's whole branch before the next exit's. */
export function reading(workflow: WorkflowForm): number[] {
  const seen = new Set<number>();
  const waiting = [workflow.start];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const node = nodeOf(workflow, id);
    if (node === undefined || seen.has(id)) continue;
    seen.add(id);
    for (const { next } of exitsOf(node.step).reverse()) if (next !== null) waiting.push(next);
  }
  return [...seen];
}

function leadAll(workflow: WorkflowForm, from: number, to: number | null): WorkflowForm {
  const nodes = workflow.nodes.map((node) => {
    const step = exitsOf(node.step)
      .filter(({ next }) => next === from)
      .reduce((step, { name }) => withExit(step, name, to), node.step);
    return step === node.step ? node : { ...node, step };
  });
  return { start: workflow.start === from && to !== null ? to : workflow.start, nodes };
}

function freshNode(id: number, kind: StepKind, next: number | null): NodeForm {
  return { id, name: "", x: 0, y: 0, step: freshStep(kind, next) };
}

function freeNumber({ nodes }: WorkflowForm): number | null {
  if (nodes.length >= NODES_MAX) return null;
  const taken = new Set(nodes.map(({ id }) => id));
  for (let id = 1; ; id += 1) if (!taken.has(id)) return id;
}
