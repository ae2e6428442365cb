//! Nothing moves under the cursor while results stream in.

import { describe, expect, it } from "vitest";
import { lowerOf, steady } from "./steady";

const key = (row: string): string => row.charAt(0);
const after = (shown: string, arrived: string, anchor: string | null): string =>
  steady(shown.split(" "), arrived.split(" "), key, anchor).join(" ");

describe("rows that stream in", () => {
  it("take the new order as long as she is at none of them", () => {
    expect(after("a b c", "x c a b", null)).toBe("x c a b");
  });

  it("never come above the row she is at, and the better ones follow right below it", () => {
    expect(after("a b c d", "x a y b c d", "b")).toBe("a b x y c d");
  });

  it("are the newest news of a row that stays in its place", () => {
    expect(after("a1 b1 c1", "c2 b2 a2", "b")).toBe("a2 b2 c2");
  });

  it("leave a row in its place that is not found any more", () => {
    expect(after("a b c", "c d", "b")).toBe("a b c d");
  });

  it("lose and double no row, wherever she is", () => {
    const arrived = "c x a y b";
    for (const anchor of ["a", "b", "c"]) {
      const rows = after("a b c", arrived, anchor).split(" ");
      expect([...rows].sort()).toEqual([...arrived.split(" ")].sort());
      expect(rows.indexOf(anchor)).toBe(["a", "b", "c"].indexOf(anchor));
    }
  });

  it("take the new order when the row she was at is of an older search", () => {
    expect(after("a b", "c d", "z")).toBe("c d");
  });
});

describe("the place that counts", () => {
  it("is the lower one of the pointer's and the arrows'", () => {
    expect(lowerOf(["a", "b", "c"], key, ["a", "c"])).toBe("c");
    expect(lowerOf(["a", "b", "c"], key, [null, "b"])).toBe("b");
    expect(lowerOf(["a", "b", "c"], key, [null, "z"])).toBeNull();
  });
});
