//! The planner's question and its export: what is asked of the host, and when nothing is.

import { beforeEach, describe, expect, it } from "vitest";
import { basis, noBasis, plan as answer } from "../../../e2e/fixtures/staffing";
import { RefusedError, useTransport } from "../../platform/platform";
import { niceTicks } from "../../shared/charts";
import {
  csv,
  fieldProblem,
  filled,
  plan,
  question,
  readHistory,
  takeFrom,
  timeAt,
  usePlanner,
} from "./staffing";

const DAY = "2026-12-01";
const before = usePlanner.getState();

beforeEach(() => usePlanner.setState({ ...before, service: "1", day: DAY }, true));

function fill(): void {
  usePlanner.setState((planner) => ({ basis: basis(DAY), ...filled(planner.fields, basis(DAY), "average") }));
}

describe("the planner", () => {
  it("is filled with what earlier days tell, from the first interval with a call to the last", () => {
    fill();
    const asked = question(usePlanner.getState());
    expect(asked).toMatchObject({
      start: "2026-12-01T08:00",
      interval_minutes: 30,
      talk_seconds: 172,
      talk_variation: 1.24,
      patience_seconds: 141,
      day_variation: 0.12,
      target_share: 0.8,
      target_seconds: 20,
    });
    expect(asked?.calls).toHaveLength(18);
    expect(asked?.calls[0]).toBe(12.3);
  });

  it("takes callers and how much days differ from the forecast, or from earlier days", () => {
    fill();
    takeFrom("forecast");
    expect(question(usePlanner.getState())).toMatchObject({ start: "2026-12-01T08:00", day_variation: 0.09 });
    expect(question(usePlanner.getState())?.calls[0]).toBe(13);
    takeFrom("average");
    expect(question(usePlanner.getState())).toMatchObject({ day_variation: 0.12 });
    expect(question(usePlanner.getState())?.calls[0]).toBe(12.3);
  });

  it("without history offers the hours of an office, and asks nothing before somebody calls", () => {
    usePlanner.setState((planner) => ({ ...filled(planner.fields, noBasis(DAY), "forecast") }));
    const { from, to, fields } = usePlanner.getState();
    expect([timeAt(from, 30), timeAt(to, 30), fields.talk_seconds]).toEqual(["08:00", "17:00", "180"]);
    expect(question(usePlanner.getState())).toBeNull();
    usePlanner.setState(({ calls }) => ({ calls: calls.map((_, place) => (place === 20 ? "7" : "0")) }));
    expect(question(usePlanner.getState())?.calls.filter((calls) => calls > 0)).toEqual([7]);
  });

  it("asks nothing while a field is wrong, and says what is permitted", () => {
    fill();
    usePlanner.setState(({ fields }) => ({ fields: { ...fields, target_percent: "100" } }));
    expect(question(usePlanner.getState())).toBeNull();
    expect(fieldProblem("target_percent", "100")).toBe("Permitted: 1–99");
    expect(fieldProblem("talk_seconds", "")).toBe("Permitted: 1–86400");
  });

  it("nobody gives up where patience is empty", () => {
    fill();
    usePlanner.setState(({ fields }) => ({ fields: { ...fields, patience_seconds: " " } }));
    expect(question(usePlanner.getState())?.patience_seconds).toBeNull();
  });

  it("drops the answer to a question that is not asked any more", async () => {
    let answerIt = (): void => undefined;
    const waits = new Promise<void>((done) => (answerIt = done));
    useTransport({
      request: async () => {
        await waits;
        return { kind: "staffing_basis", value: basis(DAY) };
      },
      listen: () => () => undefined,
    });
    const read = readHistory(false);
    usePlanner.setState({ day: "2026-12-02" });
    answerIt();
    await read;
    expect(usePlanner.getState().basis).toBeNull();
  });

  it("keeps the plan beside the question it was worked out for, and exports it", async () => {
    fill();
    useTransport({
      request: () => Promise.resolve({ kind: "staffing_plan", value: answer(DAY) }),
      listen: () => () => undefined,
    });
    await plan();
    const state = usePlanner.getState();
    expect(state.planned).toEqual(question(state));
    const lines = csv(state).split("\r\n");
    expect(lines).toHaveLength(20);
    expect(lines[1]).toBe("2026-12-01 08:00,12.3,3,3,3,0.9020,0.8850,0.9190,0.7500,");
    expect(lines[3]).toContain('"Erlang C lets nobody give up. With 5 attendants');
  });

  it("forgets what went wrong, but not that somebody stopped it", async () => {
    fill();
    const refuse = (code: string) => ({
      request: () => Promise.reject(new RefusedError(code, "No.", null)),
      listen: () => () => undefined,
    });
    useTransport(refuse("planner.cancelled"));
    await plan();
    expect(usePlanner.getState()).toMatchObject({ state: "idle", problem: null, plan: null });
    useTransport(refuse("planner.invalid"));
    await plan();
    expect(usePlanner.getState().problem).toBe("No.");
  });
});

describe("the scale", () => {
  it("counts whole attendants up to more than there are", () => {
    expect(niceTicks(1)).toEqual([0, 1]);
    expect(niceTicks(7)).toEqual([0, 2, 4, 6, 8]);
    expect(niceTicks(63)).toEqual([0, 20, 40, 60, 80]);
  });
});
