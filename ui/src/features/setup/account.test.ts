//! Whether a SIP account is worth trying.

import { describe, expect, it } from "vitest";
import type { SipAccountView } from "../../platform/bindings";
import { EMPTY_ACCOUNT, formFrom, problemsOf, trimmed } from "./account";

const GOOD = { ...EMPTY_ACCOUNT, user: "4000", password: "p", registrar: "pbx.example.com" };

describe("a SIP account", () => {
  it("needs a server, a user and a password", () => {
    expect(Object.keys(problemsOf(EMPTY_ACCOUNT, false)).sort()).toEqual(["password", "registrar", "user"]);
    expect(problemsOf(GOOD, false)).toEqual({});
  });

  it("may keep the stored password by leaving it empty", () => {
    expect(problemsOf({ ...GOOD, password: "" }, true)).toEqual({});
  });

  it.each(["pbx:5061", "10.0.0.1", "[2001:db8::1]:5060", "2001:db8::1"])("may be at %s", (registrar) => {
    expect(problemsOf({ ...GOOD, registrar }, false)).toEqual({});
  });

  it.each(["pbx:", "pbx:0", "pbx:70000", "pbx:sip", "my pbx"])("is not at %j", (registrar) => {
    expect(problemsOf({ ...GOOD, registrar }, false)).toHaveProperty("registrar");
  });

  it("is sent without spaces around, but the password as typed", () => {
    expect(trimmed({ ...GOOD, user: " 4000 ", password: " p " })).toMatchObject({
      user: "4000",
      password: " p ",
    });
  });

  it("never begins with a password", () => {
    expect(formFrom({ ...GOOD, password: "stored" } as SipAccountView).password).toBe("");
  });
});
