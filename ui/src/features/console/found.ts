//! What a row of the results says: texts with the letters marked that were found. Pure.

import type { ContactFieldName, ContactView } from "../../platform/bindings";
import { directoryWords } from "../../shared/directoryWords";

/** `[from, to)` in UTF-16 units. */
export type Ranges = readonly (readonly [number, number])[];

export interface MarkedText {
  /** Before the text, where it does not say itself what it is. */
  label: string;
  text: string;
  ranges: Ranges;
}

const NONE: Ranges = [];

/** What the search found somebody by that has no place of its own, so that it is not what is cut off; then where they work. */
export function placesOf(contact: ContactView): MarkedText[] {
  const fixed = (["title", "department", "company"] as const).map((field) => ({
    label: "",
    text: contact[field],
    ranges: rangesOf(contact, field),
  }));
  const others = contact.marks.flatMap(({ field, name, ranges }) => {
    const text = elsewhere(contact, field, name);
    return text === null ? [] : [{ label: labelOf(field, name), text, ranges }];
  });
  return [...others, ...fixed.filter(({ text }) => text !== "")];
}

/** The marked letters of a field; `name` tells one of several numbers or custom fields. */
export function rangesOf(contact: ContactView, field: ContactFieldName, name: string | null = null): Ranges {
  return contact.marks.find((mark) => mark.field === field && mark.name === name)?.ranges ?? NONE;
}

/** The text of a marked field that has no place of its own in the row. */
function elsewhere(contact: ContactView, field: ContactFieldName, name: string | null): string | null {
  switch (field) {
    case "title":
    case "department":
    case "company":
      return null;
    case "city":
    case "email":
      return contact[field];
    case "custom":
      return contact.custom.find((custom) => custom.name === name)?.value ?? null;
    case "number":
      // The first number stands at the end of the row.
      return name === contact.endpoints[0]?.address ? null : name;
  }
}

function labelOf(field: ContactFieldName, name: string | null): string {
  switch (field) {
    case "custom":
      return name ?? "";
    case "city":
    case "email":
    case "title":
    case "department":
    case "company":
    case "number":
      return directoryWords.found.fields[field];
  }
}

/** A text cut where the letters that were found begin and end. */
export function highlighted(name: string, matched: Ranges): { text: string; hit: boolean }[] {
  const parts: { text: string; hit: boolean }[] = [];
  let at = 0;
  for (const [from, to] of matched) {
    if (from < at || to <= from || to > name.length) continue;
    if (from > at) parts.push({ text: name.slice(at, from), hit: false });
    parts.push({ text: name.slice(from, to), hit: true });
    at = to;
  }
  if (at < name.length) parts.push({ text: name.slice(at), hit: false });
  return parts;
}
