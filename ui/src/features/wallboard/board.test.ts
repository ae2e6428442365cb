//! Thresholds and pages of the wallboard (REPORT-3).

import { describe, expect, it } from "vitest";
import type { BoardAttendant, BoardLevel, BoardService } from "../../platform/bindings";
import {
  gridFor,
  inOrder,
  layoutOf,
  onPage,
  pagesOf,
  partsOf,
  percent,
  verdict,
  verdicts,
  worst,
} from "./board";

const LEVELS: BoardLevel[] = [
  { figure: "waiting", warn: 3, alarm: 6 },
  { figure: "longest_wait", warn: 20, alarm: 60 },
  { figure: "selectable", warn: 1, alarm: 0 },
  { figure: "service_level", warn: 80, alarm: 60 },
];

const SERVICE: BoardService = {
  id: "1",
  name: "Main number",
  waiting: 3,
  longest_since: 1_000,
  offered: 1,
  connected: 2,
  selectable: 2,
  on_duty: 3,
  members: 4,
  sla_seconds: 20,
  short_call_seconds: 5,
  formula: "service_level_abandons_ignored",
  formula_name: "Service level, abandons ignored",
  formula_text: "A_T / (O_T − B_T)",
  levels: LEVELS,
  own: false,
  today: { calls: 9, answered: 7, abandoned: 1, service_level: 0.7999, asa_ms: 9_000 },
};

describe("thresholds (REPORT-3)", () => {
  it("warn from the threshold itself on, in the direction of the figure", () => {
    const of = (figure: BoardLevel["figure"], value: number | null) => verdict(LEVELS, figure, value);
    expect([2, 3, 5, 6].map((value) => of("waiting", value))).toEqual(["good", "warn", "warn", "alarm"]);
    expect([2, 1, 0].map((value) => of("selectable", value))).toEqual(["good", "warn", "alarm"]);
    expect([80.1, 80, 60].map((value) => of("service_level", value))).toEqual(["good", "warn", "alarm"]);
    expect(of("service_level", null)).toBe("good");
    expect(of("asa", 9_999)).toBe("good");
  });

  it("judge what is shown: 79.99 % is shown as 80 %", () => {
    expect(percent(0.7999)).toBe(80);
    expect(percent(null)).toBeNull();
    expect(verdicts(SERVICE, 0).service_level).toBe("warn");
  });

  it("count a wait by the host's clock, without a new view", () => {
    expect(verdicts(SERVICE, 20_000).longest_wait).toBe("good");
    expect(verdicts(SERVICE, 21_000).longest_wait).toBe("warn");
    expect(verdicts(SERVICE, 61_000).longest_wait).toBe("alarm");
    expect(verdicts({ ...SERVICE, longest_since: null }, 61_000).longest_wait).toBe("good");
  });

  it("make a tile as bad as its worst figure", () => {
    expect(worst(["good", "alarm", "warn"])).toBe("alarm");
    expect(worst(["good", "warn"])).toBe("warn");
    expect(worst(["good"])).toBe("good");
  });
});

describe("pages", () => {
  const room = { width: 1_000, height: 600 };
  const least = { width: 300, height: 200 };

  it("make tiles as large as they can be", () => {
    expect(gridFor(room, least, 1)).toEqual({ columns: 1, rows: 1 });
    expect(gridFor(room, least, 4)).toEqual({ columns: 2, rows: 2 });
    expect(gridFor(room, least, 100)).toEqual({ columns: 3, rows: 2 });
    expect(gridFor({ width: 100, height: 50 }, least, 3)).toEqual({ columns: 1, rows: 1 });
  });

  it("show everybody once on one round, and begin anew after the last", () => {
    const all = Array.from({ length: 14 }, (_, at) => at);
    const grid = { columns: 3, rows: 2 };
    expect(pagesOf(all.length, grid)).toBe(3);
    expect([0, 1, 2].flatMap((page) => onPage(all, grid, page))).toEqual(all);
    expect(onPage(all, grid, 3)).toEqual(onPage(all, grid, 0));
    expect(pagesOf(0, grid)).toBe(1);
  });

  it("stand side by side where the window is high, and one after the other where it is low", () => {
    const many = { services: 3, attendants: 40 };
    for (const height of [300, 1_000]) {
      const size = { width: 640, height };
      const layout = layoutOf(size, many, false);
      const parts = Array.from({ length: layout.pages }, (_, page) => partsOf(layout, many, size, page));
      const empty = parts.filter(({ services, attendants }) => services === null && attendants === null);
      expect(empty).toEqual([]);
      expect(parts.some(({ services, attendants }) => services !== null && attendants !== null)).toBe(
        height === 1_000,
      );
    }
    const alone = layoutOf(room, { services: 2, attendants: 0 }, false);
    expect(partsOf(alone, { services: 2, attendants: 0 }, room, 0)).toEqual({
      services: 0,
      attendants: null,
    });
  });

  it("have larger and fewer tiles on a wall", () => {
    const many = { services: 40, attendants: 0 };
    const size = { width: 1_920, height: 1_000 };
    const tiles = (wall: boolean) => {
      const { services } = layoutOf(size, many, wall);
      return (services?.columns ?? 0) * (services?.rows ?? 0);
    };
    expect(tiles(true)).toBeLessThan(tiles(false));
  });
});

it("who is off duty comes last, everybody else stays where she is", () => {
  const attendant = (name: string, state: BoardAttendant["state"]): BoardAttendant => ({
    id: name,
    name,
    state,
    since: null,
    reason: null,
    presence: null,
    on_duty: state !== "off_duty",
    here: false,
    services: [],
    switched_off: [],
    calls: 0,
    talk_ms: 0,
  });
  const order = inOrder([attendant("a", "off_duty"), attendant("b", "talking"), attendant("c", "ready")]);
  expect(order.map(({ id }) => id)).toEqual(["b", "c", "a"]);
});
