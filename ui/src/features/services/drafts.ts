//! What is being changed and not saved yet: one form at a time. It outlives the screen, so that a call that comes in between
//! costs nobody her work. Does not save.

import { create } from "zustand";
import type { AttendantForm, LimitsForm, ProfileForm, ServiceForm, SkillForm } from "../../platform/bindings";

export type Draft =
  | { of: "service"; form: ServiceForm }
  | { of: "skill"; form: SkillForm }
  | { of: "profile"; form: ProfileForm }
  | { of: "attendant"; form: AttendantForm }
  | { of: "limits"; form: LimitsForm };

interface Drafts {
  draft: Draft | null;
  /** Where somebody wants to go who has not saved yet. */
  leaving: (() => void) | null;
}

export const useDrafts = create<Drafts>(() => ({ draft: null, leaving: null }));

/** The form that each began as: what is typed from one form to the next stays the same draft. */
const begunAs = new WeakMap<Draft["form"], Draft["form"]>();

export function putDraft(draft: Draft): void {
  const before = useDrafts.getState().draft;
  const goesOn = before?.of === draft.of && idOf(before.form) === idOf(draft.form);
  begunAs.set(draft.form, (goesOn && begunAs.get(before.form)) || draft.form);
  useDrafts.setState({ draft });
}

export function dropDraft(): void {
  useDrafts.setState({ draft: null, leaving: null });
}

/** The host has kept this form, under this id where it has one. What was typed while it was being saved stays to be saved. */
export function keptDraft(sent: Draft["form"], id: string | null = null): void {
  const { draft } = useDrafts.getState();
  if (draft?.form === sent) dropDraft();
  else if (id !== null && draft !== null && begunAs.get(draft.form) === begunAs.get(sent))
    putDraft({ ...draft, form: { ...draft.form, id } } as Draft);
}

function idOf(form: Draft["form"]): string | null {
  return "id" in form ? form.id : null;
}

/** Goes somewhere else in this area: at once, or when she has said that her changes may go. */
export function leave(go: () => void): void {
  if (useDrafts.getState().draft === null) go();
  else useDrafts.setState({ leaving: go });
}

/** The browser asks before it closes the window over what is not saved. */
export function guardWindow(event: BeforeUnloadEvent): void {
  if (useDrafts.getState().draft !== null) event.preventDefault();
}
