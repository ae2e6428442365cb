//! A receptionist's morning in training mode, by keyboard alone, through the real program: the same engine, store and door
//! as with real telephones, only the callers are simulated.

import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { axeFindings } from "./axe";
import { openBrowser } from "./browser";
import { openUsher, type Usher, usherIsGiven } from "./usher";

/** A simulated caller comes within 40 seconds of the one before. */
const NEXT_CALLER_MS = 60_000;

describe.skipIf(!usherIsGiven)("a morning with simulated callers", () => {
  let usher: Usher;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const errors: string[] = [];

  const ringing = () => page.getByRole("region", { name: "Ringing call" });
  const talking = () => page.getByRole("region", { name: "Talking" });
  const onHold = () => page.getByRole("region", { name: "On hold" });
  const parked = () => page.getByRole("region", { name: "Parked" });

  async function nextCaller(): Promise<void> {
    await ringing().waitFor({ timeout: NEXT_CALLER_MS });
    await page.keyboard.press("Enter");
    await talking().waitFor();
  }

  beforeAll(async () => {
    usher = await openUsher();
    browser = await openBrowser();
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    page = await context.newPage();
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(usher.link);
  });
  afterAll(async () => {
    await browser.close();
    await usher.end();
  });

  it("the recovery key is shown first, and three of its words typed back", async () => {
    const shown = page.getByRole("list", { name: "The 24 words, in this order" }).getByRole("listitem");
    await shown.first().waitFor();
    const words = (await shown.allInnerTexts()).map((text) => text.replace(/[^a-z]/g, ""));
    expect(words).toHaveLength(24);
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole("button", { name: "I have kept it" }).click();
    for (const label of await page.getByText(/^Word \d+$/).allInnerTexts()) {
      await page.getByLabel(label, { exact: true }).fill(words[Number(label.slice(5)) - 1] ?? "");
    }
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "The recovery key is kept." }).waitFor();
    await page.keyboard.press("Enter");
  });

  it("first run asks, and training starts", async () => {
    await page.getByRole("button", { name: "Start training" }).click();
    await page.getByRole("combobox").waitFor();
    await page.getByText("every caller here is simulated").waitFor();
  });

  it("an address book comes in, and its bad row is listed", async () => {
    await page.keyboard.press("Alt+b");
    const rows = ["Name,Phone,Department", "Anna Keller,4020,Sales", "Beno Frei,4021,Service desk", ",,"];
    await page
      .locator("input[type=file]")
      .setInputFiles({ name: "staff.csv", mimeType: "text/csv", buffer: Buffer.from(rows.join("\n")) });
    await page.getByText(/2 contacts imported/).waitFor();
    await page.keyboard.press("Alt+a");
  });

  it(
    "a caller rings and Enter answers",
    async () => {
      await ringing().waitFor({ timeout: NEXT_CALLER_MS });
      expect(await ringing().innerText()).toContain("SIMULATED");
      expect(await axeFindings(page)).toEqual([]);
      await page.keyboard.press("Enter");
      await talking().waitFor();
    },
    NEXT_CALLER_MS * 2,
  );

  it("H holds and retrieves", async () => {
    await page.keyboard.press("h");
    await onHold().waitFor();
    await page.keyboard.press("h");
    await talking().waitFor();
    await onHold().waitFor({ state: "detached" });
  });

  it("P parks in a slot and U brings back", async () => {
    await page.keyboard.press("p");
    await parked()
      .getByRole("button", { name: /Slot 1/ })
      .waitFor();
    await talking().waitFor({ state: "detached" });
    await page.keyboard.press("u");
    await talking().waitFor();
  });

  it("a contact is found by typing, and Enter puts the caller through", async () => {
    await page.keyboard.press("t");
    await page.keyboard.type("kell");
    await page.getByRole("row", { name: /Anna Keller/ }).waitFor();
    await page.keyboard.press("Enter");
    await talking().waitFor({ state: "detached" });
    // 4020 rings for at most six seconds and answers.
    await page
      .getByRole("region", { name: "Being put through" })
      .waitFor({ state: "detached", timeout: 20_000 });
  });

  it("the history tells how it ended and to whom", async () => {
    await page.keyboard.press("Alt+l");
    await page.getByRole("row", { name: /Put through.*Anna Keller/ }).waitFor({ timeout: 20_000 });
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByText("Anna Keller").first().waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.getByRole("combobox").waitFor();
  });

  it(
    "a consultation is taken back and the caller is there again",
    async () => {
      await nextCaller();
      await page.keyboard.press("c");
      await page.keyboard.type("frei");
      await page.getByRole("row", { name: /Beno Frei/ }).waitFor();
      await page.keyboard.press("Enter");
      await page.getByRole("region", { name: "Consulting" }).waitFor();
      await page.getByText("you talk").waitFor({ timeout: 20_000 });
      await page.keyboard.press("x");
      await talking().waitFor();
      await page.keyboard.press("Control+e");
      await talking().waitFor({ state: "detached" });
    },
    NEXT_CALLER_MS * 2,
  );

  it("nothing was refused by the content policy and nothing failed on the way", () => {
    expect(errors).toEqual([]);
  });
});
