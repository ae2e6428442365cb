//! Which key means what where.

import { describe, expect, it } from "vitest";
import { actionsFor, chordOf, KEYMAP, type Place, type Stroke, typesText } from "./keymap";

function stroke(key: string, modifiers: Partial<Stroke> = {}): Stroke {
  return { key, code: "", ctrlKey: false, altKey: false, metaKey: false, ...modifiers };
}

const EVERYWHERE: readonly Place[] = ["open", "control", "empty_text", "text"];

describe("the keymap", () => {
  it("takes a letter as a command outside of text fields only", () => {
    expect(actionsFor(stroke("h"), "open")).toEqual(["hold"]);
    expect(actionsFor(stroke("h"), "control")).toEqual(["hold"]);
    expect(actionsFor(stroke("h"), "text")).toEqual([]);
    expect(actionsFor(stroke("h"), "empty_text")).toEqual([]);
  });

  it("takes Alt and the letter as a command everywhere", () => {
    for (const place of EVERYWHERE) {
      expect(actionsFor(stroke("h", { altKey: true }), place)).toEqual(["hold"]);
    }
  });

  it("answers with Enter unless something typed or a control reached by keyboard wants it", () => {
    expect(actionsFor(stroke("Enter"), "open")).toContain("answer");
    expect(actionsFor(stroke("Enter"), "empty_text")).toContain("answer");
    expect(actionsFor(stroke("Enter"), "text")).toEqual([]);
    expect(actionsFor(stroke("Enter"), "control")).toEqual([]);
  });

  it("answers with F2 and Ctrl+Enter wherever the focus is, even over a dialog", () => {
    for (const place of [...EVERYWHERE, "overlay"] as const) {
      expect(actionsFor(stroke("F2"), place)).toEqual(["answer"]);
      expect(actionsFor(stroke("Enter", { ctrlKey: true }), place)).toEqual(["answer"]);
    }
  });

  it("does nothing else while a dialog lies over the console", () => {
    expect(actionsFor(stroke("e", { ctrlKey: true }), "overlay")).toEqual([]);
    expect(actionsFor(stroke("Escape"), "overlay")).toEqual([]);
    expect(actionsFor(stroke("Enter"), "overlay")).toEqual([]);
  });

  it("hangs up by no single key", () => {
    expect(KEYMAP.hang_up.filter((chord) => !chord.includes("+"))).toEqual([]);
    expect(KEYMAP.decline.filter((chord) => !chord.includes("+"))).toEqual([]);
  });

  it("gives every chord to one action only", () => {
    const chords = Object.values(KEYMAP).flat();
    expect(new Set(chords).size).toBe(chords.length);
  });

  it("leaves AltGr to typing", () => {
    expect(chordOf(stroke("@", { ctrlKey: true, altKey: true }))).toBeNull();
    expect(typesText(stroke("@", { ctrlKey: true, altKey: true }))).toBe(false);
  });

  it("knows the key by its place where Option types another letter", () => {
    expect(chordOf(stroke("˙", { altKey: true, code: "KeyH" }))).toBe("Alt+H");
    expect(chordOf(stroke("¡", { altKey: true, code: "Digit1" }))).toBe("Alt+1");
  });

  it("takes the letter that is printed on the key, not its place, where there is one", () => {
    expect(chordOf(stroke("z", { altKey: true, code: "KeyY" }))).toBe("Alt+Z");
  });
});
