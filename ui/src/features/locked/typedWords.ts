//! What somebody typed or pasted as a recovery key, word by word: which words it holds, and which are none. Lenient about
//! everything that does not make another word: case, numbers, commas, lines, and what follows the first four letters.

export const RECOVERY_WORDS = 24;
/** No two words of the list begin with the same four letters. */
const LETTERS_TELLING = 4;
/** Nobody reads more guesses than this. */
const GUESSES_MAX = 3;

export interface TypedWord {
  typed: string;
  /** The word of the list; `null`: there is none like it. */
  word: string | null;
  /** Words of the list that were perhaps meant; empty where the word is known. */
  guesses: readonly string[];
}

export function readWords(text: string, list: readonly string[]): TypedWord[] {
  const known = new Map(list.map((word) => [word.slice(0, LETTERS_TELLING), word]));
  return (text.toLowerCase().match(/\p{L}+/gu) ?? []).map((typed) => {
    const candidate = known.get(typed.slice(0, LETTERS_TELLING)) ?? null;
    // "cat" and "category" are both words: three letters mean the short one, and nothing is known by fewer than it has.
    const word = candidate !== null && isMeant(typed, candidate) ? candidate : null;
    return { typed, word, guesses: word === null ? guesses(typed, list) : [] };
  });
}

function isMeant(typed: string, word: string): boolean {
  return typed === word || (typed.length >= LETTERS_TELLING && word.length >= LETTERS_TELLING);
}

/** Every word known, and as many as there must be. */
export function isWhole(words: readonly TypedWord[]): boolean {
  return words.length === RECOVERY_WORDS && words.every(({ word }) => word !== null);
}

/** The words as the host takes them. */
export function asKey(words: readonly TypedWord[]): string {
  return words.map(({ word, typed }) => word ?? typed).join(" ");
}

function guesses(typed: string, list: readonly string[]): string[] {
  return list
    .map((word) => ({ word, far: distance(typed, word) }))
    .filter(({ far }) => far <= 2)
    .sort((a, b) => a.far - b.far)
    .slice(0, GUESSES_MAX)
    .map(({ word }) => word);
}

/** Letters to put in, take out, replace or swap with their neighbour; more than two count as three. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (before[j - 2] ?? 0) + 1 : Infinity,
      );
    }
    [before, last] = [last, row];
  }
  return Math.min(last[b.length] ?? 3, 3);
}
