//! What the contact search finds and what Enter then does: the state behind `SearchPane`. Knows no keys and no looks.

import { useEffect, useRef, useState } from "react";
import type {
  ConsoleView,
  ContactView,
  Destination,
  EndpointView,
  SearchResult,
} from "../../platform/bindings";
import { ask } from "../../platform/platform";
import { activeCall, transferable } from "../../shared/calls";
import { consult, placeCall, putThrough } from "../../shared/commands";
import { useDesk } from "../../shared/desk";
import { typedAddress } from "../../shared/format";
import type { SearchPurpose } from "../../shared/screen";

/** More than anybody scrolls; the host sorts the best first. */
const RESULTS_MAX = 100;

/** A row of the results: a contact, or the number that was typed itself. */
export interface Found {
  key: string;
  contact: ContactView | null;
  endpoints: readonly EndpointView[];
}

export interface Search {
  result: SearchResult | null;
  failed: boolean;
}

/** Asks the host on every change of the text; an answer that a later one has overtaken is dropped. */
export function useSearch(query: string): Search {
  const [search, setSearch] = useState<Search>({ result: null, failed: false });
  const revision = useDesk((desk) => desk.contacts_revision);
  const asked = useRef(0);
  useEffect(() => {
    const number = (asked.current += 1);
    const latest = (): boolean => number === asked.current;
    ask("search_contacts", { query: query.trim(), limit: RESULTS_MAX }).then(
      (result) => latest() && setSearch({ result, failed: false }),
      () => latest() && setSearch({ result: null, failed: true }),
    );
  }, [query, revision]);
  return search;
}

/** A typed number comes first: whoever typed it whole wants exactly that. */
export function foundRows(query: string, result: SearchResult | null): Found[] {
  const address = typedAddress(query);
  const typed: Found[] =
    address === null
      ? []
      : [
          {
            key: "typed",
            contact: null,
            endpoints: [{ kind: address.includes("@") ? "sip" : "other", address }],
          },
        ];
  const contacts = (result?.contacts ?? []).map((contact) => ({
    key: contact.id,
    contact,
    endpoints: contact.endpoints,
  }));
  return [...typed, ...contacts];
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
      return consult(to);
  }
}

/** A name cut where the letters that were found begin and end. */
export function highlighted(name: string, matched: ContactView["matched"]): { text: string; hit: boolean }[] {
  const parts: { text: string; hit: boolean }[] = [];
  let at = 0;
  for (const [from, to] of matched) {
    if (from < at || to <= from || to > name.length) continue;
    if (from > at) parts.push({ text: name.slice(at, from), hit: false });
    parts.push({ text: name.slice(from, to), hit: true });
    at = to;
  }
  if (at < name.length) parts.push({ text: name.slice(at), hit: false });
  return parts;
}
