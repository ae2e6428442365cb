//! Reports in a real browser (REPORT-2, REPORT-3): what is asked, what is compared, every number's formula and way to its calls, by
//! keyboard; clean for axe in both themes.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { axeFindings } from "./axe";
import { openBrowser } from "./browser";
import * as admin from "./fixtures/admin";
import { FixtureHost, ORIGIN } from "./fixtures/host";
import * as reports from "./fixtures/reports";
import * as views from "./fixtures/views";

let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

async function open(dark = false): Promise<{ page: Page; host: FixtureHost }> {
  const context = await browser.newContext({
    colorScheme: dark ? "dark" : "light",
    // A dialog that is still coming is paler than it will be.
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const host = new FixtureHost(views.calm());
  await host.attach(page);
  await page.goto(ORIGIN);
  await page.locator("main section").first().waitFor();
  await page.keyboard.press("Alt+g");
  await page.getByRole("img", { name: "Calls by interval" }).waitFor();
  return { page, host };
}

function asked(host: FixtureHost, place: number) {
  const request = host.did("get_report")[place];
  if (request?.cmd !== "get_report") throw new Error(`there is no question ${place}`);
  return request.payload.ask;
}

it("a report is of the last seven days, beside the seven before", async () => {
  const { page, host } = await open();
  const [now, before] = [asked(host, 0), asked(host, 1)];
  const days = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 86_400_000;
  expect(days(now.filter.first_day, now.filter.last_day)).toBe(6);
  expect(days(before.filter.last_day, now.filter.first_day)).toBe(1);
  expect(days(before.filter.first_day, before.filter.last_day)).toBe(6);
  expect(now).toMatchObject({ grouping: "day", sla_seconds: 20, short_call_seconds: 5, heat_map: true });
  const tile = page.getByRole("listitem").filter({ hasText: "Abandonment rate" });
  expect(await tile.textContent()).toContain("6.5\u00a0%");
  expect(await tile.textContent()).toContain("▼ −2.7 points better before:\u00a09.2\u00a0%");
  expect(await tile.textContent()).toContain("abandoned in queue / queued");
});

it("thresholds, service and period are asked anew, and a wrong one is asked by nobody", async () => {
  const { page, host } = await open();
  await page.getByLabel("Answered within").fill("30");
  await expect.poll(() => host.did("get_report").length).toBe(4);
  expect(asked(host, 2).sla_seconds).toBe(30);
  await page.getByLabel("Answered within").fill("half a minute");
  await page.getByText("0 to 86,400 whole seconds").waitFor();
  await page.getByLabel("Answered within").fill("20");
  await page.getByLabel("Compare with").selectOption("nothing");
  await page.getByLabel("Period").selectOption("Today");
  await expect.poll(() => asked(host, host.did("get_report").length - 1).grouping).toBe("hour");
  const last = asked(host, host.did("get_report").length - 1);
  expect(last.filter.first_day).toBe(last.filter.last_day);
  expect(host.did("get_report").every((request) => request.cmd === "get_report")).toBe(true);
});

it("every number leads to its calls and a call to its way, by keyboard", async () => {
  const { page, host } = await open();
  await page.getByRole("button", { name: "Calls: Main number" }).press("Enter");
  const calls = page.getByRole("dialog", { name: "Calls: Main number" });
  await calls.getByRole("table").waitFor();
  const first = host.did("get_report_calls")[0];
  if (first?.cmd !== "get_report_calls") throw new Error("nothing was asked");
  expect(first.payload.ask).toMatchObject({ before: null, from: null, filter: { services: ["1"] } });
  expect(await calls.getByText("imported").count()).toBe(1);
  const rows = await calls.getByRole("row").count();
  await calls.getByRole("button", { name: "Older calls" }).press("Enter");
  await expect.poll(() => calls.getByRole("row").count()).toBeGreaterThan(rows);
  await calls
    .getByRole("button", { name: /^The way of the call of/ })
    .first()
    .press("Enter");
  await expect.poll(() => host.did("get_why").length).toBe(1);
});

it("an hour of the heat map leads to its calls", async () => {
  const { page, host } = await open();
  await page.getByRole("button", { name: /^Tue 09:00/ }).press("Enter");
  await page.getByRole("dialog", { name: "Calls: Tue 09:00" }).getByRole("table").waitFor();
  const first = host.did("get_report_calls")[0];
  if (first?.cmd !== "get_report_calls") throw new Error("nothing was asked");
  expect(first.payload.ask).toMatchObject({ weekday: 2, hour: 9 });
});

it("a row of a table narrows the report to itself, and its tag takes that away again", async () => {
  const { page, host } = await open();
  await page.getByRole("button", { name: "Report on Rita Frei only" }).press("Enter");
  await expect.poll(() => asked(host, host.did("get_report").length - 1).filter.attendant).toBe("1");
  await page.getByRole("button", { name: "Show all again, not only Attendant: Rita Frei" }).press("Enter");
  await expect.poll(() => asked(host, host.did("get_report").length - 1).filter.attendant).toBeNull();
  await page.getByLabel("Caller's number").fill("044 555 66 77");
  await expect.poll(() => asked(host, host.did("get_report").length - 1).filter.number).toBe("044 555 66 77");
  expect(await page.getByRole("table", { name: /^By caller: the \d+ who called most, of 812/ }).count()).toBe(
    1,
  );
});

it("the report is saved as Excel by the host, and a chart as a picture by the window", async () => {
  const { page, host } = await open();
  await page.getByRole("button", { name: "Save as", exact: true }).press("Enter");
  const [book] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("menuitem", { name: "Excel with calls and callers' numbers" }).press("Enter"),
  ]);
  expect(book.suggestedFilename()).toMatch(/\.xlsx$/);
  const taken = host.did("export_report")[0];
  if (taken?.cmd !== "export_report") throw new Error("nothing was asked");
  expect(taken.payload.ask).toMatchObject({ format: "xlsx", calls: true, report: { sla_seconds: 20 } });
  for (const title of ["Calls by interval", "How long they waited", "Calls by weekday and hour: Queued"]) {
    const [picture] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: `Save as PNG: ${title}` }).press("Enter"),
    ]);
    const path = await picture.path();
    const kept = process.env["PICTURES"];
    if (kept !== undefined) await picture.saveAs(join(kept, `${title.replaceAll(":", "")}.png`));
    const bytes = readFileSync(path);
    expect(bytes.subarray(1, 4).toString()).toBe("PNG");
    // Twice the size of the screen's.
    expect(bytes.readUInt32BE(16)).toBeGreaterThan(1_000);
  }
});

