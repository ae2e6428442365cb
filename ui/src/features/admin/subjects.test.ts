import { describe, expect, it } from "vitest";
import type { KeptAboutView } from "../../platform/bindings";
import { factsOf, isEmpty, receiptText, subjectOf } from "./subjects";

const nothing: KeptAboutView = {
  numbers: [],
  names: [],
  contacts: [],
  notes: 0,
  stand_ins: 0,
  places: 0,
  default_endpoints: 0,
  transfers: 0,
  voicemails: 0,
  calls: 0,
  stays: ["Backups made before hold it."],
  erased: null,
};

describe("what is kept about one person (DATA-10)", () => {
  it("takes a number from each line, each once", () => {
    const subject = subjectOf(" +41 44 555 66 77 \n\n4010\n4010", ["7"]);
    expect(subject).toEqual({ numbers: ["+41 44 555 66 77", "4010"], contacts: ["7"] });
  });

  it("says that nothing is kept only where nothing is", () => {
    expect(isEmpty(nothing)).toBe(true);
    expect(isEmpty({ ...nothing, calls: 1 })).toBe(false);
    expect(isEmpty({ ...nothing, numbers: ["4010"] })).toBe(false);
  });

  it("writes a receipt with what was erased, and what stays", () => {
    const kept = { ...nothing, numbers: ["0445556677"], notes: 1, places: 2 };
    expect(factsOf(kept)[0]).toEqual({
      name: "Numbers she called from or was called at",
      value: "0445556677",
    });
    const receipt = receiptText(kept, "today, 10:00");
    expect(receipt).toContain("Erased today, 10:00.");
    expect(receipt).toContain("1 note, 2 places in favourites and groups, 0 stand-ins");
    expect(receipt).toContain("- Backups made before hold it.");
  });
});
