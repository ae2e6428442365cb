//! The picture of a workflow: nothing lies upon another thing, and callers walk down (ROUTE-3).

import { describe, expect, it } from "vitest";
import { reception } from "./examples";
import { connect, insertAt, type StepKind } from "./graph";
import { layout, type Picture } from "./layout";
import { exitLabel } from "./stepWords";

/** Steps inserted and connected by the numbers of a small generator, so that a seed gives the same workflow again. */
function grown(seed: number) {
  const kinds: StepKind[] = ["announce", "hours", "availability", "menu", "queue", "check", "position"];
  let state = seed;
  const next = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
  let made = reception();
  for (let step = 0; step < 25; step += 1) {
    const { roads } = layout(made, exitLabel);
    const road = roads[next(roads.length)];
    if (road === undefined) break;
    const at = { node: road.from, exit: road.exit };
    made = insertAt(made, at, kinds[next(kinds.length)] ?? "announce")?.workflow ?? made;
    const other = roads[next(roads.length)];
    if (other !== undefined && step % 3 === 0)
      made = connect(
        made,
        { node: other.from, exit: other.exit },
        made.nodes[next(made.nodes.length)]?.id ?? 1,
      );
  }
  return made;
}

function overlapping({ nodes }: Picture): string[] {
  return nodes.flatMap((a, index) =>
    nodes
      .slice(index + 1)
      .filter(
        (b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height,
      )
      .map((b) => `${a.id} and ${b.id}`),
  );
}

describe("the picture of a workflow", () => {
  it("draws every step once and below those that lead on to it", () => {
    const picture = layout(reception(), exitLabel);
    const top = new Map(picture.nodes.map(({ id, y }) => [id, y]));
    expect(picture.nodes).toHaveLength(7);
    for (const { from, to } of picture.roads.filter(({ back }) => !back))
      expect(top.get(to)).toBeGreaterThan(top.get(from) ?? 0);
    expect(picture.roads.filter(({ back }) => back).length).toBeGreaterThan(0);
  });

  it("keeps steps apart and within the sheet, whatever is inserted", () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const picture = layout(grown(seed), exitLabel);
      expect(overlapping(picture), `seed ${seed}`).toEqual([]);
      for (const { x, y, width, height } of picture.nodes)
        expect(
          x >= 0 && y >= 0 && x + width <= picture.width && y + height <= picture.height,
          `seed ${seed}`,
        ).toBe(true);
      for (const { x } of picture.roads.flatMap(({ points }) => points))
        expect(x >= 0 && x <= picture.width, `seed ${seed}`).toBe(true);
    }
    // Forty layouts of up to 64 steps: seconds on a busy machine.
  }, 60_000);

  it("looks the same each time", () => {
    expect(layout(grown(7), exitLabel)).toEqual(layout(grown(7), exitLabel));
  });
});
