import { describe, expect, it } from "vitest";
import { fieldName, fieldValue, readable } from "./differences";

describe("a field of a change", () => {
  it("is named in words, counted from one", () => {
    expect(fieldName("levels.1.after_ms")).toBe("Levels 2, after");
    expect(fieldName("acw_ms")).toBe("After-call work");
    expect(fieldName("name")).toBe("Name");
    expect(fieldName("members.attendants.0")).toBe("Members, attendants 1");
  });

  it("is readable also when it is nothing that is known", () => {
    expect(fieldName("something_new.0.deeper")).toBe("Something new 1, deeper");
    expect(fieldName("")).toBe("");
    expect(fieldName("0")).toBe("0");
  });

  it("shows its value with its unit", () => {
    expect(fieldValue("rona_ms", "20000")).toBe("20 s");
    expect(fieldValue("priority", "20000")).toBe("20000");
    expect(fieldValue("otherwise", "true")).toBe("yes");
    expect(fieldValue("name", "")).toBeNull();
    expect(fieldValue("name", null)).toBeNull();
  });

  it("keeps its place and its own name as the key", () => {
    expect(readable([{ field: "sla_ms", before: "20000", after: "15000" }])).toEqual([
      { key: "sla_ms", field: "Service level", before: "20 s", after: "15 s" },
    ]);
  });
});
