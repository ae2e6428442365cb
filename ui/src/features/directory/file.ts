//! A file's way to the host, part by part, so that neither side holds it as a whole; and the list of bad rows' way to the clipboard. No
//! screen here.

import type { ImportReport, ImportStep, RejectedRow } from "../../platform/bindings";
import { ask } from "../../platform/platform";
import { asBase64 } from "../../shared/base64";
import { importWords as words } from "./importWords";

/** Bytes of a part: a second of work for the host, so that progress moves and a stop is heard. */
const PART_BYTES = 4 * 1024 * 1024;

/** Why a file is not worth sending, or `null`. */
export function refusalOf(file: Blob): string | null {
  return file.size === 0 ? words.empty : null;
}

/** How far an import is. */
export interface Sent {
  /** 0 to 1 of the file. */
  share: number;
  contacts: number;
}

/** Brings a file in. `null`: it was stopped, and nothing was changed. */
export async function bringIn(
  file: File,
  stop: AbortSignal,
  tell: (sent: Sent) => void,
): Promise<ImportReport | null> {
  let id: string | null = null;
  for (let at = 0; ; at += PART_BYTES) {
    const content_base64 = await asBase64(file.slice(at, at + PART_BYTES));
    if (stop.aborted) {
      if (id !== null) await ask("cancel_import", { import: id });
      return null;
    }
    const is_last = at + PART_BYTES >= file.size;
    const step: ImportStep = await ask("import_part", {
      file_name: file.name,
      import: id,
      content_base64,
      is_last,
    });
    if (step.report !== null) return step.report;
    id = step.import;
    tell({ share: Math.min(1, (at + PART_BYTES) / file.size), contacts: step.contacts });
  }
}

/** Tab-separated, so that it pastes into a spreadsheet as three columns. */
export function rejectedAsText(rows: readonly RejectedRow[]): string {
  const lines = rows.map(({ line, kept, reason }) =>
    [line, kept ? words.kept : words.left, reason].join("\t"),
  );
  const { line, effect, reason } = words;
  return [[line, effect, reason].join("\t"), ...lines].join("\n");
}
