//! The words of bringing in address books from files, fetched with their screen.

const count = (n: number, one: string, many: string): string =>
  `${n.toLocaleString()} ${n === 1 ? one : many}`;

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
      : `All read, ${count(contacts, "contact", "contacts")}; making them searchable …`,
  stays: "What this file brought before stays until the end.",
  stop: "Stop",
  stopped: (name: string) => `The import of ${name} was stopped. Nothing was changed.`,
  empty: "This file is empty.",
  done: (imported: number, book: string) =>
    `${count(imported, "contact", "contacts")} imported from ${book}.`,
  rejected: (n: number) => `${count(n, "row", "rows")} had something wrong:`,
  allGood: "Nothing was wrong with any row.",
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
  csv: "CSV: a header line, then one contact per line. Comma, semicolon or tab; UTF-8 or Windows-1252.",
  vcard: "vCard 3.0 or 4.0 (.vcf), as Outlook, Teams and telephones export it.",
} as const;
