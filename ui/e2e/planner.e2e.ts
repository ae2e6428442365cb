//! The planner in a real browser, by keyboard (ROUTE-8): asks, is stopped, answers as picture and table, and is clean for axe
//! in both themes.

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { axeFindings } from "./axe";
import { openBrowser } from "./browser";
import { FixtureHost, ORIGIN } from "./fixtures/host";
import * as staffing from "./fixtures/staffing";
import * as views from "./fixtures/views";

let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

async function open(dark = false): Promise<{ page: Page; host: FixtureHost }> {
  const context = await browser.newContext({ colorScheme: dark ? "dark" : "light" });
  const page = await context.newPage();
  const host = new FixtureHost(views.calm());
  await host.attach(page);
  await page.goto(ORIGIN);
  await page.locator("main section").first().waitFor();
  await page.keyboard.press("Alt+n");
  await page.getByRole("table", { name: "Interval by interval" }).waitFor();
  return { page, host };
}

it("a plan is asked for with what history told and what was changed, by keyboard alone", async () => {
  const { page, host } = await open();
  await page.getByLabel("Target share of all callers").focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("90");
  await page.getByLabel("Callers from 09:00").focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("50");
  await page.getByLabel("Patience").focus();
  await page.keyboard.press("Enter");
  await page.getByRole("img", { name: "Attendants needed by interval" }).waitFor();
  const asked = host.did("plan_staffing")[0];
  if (asked?.cmd !== "plan_staffing") throw new Error("nothing was asked");
  expect(asked.payload.ask).toMatchObject({ target_share: 0.9, talk_seconds: 172, patience_seconds: 141 });
  expect(asked.payload.ask.calls.slice(0, 3)).toEqual([13, 23, 50]);
  expect(asked.payload.ask.day_variation).toBe(0.09);
  const row = page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: "09:00" }) });
  expect(await row.getByRole("cell").allTextContents()).toEqual(
    expect.arrayContaining(["6", "5", "87 % (86–89)", "66 %"]),
  );
  // What is changed after the answer is said to be newer than it.
  await page.getByLabel("Within").fill("30");
  await page.getByText("Something was changed since: plan again.").waitFor();
});

it("the forecast tells each interval by keyboard, in a table too, and gives way to earlier days", async () => {
  const { page } = await open();
  await page.getByRole("heading", { name: /^Forecast for / }).waitFor();
  const fan = page.getByRole("slider", { name: /^Forecast by interval/ });
  await fan.focus();
  await page.keyboard.press("Home");
  expect(await fan.getAttribute("aria-valuetext")).toMatch(
    /^08:00–08:30: 13 expected; \d+–\d+ on 50 of 100 days/,
  );
  await page.keyboard.press("ArrowRight");
  expect(await fan.getAttribute("aria-valuetext")).toMatch(/^08:30–09:00: 23 expected; .*really \d+/);
  await page.keyboard.press("End");
  expect(await fan.getAttribute("aria-valuetext")).toMatch(/^16:30–17:00/);
  await page.locator("summary").press("Enter");
  await page
    .getByRole("table", { name: "The forecast in numbers" })
    .getByRole("row", { name: /^08:00 13 / })
    .waitFor();
  await page
    .getByRole("table", { name: "The same week" })
    .getByRole("row", { name: /closed/ })
    .waitFor();

  const first = page.getByLabel("Callers from 08:00");
  expect(await first.inputValue()).toBe("13");
  await page.getByLabel("Callers from", { exact: true }).selectOption("Mean of earlier days");
  expect(await first.inputValue()).toBe("12.3");
  await expect.poll(() => fan.count()).toBe(0);
});

it("a plan that takes long says how far it is, and is stopped", async () => {
  const { page, host } = await open();
  const { over } = host.delay("plan_staffing");
  host.answers.set("plan_staffing", () => ({
    refuse: { code: "planner.cancelled", message: "The planning was stopped." },
  }));
  await page.getByRole("button", { name: "Plan", exact: true }).press("Enter");
  host.tell({ event: "planning", payload: { done: 300, total: 1_200 } });
  await page.getByText("Simulating: 300 of about 1,200 days").waitFor();
  await page.getByRole("button", { name: "Stop" }).press("Enter");
  await expect.poll(() => host.did("cancel_staffing").length).toBe(1);
  over();
  await page.getByRole("button", { name: "Plan", exact: true }).waitFor();
  expect(await page.getByRole("alert").allTextContents()).not.toContain("The planning was stopped.");
});

it("a call in between costs no plan", async () => {
  const { page } = await open();
  await page.getByRole("button", { name: "Plan", exact: true }).click();
  await page.getByRole("img", { name: "Attendants needed by interval" }).waitFor();
  await page.keyboard.press("Alt+a");
  await page.getByRole("heading", { name: "How many attendants?" }).waitFor({ state: "detached" });
  await page.keyboard.press("Alt+n");
  await page.getByRole("img", { name: "Attendants needed by interval" }).waitFor();
});

it.each([false, true])(
  "is clean for axe with its answer, with faults and without history (dark: %s)",
  async (dark) => {
    const { page, host } = await open(dark);
    await page.getByRole("button", { name: "Plan", exact: true }).click();
    await page.getByRole("img", { name: "Attendants needed by interval" }).waitFor();
    await page.getByRole("button", { name: "More settings" }).click();
    await page.getByLabel("Days differ by").fill("300");
    expect(await axeFindings(page)).toEqual([]);
    host.answers.set("get_staffing_basis", () => ({
      kind: "staffing_basis",
      value: staffing.noBasis("2026-12-03"),
    }));
    await page.getByLabel("Day", { exact: true }).fill("2026-12-03");
    await page.getByText("No Thursday with a call").waitFor();
    await page.getByText("No forecast: No Tuesdays with calls are recorded").waitFor();
    expect(await axeFindings(page)).toEqual([]);
  },
);
