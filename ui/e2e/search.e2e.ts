//! Finding the right person in a real browser (DIR-2): nothing moves under the cursor while results stream in, and Enter means
//! what was typed.

import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import type { ContactView } from "../src/platform/bindings";
import { axeFindings } from "./axe";
import { freshTabs } from "./browser";
import { FixtureHost, ORIGIN } from "./fixtures/host";
import * as people from "./fixtures/people";
import * as views from "./fixtures/views";

describe("the search", () => {
  const tabs = freshTabs();
  let page: Page;
  let host: FixtureHost;

  beforeEach(async () => {
    page = tabs.page;
    host = new FixtureHost(views.calm());
    await host.attach(page);
    await page.goto(ORIGIN);
    await search().waitFor();
  });

  const search = () => page.getByRole("combobox");
  const rows = () => page.getByRole("grid", { name: "Contacts found" }).getByRole("row");
  const names = async (): Promise<string[]> =>
    (await rows().allInnerTexts()).map((text) => text.split("\n")[0] ?? "");
  const chosen = () => page.locator('[role="row"][aria-selected="true"]');

  /** The host finds these, whatever is asked, and says that the address books have changed. */
  function finds(found: readonly ContactView[]): void {
    host.answers.set("search_contacts", (request) => ({
      kind: "search",
      value: {
        query: request.cmd === "search_contacts" ? request.payload.query : "",
        total: found.length,
        more: false,
        forgiven: null,
        contacts: [...found],
      },
    }));
    host.tell({ event: "contacts_changed" });
  }
  const contact = (name: string): ContactView => {
    const [first] = views.CONTACTS;
    if (first === undefined) throw new Error("there are contacts");
    return { ...first, id: name, display_name: name, endpoints: [{ kind: "work", address: `40 ${name}` }] };
  };
  const [anna, beat, cora, xaver, yves] = ["Anna", "Beat", "Cora", "Xaver", "Yves"].map(contact) as [
    ContactView,
    ContactView,
    ContactView,
    ContactView,
    ContactView,
  ];

  it("takes a better first result as long as she has not moved", async () => {
    finds([anna, beat]);
    await search().fill("a");
    await expect.poll(names).toEqual(["Anna", "Beat"]);
    finds([xaver, anna, beat]);
    await expect.poll(names).toEqual(["Xaver", "Anna", "Beat"]);
  });

  it("moves nothing at or above the row chosen with the arrows, and Enter calls that one", async () => {
    finds([anna, beat, cora]);
    await search().fill("a");
    await expect.poll(names).toEqual(["Anna", "Beat", "Cora"]);
    await search().press("ArrowDown");
    await expect.poll(() => chosen().innerText()).toContain("Beat");
    const before = await chosen().boundingBox();
    finds([xaver, anna, yves, beat, cora]);
    await expect.poll(names).toEqual(["Anna", "Beat", "Xaver", "Yves", "Cora"]);
    expect(await chosen().boundingBox()).toEqual(before);
    // Taken out of her address book meanwhile, she is still who Enter means.
    finds([xaver, yves, cora]);
    await expect.poll(names).toEqual(["Anna", "Beat", "Xaver", "Yves", "Cora"]);
    await search().press("Enter");
    await expect
      .poll(() => host.did("place_call").map(({ payload }) => payload))
      .toMatchObject([{ to: { contact: "Beat" } }]);
  });

  it("keeps whom she chose among what the letters before had found, also when the answer knows her not", async () => {
    finds([anna, beat, cora]);
    await search().fill("a");
    await expect.poll(names).toEqual(["Anna", "Beat", "Cora"]);
    const slow = host.delay("search_contacts");
    await search().press("End");
    await page.keyboard.type("b");
    await search().press("ArrowDown");
    await expect.poll(() => chosen().innerText()).toContain("Beat");
    finds([xaver, cora]);
    slow.over();
    await expect.poll(names).toEqual(["Anna", "Beat", "Xaver", "Cora"]);
    await search().press("Enter");
    await expect
      .poll(() => host.did("place_call").map(({ payload }) => payload))
      .toMatchObject([{ to: { contact: "Beat" } }]);
  });

  it("moves nothing under the pointer", async () => {
    finds([anna, beat, cora]);
    await search().fill("a");
    await rows().nth(1).hover();
    finds([xaver, anna, beat, cora]);
    await expect.poll(names).toEqual(["Anna", "Beat", "Xaver", "Cora"]);
    await page.mouse.move(10, 10);
    finds([xaver, anna, beat, cora]);
    await expect.poll(names).toEqual(["Xaver", "Anna", "Beat", "Cora"]);
  });

  it("waits with an Enter for the answer to what was typed, and drops it when she goes on typing", async () => {
    await search().fill("ann");
    await expect.poll(names).toContain("Anna Keller");
    const slow = host.delay("search_contacts");
    await search().fill("beat");
    await search().press("Enter");
    expect(host.did("place_call")).toEqual([]);
    slow.over();
    await expect.poll(() => host.did("place_call").length).toBe(1);
    expect(host.did("place_call")[0]?.payload).toMatchObject({ to: { contact: "contact1" } });

    await expect.poll(() => search().inputValue()).toBe("");
    const slower = host.delay("search_contacts");
    await search().fill("eva");
    await search().press("Enter");
    await search().pressSequentially("n");
    slower.over();
    await expect.poll(() => host.answered("search_contacts")).toBe(host.did("search_contacts").length);
    expect(host.did("place_call")).toHaveLength(1);
  });

  it("completes an operator with Tab, which else leaves the field", async () => {
    await search().fill("keller ci");
    await page.getByText("city:", { exact: true }).waitFor();
    await page.keyboard.press("Tab");
    expect(await search().inputValue()).toBe("keller city:");
    await page.keyboard.press("Tab");
    expect(await search().evaluate((field) => field === document.activeElement)).toBe(false);
  });

  it("says which typing error it forgave", async () => {
    host.answers.set("search_contacts", () => ({
      kind: "search",
      value: { query: "kelelr", total: 1, more: false, forgiven: "keller", contacts: [anna] },
    }));
    await search().fill("kelelr");
    const status = page.getByRole("region", { name: "Contact search" }).getByRole("status");
    await expect.poll(() => status.innerText()).toContain("this is what “keller” finds");
  });

  it("follows the presence of those who are seen, in words; what is too old is grey", async () => {
    await search().fill("karin keller");
    const row = rows().filter({ hasText: "Karin Keller" }).first();
    await row.getByText(/do not disturb, but told 4 min ago/).waitFor();
    expect(await row.locator("[data-stale]").count()).toBe(1);
    await expect
      .poll(() => host.did("see_contacts").map(({ payload }) => payload))
      .toContainEqual({ contacts: expect.arrayContaining(["contact10"]) as unknown });
    const told = {
      availability: "in_a_call" as const,
      at: Date.now() - 1_000,
      stale: false,
      fresh_until: Date.now() + 59_000,
      by_telephone: false,
    };
    host.tell({
      event: "presence_changed",
      payload: { rows: [{ contact: "contact10", presence: told }], problem: null },
    });
    await row.getByText(/in a call, told \d s ago/).waitFor();
    expect(await row.locator("[data-stale]").count()).toBe(0);
    // What the telephone system tells is good for as long as it would tell a change, and says no more than it knows.
    const rests = {
      availability: "available" as const,
      at: Date.now() - 240_000,
      stale: false,
      fresh_until: Date.now() + 60_000,
      by_telephone: true,
    };
    host.tell({
      event: "presence_changed",
      payload: { rows: [{ contact: "contact10", presence: rests }], problem: null },
    });
    await row.getByText(/available on the telephone, told 4 min ago/).waitFor();
    expect(await row.locator("[data-stale]").count()).toBe(0);
    expect(await axeFindings(page)).toEqual([]);
  });
});

