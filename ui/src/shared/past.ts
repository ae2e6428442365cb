//! Undo and redo. Holds whole drafts: they are small, and share what did not change.

/** Nobody goes back further by hand. */
const PAST_MAX = 100;

export interface Past<T> {
  before: readonly T[];
  now: T;
  after: readonly T[];
  /** What the last change was of: letters typed into one field are one change. */
  of: string | null;
}

export function begin<T>(now: T): Past<T> {
  return { before: [], now, after: [], of: null };
}

/** `of` names the field that is typed into; changes of the same field follow each other as one. */
export function change<T>(past: Past<T>, now: T, of: string | null = null): Past<T> {
  if (now === past.now) return past;
  if (of !== null && of === past.of) return { ...past, now, after: [] };
  return { before: [...past.before, past.now].slice(-PAST_MAX), now, after: [], of };
}

export function undo<T>(past: Past<T>): Past<T> {
  const now = past.before.at(-1);
  if (now === undefined) return past;
  return { before: past.before.slice(0, -1), now, after: [past.now, ...past.after], of: null };
}

export function redo<T>(past: Past<T>): Past<T> {
  const [now, ...after] = past.after;
  if (now === undefined) return past;
  return { before: [...past.before, past.now], now, after, of: null };
}
