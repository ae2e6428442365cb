import { describe, expect, it } from "vitest";
import type { MayView, SessionView } from "../platform/bindings";
import { may } from "./rights";

function session(lines: MayView[]): SessionView {
  return {
    state: "signed_in",
    person: null,
    problem: null,
    link: null,
    code: null,
    offline_since: null,
    step_up: false,
    issuer: null,
    may: lines,
  };
}

describe("what somebody may do", () => {
  it("is left to the host before it was told", () => {
    expect(may(null, "change-users")).toBe(true);
  });

  it("is nothing that was not told", () => {
    expect(may(session([]), "change-users")).toBe(false);
  });

  it("is everywhere where no units are named", () => {
    const all = session([{ action: "change-services", units: null }]);
    expect(may(all, "change-services", "sales")).toBe(true);
    expect(may(all, "change-services", null)).toBe(true);
  });

  it("is in the named units only, and not in what belongs to all", () => {
    const sales = session([{ action: "change-services", units: ["sales"] }]);
    expect(may(sales, "change-services", "sales")).toBe(true);
    expect(may(sales, "change-services", "repairs")).toBe(false);
    expect(may(sales, "change-services", null)).toBe(false);
    expect(may(sales, "change-services")).toBe(true);
  });
});
