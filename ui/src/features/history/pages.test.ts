//! Pages of history becoming one list.

import { describe, expect, it } from "vitest";
import { HISTORY } from "../../../e2e/fixtures/views";
import { afterNews, NO_PAGES } from "./pages";

const first = { rows: HISTORY.slice(10, 20), next: "20" };
const loaded = afterNews(NO_PAGES, { kind: "newest", page: first });

describe("the history", () => {
  it("grows at the end, and knows when it is whole", () => {
    const more = afterNews(loaded, { kind: "older", page: { rows: HISTORY.slice(20, 25), next: null } });
    expect(more.rows).toHaveLength(15);
    expect(more.state).toBe("whole");
  });

  it("puts a new call on top and keeps the older pages", () => {
    const news = afterNews(loaded, { kind: "newest", page: { rows: HISTORY.slice(9, 19), next: "19" } });
    expect(news.rows.map(({ call }) => call)).toEqual(HISTORY.slice(9, 20).map(({ call }) => call));
    expect(news.next).toBe("20");
  });

  it("shows how a call that went on has ended", () => {
    const [row, ...rest] = first.rows;
    if (!row) throw new Error("the fixture has rows");
    const going = afterNews(NO_PAGES, {
      kind: "newest",
      page: { ...first, rows: [{ ...row, ended: null, outcome: null }, ...rest] },
    });
    const ended = afterNews(going, { kind: "newest", page: first });
    expect(ended.rows[0]?.outcome).toBe(row.outcome);
    expect(ended.rows).toHaveLength(10);
  });

  it("begins again when more is new than a page holds, so that no hole stays", () => {
    const news = afterNews(loaded, { kind: "newest", page: { rows: HISTORY.slice(0, 5), next: "5" } });
    expect(news.rows).toHaveLength(5);
    expect(news.next).toBe("5");
  });

  it("does not show a call twice when pages overlap", () => {
    const more = afterNews(loaded, { kind: "older", page: { rows: HISTORY.slice(15, 22), next: "22" } });
    expect(more.rows).toHaveLength(12);
  });
});
