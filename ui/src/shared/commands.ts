//! What each action of the keymap does and when it can. Buttons and keys both come here, so that they cannot differ.

import { flushSync } from "react-dom";
import type { ConsoleView, Destination, NotSelectable, QueueRow } from "../platform/bindings";
import { activeCall, heldCalls, isEstablished, retrievable, ringing, transferable } from "./calls";
import { quickTargets } from "./callerCard";
import { act, useDesk } from "./desk";
import type { Action } from "./keymap";
import {
  focusRegion,
  focusSearch,
  REGIONS,
  type SearchPurpose,
  searchText,
  showScreen,
  useScreen,
} from "./screen";

interface Command {
  available(view: ConsoleView): boolean;
  run(view: ConsoleView): void;
}

const always = (): boolean => true;

export const COMMANDS: Readonly<Record<Action, Command>> = {
  answer: { available: (view) => answerable(view) !== null, run: answer },
  decline: {
    available: (view) => view.me.offer !== null,
    run: (view) => view.me.offer && void act("decline", { offer: view.me.offer.offer }),
  },
  hang_up: {
    available: (view) => activeCall(view) !== null,
    run: (view) => withActive(view, (call) => act("hang_up", { call })),
  },
  hold: { available: canHoldOrRetrieve, run: holdOrRetrieve },
  park: {
    available: (view) => parkable(view) !== undefined,
    run: (view) => {
      const call = parkable(view);
      if (call) void act("park", { call: call.call, slot: null });
    },
  },
  unpark: { available: (view) => view.parked.length > 0, run: unpark },
  transfer: {
    available: (view) => completable(view) || transferable(view) !== null,
    run: (view) => (completable(view) ? completeTransfer(view) : search("transfer")),
  },
  consult: { available: (view) => transferable(view) !== null, run: () => search("consult") },
  swap: {
    available: isConsulting,
    run: (view) => withTransfer(view, (transfer) => act("swap", { transfer })),
  },
  conference: {
    available: (view) => isConsulting(view) && !inConference(view),
    run: (view) => withTransfer(view, (transfer) => act("conference", { transfer })),
  },
  back_to_caller: {
    available: (view) => transferInFlight(view) !== null,
    run: (view) => withTransfer(view, (transfer) => act("cancel_transfer", { transfer })),
  },
  mute: {
    available: (view) => activeCall(view) !== null,
    run: (view) => void act("set_muted", { muted: !view.muted }),
  },
  keypad: {
    available: (view) => canSendDigits(view),
    run: () => {
      useScreen.setState((screen) => ({ name: "console", keypad: !screen.keypad }));
      if (useScreen.getState().keypad) focusRegion("calls");
    },
  },
  ready: { available: (view) => canBecomeReady(view.me.not_selectable), run: becomeReady },
  duty: { available: always, run: (view) => void act("set_duty", { on_duty: !view.me.on_duty }) },
  target_1: quickTarget(0),
  target_2: quickTarget(1),
  target_3: quickTarget(2),
  search: { available: always, run: () => search("default") },
  open_card: {
    available: () => useScreen.getState().chosen !== null,
    run: () => useScreen.setState(({ chosen }) => ({ contact: chosen?.id ?? null })),
  },
  favourite: { available: () => useScreen.getState().chosen !== null, run: toggleFavourite },
  next_region: { available: always, run: nextRegion },
  show_console: { available: always, run: () => showScreen("console") },
  show_history: { available: always, run: () => showScreen("history") },
  show_directory: { available: always, run: () => showScreen("directory") },
  show_voicemail: { available: always, run: () => showScreen("voicemail") },
  show_services: { available: always, run: () => showScreen("services") },
  show_hours: { available: always, run: () => showScreen("hours") },
  show_reports: { available: always, run: () => showScreen("reports") },
  show_wallboard: { available: always, run: () => showScreen("wallboard") },
  show_planner: { available: always, run: () => showScreen("planner") },
  show_settings: { available: always, run: () => showScreen("settings") },
  help: { available: always, run: () => useScreen.setState({ help: true }) },
  back: { available: always, run: back },
};

