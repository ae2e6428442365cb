//! Who sits here and what she may do, through the real page under the real content policy: signing in and out, waiting for the
//! browser, being refused, confirming, and why something is not allowed (ID-1, ID-3, ID-4, ID-5). By keyboard, clean for axe.

import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import { axeFindings } from "./axe";
import { freshTabs } from "./browser";
import * as admin from "./fixtures/admin";
import { FixtureHost, ORIGIN } from "./fixtures/host";
import * as views from "./fixtures/views";

const tabs = freshTabs({ reducedMotion: "reduce" });
let page: Page;
let host: FixtureHost;

beforeEach(async () => {
  page = tabs.page;
  host = new FixtureHost(views.calm());
  await host.attach(page);
});

const heading = (name: string) => page.getByRole("heading", { name, exact: true });

async function openConsole(): Promise<void> {
  await page.goto(ORIGIN);
  await page.getByRole("combobox").waitFor();
}

async function goTo(area: string): Promise<void> {
  await page.keyboard.press("Alt+v");
  await page
    .getByRole("navigation", { name: "Administration" })
    .getByRole("button", { name: area })
    .press("Enter");
  await page.getByRole("heading", { name: area, level: 1 }).waitFor();
}

describe("signing in", () => {
  it("is one key away, shows nothing of the console before, and goes on by itself", async () => {
    host.seat(admin.signedOut());
    await page.goto(ORIGIN);
    await heading("Sign in to Usher").waitFor();
    expect(await page.getByRole("navigation").count()).toBe(0);
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await expect.poll(() => host.did("sign_in").length).toBe(1);
    host.seat(admin.signedOut({ state: "underway", link: "https://login.example.com/authorize" }));
    await heading("Go on in your browser").waitFor();
    await page.getByText("https://login.example.com/authorize").waitFor();
    expect(await axeFindings(page)).toEqual([]);
    host.seat(admin.signedIn("user"));
    await page.getByRole("combobox").waitFor();
  });

  it("can be given up, and says why the last attempt ended", async () => {
    host.seat(admin.signedOut({ state: "underway", link: "" }));
    await page.goto(ORIGIN);
    await page.getByRole("button", { name: "Cancel" }).press("Enter");
    await expect.poll(() => host.did("cancel_sign_in").length).toBe(1);
    const message = "You closed the page of your organisation. Sign in again.";
    host.seat(admin.signedOut({ problem: { code: "sign-in.cancelled", message } }));
    await heading("You stopped the sign-in").waitFor();
    await page.getByRole("alert").filter({ hasText: message }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it("refuses who may not come in with the reason, and lets her out again", async () => {
    host.seat(
      admin.signedOut({
        state: "refused",
        person: { id: null, name: "Nora Steiner", username: "nora@example.com", roles: [] },
        problem: { code: "access.no-licence", message: "Ask an administrator for a licence." },
      }),
    );
    await page.goto(ORIGIN);
    await heading("You have no licence for Usher").waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole("button", { name: "Sign out" }).press("Enter");
    await expect.poll(() => host.did("sign_out").length).toBe(1);
  });

  it("leaves nothing on the screen of who has left", async () => {
    await openConsole();
    host.seat(admin.signedOut());
    await heading("Sign in to Usher").waitFor();
    expect(await page.getByText("Rita Meier").count()).toBe(0);
  });
});

describe("a session", () => {
  it("waits in a band while she confirms, and works on without the issuer", async () => {
    await openConsole();
    host.seat(admin.signedIn("tenant_administrator", { step_up: true, link: "https://login.example.com/" }));
    await page.getByRole("alert").filter({ hasText: "Confirm in your browser" }).waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await expect.poll(() => host.did("cancel_sign_in").length).toBe(1);
    host.seat(admin.signedIn("user", { offline_since: Date.now() - 600_000 }));
    await page.getByRole("status").filter({ hasText: "has not been reached" }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it("ends where she says so, after it was said what happens to calls; a refusal stays in sight", async () => {
    await openConsole();
    host.seat(admin.signedIn("service_owner"));
    host.show((view) => ({ ...view, me: { ...view.me, identity: "signed_in" } }));
    await page.getByText("Signed in as Rita Meier").waitFor();
    await page.getByRole("button", { name: /Rita Meier/ }).press("Enter");
    await page.getByRole("menuitem", { name: /Account/ }).press("Enter");
    const dialog = page.getByRole("dialog", { name: "Your account" });
    await dialog.getByText("callers who wait are offered to others").waitFor();
    expect(await axeFindings(page)).toEqual([]);
    host.answers.set("sign_out", () => ({
      refuse: { code: "access.calls-present", message: "You still have calls." },
    }));
    await dialog.getByRole("button", { name: "Sign out" }).press("Enter");
    await dialog.getByText("You still have calls.").waitFor();
  });
});

describe("what is not allowed", () => {
  it("stays in sight, and says which role it takes and whom to ask", async () => {
    await openConsole();
    host.seat(admin.signedIn("user"));
    await page.keyboard.press("Alt+v");
    await page.getByRole("navigation", { name: "Services" }).waitFor();
    expect(await page.getByRole("button", { name: "Save" }).getAttribute("aria-disabled")).toBe("true");
    await page.getByRole("button", { name: "Why can’t I?" }).first().press("Enter");
    const dialog = page.getByRole("dialog", { name: "Why can’t I?" });
    await dialog.getByText("Service owner: Beno Frei, Carla Rossi").waitFor();
    await dialog.getByText("You are: User.").waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press("Escape");
    const places = page.getByRole("navigation", { name: "Administration" });
    await places.getByRole("button", { name: "Who may do what" }).waitFor();
    expect(await places.getByRole("button", { name: "Users and roles" }).count()).toBe(0);
  });
});

describe("the administration", () => {
  it.each([
    "Users and roles",
    "Teams and directory",
    "Organisation units",
    "Who may do what",
    "Sign-in",
    "History of changes",
  ])("shows %s without a finding of axe, in both themes and small", async (area) => {
    await openConsole();
    await goTo(area);
    await page.waitForLoadState("networkidle");
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await axeFindings(page)).toEqual([]);
    }
    await page.setViewportSize({ width: 640, height: 400 });
    expect(await axeFindings(page)).toEqual([]);
  });

  it("gives a role to a user who was found by name", async () => {
    await openConsole();
    await goTo("Users and roles");
    await page.getByRole("textbox", { name: "Search users" }).fill("nora");
    await page.getByRole("row", { name: /Nora Steiner/ }).click();
    await page.getByRole("combobox", { name: "Over" }).selectOption({ label: "\u2003Bern" });
    await page.getByRole("button", { name: "Give", exact: true }).press("Enter");
    await expect
      .poll(() => host.did("set_grants").at(-1)?.payload)
      .toEqual({
        user: "u4",
        grants: [{ role: "service_owner", unit: "n3" }],
      });
  });

  it("puts a change back only after it was said what comes back, and says why it cannot", async () => {
    await openConsole();
    await goTo("History of changes");
    await page.getByRole("button", { name: "Undo …" }).press("Enter");
    const dialog = page.getByRole("dialog");
    await dialog.getByText("+41445550010").waitFor();
    host.answers.set("undo_change", () => ({
      refuse: { code: "change.overtaken", message: "It has been changed since." },
    }));
    await dialog.getByRole("button", { name: "Put back" }).press("Enter");
    await dialog.getByText("It has been changed since.").waitFor();
    expect(host.did("undo_change").at(-1)?.payload).toEqual({ change: "c3" });
  });

  it("keeps sign-in only when its form can be right", async () => {
    await openConsole();
    await goTo("Sign-in");
    const tenant = page.getByRole("textbox", { name: /Directory/ });
    await tenant.fill("common");
    await page.getByRole("button", { name: "Check and keep" }).press("Enter");
    await page.getByText("is neither an id").waitFor();
    expect(host.did("put_sign_in")).toEqual([]);
    await tenant.fill("contoso.example");
    host.answers.set("put_sign_in", () => ({
      refuse: { code: "sign-in.issuer-unreachable", message: "The issuer does not answer." },
    }));
    await page.getByRole("button", { name: "Check and keep" }).press("Enter");
    await page.getByText("The issuer does not answer.").waitFor();
    expect(host.did("put_sign_in")).toHaveLength(1);
  });
});
