//! Signing in as people do: Usher's own screens, a real issuer, and its own page in a real browser (ID-1, ID-4). The first who signs
//! in sets the organisation up; another comes in once she has a licence, without signing in again.

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { axeFindings } from "./axe";
import { openBrowser } from "./browser";
import { type Issuer, issuerIsThere, startIssuer } from "./issuer";
import { openUsher, type Usher, usherIsGiven } from "./usher";

describe.skipIf(!usherIsGiven || !issuerIsThere)("signing in", () => {
  let issuer: Issuer;
  let usher: Usher;
  let browser: Browser;
  let page: Page;

  const place = (name: string) =>
    page.getByRole("navigation", { name: "Administration" }).getByRole("button", { name });

  beforeAll(async () => {
    [issuer, usher, browser] = await Promise.all([startIssuer(), openUsher(), openBrowser()]);
    page = await (await browser.newContext({ reducedMotion: "reduce" })).newPage();
    await page.goto(usher.link);
    await page.getByRole("button", { name: "Later" }).click();
    await page.getByRole("button", { name: "Start training" }).click();
    await page.getByRole("combobox").waitFor();
  });
  afterAll(async () => {
    await browser.close();
    await Promise.all([usher.end(), issuer.end()]);
  });

  /** The person at the issuer's own page, in a browser without anybody's cookies; gives what the last page says. */
  async function signsIn(person: string): Promise<string> {
    await page.getByRole("button", { name: /^Sign in with/ }).click();
    await page.getByRole("heading", { name: "Go on in your browser" }).waitFor();
    const link = await page.evaluate(async () => {
      const body = JSON.stringify({ cmd: "get_session", payload: {} });
      const answer = await fetch("/api", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      return ((await answer.json()) as { value: { link: string } }).value.link;
    });
    const theirs = await (await browser.newContext()).newPage();
    await theirs.goto(link);
    await theirs.locator("[name=login]").fill(person);
    await theirs.locator("[name=password]").fill("anything");
    await theirs.locator("[type=submit]").click();
    await theirs.locator("[type=submit]").click();
    await theirs.getByText(/close this/i).waitFor();
    const last = await theirs.content();
    await theirs.context().close();
    return last;
  }

  it("asks the issuer before it keeps it, and then lets nobody work who has not signed in", async () => {
    await page.keyboard.press("Alt+d");
    await page.keyboard.press("Alt+v");
    await place("Sign-in").press("Enter");
    await page.getByRole("combobox", { name: "Where people sign in" }).selectOption("other");
    await page.getByRole("textbox", { name: "Address of the issuer" }).fill(`${issuer.url}/nobody`);
    await page.getByRole("textbox", { name: "Client id" }).fill("usher");
    await page.getByRole("button", { name: "Check and keep" }).click();
    await page.getByRole("alert").waitFor();
    await page.getByRole("textbox", { name: "Address of the issuer" }).fill(issuer.url);
    await page.getByRole("button", { name: "Check and keep" }).click();
    await page.getByRole("heading", { name: "Sign in to Usher" }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it("lets the first who signs in set the organisation up", async () => {
    const last = await signsIn("rita");
    expect(last).not.toMatch(/eyJ|code_verifier/);
    await page.getByRole("button", { name: /Rita Frei/ }).waitFor();
    await page.keyboard.press("Alt+v");
    await place("Users and roles").press("Enter");
    await page.getByRole("row", { name: /Rita Frei.*Tenant administrator/ }).waitFor();
  });

  it("keeps out who has no licence, and lets her in once she has one", async () => {
    await page.getByRole("button", { name: /Rita Frei/ }).click();
    await page.getByRole("menuitem", { name: /Account/ }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await signsIn("tom");
    await page.getByRole("heading", { name: "You have no licence for Usher" }).waitFor();
    await page.getByRole("button", { name: "Sign in with another account" }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await signsIn("rita");
    await page.getByRole("button", { name: /Rita Frei/ }).waitFor();
    await page.keyboard.press("Alt+v");
    await place("Users and roles").press("Enter");
    await page.getByRole("row", { name: /Tom Berg.*No licence/ }).click();
    await page.getByRole("checkbox", { name: "A licence of her own" }).check();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("row", { name: /Tom Berg.*Own licence/ }).waitFor();
    await page.getByRole("button", { name: /Rita Frei/ }).click();
    await page.getByRole("menuitem", { name: /Account/ }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await signsIn("tom");
    await page.getByRole("button", { name: /Tom Berg/ }).waitFor();
    // He sees what he may not do, and whom to ask.
    await page.keyboard.press("Alt+v");
    await page.getByRole("button", { name: "Why can’t I?" }).first().click();
    await page.getByText("Rita Frei").first().waitFor();
  });
});
