import { describe, expect, it } from "vitest";
import type { UnitView } from "../../platform/bindings";
import { branches, homes, unitProblem, within } from "./tree";

function unit(id: string, parent: string | null, name = id): UnitView {
  return { id, name, parent, services: [] };
}

const UNITS = [unit("west", "sales"), unit("sales", null), unit("berne", "west"), unit("admin", null)];

describe("organisation units", () => {
  it("are shown each after its parent, neighbours by name", () => {
    expect(branches(UNITS).map(({ unit, level }) => `${level} ${unit.id}`)).toEqual([
      "1 admin",
      "1 sales",
      "2 west",
      "3 berne",
    ]);
  });

  it("are all shown, also those whose parent is gone and those in a ring", () => {
    const odd = [unit("lost", "nowhere"), unit("a", "b"), unit("b", "a")];
    expect(
      branches(odd)
        .map(({ unit }) => unit.id)
        .sort(),
    ).toEqual(["a", "b", "lost"]);
  });

  it("hold what lies below them, however deep", () => {
    expect([...within(UNITS, "sales")].sort()).toEqual(["berne", "sales", "west"]);
  });

  it("may be moved anywhere but into themselves", () => {
    expect(homes(UNITS, "west").map(({ unit }) => unit.id)).toEqual(["admin", "sales"]);
    expect(homes(UNITS, null)).toHaveLength(4);
  });

  it("need a name that no neighbour has", () => {
    expect(unitProblem({ id: null, name: " ", parent: null }, UNITS)).toBe("needed");
    expect(unitProblem({ id: null, name: "SALES", parent: null }, UNITS)).toBe("twin");
    expect(unitProblem({ id: "sales", name: "Sales", parent: null }, UNITS)).toBeNull();
    expect(unitProblem({ id: null, name: "sales", parent: "west" }, UNITS)).toBeNull();
    expect(unitProblem({ id: null, name: "x".repeat(101), parent: null }, UNITS)).toBe("long");
  });
});
