//! The sign of what somebody is doing, of the size of a letter: told apart by shape, so that the colour is not needed. Says
//! nothing to a screen reader; the words stand beside it.

import type { AvailabilityName } from "../platform/bindings";
import styles from "./PresenceSign.module.css";

export function PresenceSign({ availability }: { availability: AvailabilityName }) {
  return (
    <svg
      className={styles["sign"]}
      data-availability={availability}
      viewBox="0 0 12 12"
      aria-hidden
      focusable="false"
    >
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

function shapeOf(availability: AvailabilityName) {
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
