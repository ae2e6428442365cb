//! The words of bringing in address books from files, fetched with their screen.

const count = (n: number, one: string, many: string): string =>
  `${n.toLocaleString()} ${n === 1 ? one : many}`;

/** Headings that are named: an Outlook export has some sixty that nobody is found by. */
const UNREAD_SHOWN = 12;

export const importWords = {
  title: "Contacts",
  held: (n: number) => count(n, "contact", "contacts"),
  files: "Address books in files",
  intro: "Import address books as CSV or vCard. A file with the same name replaces what it brought before.",
  choose: "Choose a file …",
  drop: "or drop a CSV or vCard file here",
  importing: (name: string) => `Importing ${name}`,
  sofar: (share: number, contacts: number) =>
    share < 1
      ? `${Math.floor(share * 100)} % read, ${count(contacts, "contact", "contacts")} so far.`
      : "All of it is here; the contacts are made searchable …",
  stays: "What this file brought before stays until the end.",
  stop: "Stop",
  stopped: (name: string) => `The import of ${name} was stopped. Nothing was changed.`,
  empty: "This file is empty.",
  done: (imported: number, book: string) =>
    `${count(imported, "contact", "contacts")} imported from ${book}.`,
  rejected: (n: number) => `${count(n, "row", "rows")} had something wrong:`,
  allGood: "Nothing was wrong with any row.",
  unread: (headings: readonly string[]) => {
    const more = headings.length - UNREAD_SHOWN;
    const shown = headings.slice(0, UNREAD_SHOWN).join(", ");
    return `Columns that are not read: ${shown}${more > 0 ? ` and ${more} more` : ""}.`;
  },
  shown: (shown: number, total: number) =>
    `The first ${shown.toLocaleString()} of ${total.toLocaleString()} are listed.`,
  line: "Line",
  reason: "Reason",
  effect: "Contact",
  kept: "imported in part",
  left: "left out",
  copy: "Copy list",
  failed: "Nothing was imported:",
  table: "Rows with something wrong",
  formats: "What is read",
  size: "Files of any size: up to 1,000,000 contacts of 5,000,000 rows.",
  csv: "CSV: a header line, then one contact per line. Comma, semicolon or tab; UTF-8, UTF-16 or Windows-1252.",
  vcard: "vCard 3.0 or 4.0 (.vcf), as Outlook, Teams and telephones export it.",
} as const;
