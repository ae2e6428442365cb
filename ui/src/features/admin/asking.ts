//! What several areas of the administration ask the host for, and how they say that something was done.

import type { OrganisationView } from "../../platform/bindings";
import { ask } from "../../platform/platform";
import { type Asked, useAsked } from "../../shared/asking";
import { sayNotice, useDesk } from "../../shared/desk";

const organisation = () => ask("get_organisation", {});

export function useOrganisation(): Asked<OrganisationView> {
  const revision = useDesk((desk) => desk.users_revision + desk.services_revision);
  return useAsked(organisation, revision);
}

export function sayDone(message: string): void {
  sayNotice({ urgency: "low", code: "administration", message, call: null });
}
