//! Messages and announcements in a real browser, under the real content policy: what is fetched is really played, and everything
//! is done by the keyboard (CALL-8, CALL-11, ROUTE-3).

import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import { axeFindings } from "./axe";
import { freshTabs } from "./browser";
import { FixtureHost, ORIGIN } from "./fixtures/host";
import * as views from "./fixtures/views";

describe("messages and announcements", () => {
  const tabs = freshTabs();
  let page: Page;
  let host: FixtureHost;

  beforeEach(async () => {
    page = tabs.page;
    host = new FixtureHost({ ...views.calm(), voicemails: 4 });
    await host.attach(page);
    await page.goto(ORIGIN);
    await page
      .getByRole("navigation")
      .getByRole("button", { name: /Messages 4 waiting/ })
      .waitFor();
  });

  /** Seconds that were played so far. */
  const played = (): Promise<number> =>
    page
      .locator("audio")
      .first()
      .evaluate((audio: HTMLAudioElement) => audio.currentTime);
  const grows = async (from: number): Promise<void> => {
    await expect.poll(played, { timeout: 10_000 }).toBeGreaterThan(from);
  };

  it("plays a message, moves in it and deals with it by the keys of the list", async () => {
    await page.keyboard.press("Alt+i");
    const grid = page.getByRole("grid", { name: /Messages/ });
    await grid.waitFor();
    await page.keyboard.press("ArrowDown");
    await page.getByRole("region", { name: "The chosen message" }).getByText("Wattenwyl").waitFor();
    await page.keyboard.press("Space");
    await grows(0.2);
    expect(host.did("get_voicemail")).toEqual([{ cmd: "get_voicemail", payload: { voicemail: "v4" } }]);
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "Play" }).waitFor();
    await page.keyboard.press("ArrowLeft");
    expect(await played()).toBe(0);

    await page.keyboard.press("h");
    await expect
      .poll(() => host.did("set_voicemail_handled"))
      .toEqual([{ cmd: "set_voicemail_handled", payload: { voicemail: "v4", handled: true } }]);
    await page.keyboard.press("c");
    await expect.poll(() => host.did("place_call").length).toBe(1);
  });

  it("changes the speed, shows all and forwards", async () => {
    await page.keyboard.press("Alt+i");
    await page.getByRole("grid").waitFor();
    await page.getByLabel("Speed").selectOption("1.5");
    await page.getByRole("button", { name: "Play" }).click();
    await grows(0.2);
    const rate = await page.locator("audio").evaluate((audio: HTMLAudioElement) => audio.playbackRate);
    expect(rate).toBe(1.5);
    await page.getByRole("radio", { name: "All" }).check();
    await page.getByRole("gridcell", { name: "Handled" }).waitFor();
    await page.getByRole("combobox", { name: "Forward to" }).selectOption({ label: "Sales hotline" });
    await page.getByRole("button", { name: "Forward", exact: true }).click();
    await expect
      .poll(() => host.did("forward_voicemail"))
      .toEqual([{ cmd: "forward_voicemail", payload: { voicemail: "v5", service: "s2" } }]);
  });

  it("says what is wrong where a message cannot be heard", async () => {
    const message = "What was said in this message cannot be read any more.";
    host.answers.set("get_voicemail", () => ({ refuse: { code: "voicemail.gone", message } }));
    await page.keyboard.press("Alt+i");
    await page.getByRole("grid").waitFor();
    await page.keyboard.press("Space");
    await page.getByRole("alert").getByText(message).waitFor();
  });

  it("lets a text be spoken, plays a sound and keeps one that is played by a workflow", async () => {
    await page.keyboard.press("Control+,");
    await page.getByRole("button", { name: "Announcements …" }).click();
    await page.getByRole("button", { name: "Let a text be spoken" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Speak and save" }).click();
    await dialog.getByText("Type a name.").waitFor();
    await dialog.getByLabel("Name").fill("Closed");
    await dialog.getByLabel("Text").fill("We are closed.");
    await dialog.getByLabel("Voice").selectOption("gmw/de");
    await dialog.getByRole("button", { name: "Speak and save" }).click();
    await dialog.waitFor({ state: "detached" });
    expect(host.did("speak_sound")).toEqual([
      {
        cmd: "speak_sound",
        payload: { sound: null, name: "Closed", text: "We are closed.", voice: "gmw/de" },
      },
    ]);
    await page
      .getByRole("group", { name: "Player: Closed over lunch" })
      .getByRole("button", { name: "Play" })
      .click();
    await grows(0.2);
    await page.getByRole("button", { name: "What can be done with Main menu" }).click();
    expect(await page.getByRole("menuitem", { name: /Remove/ }).getAttribute("aria-disabled")).toBe("true");
  });

  it("has no barrier that can be measured", async () => {
    await page.keyboard.press("Alt+i");
    await page.getByRole("grid").waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press("Control+,");
    await page.getByRole("button", { name: "Announcements …" }).click();
    await page.getByRole("list", { name: /Announcements/ }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });
});
