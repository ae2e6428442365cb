//! Amounts of data as one says them.

import { expect, it } from "vitest";
import { size } from "./bytes";

it("two figures count, in the largest unit that keeps them", () => {
  expect([0, 812, 1_024, 1_945_000, 24_700_000_000].map(size)).toEqual([
    "0 bytes",
    "812 bytes",
    "1 KB",
    "1.9 MB",
    "23 GB",
  ]);
});
