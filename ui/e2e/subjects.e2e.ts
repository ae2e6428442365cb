//! What is kept about one person, by keyboard through the real page (DATA-10): named, shown, saved, erased after a question, and
//! the receipt.

import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import type { KeptAboutView, SessionView } from "../src/platform/bindings";
import { axeFindings } from "./axe";
import { freshTabs } from "./browser";
import * as admin from "./fixtures/admin";
import { FixtureHost, ORIGIN } from "./fixtures/host";
import * as views from "./fixtures/views";

const KEPT: KeptAboutView = {
  numbers: ["+41445556677", "0445556677"],
  names: ["Rosa Meier"],
  contacts: [],
  notes: 1,
  stand_ins: 0,
  places: 2,
  default_endpoints: 0,
  transfers: 4,
  voicemails: 1,
  calls: 12,
  stays: ["Call records stay without a name or number, so that reports stay right."],
  erased: null,
};
const NUMBER = "+41 44 555 66 77";

/** An administrator who may erase. */
function eraser(): SessionView {
  const session = admin.local();
  const may = session.may.filter((line) => line.action !== "erase-people");
  return { ...session, may: [...may, { action: "erase-people", units: null }] };
}

const tabs = freshTabs({ reducedMotion: "reduce" });
let page: Page;
let host: FixtureHost;

beforeEach(() => {
  page = tabs.page;
  host = new FixtureHost(views.busy());
  host.answers.set("get_kept_about", () => ({ kind: "kept_about", value: KEPT }));
  host.answers.set("get_transfer_retention", () => ({
    kind: "retention",
    value: { days: 90, days_min: 1, days_max: 730 },
  }));
  host.answers.set("get_left_out", () => ({ kind: "left_out", value: { people: 3 } }));
  host.answers.set("export_kept_about", () => ({
    kind: "export",
    value: { file_name: "kept-about-a-person", text: "numbers:\n  0445556677\n", json: "{}" },
  }));
  host.answers.set("erase_kept_about", () => ({
    kind: "kept_about",
    value: { ...KEPT, erased: Date.now() },
  }));
});

async function openArea(session: SessionView): Promise<void> {
  await host.attach(page);
  await page.goto(ORIGIN);
  await page.locator("main :is(section, h1)").first().waitFor();
  host.seat(session);
  await page.keyboard.press("Alt+v");
  const places = page.getByRole("navigation", { name: "Administration" });
  await places.getByRole("button", { name: "What is kept about a person" }).press("Enter");
}

const show = () => page.getByRole("button", { name: "Show what is kept" });

describe("what is kept about one person", () => {
  it("is shown, saved for people, and erased only after a question; the receipt says what stays", async () => {
    await openArea(eraser());
    await page.getByRole("textbox", { name: "Numbers and SIP addresses" }).fill(NUMBER);
    await show().press("Enter");
    await page.getByText("+41445556677, 0445556677").waitFor();
    expect(host.did("get_kept_about").at(-1)?.payload).toEqual({
      subject: { numbers: [NUMBER], contacts: [] },
    });
    expect(await axeFindings(page)).toEqual([]);

    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save for people (text)" }).press("Enter");
    const file = await saved;
    expect(file.suggestedFilename()).toBe("kept-about-a-person.txt");
    expect(await readFile(await file.path(), "utf8")).toContain("0445556677");

    await page.getByRole("button", { name: "Erase …" }).press("Enter");
    const dialog = page.getByRole("dialog");
    await dialog.getByText("This cannot be taken back.").waitFor();
    expect(host.did("erase_kept_about")).toEqual([]);
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Erase", exact: true }).press("Enter");
    await page.getByRole("heading", { name: "Receipt" }).waitFor();
    await page.getByText("Call records stay without a name or number").waitFor();
    expect(host.did("erase_kept_about")).toHaveLength(1);
    expect(await page.getByRole("button", { name: "Erase …" }).count()).toBe(0);
    expect(await axeFindings(page)).toEqual([]);
  });

  it("stays as it is where the host refuses, and says why", async () => {
    const message = "A call with her goes on. Erase what is kept about her when it has ended.";
    host.answers.set("erase_kept_about", () => ({ refuse: { code: "setting.in-use", message } }));
    await openArea(eraser());
    await page.getByRole("textbox", { name: "Numbers and SIP addresses" }).fill(NUMBER);
    await show().press("Enter");
    await page.getByRole("button", { name: "Erase …" }).press("Enter");
    await page.getByRole("dialog").getByRole("button", { name: "Erase", exact: true }).press("Enter");
    await page.getByRole("dialog").getByText(message).waitFor();
  });

  it("is not taken in again where that is wished, and who is left out is counted and taken in again", async () => {
    const kept = { ...KEPT, contacts: views.CONTACTS.slice(0, 1) };
    host.answers.set("get_kept_about", () => ({ kind: "kept_about", value: kept }));
    await openArea(eraser());
    await page.getByRole("textbox", { name: "Numbers and SIP addresses" }).fill(NUMBER);
    await show().press("Enter");
    await page.getByRole("button", { name: "Erase …" }).press("Enter");
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("checkbox", { name: /do not take her in again/ }).click();
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Erase", exact: true }).press("Enter");
    await page.getByRole("heading", { name: "Receipt" }).waitFor();
    expect(host.did("erase_kept_about").at(-1)?.payload).toMatchObject({ leave_out: true });

    await page.getByText("3 contacts are left out.").waitFor();
    await page.getByRole("button", { name: "Take in again …" }).press("Enter");
    await dialog.getByText("3 contacts come back when sources name them").waitFor();
    expect(host.did("take_in_again")).toEqual([]);
    host.answers.set("get_left_out", () => ({ kind: "left_out", value: { people: 0 } }));
    await dialog.getByRole("button", { name: "Take in again", exact: true }).press("Enter");
    await page.getByText("Nobody is left out.").waitFor();
    // Behind a dialog that is still closing everything is hidden.
    await dialog.waitFor({ state: "detached" });
    expect(host.did("take_in_again")).toHaveLength(1);
    expect(await axeFindings(page)).toEqual([]);
  });

  it("goes by a time that is set, for what is learnt from transfers", async () => {
    await openArea(eraser());
    const days = page.getByRole("textbox", { name: "Days" });
    await expect.poll(() => days.inputValue()).toBe("90");
    await days.fill("30");
    await page.getByRole("button", { name: "Save …" }).press("Enter");
    await page.getByRole("dialog").getByText("older than 30 days are erased now").waitFor();
    expect(host.did("set_transfer_retention")).toEqual([]);
    await page.getByRole("dialog").getByRole("button", { name: "Save", exact: true }).press("Enter");
    await page.getByText("Transfers are kept for 30 days from now on.").first().waitFor();
    expect(host.did("set_transfer_retention").at(-1)?.payload).toEqual({ days: 30 });
    expect(await axeFindings(page)).toEqual([]);
  });

  it("is explained to whoever may not", async () => {
    const session = eraser();
    await openArea({ ...session, may: session.may.filter((line) => line.action !== "erase-people") });
    await page.getByRole("note").waitFor();
    expect(await show().getAttribute("aria-disabled")).toBe("true");
  });
});
