//! The desktop's road to the host: one command, one event. The only file that imports Tauri.

import { invoke, isTauri } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import type { Response } from "./bindings/Response";
import type { UiEvent } from "./bindings/UiEvent";
import type { Transport } from "./platform";

/** The Tauri event that carries every `UiEvent`. */
const EVENT = "usher";

export function insideTauri(): boolean {
  return isTauri();
}

/** The one window there is. */
export function fillScreen(value: boolean): Promise<void> {
  return invoke("plugin:window|set_fullscreen", { label: "main", value });
}

export function connectTauri(): Transport {
  return {
    // As text: the host knows its length before it takes it apart.
    request: (envelope) => invoke<Response>("request", { envelope: JSON.stringify(envelope) }),
    listen(listener) {
      listener.connection("connecting");
      const listening = listen<UiEvent>(EVENT, ({ payload }) => listener.event(payload));
      listening.then(
        () => listener.connection("open"),
        () => listener.connection("refused"),
      );
      return () => void listening.then((unlisten) => unlisten());
    },
  };
}
