//! The presence of a contact as it was told last: with the contact itself, or since then (DIR-3).

import type { ContactView } from "../platform/bindings";
import { useDesk } from "./desk";
import { Presence } from "./Presence";

export function LivePresence({ contact, spelt }: { contact: ContactView; spelt?: boolean }) {
  const told = useDesk((desk) => desk.presences.get(contact.id));
  const presence = told ?? contact.presence;
  return presence && <Presence presence={presence} spelt={spelt ?? false} />;
}
