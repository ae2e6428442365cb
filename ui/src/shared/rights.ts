//! What the one who sits here may do, as the host told it (ID-5). Shows and explains; the host decides.

import type { MayView, SessionView } from "../platform/bindings";
import { useDesk } from "./desk";

/** The lines of the table of rights that screens ask about (`identity::rights::TABLE`). */
export type ActionName =
  | "see-services"
  | "see-users"
  | "see-changes"
  | "change-services"
  | "change-skills"
  | "change-users"
  | "change-sign-in"
  | "change-protection"
  | "change-connection"
  | "import-contacts"
  | "import-calls"
  | "change-sources"
  | "list-numbers"
  | "erase-people"
  | "see-reports"
  | "serve-reports"
  | "supervise";

/** Whether she may. `unit`: where it is; `null`: what belongs to the whole organisation; `undefined`: anywhere at all. */
export function may(session: SessionView | null, action: ActionName, unit?: string | null): boolean {
  // Before anything was told the host is asked, and says no itself.
  if (session === null) return true;
  const line = session.may.find((line: MayView) => line.action === action);
  if (line === undefined) return false;
  if (unit === undefined || line.units === null) return true;
  return unit !== null && line.units.includes(unit);
}

export function useMay(action: ActionName, unit?: string | null): boolean {
  return useDesk((desk) => may(desk.session, action, unit));
}
