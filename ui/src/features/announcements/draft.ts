//! What is typed about a sound, and what is wrong with it before it is sent. No screen here; the host judges what is heard.

import type { SoundsView, SoundView, VoiceView } from "../../platform/bindings";
import { soundsWords } from "../../shared/soundsWords";

const words = soundsWords.form;

/** What somebody wants to do; without a sound: make one. */
export interface Wish {
  kind: "file" | "text" | "name";
  sound: SoundView | null;
}

export interface Draft {
  name: string;
  file: File | null;
  text: string;
  voice: string;
}

/** Code points, as the host counts them. */
export function charsOf(text: string): number {
  return Array.from(text).length;
}

/** By field, in the order of the form. */
export function problemsOf(
  kind: Wish["kind"],
  { name, file, text, voice }: Draft,
  limits: Pick<SoundsView, "file_bytes_max" | "text_chars_max">,
): Partial<Record<keyof Draft, string>> {
  const chars = charsOf(text);
  return {
    ...(name.trim() === "" && { name: words.nameMissing }),
    ...(kind === "file" && file === null && { file: words.fileMissing }),
    ...(kind === "file" && file !== null && file.size > limits.file_bytes_max && { file: words.tooLarge }),
    ...(kind === "text" && text.trim() === "" && { text: words.textMissing }),
    ...(kind === "text" &&
      chars > limits.text_chars_max && { text: words.textHint(chars, limits.text_chars_max) }),
    ...(kind === "text" && voice === "" && { voice: words.voiceMissing }),
  };
}

/** The voice that was chosen where it still is there; else one of this screen's language, else the first. */
export function voiceFor(
  chosen: string,
  voices: readonly VoiceView[],
  language = navigator.language,
): string {
  const spoken = (tag: string): string => tag.split("-")[0]?.toLowerCase() ?? "";
  const found =
    voices.find(({ id }) => id === chosen) ??
    voices.find((voice) => voice.language.toLowerCase() === language.toLowerCase()) ??
    voices.find((voice) => spoken(voice.language) === spoken(language)) ??
    voices[0];
  return found?.id ?? "";
}

const languages = new Intl.DisplayNames(undefined, { type: "language", fallback: "code" });

/** `German` of `de`; the tag itself where it is none. */
export function languageOf(tag: string): string {
  try {
    return languages.of(tag) ?? tag;
  } catch {
    return tag;
  }
}
