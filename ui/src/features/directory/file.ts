//! A file's way to the host, and the list of bad rows' way to the clipboard. No screen here.

import type { RejectedRow } from "../../platform/bindings";
import { words } from "../../shared/words";

/** The host's own limit; checked here so that nobody waits for a refusal. */
const FILE_BYTES_MAX = 32 * 1024 * 1024;

/** Why a file is not worth sending, or `null`. */
export function refusalOf(file: Blob): string | null {
  if (file.size > FILE_BYTES_MAX) return words.directory.tooLarge;
  return file.size === 0 ? words.directory.empty : null;
}

/** The bytes in base64. Read by the browser as a data URL, which does not block the screen as a loop would. */
export function asBase64(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => {
      const url = reader.result as string;
      resolve(url.slice(url.indexOf(",") + 1));
    };
    reader.onerror = () => reject(reader.error ?? new Error("unreadable file"));
    reader.readAsDataURL(file);
  });
}

/** Tab-separated, so that it pastes into a spreadsheet as three columns. */
export function rejectedAsText(rows: readonly RejectedRow[]): string {
  const lines = rows.map(({ line, kept, reason }) =>
    [line, kept ? words.directory.kept : words.directory.left, reason].join("\t"),
  );
  const { line, effect, reason } = words.directory;
  return [[line, effect, reason].join("\t"), ...lines].join("\n");
}
