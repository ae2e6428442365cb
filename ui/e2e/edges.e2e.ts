//! States that a real host cannot be brought into at will, through the real page under the real content policy: what is
//! shown, what the keys do, and that nothing takes the focus.

import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ConsoleView, LockReason, ProtectionView } from "../src/platform/bindings";
import { axeFindings } from "./axe";
import { openBrowser } from "./browser";
import { FixtureHost, ORIGIN } from "./fixtures/host";
import * as views from "./fixtures/views";

let browser: Browser;
let context: BrowserContext;
let page: Page;
let host: FixtureHost;
let errors: string[];

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  page = await context.newPage();
  errors = [];
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(error.message));
});
afterEach(() => context.close());

async function open(view: ConsoleView, protection = views.safe()): Promise<void> {
  host = new FixtureHost(view, protection);
  await host.attach(page);
  await page.goto(ORIGIN);
  await page.locator("main :is(section, h1)").first().waitFor();
}

const search = () => page.getByRole("combobox");
const ringing = () => page.getByRole("region", { name: "Ringing call" });
const focused = () =>
  page.evaluate(() => document.activeElement?.getAttribute("data-region") ?? document.activeElement?.tagName);

async function asked(cmd: Parameters<FixtureHost["did"]>[0], times = 1): Promise<unknown> {
  await expect.poll(() => host.did(cmd).length).toBe(times);
  return host.did(cmd).at(-1)?.payload;
}

describe("after-call work", () => {
  it("can be given more time, or be ended", async () => {
    await open(views.calm());
    host.show((view) => ({
      ...view,
      me: { ...view.me, acw_until: Date.now() + 20_000, not_selectable: "acw" },
    }));
    await page.getByRole("button", { name: "More time" }).click();
    await asked("extend_acw");
    await page.getByRole("button", { name: /Ready now/ }).click();
    await asked("end_acw");
    expect(await axeFindings(page)).toEqual([]);
  });
});

