//! Where contacts come from, in a real browser (DIR-1): how each source stands in words, reading it again, adding, changing and
//! removing it, by the keyboard.

import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import { axeFindings } from "./axe";
import { freshTabs } from "./browser";
import { signedIn } from "./fixtures/admin";
import { GOOD, SOURCES } from "./fixtures/directory";
import { FixtureHost, ORIGIN } from "./fixtures/host";
import * as people from "./fixtures/people";
import * as views from "./fixtures/views";

describe("the sources of contacts", () => {
  const tabs = freshTabs();
  let page: Page;
  let host: FixtureHost;

  beforeEach(async () => {
    page = tabs.page;
    host = new FixtureHost(views.calm());
    await host.attach(page);
    await page.goto(ORIGIN);
    await page.getByRole("combobox").waitFor();
    await page.keyboard.press("Alt+b");
    await list().waitFor();
    host.stand(SOURCES);
    await source("Head office").waitFor();
  });

  const list = () => page.getByRole("list", { name: "Sources of contacts" });
  const source = (name: string) => list().getByRole("listitem").filter({ hasText: name });

  it("say how they stand, how old that is, and what a missing consent costs", async () => {
    await source("Colleagues in Entra ID")
      .getByText(/Up to date · 12,480 contacts · read \d+ min ago/)
      .waitFor();
    const outlook = source("My Outlook");
    await outlook.getByText(/A consent is missing · never read yet/).waitFor();
    await outlook.getByText("Your own contacts are not found").waitFor();
    const office = source("Head office");
    await office.getByText(/Not up to date · read 3 h ago · last tried/).waitFor();
    await office.getByText("3,120 contacts of before can still be found.").waitFor();
    await source("Plant Winterthur").getByText("3,000 contacts read so far").waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it("are read again when asked, and asked for again when the host says that they have changed", async () => {
    await page.getByRole("button", { name: "Read Head office now" }).press("Enter");
    await expect
      .poll(() => host.did("refresh_source").map(({ payload }) => payload))
      .toEqual([{ source: "ldap" }]);
    host.stand(SOURCES.map((one) => (one.id === "ldap" ? { ...one, state: "reading", message: null } : one)));
    await source("Head office").getByText("Being read").waitFor();
  });

  it("are added by the keyboard; what the host refuses is said at its field", async () => {
    await page.getByRole("button", { name: "Add a source" }).press("Enter");
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    await dialog.getByRole("button", { name: "Save and read" }).press("Enter");
    await dialog.getByText("Needed").first().waitFor();
    expect(host.did("put_source")).toEqual([]);
    await dialog.getByLabel("Name", { exact: false }).first().fill("Head office");
    await dialog.getByLabel("Server").fill("ldap example");
    await dialog.getByLabel("Encryption").selectOption("start_tls");
    await dialog.getByLabel("Search below").fill("dc=example,dc=com");
    const message = "The server is a name or an address, such as ldap.example.com.";
    host.answers.set("put_source", () => ({
      refuse: { code: "request.invalid", message, field: "ldap.host" },
    }));
    await page.keyboard.press("Enter");
    await dialog.getByText(message).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    host.answers.delete("put_source");
    await dialog.getByLabel("Server").fill("ldap.example.com");
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    expect(host.did("put_source").at(-1)?.payload).toMatchObject({
      source: {
        id: null,
        kind: "ldap",
        name: "Head office",
        ldap: { host: "ldap.example.com", port: 389, security: "start_tls", base_dn: "dc=example,dc=com" },
      },
    });
  });

  it("are changed without their password being shown, and removed only when she is sure", async () => {
    await page.getByRole("button", { name: "Change Head office" }).press("Enter");
    const dialog = page.getByRole("dialog");
    expect(await dialog.getByLabel("Password").inputValue()).toBe("");
    await dialog.getByText("the password of before stays").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Remove suppliers.csv" }).press("Enter");
    await dialog.getByText("412 contacts leave the search").waitFor();
    expect(host.did("remove_source")).toEqual([]);
    await dialog.getByRole("button", { name: "Remove", exact: true }).press("Enter");
    await expect
      .poll(() => host.did("remove_source").map(({ payload }) => payload))
      .toEqual([{ source: "suppliers.csv" }]);
  });

  it("are only looked at by somebody who may not change them", async () => {
    host.seat(signedIn("user"));
    await page.getByRole("button", { name: "Add a source" }).waitFor({ state: "detached" });
    await source("Head office").waitFor();
  });

  it("say where nobody’s presence is told, and what that costs", async () => {
    host.tell({
      event: "presence_changed",
      payload: { rows: [], problem: "Your organisation has not allowed Usher to read presence." },
    });
    await page.getByText("Your organisation has not allowed Usher to read presence.").waitFor();
  });

  it("that are behind are said in one line on every screen, which leads to them; a consent never given is no news", async () => {
    await page.keyboard.press("Alt+a");
    const band = page.getByRole("status").filter({ hasText: "Not up to date" });
    await band.getByText(/Head office since .*The search goes on with what was read before/).waitFor();
    expect(await band.innerText()).not.toContain("Outlook");
    await page.getByRole("combobox").fill("kel");
    await page
      .getByRole("row", { name: /Keller/ })
      .first()
      .waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await band.getByRole("button", { name: "Sources …" }).press("Enter");
    await list().waitFor();
    host.stand(GOOD);
    await band.waitFor({ state: "detached" });
  });
});

describe("the numbers", () => {
  const tabs = freshTabs();
  let page: Page;
  let host: FixtureHost;
  beforeEach(async () => {
    page = tabs.page;
    host = new FixtureHost(views.calm());
    await host.attach(page);
    await page.goto(ORIGIN);
    await page.getByRole("combobox").waitFor();
    await page.keyboard.press("Alt+b");
    await page.getByRole("tab", { name: "Numbers" }).click();
    await page.getByRole("list", { name: "Listed numbers" }).waitFor();
  });

  const payloads = (cmd: Parameters<FixtureHost["did"]>[0]) => host.did(cmd).map(({ payload }) => payload);

  it("that are listed say why, by whom and what they turned away, and are taken back", async () => {
    const list = page.getByRole("list", { name: "Listed numbers" });
    await list.getByText("Threatened a colleague").waitFor();
    await list.getByText(/by Nora Steiner, 12 days ago · 7 calls turned away · last 3 h ago/).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await list.getByRole("button", { name: "Take back +44 20 7946" }).press("Enter");
    await expect.poll(() => payloads("unlist_number")).toEqual([{ listed: "l2" }]);
  });

  it("are listed with a reason; what the host refuses is said at the number", async () => {
    await page.getByRole("textbox", { name: "Number" }).fill("12");
    const message = "This is not a number that anybody can have.";
    host.answers.set("list_number", () => ({ refuse: { code: "request.invalid", message } }));
    await page.keyboard.press("Enter");
    await page.getByText(message).waitFor();
    host.answers.delete("list_number");
    await page.getByRole("textbox", { name: "Number" }).fill("+44 20 7946");
    await page.getByLabel("What becomes of its callers").selectOption("spam");
    await page.getByRole("textbox", { name: "Why" }).fill("Sells insurance");
    await page.getByRole("checkbox", { name: "All numbers that begin so" }).click();
    await page.getByRole("button", { name: "List it" }).press("Enter");
    await expect
      .poll(() => payloads("list_number").at(-1))
      .toEqual({ form: { kind: "spam", number: "+44 20 7946", prefix: true, reason: "Sells insurance" } });
  });

  it("without a country code are read by the home country that is chosen", async () => {
    const country = page.getByLabel("The telephone system stands in");
    expect(await country.inputValue()).toBe("CH");
    await country.selectOption({ label: "Germany" });
    await expect.poll(() => payloads("set_home_country")).toEqual([{ country: "DE" }]);
  });

  it("are dialled as the telephone system of the site wants it, and what is out of range is said at its field", async () => {
    const form = page.getByRole("form", { name: "How this site is dialled" });
    expect(await form.getByLabel("Outside line", { exact: true }).inputValue()).toBe("0");
    await form.getByLabel("Outside line", { exact: true }).fill("9");
    await form.getByLabel("Shortest extension").fill("4");
    await form.getByLabel("Longest extension").fill("ten");
    await form.getByLabel("Block of the site").fill("+44 20 7946");
    await form.getByRole("checkbox", { name: /Callers from outside/ }).click();
    const message = "The longest extension has 4 to 8 digits.";
    host.answers.set("set_dialling", () => ({
      refuse: { code: "setting.out-of-range", message, field: "extension_max" },
    }));
    await form.getByRole("button", { name: "Save" }).press("Enter");
    await form.getByText(message).waitFor();
    expect(await axeFindings(page)).toEqual([]);

    host.answers.delete("set_dialling");
    await form.getByLabel("Longest extension").fill("4");
    await form.getByRole("button", { name: "Save" }).press("Enter");
    await form.getByText("from the next call on").waitFor();
    expect(payloads("set_dialling").at(-1)).toEqual({
      form: {
        outside: "9",
        comes_with_outside: true,
        extension_min: 4,
        extension_max: 4,
        block: "+44 20 7946",
      },
    });
  });

  it("are beside her groups, which are named, moved by keys and removed", async () => {
    host.group(people.GROUPS);
    await page.getByRole("tab", { name: "Your groups" }).click();
    const list = page.getByRole("list", { name: "Your groups, in your order" });
    const group = list.getByRole("listitem").filter({ hasText: "Suppliers" });
    expect(await axeFindings(page)).toEqual([]);
    await group.getByRole("button", { name: "Rename" }).focus();
    await page.keyboard.press("Alt+ArrowUp");
    await expect.poll(() => payloads("move_group")).toEqual([{ group: "g2", before: "g1" }]);
    await page.keyboard.press("Enter");
    await list.getByRole("textbox", { name: "New name of Suppliers" }).fill("Trade");
    await page.keyboard.press("Enter");
    await expect.poll(() => payloads("put_group")).toEqual([{ group: "g2", name: "Trade" }]);
    await page.getByRole("button", { name: "Remove Emergency desk" }).press("Enter");
    await page.getByRole("dialog").getByRole("button", { name: "Remove", exact: true }).press("Enter");
    await expect.poll(() => payloads("remove_group")).toEqual([{ group: "g1" }]);
  });
});
