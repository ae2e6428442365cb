//! The one listener of the keyboard: finds where the focus is, asks the keymap what the key means there, and runs it.
//! Lists, menus and the search field handle their own keys first and mark them as handled.

import { useEffect } from "react";
import { answersByEnter, run } from "../shared/commands";
import { useDesk } from "../shared/desk";
import { actionsFor, type Place, type Stroke, typesText } from "../shared/keymap";
import { useScreen } from "../shared/screen";

/** Whether the focus came where it is by the mouse. A button clicked a minute ago must not swallow the Enter that answers. */
let byPointer = false;

export function useKeys(): void {
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    document.addEventListener("pointerdown", () => (byPointer = true), { capture: true, signal });
    document.addEventListener("keydown", noteMoves, { capture: true, signal });
    document.addEventListener("keydown", onKeyDown, { signal });
    document.addEventListener("focusin", markTyping, { signal });
    document.addEventListener("focusout", markTyping, { signal });
    return () => stop.abort();
  }, []);
}

function noteMoves(event: KeyboardEvent): void {
  if (event.key === "Tab" || event.key.startsWith("Arrow")) byPointer = false;
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const place = placeOf(document.activeElement);
  for (const action of actionsFor(event, place)) {
    if (event.repeat && action !== "back") {
      event.preventDefault();
      return;
    }
    if (action === "answer" && event.key === "Enter" && !event.ctrlKey && !entersAnswer()) continue;
    if (run(action)) {
      event.preventDefault();
      return;
    }
  }
  if (place === "open" || place === "control") beginSearch(event);
}

function entersAnswer(): boolean {
  const { view } = useDesk.getState();
  return view !== null && answersByEnter(view);
}

/** A letter typed outside of any field begins a search with it: the browser puts it into the field that now has the focus. */
function beginSearch(stroke: Stroke): void {
  const { name, keypad } = useScreen.getState();
  if (name !== "console" || keypad || !typesText(stroke)) return;
  document.querySelector<HTMLInputElement>("input[data-search]")?.select();
  document.querySelector<HTMLInputElement>("input[data-search]")?.focus();
}

export function placeOf(element: Element | null): Place {
  if (element === null) return "open";
  if (element.closest("[role=dialog], [role=alertdialog], [role=menu], [role=listbox]")) return "overlay";
  if (element instanceof HTMLTextAreaElement) return element.value === "" ? "empty_text" : "text";
  if (element instanceof HTMLInputElement && takesText(element))
    return element.value === "" ? "empty_text" : "text";
  const control = element.matches("button, a[href], select, input, summary, [role=grid], [role=switch]");
  return control && !byPointer ? "control" : "open";
}

function takesText(input: HTMLInputElement): boolean {
  return !["checkbox", "radio", "button", "submit", "reset", "file", "range", "color"].includes(input.type);
}

/** The key caps on the buttons say "Alt" while a letter would be typed. */
function markTyping(): void {
  requestAnimationFrame(() => {
    const place = placeOf(document.activeElement);
    document.documentElement.toggleAttribute("data-typing", place === "text" || place === "empty_text");
  });
}
