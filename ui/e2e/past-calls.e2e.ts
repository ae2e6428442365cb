//! Past calls in a real browser (REPORT-5): a file is looked at, its mapping corrected, checked and taken over, stopped and gone on; clean
//! for axe in both themes. And through the real program: a file becomes calls of the reports.

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { axeFindings } from "./axe";
import { openBrowser } from "./browser";
import * as admin from "./fixtures/admin";
import { FixtureHost, ORIGIN } from "./fixtures/host";
import * as views from "./fixtures/views";
import { openUsher, usherIsGiven } from "./usher";

let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

async function open(dark = false): Promise<{ page: Page; host: FixtureHost }> {
  const context = await browser.newContext({
    colorScheme: dark ? "dark" : "light",
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const host = new FixtureHost(views.calm());
  await host.attach(page);
  await page.goto(ORIGIN);
  await page.locator("main section").first().waitFor();
  await page.keyboard.press("Alt+g");
  await page.getByRole("button", { name: "Import past calls …" }).press("Enter");
  await page.getByRole("heading", { name: "Import past calls" }).waitFor();
  return { page, host };
}

/** A file of so many bytes. */
async function choose(page: Page, bytes: number): Promise<void> {
  await page
    .getByLabel("Choose a file …")
    .last()
    .setInputFiles({
      name: "calls-2026.csv",
      mimeType: "text/csv",
      buffer: Buffer.alloc(bytes, "x"),
    });
  await page.getByText("Of the first 4,812 rows").waitFor();
}

it("a file is looked at, what is missing is said, and it is taken over with the mapping on the screen", async () => {
  const { page, host } = await open();
  await choose(page, 3 * 1024 * 1024);
  await page.getByText("windows-1252 · semicolons between columns").waitFor();
  await page.getByText("3 rows are refused:").waitFor();
  await page.getByLabel("Means: TRANSFER FAILED").selectOption("Lost by a fault");
  await page.getByText("None is refused.").waitFor();
  await page.getByLabel("Is: Verkauf").selectOption("Sales hotline");
  await page.getByLabel("Caller’s number").selectOption("not in this file");
  await expect.poll(() => host.did("check_calls").length).toBeGreaterThan(2);
  await page.getByRole("button", { name: "Import the calls" }).press("Enter");
  await page.getByText("The whole file was read.").waitFor();
  const parts = host.did("import_calls_part");
  const [first, second] = parts;
  if (first?.cmd !== "import_calls_part" || second?.cmd !== "import_calls_part") throw new Error("no parts");
  expect(first.payload.part.mapping).toMatchObject({
    columns: { caller: null, arrived: "Start time" },
    services: [{ text: "Verkauf", name: null }],
  });
  expect([parts.length, second.payload.part.is_last, second.payload.part.mapping]).toEqual([
    2,
    true,
    undefined,
  ]);
  await page.getByText("310 calls are older than 24 months").waitFor();
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save the refused rows" }).press("Enter");
  expect((await saved).suggestedFilename()).toBe("refused rows.csv");
  await page.getByRole("button", { name: "See them in the reports" }).press("Enter");
  await page.getByRole("img", { name: "Calls by interval" }).waitFor();
});

it("is stopped while another screen is looked at, and goes on", async () => {
  const { page, host } = await open();
  await choose(page, 5 * 1024 * 1024);
  const goOn = host.delay("import_calls_part");
  await page.getByRole("button", { name: "Import the calls" }).press("Enter");
  await page.getByRole("progressbar").waitFor();
  await page.keyboard.press("Alt+a");
  await page.keyboard.press("Alt+g");
  await page.getByRole("button", { name: "Import past calls …" }).press("Enter");
  await page.getByRole("button", { name: "Stop" }).press("Enter");
  goOn.over();
  await page.getByText("The import was stopped. What was taken stays").waitFor();
  expect(host.did("cancel_calls_import")).toHaveLength(1);
  await page.getByRole("button", { name: "Go on" }).press("Enter");
  await page.getByText("The whole file was read.").waitFor();
});

it("a file that cannot be read says why, and who may not import is told", async () => {
  const { page, host } = await open();
  host.answers.set("look_at_calls", () => ({
    refuse: { code: "import.unreadable", message: "This file cannot be imported: it has no heading." },
  }));
  await page
    .getByLabel("Choose a file …")
    .last()
    .setInputFiles({
      name: "a.csv",
      mimeType: "text/csv",
      buffer: Buffer.from("\n"),
    });
  await page.getByText("it has no heading").waitFor();
  host.tell({ event: "session", payload: admin.signedIn("service_owner") });
  await page.getByRole("note").waitFor();
  expect(await page.getByRole("button", { name: "Choose a file …" }).count()).toBe(0);
});

it.each([false, true])("is clean for axe before, with a file and after it (dark: %s)", async (dark) => {
  const { page } = await open(dark);
  expect(await axeFindings(page)).toEqual([]);
  await choose(page, 100);
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole("button", { name: "Import the calls" }).press("Enter");
  await page.getByText("The whole file was read.").waitFor();
  expect(await axeFindings(page)).toEqual([]);
});

describe.skipIf(!usherIsGiven)("through the real program", () => {
  it("a file becomes calls of the reports", async () => {
    const usher = await openUsher();
    const page = await (await browser.newContext({ reducedMotion: "reduce" })).newPage();
    try {
      await page.goto(usher.link);
      await page.getByRole("button", { name: "Later" }).press("Enter");
      await page.getByRole("button", { name: "Start training" }).press("Enter");
      await page.getByText("every caller here is simulated").waitFor();
      await page.keyboard.press("Alt+g");
      await page.getByRole("button", { name: "Import past calls …" }).press("Enter");
      await page
        .getByLabel("Choose a file …")
        .last()
        .setInputFiles({
          name: "old.csv",
          mimeType: "text/csv",
          buffer: Buffer.from(oldCalls()),
        });
      await page.getByText("Of the first 121 rows, 120 are calls.").waitFor();
      await page.getByText("1 row is refused:").waitFor();
      await page.getByRole("button", { name: "Import the calls" }).press("Enter");
      await page.getByText("The whole file was read.").waitFor();
      await page.getByRole("button", { name: "See them in the reports" }).press("Enter");
      await page.getByRole("button", { name: "Calls: Old hotline" }).waitFor();
      const row = page.getByRole("row").filter({ hasText: "Old hotline" });
      expect(await row.first().textContent()).toContain("120");
    } finally {
      await page.context().close();
      await usher.end();
    }
  });
});

/** Calls of yesterday by the clock on this wall, and a row that is none. */
function oldCalls(): string {
  const yesterday = new Date(Date.now() - 86_400_000).toLocaleDateString("sv-SE");
  const at = (row: number, second: number): string => {
    const two = (number: number): string => String(number).padStart(2, "0");
    return `${yesterday} ${two(9 + Math.floor(row / 60))}:${two(row % 60)}:${two(second)}`;
  };
  const rows = Array.from({ length: 120 }, (_, row) =>
    row % 4 === 0
      ? [row, at(row, 0), "", at(row, 40), "+41443002217", "Old hotline", "", "No answer"]
      : [row, at(row, 0), at(row, 12), at(row, 50), "+41443002218", "Old hotline", "Rita", "Answered"],
  );
  const heading = ["Id", "Start", "Answered", "End", "Caller", "Queue", "Agent", "Result"];
  const none = [999, "yesterday", "", "", "", "Old hotline", "", "Answered"];
  return [heading, ...rows, none].map((row) => row.join(",")).join("\n");
}
