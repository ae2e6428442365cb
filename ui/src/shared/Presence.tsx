//! What somebody is doing, by shape and colour, and how old that is (DIR-3): grey once it is too old to be relied on. Shows;
//! asks nobody.

import type { PresenceView } from "../platform/bindings";
import { useClock } from "./clock";
import { directoryWords } from "./directoryWords";
import styles from "./Presence.module.css";

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
    <span
      className={styles["presence"]}
      data-availability={presence.availability}
      data-stale={stale || undefined}
      title={text}
    >
      <Sign availability={presence.availability} />
      <span className={spelt ? "" : "visually-hidden"}>{text}</span>
    </span>
  );
}

/** A telephone that is at rest says nothing of where she is. */
function wordOf({ availability, by_telephone }: PresenceView): string {
  return by_telephone && availability === "available" ? words.byTelephone : words.of[availability];
}

function Sign({ availability }: Pick<PresenceView, "availability">) {
  return (
    <svg viewBox="0 0 12 12" aria-hidden focusable="false">
      {shapeOf(availability)}
    </svg>
  );
}

const DISC = <circle cx="6" cy="6" r="5.5" fill="currentColor" />;

/** A disc with a sign in it, so that the colour is not needed to tell them apart. */
function signed(sign: string) {
  return (
    <>
      {DISC}
      <path d={sign} className={styles["inside"]} />
    </>
  );
}

function shapeOf(availability: PresenceView["availability"]) {
  switch (availability) {
    case "available":
      return signed("m3.5 6.2 1.8 1.8 3.3-3.6");
    case "busy":
      return DISC;
    case "in_a_call":
      return signed("M3.6 7.6c1.4-1.4 3.4-1.4 4.8 0M4 6.2v1.2M8 6.2v1.2");
    case "do_not_disturb":
      return signed("M3.3 6h5.4");
    case "away":
      return signed("M6 3.3V6l2 1.6");
    case "offline":
      return (
        <>
          <circle cx="6" cy="6" r="4.8" fill="none" stroke="currentColor" strokeWidth="1.4" />
          <path d="m4.4 4.4 3.2 3.2m0-3.2L4.4 7.6" stroke="currentColor" strokeWidth="1.2" />
        </>
      );
    case "unknown":
      return (
        <circle
          cx="6"
          cy="6"
          r="4.8"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.4"
          strokeDasharray="2 2"
        />
      );
  }
}
