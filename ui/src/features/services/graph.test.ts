//! Every change that can be made to a workflow, and its undoing (ROUTE-3).

import { describe, expect, it } from "vitest";
import { reception, workflow } from "./examples";
import {
  connect,
  exitsOf,
  freshStep,
  insertAt,
  insertBefore,
  NODES_MAX,
  nodeOf,
  reading,
  removeNode,
  type StepKind,
  withExit,
} from "./graph";
import { begin, change, redo, undo } from "../../shared/past";

const KINDS: StepKind[] = [
  ...(["accept", "announce", "hours", "availability", "menu", "save", "check", "queue"] as const),
  ...(["position", "voicemail", "callback", "transfer", "disconnect"] as const),
];

describe("changes of a workflow", () => {
  it("leads every exit of every kind of step elsewhere, and only that one", () => {
    for (const kind of KINDS) {
      const step = freshStep(kind, null);
      for (const { name } of exitsOf(step)) {
        const led = exitsOf(withExit(step, name, 9));
        expect(led.filter(({ next }) => next === 9).map((exit) => exit.name)).toEqual([name]);
      }
      expect(withExit(step, "no such exit", 9)).toBe(step);
    }
  });

  it("puts a new step between an exit and where it led", () => {
    const inserted = insertAt(reception(), { node: 2, exit: "open" }, "announce");
    expect(inserted?.id).toBe(8);
    const made = inserted?.workflow ?? reception();
    expect(nodeOf(made, 2)?.step).toMatchObject({ open: 8, closed: 6 });
    expect(nodeOf(made, 8)?.step).toMatchObject({ kind: "announce", next: 3 });
  });

  it("puts a new step before the first, which then is the start", () => {
    const inserted = insertBefore(reception(), 1, "hours");
    expect(inserted?.workflow.start).toBe(8);
    expect(nodeOf(inserted?.workflow ?? reception(), 8)?.step).toMatchObject({ open: 1 });
  });

  it("heals the way round a step that is taken away", () => {
    const left = removeNode(reception(), 3);
    expect(nodeOf(left, 2)?.step).toMatchObject({ open: 4 });
    expect(exitsOf(nodeOf(left, 4)?.step ?? { kind: "disconnect" }).every(({ next }) => next === 6)).toBe(
      true,
    );
    expect(removeNode(reception(), 1).start).toBe(2);
  });

  it("does not lead a removed loop to itself, and keeps the last step", () => {
    const loop = workflow({ kind: "accept", next: 2 }, { kind: "announce", sound: null, next: 2 });
    expect(nodeOf(removeNode(loop, 2), 1)?.step).toEqual({ kind: "accept", next: null });
    const one = workflow({ kind: "disconnect" });
    expect(removeNode(one, 1)).toBe(one);
  });

  it("refuses a step more than a workflow may have", () => {
    let full = workflow({ kind: "accept", next: null });
    for (let id = 1; id < NODES_MAX; id += 1)
      full = insertAt(full, { node: id, exit: "next" }, "announce")?.workflow ?? full;
    expect(full.nodes).toHaveLength(NODES_MAX);
    expect(insertAt(full, { node: 1, exit: "next" }, "announce")).toBeNull();
  });

  it("reads from the top, a branch at a time, and leaves out what no caller reaches", () => {
    expect(reading(reception())).toEqual([1, 2, 3, 4, 6, 7, 5]);
    expect(reading(connect(reception(), { node: 1, exit: "next" }, 7))).toEqual([1, 7]);
  });
});

describe("undo and redo", () => {
  it("takes letters typed into one field as one change", () => {
    const typed = ["a", "ab", "abc"].reduce((past, text) => change(past, text, "name"), begin(""));
    expect(undo(typed).now).toBe("");
    expect(redo(undo(typed)).now).toBe("abc");
  });

  it("forgets what was undone once something else is done", () => {
    const past = change(undo(change(begin(1), 2)), 3);
    expect(redo(past)).toBe(past);
    expect(undo(past).now).toBe(1);
  });
});
