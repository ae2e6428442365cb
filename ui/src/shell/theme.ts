//! Which of the Teams themes is worn, following the system unless one was chosen; and the style renderer that carries the
//! page's nonce, without which the content policy would refuse every style of Fluent's.

import {
  createDOMRenderer,
  teamsDarkTheme,
  teamsHighContrastTheme,
  teamsLightTheme,
  type Theme,
} from "@fluentui/react-components";
import { useSyncExternalStore } from "react";
import { type ThemeName, useScreen } from "../shared/screen";

const FONT =
  '"Segoe UI", "Segoe UI Web (West European)", -apple-system, BlinkMacSystemFont, "Noto Sans", "Open Sans", Roboto, "Helvetica Neue", sans-serif';

type Worn = Exclude<ThemeName, "system">;

const THEMES: Record<Worn, Theme> = {
  light: { ...teamsLightTheme, fontFamilyBase: FONT },
  dark: { ...teamsDarkTheme, fontFamilyBase: FONT },
  contrast: { ...teamsHighContrastTheme, fontFamilyBase: FONT },
};

const dark = matchMedia("(prefers-color-scheme: dark)");
const forced = matchMedia("(forced-colors: active)");

export function useTheme(): { theme: Theme; worn: Worn } {
  const chosen = useScreen((screen) => screen.theme);
  const system = useSyncExternalStore(subscribe, systemTheme);
  const worn = chosen === "system" ? system : chosen;
  return { theme: THEMES[worn], worn };
}

function systemTheme(): Worn {
  if (forced.matches) return "contrast";
  return dark.matches ? "dark" : "light";
}

function subscribe(listener: () => void): () => void {
  dark.addEventListener("change", listener);
  forced.addEventListener("change", listener);
  return () => {
    dark.removeEventListener("change", listener);
    forced.removeEventListener("change", listener);
  };
}

/** The nonce that the host stamped on `<style id="nonce">`; read from the property, because browsers hide the attribute. */
export function styleRenderer() {
  const nonce = document.getElementById("nonce")?.nonce;
  return createDOMRenderer(document, nonce ? { styleElementAttributes: { nonce } } : {});
}
