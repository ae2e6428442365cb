//! The question of the reports and what is made of the answer: periods, ranges, what it is narrowed to, the days compared with
//! (REPORT-2, REPORT-3).

import { beforeEach, describe, expect, it } from "vitest";
import { empty, report } from "../../../e2e/fixtures/reports";
import type { ReportAsk, ReportView } from "../../platform/bindings";
import { RefusedError, useTransport } from "../../platform/platform";
import { beginning, edge, figure, narrowed, percent, time } from "./figures";
import {
  daysFrom,
  daysOf,
  isBetterHigher,
  isNumber,
  question,
  questionBefore,
  type Question,
  read,
  secondsOf,
  suited,
  useReports,
} from "./reports";

const before = useReports.getState();
const FORM: Question = {
  period: "own",
  first_day: "2026-10-19",
  last_day: "2026-10-25",
  service: null,
  grouping: null,
  thresholds: { sla_seconds: "20", hang_up_seconds: "30", short_call_seconds: "0" },
  number: "",
  attendant: null,
  caller: null,
  outcome: null,
  compare: "before",
  compare_day: "2025-10-20",
};

beforeEach(() => useReports.setState({ ...before, ...FORM }, true));

function asked(form: Question): ReportAsk {
  const found = question(form);
  if (found === null) throw new Error("nothing is asked");
  return found;
}

describe("the question", () => {
  it("names its days, both ends included", () => {
    expect(daysOf("today", "2026-11-01")).toEqual({ first_day: "2026-11-01", last_day: "2026-11-01" });
    expect(daysOf("yesterday", "2026-03-01")).toEqual({ first_day: "2026-02-28", last_day: "2026-02-28" });
    expect(daysOf("week", "2026-11-03")).toEqual({ first_day: "2026-10-28", last_day: "2026-11-03" });
    expect(daysFrom("2026-10-24", "2026-10-26")).toBe(3); // over the change of clocks
  });

  it("is one only where everything in the form is", () => {
    expect(asked(FORM)).toMatchObject({
      grouping: "day",
      sla_seconds: 20,
      hang_up_seconds: 30,
      short_call_seconds: 0,
    });
    expect(question({ ...FORM, last_day: "2026-10-18" })).toBeNull();
    expect(question({ ...FORM, first_day: "" })).toBeNull();
    for (const wrong of ["", "-1", "1.5", "86401", "soon"]) {
      expect(question({ ...FORM, thresholds: { ...FORM.thresholds, sla_seconds: wrong } })).toBeNull();
    }
    expect(secondsOf("86400")).toBe(86_400);
    expect(asked({ ...FORM, service: "7" }).filter.services).toEqual(["7"]);
  });

  it("cuts a period into neither too few nor too many bars", () => {
    expect([1, 2, 45, 46, 200, 201].map(suited)).toEqual(["hour", "day", "day", "week", "week", "month"]);
    expect(asked({ ...FORM, grouping: "quarter_hour" }).grouping).toBe("quarter_hour");
  });

  it("of the period before is as long and ends the day before", () => {
    const then = questionBefore(asked(FORM), FORM);
    expect(then?.filter).toMatchObject({ first_day: "2026-10-12", last_day: "2026-10-18" });
    expect(then).toMatchObject({ grouping: "whole", heat_map: false, sla_seconds: 20 });
  });

  it("of other days is of the same dates a year before, or of as many from a day of hers", () => {
    const year = questionBefore(asked(FORM), { ...FORM, compare: "year" });
    expect(year?.filter).toMatchObject({ first_day: "2025-10-19", last_day: "2025-10-25" });
    const own = questionBefore(asked(FORM), { ...FORM, compare: "own" });
    expect(own?.filter).toMatchObject({ first_day: "2025-10-20", last_day: "2025-10-26" });
    expect(questionBefore(asked(FORM), { ...FORM, compare: "none" })).toBeNull();
    const leap = asked({ ...FORM, first_day: "2028-02-29", last_day: "2028-02-29" });
    const before = questionBefore(leap, { ...FORM, compare: "year" });
    expect(before?.filter).toMatchObject({ first_day: "2027-02-28", last_day: "2027-02-28" });
    expect(question({ ...FORM, compare: "own", compare_day: "" })).toBeNull();
  });

  it("is narrowed to a number, an attendant, a caller and an outcome", () => {
    const form: Question = {
      ...FORM,
      number: " 044 555 66 77 ",
      attendant: { id: "3", title: "Rita Frei" },
      caller: { id: "9", title: "Rosa Meier" },
      outcome: { id: 4, title: "Hung up waiting" },
    };
    expect(asked(form).filter).toMatchObject({
      number: "044 555 66 77",
      attendant: "3",
      caller: "9",
      outcomes: [4],
    });
    expect(narrowed(form)).toEqual([
      "Caller: 044 555 66 77",
      "Attendant: Rita Frei",
      "Caller: Rosa Meier",
      "Outcome: Hung up waiting",
    ]);
    expect(question({ ...FORM, number: "677" })).toBeNull();
    expect(["", "6677", "rosa@example.com", "rosa"].map(isNumber)).toEqual([true, true, true, false]);
  });
});

describe("the answer", () => {
  it("of a later question is not replaced by that of an earlier one", async () => {
    const waiting: { ask: ReportAsk; answer: (view: ReportView) => void }[] = [];
    useTransport({
      listen: () => () => undefined,
      request: (request) => {
        if (request.cmd !== "get_report") return Promise.reject(new RefusedError("x", "x", null));
        const { ask } = request.payload;
        return new Promise((resolve) =>
          waiting.push({ ask, answer: (value) => resolve({ kind: "report", value }) }),
        );
      },
    });
    useReports.setState({ compare: "none" });
    const first = read();
    useReports.setState({ service: "2" });
    const second = read();
    const [early, late] = waiting;
    if (early === undefined || late === undefined) throw new Error("two questions");
    late.answer(report(late.ask));
    await second;
    early.answer(empty(early.ask));
    await first;
    expect(useReports.getState()).toMatchObject({
      asked: { filter: { services: ["2"] } },
      is_reading: false,
    });
    expect(useReports.getState().report?.total.sessions).toBeGreaterThan(0);
  });

  it("rounds nothing to all or to none that is not", () => {
    expect(percent(0.9999)).toBe("99.9\u00a0%");
    expect(percent(1)).toBe("100.0\u00a0%");
    expect(percent(0.0001)).toBe("0.1\u00a0%");
    expect(percent(null)).toBe("no data");
    expect(figure("asa", 7_250)).toBe("7.2\u00a0s");
    expect(time(131_000)).toBe("2:11");
    expect([20, 90, 120, 3600].map(edge)).toEqual(["20 s", "90 s", "2 min", "1 h"]);
    expect(beginning("2026-10-25T02:15+02:00", true)).toBe("02:15");
  });

  it("knows of which figures more is better", () => {
    expect(isBetterHigher("abandonment_rate")).toBe(false);
    expect(isBetterHigher("reachability")).toBe(true);
    expect(isBetterHigher("occupancy")).toBeNull();
  });
});
