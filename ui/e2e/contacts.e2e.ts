//! Favourites, groups and the card of a contact in a real browser (DIR-4), by keyboard and pointer: what is asked of the host, and
//! that nothing is a barrier.

import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import { axeFindings } from "./axe";
import { freshTabs } from "./browser";
import { FixtureHost, ORIGIN } from "./fixtures/host";
import * as people from "./fixtures/people";
import * as views from "./fixtures/views";

const tabs = freshTabs();
let page: Page;
let host: FixtureHost;

beforeEach(async () => {
  page = tabs.page;
  host = new FixtureHost(views.calm());
  await host.attach(page);
  await page.goto(ORIGIN);
  await search().waitFor();
  host.group(people.GROUPS);
  await bar().waitFor();
});

const search = () => page.getByRole("combobox");
const bar = () => page.getByRole("radiogroup", { name: "Whom to list" });
const grid = () => page.getByRole("grid", { name: "Contacts found" });
const names = async (): Promise<string[]> =>
  (await grid().getByRole("row").allInnerTexts()).map((text) => text.split("\n")[0] ?? "");
const group = (id: string): string[] =>
  people.GROUPS.find((one) => one.id === id)?.contacts.map((contact) => contact.display_name) ?? [];
const payloads = (cmd: Parameters<FixtureHost["did"]>[0]) => host.did(cmd).map(({ payload }) => payload);

describe("favourites and groups", () => {
  it("are listed while nothing is typed; left and right choose the group, the last one is everybody", async () => {
    await expect.poll(names).toEqual(group("0"));
    await search().focus();
    await page.keyboard.press("ArrowRight");
    await expect.poll(names).toEqual(group("g1"));
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await expect.poll(async () => (await names()).length).toBeGreaterThan(10);
    await page.keyboard.press("ArrowLeft");
    await expect.poll(names).toEqual(group("g2"));
    expect(await axeFindings(page)).toEqual([]);
  });

  it("call nobody by a stray Enter, and the chosen one by an Enter that is meant", async () => {
    await search().focus();
    await page.keyboard.press("Enter");
    expect(host.did("place_call")).toEqual([]);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await expect
      .poll(() => payloads("place_call"))
      .toMatchObject([{ to: { contact: people.GROUPS[0]?.contacts[0]?.id } }]);
  });

  it("are put into another order with Alt and the arrows, and the choice goes along", async () => {
    const [first, second, third] = people.GROUPS[0]?.contacts ?? [];
    await search().focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Alt+ArrowUp");
    await expect
      .poll(() => payloads("place_contact"))
      .toEqual([{ group: "0", contact: second?.id, before: first?.id }]);
    const contacts = [second, first, third].flatMap((contact) => contact ?? []);
    host.group(people.GROUPS.map((one) => (one.id === "0" ? { ...one, contacts } : one)));
    await expect.poll(names).toEqual(contacts.map((contact) => contact.display_name));
    const chosen = page.locator('[role="row"][aria-selected="true"]');
    expect(await chosen.innerText()).toContain(second?.display_name);
    await page.keyboard.press("Alt+ArrowUp");
    expect(host.did("place_contact")).toHaveLength(1);
  });

  it("are dragged with the pointer", async () => {
    const [first, , third, fourth] = people.GROUPS[0]?.contacts ?? [];
    const row = (name: string | undefined) => grid().getByRole("row", { name: name ?? "" });
    await row(first?.display_name).dragTo(row(third?.display_name));
    await expect
      .poll(() => payloads("place_contact"))
      .toEqual([{ group: "0", contact: first?.id, before: fourth?.id }]);
    await row(fourth?.display_name).dragTo(row(first?.display_name));
    await expect
      .poll(() => payloads("place_contact").at(-1))
      .toEqual({ group: "0", contact: fourth?.id, before: first?.id });
  });

  it("gain and lose the chosen contact with one key", async () => {
    await search().fill("keller");
    await grid()
      .getByRole("row", { name: /Anna Keller/ })
      .first()
      .waitFor();
    await page.keyboard.press("Alt+f");
    await expect.poll(() => payloads("set_favourite")).toEqual([{ contact: "contact0", favourite: true }]);
  });
});

