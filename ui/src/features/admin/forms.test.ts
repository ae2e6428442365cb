import { describe, expect, it } from "vitest";
import type { SignInForm } from "../../platform/bindings";
import { cleaned, freshSignIn, freshUser, signInProblems, tenantsOf, userProblems } from "./forms";

const TENANT = "8c2f4a10-1b2c-4d3e-8f90-a1b2c3d4e5f6";

function form(change: Partial<SignInForm>): SignInForm {
  return { ...freshSignIn(), tenant: TENANT, client_id: "app", ...change };
}

describe("the form of a user", () => {
  it("asks for what a new one must have", () => {
    expect(Object.keys(userProblems(freshUser(), false)).sort()).toEqual(["name", "object", "username"]);
    const rita = { ...freshUser(), name: "Rita", username: "rita@example.com", object: "1" };
    expect(userProblems(rita, false)).toEqual({});
    expect(Object.keys(userProblems({ ...rita, email: "rita" }, false))).toEqual(["email"]);
    expect(Object.keys(userProblems({ ...rita, name: "x".repeat(257) }, false))).toEqual(["name"]);
  });

  it("finds nothing wrong with what the directory says", () => {
    expect(userProblems({ ...freshUser(), id: "1" }, true)).toEqual({});
  });
});

describe("the form of sign-in", () => {
  it("takes a directory by id or by domain, and nothing else", () => {
    expect(signInProblems(form({}))).toEqual({});
    expect(signInProblems(form({ tenant: "contoso.onmicrosoft.com" }))).toEqual({});
    for (const tenant of ["", "common", "organizations", "https://contoso.com", "8c2f"]) {
      expect(Object.keys(signInProblems(form({ tenant })))).toEqual(["tenant"]);
    }
  });

  it("lets several directories in only by name", () => {
    expect(Object.keys(signInProblems(form({ tenant: null })))).toEqual(["tenants"]);
    expect(Object.keys(signInProblems(form({ tenant: null, tenants: ["contoso.com"] })))).toEqual([
      "tenants",
    ]);
    expect(signInProblems(form({ tenant: null, tenants: [TENANT] }))).toEqual({});
  });

  it("wants another issuer encrypted, but on this computer itself", () => {
    const other = (url: string) => Object.keys(signInProblems(form({ issuer: "other", url })));
    expect(other("https://login.example.com")).toEqual([]);
    expect(other("http://127.0.0.1:3000")).toEqual([]);
    for (const url of ["", "http://login.example.com", "login.example.com", "http://localhost.example.com"]) {
      expect(other(url)).toEqual(["url"]);
    }
  });

  it("knows the contexts c1 to c99", () => {
    for (const step_up of ["c1", "c99"]) expect(signInProblems(form({ step_up }))).toEqual({});
    for (const step_up of ["c0", "c100", "1", "C1"]) {
      expect(Object.keys(signInProblems(form({ step_up })))).toEqual(["step_up"]);
    }
  });

  it("sends nothing of what it does not show", () => {
    const mixed = form({ url: "https://x", tenants: [TENANT], tenant: ` ${TENANT} ` });
    expect(cleaned(mixed)).toEqual(form({}));
    expect(cleaned({ ...mixed, issuer: "other" })).toMatchObject({
      tenant: null,
      url: "https://x",
      tenants: [],
    });
    expect(cleaned({ ...mixed, tenant: null })).toMatchObject({ tenant: null, url: null, tenants: [TENANT] });
  });

  it("reads one directory a line", () => {
    expect(tenantsOf(` ${TENANT}\n\n${TENANT}, other `)).toEqual([TENANT, "other"]);
  });
});
