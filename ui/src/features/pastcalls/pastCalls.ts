//! The file that is being taken over (REPORT-5): what it looks like, what its columns mean, and its way to the host part by part. Kept
//! while other screens are looked at. No screen here.

import { create } from "zustand";
import type {
  CallsCheck,
  CallsColumns,
  CallsLook,
  CallsMapping,
  CallsOutcome,
  CallsStep,
  RefusedCall,
} from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { asBase64 } from "../../shared/base64";
import { csvOf } from "../../shared/files";
import { pastCallsWords as words } from "./pastCallsWords";

/** Bytes that are looked at and checked. */
const BEGINNING_BYTES = 1024 * 1024;
/** Bytes of a part: the host says how far it is after each, and hears a stop before the next. The first megabyte tells the file. */
const PART_BYTES = 2 * 1024 * 1024;
/** Bytes of a mapping's file. */
const MAPPING_BYTES_MAX = 1024 * 1024;
/** A pause in typing after which is checked. */
const CHECK_AFTER_MS = 400;

interface Sent {
  /** 0 to 1 of the file. */
  share: number;
  step: CallsStep | null;
  isStopping: boolean;
}

interface Result {
  step: CallsStep | null;
  refused: RefusedCall[];
  isStopped: boolean;
}

interface PastCalls {
  file: File | null;
  look: CallsLook | null;
  mapping: CallsMapping | null;
  check: CallsCheck | null;
  /** Why the mapping cannot be used yet, or the file not be read. */
  problem: string | null;
  isLooking: boolean;
  isChecking: boolean;
  sent: Sent | null;
  result: Result | null;
}

const NOTHING: PastCalls = {
  file: null,
  look: null,
  mapping: null,
  check: null,
  problem: null,
  isLooking: false,
  isChecking: false,
  sent: null,
  result: null,
};

export const usePastCalls = create<PastCalls>(() => NOTHING);

/** Looks at a file, and takes up the mapping that it suggests. */
export async function lookAt(file: File): Promise<void> {
  if (usePastCalls.getState().sent !== null) return;
  usePastCalls.setState({ ...NOTHING, file, isLooking: true });
  try {
    const look = await ask("look_at_calls", {
      file_name: file.name,
      time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      ...(await beginningOf(file)),
    });
    if (usePastCalls.getState().file !== file) return;
    usePastCalls.setState({ look, isLooking: false });
    map(look.mapping);
  } catch (error) {
    if (usePastCalls.getState().file !== file) return;
    usePastCalls.setState({ file: null, isLooking: false, problem: RefusedError.from(error).message });
  }
}

async function beginningOf(file: File): Promise<{ content_base64: string; is_whole: boolean }> {
  const is_whole = file.size <= BEGINNING_BYTES;
  return { content_base64: await bytesOf(file, 0, BEGINNING_BYTES), is_whole };
}

/** Bytes of a file that may be gone since it was chosen. */
async function bytesOf(file: File, from: number, length: number): Promise<string> {
  try {
    return await asBase64(file.slice(from, from + length));
  } catch {
    throw new RefusedError("import.unreadable", words.gone, null);
  }
}

let waiting: ReturnType<typeof setTimeout> | undefined;

/** Another mapping; it is checked when she has paused. */
export function map(mapping: CallsMapping): void {
  usePastCalls.setState({ mapping, isChecking: true });
  clearTimeout(waiting);
  waiting = setTimeout(() => void check(), CHECK_AFTER_MS);
}

async function check(): Promise<void> {
  const { file, mapping } = usePastCalls.getState();
  if (file === null || mapping === null) return;
  const isCurrent = (): boolean => usePastCalls.getState().mapping === mapping;
  try {
    const check = await ask("check_calls", { mapping, ...(await beginningOf(file)) });
    if (isCurrent()) usePastCalls.setState({ check, problem: null, isChecking: false });
  } catch (error) {
    if (isCurrent())
      usePastCalls.setState({ check: null, problem: RefusedError.from(error).message, isChecking: false });
  }
}

/** Takes up a mapping that was saved. */
export async function loadMapping(file: File): Promise<void> {
  try {
    if (file.size > MAPPING_BYTES_MAX) throw new RefusedError("import.mapping", words.noMapping, null);
    map(await ask("read_calls_mapping", { text: await file.text() }));
  } catch (error) {
    usePastCalls.setState({ problem: RefusedError.from(error).message });
  }
}

