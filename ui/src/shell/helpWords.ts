//! Words of the cheat sheet that only it needs.

export const helpWords = {
  groups: { calls: "Calls", people: "Contacts and putting through", me: "You", screens: "Screens" },
  searchKeys: "In the search",
  searchRows: [
    ["↑ ↓", "Choose a contact"],
    ["← →", "Choose one of the contact's numbers"],
    ["Enter", "Call; during a call: put through, comes back if nobody answers"],
    ["Shift+Enter", "Consult: talk to the colleague first"],
    ["Alt+Enter", "Put through blind: the caller leaves at once"],
    ["Tab", "Complete dept: city: skill: title: company:"],
    ["Alt+↑ ↓", "Move the chosen one within a group"],
  ],
  lists: "In lists",
  listRows: [
    ["W", "Why? of a waiting or an earlier call"],
    ["H", "Message handled, or not"],
    ["C", "Call back who left the message"],
    ["Space", "Listen to the message"],
  ],
} as const;
