//! "Why?" of a call that waits and of one that is over (ROUTE-6), and services as targets with their pre-flight (CALL-6), by
//! keyboard through the real page.

import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import type { ConsoleView } from "../src/platform/bindings";
import { axeFindings } from "./axe";
import { freshTabs } from "./browser";
import { FixtureHost, ORIGIN } from "./fixtures/host";
import * as views from "./fixtures/views";

const tabs = freshTabs();
let page: Page;
let host: FixtureHost;

beforeEach(() => {
  page = tabs.page;
});

async function open(view: ConsoleView): Promise<void> {
  host = new FixtureHost(view);
  await host.attach(page);
  await page.goto(ORIGIN);
  await page.locator("main :is(section, h1)").first().waitFor();
}

const dialog = () => page.getByRole("dialog");
const queue = () => page.getByRole("grid", { name: "Waiting callers" });

describe("why", () => {
  it("of a waiting call is told with W: who is rung, who is passed over, and for what", async () => {
    await open(views.busy());
    await queue().focus();
    await page.keyboard.press("w");
    await dialog().getByText("Rings at Rita Meier.").waitFor();
    const asked = host.did("get_why").at(-1);
    expect(asked?.payload).toEqual({ call: views.busy().queue[0]?.call, past: false });
    const row = dialog().getByRole("row", { name: /Sara Bianchi/ });
    expect(await row.innerText()).toContain("in another call");
    expect(await row.innerText()).toContain("Passed over");
    expect(await axeFindings(page)).toEqual([]);

    await dialog().getByRole("button", { name: "Show what was decided so far" }).press("Enter");
    await dialog().getByText("Jan Vogt declined, and is not rung for this call for 10 s.").waitFor();
    expect(await dialog().getByText("Rings at Rita Meier.").count()).toBe(1);
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await expect.poll(() => dialog().count()).toBe(0);
  });

  it("is told anew while the caller waits, and says when she waits no more", async () => {
    await open(views.busy());
    await queue().focus();
    await page.keyboard.press("w");
    await dialog().getByText("Rings at Rita Meier.").waitFor();
    host.show((view) => ({ ...view, queue: view.queue.slice(1) }));
    await dialog().getByText("This call waits no more.").waitFor();
  });

  it("of a past call is told from the list of calls, decision by decision", async () => {
    await open(views.calm());
    await page.keyboard.press("Alt+l");
    await page.getByRole("grid").waitFor();
    await page.keyboard.press("w");
    await dialog().getByText("The caller hung up.").waitFor();
    expect(host.did("get_why").at(-1)?.payload).toMatchObject({ past: true });
    const details = dialog().getByText("Who was considered (35)").first();
    await details.focus();
    await page.keyboard.press("Enter");
    await dialog().getByText("could be rung, number 2 in order").first().waitFor();
    await dialog().getByText("and 31 more").first().waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it("that cannot be told says so in the host's words", async () => {
    await open(views.busy());
    host.answers.set("get_why", () => ({
      refuse: { code: "store.unavailable", message: "The journal cannot be read just now." },
    }));
    await queue().focus();
    await page.keyboard.press("w");
    await dialog().getByRole("alert").getByText("The journal cannot be read just now.").waitFor();
  });
});

describe("a service as a target", () => {
  it("says what awaits the caller before Enter puts her through", async () => {
    await open(views.busy());
    await page.keyboard.press("t");
    await page.keyboard.type("sales hot");
    const preflight = page.getByRole("region", { name: "What awaits the caller at Sales hotline" });
    await preflight.getByText("The caller will wait: nobody is free for her yet.").waitFor();
    for (const part of ["3 callers wait", "longest", "0 free, 3 on duty, 5 members"]) {
      expect(await preflight.innerText()).toContain(part);
    }
    expect(host.did("transfer")).toEqual([]);
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await expect
      .poll(() => host.did("transfer").at(-1)?.payload)
      .toMatchObject({
        mode: "safe",
        to: { service: "s2", voicemail: false },
      });
  });

  it("is asked about again when the console changes", async () => {
    await open(views.busy());
    await page.keyboard.press("t");
    await page.keyboard.type("repairs");
    await page.getByText("Nobody is on duty there: the caller would wait for nobody.").waitFor();
    const before = host.did("get_preflight").length;
    host.show((view) => view);
    await expect.poll(() => host.did("get_preflight").length).toBe(before + 1);
  });

  it("is offered neither to call nor to consult", async () => {
    await open(views.calm());
    await page.getByRole("combobox").fill("sales hot");
    await page.getByText("Nobody found for").waitFor();
    await open(views.busy());
    await page.keyboard.press("c");
    await page.keyboard.type("sales hot");
    await page.getByText("Nobody found for").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.keyboard.press("t");
    await page.keyboard.type("sales hot");
    await page.getByText("The caller will wait").waitFor();
    await page.keyboard.press("Shift+Enter");
    expect(host.did("consult")).toEqual([]);
  });
});
