//! What this window shows: which screen, what the search is for, which panels are open. Forgotten when the window closes,
//! but for the theme. Does not know calls.

import { create } from "zustand";
import type { PartyView } from "../platform/bindings";

export type ScreenName = "console" | "history" | "directory" | "settings" | "setup" | "recovery";

/** What Enter does on a search result: chosen with `T` or `C`, else by what there is. */
export type SearchPurpose = "default" | "transfer" | "consult";

export type ThemeName = "system" | "light" | "dark" | "contrast";

interface Screen {
  name: ScreenName;
  purpose: SearchPurpose;
  keypad: boolean;
  help: boolean;
  /** Whose card lies open. */
  card: PartyView | null;
  theme: ThemeName;
  /** The part of the settings that was asked for; shown once, then forgotten. */
  section: "protection" | null;
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
  theme: storedTheme(),
  section: null,
  recovery_later: false,
}));

export function showScreen(name: ScreenName): void {
  useScreen.setState({ name, card: null });
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
