//! What is worth sending of a file, and the list of bad rows' way to the clipboard. No screen here.

import type { RejectedRow } from "../../platform/bindings";
import { importWords as words } from "./importWords";

/** The host's own limit; checked here so that nobody waits for a refusal. */
const FILE_BYTES_MAX = 32 * 1024 * 1024;

/** Why a file is not worth sending, or `null`. */
export function refusalOf(file: Blob): string | null {
  if (file.size > FILE_BYTES_MAX) return words.tooLarge;
  return file.size === 0 ? words.empty : null;
}

/** Tab-separated, so that it pastes into a spreadsheet as three columns. */
export function rejectedAsText(rows: readonly RejectedRow[]): string {
  const lines = rows.map(({ line, kept, reason }) =>
    [line, kept ? words.kept : words.left, reason].join("\t"),
  );
  const { line, effect, reason } = words;
  return [[line, effect, reason].join("\t"), ...lines].join("\n");
}
