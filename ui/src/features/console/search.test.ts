//! What the search offers and what Enter would do with it.

import { describe, expect, it } from "vitest";
import { busy, calm, call, CONTACTS, MARIA } from "../../../e2e/fixtures/views";
import { highlighted, placesOf, rangesOf } from "./found";
import { begunOperator, destinationOf, following, foundRows, purposeNow, withOperator } from "./search";

const result = { query: "", total: 2, more: false, forgiven: null, contacts: CONTACTS.slice(0, 2) };

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

describe("the text under a name", () => {
  const [anna] = CONTACTS;
  if (anna === undefined) throw new Error("there are contacts");
  const found = {
    ...anna,
    custom: [{ name: "Room", value: "4.12" }],
    marks: [
      { field: "department" as const, name: null, ranges: [[0, 2]] as [number, number][] },
      { field: "custom" as const, name: "Room", ranges: [[0, 1]] as [number, number][] },
      { field: "number" as const, name: "+41 79 200 10 10", ranges: [[4, 6]] as [number, number][] },
      { field: "number" as const, name: "4000", ranges: [[0, 2]] as [number, number][] },
    ],
  };

  it("marks what was found, also in fields that have no place in the row", () => {
    expect(placesOf(found)).toEqual([
      { label: "Room", text: "4.12", ranges: [[0, 1]] },
      { label: "Number", text: "+41 79 200 10 10", ranges: [[4, 6]] },
      { label: "", text: "Head of team", ranges: [] },
      { label: "", text: "Sales", ranges: [[0, 2]] },
    ]);
  });

  it("leaves the first number at the end of the row", () => {
    expect(rangesOf(found, "number", "4000")).toEqual([[0, 2]]);
    expect(rangesOf(found, "number", "4001")).toEqual([]);
  });
});

describe("an operator", () => {
  it("is completed from its first letters, two at least", () => {
    expect(begunOperator("d")).toBeNull();
    expect(begunOperator("keller de")).toBe("dept");
    expect(withOperator("keller de", "dept")).toBe("keller dept:");
    expect(begunOperator("CIT")).toBe("city");
    expect(withOperator("CIT", "city")).toBe("city:");
  });

  it("is not seen in a whole word or in another one", () => {
    expect(begunOperator("decker")).toBeNull();
    expect(begunOperator("dept:")).toBeNull();
    expect(begunOperator("dept:sa")).toBeNull();
    expect(begunOperator("Andé")).toBeNull();
  });
});

describe("an answer", () => {
  const at = (chosen: string | null, pointed: string | null = null) => ({ chosen, pointed });
  const [anna, beat, claudia] = CONTACTS.slice(0, 3).map(({ id }) => id);
  const ids = (places: { chosen: string | null; pointed: string | null }, query = "") =>
    following(result, { ...result, query, contacts: CONTACTS.slice(0, 3).reverse() }, places).contacts.map(
      ({ id }) => id,
    );

  it("to the same text moves nothing at or above her place", () => {
    expect(ids(at(null))).toEqual([claudia, beat, anna]);
    expect(ids(at(anna ?? null))).toEqual([anna, claudia, beat]);
    expect(ids(at(anna ?? null, beat))).toEqual([anna, beat, claudia]);
  });

  it("to another text is taken as it is, but for whom she chose since she typed it", () => {
    expect(ids(at(null, anna), "a")).toEqual([claudia, beat, anna]);
    expect(ids(at(anna ?? null), "a")).toEqual([anna, claudia, beat]);
  });
});
