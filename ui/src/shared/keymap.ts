//! Which key does what: one table, read by the listener, the buttons and the cheat sheet. Knows keys and names of actions;
//! does not know what an action does (`commands.ts`).
//!
//! The rule that is taught: **a letter alone outside a text field, Alt and the letter anywhere.**

export type Action =
  | "answer"
  | "decline"
  | "hang_up"
  | "hold"
  | "park"
  | "unpark"
  | "transfer"
  | "consult"
  | "swap"
  | "conference"
  | "back_to_caller"
  | "mute"
  | "keypad"
  | "ready"
  | "duty"
  | "target_1"
  | "target_2"
  | "target_3"
  | "search"
  | "open_card"
  | "favourite"
  | "next_region"
  | "show_console"
  | "show_history"
  | "show_directory"
  | "show_voicemail"
  | "show_services"
  | "show_hours"
  | "show_reports"
  | "show_wallboard"
  | "show_planner"
  | "show_settings"
  | "help"
  | "back";

/** `Alt+H`, `Ctrl+Enter`, `F2`, `H`. Letters are upper case. */
export type Chord = string;

export const KEYMAP: Readonly<Record<Action, readonly Chord[]>> = {
  answer: ["Enter", "F2", "Ctrl+Enter"],
  decline: ["Ctrl+D"],
  hang_up: ["Ctrl+E"],
  hold: ["H", "Alt+H", "F4"],
  park: ["P", "Alt+P", "F7"],
  unpark: ["U", "Alt+U"],
  transfer: ["T", "Alt+T", "F8"],
  consult: ["C", "Alt+C", "F9"],
  swap: ["S", "Alt+S"],
  conference: ["J", "Alt+J"],
  back_to_caller: ["X", "Alt+X"],
  mute: ["M", "Alt+M"],
  keypad: ["K", "Alt+K"],
  ready: ["R", "Alt+R"],
  duty: ["Alt+D"],
  target_1: ["Alt+1"],
  target_2: ["Alt+2"],
  target_3: ["Alt+3"],
  search: ["/", "F3", "Ctrl+F"],
  open_card: ["Ctrl+I"],
  favourite: ["Alt+F"],
  next_region: ["F6"],
  show_console: ["Alt+A"],
  show_history: ["Alt+L"],
  show_directory: ["Alt+B"],
  show_voicemail: ["Alt+I"],
  show_services: ["Alt+V"],
  show_hours: ["Alt+O"],
  show_reports: ["Alt+G"],
  show_wallboard: ["Alt+W"],
  show_planner: ["Alt+N"],
  show_settings: ["Ctrl+,"],
  help: ["F1", "?"],
  back: ["Escape"],
};

/** Where the focus is when a key is pressed; decides which chords count. */
export type Place =
  /** A page, a list, a button reached with the mouse. */
  | "open"
  /** A button, row or the like that the keyboard reached: Enter and Space are its own. */
  | "control"
  | "empty_text"
  | "text"
  /** A dialog or menu lies over the console. */
  | "overlay";

/** The part of a `KeyboardEvent` that matters. */
export interface Stroke {
  key: string;
  code: string;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
}

/** The chord of a key press. Ctrl and Cmd are one; AltGr (Ctrl with Alt) is for typing and makes no chord. */
export function chordOf(stroke: Stroke): Chord | null {
  const ctrl = stroke.ctrlKey || stroke.metaKey;
  if (ctrl && stroke.altKey) return null;
  const key = keyName(stroke);
  if (ctrl) return `Ctrl+${key}`;
  return stroke.altKey ? `Alt+${key}` : key;
}

/** With Alt, macOS reports what Option types, so the place of the key counts there. */
function keyName({ key, code, altKey }: Stroke): string {
  if (altKey) {
    const physical = /^(?:Key([A-Z])|Digit([0-9]))$/.exec(code);
    if (physical && !/^[a-z0-9]$/i.test(key)) return physical[1] ?? physical[2] ?? key;
  }
  return key.length === 1 ? key.toUpperCase() : key;
}

/** The actions a key press may mean in this place, to be asked in this order. */
export function actionsFor(stroke: Stroke, place: Place): Action[] {
  const chord = chordOf(stroke);
  if (chord === null) return [];
  return (Object.keys(KEYMAP) as Action[]).filter(
    (action) => KEYMAP[action].includes(chord) && counts(action, chord, place),
  );
}

function counts(action: Action, chord: Chord, place: Place): boolean {
  switch (place) {
    case "overlay":
      return action === "answer" && chord !== "Enter";
    case "text":
      return worksWhileTyping(chord);
    case "empty_text":
      return worksWhileTyping(chord) || chord === "Enter";
    case "control":
      return chord !== "Enter";
    case "open":
      return true;
  }
}

function worksWhileTyping(chord: Chord): boolean {
  return chord === "Escape" || /^(Alt\+|Ctrl\+|F\d)/.test(chord);
}

/** Does this key press type a letter that begins a search? */
export function typesText(stroke: Stroke): boolean {
  return (
    !stroke.ctrlKey && !stroke.altKey && !stroke.metaKey && stroke.key.length === 1 && stroke.key !== " "
  );
}

/** What a button shows: the shortest way. */
export function hint(action: Action): Chord {
  return KEYMAP[action][0] ?? "";
}

/** For `aria-keyshortcuts`, which wants `Control` and spaces between alternatives. */
export function ariaShortcuts(action: Action): string {
  return KEYMAP[action].map((chord) => chord.replace("Ctrl+", "Control+")).join(" ");
}
