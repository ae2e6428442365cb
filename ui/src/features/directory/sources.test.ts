//! How sources stand, in words, and what their form lacks.

import { describe, expect, it } from "vitest";
import { SOURCES } from "../../../e2e/fixtures/directory";
import { freshSource, isDegraded, ofKind, secured, sourceProblems, standing } from "./sources";

const NOW = SOURCES[0]?.last_ok ?? 0;
const MINUTE = 60_000;

function source(part: Partial<(typeof SOURCES)[number]>) {
  const [first] = SOURCES;
  if (first === undefined) throw new Error("there are sources");
  return { ...first, last_ok: NOW, last_try: NOW, schedule_minutes: null, progress: null, ...part };
}

describe("a source", () => {
  it("says how many it has and how old they are", () => {
    expect(standing(source({ contacts: 1_204 }), NOW + 4 * MINUTE)).toBe("1,204 contacts · read 4 min ago");
    expect(standing(source({ contacts: 1, schedule_minutes: 60 }), NOW)).toBe(
      "1 contact · read 0 s ago · by itself every hour",
    );
  });

  it("says how far it is read", () => {
    const reading = source({ state: "reading", progress: { done: 3_000, total: 0 } });
    expect(standing(reading, NOW)).toBe("3,000 contacts read so far");
  });

  it("that cannot be read says how old what it holds is, and when it was tried", () => {
    const failed = source({ state: "failed", last_try: NOW + 50 * MINUTE });
    expect(standing(failed, NOW + 60 * MINUTE)).toBe("read 1 h ago · last tried 10 min ago");
    expect(standing(source({ state: "needs_consent", last_ok: null, last_try: null }), NOW)).toBe(
      "never read yet",
    );
    expect(["ok", "reading"].map((state) => isDegraded({ state } as never))).toEqual([false, false]);
    expect(["stale", "needs_consent", "failed"].map((state) => isDegraded({ state } as never))).toEqual([
      true,
      true,
      true,
    ]);
  });
});

describe("the form of a source", () => {
  it("names what is missing as the host does", () => {
    expect(Object.keys(sourceProblems(freshSource()))).toEqual(["name", "ldap.host"]);
    expect(Object.keys(sourceProblems(ofKind(freshSource(), "shared_contacts")))).toEqual([
      "name",
      "mailbox",
    ]);
    expect(sourceProblems({ ...ofKind(freshSource(), "outlook_contacts"), name: "Mine" })).toEqual({});
  });

  it("sends of each kind only what it needs", () => {
    expect(ofKind(freshSource(), "entra_users")).toMatchObject({ mailbox: null, ldap: null });
    expect(ofKind(ofKind(freshSource(), "entra_users"), "ldap").ldap?.port).toBe(636);
  });

  it("takes the port that goes with the encryption, but not for one that was typed", () => {
    const { ldap } = freshSource();
    if (ldap === null) throw new Error("a directory comes first");
    expect(secured(ldap, "start_tls").port).toBe(389);
    expect(secured({ ...ldap, port: 1_636 }, "start_tls").port).toBe(1_636);
  });

  it("refuses a port that is none", () => {
    const form = { ...freshSource(), name: "Staff" };
    const ported = (port: number) => ({ ...form, ldap: form.ldap && { ...form.ldap, host: "h", port } });
    expect(sourceProblems(ported(636))).toEqual({});
    for (const port of [0, 65_536, 1.5, NaN])
      expect(Object.keys(sourceProblems(ported(port)))).toEqual(["ldap.port"]);
  });
});
