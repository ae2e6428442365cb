//! The pages of messages as one growing list. Read again from the newest when one was left, dealt with or forwarded, as far as
//! it had been read before.

import { useCallback, useEffect, useReducer, useRef } from "react";
import type { VoicemailRow, VoicemailsPage } from "../../platform/bindings";
import { ask } from "../../platform/platform";
import { useDesk } from "../../shared/desk";

const PAGE_ROWS = 100;
/** As many rows as are asked for at once when the list is read again; what is beyond is asked for when it is scrolled to. */
const AGAIN_ROWS_MAX = 200;

export interface Messages {
  rows: readonly VoicemailRow[];
  next: string | null;
  unhandled: number;
  state: "loading" | "more" | "whole" | "failed";
}

export type MessageNews =
  | { kind: "asked" }
  | { kind: "older"; page: VoicemailsPage }
  | { kind: "again"; page: VoicemailsPage }
  | { kind: "failed" };

export const NO_MESSAGES: Messages = { rows: [], next: null, unhandled: 0, state: "loading" };

export function afterNews(messages: Messages, news: MessageNews): Messages {
  switch (news.kind) {
    case "asked":
      return { ...messages, state: "loading" };
    case "failed":
      return { ...messages, state: "failed" };
    case "again":
      return ended(news.page.rows, news.page);
    case "older": {
      const known = new Set(messages.rows.map(({ id }) => id));
      return ended([...messages.rows, ...news.page.rows.filter(({ id }) => !known.has(id))], news.page);
    }
  }
}

function ended(rows: readonly VoicemailRow[], { next, unhandled }: VoicemailsPage): Messages {
  return { rows, next, unhandled, state: next === null ? "whole" : "more" };
}

export function useMessages(handled: boolean | null): Messages & { more: () => void } {
  const [messages, tell] = useReducer(afterNews, NO_MESSAGES);
  const revision = useDesk((desk) => desk.voicemails_revision);
  const asking = useRef(false);
  const read = useRef(PAGE_ROWS);

  useEffect(() => {
    read.current = Math.min(Math.max(messages.rows.length, PAGE_ROWS), AGAIN_ROWS_MAX);
  }, [messages.rows]);

  useEffect(() => {
    let gone = false;
    ask("list_voicemails", { before: null, limit: read.current, handled }).then(
      (page) => !gone && tell({ kind: "again", page }),
      () => !gone && tell({ kind: "failed" }),
    );
    return () => {
      gone = true;
    };
  }, [handled, revision]);

  const { next, state } = messages;
  const more = useCallback(() => {
    if (next === null || state !== "more" || asking.current) return;
    asking.current = true;
    tell({ kind: "asked" });
    ask("list_voicemails", { before: next, limit: PAGE_ROWS, handled })
      .then(
        (page) => tell({ kind: "older", page }),
        () => tell({ kind: "failed" }),
      )
      .finally(() => (asking.current = false));
  }, [next, state, handled]);

  return { ...messages, more };
}
