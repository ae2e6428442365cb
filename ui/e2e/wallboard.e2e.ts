//! The wallboard in a real browser (REPORT-3): told by the host and never asked again, ages that tick, thresholds by colour, shape and
//! word, full screen, pages, thresholds that are set and what is done for an attendant; clean for axe in both themes.

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { axeFindings } from "./axe";
import { openBrowser } from "./browser";
import * as admin from "./fixtures/admin";
import { board, crowded } from "./fixtures/board";
import { FixtureHost, ORIGIN } from "./fixtures/host";
import * as views from "./fixtures/views";
import { openUsher, type Usher, usherIsGiven } from "./usher";

/** A simulated caller comes within 40 seconds of the one before. */
const NEXT_CALLER_MS = 60_000;

let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

async function open(
  more: { dark?: boolean; width?: number; height?: number; at?: FixtureHost } = {},
): Promise<{ page: Page; host: FixtureHost }> {
  const context = await browser.newContext({
    colorScheme: more.dark ? "dark" : "light",
    viewport: { width: more.width ?? 1280, height: more.height ?? 800 },
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const host = more.at ?? new FixtureHost(views.calm());
  await host.attach(page);
  await page.goto(ORIGIN);
  await page.locator("main section").first().waitFor();
  await page.keyboard.press("Alt+w");
  await page.getByRole("heading", { name: "Wallboard" }).waitFor();
  return { page, host };
}

const tile = (page: Page, name: string) =>
  page.getByRole("list", { name: "Services" }).getByRole("listitem", { name });
const people = (page: Page) => page.getByRole("list", { name: "Attendants" }).getByRole("listitem");

it("is asked for once; what changes is told, and ages tick without a word from the host", async () => {
  const { page, host } = await open();
  const wait = tile(page, "Main number")
    .locator("dd", { hasText: /\d:\d\d/ })
    .first();
  const before = await wait.innerText();
  await expect.poll(() => wait.innerText()).not.toBe(before);
  host.tell({
    event: "board",
    payload: board((board) => ({
      ...board,
      services: board.services.map((service) => ({ ...service, waiting: 11 })),
    })),
  });
  await tile(page, "Orders").locator("dd", { hasText: "11" }).waitFor();
  expect(host.did("watch_board")).toHaveLength(1);
  const asked = host.did("watch_board")[0];
  if (asked?.cmd !== "watch_board") throw new Error("nothing was asked");
  await page.keyboard.press("Alt+a");
  await expect.poll(() => host.did("unwatch_board").length).toBe(1);
  expect(host.did("unwatch_board")[0]).toMatchObject({ payload: { watch: asked.payload.watch } });
});

it("watches again once the line to the host is there again", async () => {
  const { page, host } = await open();
  await host.hangUp();
  await expect.poll(() => host.did("watch_board").length, { timeout: 10_000 }).toBe(2);
  await tile(page, "Orders").waitFor();
});

it("warns by shape and word, from the value on that was set", async () => {
  const { page } = await open();
  const main = tile(page, "Main number");
  expect(await main.getAttribute("data-verdict")).toBe("alarm");
  expect(await main.innerText()).toContain("Alarm");
  expect(await main.locator("dd", { hasText: "Alarm: 7" }).locator("svg").count()).toBe(1);
  const orders = tile(page, "Orders");
  expect(await orders.getAttribute("data-verdict")).toBe("warn");
  expect(await orders.innerText()).toContain("Warning");
  expect(await tile(page, "Service desk").getAttribute("data-verdict")).toBe("good");
  expect(await tile(page, "Returns").innerText()).toContain("no data");
  expect(await main.textContent()).toContain("Service level, abandons ignored: A_T / (O_T − B_T), T = 20 s");
});

it("shows every attendant with state, age and today's calls", async () => {
  const { page } = await open();
  const rita = people(page).filter({ hasText: "Rita Meier" });
  expect(await rita.textContent()).toMatch(/5:\d\d/);
  expect(await rita.textContent()).toContain("In a call");
  expect(await rita.textContent()).toContain("18 calls");
  expect(await people(page).filter({ hasText: "Felix Kunz" }).textContent()).toContain("Lunch");
  expect(await people(page).filter({ hasText: "Beno Frei" }).textContent()).toContain("No answer");
});

it("fills the screen by F, its figures grow, and Escape leaves it without leaving the wallboard", async () => {
  const { page } = await open();
  const size = () =>
    tile(page, "Main number")
      .locator("dd")
      .first()
      .evaluate((value) => Number.parseFloat(getComputedStyle(value).fontSize));
  const before = await size();
  await page.keyboard.press("f");
  await page.getByRole("button", { name: "Leave full screen" }).waitFor();
  const section = page.locator("section[data-wall]");
  const box = await section.boundingBox();
  expect(box).toMatchObject({ x: 0, y: 0 });
  await expect.poll(size).toBeGreaterThan(before);
  await page.keyboard.press("Escape");
  await section.waitFor({ state: "detached" });
  await page.getByRole("heading", { name: "Wallboard" }).waitFor();
});

it("turns pages where more than fits is there, by itself and by keys, and stops when told to", async () => {
  const { page, host } = await open();
  await page.clock.install();
  host.tell({ event: "board", payload: crowded() });
  const first = tile(page, "Service 1");
  await first.first().waitFor();
  const shown = () => page.getByText(/^\d+ of \d+$/).innerText();
  const start = await shown();
  expect(start.startsWith("1 of ")).toBe(true);
  await page.clock.fastForward(16_000);
  await expect.poll(shown).toMatch(/^2 of/);
  await page.keyboard.press("ArrowLeft");
  await expect.poll(shown).toBe(start);
  await page.keyboard.press("Space");
  await page.getByRole("button", { name: "Turn pages again (Space)" }).waitFor();
  await page.clock.fastForward(60_000);
  expect(await shown()).toBe(start);
  // Everybody is shown on one round.
  const pages = Number(start.split(" ")[2]);
  const seen = new Set<string>();
  for (let turn = 0; turn < pages; turn += 1) {
    for (const name of await people(page).locator("strong").allInnerTexts()) seen.add(name);
    await page.keyboard.press("ArrowRight");
    await expect.poll(shown).toMatch(new RegExp(`^${((turn + 1) % pages) + 1} of`));
  }
  expect(seen.size).toBe(60);
});

it("thresholds are set for all services and for one of its own, and a slip is said at its field", async () => {
  const { page, host } = await open();
  await page.getByRole("button", { name: "Thresholds …" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Callers waiting, Warning from").fill("9");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText("More is worse: the alarm must not be below the warning.").waitFor();
  expect(host.did("set_board_rules")).toHaveLength(0);
  await dialog.getByLabel("Callers waiting, Alarm from").fill("12");
  await dialog.getByLabel("Answered within, seconds").fill("30");
  await dialog.getByRole("button", { name: "Save" }).press("Enter");
  await dialog.waitFor({ state: "detached" });
  const set = host.did("set_board_rules")[0];
  if (set?.cmd !== "set_board_rules") throw new Error("nothing was set");
  expect(set.payload).toMatchObject({ service: null, form: { sla_seconds: 30 } });
  expect(set.payload.form?.levels[0]).toEqual({ figure: "waiting", warn: 9, alarm: 12 });

  host.answers.set("set_board_rules", () => ({
    refuse: { code: "request.forbidden", message: "This belongs to an organisation unit that is not yours." },
  }));
  await page.getByRole("button", { name: "Thresholds …" }).click();
  await dialog.getByLabel("Thresholds of").selectOption("Orders");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText("an organisation unit that is not yours").waitFor();
});

it("an attendant is sent home, switched off for a service and counted as back, by keyboard", async () => {
  const { page, host } = await open();
  const beno = people(page).filter({ hasText: "Beno Frei" }).getByRole("button");
  await beno.press("Enter");
  await page.getByRole("menuitem", { name: "Count as back, calls come again" }).press("Enter");
  await beno.press("Enter");
  await page.getByRole("menuitem", { name: "Take off duty" }).press("Enter");
  await beno.press("Enter");
  await page.getByRole("menuitemcheckbox", { name: "Serves Orders" }).press("Enter");
  await expect.poll(() => host.did("set_attendant_serving").length).toBe(1);
  expect(host.did("clear_attendant_rona")[0]).toMatchObject({ payload: { attendant: "3" } });
  expect(host.did("set_attendant_duty")[0]).toMatchObject({ payload: { attendant: "3", on_duty: false } });
  expect(host.did("set_attendant_serving")[0]).toMatchObject({
    payload: { attendant: "3", service: "2", serving: false },
  });
  await page.keyboard.press("Escape");
  const hugo = people(page).filter({ hasText: "Hugo Steiner" }).getByRole("button");
  await hugo.press("Enter");
  const duty = page.getByRole("menuitem", { name: /Put on duty/ });
  expect(await duty.getAttribute("aria-disabled")).toBe("true");
});

it("a user is told that the wallboard is for others, and nothing is asked", async () => {
  const host = new FixtureHost(views.calm());
  host.seat(admin.signedIn("user"));
  const { page } = await open({ at: host });
  await page.getByText("The wallboard is for owners of services and administrators.").waitFor();
  expect(host.did("watch_board")).toHaveLength(0);
});

it("says why it is not told, and tries again when asked to", async () => {
  const host = new FixtureHost(views.calm());
  host.answers.set("watch_board", () => ({
    refuse: { code: "store.unavailable", message: "Usher cannot read its database." },
  }));
  const { page } = await open({ at: host });
  await page.getByText("Usher cannot read its database.").waitFor();
  host.answers.delete("watch_board");
  await page.getByRole("button", { name: "Try again" }).click();
  await tile(page, "Orders").waitFor();
});

it.each([
  [false, 1280, 800],
  [true, 1280, 800],
  [false, 640, 400],
  [true, 1920, 1080],
])(
  "is clean for axe, in full screen and over its thresholds too (dark: %s, %s × %s)",
  async (dark, width, height) => {
    const { page } = await open({ dark, width, height });
    await tile(page, "Main number").waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press("f");
    await page.getByRole("button", { name: "Leave full screen" }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Thresholds …" }).click();
    await page.getByRole("dialog").getByLabel("Thresholds of").waitFor();
    expect(await axeFindings(page)).toEqual([]);
  },
);

describe.skipIf(!usherIsGiven)("with the real program", () => {
  let usher: Usher;

  beforeAll(async () => {
    usher = await openUsher();
  });
  afterAll(() => usher.end());

  it(
    "a simulated caller comes onto the board and leaves it without the page asking, and never counts",
    async () => {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
      const page = await context.newPage();
      await page.goto(usher.link);
      await page.locator("main section").first().waitFor();
      const started = await page.evaluate(async () => {
        const body = JSON.stringify({ cmd: "start_training", payload: {} });
        const headers = { "content-type": "application/json" };
        return (await fetch("/api", { method: "POST", headers, body })).ok;
      });
      expect(started).toBe(true);
      await page.getByRole("navigation", { name: "Screens" }).waitFor();
      await page.keyboard.press("Alt+w");
      const main = tile(page, "Main line");
      await main.waitFor();
      const asked: string[] = [];
      page.on("request", (request) => {
        const { cmd } = (request.postDataJSON() as { cmd?: string } | null) ?? {};
        if (cmd !== undefined) asked.push(cmd);
      });
      const first = main.locator("dd").first();
      await expect.poll(() => first.innerText(), { timeout: NEXT_CALLER_MS }).toContain("1");
      await page.getByText("SIMULATED", { exact: true }).first().waitFor();
      await people(page).filter({ hasText: "Ringing" }).first().waitFor();
      // Nobody answers, so she does not answer; the caller waits on or leaves.
      await people(page).filter({ hasText: "No answer" }).first().waitFor({ timeout: NEXT_CALLER_MS });
      expect(asked.filter((cmd) => cmd.includes("board"))).toEqual([]);
      const today = main.locator("[data-part=today] dd").first();
      expect(await today.innerText()).toBe("0");
      await context.close();
    },
    NEXT_CALLER_MS * 3,
  );
});
