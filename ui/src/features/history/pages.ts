//! The pages of the call history as one growing list. The newest page is read again when a call has ended, without losing
//! the place in the list.

import { useCallback, useEffect, useReducer, useRef } from "react";
import type { HistoryPage, HistoryRow } from "../../platform/bindings";
import { ask } from "../../platform/platform";
import { useDesk } from "../../shared/desk";

const PAGE_ROWS = 100;

export interface Pages {
  rows: readonly HistoryRow[];
  next: string | null;
  state: "loading" | "more" | "whole" | "failed";
}

export type PageNews =
  | { kind: "asked" }
  | { kind: "older"; page: HistoryPage }
  | { kind: "newest"; page: HistoryPage }
  | { kind: "failed" };

export const NO_PAGES: Pages = { rows: [], next: null, state: "loading" };

export function afterNews(pages: Pages, news: PageNews): Pages {
  switch (news.kind) {
    case "asked":
      return { ...pages, state: "loading" };
    case "failed":
      return { ...pages, state: "failed" };
    case "older":
      return ended({ rows: [...pages.rows, ...unknownTo(pages.rows, news.page.rows)], next: news.page.next });
    case "newest":
      return pages.rows.length === 0 ? ended(news.page) : withNewest(pages, news.page);
  }
}

/** Rows that changed since (a call that went on has ended) are replaced; what is older than the page stays. */
function withNewest(pages: Pages, newest: HistoryPage): Pages {
  const older = unknownTo(newest.rows, pages.rows);
  const disjoint = older.length === pages.rows.length;
  // More than a page of new calls: there is a hole between, so begin again.
  if (disjoint && newest.next !== null) return ended(newest);
  return { ...pages, rows: [...newest.rows, ...older] };
}

function ended({ rows, next }: HistoryPage): Pages {
  return { rows, next, state: next === null ? "whole" : "more" };
}

function unknownTo(known: readonly HistoryRow[], rows: readonly HistoryRow[]): HistoryRow[] {
  const keys = new Set(known.map(keyOf));
  return rows.filter((row) => !keys.has(keyOf(row)));
}

function keyOf(row: HistoryRow): string {
  return `${row.call}-${row.part}`;
}

export function useHistory(simulated: boolean): Pages & { more: () => void } {
  const [pages, tell] = useReducer(afterNews, NO_PAGES);
  const revision = useDesk((desk) => desk.history_revision);
  const asking = useRef(false);

  useEffect(() => {
    let gone = false;
    ask("get_history", { before: null, limit: PAGE_ROWS, simulated }).then(
      (page) => !gone && tell({ kind: "newest", page }),
      () => !gone && tell({ kind: "failed" }),
    );
    return () => {
      gone = true;
    };
  }, [simulated, revision]);

  const { next, state } = pages;
  const more = useCallback(() => {
    if (next === null || state !== "more" || asking.current) return;
    asking.current = true;
    tell({ kind: "asked" });
    ask("get_history", { before: next, limit: PAGE_ROWS, simulated })
      .then(
        (page) => tell({ kind: "older", page }),
        () => tell({ kind: "failed" }),
      )
      .finally(() => (asking.current = false));
  }, [next, state, simulated]);

  return { ...pages, more };
}
