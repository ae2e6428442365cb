//! Amounts of data as text. Pure.

const KIB = 1024;
const UNITS = ["bytes", "KB", "MB", "GB", "TB"] as const;

/** `812 bytes`, `1.9 MB`, `24 GB`: two figures that count. */
export function size(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= KIB && unit < UNITS.length - 1) {
    value /= KIB;
    unit += 1;
  }
  const shown = unit === 0 || value >= 10 ? Math.round(value) : Math.round(value * 10) / 10;
  return `${shown.toLocaleString()} ${UNITS[unit] ?? ""}`;
}
