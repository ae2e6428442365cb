//! One clock for every timer on the screen: the host's time, and one tick a second. A timer renders itself again when its
//! own text changes; nothing else does.

import { useSyncExternalStore } from "react";

const TICK_MS = 1_000;

let offset_ms = 0;
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

/** Called with every view from the host, so that timers are right where this computer's clock is not. */
export function setHostTime(host_now: number): void {
  offset_ms = host_now - Date.now();
}

export function hostNow(): number {
  return Date.now() + offset_ms;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tick, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

function tick(): void {
  for (const listener of listeners) listener();
}

/** A value made from the host's time; renders again only when the value (a string or number) changes. */
export function useClock<T extends string | number | boolean>(read: (now: number) => T): T {
  return useSyncExternalStore(subscribe, () => read(hostNow()));
}
