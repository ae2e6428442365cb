//! What the host's events make of the desk, and what of it stays the same.

import { describe, expect, it } from "vitest";
import { busy, calm } from "../../e2e/fixtures/views";
import type { SessionView } from "../platform/bindings";
import { afterEvent, type Desk, isAnother } from "./desk";
import { share } from "./sharing";

const desk: Desk = {
  view: { ...calm(), revision: 7 },
  connection: "open",
  notices: [],
  history_revision: 0,
  contacts_revision: 0,
  services_revision: 0,
  sounds_revision: 0,
  voicemails_revision: 0,
  presences: new Map(),
  presence_problem: null,
  sources_revision: 0,
  personal_revision: 0,
  numbers_revision: 0,
  planning: null,
  call_asked: null,
  protection: null,
  lock: null,
  session: null,
  last: null,
  board: null,
  users_revision: 0,
};

describe("the desk", () => {
  it("takes a newer view and leaves an older one", () => {
    const newer = { ...busy(), revision: 8 };
    expect(afterEvent(desk, { event: "console", payload: newer }).view?.calls).toHaveLength(3);
    expect(afterEvent(desk, { event: "console", payload: { ...busy(), revision: 7 } })).toEqual({});
  });

  it("keeps the last four notices", () => {
    let now = desk;
    for (let n = 1; n <= 6; n += 1) {
      const notice = { urgency: "low" as const, code: `n${n}`, message: "", call: null };
      now = { ...now, ...afterEvent(now, { event: "notice", payload: notice }) };
    }
    expect(now.notices.map(({ code }) => code)).toEqual(["n3", "n4", "n5", "n6"]);
  });

  it("counts changes of history and address books, so that who shows them asks again", () => {
    expect(afterEvent(desk, { event: "history_changed" })).toEqual({ history_revision: 1 });
    expect(afterEvent(desk, { event: "contacts_changed" })).toEqual({ contacts_revision: 1 });
  });
});

describe("who sits here", () => {
  function session(state: SessionView["state"], username: string | null): SessionView {
    return {
      state,
      person: username === null ? null : { id: "1", name: username, username, roles: [] },
      problem: null,
      link: null,
      code: null,
      offline_since: null,
      step_up: false,
      issuer: null,
      may: [],
    };
  }
  const told = (now: Desk, payload: SessionView): Desk => ({
    ...now,
    ...afterEvent(now, { event: "session", payload }),
  });

  it("takes what was shown away when she leaves, and keeps nothing for the next one", () => {
    const here = told(desk, session("signed_in", "rita"));
    expect(here.view).toBe(desk.view);
    const left = told({ ...here, call_asked: "4010" }, session("signed_out", null));
    expect([left.view, left.protection, left.call_asked, left.notices]).toEqual([null, null, null, []]);
  });

  it("is somebody else only when another one sat down before", () => {
    expect(isAnother(desk, session("signed_in", "rita"))).toBe(false);
    const left = told(told(desk, session("signed_in", "rita")), session("signed_out", null));
    expect(isAnother(left, session("underway", null))).toBe(false);
    expect(isAnother(left, session("refused", "mallory"))).toBe(false);
    expect(isAnother(left, session("signed_in", "rita"))).toBe(false);
    expect(isAnother(left, session("signed_in", "anna"))).toBe(true);
  });
});

describe("a view that arrives", () => {
  it("keeps the rows that did not change, also when others left above them", () => {
    const before = busy();
    const after = structuredClone(before);
    after.queue.shift();
    const shared = share(before, after);
    expect(shared.queue).toHaveLength(2);
    expect(shared.queue[0]).toBe(before.queue[1]);
    expect(shared.queue[1]).toBe(before.queue[2]);
    expect(shared.services).toBe(before.services);
    expect(shared.me).toBe(before.me);
  });

  it("replaces the row that changed and what holds it", () => {
    const before = busy();
    const after = structuredClone(before);
    const call = after.calls[1];
    if (call) call.alert = !call.alert;
    const shared = share(before, after);
    expect(shared.calls).not.toBe(before.calls);
    expect(shared.calls[0]).toBe(before.calls[0]);
    expect(shared.calls[1]).not.toBe(before.calls[1]);
  });

  it("is itself when nothing is shared", () => {
    expect(share(null, { a: 1 })).toEqual({ a: 1 });
    expect(share([1, 2], [1, 2, 3])).toEqual([1, 2, 3]);
    expect(share({ a: 1, b: 2 }, { a: 1 })).toEqual({ a: 1 });
  });
});
