//! What the search offers and what Enter would do with it.

import { describe, expect, it } from "vitest";
import { busy, calm, call, CONTACTS, MARIA } from "../../../e2e/fixtures/views";
import { destinationOf, foundRows, highlighted, purposeNow } from "./search";

const result = { query: "", total: 2, contacts: CONTACTS.slice(0, 2) };

describe("the rows found", () => {
  it("begin with the number itself when one was typed", () => {
    expect(foundRows("044 310", result).map(({ key }) => key)).toEqual(["typed", "contact0", "contact1"]);
    expect(foundRows("kel", result).map(({ key }) => key)).toEqual(["contact0", "contact1"]);
  });

  it("lead to the chosen number of the contact, and say when it is a voicemail box", () => {
    const [first] = foundRows("kel", result);
    expect(first && destinationOf(first, 0)).toEqual({
      address: "4000",
      contact: "contact0",
      voicemail: false,
    });
    expect(first && destinationOf(first, 2)).toMatchObject({ address: "*864000", voicemail: true });
    expect(first && destinationOf(first, 9)).toBeNull();
  });
});

describe("Enter", () => {
  it("calls when nobody is on the line", () => {
    expect(purposeNow(calm(), "default")).toEqual({ main: "call", about: null });
  });

  it("puts the active caller through so that they come back, unless a consultation was asked for", () => {
    expect(purposeNow(busy(), "default")).toEqual({ main: "safe", about: "Maria Huber" });
    expect(purposeNow(busy(), "consult")).toEqual({ main: "consult", about: "Maria Huber" });
  });

  it("calls somebody while callers are only held, unless a transfer was asked for", () => {
    const held = { ...calm(), calls: [call("c", MARIA, "held")] };
    expect(purposeNow(held, "default").main).toBe("call");
    expect(purposeNow(held, "transfer")).toEqual({ main: "safe", about: "Maria Huber" });
  });
});

describe("the letters found", () => {
  it("are cut out of the name", () => {
    expect(highlighted("Anna Keller", [[5, 8]])).toEqual([
      { text: "Anna ", hit: false },
      { text: "Kel", hit: true },
      { text: "ler", hit: false },
    ]);
  });

  it("never lose a letter, whatever the host says", () => {
    const odd: [number, number][] = [
      [3, 2],
      [0, 2],
      [1, 4],
      [9, 99],
    ];
    const text = highlighted("Anna Keller", odd)
      .map((part) => part.text)
      .join("");
    expect(text).toBe("Anna Keller");
  });
});
