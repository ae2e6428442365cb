//! Keeps the identity of what has not changed when a new view arrives, so that rows which did not change do not render.
//! Knows nothing of what the values mean.

/** `next`, with every part that equals the same part of `previous` replaced by it. Array items are matched by `keyOf`. */
export function share<T>(previous: unknown, next: T): T {
  if (Object.is(previous, next)) return next;
  if (Array.isArray(previous) && Array.isArray(next)) return shareArray(previous, next) as T;
  if (isRecord(previous) && isRecord(next)) return shareRecord(previous, next) as T;
  return next;
}

function shareArray(previous: unknown[], next: unknown[]): unknown[] {
  const byKey = new Map(previous.map((item, index) => [keyOf(item, index), item]));
  const shared = next.map((item, index) => share(byKey.get(keyOf(item, index)), item));
  const same = shared.length === previous.length && shared.every((item, index) => item === previous[index]);
  return same ? previous : shared;
}

function shareRecord(
  previous: Record<string, unknown>,
  next: Record<string, unknown>,
): Record<string, unknown> {
  const keys = Object.keys(next);
  let same = keys.length === Object.keys(previous).length;
  const shared: Record<string, unknown> = {};
  for (const key of keys) {
    shared[key] = share(previous[key], next[key]);
    same &&= Object.is(shared[key], previous[key]);
  }
  return same ? previous : shared;
}

/** Rows move when others leave; their call (or slot, or id) stays. */
function keyOf(item: unknown, index: number): unknown {
  if (!isRecord(item)) return index;
  return item["call"] ?? item["id"] ?? item["slot"] ?? index;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
