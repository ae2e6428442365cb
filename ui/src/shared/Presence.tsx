//! What somebody is doing, by shape and colour, and how old that is (DIR-3): grey once it is too old to be relied on. Shows;
//! asks nobody.

import type { PresenceView } from "../platform/bindings";
import { useClock } from "./clock";
import { directoryWords } from "./directoryWords";
import styles from "./Presence.module.css";
import { PresenceSign } from "./PresenceSign";

/** The words move in steps, so that a list of rows is not drawn anew with every second. */
const STEP_MS = 5_000;

const words = directoryWords.presence;

/** A sign of the size of a letter. `words`: with the words beside it, else they are for screen readers and the pointer. */
export function Presence({ presence, spelt }: { presence: PresenceView; spelt?: boolean }) {
  const aged_ms = useClock((now) => Math.max(0, Math.floor((now - presence.at) / STEP_MS) * STEP_MS));
  // Between two answers of the host it grows old here.
  const outdated = useClock((now) => now > presence.fresh_until);
  const stale = presence.stale || outdated;
  const text = words.told(wordOf(presence), aged_ms, stale);
  return (
    <span className={styles["presence"]} data-presence data-stale={stale || undefined} title={text}>
      <PresenceSign availability={presence.availability} />
      <span className={spelt ? "" : "visually-hidden"}>{text}</span>
    </span>
  );
}

/** A telephone that is at rest says nothing of where she is. */
function wordOf({ availability, by_telephone }: PresenceView): string {
  return by_telephone && availability === "available" ? words.byTelephone : words.of[availability];
}
