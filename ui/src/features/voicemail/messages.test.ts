import { expect, test } from "vitest";
import type { VoicemailRow, VoicemailsPage } from "../../platform/bindings";
import { afterNews, NO_MESSAGES } from "./messages";

const row = (id: string): VoicemailRow => ({
  id,
  call: id,
  service: "1",
  service_name: "Main line",
  caller: { party: "1", name: null, company: null, number: null, contact: null },
  left: 0,
  length_ms: 0,
  handled: false,
  simulated: false,
});
const page = (ids: string[], next: string | null, unhandled: number): VoicemailsPage => ({
  rows: ids.map(row),
  next,
  unhandled,
});
const ids = (rows: readonly VoicemailRow[]): string => rows.map(({ id }) => id).join("");

test("pages grow into one list and nothing stands in it twice", () => {
  let messages = afterNews(NO_MESSAGES, { kind: "again", page: page(["d", "c"], "after c", 4) });
  expect(messages).toMatchObject({ state: "more", next: "after c", unhandled: 4 });
  messages = afterNews(messages, { kind: "asked" });
  expect(messages.state).toBe("loading");
  messages = afterNews(messages, { kind: "older", page: page(["c", "b", "a"], null, 4) });
  expect(ids(messages.rows)).toBe("dcba");
  expect(messages.state).toBe("whole");
});

test("what was dealt with is gone when the list is read again, and a failure keeps what is shown", () => {
  let messages = afterNews(NO_MESSAGES, { kind: "again", page: page(["b", "a"], null, 2) });
  messages = afterNews(messages, { kind: "again", page: page(["a"], null, 1) });
  expect(ids(messages.rows)).toBe("a");
  messages = afterNews(messages, { kind: "failed" });
  expect(messages).toMatchObject({ state: "failed", unhandled: 1 });
  expect(ids(messages.rows)).toBe("a");
});
