//! What is understood of a recovery key as people type and paste it.

import { describe, expect, it } from "vitest";
import { asKey, isWhole, readWords } from "./typedWords";

const LIST = ["abandon", "ability", "able", "about", "cat", "category", "zoo"];
const known = (text: string) => readWords(text, LIST).map(({ word }) => word);

describe("a recovery key as typed", () => {
  it("is read whatever stands between the words and however they are written", () => {
    expect(known("1. Abandon, 2) ABILITY\n3 able\t|about")).toEqual(["abandon", "ability", "able", "about"]);
  });

  it("needs the first four letters of a word and no more", () => {
    expect(known("aban abil abandoned categ")).toEqual(["abandon", "ability", "abandon", "category"]);
    expect(known("aba ab")).toEqual([null, null]);
  });

  it("takes a short word for itself and not for a longer one", () => {
    expect(known("cat zoo zo catt")).toEqual(["cat", "zoo", null, null]);
  });

  it("guesses what was meant, nearest first", () => {
    expect(readWords("abotu", LIST)[0]?.guesses[0]).toBe("about");
    expect(readWords("xxxxxxx", LIST)[0]?.guesses).toEqual([]);
  });

  it("is whole with 24 known words, and is sent as the words it stands for", () => {
    const whole = readWords("aban ".repeat(24), LIST);
    expect(isWhole(whole)).toBe(true);
    expect(asKey(whole.slice(0, 2))).toBe("abandon abandon");
    expect(isWhole(whole.slice(1))).toBe(false);
    expect(isWhole(readWords(`${"aban ".repeat(23)} what`, LIST))).toBe(false);
  });
});
