//! Questions about a console's view that several parts ask: which call has the ear, which can be put through. Pure.

import type { CallRow, ConsoleView, ParkedRow, QueueRow } from "../platform/bindings";

/** The call the attendant speaks or listens in now, if any. */
export function activeCall(view: ConsoleView): CallRow | null {
  return view.calls.find((call) => call.state !== "held" && call.state !== "leaving") ?? null;
}

export function heldCalls(view: ConsoleView): CallRow[] {
  return view.calls.filter((call) => call.state === "held");
}

/** Is the caller himself on the line, so that hold, park and transfer mean something? */
export function isEstablished(call: CallRow): boolean {
  switch (call.state) {
    case "active":
    case "held":
    case "conference":
      return true;
    case "dialing":
    case "ringing":
    case "consulting":
    case "leaving":
      return false;
  }
}

/** The call that a transfer or consultation would be about: the active one, else the one held last. */
export function transferable(view: ConsoleView): CallRow | null {
  const active = activeCall(view);
  if (active) return active.state === "active" && active.transfer === null ? active : null;
  return (
    heldCalls(view)
      .filter((call) => call.transfer === null)
      .at(-1) ?? null
  );
}

/** The caller who rings at this console, with the row of the queue that says who it is. */
export function ringing(view: ConsoleView): QueueRow | null {
  const { offer } = view.me;
  return offer === null ? null : (view.queue.find((row) => row.call === offer.call) ?? null);
}

/** My parked calls, oldest first; everybody's when none is mine. */
export function retrievable(view: ConsoleView): ParkedRow[] {
  const mine = view.parked.filter((row) => row.parked_by_me);
  return [...(mine.length > 0 ? mine : view.parked)].sort((a, b) => a.since - b.since);
}
