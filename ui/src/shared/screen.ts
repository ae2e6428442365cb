//! What this window shows: which screen, what the search is for, which panels are open. Forgotten when the window closes,
//! but for the theme. Does not know calls.

import { create } from "zustand";
import type { ContactView, PartyView, SubjectName } from "../platform/bindings";

export type ScreenName =
  | "console"
  | "history"
  | "directory"
  | "voicemail"
  | "administration"
  | "services"
  | "announcements"
  | "hours"
  | "planner"
  | "reports"
  | "past_calls"
  | "wallboard"
  | "settings"
  | "setup"
  | "recovery";

/** The parts of the administration that are no screens of their own. */
export type AdminArea = "users" | "teams" | "units" | "rights" | "sign_in" | "changes" | "subjects";

/** Whose changes the history of changes is asked for. */
export interface ChangesOf {
  subject: SubjectName;
  object: string | null;
  name: string;
}

/** What Enter does on a search result: chosen with `T` or `C`, else by what there is. */
export type SearchPurpose = "default" | "transfer" | "consult";

export type ThemeName = "system" | "light" | "dark" | "contrast";

/** A call somebody asks "Why?" about; `past`: it is over, so only what was decided can be told. */
export interface WhyAsked {
  call: string;
  who: string;
  past: boolean;
}

interface Screen {
  name: ScreenName;
  purpose: SearchPurpose;
  keypad: boolean;
  help: boolean;
  /** Whose card lies open. */
  card: PartyView | null;
  /** The contact whose card lies open. */
  contact: string | null;
  /** The contact chosen in the search: whom the keys of a contact are about. */
  chosen: ContactView | null;
  why: WhyAsked | null;
  theme: ThemeName;
  /** The part of the settings that was asked for; shown once, then forgotten. */
  section: "protection" | null;
  area: AdminArea;
  /** `null`: of everything. */
  changes_of: ChangesOf | null;
  /** Who is signed in, and signing out, lies open. */
  account: boolean;
  /** The recovery key was put off at first run; a band reminds of it. */
  recovery_later: boolean;
}

const THEME_KEY = "usher.theme";

export const useScreen = create<Screen>(() => ({
  name: "console",
  purpose: "default",
  keypad: false,
  help: false,
  card: null,
  contact: null,
  chosen: null,
  why: null,
  theme: storedTheme(),
  section: null,
  area: "users",
  changes_of: null,
  account: false,
  recovery_later: false,
}));

export function showScreen(name: ScreenName): void {
  useScreen.setState({ name, card: null, contact: null });
}

export function showProtection(): void {
  useScreen.setState({ name: "settings", section: "protection", card: null });
}

export function chooseTheme(theme: ThemeName): void {
  localStorage.setItem(THEME_KEY, theme);
  useScreen.setState({ theme });
}

function storedTheme(): ThemeName {
  const stored = localStorage.getItem(THEME_KEY);
  return stored === "light" || stored === "dark" || stored === "contrast" ? stored : "system";
}

/** The places F6 goes round; elements carry `data-region`. */
export const REGIONS = ["queue", "calls", "search"] as const;
export type Region = (typeof REGIONS)[number];

export function focusRegion(region: Region): void {
  soon(`[data-region="${region}"]`, (element) => element.focus());
}

/** Puts the cursor into the search field, with its text selected so that typing replaces it. */
export function focusSearch(): void {
  soon("input[data-search]", (field) => {
    field.focus();
    if (field instanceof HTMLInputElement) field.select();
  });
}

/** What stands in the search field now; `null` where there is none. */
export function searchText(): string | null {
  return document.querySelector<HTMLInputElement>("input[data-search]")?.value ?? null;
}

/** Now if the element is there: whoever types fast has the next letter down before the next frame. Else after the render
 * that the same key press caused. */
function soon(selector: string, then: (element: HTMLElement) => void): void {
  const element = document.querySelector<HTMLElement>(selector);
  if (element) {
    then(element);
    return;
  }
  requestAnimationFrame(() => {
    const late = document.querySelector<HTMLElement>(selector);
    if (late) then(late);
  });
}
