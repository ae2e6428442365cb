//! Pictures of every screen in every size and theme, for people to look at: `SHOTS=folder npm run e2e -- shots`.
//! Proves only that each can be drawn without an error; does nothing unless asked.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConsoleView, LockReason, ProtectionView } from "../src/platform/bindings";
import { openBrowser } from "./browser";
import { FixtureHost, ORIGIN } from "./fixtures/host";
import * as views from "./fixtures/views";

const folder = process.env["SHOTS"];
const only = process.env["ONLY"];

interface Shot {
  view: () => ConsoleView;
  protection?: () => ProtectionView;
  act?: (page: Page, host: FixtureHost) => Promise<unknown>;
}

const LOCKS: readonly LockReason[] = [
  "keychain_locked",
  "keychain_missing",
  "key_gone",
  "key_foreign",
  "key_not_kept",
  "key_file_missing",
  "key_file_damaged",
  "data_damaged",
  "data_rolled_back",
];

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
  recovery: { view: views.firstRun, protection: views.unkept },
  recovery_only: {
    view: views.firstRun,
    protection: () => ({ ...views.unkept(), key_home: "recovery_key" }),
  },
  recovery_confirm: {
    view: views.firstRun,
    protection: views.unkept,
    act: async (page) => {
      await page.getByRole("button", { name: "I have kept it" }).click();
      await page.getByLabel("Word 4").fill("wrong");
    },
  },
  recovery_later: {
    view: views.ringing,
    protection: views.unkept,
  },
  recovery_new: {
    view: views.calm,
    protection: () => ({ ...views.safe(), recovery: "renewing" }),
    act: async (page) => {
      await page.keyboard.press("Control+,");
      await page.getByRole("button", { name: "Show it …" }).click();
      await page.getByRole("heading", { name: "Your new recovery key" }).waitFor();
    },
  },
  protection: { view: views.calm, act: protection },
  protection_bad: { view: views.busy, protection: views.neglected, act: protection },
  protection_new: { view: views.calm, protection: views.unkept, act: protection },
  backup_form: {
    view: views.calm,
    act: async (page, host) => {
      await protection(page);
      host.answers.set("set_backup", () => ({
        refuse: {
          code: "backup.misplaced",
          message:
            "The backup cannot go there: s3://usher-bern/reception lies in Germany, and the data of this deployment may be kept in Switzerland only.",
        },
      }));
      await page.getByRole("button", { name: "Change …" }).click();
      await page.getByLabel("Region").fill("eu-central-1");
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByRole("alert").getByText("cannot go there").waitFor();
    },
  },
  backup_folder: {
    view: views.calm,
    protection: views.unkept,
    act: async (page) => {
      await protection(page);
      await page.getByRole("button", { name: "Set a backup up" }).click();
      await page.getByRole("button", { name: "Save" }).click();
    },
  },
  points: {
    view: views.calm,
    act: async (page) => {
      await protection(page);
      await page.getByRole("button", { name: "Show points" }).click();
      await page.getByRole("table").waitFor();
      await page.getByRole("table").scrollIntoViewIfNeeded();
    },
  },
  ...Object.fromEntries(
    LOCKS.map((reason) => [
      `locked_${reason}`,
      {
        view: views.calm,
        act: async (page: Page, host: FixtureHost) => {
          host.setLock(views.locked(reason));
          await page.locator("#locked-title").waitFor();
          if (reason === "key_gone")
            await page
              .getByRole("textbox")
              .fill(`${views.RECOVERY_WORDS.slice(0, 9).join(" ")} abotu zzz able`);
          if (reason === "key_not_kept")
            await page.getByRole("textbox").fill(views.RECOVERY_WORDS.join("\n"));
          if (reason === "data_damaged") await page.getByText("What the computer says").click();
        },
      },
    ]),
  ),
};

/** Down to the part of the settings that says how the data is protected. */
async function protection(page: Page): Promise<void> {
  await page.keyboard.press("Control+,");
  await page.getByRole("heading", { name: "Data protection" }).waitFor();
  await page
    .getByRole("heading", { name: "Data protection" })
    .evaluate((heading) => heading.scrollIntoView());
}

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
          // A refusal by the fixture host is what some pictures are of.
          const failed = (text: string) => !text.includes("status of 422");
          page.on(
            "console",
            (message) => message.type() === "error" && failed(message.text()) && errors.push(message.text()),
          );
          page.on("pageerror", (error) => errors.push(error.message));
          const host = new FixtureHost(shot.view(), shot.protection?.());
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