/** Runs an action if it can be run now. True when it was. */
export function run(action: Action): boolean {
  const { view } = useDesk.getState();
  if (view === null || !COMMANDS[action].available(view)) return false;
  COMMANDS[action].run(view);
  return true;
}

/** Puts the transferable call through; the caller comes back with `safe` when nobody answers. */
export function putThrough(to: Destination, mode: "safe" | "blind"): Promise<boolean> {
  const call = currentTransferable();
  return searched(call !== null && (() => act("transfer", { call, mode, to })));
}

export function consult(to: Destination): Promise<boolean> {
  const call = currentTransferable();
  return searched(call !== null && (() => act("consult", { call, to })));
}

export function placeCall(to: Destination): Promise<boolean> {
  return searched(() => act("place_call", { to, service: null }));
}

function currentTransferable(): string | null {
  const { view } = useDesk.getState();
  return view === null ? null : (transferable(view)?.call ?? null);
}

/** Does what was searched for, and leaves the search: unless she has meanwhile begun to type the next one. */
async function searched(deed: false | (() => Promise<boolean>)): Promise<boolean> {
  const before = searchText();
  const done = deed !== false && (await deed());
  if (done && searchText() === before) {
    useScreen.setState({ name: "console", purpose: "default", card: null, contact: null });
    focusRegion("calls");
  }
  return done;
}

/** A caller in the queue, a held or a parked call; one spoken with meanwhile is put on hold first, as she would by hand. */
export function pick(call: string): Promise<boolean> {
  return withFreeHands(() => act("pick", { call }));
}

export function retrieve(call: string): Promise<boolean> {
  return withFreeHands(() => act("retrieve", { call }));
}

export function retrieveParked(slot: number): Promise<boolean> {
  return withFreeHands(() => act("unpark", { slot }));
}

async function withFreeHands(doThat: () => Promise<boolean>): Promise<boolean> {
  const { view } = useDesk.getState();
  const active = view === null ? null : activeCall(view);
  const holdable = active?.state === "active" && active.transfer === null;
  if (holdable && !(await act("hold", { call: active.call }))) return false;
  return doThat();
}

/** The ringing call, else, with free hands, the first that waits for one of her services and rings nowhere. */
function answerable(view: ConsoleView): { offer: string } | { pick: string } | null {
  if (view.me.offer) return { offer: view.me.offer.offer };
  if (activeCall(view) !== null) return null;
  const waiting = nextWaiting(view);
  return waiting ? { pick: waiting.call } : null;
}

export function nextWaiting(view: ConsoleView): QueueRow | undefined {
  const served = new Set(view.services.filter(({ serving }) => serving).map(({ id }) => id));
  return view.queue.find((row) => !row.offered && served.has(row.service));
}

function answer(view: ConsoleView): void {
  const what = answerable(view);
  if (what === null) return;
  showScreen("console");
  leaveEmptyField();
  if ("offer" in what) void act("accept", { offer: what.offer });
  else void pick(what.pick);
}

/** Enter answers a call that rings here; taking the next one from the queue wants F2, which nobody presses by chance. */
export function answersByEnter(view: ConsoleView): boolean {
  return ringing(view) !== null || view.me.offer !== null;
}

/** She asked for the call herself, so its keys should work at once; a field with text in it is left alone. */
function leaveEmptyField(): void {
  const field = document.activeElement;
  const typing = field instanceof HTMLInputElement && field.value !== "";
  if (!typing) focusRegion("calls");
}

function canHoldOrRetrieve(view: ConsoleView): boolean {
  const active = activeCall(view);
  return active ? active.state === "active" && active.transfer === null : heldCalls(view).length > 0;
}

function holdOrRetrieve(view: ConsoleView): void {
  const active = activeCall(view);
  if (active) {
    void act("hold", { call: active.call });
    return;
  }
  const held = heldCalls(view).at(-1);
  if (held) void retrieve(held.call);
}

function parkable(view: ConsoleView) {
  return [activeCall(view), heldCalls(view).at(-1)].find(
    (call) => call && isEstablished(call) && call.transfer === null,
  );
}

