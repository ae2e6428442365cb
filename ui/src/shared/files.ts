//! Saving what a screen has worked out, or what the host has made, as a file of the user's.

/** Offers a table for saving. */
export function saveCsv(text: string, name: string): void {
  // The mark at the beginning tells Excel that this is UTF-8.
  saveFile(new Blob(["\uFEFF", text], { type: "text/csv" }), name);
}

/** Offers a file for saving. */
export function saveFile(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Bytes as the host sends them. */
export function fileOf(base64: string, type: string): Blob {
  return new Blob([Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0))], { type });
}

/** Rows as CSV (RFC 4180). */
export function csvOf(rows: readonly (readonly (string | number | null | undefined)[])[]): string {
  return rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

function cell(value: string | number | null | undefined): string {
  const text = typeof value === "string" ? inert(value) : String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A text that a spreadsheet would take for a formula stays a text. */
function inert(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}
