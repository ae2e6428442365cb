//! Pictures of every screen in every size and theme, for people to look at: `SHOTS=folder npm run e2e -- shots`.
//! Proves only that each can be drawn without an error; does nothing unless asked.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConsoleView } from "../src/platform/bindings";
import { openBrowser } from "./browser";
import { FixtureHost, ORIGIN } from "./fixtures/host";
import * as views from "./fixtures/views";

const folder = process.env["SHOTS"];
const only = process.env["ONLY"];

interface Shot {
  view: () => ConsoleView;
  act?: (page: Page, host: FixtureHost) => Promise<unknown>;
}

const SHOTS: Record<string, Shot> = {
  calm: { view: views.calm },
  ringing: { view: views.ringing },
  busy: { view: views.busy },
  searching: {
    view: views.busy,
    act: async (page) => {
      await page.keyboard.press("t");
      await page.keyboard.type("kel");
      await page.getByRole("combobox").press("ArrowDown");
    },
  },
  consulting: { view: views.consulting },
  keypad: { view: views.busy, act: (page) => page.keyboard.press("k") },
  training: { view: views.training },
  missed: { view: views.missed },
  first_run: { view: views.firstRun },
  sip_form: {
    view: views.firstRun,
    act: async (page) => {
      await page.getByRole("button", { name: "Connect …" }).click();
      await page.getByRole("button", { name: "Connect", exact: true }).click();
    },
  },
  history: { view: views.calm, act: (page) => page.keyboard.press("Alt+l") },
  card: {
    view: views.calm,
    act: async (page) => {
      await page.keyboard.press("Alt+l");
      await page.getByRole("grid").waitFor();
      await page.keyboard.press("Enter");
      await page.getByRole("dialog").waitFor();
    },
  },
  import: {
    view: views.calm,
    act: async (page) => {
      await page.keyboard.press("Alt+b");
      await page
        .locator("input[type=file]")
        .setInputFiles({ name: "staff.csv", mimeType: "text/csv", buffer: Buffer.from("a,b\n1,2\n") });
      await page.getByRole("table").waitFor();
    },
  },
  settings: { view: views.calm, act: (page) => page.keyboard.press("Control+,") },
  elsewhere: {
    view: views.calm,
    act: async (page, host) => {
      await page.keyboard.press("Alt+l");
      host.show(() => views.ringing());
      await page.getByRole("region", { name: "Ringing call" }).waitFor();
    },
  },
  help: { view: views.calm, act: (page) => page.keyboard.press("F1") },
};

const SIZES: Record<string, { width: number; height: number }> = {
  "1280x800": { width: 1280, height: 800 },
  "1024x640": { width: 1024, height: 640 },
  "1920x1080": { width: 1920, height: 1080 },
  "640x400": { width: 640, height: 400 },
};

const THEMES = {
  light: { colorScheme: "light" as const, forcedColors: "none" as const },
  dark: { colorScheme: "dark" as const, forcedColors: "none" as const },
  forced: { colorScheme: "dark" as const, forcedColors: "active" as const },
};

describe.skipIf(!folder)("pictures", () => {
  let browser: Browser;

  beforeAll(async () => {
    mkdirSync(folder ?? "", { recursive: true });
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  for (const [name, shot] of Object.entries(SHOTS)) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      for (const [theme, media] of Object.entries(THEMES)) {
        const title = `${name}-${size}-${theme}`;
        if (only && !new RegExp(only).test(title)) continue;
        it(title, async () => {
          const context = await browser.newContext({ viewport, ...media });
          const page = await context.newPage();
          const errors: string[] = [];
          page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
          page.on("pageerror", (error) => errors.push(error.message));
          const host = new FixtureHost(shot.view());
          await host.attach(page);
          await page.goto(ORIGIN);
          await page.locator("main :is(section, h1)").first().waitFor();
          await shot.act?.(page, host);
          await page.waitForTimeout(400);
          await page.screenshot({ path: join(folder ?? "", `${title}.png`) });
          await context.close();
          expect(errors).toEqual([]);
        });
      }
    }
  }
});