function unpark(view: ConsoleView): void {
  const rows = retrievable(view);
  const only = rows.length === 1 ? rows[0] : undefined;
  if (only) void retrieveParked(only.slot);
  else requestAnimationFrame(() => document.querySelector<HTMLElement>("[data-parked]")?.focus());
}

function transferInFlight(view: ConsoleView) {
  return view.calls.find((call) => call.transfer !== null)?.transfer ?? null;
}

/** A consultation can be completed while the target still rings. */
function completable(view: ConsoleView): boolean {
  return transferInFlight(view)?.mode === "consult" && transferInFlight(view)?.state !== "completing";
}

function completeTransfer(view: ConsoleView): void {
  withTransfer(view, (transfer) => act("complete_transfer", { transfer }));
}

/** Can she speak with either side? Swapping and conferences need a target that answered. */
function isConsulting(view: ConsoleView): boolean {
  const state = transferInFlight(view)?.state;
  return state === "talking_to_target" || state === "talking_to_caller" || state === "conference";
}

function inConference(view: ConsoleView): boolean {
  return activeCall(view)?.state === "conference";
}

function canSendDigits(view: ConsoleView): boolean {
  const state = activeCall(view)?.state;
  return state === "active" || state === "consulting" || state === "conference";
}

function withActive(view: ConsoleView, doThat: (call: string) => Promise<boolean>): void {
  const call = activeCall(view);
  if (call) void doThat(call.call);
}

function withTransfer(view: ConsoleView, doThat: (transfer: string) => Promise<boolean>): void {
  const transfer = transferInFlight(view);
  if (transfer) void doThat(transfer.transfer);
}

function canBecomeReady(why: NotSelectable | null): boolean {
  switch (why) {
    case "presence":
    case "off_duty":
    case "acw":
    case "rona":
    case "not_available":
      return true;
    case "not_serving":
    case "skills":
    case "offered":
    case "connected":
    case "parked":
    case null:
      return false;
  }
}

/** Takes away the one thing that keeps calls from coming. The next, if any, is then shown. */
function becomeReady(view: ConsoleView): void {
  switch (view.me.not_selectable) {
    case "presence":
      return void act("set_presence", { presence: "available" });
    case "off_duty":
      return void act("set_duty", { on_duty: true });
    case "acw":
      return void act("end_acw", {});
    case "rona":
      return void act("clear_rona", {});
    case "not_available":
      return void act("set_not_available", { reason: null });
    case "not_serving":
    case "skills":
    case "offered":
    case "connected":
    case "parked":
    case null:
      return;
  }
}

function quickTarget(index: number): Command {
  return {
    available: (view) => transferable(view) !== null && targetAt(view, index) !== undefined,
    run(view) {
      const to = targetAt(view, index);
      if (to) void putThrough(to, "safe");
    },
  };
}

function targetAt(view: ConsoleView, index: number): Destination | undefined {
  const call = transferable(view);
  const target = call ? quickTargets(call.caller.party)[index]?.target : undefined;
  if (target?.service) return { address: "", contact: null, voicemail: false, service: target.service };
  return target?.number ? { address: target.number, contact: target.contact, voicemail: false } : undefined;
}

function toggleFavourite(): void {
  const { chosen } = useScreen.getState();
  if (chosen) void act("set_favourite", { contact: chosen.id, favourite: !chosen.favourite });
}

function search(purpose: SearchPurpose): void {
  // Drawn at once, also from another screen: the letters that follow must find the field.
  flushSync(() => useScreen.setState({ name: "console", purpose, card: null, contact: null }));
  focusSearch();
}

function nextRegion(): void {
  const focused = document.activeElement?.closest("[data-pane]")?.getAttribute("data-pane");
  const next = REGIONS[(REGIONS.findIndex((region) => region === focused) + 1) % REGIONS.length];
  if (next === "search") focusSearch();
  else if (next) focusRegion(next);
}

/** One step out: the card, the keypad, the purpose of the search, the other screen. */
function back(): void {
  const { name, card, keypad, purpose } = useScreen.getState();
  if (card) useScreen.setState({ card: null });
  else if (keypad) useScreen.setState({ keypad: false });
  else if (purpose !== "default") useScreen.setState({ purpose: "default" });
  else if (name !== "console") showScreen("console");
  focusRegion("calls");
}
