import { describe, expect, it } from "vitest";
import type { SpecialDayView } from "../../platform/bindings";
import { dayName, mondayOf, plusDays, runs, sayDays, sayMoment, sayOpen, sayTime, sayWhen } from "./say";

describe("days of the week", () => {
  it("three or more in a row are told as from and to, two by name", () => {
    expect(sayDays(0b001_1111)).toBe(`${dayName(0)}–${dayName(4)}`);
    expect(sayDays(0b110_0000)).toBe(`${dayName(5)}, ${dayName(6)}`);
    expect(sayDays(0b101_0111)).toBe(`${dayName(0)}–${dayName(2)}, ${dayName(4)}, ${dayName(6)}`);
    expect(sayDays(127)).toBe("every day");
    expect(sayDays(0)).toBe("no day");
  });
});

describe("dates are the calendar's own and need no zone", () => {
  it("a week begins on Monday, over the end of months and years", () => {
    expect(mondayOf("2027-01-01")).toBe("2026-12-28");
    expect(mondayOf("2026-12-28")).toBe("2026-12-28");
    expect(mondayOf("2027-03-28")).toBe("2027-03-22");
    expect(plusDays("2028-02-28", 2)).toBe("2028-03-01");
  });

  it("times are told to the minute, and the end of a day is 24:00", () => {
    expect([0, 8 * 3_600_000, 86_400_000].map(sayTime)).toEqual(["00:00", "08:00", "24:00"]);
    expect([0, 16_200_000, 86_400_000].map(sayOpen)).toEqual([
      "closed all day",
      "open 4:30 h",
      "open all day",
    ]);
  });

  it("what is half typed is shown as it was typed", () => {
    expect(sayWhen({ kind: "dates", from: "2026-1", to: "2026-1" })).toBe("2026-1");
    expect(sayMoment("")).toBe(", ");
  });
});

describe("a period in words", () => {
  it("one that ends before it begins is over on the day after", () => {
    const friday = { kind: "weekly", days: 16, from: "20:00", to: "02:00" } as const;
    expect(sayWhen(friday)).toBe(`${dayName(4)} 20:00–02:00 (the day after)`);
    expect(sayWhen({ ...friday, to: "24:00" })).toBe(`${dayName(4)} 20:00–24:00`);
  });

  it("a span within a day names the day once", () => {
    const eve = { kind: "span", from: "2026-12-24T12:00", to: "2026-12-24T18:00" } as const;
    expect(sayWhen(eve)).toBe(`${sayMoment("2026-12-24T12:00")}–18:00`);
  });
});

describe("the list of a year", () => {
  const day = (date: string, more: Partial<SpecialDayView> = {}): SpecialDayView => ({
    date,
    primary: [0],
    open_ms: 0,
    shifts: [],
    ...more,
  });

  it("days that follow each other and are alike are one line", () => {
    const shown = runs([
      day("2026-12-30"),
      day("2026-12-31"),
      day("2027-01-01"),
      day("2027-01-02", { open_ms: 3_600_000 }),
      day("2027-01-04"),
      day("2027-01-05", { primary: [1] }),
    ]);
    expect(shown.map(({ from, to }) => [from, to])).toEqual([
      ["2026-12-30", "2027-01-01"],
      ["2027-01-02", "2027-01-02"],
      ["2027-01-04", "2027-01-04"],
      ["2027-01-05", "2027-01-05"],
    ]);
  });

  it("a day on which clocks are changed stands by itself", () => {
    const shift = { from: "2027-03-28T02:00", to: "2027-03-28T03:00", is_forward: true };
    expect(runs([day("2027-03-27"), day("2027-03-28", { shifts: [shift] }), day("2027-03-29")])).toHaveLength(
      3,
    );
  });
});
