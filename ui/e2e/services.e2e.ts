//! An administrator sets services up through the real program: by keyboard, with what is wrong at its field, and nothing
//! lost on the way (ROUTE-1, ROUTE-2).

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { axeFindings } from "./axe";
import { openBrowser } from "./browser";
import { openUsher, type Usher, usherIsGiven } from "./usher";

describe.skipIf(!usherIsGiven)("the services", () => {
  let usher: Usher;
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];

  const tab = (name: string) => page.getByRole("tab", { name });
  const service = (name: string) =>
    page.getByRole("navigation", { name: "Services" }).getByRole("button", { name });
  const status = () => page.getByRole("main").getByRole("status").last();

  /** Ctrl+S, and the host has it. */
  async function save(): Promise<void> {
    await page.keyboard.press("Control+s");
    await expect.poll(() => status().innerText()).toBe("Saved");
  }

  async function inBothThemes(): Promise<void> {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await axeFindings(page)).toEqual([]);
    }
  }

  beforeAll(async () => {
    usher = await openUsher();
    browser = await openBrowser();
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
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

  it("a service is added by keyboard alone, with its addresses", async () => {
    await page.keyboard.press("Alt+v");
    await page.getByRole("button", { name: "New service" }).focus();
    await page.keyboard.press("Enter");
    await page.keyboard.type("Support");
    await tab("General").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Add an address" }).focus();
    await page.keyboard.press("Enter");
    await page.keyboard.type("+41 44 555 66 77");
    await save();
    await expect.poll(() => service("Support").innerText()).toMatch(/Nobody waits\s*0 of 1 on duty/);
    await tab("Addresses").click();
    expect(await page.getByLabel("Address 1", { exact: true }).inputValue()).toBe("+41445556677");
  });

  it("a value out of range stands at its field and on its tab, and is not sent", async () => {
    await tab("Times").click();
    await page.getByLabel(/^Ring one member for/).fill("45");
    await page.getByText("5 to 30 seconds").waitFor();
    await tab("Times, 1 problem").waitFor();
    await tab("General").click();
    await page.keyboard.press("Control+s");
    const field = page.getByLabel(/^Ring one member for/);
    await expect.poll(() => field.evaluate((input) => input === document.activeElement)).toBe(true);
    await page.keyboard.press("Control+a");
    await page.keyboard.type("10");
    await save();
  });

  it("what only the host can find out is said at its field", async () => {
    await service("Main line").click();
    await tab("Addresses").click();
    await page.getByRole("button", { name: "Add an address" }).click();
    await page.keyboard.type("044 555 66 77");
    await page.keyboard.press("Control+s");
    const why = "044 555 66 77 already reaches Support. Remove it there first.";
    await page.getByText(why, { exact: true }).waitFor();
    await tab("Addresses, 1 problem").waitFor();
    await page.getByLabel("Address 1", { exact: true }).fill("4000");
    await save();
  });

  it("nothing typed is lost: not by a look at the console, and not by another service without asking", async () => {
    await tab("General").click();
    await page.getByLabel("Name").fill("Main number");
    await page.keyboard.press("Alt+a");
    await page.getByRole("combobox").waitFor();
    await page.keyboard.press("Alt+v");
    expect(await page.getByLabel("Name").inputValue()).toBe("Main number");
    await service("Support").click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Stay here" }).click();
    expect(await page.getByLabel("Name").inputValue()).toBe("Main number");
    await service("Support").click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Discard changes" }).click();
    await expect.poll(() => page.getByLabel("Name").inputValue()).toBe("Support");
  });

  it("skills and profiles are made, given to an attendant, and asked for by levels", async () => {
    await tab("Skills and profiles").click();
    await page.getByRole("button", { name: "New skill" }).click();
    await page.keyboard.type("German");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Rename German" }).waitFor();
    await page.getByRole("button", { name: "New profile" }).click();
    await page.keyboard.type("Front desk");
    await page.getByRole("combobox", { name: "Skills: Add a skill …" }).selectOption("German");
    await page.getByRole("form", { name: "New profile" }).getByRole("button", { name: "Save" }).click();
    await page.getByText("German 50").waitFor();
    const attendants = page.getByRole("region", { name: "Attendants" });
    await attendants.getByRole("button", { name: /^Change/ }).click();
    await attendants.getByRole("combobox", { name: /^Profile/ }).selectOption("Front desk");
    await inBothThemes();
    await attendants.getByRole("button", { name: "Save" }).click();
    await attendants.getByText("Front desk").waitFor();

    await tab("Services").first().click();
    await service("Support").click();
    await tab("Distribution").click();
    await page.getByRole("radio", { name: /Everybody at once/ }).click();
    for (const level of [1, 2]) {
      await page.getByRole("button", { name: "Add a level" }).click();
      await page.getByRole("group", { name: `Level ${level}` }).waitFor();
    }
    const first = page.getByRole("group", { name: "Level 1" });
    await first.getByRole("combobox", { name: /Add a skill/ }).selectOption("German");
    await first.getByRole("spinbutton", { name: "German, at least" }).fill("60");
    await page.getByRole("img", { name: "from 0 s: 0 members, from 20 s: 1 member" }).waitFor();
    await save();
  });

  it("the skill that a level asks for is not removed, and it is said why", async () => {
    await tab("Skills and profiles").click();
    await page.getByRole("button", { name: "Remove German" }).click();
    await page.getByText("The service Support still uses this skill").waitFor();
    await page.getByRole("button", { name: "Rename German" }).waitFor();
  });

  it("limits are kept", async () => {
    await tab("Limits").click();
    await page.getByLabel("Park slots").fill("501");
    await page.getByText("1 to 500").waitFor();
    await page.getByLabel("Park slots").fill("12");
    await inBothThemes();
    await save();
    await page.reload();
    await page.getByRole("navigation", { name: "Screens" }).waitFor();
    await page.keyboard.press("Alt+v");
    await tab("Limits").click();
    await expect.poll(() => page.getByLabel("Park slots").inputValue()).toBe("12");
  });

  it(
    "axe finds nothing on any part of a service, in either theme",
    async () => {
      await tab("Services").first().click();
      await service("Support").click();
      for (const part of ["General", "Addresses", "Members", "Distribution", "Times"]) {
        await tab(part).click();
        await inBothThemes();
      }
    },
    // Ten looks at a whole page, each some seconds on a busy machine.
    120_000,
  );

  it("a workflow is begun with a template, mended where the host says so, and saved", async () => {
    // Hours have a screen of their own; here it only matters that there are some.
    const calendar = { name: "Office", zone: "Europe/Zurich", open: true, primary: [], secondary: [] };
    const put = { cmd: "put_calendar", payload: { calendar: null, form: calendar } };
    await page.evaluate(async (body) => {
      const headers = { "content-type": "application/json" };
      await fetch("/api", { method: "POST", headers, body: JSON.stringify(body) });
    }, put);
    await page.keyboard.press("Alt+a");
    await page.keyboard.press("Alt+v");
    await service("Support").click();
    await tab("Workflow").click();
    await page.getByRole("button", { name: "Hours, queue and voicemail" }).click();
    await tab("Workflow, 1 problem").waitFor();
    await page.getByRole("button", { name: /2 Opening hours.*not there/ }).click();
    await page.getByRole("region", { name: "Step" }).getByLabel("Calendar").selectOption("Office");
    await tab("Workflow").waitFor();
    await page.getByText("Nothing to mend").waitFor();
    await inBothThemes();
    await save();
    await page.reload();
    await page.getByRole("navigation", { name: "Screens" }).waitFor();
    await page.keyboard.press("Alt+v");
    await service("Support").click();
    await tab("Workflow").click();
    await page.getByRole("button", { name: /^Step 2: Opening hours, Office/ }).waitFor();
  });

  it("a service is duplicated and removed; the one of all other addresses stays", async () => {
    await page.getByRole("button", { name: "Duplicate" }).click();
    await page.keyboard.press("Control+s");
    await service("Support (copy)").waitFor();
    await expect.poll(() => status().innerText()).toBe("Saved");
    await page.getByRole("button", { name: "Remove …" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove", exact: true }).click();
    await service("Support (copy)").waitFor({ state: "detached" });
    await service("Main line").click();
    await page.getByRole("button", { name: "Remove …" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove", exact: true }).click();
    await page.getByText("Callers who dial any other address reach this service").waitFor();
    await service("Main line").waitFor();
  });

  it("nothing was refused by the content policy and nothing failed on the way", () => {
    expect(errors).toEqual([]);
  });
});
