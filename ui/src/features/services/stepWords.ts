//! A step, an exit and what a step does, in words: the same on the picture, in the outline and beside them.

import type { NodeForm, WorkflowForm } from "../../platform/bindings";
import { servicesWords } from "../../shared/servicesWords";
import { keyOf, nodeOf } from "./graph";

const words = servicesWords.workflow;

/** What a step may point to outside the workflow. */
export interface Named {
  id: string;
  name: string;
}

export interface Places {
  sounds: readonly Named[];
  calendars: readonly Named[];
  services: readonly Named[];
}

export function nameOf(node: NodeForm): string {
  return node.name === "" ? words.kinds[node.step.kind] : node.name;
}

/** With its number, which tells two of a kind apart. */
export function titleOf(workflow: WorkflowForm, id: number): string {
  const node = nodeOf(workflow, id);
  return node === undefined ? words.nowhere : `${id} ${nameOf(node)}`;
}

export function exitWords(exit: string): string {
  const key = keyOf(exit);
  return key === null ? (words.exits[exit] ?? exit) : words.key(key);
}

/** Shorter, where the menu is seen above it. */
export function exitLabel(exit: string): string {
  return keyOf(exit) ?? exitWords(exit);
}

/** The one thing that tells this step from others of its kind. */
export function summaryOf({ step }: NodeForm, places: Places): string {
  const say = words.summary;
  switch (step.kind) {
    case "accept":
      return say.answers;
    case "announce":
      return named(places.sounds, step.sound) ?? say.unset;
    case "hours":
      return named(places.calendars, step.calendar) ?? say.unset;
    case "availability":
      return "";
    case "menu":
      return step.choices.length === 0 ? say.noKeys : say.keys(step.choices.map(({ key }) => key).join(" "));
    case "save":
      return step.parameter === "" ? say.unset : say.noted(step.parameter, step.value);
    case "check":
      return step.parameter === "" ? say.unset : say.noted(step.parameter, step.equals);
    case "queue":
      return step.limit_ms === null ? say.ownQueue : say.upTo(words.span(step.limit_ms));
    case "position":
      return (
        [
          step.position_max === null ? null : say.ahead(step.position_max),
          step.wait_max_ms === null ? null : say.first(words.span(step.wait_max_ms)),
        ]
          .filter((part) => part !== null)
          .join(", ") || say.unset
      );
    case "voicemail":
      return say.upTo(words.span(step.length_max_ms));
    case "callback":
      return named(places.sounds, step.sound) ?? "";
    case "transfer":
      return step.target.kind === "service"
        ? (named(places.services, step.target.service) ?? say.unset)
        : step.target.address || say.unset;
    case "disconnect":
      return say.ends;
  }
}

function named(things: readonly Named[], id: string | null): string | null {
  return things.find((thing) => thing.id === id)?.name ?? null;
}
