import { describe, expect, it } from "vitest";
import type { ServiceForm } from "../../platform/bindings";
import { limitsProblems, problemsOf, profileProblems } from "./checks";
import { view } from "./examples";

const sales = (): ServiceForm => structuredClone(view().services[1] as ServiceForm);

function fieldsOf(change: (form: ServiceForm) => void): string[] {
  const form = sales();
  change(form);
  return Object.keys(problemsOf(form, view())).sort();
}

describe("the form of a service (ROUTE-1)", () => {
  it("has nothing to mend as it comes from the host", () => {
    for (const form of view().services) expect(problemsOf(form, view())).toEqual({});
  });

  it("says at each number what is permitted", () => {
    expect(fieldsOf((form) => (form.rona_ms = 4_999))).toEqual(["rona_ms"]);
    expect(fieldsOf((form) => (form.rona_ms = 30_000))).toEqual([]);
    expect(fieldsOf((form) => (form.priority = 100))).toEqual(["priority"]);
    expect(fieldsOf((form) => (form.priority = Number.NaN))).toEqual(["priority"]);
    const problem = problemsOf({ ...sales(), queue_time_max_ms: 4_000 }, view())["queue_time_max_ms"];
    expect(problem).toBe("5 to 3600 seconds");
  });

  it("finds an address that another service has, however it is written", () => {
    expect(fieldsOf((form) => (form.addresses = ["sip:Main@example.com"]))).toEqual(["addresses.0"]);
    expect(fieldsOf((form) => (form.addresses = ["+41 (0)44 555-00 00"]))).toEqual(["addresses.0"]);
    expect(fieldsOf((form) => (form.addresses = ["4100", "41 00", ""]))).toEqual([
      "addresses.1",
      "addresses.2",
    ]);
  });

  it("wants a name of its own", () => {
    expect(fieldsOf((form) => (form.name = "  "))).toEqual(["name"]);
    expect(fieldsOf((form) => (form.name = "main NUMBER"))).toEqual(["name"]);
    expect(fieldsOf((form) => (form.name = "x".repeat(121)))).toEqual(["name"]);
  });
});

describe("levels (ROUTE-2)", () => {
  const levels = (...afters: number[]) =>
    fieldsOf((form) => (form.levels = afters.map((after_ms) => ({ after_ms, needs: [], profiles: [] }))));

  it("begin at once and come one after the other", () => {
    expect(levels(0, 10_000, 20_000)).toEqual([]);
    expect(levels(5_000)).toEqual(["levels.0.after_ms"]);
    expect(levels(0, 10_000, 10_000)).toEqual(["levels.2.after_ms"]);
    expect(levels(0, 4_000_000)).toEqual(["levels.1.after_ms"]);
  });

  it("ask for skills of 1 to 100", () => {
    const needs = [{ skill: "k1", level: 0 }];
    expect(fieldsOf((form) => (form.members = { kind: "skilled", needs }))).toEqual([
      "members.needs.0.level",
    ]);
    expect(fieldsOf((form) => (form.members = { kind: "skilled", needs: [] }))).toEqual(["members.needs"]);
    expect(fieldsOf((form) => (form.levels = [{ after_ms: 0, needs, profiles: [] }]))).toEqual([
      "levels.0.needs.0.level",
    ]);
  });
});

it("limits and profiles are held to their ranges", () => {
  const { limits, ranges, profiles } = view();
  expect(limitsProblems(limits, ranges)).toEqual({});
  expect(Object.keys(limitsProblems({ ...limits, park_slots: 0, park_time_ms: 1 }, ranges))).toEqual([
    "park_slots",
    "park_time_ms",
  ]);
  expect(profileProblems({ id: null, name: profiles[0]?.name ?? "", skills: [] }, view())["name"]).toBe(
    "“Front desk” has this name already",
  );
});
