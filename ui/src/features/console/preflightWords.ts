//! The words of the pre-flight (CALL-6), fetched with the first service that is chosen as a target.

import type { ExpectedName } from "../../platform/bindings";

const count = (n: number, one: string, many: string): string =>
  `${n.toLocaleString()} ${n === 1 ? one : many}`;

export const preflightWords = {
  region: (name: string) => `What awaits the caller at ${name}`,
  asking: "Asking the switchboard …",
  gone: "This service is no longer there.",
  expected: {
    closed: "Closed now: the caller hears what the service says outside its hours.",
    rings: "Rings at somebody at once.",
    waits: "The caller will wait: nobody is free for her yet.",
    waits_to_be_picked: "The caller will wait until somebody takes the call out of the queue.",
    nobody_on_duty: "Nobody is on duty there: the caller would wait for nobody.",
    no_members: "Nobody belongs to this service: the caller would wait for nobody.",
  } satisfies Record<ExpectedName, string>,
  /** Where the service's own steps come first. */
  free_first: "Somebody is free; the service's own steps come first.",
  open: "open",
  waiting: (n: number) => (n === 0 ? "nobody waits" : count(n, "caller waits", "callers wait")),
  longest: (span: string) => `longest ${span}`,
  free: (free: number, onDuty: number, members: number) =>
    `${free} free, ${onDuty} on duty, ${count(members, "member", "members")}`,
} as const;
