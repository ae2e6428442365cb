//! What is known of a caller, asked once per caller and again when a call has ended. Shown in several places, so it is kept
//! here and not in a component.

import { useEffect } from "react";
import { create } from "zustand";
import type { CallerCard, TransferHistoryView } from "../platform/bindings";
import { ask } from "../platform/platform";
import { useDesk } from "./desk";

/** As many as have a key. */
const QUICK_TARGETS_MAX = 3;
/** More callers than a console shows at once; the oldest card is forgotten. */
const CARDS_MAX = 64;

interface KnownCard {
  card: CallerCard;
  revision: number;
}

const useCards = create<{ cards: ReadonlyMap<string, KnownCard> }>(() => ({ cards: new Map() }));

/** The caller's card, `null` until it is known. */
export function useCallerCard(party: string | undefined): CallerCard | null {
  const known = useCards((state) => (party === undefined ? undefined : state.cards.get(party)));
  const revision = useDesk((desk) => desk.history_revision);
  const stale = party !== undefined && known?.revision !== revision;
  useEffect(() => {
    if (stale) void fetchCard(party, revision);
  }, [stale, party, revision]);
  return known?.card ?? null;
}

/** Where this caller was put through before, most likely first; what the keys 1 to 3 mean. */
export function quickTargets(party: string): readonly TransferHistoryView[] {
  return targetsOf(useCards.getState().cards.get(party)?.card ?? null);
}

export function targetsOf(card: CallerCard | null): readonly TransferHistoryView[] {
  return (card?.transfers ?? []).filter((past) => past.target.number !== null).slice(0, QUICK_TARGETS_MAX);
}

async function fetchCard(party: string, revision: number): Promise<void> {
  // A caller without a card is an ordinary caller: nothing to tell the attendant.
  const card = await ask("get_caller_card", { party }).catch(() => null);
  if (card === null) return;
  useCards.setState(({ cards }) => {
    const next = new Map(cards);
    next.delete(party);
    next.set(party, { card, revision });
    const oldest = next.keys().next().value;
    if (next.size > CARDS_MAX && oldest !== undefined) next.delete(oldest);
    return { cards: next };
  });
}
