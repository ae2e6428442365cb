//! The workflow editor in a real browser, by keyboard: insert, see a fault, undo; clean for axe in both themes (ROUTE-3).

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { createServer, type ViteDevServer } from "vite";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { WorkflowForm } from "../src/platform/bindings";
import { axeFindings } from "./axe";
import { openBrowser } from "./browser";

let server: ViteDevServer;
let browser: Browser;
let address: string;

beforeAll(async () => {
  server = await createServer({
    root: join(import.meta.dirname, ".."),
    logLevel: "error",
    server: { port: 0, strictPort: false },
  });
  await server.listen();
  address = `${server.resolvedUrls?.local[0] ?? ""}e2e/fixtures/workflow.html`;
  browser = await openBrowser();
}, 60_000);
afterAll(async () => {
  await browser.close();
  await server.close();
});

async function open(query: string, dark = false, size = { width: 1280, height: 800 }): Promise<Page> {
  const context = await browser.newContext({ viewport: size, colorScheme: dark ? "dark" : "light" });
  const page = await context.newPage();
  await page.goto(address + query);
  await page.getByRole("button", { name: /^Step 1:/ }).waitFor();
  return page;
}

function edited(page: Page): Promise<WorkflowForm | undefined> {
  return page.evaluate(() => (window as { edited?: WorkflowForm }).edited);
}

it("a step is inserted, renamed, removed and brought back by keyboard alone", async () => {
  const page = await open("");
  await page.getByRole("button", { name: /^Step 1:/ }).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Announcement" }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect.poll(() => edited(page).then((now) => now?.nodes.length)).toBe(8);
  expect((await edited(page))?.nodes.at(-1)).toMatchObject({ id: 8, step: { kind: "announce", next: 2 } });

  await page.getByRole("button", { name: /^Step 8:/ }).focus();
  await page.keyboard.press("Delete");
  await expect.poll(() => edited(page).then((now) => now?.nodes.length)).toBe(7);
  await page.keyboard.press("Control+z");
  await expect.poll(() => edited(page).then((now) => now?.nodes.length)).toBe(8);
});

it("a fault stands on its step, in the list and at its field", async () => {
  const page = await open("?faults");
  await page.getByRole("button", { name: /^Step 4: Queue.*1 problem/ }).waitFor();
  await page.getByRole("status").getByRole("button").click();
  await page.getByRole("region", { name: "Step" }).getByText("5 to 60 s").waitFor();
});

it("the outline reads every step once", async () => {
  const page = await open("");
  await page.getByRole("tab", { name: "Outline" }).click();
  for (let id = 1; id <= 7; id += 1)
    await expect.poll(() => page.getByRole("button", { name: new RegExp(`^${id} `) }).count()).toBe(1);
});

it("axe finds nothing in either theme, as picture and as outline", async () => {
  for (const dark of [false, true]) {
    const page = await open("?faults", dark);
    await page.getByRole("button", { name: /^Step 3:/ }).click();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole("tab", { name: "Outline" }).click();
    expect(await axeFindings(page)).toEqual([]);
  }
});

const shots = process.env["SHOTS"];
it.skipIf(!shots)("pictures for people to look at", async () => {
  mkdirSync(shots ?? "", { recursive: true });
  for (const dark of [false, true])
    for (const [width, height] of [
      [640, 400],
      [1024, 768],
      [1280, 800],
      [1920, 1080],
    ] as const) {
      const page = await open("?faults", dark, { width, height });
      await page.getByRole("button", { name: /^Step 3:/ }).click();
      await page.screenshot({
        path: join(shots ?? "", `workflow_${width}x${height}_${dark ? "dark" : "light"}.png`),
      });
    }
});
