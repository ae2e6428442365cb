//! What the host has told: the console's view, the connection, notices. Written by the host's events only; screens read it
//! through selectors. Does not act (see `commands.ts`).

import { create } from "zustand";
import type {
  BoardView,
  ConsoleView,
  LockView,
  Notice,
  PresenceTold,
  PresenceView,
  ProtectionView,
  SessionView,
  UiEvent,
} from "../platform/bindings";
import {
  ask,
  type Command,
  type Connection,
  host,
  type HostListener,
  type Payload,
  RefusedError,
} from "../platform/platform";
import { setHostTime } from "./clock";
import { share } from "./sharing";

/** A notice on the screen. */
export interface ShownNotice extends Notice {
  id: number;
  reference: string | null;
}

export interface Desk {
  view: ConsoleView | null;
  connection: Connection;
  notices: readonly ShownNotice[];
  /** Grow when history, address books, services, sounds or messages changed, so that who shows them asks again. */
  history_revision: number;
  contacts_revision: number;
  services_revision: number;
  sounds_revision: number;
  voicemails_revision: number;
  /** What was told of contacts on the screen since they were found (DIR-3). */
  presences: ReadonlyMap<string, PresenceView>;
  /** Why no presence is told, in the host's words; `null` where it is. */
  presence_problem: string | null;
  /** Grows when sources of contacts stand otherwise. */
  sources_revision: number;
  /** Grows when favourites, groups, notes or stand-ins changed. */
  personal_revision: number;
  /** Grows when the home country or the listed numbers changed. */
  numbers_revision: number;
  /** The address of a link that was opened; nothing is called before the attendant says so. */
  call_asked: string | null;
  /** How the data is protected; `null` until it was told. */
  protection: ProtectionView | null;
  /** How far the plan is that is being worked on; `null` before the first word of it. */
  planning: { done: number; total: number } | null;
  /** Why the data cannot be opened; `null` while it is open. */
  lock: LockView | null;
  /** Who is here; `null` until it was told. */
  session: SessionView | null;
  /** Who was here last, as she signs in. */
  last: string | null;
  /** The wallboard as it was told last, while it is watched. */
  board: BoardView | null;
  /** Grows when users, teams or organisation units changed. */
  users_revision: number;
}

/** More would cover the console; the oldest goes first. */
const NOTICES_MAX = 4;

export const useDesk = create<Desk>(() => ({
  view: null,
  connection: "connecting",
  notices: [],
  history_revision: 0,
  contacts_revision: 0,
  services_revision: 0,
  sounds_revision: 0,
  voicemails_revision: 0,
  presences: new Map(),
  presence_problem: null,
  sources_revision: 0,
  personal_revision: 0,
  numbers_revision: 0,
  call_asked: null,
  protection: null,
  planning: null,
  lock: null,
  session: null,
  last: null,
  board: null,
  users_revision: 0,
}));

let noticeId = 0;

/** The desk after an event. Pure but for the notice's number. */
export function afterEvent(desk: Desk, event: UiEvent): Partial<Desk> {
  switch (event.event) {
    case "console":
      return isNewer(desk.view, event.payload) ? { view: share(desk.view, event.payload) } : {};
    case "board":
      return { board: share(desk.board, event.payload) };
    case "contacts_changed":
      return { contacts_revision: desk.contacts_revision + 1 };
    case "history_changed":
      return { history_revision: desk.history_revision + 1 };
    case "voicemails_changed":
      return { voicemails_revision: desk.voicemails_revision + 1 };
    case "sounds_changed":
      return { sounds_revision: desk.sounds_revision + 1 };
    case "services_changed":
      return { services_revision: desk.services_revision + 1 };
    case "notice":
      return { notices: withNotice(desk.notices, event.payload, null) };
    case "call_asked":
      return { call_asked: event.payload.address };
    case "protection":
      return { protection: event.payload };
    case "planning":
      return { planning: event.payload };
    case "sources_changed":
      return { sources_revision: desk.sources_revision + 1 };
    case "personal_changed":
      return { personal_revision: desk.personal_revision + 1 };
    case "numbers_changed":
      return { numbers_revision: desk.numbers_revision + 1 };
    case "callers_changed":
      return { history_revision: desk.history_revision + 1 };
    case "presence_changed":
      return afterPresence(desk, event.payload);
    case "users_changed":
      return { users_revision: desk.users_revision + 1 };
    case "session":
      return afterSession(event.payload);
    case "lock":
      // What was shown before the data was locked is not true of what is opened next.
      return event.payload === null ? { lock: null } : { lock: event.payload, view: null, protection: null };
  }
}

/** More contacts than lists show at once; whoever was told of longest ago is forgotten. */
const PRESENCES_MAX = 1_000;