it.each([false, true])("reports by themselves are told, made and changed (dark: %s)", async (dark) => {
  const { page, host } = await open(dark);
  await page.getByRole("button", { name: "Scheduled …" }).press("Enter");
  await page.getByText("No report is made by itself yet.").waitFor();
  host.schedules = reports.schedules();
  await page.getByRole("button", { name: "Add a report" }).press("Enter");
  await page.getByRole("textbox", { name: "Name" }).fill("Front desk");
  await page.getByRole("textbox", { name: "Folder" }).fill("D:\\Reports");
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole("button", { name: "Save", exact: true }).press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Not made: The folder").waitFor();
  const put = host.did("put_report_schedule")[0];
  if (put?.cmd !== "put_report_schedule") throw new Error("nothing was put");
  expect(put.payload.schedule).toMatchObject({ id: null, rhythm: "day", at_minute: 360, calls: false });
  await dialog.getByRole("button", { name: "Make Front desk now" }).press("Enter");
  await expect.poll(() => host.did("run_report_schedule").length).toBe(1);
  expect(await axeFindings(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Close" }).press("Enter");
  await page.getByText('The report "Management" was not put into its folder').waitFor();
});

it("a user is told that reports are for others, and nothing is asked", async () => {
  const { page, host } = await open();
  const asked = host.did("get_report").length;
  host.tell({ event: "session", payload: admin.signedIn("user") });
  await page.getByText("Reports are for owners of services and administrators.").waitFor();
  await page.getByRole("button", { name: /^Why/ }).click();
  await page.getByRole("dialog").getByText("Beno Frei").waitFor();
  expect(host.did("get_report")).toHaveLength(asked);
});

it("a refusal is said in the host's words, and the last report stays", async () => {
  const { page, host } = await open();
  host.answers.set("get_report", () => ({
    refuse: { code: "report.too-long", message: "A report covers 732 days at most." },
  }));
  await page.getByLabel("Period").selectOption("Last 90 days");
  await page.getByText("There is no report: A report covers 732 days at most.").waitFor();
  await page.getByRole("img", { name: "Calls by interval" }).waitFor();
});

it.each([false, true])(
  "is clean for axe, also without calls and over a list of them (dark: %s)",
  async (dark) => {
    const { page, host } = await open(dark);
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole("button", { name: "Calls: Main number" }).click();
    await page.getByRole("dialog").getByRole("table").waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole("button", { name: "Close" }).click();
    await page.locator("#root:not([aria-hidden])").waitFor();
    host.answers.set("get_report", (request) => {
      if (request.cmd !== "get_report") throw new Error("another question");
      return { kind: "report", value: reports.empty(request.payload.ask) };
    });
    await page.getByLabel("Period").selectOption("Yesterday");
    await page.getByText("No call of these days is over.").waitFor();
    expect(await axeFindings(page)).toEqual([]);
  },
);
