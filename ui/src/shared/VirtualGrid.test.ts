//! Where the keys of a list lead.

import { expect, it } from "vitest";
import { movedBy } from "./VirtualGrid";

it("arrows, pages and ends stay inside the list", () => {
  expect(movedBy("ArrowDown", 4, 5, 3)).toBe(4);
  expect(movedBy("ArrowUp", 0, 5, 3)).toBe(0);
  expect(movedBy("PageDown", 1, 5, 3)).toBe(4);
  expect(movedBy("PageUp", 4, 5, 3)).toBe(1);
  expect(movedBy("Home", 3, 5, 3)).toBe(0);
  expect(movedBy("End", 0, 5, 3)).toBe(4);
  expect(movedBy("a", 0, 5, 3)).toBeNull();
});

it("the first arrow down in a list without a choice chooses the first row", () => {
  expect(movedBy("ArrowDown", -1, 5, 3)).toBe(0);
});
