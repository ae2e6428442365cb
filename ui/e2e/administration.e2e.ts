//! Administration through the real program, by keyboard: a unit is made, changed, found in the history, put back and removed.

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { axeFindings } from "./axe";
import { openBrowser } from "./browser";
import { openUsher, type Usher, usherIsGiven } from "./usher";

describe.skipIf(!usherIsGiven)("administration", () => {
  let usher: Usher;
  let browser: Browser;
  let page: Page;

  const place = (name: string) =>
    page.getByRole("navigation", { name: "Administration" }).getByRole("button", { name });
  const unit = (name: string) => page.getByRole("treeitem", { name });

  beforeAll(async () => {
    usher = await openUsher();
    browser = await openBrowser();
    const context = await browser.newContext({ reducedMotion: "reduce" });
    page = await context.newPage();
    await page.goto(usher.link);
    await page.getByRole("button", { name: "Later" }).click();
    await page.getByRole("button", { name: "Start training" }).click();
    await page.getByRole("combobox").waitFor();
    await page.keyboard.press("Alt+d");
    await page.keyboard.press("Alt+v");
  });
  afterAll(async () => {
    await browser.close();
    await usher.end();
  });

  it("makes a unit, renames it, and puts the name back from the history", async () => {
    await place("Organisation units").press("Enter");
    await page.getByRole("button", { name: "New unit" }).press("Enter");
    await page.keyboard.type("Zürich");
    await page.keyboard.press("Enter");
    await unit("Zürich").waitFor();
    const name = page.getByRole("textbox", { name: "Name" });
    await name.fill("Bern");
    await name.press("Enter");
    await unit("Bern").waitFor();
    expect(await axeFindings(page)).toEqual([]);

    await page.getByRole("button", { name: "History", exact: true }).press("Enter");
    await page
      .getByRole("row", { name: /Bern.*Changed|Changed.*Bern/ })
      .first()
      .click();
    await page.getByRole("cell", { name: "Zürich" }).waitFor();
    await page.getByRole("button", { name: "Undo …" }).press("Enter");
    await page.getByRole("button", { name: "Put back" }).press("Enter");
    await page.getByText("took a change back").waitFor();

    await place("Organisation units").press("Enter");
    await unit("Zürich").press("Enter");
    await page.getByRole("button", { name: "Remove …" }).press("Enter");
    await page.getByRole("button", { name: "Remove", exact: true }).press("Enter");
    await page.getByText("There are no units").waitFor();
  });

  it("shows the table of rights as the program applies it", async () => {
    await place("Who may do what").press("Enter");
    await page.getByRole("rowheader", { name: /Give licences and roles/ }).waitFor();
    expect(await page.getByRole("row").count()).toBeGreaterThan(10);
    expect(await axeFindings(page)).toEqual([]);
  });
});
