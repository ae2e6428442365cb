//! Opening hours through the real program, by keyboard: made, refused at the field, asked about the days on which clocks are
//! changed, filled with holidays from a file, taken back and kept (ROUTE-4). Clean for axe in both themes.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { axeFindings } from "./axe";
import { openBrowser } from "./browser";
import { openUsher, type Usher, usherIsGiven } from "./usher";

/** Pictures for people to look at, where a folder for them is named. */
const shots = process.env["SHOTS"];
const SIZES = [
  [1024, 640],
  [1280, 800],
  [1920, 1080],
] as const;

const FILES = join(import.meta.dirname, "..", "..", "crates", "ical", "tests", "files");

describe.skipIf(!usherIsGiven)("opening hours", () => {
  let usher: Usher;
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];

  const region = (name: string) => page.getByRole("region", { name, exact: true });
  const verdict = () => region("Is it open?").getByRole("status");
  const save = () => page.getByRole("button", { name: "Save", exact: true });

  beforeAll(async () => {
    usher = await openUsher();
    browser = await openBrowser();
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      timezoneId: "Europe/Zurich",
      locale: "en-GB",
      // Colours are looked at when they have arrived.
      reducedMotion: "reduce",
    });
    page = await context.newPage();
    // A refusal by the host is part of what is tried here; the browser notes its status.
    const expected = (text: string) => text.includes("422");
    page.on(
      "console",
      (message) => message.type() === "error" && !expected(message.text()) && errors.push(message.text()),
    );
    page.on("pageerror", (error) => errors.push(error.message));
    await page.clock.setFixedTime("2026-11-26T10:00:00Z");
    await page.goto(usher.link);
    await page.getByRole("button", { name: "Later" }).click();
    await page.getByRole("button", { name: "Start training" }).click();
    await page.getByRole("combobox").waitFor();
    // Off duty, so that no simulated caller rings in between.
    await page.keyboard.press("Alt+d");
  });
  afterAll(async () => {
    await browser.close();
    await usher.end();
  });

  async function picture(name: string): Promise<void> {
    for (const dark of [false, true]) {
      await page.emulateMedia({ colorScheme: dark ? "dark" : "light" });
      expect(await axeFindings(page)).toEqual([]);
      if (!shots) continue;
      mkdirSync(shots, { recursive: true });
      for (const [width, height] of SIZES) {
        await page.setViewportSize({ width, height });
        await page.screenshot({
          path: join(shots, `hours_${name}_${width}x${height}_${dark ? "dark" : "light"}.png`),
        });
      }
      await page.setViewportSize({ width: 1280, height: 800 });
    }
    await page.emulateMedia({ colorScheme: "light" });
  }

  it("are made with the hours of most offices and this computer's zone, and kept by Ctrl+S", async () => {
    await page.keyboard.press("Alt+o");
    await page.getByText("No opening hours yet.").waitFor();
    await picture("none");
    await page.getByRole("button", { name: "New opening hours" }).press("Enter");
    expect(await page.getByRole("combobox", { name: "Time zone" }).inputValue()).toBe("Europe/Zurich");
    await page.getByLabel("Name", { exact: true }).fill("Front desk");
    await page.keyboard.press("Control+s");
    await page.getByRole("button", { name: /^Front desk (Open|Closed) until/ }).waitFor();
    await expect.poll(() => save().getAttribute("aria-disabled")).toBe("true");
  });

  it("say at the field what is wrong, and are not kept with it", async () => {
    await page.getByRole("button", { name: /^Change: Office hours/ }).press("Enter");
    const from = page.getByLabel("From", { exact: true });
    await from.fill("8");
    await region("The week").getByText("Permitted: a time of day such as 08:00, up to 24:00").waitFor();
    await page.getByText("1 entry to mend before it can be saved").waitFor();
    await expect.poll(() => save().getAttribute("aria-disabled")).toBe("true");
    await picture("fault");
    await page.getByLabel("Name", { exact: true }).first().focus();
    await page.getByRole("button", { name: "Go to the first" }).press("Enter");
    await expect.poll(() => from.evaluate((field) => field === document.activeElement)).toBe(true);
    await from.fill("08:00");
    await page.getByText("to mend before").waitFor({ state: "detached" });
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /^Change: Office hours/ }).waitFor();
  });

  it("answer for the days on which clocks are put forward or back", async () => {
    const asked = page.getByLabel("Date and time there");
    await asked.fill("2027-03-28T02:30");
    await verdict().getByText("it counts as 03:30").waitFor();
    await verdict().getByText("until Mon, 29 Mar 2027, 08:00").waitFor();
    await asked.fill("2027-10-31T02:30");
    await verdict().getByText("shows this time twice").waitFor();
    await verdict()
      .getByText(/UTC\+02:00/)
      .waitFor();
    await verdict()
      .getByText(/UTC\+01:00/)
      .waitFor();
    const special = page.getByRole("list", { name: "Holidays, exceptions and clock changes in 2027" });
    await special.getByRole("button", { name: /Clock back/ }).press("Enter");
    await page
      .getByRole("img", { name: /^Sunday,? 31 October 2027: .*Clock back: 03:00 becomes 02:00/ })
      .waitFor();
    await picture("clocks");
    await page.getByRole("button", { name: "Now", exact: true }).press("Enter");
  });

  it("take holidays from a file, after a look at what was and was not understood, and give them back", async () => {
    await page.getByRole("button", { name: "Import holidays …" }).press("Enter");
    await page.locator("input[type=file]").setInputFiles(join(FILES, "england-and-wales.ics"));
    const dialog = page.getByRole("dialog");
    await dialog.getByText("16 entries found").waitFor();
    await page.locator("input[type=file]").setInputFiles(join(FILES, "feiertage-zuerich.ics"));
    await dialog.getByText("23 entries found").waitFor();
    await dialog.getByText("it has no end; told date by date until 2030-12-31").waitFor();
    await picture("import");
    await dialog.getByRole("checkbox", { name: /^Berchtoldstag/ }).press("Space");
    await dialog.getByRole("button", { name: "Add 22 entries" }).press("Enter");
    await page
      .getByRole("button", { name: /^Change: Bundesfeier, every year on 1 August, Closed/ })
      .waitFor();
    expect(await page.getByRole("button", { name: /^Change: Berchtoldstag/ }).count()).toBe(0);
    await page.getByRole("button", { name: "Undo" }).press("Enter");
    await region("Holidays and exceptions").getByText("No entries").waitFor();
    await page.getByRole("button", { name: "Redo" }).press("Enter");
    await page.getByLabel("Date and time there").fill("2027-08-01T10:00");
    await verdict().getByText("Because of Bundesfeier").waitFor();
    await picture("holidays");
    await save().press("Enter");
    await page.getByText("Not saved").waitFor({ state: "detached" });
  });

  it("refuse a file that is none, with its line", async () => {
    await page.getByRole("button", { name: "Import holidays …" }).press("Enter");
    const file = { name: "page.ics", mimeType: "text/calendar", buffer: Buffer.from("\n<html>") };
    await page.locator("input[type=file]").setInputFiles(file);
    await page
      .getByRole("dialog")
      .getByText(/line 2: file is "<html>"/)
      .waitFor();
    await page.keyboard.press("Escape");
  });

  it("ask before changes are lost, and are as they were kept after the window has been opened anew", async () => {
    await page.getByLabel("Name", { exact: true }).first().fill("Reception");
    await page.getByRole("button", { name: "New opening hours" }).press("Enter");
    await page.getByRole("dialog", { name: "Keep the changes?" }).waitFor();
    await page.getByRole("button", { name: "Discard", exact: true }).press("Enter");
    await page.getByText("Not saved").waitFor();
    await page.getByRole("button", { name: "Discard changes" }).press("Enter");
    await page.reload();
    await page.getByRole("combobox").waitFor();
    await page.keyboard.press("Alt+o");
    await page.getByRole("button", { name: /^Front desk/ }).waitFor();
    await page.getByRole("button", { name: /^Change: Bundesfeier/ }).waitFor();
    await page.getByRole("button", { name: "Delete" }).press("Enter");
    await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).press("Enter");
    await page.getByText("No opening hours yet.").waitFor();
    expect(errors).toEqual([]);
  });
});