/** Presence that was told, by an event or when somebody came into sight. */
export function afterPresence(desk: Pick<Desk, "presences">, told: PresenceTold): Partial<Desk> {
  const presences = new Map(desk.presences);
  for (const { contact, presence } of told.rows) {
    presences.delete(contact);
    presences.set(contact, presence);
  }
  const tooMany = [...presences.keys()].slice(0, Math.max(0, presences.size - PRESENCES_MAX));
  for (const contact of tooMany) presences.delete(contact);
  return { presences, presence_problem: told.problem };
}

/** Whether somebody sits here who may work. */
export function isHere({ state }: SessionView): boolean {
  switch (state) {
    case "local":
    case "signed_in":
      return true;
    case "signed_out":
    case "underway":
    case "refused":
      return false;
  }
}

/** What one person saw is not the next one's to see. */
function afterSession(session: SessionView): Partial<Desk> {
  return isHere(session)
    ? { session, last: session.person?.username ?? null }
    : { session, view: null, board: null, protection: null, notices: [], call_asked: null };
}

function isNewer(shown: ConsoleView | null, arrived: ConsoleView): boolean {
  return shown === null || arrived.revision > shown.revision;
}

function withNotice(
  notices: readonly ShownNotice[],
  notice: Notice,
  reference: string | null,
): readonly ShownNotice[] {
  noticeId += 1;
  return [...notices, { ...notice, id: noticeId, reference }].slice(-NOTICES_MAX);
}

export function dismissNotice(id: number): void {
  useDesk.setState((desk) => ({ notices: desk.notices.filter((notice) => notice.id !== id) }));
}

/** Says something that this screen itself found, in the manner of the host's notices. */
export function sayNotice(notice: Notice, reference: string | null = null): void {
  useDesk.setState((desk) => ({ notices: withNotice(desk.notices, notice, reference) }));
}

/** Asks for something to be done; a refusal is shown as a notice. True when it was done. */
export async function act<C extends Command>(cmd: C, payload: Payload<C>): Promise<boolean> {
  try {
    await ask(cmd, payload);
    return true;
  } catch (error) {
    const { code, message, reference } = RefusedError.from(error);
    sayNotice({ urgency: "high", code, message, call: null }, reference);
    return false;
  }
}

/** A host whose data is locked knows nobody yet. */
async function fetchSession(): Promise<void> {
  const session = await ask("get_session", {}).catch(() => null);
  if (session !== null) sit(session);
}

/** Replaces the view whatever its revision: after a reconnect it may be another host's, which counts from one again. */
async function fetchConsole(): Promise<void> {
  try {
    await fetchSession();
    const [view, protection] = await Promise.all([
      ask("get_console", {}),
      ask("get_protection", {}).catch(() => null),
    ]);
    setHostTime(view.now);
    useDesk.setState((desk) => ({
      view: share(desk.view, view),
      protection,
      lock: null,
      connection: "open",
    }));
  } catch (error) {
    const { code } = RefusedError.from(error);
    if (code === "store.locked") {
      await fetchLock();
      return;
    }
    if (code.startsWith("access.")) {
      useDesk.setState({ connection: "open" });
      return;
    }
    const refused = code === "http_401" || code === "http_403" || code === "unauthorized";
    useDesk.setState({ connection: refused ? "refused" : "lost" });
  }
}

/** Why there is no console; it may have been opened meanwhile. */
async function fetchLock(): Promise<void> {
  try {
    const lock = await ask("get_lock", {});
    if (lock === null) {
      await fetchConsole();
      return;
    }
    useDesk.setState({ lock, view: null, protection: null, connection: "open" });
  } catch {
    useDesk.setState({ connection: "lost" });
  }
}

/** Somebody else than the last one sat down: nothing that this page remembers is hers. */
export function isAnother({ last }: Desk, session: SessionView): boolean {
  return isHere(session) && last !== null && session.person?.username !== last;
}

/** Takes a session in; a page of somebody else begins anew. */
function sit(session: SessionView): void {
  if (isAnother(useDesk.getState(), session)) location.reload();
  else useDesk.setState(afterSession(session));
}

const listener: HostListener = {
  event(event) {
    if (event.event === "console") setHostTime(event.payload.now);
    if (event.event === "session") sit(event.payload);
    else useDesk.setState((desk) => afterEvent(desk, event));
    const { session, view } = useDesk.getState();
    if (event.event === "session" && view === null && session !== null && isHere(session))
      void fetchConsole();
    if (event.event === "lock" && event.payload === null) void fetchConsole();
  },
  connection(state) {
    if (state === "open") {
      void fetchConsole();
      return;
    }
    // A refused session also closes the event stream: do not let that hide why.
    useDesk.setState((desk) => (desk.connection === "refused" ? {} : { connection: state }));
    if (state === "lost") void fetchConsole();
  },
};

/** Begins to listen to the host; once, at start. */
export function listenToHost(): () => void {
  return host().listen(listener);
}
