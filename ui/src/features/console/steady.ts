//! What stays where it is while better results stream in (DIR-2): pure, knows rows by their keys only.

/**
 * The rows to show when `arrived` comes in the place of `shown`. The row she is at (`anchor`) and all above it stay where
 * they are, also those that were not found again, so that no Enter and no click meets somebody else; what ranks before
 * her row now follows right below it. Without an anchor the new order is taken as it is.
 */
export function steady<T>(
  shown: readonly T[],
  arrived: readonly T[],
  keyOf: (row: T) => string,
  anchor: string | null,
): readonly T[] {
  const at = anchor === null ? -1 : shown.findIndex((row) => keyOf(row) === anchor);
  if (at < 0) return arrived;
  const renewed = new Map(arrived.map((row) => [keyOf(row), row]));
  const fixed = shown.slice(0, at + 1).map((row) => renewed.get(keyOf(row)) ?? row);
  const kept = new Set(fixed.map(keyOf));
  return [...fixed, ...arrived.filter((row) => !kept.has(keyOf(row)))];
}

/** The lower one of two places she may be at: the row chosen with the arrows and the one under the pointer. */
export function lowerOf<T>(
  shown: readonly T[],
  keyOf: (row: T) => string,
  places: readonly (string | null)[],
): string | null {
  return shown.map(keyOf).findLast((key) => places.includes(key)) ?? null;
}
