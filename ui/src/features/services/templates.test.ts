import { expect, it } from "vitest";
import { exitsOf, reading } from "./graph";
import { TEMPLATES, workflowOf } from "./templates";

it.each(TEMPLATES)(
  "the template “%s” leads everywhere it goes, and every step is reached (ROUTE-3)",
  (name) => {
    const workflow = workflowOf(name);
    const ids = workflow.nodes.map(({ id }) => id);
    expect(reading(workflow).sort()).toEqual(ids);
    for (const { step } of workflow.nodes) for (const { next } of exitsOf(step)) expect(ids).toContain(next);
  },
);
