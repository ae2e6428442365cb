import { expect, test } from "vitest";
import type { VoiceView } from "../../platform/bindings";
import { type Draft, languageOf, problemsOf, voiceFor } from "./draft";

const limits = { file_bytes_max: 10, text_chars_max: 5 };
const draft: Draft = { name: "Closed", file: null, text: "", voice: "v" };

test("what is missing is named by its field, and only what this form asks for", () => {
  expect(Object.keys(problemsOf("name", { ...draft, name: " " }, limits))).toEqual(["name"]);
  expect(Object.keys(problemsOf("file", draft, limits))).toEqual(["file"]);
  expect(Object.keys(problemsOf("text", { ...draft, voice: "" }, limits))).toEqual(["text", "voice"]);
  expect(problemsOf("text", { ...draft, text: "Hello" }, limits)).toEqual({});
});

test("what is too large is not sent; a letter of two code units counts once", () => {
  const file = (bytes: number) => new File([new Uint8Array(bytes)], "a.wav");
  expect(problemsOf("file", { ...draft, file: file(10) }, limits)).toEqual({});
  expect(Object.keys(problemsOf("file", { ...draft, file: file(11) }, limits))).toEqual(["file"]);
  expect(problemsOf("text", { ...draft, text: "📞📞📞📞📞" }, limits)).toEqual({});
  expect(Object.keys(problemsOf("text", { ...draft, text: "123456" }, limits))).toEqual(["text"]);
});

test("a voice of the screen's language is chosen first, and the chosen one stays", () => {
  const voice = (id: string, language: string): VoiceView => ({ id, name: id, language });
  const voices = [voice("a", "af"), voice("b", "de"), voice("c", "en-GB"), voice("d", "en-US")];
  expect(voiceFor("", voices, "en-US")).toBe("d");
  expect(voiceFor("", voices, "de-CH")).toBe("b");
  expect(voiceFor("", voices, "ja")).toBe("a");
  expect(voiceFor("c", voices, "de-CH")).toBe("c");
  expect(voiceFor("gone", voices, "de-CH")).toBe("b");
  expect(voiceFor("x", [], "de")).toBe("");
});

test("a language is said in words, and what is none as it is", () => {
  expect(languageOf("de")).toMatch(/German|Deutsch/);
  expect(languageOf("not a tag")).toBe("not a tag");
});
