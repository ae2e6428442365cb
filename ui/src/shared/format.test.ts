//! Times, spans and people as text.

import { describe, expect, it } from "vitest";
import {
  age,
  initials,
  moment,
  outcomeText,
  partyDetail,
  partyName,
  slaLevel,
  span,
  typedAddress,
} from "./format";

describe("a span", () => {
  it.each([
    [0, "0:00"],
    [7_900, "0:07"],
    [754_000, "12:34"],
    [3_723_000, "1:02:03"],
    [-500, "0:00"],
  ])("of %i ms reads %s", (ms, text) => expect(span(ms)).toBe(text));
});

describe("an age", () => {
  it.each([
    [-5, "0 min"],
    [1_799_999, "29 min"],
    [1_800_000, "30 min"],
    [7_199_999, "119 min"],
    [7_200_000, "2 h"],
    [172_799_999, "47 h"],
    [172_800_000, "2 days"],
  ])("of %i ms reads %s", (ms, text) => expect(age(ms)).toBe(text));
});

describe("a wait", () => {
  it("is in time, then near, then over, each from its bound on", () => {
    expect(slaLevel(13_999, 20_000)).toBe("good");
    expect(slaLevel(14_000, 20_000)).toBe("near");
    expect(slaLevel(20_000, 20_000)).toBe("over");
  });
});

describe("a moment", () => {
  const now = new Date(2026, 10, 23, 9, 0).getTime();

  it("today is its time alone", () => {
    expect(moment(new Date(2026, 10, 23, 0, 1).getTime(), now)).not.toMatch(/yesterday|Nov/);
  });

  it("before midnight is yesterday", () => {
    expect(moment(new Date(2026, 10, 22, 23, 59).getTime(), now)).toMatch(/^yesterday /);
  });

  it("of another year names the year", () => {
    expect(moment(new Date(2025, 10, 23).getTime(), now)).toMatch(/2025/);
  });
});

describe("a party", () => {
  const known = { party: "p", name: "Maria Huber", company: "Huber AG", number: "+41 44 1", contact: "c" };

  it("goes by name, else number, else as withheld", () => {
    expect(partyName(known)).toBe("Maria Huber");
    expect(partyName({ ...known, name: null })).toBe("+41 44 1");
    expect(partyName({ ...known, name: null, number: null })).toBe("Number withheld");
  });

  it("does not have its number said twice", () => {
    expect(partyDetail(known)).toBe("Huber AG · +41 44 1");
    expect(partyDetail({ ...known, name: null })).toBe("Huber AG");
    expect(partyDetail({ ...known, name: null, company: null })).toBe("");
  });
});

describe("an outcome", () => {
  it("is said in words, and by its reported name when it is new here", () => {
    expect(outcomeText({ outcome: 4, outcome_text: "Customer Hangup In Queue" })).toBe(
      "Hung up while waiting",
    );
    expect(outcomeText({ outcome: 99, outcome_text: "Something New" })).toBe("Something New");
    expect(outcomeText({ outcome: null, outcome_text: null })).toBe("goes on");
  });
});

describe("initials", () => {
  it.each([
    ["Main number", "MN"],
    ["Repairs and spare parts", "RA"],
    ["übersetzung", "Ü"],
    ["(24 h) hotline", "HH"],
  ])("of %s are %s", (name, letters) => expect(initials(name)).toBe(letters));
});

describe("what was typed", () => {
  it.each([
    ["4021", "4021"],
    ["+41 (0)44 310-22-17", "+410443102217"],
    ["*86", "*86"],
    ["rita@example.com", "rita@example.com"],
    ["sip:4000@pbx", "sip:4000@pbx"],
  ])("%s is the address %s", (typed, address) => expect(typedAddress(typed)).toBe(address));

  it.each(["", "4", "kel", "room 12", "+", "a b@c"])("%j is no address", (typed) =>
    expect(typedAddress(typed)).toBeNull(),
  );
});
