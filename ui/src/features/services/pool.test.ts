import { expect, it } from "vitest";
import type { LevelForm, ServiceForm } from "../../platform/bindings";
import { view } from "./examples";
import { poolOf } from "./pool";

const all = { after_ms: 20_000, needs: [], profiles: [] };

function pool(members: ServiceForm["members"], levels: LevelForm[]): number[] {
  const form = { ...(view().services[1] as ServiceForm), members, levels };
  return poolOf(form, view()).map(({ attendants }) => attendants);
}

it("a pool widens with the wait: own skills and those of the profile count (ROUTE-2)", () => {
  const listed = { kind: "listed" as const, attendants: ["1", "2", "3"] };
  const german = { after_ms: 0, needs: [{ skill: "k1", level: 80 }], profiles: [] };
  const desk = { after_ms: 10_000, needs: [], profiles: ["p1"] };
  expect(pool(listed, [])).toEqual([3]);
  expect(pool(listed, [german, desk, all])).toEqual([1, 2, 3]);
});

it("members by skill are those who have all of them; nobody is nobody (ROUTE-1)", () => {
  expect(pool({ kind: "skilled", needs: [{ skill: "k1", level: 60 }] }, [])).toEqual([2]);
  expect(pool({ kind: "skilled", needs: [] }, [])).toEqual([0]);
  expect(pool({ kind: "nobody" }, [{ ...all, after_ms: 0 }])).toEqual([0]);
});
