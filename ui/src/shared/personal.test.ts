//! Where somebody comes to stand in a group.

import { describe, expect, it } from "vitest";
import { CONTACTS } from "../../e2e/fixtures/views";
import { beforeWhom } from "./personal";

describe("a contact of a group", () => {
  const three = CONTACTS.slice(0, 3);
  const [first, second, third] = three.map(({ id }) => id) as [string, string, string];

  it("moved up comes before the one above, moved down behind the one below", () => {
    expect(beforeWhom(three, second, -1)).toBe(first);
    expect(beforeWhom(three, first, 1)).toBe(third);
    expect(beforeWhom(three, second, 1)).toBeNull();
  });

  it("does not leave its group at either end", () => {
    expect(beforeWhom(three, first, -1)).toBeUndefined();
    expect(beforeWhom(three, third, 1)).toBeUndefined();
    expect(beforeWhom(three, "gone", 1)).toBeUndefined();
  });
});
