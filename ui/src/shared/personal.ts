//! An attendant's favourites and groups (DIR-4), asked for once and again when they change. The order is hers; the host keeps it.

import type { ContactView, GroupView } from "../platform/bindings";
import { ask } from "../platform/platform";
import { useAsked } from "./asking";
import { act, useDesk } from "./desk";

/** The group that is always there; the host gives it first and without a name. */
export const FAVOURITES = "0";

const personal = () => ask("get_personal", {});
const NONE: readonly GroupView[] = [];

export function useGroups(): readonly GroupView[] {
  const revision = useDesk((desk) => desk.personal_revision + desk.contacts_revision);
  return useAsked(personal, revision).found?.groups ?? NONE;
}

/** Puts a contact of a group before another one of it, or at its end. */
export function place(group: string, contact: string, before: string | null): Promise<boolean> {
  return act("place_contact", { group, contact, before });
}

/** Before whom somebody comes to stand who is moved by one place; `undefined` where there is no further place. */
export function beforeWhom(
  contacts: readonly ContactView[],
  contact: string,
  step: 1 | -1,
): string | null | undefined {
  const at = contacts.findIndex(({ id }) => id === contact);
  if (at < 0 || at + step < 0 || at + step >= contacts.length) return undefined;
  return contacts[step < 0 ? at - 1 : at + 2]?.id ?? null;
}