describe("a callback", () => {
  it("is told apart by icon and word, and taking it calls", async () => {
    const view = views.callbacks();
    const row = view.queue[0];
    await open({ ...view, calls: [] });
    const cell = page.getByRole("grid", { name: "Waiting callers" }).getByRole("row").first();
    await cell.getByText("Callback", { exact: true }).waitFor();
    await cell.hover();
    await cell.getByRole("button", { name: /^Call back / }).click();
    expect(await asked("pick")).toEqual({ call: row?.call });
    host.show(() => view);
    await page.getByRole("region", { name: "Ringing" }).getByText("Callback", { exact: true }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it("that rings is called back by Enter", async () => {
    const view = views.ringing();
    await open({ ...view, queue: view.queue.map((row) => ({ ...row, callback: true })) });
    await ringing()
      .getByRole("button", { name: /^Call back/ })
      .waitFor();
    await page.keyboard.press("Enter");
    expect(await asked("accept")).toEqual({ offer: "o1" });
  });
});

describe("a ring", () => {
  it("says who, for which service, since when, and is answered by Enter", async () => {
    await open(views.calm());
    host.show(() => views.ringing());
    await ringing().waitFor();
    for (const part of ["Maria Huber", "Huber Holzbau AG", "Main number", "Anna Keller 3×"]) {
      await expect.poll(() => ringing().innerText()).toContain(part);
    }
    await page.keyboard.press("Enter");
    expect(await asked("accept")).toEqual({ offer: "o1" });
  });

  it("is spoken at once by a screen reader", async () => {
    await open(views.calm());
    host.show(() => views.ringing());
    await expect
      .poll(() => page.locator("[aria-live=assertive]").innerText())
      .toContain("Call for Main number: Maria Huber");
  });

  it("does not take the focus or the Enter from somebody who types", async () => {
    await open(views.calm());
    await search().fill("kel");
    host.show(() => views.ringing());
    await ringing().waitFor();
    expect(await search().evaluate((field) => field === document.activeElement)).toBe(true);
    await page.keyboard.press("Enter");
    await asked("place_call");
    expect(host.did("accept")).toEqual([]);
    await page.keyboard.press("F2");
    await asked("accept");
  });

  it("is answered by Enter from an empty search field", async () => {
    await open(views.ringing());
    await search().focus();
    await page.keyboard.press("Enter");
    await asked("accept");
    await expect.poll(focused).toBe("calls");
  });

  it("is answered by Enter although a switch was clicked before, but not while the keyboard is on one", async () => {
    await open(views.ringing());
    const service = page.getByRole("switch", { name: "Take calls for Sales hotline" });
    await service.click();
    await asked("set_serving");
    await page.keyboard.press("Enter");
    await asked("accept");
    await page.keyboard.press("Tab");
    await service.focus();
    await page.keyboard.press("Enter");
    await asked("set_serving", 2);
    expect(host.did("accept")).toHaveLength(1);
  });

  it("shows itself on every screen and is answered over a dialog with F2", async () => {
    await open(views.calm());
    await page.keyboard.press("Alt+l");
    await page.getByRole("grid").waitFor();
    host.show(() => views.ringing());
    await ringing().waitFor();
    await page.keyboard.press("F1");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("F2");
    await asked("accept");
  });

  it("is never answered for another row: Enter in the queue takes the one that rings here", async () => {
    await open(views.ringing());
    await page.getByRole("grid", { name: "Waiting callers" }).focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await asked("accept");
    expect(host.did("pick")).toEqual([]);
  });
});

describe("a call", () => {
  it("is held, parked, muted and ended by its keys", async () => {
    await open(views.busy());
    await page.keyboard.press("h");
    expect(await asked("hold")).toEqual({ call: "c1" });
    await page.keyboard.press("p");
    expect(await asked("park")).toEqual({ call: "c1", slot: null });
    await page.keyboard.press("m");
    expect(await asked("set_muted")).toEqual({ muted: true });
    await page.keyboard.press("Control+e");
    expect(await asked("hang_up")).toEqual({ call: "c1" });
  });

  it("goes on hold by itself when a held, a parked or a waiting caller is taken instead", async () => {
    await open(views.busy());
    await page.getByRole("button", { name: "Retrieve Peter Stöckli" }).click();
    expect(await asked("retrieve")).toEqual({ call: "c2" });
    await page.getByRole("button", { name: /Slot 4/ }).click();
    expect(await asked("unpark")).toEqual({ slot: 4 });
    await page.getByRole("grid", { name: "Waiting callers" }).focus();
    await page.keyboard.press("Enter");
    expect(await asked("pick")).toEqual({ call: "q2" });
    expect(host.did("hold").map(({ payload }) => payload)).toEqual(Array(3).fill({ call: "c1" }));
  });

  it("is held with Alt+H while she types", async () => {
    await open(views.busy());
    await search().fill("h");
    await page.keyboard.press("h");
    expect(host.did("hold")).toEqual([]);
    await page.keyboard.press("Alt+h");
    await asked("hold");
    expect(await search().inputValue()).toBe("hh");
  });

  it("is put through by search so that the caller comes back, to the number chosen with the arrows", async () => {
    await open(views.busy());
    await page.keyboard.press("t");
    await page.keyboard.type("keller");
    // Before anything is typed she is there too.
    await page
      .getByRole("status")
      .filter({ hasText: /^24 contacts/ })
      .waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    expect(await asked("transfer")).toMatchObject({
      call: "c1",
      mode: "safe",
      to: { contact: "contact10", address: "+41 79 210 10 20", voicemail: false },
    });
    await expect.poll(() => search().inputValue()).toBe("");
  });

  it("is put through by somebody who types faster than the screen draws, also from another screen", async () => {
    await open(views.busy());
    await page.keyboard.press("Alt+l");
    await page.getByRole("grid", { name: /Call history/ }).waitFor();
    // All in one turn of the page: no frame is drawn between the keys.
    await page.evaluate(() => {
      for (const key of ["t", "k"]) {
        const target = document.activeElement ?? document.body;
        target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
      }
    });
    expect(await page.evaluate(() => document.activeElement?.hasAttribute("data-search"))).toBe(true);
    expect(await page.getByRole("group", { name: /Keypad/ }).count()).toBe(0);
  });

  it("is consulted about with Shift+Enter and put through blind with Alt+Enter", async () => {
    await open(views.busy());
    await search().fill("4007");
    await page.keyboard.press("Shift+Enter");
    expect(await asked("consult")).toMatchObject({ call: "c1", to: { address: "4007" } });
    await search().fill("4008");
    await page.keyboard.press("Alt+Enter");
    expect(await asked("transfer")).toMatchObject({ mode: "blind", to: { address: "4008" } });
  });

  it("keeps what was typed while the host was still busy with the call before", async () => {
    await open(views.busy());
    const busy = host.delay("consult");
    await search().fill("4007");
    await page.keyboard.press("Shift+Enter");
    await asked("consult");
    await search().fill("4008");
    busy.over();
    await expect.poll(() => host.answered("consult")).toBe(1);
    await page.keyboard.press("Alt+Enter");
    expect(await asked("transfer")).toMatchObject({ mode: "blind", to: { address: "4008" } });
    await expect.poll(() => search().inputValue()).toBe("");
  });

  it("goes again to where this caller was put through before with one key", async () => {
    await open(views.busy());
    await page.getByRole("button", { name: "Put through to Anna Keller, 3 times before" }).waitFor();
    await page.keyboard.press("Alt+1");
    expect(await asked("transfer")).toMatchObject({ call: "c1", mode: "safe", to: { address: "4021" } });
  });

  it("sends the digits typed while the keypad is open, and starts a search with them once it is closed", async () => {
    await open(views.busy());
    await page.keyboard.press("k");
    await page.getByRole("group", { name: /Keypad/ }).waitFor();
    await page.keyboard.press("5");
    expect(await asked("send_digits")).toEqual({ call: "c1", digits: "5" });
    await page.keyboard.press("Escape");
    await page.getByRole("group", { name: /Keypad/ }).waitFor({ state: "detached" });
    await page.keyboard.press("5");
    await expect.poll(() => search().inputValue()).toBe("5");
    expect(host.did("send_digits")).toHaveLength(1);
  });

  it("is swapped, joined, completed or taken back in a consultation", async () => {
    await open(views.consulting());
    await page.keyboard.press("s");
    await asked("swap");
    await page.keyboard.press("j");
    await asked("conference");
    await page.keyboard.press("x");
    await asked("cancel_transfer");
    await page.keyboard.press("t");
    expect(await asked("complete_transfer")).toEqual({ transfer: "t1" });
  });

  it("that cannot be put through says why, in the host's words", async () => {
    await open(views.busy());
    host.answers.set("transfer", () => ({
      refuse: { code: "target_busy", message: "Anna Keller is busy." },
    }));
    await search().fill("4000");
    await page.keyboard.press("Enter");
    await page.getByText("Anna Keller is busy.").waitFor();
    expect(await search().inputValue()).toBe("4000");
  });
});

describe("typing", () => {
  it("anywhere begins a search when there is no call", async () => {
    await open(views.calm());
    await page.keyboard.type("huber");
    expect(await search().inputValue()).toBe("huber");
    await page.getByRole("row", { name: /Huber/ }).first().waitFor();
  });

  it("shows the answer to the last letter, however late an earlier one comes", async () => {
    await open(views.calm());
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await page.route(`${ORIGIN}/api`, async (route) => {
      const request = route.request().postDataJSON() as { cmd: string; payload: { query?: string } };
      if (request.cmd === "search_contacts" && request.payload.query === "a") await held;
      await route.fallback();
    });
    await search().pressSequentially("anna k");
    const count = page.getByRole("region", { name: "Contact search" }).getByRole("status");
    await expect.poll(() => count.innerText()).toBe("4 contacts");
    const late = page.waitForResponse(
      (response) => response.request().postData()?.includes('"query":"a"') ?? false,
    );
    release();
    await (await late).finished();
    expect(await count.innerText()).toBe("4 contacts");
  });

  it("a stray Enter without a choice calls nobody", async () => {
    await open(views.calm());
    await search().focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    await expect.poll(focused).toBe("calls");
    expect(host.did("place_call")).toEqual([]);
  });
});

describe("trouble", () => {
  it("a lost host is said, and made good by itself when it is back", async () => {
    await open(views.calm());
    await page.route(`${ORIGIN}/api`, (route) => route.abort());
    await host.hangUp();
    await page.getByText("Usher itself does not answer").waitFor();
    await page.unroute(`${ORIGIN}/api`);
    await page.getByText("Usher itself does not answer").waitFor({ state: "detached" });
  });

  it("a missed call keeps calls away until she is back, with one key", async () => {
    await open(views.missed());
    await page.getByText("You missed a call").waitFor();
    await page.getByText("Telephone system not reachable").waitFor();
    await page.keyboard.press("r");
    await asked("clear_rona");
  });

  it("an unencrypted line is said", async () => {
    await open(views.calm());
    await page.getByText("Calls not encrypted").waitFor();
  });

  it("simulated calls are marked wherever they show", async () => {
    await open(views.training());
    await page.getByText("every caller here is simulated").waitFor();
    expect(await ringing().innerText()).toContain("SIMULATED");
    for (const row of await page.getByRole("grid", { name: "Waiting callers" }).getByRole("row").all()) {
      expect(await row.innerText()).toContain("SIMULATED");
    }
    expect(await page.getByRole("region", { name: "Parked" }).innerText()).toContain("SIMULATED");
  });
});

describe("first run", () => {
  it("starts training", async () => {
    await open(views.firstRun());
    await page.getByRole("button", { name: "Start training" }).click();
    await asked("start_training");
  });

  it("sends a SIP account only when it is whole, and shows what the line says", async () => {
    await open(views.firstRun());
    await page.getByRole("button", { name: "Connect …" }).click();
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await page.getByText("Needed").first().waitFor();
    expect(host.did("connect_sip")).toEqual([]);
    await page.getByLabel("Server").fill("pbx.example.com");
    await page.getByLabel("User or extension").fill("4000");
    await page.getByLabel("Password").fill("secret");
    await page.keyboard.press("Enter");
    expect(await asked("connect_sip")).toMatchObject({
      account: { user: "4000", auth_user: "", registrar: "pbx.example.com", transport: "udp" },
    });
    const link = (state: ConsoleView["link"]["state"], detail: string) => (view: ConsoleView) => ({
      ...view,
      mode: { kind: "sip" as const, simulated: false, detail: "SIP account 4000" },
      link: { state, detail, plain_text: true },
    });
    host.show(link("down", "403 Forbidden: wrong password"));
    await page.getByRole("heading", { name: /did not accept/ }).waitFor();
    await page.getByText("403 Forbidden").first().waitFor();
    host.show(link("up", ""));
    await page.getByRole("heading", { name: "Connected." }).waitFor();
    await page.getByRole("button", { name: "Open the console" }).click();
    await search().waitFor();
  });
});

describe("the recovery key", () => {
  const words = () => page.getByRole("list", { name: "The 24 words, in this order" });

  it("is kept before anything else is set up, and typed back", async () => {
    await open(views.firstRun(), views.unkept());
    await page.getByRole("heading", { name: "Keep this safe" }).waitFor();
    await expect.poll(() => words().getByRole("listitem").allInnerTexts()).toHaveLength(24);
    await page.getByRole("img", { name: /QR code/ }).waitFor();
    await page.getByRole("button", { name: "I have kept it" }).click();
    await expect.poll(() => words().count()).toBe(0);
    host.answers.set("confirm_recovery_key", () => ({
      refuse: { code: "recovery.wrong-words", message: "wrong" },
    }));
    // The first field has the focus: three words, three tabs, Enter.
    for (const word of ["one", "two", "three"]) {
      await page.keyboard.type(word);
      await page.keyboard.press("Tab");
    }
    await page.getByLabel("Word 19").press("Enter");
    await page.getByText("These are not the words").waitFor();
    expect(await asked("confirm_recovery_key")).toEqual({
      words: [
        { position: 4, word: "one" },
        { position: 11, word: "two" },
        { position: 19, word: "three" },
      ],
    });
    host.answers.delete("confirm_recovery_key");
    await page.getByRole("button", { name: "Confirm" }).click();
    host.protect((now) => ({ ...now, recovery: "confirmed" }));
    await page.getByRole("heading", { name: "The recovery key is kept." }).waitFor();
    expect(await page.locator("body").innerText()).not.toContain(views.RECOVERY_WORDS[23]);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Welcome to Usher" }).waitFor();
  });

  it("can be put off, and a band reminds of it until it is kept", async () => {
    await open(views.firstRun(), views.unkept());
    await page.getByRole("button", { name: "Later" }).click();
    await page.getByRole("heading", { name: "Welcome to Usher" }).waitFor();
    host.show(() => views.calm());
    await page.getByRole("button", { name: "Keep the recovery key …" }).click();
    await words().waitFor();
    host.protect((now) => ({ ...now, recovery: "confirmed" }));
    await page.keyboard.press("Alt+l");
    await page.getByText("The recovery key is not kept yet").waitFor({ state: "detached" });
  });

  it("cannot be put off where no keychain holds the key", async () => {
    await open(views.firstRun(), { ...views.unkept(), key_home: "recovery_key" });
    await words().waitFor();
    expect(await page.getByRole("button", { name: "Later" }).count()).toBe(0);
  });

  it("is printed alone: the words, the code and what they are for", async () => {
    await open(views.firstRun(), views.unkept());
    await words().waitFor();
    await page.emulateMedia({ media: "print" });
    expect(await page.getByText("Keep this sheet locked away").isVisible()).toBe(true);
    expect(await page.getByRole("button", { name: "Print" }).isVisible()).toBe(false);
    expect(await page.getByText("Signed in as").isVisible()).toBe(false);
  });

  it("is made anew from the settings, and thought better of", async () => {
    await open(views.calm());
    await page.keyboard.press("Control+,");
    host.answers.set("renew_recovery_key", () => {
      host.protect((now) => ({ ...now, recovery: "renewing" }));
      return { kind: "done" };
    });
    await page.getByRole("button", { name: "Make a new recovery key …" }).click();
    await page.getByRole("heading", { name: "Your new recovery key" }).waitFor();
    await page.getByRole("button", { name: "Keep the old one" }).click();
    await asked("keep_recovery_key");
  });
});

describe("data that cannot be opened", () => {
  async function lock(reason: LockReason): Promise<void> {
    host = new FixtureHost(views.calm());
    host.setLock(views.locked(reason));
    await host.attach(page);
    await page.goto(ORIGIN);
    await page.locator("#locked-title").waitFor();
    // What the browser says of a refused request is not an error of the page.
    errors.length = 0;
  }

  it("says why, tries again, and the console comes without a restart", async () => {
    await lock("keychain_locked");
    await page.getByRole("heading", { name: "The keychain is locked" }).waitFor();
    host.answers.set("retry_unlock", () => ({ refuse: { code: "store.locked", message: "still" } }));
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("Still locked.").waitFor();
    host.answers.set("retry_unlock", () => {
      host.setLock(null);
      return { kind: "done" };
    });
    await page.getByRole("button", { name: "Try again" }).click();
    await search().waitFor();
  });

  it("takes the recovery key as it was pasted, and doubts words that are none", async () => {
    await lock("key_gone");
    const field = page.getByRole("textbox");
    await field.fill("abandon abotu able");
    await page.getByText("“abotu” is not one of the words. Perhaps about").waitFor();
    expect(await page.getByRole("button", { name: "Open with the recovery key" }).isDisabled()).toBe(true);
    const pasted = views.RECOVERY_WORDS.map((word, at) => `${at + 1}. ${word.toUpperCase()}`).join("\n");
    await field.fill(pasted);
    await page.getByText("24 of 24 words").waitFor();
    host.answers.set("unlock_with_recovery", () => ({
      refuse: { code: "recovery.wrong-words", message: "These are not the words of the recovery key." },
    }));
    await field.press("Enter");
    await page.getByText("These are not the words of the recovery key.").waitFor();
    expect(await asked("unlock_with_recovery")).toEqual({ words: views.RECOVERY_WORDS.join(" ") });
  });

  it("names the command that restores a backup where no key helps", async () => {
    await lock("data_damaged");
    await page.getByText("usher restore").waitFor();
    expect(await page.getByRole("textbox").count()).toBe(0);
  });

  it("locks the console that is open", async () => {
    await open(views.busy());
    host.setLock(views.locked("keychain_missing"));
    await page.getByRole("heading", { name: "The keychain does not answer" }).waitFor();
    await search().waitFor({ state: "detached" });
  });
});

describe("the backup", () => {
  it("is silent while it is young, and says its age when it is too old", async () => {
    await open(views.calm());
    const mark = page.getByRole("button", { name: /^Backup .* old$/ });
    expect(await mark.count()).toBe(0);
    host.protect((now) => ({
      ...now,
      backup: { ...now.backup, last_good: Date.now() - 29 * 60_000 - 58_000 },
    }));
    await page.getByRole("button", { name: "Backup 30 min old" }).waitFor();
    await mark.click();
    await page.getByRole("heading", { name: "Data protection" }).waitFor();
    await page.getByText("It should not be older than 30 minutes.").waitFor();
  });

  it("that was never set up is a quiet hint", async () => {
    await open(views.calm(), { ...views.unkept(), recovery: "confirmed" });
    await page.getByRole("button", { name: "No backup yet" }).click();
    await page.getByRole("button", { name: "Set a backup up …" }).waitFor();
  });

  it("goes where it is told, and a refusal says why and keeps what was typed", async () => {
    await open(views.calm());
    await page.keyboard.press("Control+,");
    await page.getByRole("button", { name: "Change …" }).click();
    await page.getByLabel("Region").fill("eu-central-1");
    await page.getByLabel("Access key ID").fill("AKIA");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Needed").waitFor();
    await page.getByLabel("Secret access key").fill("s3cret");
    host.answers.set("set_backup", () => ({
      refuse: { code: "backup.misplaced", message: "It lies in Germany." },
    }));
    await page.keyboard.press("Enter");
    await page.getByText("Nothing was changed: It lies in Germany.").waitFor();
    expect(await asked("set_backup")).toEqual({
      plan: {
        home: "CH",
        recovery: "",
        located: "",
        target: {
          kind: "s3",
          endpoint: "",
          region: "eu-central-1",
          bucket: "usher-bern",
          prefix: "reception",
        },
      },
      credentials: { key_id: "AKIA", secret: "s3cret" },
    });
    expect(await page.getByLabel("Secret access key").inputValue()).toBe("s3cret");
  });

  it("shows how far it is, is cancelled, and lists what can be restored", async () => {
    await open(views.calm(), views.neglected());
    await page.keyboard.press("Control+,");
    await page.getByRole("progressbar", { name: "Backing up" }).waitFor();
    await page.getByRole("button", { name: "Cancel the backup" }).click();
    await asked("cancel_backup");
    host.protect((now) => ({ ...now, backup: { ...now.backup, running: null } }));
    await page.getByRole("button", { name: "Back up now" }).click();
    await asked("back_up_now");
    await page.getByRole("button", { name: "Show points to restore" }).click();
    await expect.poll(() => page.getByRole("table").getByRole("row").count()).toBe(13);
    await page.getByText("The newest 12 of 23.").waitFor();
  });
});

describe("the keys", () => {
  it("are changed while the console is open, and the settings say how far that is", async () => {
    await open(views.calm());
    await page.keyboard.press("Control+,");
    await page.getByText("In this computer's keychain").waitFor();
    await page.getByRole("button", { name: "Change the data key" }).click();
    await asked("rotate_data_key");
    host.protect((now) => ({ ...now, rotation: { done: 1, total: 4 } }));
    await page.getByText("25%").waitFor();
    await page.getByRole("button", { name: "Renew the keychain key" }).click();
    await asked("renew_keychain_key");
    await page.getByText("The keychain has a new key.").waitFor();
  });
});

describe("an address book", () => {
  it("comes in by file, and its bad rows are listed with line and reason", async () => {
    await open(views.calm());
    await page.keyboard.press("Alt+b");
    const file = { name: "staff.csv", mimeType: "text/csv", buffer: Buffer.from("name,number\nAnna,1\n") };
    await page.locator("input[type=file]").setInputFiles(file);
    await page.getByText("9,987 contacts imported").waitFor();
    await page.getByRole("row", { name: /220.*no name and no number/ }).waitFor();
    expect(await asked("import_part")).toEqual({
      file_name: "staff.csv",
      import: null,
      content_base64: file.buffer.toString("base64"),
      is_last: true,
    });
  });

  it("comes in part by part where it is large, says how far it is, and is stopped by keyboard", async () => {
    await open(views.calm());
    await page.keyboard.press("Alt+b");
    const row = "Anna Müller,+41 44 555 66 77\n";
    const buffer = Buffer.from(`name,number\n${row.repeat(300_000)}`);
    const first = host.delay("import_part");
    await page.locator("input[type=file]").setInputFiles({ name: "staff.csv", mimeType: "text/csv", buffer });
    await page.getByRole("progressbar", { name: "Importing staff.csv" }).waitFor();
    await page.getByText("0 % read, 0 contacts so far.").waitFor();
    await page.getByRole("button", { name: "Stop" }).focus();
    await page.keyboard.press("Enter");
    first.over();
    await page.getByText("The import of staff.csv was stopped. Nothing was changed.").waitFor();
    expect(await asked("cancel_import")).toEqual({ import: "1" });
  });
});

describe("the history", () => {
  it("goes on page after page, calls back, and opens the caller's card", async () => {
    await open(views.calm());
    await page.keyboard.press("Alt+l");
    const grid = page.getByRole("grid", { name: /Call history/ });
    await grid.waitFor();
    await page.keyboard.press("End");
    await page.keyboard.press("End");
    await expect.poll(async () => Number(await grid.getAttribute("aria-rowcount"))).toBeGreaterThan(100);
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await grid.focus();
    await page.keyboard.press("c");
    await asked("place_call");
  });
});

describe("every screen is accessible", () => {
  type Reach = (() => Promise<unknown>) | undefined;
  /** What the console still asks for when the data is locked is refused, which the browser writes down as an error. */
  async function lockAtRest(reason: LockReason): Promise<void> {
    await page.waitForLoadState("networkidle");
    host.setLock(views.locked(reason));
  }

  const screens: Record<string, [() => ConsoleView, Reach?, (() => ProtectionView)?]> = {
    calm: [views.calm],
    ringing: [views.ringing],
    busy: [views.busy],
    searching: [
      views.busy,
      async () => {
        await search().fill("kel");
        await page
          .getByRole("row", { name: /Keller/ })
          .first()
          .waitFor();
      },
    ],
    consulting: [views.consulting],
    training: [views.training],
    trouble: [views.missed],
    "first run": [views.firstRun],
    "SIP form": [views.firstRun, () => page.getByRole("button", { name: "Connect …" }).click()],
    history: [views.calm, () => page.keyboard.press("Alt+l")],
    contacts: [views.calm, () => page.keyboard.press("Alt+b")],
    settings: [views.calm, () => page.keyboard.press("Control+,")],
    "report feed": [
      views.calm,
      async () => {
        await page.keyboard.press("Control+,");
        await page.getByRole("button", { name: "Switch on" }).click();
        await page.getByLabel("Password").waitFor();
      },
    ],
    keys: [views.calm, () => page.keyboard.press("F1")],
    keypad: [views.busy, () => page.keyboard.press("k")],
    "recovery key": [views.firstRun, undefined, views.unkept],
    "recovery key, typed back": [
      views.firstRun,
      () => page.getByRole("button", { name: "I have kept it" }).click(),
      views.unkept,
    ],
    "recovery key, put off": [views.calm, undefined, views.unkept],
    protection: [views.calm, () => page.keyboard.press("Control+,"), views.neglected],
    "backup form": [
      views.calm,
      async () => {
        await page.keyboard.press("Control+,");
        await page.getByRole("button", { name: "Set a backup up …" }).click();
        await page.getByRole("button", { name: "Save" }).click();
      },
      views.unkept,
    ],
    "restore points": [
      views.calm,
      async () => {
        await page.keyboard.press("Control+,");
        await page.getByRole("button", { name: "Show points to restore" }).click();
        await page.getByRole("table").waitFor();
      },
    ],
    locked: [
      views.calm,
      async () => {
        await lockAtRest("key_gone");
        await page.getByRole("textbox").fill("abandon abotu able");
      },
    ],
    damaged: [
      views.calm,
      async () => {
        await lockAtRest("data_damaged");
        await page.getByText("usher restore").waitFor();
      },
    ],
  };
  for (const [name, [view, reach, protection]] of Object.entries(screens)) {
    for (const colorScheme of ["light", "dark"] as const) {
      it(`${name}, ${colorScheme}`, async () => {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await open(view(), protection?.());
        await reach?.();
        await page.waitForLoadState("networkidle");
        expect(await axeFindings(page)).toEqual([]);
        expect(errors).toEqual([]);
      });
    }
  }

  it("at 200 % zoom nothing needs scrolling sideways", async () => {
    await page.setViewportSize({ width: 640, height: 400 });
    await open(views.busy());
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBeLessThanOrEqual(640);
    await page.getByRole("button", { name: "Hang up" }).scrollIntoViewIfNeeded();
    await search().scrollIntoViewIfNeeded();
    const cut = await page
      .locator("main > div")
      .first()
      .evaluate((element) => element.scrollWidth > element.clientWidth);
    expect(cut).toBe(false);
  });

  it("at 200 % zoom neither the recovery key nor a locked window needs scrolling sideways", async () => {
    await page.setViewportSize({ width: 640, height: 400 });
    await open(views.firstRun(), views.unkept());
    const next = page.getByRole("button", { name: "I have kept it" });
    await next.scrollIntoViewIfNeeded();
    const fits = () =>
      page
        .locator("main > div")
        .first()
        .evaluate((element) => element.scrollWidth <= element.clientWidth);
    expect(await fits()).toBe(true);
    await next.click();
    await page.getByLabel("Word 4").waitFor();
    expect(await fits()).toBe(true);
    host.setLock(views.locked("data_damaged"));
    await page.getByText("usher restore").scrollIntoViewIfNeeded();
    expect(await fits()).toBe(true);
  });

  it("in forced colours the active call, switches and the selected row can still be told", async () => {
    await page.emulateMedia({ forcedColors: "active" });
    await open(views.training());
    expect(await axeFindings(page)).toEqual([]);
    const row = page.getByRole("grid", { name: "Waiting callers" }).getByRole("row", { selected: true });
    expect(await row.evaluate((element) => getComputedStyle(element).outlineStyle)).toBe("solid");
  });
});
