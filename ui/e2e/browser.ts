//! The browser that the journeys drive: Debian's Chromium, or the one named by `CHROMIUM`.

import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** A tab of its own for each test, in one browser for all of them. */
export interface Tabs {
  page: Page;
  /** What its console complained of, but for requests that the host refused: that is what some tests are about. */
  errors: string[];
}

/** Gives each test of the group it is called in a fresh tab, and afterwards none of them may have complained. */
export function freshTabs(options: BrowserContextOptions = {}): Tabs {
  const tabs = { errors: [] as string[] } as Tabs;
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    const context = await browser.newContext({ viewport: { width: 1_280, height: 800 }, ...options });
    tabs.page = await context.newPage();
    tabs.errors = [];
    const complain = (text: string) => text.includes("status of 422") || tabs.errors.push(text);
    tabs.page.on("console", (message) => message.type() === "error" && complain(message.text()));
    tabs.page.on("pageerror", (error) => complain(error.message));
  });
  afterEach(async () => {
    await tabs.page.context().close();
    expect(tabs.errors).toEqual([]);
  });
  return tabs;
}
