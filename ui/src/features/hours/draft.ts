//! Opening hours that are being changed and not saved yet, with undo. They outlive the screen, so that a call that comes in
//! between costs nobody her work; kept by the host only when she saves. Does not ask the host.

import { create } from "zustand";
import type { CalendarForm, PeriodForm, PeriodPlace, WhenForm } from "../../platform/bindings";
import { hoursWords } from "../../shared/hoursWords";
import { begin, change, type Past, redo, undo } from "../../shared/past";

export type ListName = "primary" | "secondary";

export interface Draft {
  /** Which opening of a form this is: what is saved late does not become another's. */
  opening: number;
  /** `null`: new, not kept by the host yet. */
  id: string | null;
  /** As the host keeps it. */
  kept: CalendarForm | null;
  past: Past<CalendarForm>;
  /** Which period lies open. */
  opened: PeriodPlace | null;
}

interface Drafts {
  draft: Draft | null;
  /** Where somebody wants to go who has not saved yet. */
  leaving: (() => void) | null;
}

export const useDraft = create<Drafts>(() => ({ draft: null, leaving: null }));

export function isChanged(draft: Draft | null): boolean {
  return draft !== null && (draft.kept === null || !isSame(draft.past.now, draft.kept));
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

let openings = 0;

export function openDraft(id: string | null, form: CalendarForm): void {
  openings += 1;
  const draft: Draft = {
    opening: openings,
    id,
    kept: id === null ? null : form,
    past: begin(form),
    opened: null,
  };
  useDraft.setState({ draft, leaving: null });
}

export function closeDraft(): void {
  useDraft.setState({ draft: null, leaving: null });
}

/** The host has kept the form of this opening; what was typed meanwhile stays to be saved, and what was opened meanwhile is no part
 * of it. */
export function keptAs(opening: number, id: string, kept: CalendarForm): void {
  const { draft } = useDraft.getState();
  if (draft?.opening === opening) useDraft.setState({ draft: { ...draft, id, kept } });
}

export function discard(): void {
  const { draft } = useDraft.getState();
  if (draft?.kept) edit(() => draft.kept ?? draft.past.now);
  else closeDraft();
}

/** Goes elsewhere: at once, or when she has said what becomes of her changes. */
export function leave(go: () => void): void {
  if (isChanged(useDraft.getState().draft)) useDraft.setState({ leaving: go });
  else go();
}

/** `of` names the field that is typed into: letters of one field are one step to take back. */
export function edit(next: (form: CalendarForm) => CalendarForm, of: string | null = null): void {
  const { draft } = useDraft.getState();
  if (draft) useDraft.setState({ draft: { ...draft, past: change(draft.past, next(draft.past.now), of) } });
}

export function takeBack(): void {
  const { draft } = useDraft.getState();
  if (draft) useDraft.setState({ draft: { ...draft, past: undo(draft.past), opened: null } });
}

export function doAgain(): void {
  const { draft } = useDraft.getState();
  if (draft) useDraft.setState({ draft: { ...draft, past: redo(draft.past), opened: null } });
}

export function openPeriod(opened: PeriodPlace | null): void {
  const { draft } = useDraft.getState();
  if (draft) useDraft.setState({ draft: { ...draft, opened } });
}

// -- periods -----------------------------------------------------------------------------------------------------

export function putPeriod(list: ListName, at: number, period: PeriodForm, of: string | null = null): void {
  edit((form) => ({ ...form, [list]: form[list].map((one, place) => (place === at ? period : one)) }), of);
}

/** New periods come last: what was there goes on to decide. */
export function addPeriods(list: ListName, periods: readonly PeriodForm[]): void {
  edit((form) => ({ ...form, [list]: [...form[list], ...periods] }));
}

export function removePeriod(list: ListName, at: number): void {
  edit((form) => ({ ...form, [list]: form[list].filter((_, place) => place !== at) }));
  openPeriod(null);
}

export function movePeriod(list: ListName, at: number, by: -1 | 1): void {
  const to = at + by;
  edit((form) => {
    const periods = [...form[list]];
    const [moved] = periods.splice(at, 1);
    if (moved === undefined || to < 0 || to > periods.length) return form;
    periods.splice(to, 0, moved);
    return { ...form, [list]: periods };
  });
  openPeriod({ kind: list, at: to });
}

/** Of another kind, with the times it has where both kinds have them. */
export function asKind(when: WhenForm, kind: WhenForm["kind"], today: string): WhenForm {
  const date = dateOf(when) ?? today;
  switch (kind) {
    case "weekly":
      return { kind, days: 31, from: "08:00", to: "17:00" };
    case "dates":
      return { kind, from: date, to: when.kind === "span" ? when.to.slice(0, 10) : date };
    case "span":
      return {
        kind,
        from: `${date}T08:00`,
        to: `${when.kind === "dates" && when.to >= date ? when.to : date}T17:00`,
      };
    case "yearly":
      return { kind, month: Number(date.slice(5, 7)), day: Number(date.slice(8, 10)) };
  }
}

function dateOf(when: WhenForm): string | null {
  switch (when.kind) {
    case "weekly":
      return null;
    case "dates":
    case "span":
      return when.from.length >= 10 ? when.from.slice(0, 10) : null;
    case "yearly":
      return null;
  }
}

export function newPeriod(list: ListName, today: string): PeriodForm {
  return list === "primary"
    ? { open: false, label: "", when: { kind: "dates", from: today, to: today } }
    : { open: true, label: "", when: { kind: "weekly", days: 31, from: "08:00", to: "17:00" } };
}

/** What most offices have, in the zone of this computer. */
export function newCalendar(): CalendarForm {
  return {
    name: hoursWords.newName,
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    open: false,
    primary: [],
    secondary: [
      {
        open: true,
        label: hoursWords.officeHours,
        when: { kind: "weekly", days: 31, from: "08:00", to: "17:00" },
      },
    ],
  };
}

/** Whether a calendar has this period, whatever its state is. */
export function holds(form: CalendarForm, { label, when }: Pick<PeriodForm, "label" | "when">): boolean {
  return [...form.primary, ...form.secondary].some((one) => one.label === label && isSame(one.when, when));
}

/** Whether two places are the same. */
export function isAt(place: PeriodPlace | null, list: ListName, at: number): boolean {
  return place !== null && place.kind === list && place.at === at;
}
