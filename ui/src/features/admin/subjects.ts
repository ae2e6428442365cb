//! What is typed and answered about one person's data: numbers from lines, the receipt as a text. Asks nobody.

import type { KeptAboutView, SubjectForm } from "../../platform/bindings";
import { subjectsWords as words } from "./subjectsWords";

export interface Fact {
  name: string;
  value: string;
}

/** Numbers, one in each line, each once. */
export function subjectOf(lines: string, contacts: readonly string[]): SubjectForm {
  const numbers = lines
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return { numbers: [...new Set(numbers)], contacts: [...contacts] };
}

/** What is kept, line by line. */
export function factsOf(kept: KeptAboutView): Fact[] {
  const list = (values: readonly string[]): string =>
    values.length === 0 ? words.nothing : values.join(", ");
  const contacts = kept.contacts.map((contact) => contact.display_name);
  return [
    { name: words.facts.numbers, value: list(kept.numbers) },
    { name: words.facts.names, value: list(kept.names) },
    { name: words.facts.contacts, value: list(contacts) },
    {
      name: words.facts.noted,
      value: words.noted(kept.notes, kept.places, kept.stand_ins, kept.default_endpoints),
    },
    { name: words.facts.transfers, value: words.count(kept.transfers) },
    { name: words.facts.voicemails, value: words.count(kept.voicemails) },
    { name: words.facts.calls, value: words.count(kept.calls) },
  ];
}

/** Whether there is anything to hand out or to erase. */
export function isEmpty(kept: KeptAboutView): boolean {
  return kept.numbers.length + kept.contacts.length + kept.transfers + kept.voicemails + kept.calls === 0;
}

/** The receipt, to be kept with what was asked for. `at`: in words. */
export function receiptText(kept: KeptAboutView, at: string): string {
  const lines = factsOf(kept).map(({ name, value }) => `${name}: ${value}`);
  return [
    words.receiptText(at),
    "",
    ...lines,
    "",
    `${words.stays}:`,
    ...kept.stays.map((line) => `- ${line}`),
    "",
  ].join("\n");
}