/** Takes the file over, or goes on where it was stopped. */
export async function bringIn(): Promise<void> {
  const { file, mapping, sent } = usePastCalls.getState();
  if (file === null || mapping === null || sent !== null) return;
  let step: CallsStep | null = null;
  const refused: RefusedCall[] = [];
  usePastCalls.setState({ sent: { share: 0, step, isStopping: false }, result: null, problem: null });
  try {
    for (let at = 0; step?.finished !== true; at += PART_BYTES) {
      const content_base64 = await bytesOf(file, at, PART_BYTES);
      if (usePastCalls.getState().sent?.isStopping === true) {
        if (step !== null) await ask("cancel_calls_import", { import: step.import });
        usePastCalls.setState({ sent: null, result: { step, refused, isStopped: true } });
        return;
      }
      const is_last = at + PART_BYTES >= file.size;
      const part = { size: file.size, content_base64, is_last };
      const first = { import: null, mapping, ...part };
      const next: CallsStep = await ask("import_calls_part", {
        part: step === null ? first : { import: step.import, ...part },
      });
      step = next;
      refused.push(...next.refused);
      const share = Math.min(1, (at + PART_BYTES) / file.size);
      usePastCalls.setState((now) => ({ sent: now.sent && { ...now.sent, share, step } }));
    }
    usePastCalls.setState({ sent: null, result: { step, refused, isStopped: false } });
  } catch (error) {
    const problem = RefusedError.from(error).message;
    const result = step === null ? null : { step, refused, isStopped: true };
    usePastCalls.setState({ sent: null, problem, result });
  }
}

/** Stops behind the part that is on its way. */
export function stop(): void {
  usePastCalls.setState((now) => ({ sent: now.sent && { ...now.sent, isStopping: true } }));
}

/** Refused rows as a file. */
export function refusedAsCsv(refused: readonly RefusedCall[]): string {
  return csvOf([[words.line, words.reason], ...refused.map(({ line, reason }) => [line, reason])]);
}

/** What an outcome of the file can mean. */
export const MEANINGS = {
  answered: { meaning: "answered", outcome: 5, otherwise: 5 },
  inside: { meaning: "answered", outcome: 6, otherwise: 6 },
  outside: { meaning: "answered", outcome: 7, otherwise: 7 },
  hung_up: { meaning: "unanswered", outcome: 4, otherwise: 2 },
  message: { meaning: "unanswered", outcome: 10, otherwise: 10 },
  time_over: { meaning: "unanswered", outcome: 14, otherwise: 14 },
  closed: { meaning: "unanswered", outcome: 15, otherwise: 15 },
  lost: { meaning: "unanswered", outcome: 16, otherwise: 16 },
  refused: { meaning: "refused", outcome: 0, otherwise: 0 },
} as const satisfies Record<string, Pick<CallsOutcome, "meaning" | "outcome" | "otherwise">>;

export type Meaning = keyof typeof MEANINGS;

/** `null`: none was chosen; `other`: one that only the mapping's file can say. */
export function meaningOf(mapping: CallsMapping, text: string): Meaning | "other" | null {
  const outcome = mapping.outcomes.find((outcome) => outcome.text === text);
  if (outcome === undefined) return null;
  const same = (meaning: Meaning): boolean => {
    const { meaning: name, outcome: id, otherwise } = MEANINGS[meaning];
    return (
      outcome.meaning === name &&
      (name === "refused" || (outcome.outcome === id && outcome.otherwise === otherwise))
    );
  };
  return (Object.keys(MEANINGS) as Meaning[]).find(same) ?? "other";
}

/** The mapping with this meaning of a word of the file. */
export function meaning(mapping: CallsMapping, text: string, meaning: Meaning | null): CallsMapping {
  const others = mapping.outcomes.filter((outcome) => outcome.text !== text);
  if (meaning === null) return { ...mapping, outcomes: others };
  const outcome = { text, ...MEANINGS[meaning], why: meaning === "refused" ? words.leftOut : "" };
  return { ...mapping, outcomes: [...others, outcome] };
}

/** The mapping with this service for a word of the file; neither: it keeps its name. */
export function serviceMeant(
  mapping: CallsMapping,
  text: string,
  meant: { service: string } | { name: string },
): CallsMapping {
  const others = mapping.services.filter((service) => service.text !== text);
  if ("service" in meant)
    return { ...mapping, services: [...others, { text, service: meant.service, name: null }] };
  if (meant.name === "" || meant.name === text) return { ...mapping, services: others };
  return { ...mapping, services: [...others, { text, service: null, name: meant.name }] };
}

/** What must be chosen. */
export const NEEDED: readonly (keyof CallsColumns)[] = ["arrived", "ended", "service", "outcome"];
export const OPTIONAL: readonly (keyof CallsColumns)[] = [
  "caller",
  "attendant",
  "queued",
  "accepted",
  "left_queue",
  "left",
  "date",
];

/** The mapping with another column for this; `""`: none. */
export function column(mapping: CallsMapping, field: keyof CallsColumns, name: string): CallsMapping {
  const value = name === "" && !NEEDED.includes(field) ? null : name;
  return { ...mapping, columns: { ...mapping.columns, [field]: value } };
}

/** What stands in a column first. */
export function exampleOf(look: CallsLook, name: string | null): string {
  const values = look.columns.find((column) => column.name === name)?.values ?? [];
  return values
    .map(({ text }) => text)
    .filter((text) => text !== "")
    .slice(0, 2)
    .join(", ");
}

/** Words with commas between them, and back. */
export const listOf = (text: string): string[] =>
  text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
