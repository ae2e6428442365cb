//! What the area about one person's data says, in English; fetched with its screen.

const many = (n: number, one: string, more: string): string =>
  n === 1 ? `1 ${one}` : `${n.toLocaleString()} ${more}`;

export const subjectsWords = {
  text:
    "A caller or contact may ask what is kept about her, have it handed out, and have it erased. Name her by her numbers and by " +
    "her contacts; numbers are found in every way of writing.",
  numbers: "Numbers and SIP addresses",
  numbersHint: "One in each line",
  contact: "Contacts",
  contactHint: "Name or number",
  chosen: "Chosen contacts",
  add: (name: string) => `Add ${name}`,
  drop: (name: string) => `Leave out ${name}`,
  noContact: "No contact is called so.",
  show: "Show what is kept",
  none: "Nothing is kept about her under these numbers and contacts.",
  found: "What is kept",
  facts: {
    numbers: "Numbers she called from or was called at",
    names: "Names sent along with them",
    contacts: "Contacts",
    noted: "Noted by attendants",
    transfers: "Attempts to put her through",
    voicemails: "Messages",
    calls: "Call records",
  },
  noted: (notes: number, places: number, standIns: number, numbers: number) =>
    [
      many(notes, "note", "notes"),
      many(places, "place in favourites and groups", "places in favourites and groups"),
      many(standIns, "stand-in", "stand-ins"),
      many(numbers, "number tried first", "numbers tried first"),
    ].join(", "),
  count: (n: number) => n.toLocaleString(),
  nothing: "none",
  stays: "What stays",
  readable: "Save for people (text)",
  machine: "Save for machines (JSON)",
  erase: "Erase …",
  eraseTitle: "Erase what is kept about her?",
  eraseText: "This cannot be taken back. What stays is listed below; save what she asked for first.",
  eraseYes: "Erase",
  leaveOut: "And do not take her in again when an address book or directory names her",
  leftOut: {
    title: "Who is not taken in again",
    text:
      "Sources name people anew each time they are read. Of who was erased and is to be left out, only keyed hashes are kept: of what a " +
      "source calls her, and of her e-mail address with her name.",
    count: (n: number) =>
      n === 0 ? "Nobody is left out." : many(n, "contact is left out.", "contacts are left out."),
    clear: "Take in again …",
    clearTitle: "Take everybody in again?",
    clearText: (n: number) =>
      `${many(n, "contact comes", "contacts come")} back when sources name them; directories are read again now, files when they are imported.`,
    clearYes: "Take in again",
    cleared: "Nobody is left out any more.",
  },
  erased: "What was kept about her is erased.",
  receipt: "Receipt",
  receiptText: (at: string) => `Erased ${at}. What is listed here is gone.`,
  saveReceipt: "Save the receipt",
  receiptFile: "erased",
  retention: {
    title: "How long transfers are kept",
    text: "To whom callers were put through, and how that ended, helps to find the right person the next time. It is erased after:",
    days: "Days",
    change: "Save …",
    sure: (days: number) =>
      `Transfers older than ${many(days, "day", "days")} are erased now and cannot be brought back.`,
    hint: (min: number, max: number) => `${min} to ${max}; what is older is erased at once.`,
    saved: (days: number) => `Transfers are kept for ${many(days, "day", "days")} from now on.`,
  },
};
