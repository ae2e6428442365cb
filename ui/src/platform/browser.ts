//! The browser's road to the host: `POST /api` and a WebSocket at `/events`, on the origin the page came from.
//! Reconnects for ever; what was missed meanwhile is the listener's to fetch.

import type { Response as Answer } from "./bindings/Response";
import type { UiEvent } from "./bindings/UiEvent";
import { type HostListener, isApiError, RefusedError, type Transport } from "./platform";

const RETRY_MS_MIN = 250;
/** A receptionist should not wait longer than this after the host is back. */
const RETRY_MS_MAX = 4_000;

export function connectBrowser(): Transport {
  return { request, listen };
}

async function request(envelope: unknown): Promise<Answer> {
  const reply = await fetch("/api", {
    method: "POST",
    headers: { "content-type": "application/json" },
    credentials: "same-origin",
    body: JSON.stringify(envelope),
  });
  if (reply.ok) return (await reply.json()) as Answer;
  throw await refusal(reply);
}

async function refusal(reply: globalThis.Response): Promise<RefusedError> {
  const body: unknown = await reply.json().catch(() => null);
  if (isApiError(body)) return RefusedError.from(body);
  return new RefusedError(`http_${reply.status}`, reply.statusText, null);
}

function listen(listener: HostListener): () => void {
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let retry_ms = RETRY_MS_MIN;
  let closed = false;

  function connect(): void {
    socket = new WebSocket(new URL("/events", location.href.replace(/^http/, "ws")));
    socket.onopen = () => {
      retry_ms = RETRY_MS_MIN;
      listener.connection("open");
    };
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") listener.event(JSON.parse(data) as UiEvent);
    };
    socket.onclose = () => {
      if (closed) return;
      listener.connection("lost");
      timer = setTimeout(connect, retry_ms);
      retry_ms = Math.min(retry_ms * 2, RETRY_MS_MAX);
    };
  }

  listener.connection("connecting");
  connect();
  return () => {
    closed = true;
    clearTimeout(timer);
    socket?.close();
  };
}