describe("the caller card", () => {
  const tabs = freshTabs();
  let page: Page;
  let host: FixtureHost;
  beforeEach(async () => {
    page = tabs.page;
    host = new FixtureHost(views.busy());
    await host.attach(page);
    await page.goto(ORIGIN);
    await page.getByRole("button", { name: "Maria Huber" }).first().click();
    await card().getByText("Put through before").waitFor();
  });

  const card = () => page.getByRole("dialog");
  const payloads = (cmd: Parameters<FixtureHost["did"]>[0]) => host.did(cmd).map(({ payload }) => payload);

  it("says how each attempt to put through ended, what is kept and for how long, and has it erased", async () => {
    await card()
      .getByText(/last came back, .*: Nobody answered\./)
      .waitFor();
    await card().getByText("5 attempts of this caller, kept for 90 days.").waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await card().getByRole("button", { name: "Erase …" }).press("Enter");
    await page
      .getByRole("dialog", { name: /Erase the transfers of/ })
      .getByRole("button", { name: "Erase", exact: true })
      .press("Enter");
    await expect.poll(() => payloads("erase_transfer_history")).toEqual([{ party: views.MARIA.party }]);
  });

  it("leads to the one place where it is set for how long transfers are kept", async () => {
    host.answers.set("get_transfer_retention", () => ({
      kind: "retention",
      value: { days: 90, days_min: 1, days_max: 730 },
    }));
    await card().getByRole("button", { name: "How long …" }).press("Enter");
    await expect.poll(() => page.getByRole("textbox", { name: "Days" }).inputValue()).toBe("90");
    await card().waitFor({ state: "detached" });
  });

  it("blocks a number with a reason, and takes that back", async () => {
    await card().getByRole("button", { name: "Block …" }).press("Enter");
    await card().getByLabel("Why").fill("Threatens us");
    await card().getByRole("button", { name: "Block the number" }).press("Enter");
    await expect
      .poll(() => payloads("list_number"))
      .toEqual([
        { form: { kind: "blocked", number: views.MARIA.number, prefix: false, reason: "Threatens us" } },
      ]);
    const listed = people.NUMBERS.listed[0] ?? null;
    host.answers.set("get_caller_card", () => ({
      kind: "caller_card",
      value: { ...views.card(views.MARIA), listed },
    }));
    host.tell({ event: "callers_changed" });
    await card().getByText("Threatened a colleague").waitFor();
    await card().getByRole("button", { name: "Take back" }).press("Enter");
    await expect.poll(() => payloads("unlist_number")).toEqual([{ listed: "l1" }]);
  });
});

describe("a caller whose number is listed as spam", () => {
  const tabs = freshTabs();

  it("is marked where she waits and where she rings", async () => {
    const { page } = tabs;
    const view = views.ringing();
    view.queue = view.queue.map((row) => ({ ...row, caller: { ...row.caller, marked: "spam" as const } }));
    await new FixtureHost(view).attach(page);
    await page.goto(ORIGIN);
    await page.getByRole("region", { name: "Ringing call" }).getByText("Spam").waitFor();
    await page
      .getByRole("grid", { name: "Waiting callers" })
      .getByRole("row")
      .nth(1)
      .getByText("Spam")
      .waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });
});
