//! What the contact search finds and what Enter then does: the state behind `SearchPane`. Knows no keys and no looks.

import { type RefObject, useEffect, useRef, useState } from "react";
import type {
  ConsoleView,
  ContactView,
  Destination,
  EndpointView,
  GroupView,
  SearchResult,
  ServiceView,
} from "../../platform/bindings";
import { ask } from "../../platform/platform";
import { activeCall, transferable } from "../../shared/calls";
import { consult, placeCall, putThrough } from "../../shared/commands";
import { useDesk } from "../../shared/desk";
import { typedAddress } from "../../shared/format";
import type { SearchPurpose } from "../../shared/screen";
import { lowerOf, steady } from "./steady";

/** More than anybody scrolls; the host sorts the best first. */
const RESULTS_MAX = 100;

/** A row of the results: a contact, a service, or the number that was typed itself. */
export interface Found {
  key: string;
  contact: ContactView | null;
  service: ServiceView | null;
  endpoints: readonly EndpointView[];
}

export interface Search {
  result: SearchResult | null;
  failed: boolean;
}

interface Asked extends Search {
  /** The answer to what stands in the field now; `null` when it did not come. */
  answer: RefObject<Promise<SearchResult | null>>;
}

/** Where she is in the results, by the keys of the rows: what streams in must not move these. */
export interface Places {
  /** Chosen with the arrows or by a click. */
  chosen: string | null;
  /** Under the pointer. */
  pointed: string | null;
}

/** Asks the host on every change of the text; an answer that a later one has overtaken is dropped. An answer to the same
 * text, when the address books have changed or a slower source has answered, moves nothing at or above her places. */
export function useSearch(query: string, caller: string | null, places: RefObject<Places>): Asked {
  const [search, setSearch] = useState<Search>({ result: null, failed: false });
  const revision = useDesk((desk) => desk.contacts_revision + desk.personal_revision);
  const asked = useRef(0);
  const answer = useRef(NEVER);
  useEffect(() => {
    const number = (asked.current += 1);
    answer.current = ask("search_contacts", { query: query.trim(), limit: RESULTS_MAX, caller }).catch(
      () => null,
    );
    void answer.current.then((arrived) => {
      if (number !== asked.current) return;
      setSearch(({ result }) => ({
        result: arrived && following(result, arrived, places.current),
        failed: arrived === null,
      }));
    });
  }, [query, caller, revision, places]);
  return { ...search, answer };
}

const NEVER: Promise<SearchResult | null> = Promise.resolve(null);

const contactKey = ({ id }: ContactView): string => id;

/** The results after an answer. Typing unchooses, so what is chosen was chosen after the last letter: it stays even where it was
 * chosen among what the letters before had found. */
export function following(shown: SearchResult | null, arrived: SearchResult, places: Places): SearchResult {
  if (shown === null || (shown.query !== arrived.query && places.chosen === null)) return arrived;
  const anchor = lowerOf(shown.contacts, contactKey, [places.chosen, places.pointed]);
  return { ...arrived, contacts: [...steady(shown.contacts, arrived.contacts, contactKey, anchor)] };
}

/** Services a caller can be put through to that have every typed word in their name; none to call or to consult. */
export function foundServices(query: string, services: readonly ServiceView[], main: Deed): ServiceView[] {
  if (main !== "safe") return [];
  const typed = query.toLocaleLowerCase().split(/\s+/);
  return services.filter(({ name }) => typed.every((word) => name.toLocaleLowerCase().includes(word)));
}

/** A typed number comes first: whoever typed it whole wants exactly that. Services follow, but stand last while nothing is
 * typed. */
export function foundRows(
  query: string,
  result: Pick<SearchResult, "contacts"> | null,
  services: readonly ServiceView[] = [],
): Found[] {
  const address = typedAddress(query);
  const typed: Found[] =
    address === null
      ? []
      : [
          {
            key: "typed",
            contact: null,
            service: null,
            endpoints: [{ kind: address.includes("@") ? "sip" : "other", address }],
          },
        ];
  const contacts = (result?.contacts ?? []).map((contact) => ({
    key: contact.id,
    contact,
    service: null,
    endpoints: contact.endpoints,
  }));
  const queues = services.map((service) => ({
    key: `service ${service.id}`,
    contact: null,
    service,
    endpoints: [],
  }));
  return query.trim() === "" ? [...contacts, ...queues] : [...typed, ...queues, ...contacts];
}

/** In the place of a group: everybody, by name. */
export const EVERYBODY = "";

/** The group that is listed while nothing is typed: the chosen one, at first the first that has anybody; `null`: everybody. */
export function groupShown(groups: readonly GroupView[], chosen: string | null): GroupView | null {
  if (chosen === null) return groups.find(({ contacts }) => contacts.length > 0) ?? null;
  return groups.find(({ id }) => id === chosen) ?? null;
}

/** The group to the left or the right of one; everybody stands last. */
export function groupBeside(groups: readonly GroupView[], shown: string, step: number): string {
  const order = [...groups.map(({ id }) => id), EVERYBODY];
  return order[Math.max(0, Math.min(order.length - 1, order.indexOf(shown) + step))] ?? EVERYBODY;
}

/** What can be done with a result. */
export type Deed = "call" | "safe" | "blind" | "consult";

export interface Purpose {
  /** What Enter does. */
  main: Deed;
  /** Whom it is about; `null` for a new call. */
  about: string | null;
}

/** During a call a result is a target, without one it is somebody to call. Of two ways to put through, Enter takes the one
 * from which the caller comes back. */
export function purposeNow(view: ConsoleView, chosen: SearchPurpose): Purpose {
  const subject = transferable(view);
  if (subject === null) return { main: "call", about: null };
  const about = subject.caller.name ?? subject.caller.number ?? "";
  switch (chosen) {
    case "transfer":
      return { main: "safe", about };
    case "consult":
      return { main: "consult", about };
    case "default":
      return activeCall(view) === null ? { main: "call", about: null } : { main: "safe", about };
  }
}

export function destinationOf(found: Found, endpoint: number): Destination | null {
  if (found.service) return { address: "", contact: null, voicemail: false, service: found.service.id };
  const chosen = found.endpoints[endpoint];
  if (chosen === undefined) return null;
  return {
    address: chosen.address,
    contact: found.contact?.id ?? null,
    voicemail: chosen.kind === "voicemail",
  };
}

/** True when the host did it. A voicemail box never fails to answer, so nobody waits for it to. */
export function doDeed(deed: Deed, to: Destination): Promise<boolean> {
  switch (deed) {
    case "call":
      return placeCall(to);
    case "safe":
      return putThrough(to, to.voicemail ? "blind" : "safe");
    case "blind":
      return putThrough(to, "blind");
    case "consult":
      // In a queue is nobody to talk to.
      return to.service ? Promise.resolve(false) : consult(to);
  }
}

/** What a search can be narrowed with, each before a colon. */
export const OPERATORS = ["dept", "city", "skill", "title", "company"] as const;

/** The whole operator that the last word is the beginning of, when Tab would complete it. */
export function begunOperator(query: string): string | null {
  const word = /(?:^|\s)(\p{L}{2,})$/u.exec(query)?.[1]?.toLowerCase();
  const begun = word === undefined ? [] : OPERATORS.filter((name) => name.startsWith(word));
  return begun[0] ?? null;
}

export function withOperator(query: string, operator: string): string {
  return query.replace(/\p{L}+$/u, `${operator}:`);
}
