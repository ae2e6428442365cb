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

export function putDraft(draft: Draft): void {
  useDrafts.setState({ draft });
}

export function dropDraft(): void {
  useDrafts.setState({ draft: null, leaving: null });
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
