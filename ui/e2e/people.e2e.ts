//! People through the real program (DIR-1, DIR-4): an address book is imported, somebody is found, made a favourite, noted
//! about, put into a group and given a stand-in; a number is blocked; all that is still there on the screen that shows it.

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { axeFindings } from "./axe";
import { openBrowser } from "./browser";
import { openUsher, type Usher, usherIsGiven } from "./usher";

const STAFF = [
  "First name;Last name;Company;Department;City;Work;Mobile",
  "Anna;Müller;Alpina AG;Sales;Zürich;4021;+41 79 200 10 10",
  "Beno;Frei;Alpina AG;Sales;Basel;4100;+41 79 200 10 11",
].join("\n");

describe.skipIf(!usherIsGiven)("people", () => {
  let usher: Usher;
  let browser: Browser;
  let page: Page;

  const search = () => page.getByRole("combobox");
  const row = (name: string) => page.getByRole("row", { name: new RegExp(name) });
  const card = () => page.getByRole("dialog");
  const part = (name: string) => card().getByRole("region", { name });

  beforeAll(async () => {
    usher = await openUsher();
    browser = await openBrowser();
    const context = await browser.newContext({ reducedMotion: "reduce" });
    page = await context.newPage();
    await page.goto(usher.link);
    await page.getByRole("button", { name: "Later" }).click();
    await page.getByRole("button", { name: "Start training" }).click();
    await search().waitFor();
    await page.keyboard.press("Alt+d");
  });
  afterAll(async () => {
    await browser.close();
    await usher.end();
  });

  it("come from a file, which then stands among the sources", async () => {
    await page.keyboard.press("Alt+b");
    await page
      .locator("input[type=file]")
      .setInputFiles({ name: "staff.csv", mimeType: "text/csv", buffer: Buffer.from(STAFF) });
    await page.getByText("2 contacts imported from staff.csv").waitFor();
    const sources = page.getByRole("list", { name: "Sources of contacts" });
    await sources
      .getByRole("listitem")
      .filter({ hasText: "staff.csv" })
      .getByText(/2 contacts · read/)
      .waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it("are found in any order of words and become favourites with one key", async () => {
    await page.keyboard.press("Alt+a");
    await search().fill("mue zu");
    await row("Anna Müller").waitFor();
    await page.keyboard.press("Alt+f");
    await expect.poll(() => page.getByRole("button", { name: "No favourite any more" }).count()).toBe(1);
    await search().fill("");
    await page.getByRole("radio", { name: "Favourites", checked: true }).waitFor();
    await expect
      .poll(() => page.getByRole("grid", { name: "Contacts found" }).getByRole("row").count())
      .toBe(1);
  });

  it("have a card with notes, groups and who stands in", async () => {
    await page.keyboard.press("Alt+a");
    await search().fill("müller");
    await row("Anna Müller").waitFor();
    await page.keyboard.press("Control+i");
    await card().getByText("Same department: Sales").waitFor();
    await part("Note").getByRole("button", { name: "Write a note …" }).press("Enter");
    await part("Note").getByLabel("Note for everybody").fill("Mondays only.");
    await part("Note").getByRole("button", { name: "Save" }).press("Enter");
    await part("Note")
      .getByText(/Mondays only\./)
      .waitFor();
    await card().getByRole("textbox", { name: "New group" }).fill("Hotline");
    await page.keyboard.press("Enter");
    await card().getByRole("checkbox", { name: "Hotline", checked: true }).waitFor();
    await part("Stands in").getByRole("button", { name: "Choose …" }).press("Enter");
    await part("Stands in").getByLabel("Who stands in").fill("frei");
    await part("Stands in")
      .getByRole("button", { name: /Beno Frei/ })
      .press("Enter");
    await part("Stands in").getByRole("button", { name: "Nobody any more" }).waitFor();
    await card()
      .getByRole("radio", { name: /Try .*79.*10 first/ })
      .click();
    await card().getByText("Mobile, tried first").waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press("Escape");
  });

  it("who must not call are listed, and the home country says how their numbers are read", async () => {
    await page.keyboard.press("Alt+b");
    await page.getByRole("tab", { name: "Numbers" }).click();
    await page.getByLabel("The telephone system stands in").selectOption("CH");
    await page.getByRole("textbox", { name: "Number" }).fill("044 555 66 77");
    await page.getByRole("textbox", { name: "Why" }).fill("Threatens us");
    await page.keyboard.press("Enter");
    const list = page.getByRole("list", { name: "Listed numbers" });
    await list.getByText("Threatens us").waitFor();
    await list.getByRole("button", { name: /^Take back/ }).press("Enter");
    await page.getByText("No number is listed.").waitFor();
    await page.getByRole("tab", { name: "Your groups" }).click();
    await page.getByText("Hotline").waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });
});