describe("the card of a contact", () => {
  const card = () => page.getByRole("dialog");
  const note = () => card().getByRole("region", { name: "Note" });

  beforeEach(async () => {
    await search().fill("keller");
    await grid()
      .getByRole("row", { name: /Anna Keller/ })
      .first()
      .waitFor();
    await page.keyboard.press("Control+i");
    await card().getByText("Same department").waitFor();
  });

  it("says everything that is known, how old it is and where it comes from", async () => {
    for (const text of [/told \d+ s ago/, /From Entra/, /until .* told|Now busy/, /33 more/]) {
      await card().getByText(text).first().waitFor();
    }
    await card().getByText("written without knowing of what stands above").waitFor();
    await card()
      .getByText(/said by Rita Meier/)
      .waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it("chooses the number that is tried first, and calls any", async () => {
    await card().getByRole("radio", { name: "Try +41 79 200 10 10 first" }).click();
    await expect
      .poll(() => payloads("set_default_endpoint"))
      .toEqual([{ contact: "contact0", address: "+41 79 200 10 10" }]);
    await card().getByRole("button", { name: "Call 4000" }).press("Enter");
    await expect.poll(() => payloads("place_call")).toMatchObject([{ to: { address: "4000" } }]);
  });

  it("writes a note over the revision that was seen, and says when somebody else wrote meanwhile", async () => {
    await note().getByRole("button", { name: "Change …" }).press("Enter");
    await note().getByLabel("Note for everybody").fill("On leave until Friday.");
    host.answers.set("put_note", () => ({ kind: "note", value: people.NOTE }));
    await note().getByRole("button", { name: "Save" }).press("Enter");
    await note().getByText("both notes are kept").waitFor();
    expect(payloads("put_note")).toEqual([
      { contact: "contact0", text: "On leave until Friday.", revision: people.NOTE.revision },
    ]);
  });

  it("puts the contact into groups and makes new ones", async () => {
    await card().getByRole("checkbox", { name: "Suppliers" }).click();
    await expect
      .poll(() => payloads("place_contact"))
      .toEqual([{ group: "g2", contact: "contact0", before: null }]);
    await card().getByRole("textbox", { name: "New group" }).fill("Board");
    await page.keyboard.press("Enter");
    await expect.poll(() => payloads("put_group")).toEqual([{ group: null, name: "Board" }]);
    await expect
      .poll(() => payloads("place_contact").at(-1))
      .toEqual({ group: "g9", contact: "contact0", before: null });
  });

  it("says who stands in, and lets another be chosen until a day", async () => {
    const part = card().getByRole("region", { name: "Stands in" });
    await part.getByRole("button", { name: "Change …" }).press("Enter");
    await part.getByLabel("Until the end of").fill("2027-01-15");
    await part.getByLabel("Who stands in").fill("eva");
    await part
      .getByRole("group", { name: "Contacts to stand in" })
      .getByRole("button")
      .first()
      .press("Enter");
    const until = new Date(2027, 0, 15, 23, 59, 59, 999).getTime();
    await expect
      .poll(() => payloads("set_stand_in"))
      .toEqual([{ contact: "contact0", stand_in: "contact4", until }]);
  });

  it("shows who is above and below, as it was told and then as it is told now, and each can be called", async () => {
    const part = card().getByRole("region", { name: "Organisation" });
    await part.getByText("and 12 more").waitFor();
    expect(payloads("get_reporting_line")).toEqual([
      { contact: "contact0", ask: false },
      { contact: "contact0", ask: true },
    ]);
    for (const text of ["Manager", "Reports to her", /told by the directory \d+ s ago/, /Same department/]) {
      await part.getByText(text).first().waitFor();
    }
    expect(await axeFindings(page)).toEqual([]);
    const manager = people.line(true).manager;
    const name = manager?.display_name ?? "";
    await part.getByRole("button", { name: `Call ${name}` }).press("Enter");
    const to = { address: manager?.endpoints[0]?.address, contact: manager?.id };
    await expect.poll(() => payloads("place_call")).toMatchObject([{ to }]);
  });

  it("goes on showing what the directory told last where it cannot be asked, with the reason", async () => {
    const why = "Microsoft 365 cannot be reached.";
    host.answers.set("get_reporting_line", () => ({
      kind: "reporting_line",
      value: { ...people.line(false), due: false, problem: why },
    }));
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+i");
    const part = card().getByRole("region", { name: "Organisation" });
    await part.getByText(`The directory did not tell it anew. ${why}`).waitFor();
    await part.getByText("told by the directory 2 h ago").waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it("gives the caller on the line to the manager, or asks her first", async () => {
    host.show(() => views.busy());
    const part = card().getByRole("region", { name: "Organisation" });
    const name = people.line(true).manager?.display_name ?? "";
    await part.getByRole("button", { name: `Consult ${name}` }).waitFor();
    await part.getByRole("button", { name: `Put through to ${name}` }).press("Enter");
    await expect.poll(() => payloads("transfer")).toMatchObject([{ call: "c1", mode: "safe" }]);
  });

  it("goes from card to card and back again", async () => {
    const part = card().getByRole("region", { name: "Organisation" });
    const [one, other] = [people.line(true).manager, people.line(true).reports[0]];
    const open = (name: string | undefined) => part.getByRole("button", { name: `Card of ${name ?? ""}` });
    const cards = () => host.did("get_contact_card").map(({ payload }) => payload);
    await open(one?.display_name).press("Enter");
    await expect.poll(cards).toContainEqual({ contact: one?.id });
    await open(other?.display_name).press("Enter");
    await expect.poll(cards).toContainEqual({ contact: other?.id });
    const before = cards().length;
    await page.keyboard.press("Alt+ArrowLeft");
    await expect.poll(() => cards().slice(before)).toEqual([{ contact: one?.id }]);
    await card().getByRole("button", { name: "Back", exact: true }).press("Enter");
    await expect.poll(() => cards().slice(before)).toEqual([{ contact: one?.id }, { contact: "contact0" }]);
    await card().getByRole("button", { name: "Back", exact: true }).waitFor({ state: "detached" });
  });

  it("leads to the cards of colleagues and gives the focus back when it closes", async () => {
    await card()
      .getByRole("button", { name: /^Card of / })
      .last()
      .press("Enter");
    await expect.poll(() => payloads("get_contact_card").length).toBe(2);
    await page.keyboard.press("Escape");
    await card().waitFor({ state: "detached" });
    await expect.poll(() => search().evaluate((field) => field === document.activeElement)).toBe(true);
  });
});
