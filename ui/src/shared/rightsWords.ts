//! Words about roles and rights, in English; fetched with the screens that say them.

import type { ReachName, RoleName } from "../platform/bindings";

export const rightsWords = {
  roles: {
    user: "User",
    service_owner: "Service owner",
    tenant_administrator: "Tenant administrator",
    partner_administrator: "Partner administrator",
  } satisfies Record<RoleName, string>,
  roleText: {
    user: "Takes calls.",
    service_owner: "Looks after the services of a unit, with their hours, workflows and sounds.",
    tenant_administrator: "Administers the organisation, or a unit of it.",
    partner_administrator: "Sets Usher up for the organisation; sees no calls, contacts or messages.",
  } satisfies Record<RoleName, string>,
  reach: {
    own: "her own work",
    unit: "the unit the role was given for",
    tenant: "the whole organisation",
  } satisfies Record<ReachName, string>,
  history: "History",
  everywhere: "whole organisation",
  mayNot: {
    look: "You can look at this, but not change it.",
    why: "Why can’t I?",
    title: "Why can’t I?",
    close: "Close",
    loading: "Looking up who can …",
    you: (roles: string) => `You are: ${roles}.`,
    noRole: "You hold no role here yet.",
    takes: (allows: string, roles: string) => `“${allows}” takes one of these roles: ${roles}.`,
    nobody: (allows: string) => `“${allows}” is not done from the console, whatever the role.`,
    elsewhere: "You may do this in other organisation units, not in this one.",
    tenantOnly: "It concerns the whole organisation, so the role must have been given for all of it.",
    ask: "Whom you can ask",
    holders: (role: string, names: string, more: number) =>
      more > 0 ? `${role}: ${names} and ${more} more` : `${role}: ${names}`,
    nobodyHolds: "Nobody holds such a role by name yet. Whoever set Usher up can give it.",
    failed: (why: string) => `Who can do it could not be looked up: ${why}`,
  },
};
