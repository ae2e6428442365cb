//! Times, spans and people as text. Pure; the language is `words.ts`'.

import type { HistoryRow, PartyView } from "../platform/bindings";
import { words } from "./words";

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

/** `0:07`, `12:34`, `1:02:03`. Never negative: two clocks may differ by a little. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / SECOND_MS));
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  const rest = String(seconds % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** How well a wait stands against the service level of its service. */
export type SlaLevel = "good" | "near" | "over";

/** "Near" begins at this part of the allowed time: early enough to act, late enough not to cry wolf. */
const NEAR_PART = 0.7;

export function slaLevel(waited_ms: number, sla_ms: number): SlaLevel {
  if (waited_ms >= sla_ms) return "over";
  return waited_ms >= sla_ms * NEAR_PART ? "near" : "good";
}

const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const dayAndMonth = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const dayAndYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });

/** `14:02` today, `yesterday 14:02`, `3 Nov 14:02`; with the year when it is another one. */
export function moment(at: number, now: number): string {
  const time = timeOfDay.format(at);
  const days = Math.round((startOfDay(now) - startOfDay(at)) / DAY_MS);
  if (days === 0) return time;
  if (days === 1) return `${words.time.yesterday} ${time}`;
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return `${(sameYear ? dayAndMonth : dayAndYear).format(at)} ${time}`;
}

/** `30 Nov`, with the year when it is another one. */
export function day(at: number): string {
  const sameYear = new Date(at).getFullYear() === new Date().getFullYear();
  return (sameYear ? dayAndMonth : dayAndYear).format(at);
}

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

const MINUTE_MS = 60_000;

/** `42 min`, `5 h`, `3 days`: what one says of something that old. */
export function age(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / MINUTE_MS));
  if (minutes < 120) return words.protection.minutes(minutes);
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? words.protection.hours(hours) : words.protection.days(Math.floor(hours / 24));
}

/** The best name there is for somebody on the line. */
export function partyName(party: PartyView): string {
  return party.name ?? numberOf(party);
}

/** What is worth saying beside the name: company and number, whichever there are and the name is not already. */
export function partyDetail(party: PartyView): string {
  if (party.service) return words.search.service;
  const number = party.name === null ? null : numberOf(party);
  return [party.company, number].filter((part) => part !== null && part !== "").join(" · ");
}

/** The same behind something else, where there is anything to say. */
export function thenDetail(party: PartyView): string {
  const detail = partyDetail(party);
  return detail === "" ? "" : ` · ${detail}`;
}

/** As people here read it. */
function numberOf({ shown, number }: PartyView): string {
  return shown ?? number ?? words.party.withheld;
}

/** How a call ended, in words; the reported name where this screen does not know the outcome. */
export function outcomeText(row: Pick<HistoryRow, "outcome" | "outcome_text">): string {
  const known = row.outcome === null ? words.history.goesOn : words.outcome[row.outcome];
  return known ?? row.outcome_text ?? words.history.noData;
}

/** At most two letters for a service's mark: `Main number` → `MN`. */
export function initials(name: string): string {
  const letters = name
    .split(/\s+/)
    .map((word) => word.charAt(0))
    .filter((letter) => /[\p{L}\p{N}]/u.test(letter));
  return letters.slice(0, 2).join("").toLocaleUpperCase();
}

const DIALLABLE = /^\+?[0-9 ()/.-]*[0-9*#][0-9 ()/.*#-]*$/;
const SIP_ADDRESS = /^(sips?:)?[^\s@]+@[^\s@]+$/i;

/** The address to call when what was typed is a number or SIP address itself, else `null`. */
export function typedAddress(text: string): string | null {
  const typed = text.trim();
  if (SIP_ADDRESS.test(typed)) return typed;
  return typed.length >= 2 && DIALLABLE.test(typed) ? typed.replace(/[ ()/.-]/g, "") : null;
}
