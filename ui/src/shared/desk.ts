//! What the host has told: the console's view, the connection, notices. Written by the host's events only; screens read it
//! through selectors. Does not act (see `commands.ts`).

import { create } from "zustand";
import type { ConsoleView, LockView, Notice, ProtectionView, UiEvent } from "../platform/bindings";
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
  /** Grow when history or address books changed, so that who shows them asks again. */
  history_revision: number;
  contacts_revision: number;
  /** The address of a link that was opened; nothing is called before the attendant says so. */
  call_asked: string | null;
  /** How the data is protected; `null` until it was told. */
  protection: ProtectionView | null;
  /** Why the data cannot be opened; `null` while it is open. */
  lock: LockView | null;
}

/** More would cover the console; the oldest goes first. */
const NOTICES_MAX = 4;

export const useDesk = create<Desk>(() => ({
  view: null,
  connection: "connecting",
  notices: [],
  history_revision: 0,
  contacts_revision: 0,
  call_asked: null,
  protection: null,
  lock: null,
}));

let noticeId = 0;

/** The desk after an event. Pure but for the notice's number. */
export function afterEvent(desk: Desk, event: UiEvent): Partial<Desk> {
  switch (event.event) {
    case "console":
      return isNewer(desk.view, event.payload) ? { view: share(desk.view, event.payload) } : {};
    case "contacts_changed":
      return { contacts_revision: desk.contacts_revision + 1 };
    case "history_changed":
      return { history_revision: desk.history_revision + 1 };
    case "notice":
      return { notices: withNotice(desk.notices, event.payload, null) };
    case "call_asked":
      return { call_asked: event.payload.address };
    case "protection":
      return { protection: event.payload };
    case "lock":
      // What was shown before the data was locked is not true of what is opened next.
      return event.payload === null ? { lock: null } : { lock: event.payload, view: null, protection: null };
  }
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

/** Replaces the view whatever its revision: after a reconnect it may be another host's, which counts from one again. */
async function fetchConsole(): Promise<void> {
  try {
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

const listener: HostListener = {
  event(event) {
    if (event.event === "console") setHostTime(event.payload.now);
    useDesk.setState((desk) => afterEvent(desk, event));
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
