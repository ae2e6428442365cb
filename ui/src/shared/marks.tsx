//! Small signs that recur: a key, a service's mark, a running time, a wait against its service level, the tag of simulation.
//! Each shows one thing and asks nobody.

import { memo } from "react";
import type { PartyView } from "../platform/bindings";
import { useClock } from "./clock";
import { initials, slaLevel, type SlaLevel, span } from "./format";
import { type Action, ariaShortcuts, hint } from "./keymap";
import styles from "./marks.module.css";
import { words } from "./words";

/** The key of an action, as on the key cap. Hidden from screen readers: they read `aria-keyshortcuts`. */
export function Key({ of, show }: { of?: Action; show?: string }) {
  const chord = show ?? (of ? hint(of) : "");
  const letter = /^[A-Z]$/.test(chord) ? "" : undefined;
  return (
    <kbd aria-hidden data-letter={letter}>
      {chord.replace("+", " ")}
    </kbd>
  );
}

export function shortcut(action: Action): { "aria-keyshortcuts": string } {
  return { "aria-keyshortcuts": ariaShortcuts(action) };
}

const HUES = 8;

/** Letters on a colour that stays with the service's name, so that the eye knows it before it reads. */
export const ServiceMark = memo(function ServiceMark(props: { name: string; size?: "small" | "medium" }) {
  return (
    <span
      aria-hidden
      className={`${styles["service"]} ${styles[`hue${hueOf(props.name)}`]}`}
      data-size={props.size ?? "medium"}
    >
      {initials(props.name)}
    </span>
  );
});

function hueOf(name: string): number {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return sum % HUES;
}

/** Time since a moment of the host's clock. */
export function Elapsed({ since, className }: { since: number; className?: string }) {
  const text = useClock((now) => span(now - since));
  return <span className={`digits ${className ?? ""}`}>{text}</span>;
}

/** Time left until a moment of the host's clock. */
export function Left({ until }: { until: number }) {
  const text = useClock((now) => span(until - now + 999));
  return <span className="digits">{text}</span>;
}

/** A wait, by colour and by shape: ring in time, triangle soon, filled diamond too long. */
export function Wait({ since, sla_ms }: { since: number; sla_ms: number }) {
  const level = useClock((now) => slaLevel(now - since, sla_ms));
  return (
    <span className={`${styles["wait"]} ${styles[level]}`} data-sla={level}>
      <SlaShape level={level} />
      <span className="visually-hidden">{words.queue.sla[level]}</span>
      <Elapsed since={since} />
    </span>
  );
}

function SlaShape({ level }: { level: SlaLevel }) {
  return (
    <svg viewBox="0 0 12 12" aria-hidden focusable="false">
      {level === "good" && <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="1.5" />}
      {level === "near" && <path d="M6 1.5 11 10.5H1Z" fill="none" stroke="currentColor" strokeWidth="1.5" />}
      {level === "over" && <path d="M6 .5 11.5 6 6 11.5.5 6Z" fill="currentColor" />}
    </svg>
  );
}

/** A number that somebody listed. */
export function MarkedTag({ party: { marked } }: { party: PartyView }) {
  return marked && <span className={styles["marked"]}>{words.party.marked[marked]}</span>;
}

export function SimulatedTag() {
  return <span className="simulated-tag">{words.simulated.tag}</span>;
}
