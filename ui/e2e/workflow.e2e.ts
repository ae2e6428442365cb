//! The workflow of a service in a real browser, by keyboard: insert, see a fault, undo, save; clean for axe in both themes
//! (ROUTE-3).

import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { WorkflowFaultView, WorkflowForm } from "../src/platform/bindings";
import * as examples from "../src/features/services/examples";
import { axeFindings } from "./axe";
import { openBrowser } from "./browser";
import { FixtureHost, ORIGIN } from "./fixtures/host";
import * as views from "./fixtures/views";

let browser: Browser;
let context: BrowserContext;
let page: Page;
let host: FixtureHost;

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());
afterEach(() => context.close());

/** The workflow of a reception, which the host finds these faults in. */
async function open(faults: WorkflowFaultView[] = []): Promise<void> {
  context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: "reduce" });
  page = await context.newPage();
  host = new FixtureHost(views.calm());
  host.answers.set("get_services", () => ({ kind: "services", value: examples.withWorkflow() }));
  host.answers.set("check_workflow", () => ({ kind: "workflow_faults", value: faults }));
  await host.attach(page);
  await page.goto(ORIGIN);
  await page.locator("main :is(section, h1)").first().waitFor();
  await page.keyboard.press("Alt+v");
  await page.getByRole("tab", { name: /^Workflow/ }).click();
  await step(1).waitFor();
}

const step = (id: number) => page.getByRole("button", { name: new RegExp(`^Step ${id}:`) });

/** As it was last sent to be checked. */
function drawn(): WorkflowForm | undefined {
  const request = host.did("check_workflow").at(-1);
  return request?.cmd === "check_workflow" ? request.payload.workflow : undefined;
}

const TOO_LONG: WorkflowFaultView = {
  node: 4,
  field: "limit",
  message: "2 is outside of the range: 5 to 3600 seconds.",
};

it("a step is inserted, removed and brought back by keyboard alone, and saved with the service", async () => {
  await open();
  await step(1).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Announcement" }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect.poll(() => drawn()?.nodes.length).toBe(8);
  expect(drawn()?.nodes.at(-1)).toMatchObject({ id: 8, step: { kind: "announce", next: 2 } });

  await step(8).focus();
  await page.keyboard.press("Delete");
  await expect.poll(() => drawn()?.nodes.length).toBe(7);
  await page.keyboard.press("Control+z");
  await expect.poll(() => drawn()?.nodes.length).toBe(8);

  await page.keyboard.press("Control+s");
  await expect.poll(() => host.did("put_service").length).toBe(1);
  const saved = host.did("put_service")[0];
  expect(saved?.cmd === "put_service" && saved.payload.service.workflow?.nodes).toHaveLength(8);
});

it("a fault stands on its tab, on its step, in the list and at its field", async () => {
  await open([TOO_LONG]);
  await page.getByRole("tab", { name: "Workflow, 1 problem" }).waitFor();
  await page.getByRole("button", { name: /^Step 4: Queue.*1 problem/ }).waitFor();
  await page.getByRole("status").getByRole("button").click();
  await page.getByRole("region", { name: "Step" }).getByText("5 to 3600 seconds.").waitFor();
});

it("the outline reads every step once", async () => {
  await open();
  await page.getByRole("tab", { name: "Outline" }).click();
  for (let id = 1; id <= 7; id += 1)
    await expect.poll(() => page.getByRole("button", { name: new RegExp(`^${id} `) }).count()).toBe(1);
});

it("a template begins a workflow, and without one callers go straight into the queue", async () => {
  await open();
  await page.getByRole("button", { name: "Without a workflow" }).click();
  await page.getByRole("button", { name: "Hours, queue and voicemail" }).click();
  await page.getByRole("button", { name: /^Step 4: Voicemail/ }).waitFor();
  await page.getByRole("button", { name: "Discard changes" }).click();
  await page.getByRole("button", { name: /^Step 3: Menu/ }).waitFor();
});

it("axe finds nothing in either theme, as picture, as outline and before there is one", async () => {
  await open([TOO_LONG]);
  await step(3).click();
  for (const look of [
    () => page.getByRole("tab", { name: "Outline" }),
    () => page.getByRole("button", { name: "Without a workflow" }),
    null,
  ]) {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await axeFindings(page)).toEqual([]);
    }
    await look?.().click();
  }
});
