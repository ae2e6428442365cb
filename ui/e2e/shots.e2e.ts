//! Pictures of every screen in every size and theme, for people to look at: `SHOTS=folder npm run e2e -- shots`.
//! Proves only that each can be drawn without an error; does nothing unless asked.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConsoleView, LockReason, ProtectionView, SessionView } from "../src/platform/bindings";
import { openBrowser } from "./browser";
import * as examples from "../src/features/services/examples";
import * as admin from "./fixtures/admin";
import { crowded } from "./fixtures/board";
import * as directory from "./fixtures/directory";
import { FixtureHost, ORIGIN } from "./fixtures/host";
import * as people from "./fixtures/people";
import * as reports from "./fixtures/reports";
import * as staffing from "./fixtures/staffing";
import * as views from "./fixtures/views";

const folder = process.env["SHOTS"];
const only = process.env["ONLY"];

interface Shot {
  view: () => ConsoleView;
  protection?: () => ProtectionView;
  act?: (page: Page, host: FixtureHost) => Promise<unknown>;
}

const LOCKS: readonly LockReason[] = [
  "keychain_locked",
  "keychain_missing",
  "key_gone",
  "key_foreign",
  "key_not_kept",
  "key_file_missing",
  "key_file_damaged",
  "data_damaged",
  "data_rolled_back",
];

const TOO_LONG = { node: 4, field: "limit", message: "2 is outside of the range: 5 to 3600 seconds." };

function sessionShots(): Record<string, Shot> {
  const seats: Record<string, SessionView> = {
    sign_in: admin.signedOut(),
    sign_in_ended: admin.signedOut({
      problem: {
        code: "sign-in.token-revoked",
        message: "Your organisation took your sign-in back. Sign in again.",
      },
    }),
    sign_in_underway: admin.signedOut({
      state: "underway",
      link: `https://login.microsoftonline.com/8c2f/oauth2/v2.0/authorize?client_id=0b1c&state=${"x".repeat(300)}`,
      code: { code: "K7TX-93QP", address: "https://microsoft.com/devicelogin" },
    }),
    sign_in_refused: admin.signedOut({
      state: "refused",
      person: { id: null, name: "Nora Steiner", username: "nora.steiner@example.com", roles: [] },
      problem: {
        code: "access.no-licence",
        message: "You have no licence for Usher. Ask an administrator for one.",
      },
    }),
    step_up: admin.signedIn("tenant_administrator", { step_up: true, link: "https://login.example.com/" }),
    offline: admin.signedIn("user", { offline_since: Date.now() - 600_000 }),
  };
  return Object.fromEntries(
    Object.entries(seats).map(([name, session]) => [
      name,
      {
        view: views.calm,
        act: (_: Page, host: FixtureHost) => {
          host.seat(session);
          return Promise.resolve();
        },
      },
    ]),
  );
}

function adminShots(): Record<string, Shot> {
  const go = (area: string, more?: (page: Page) => Promise<unknown>) => ({
    view: views.calm,
    act: async (page: Page) => {
      await page.keyboard.press("Alt+v");
      await page
        .getByRole("navigation", { name: "Administration" })
        .getByRole("button", { name: area })
        .click();
      await page.getByRole("heading", { name: area, level: 1 }).waitFor();
      await more?.(page);
    },
  });
  return {
    admin_users: go("Users and roles", (page) => page.getByRole("row", { name: /Beno/ }).click()),
    admin_user_new: go("Users and roles", (page) =>
      page.getByRole("button", { name: "Add by hand" }).click(),
    ),
    admin_teams: go("Teams and directory"),
    admin_units: go("Organisation units"),
    admin_rights: go("Who may do what"),
    admin_sign_in: go("Sign-in"),
    admin_changes: go("History of changes", (page) => page.getByRole("row", { name: /Sales/ }).click()),
    admin_undo: go("History of changes", (page) => page.getByRole("button", { name: "Undo …" }).click()),
    may_not: {
      view: views.calm,
      act: async (page, host) => {
        host.seat(admin.signedIn("user"));
        await page.keyboard.press("Alt+v");
        await page.getByRole("button", { name: "Why can’t I?" }).first().click();
        await page.getByText("Whom you can ask").waitFor();
      },
    },
    account: {
      view: () => ({ ...views.calm(), me: { ...views.calm().me, identity: "signed_in" } }),
      act: async (page, host) => {
        host.seat(admin.signedIn("service_owner"));
        await page.getByRole("button", { name: /Rita Meier/ }).click();
        await page.getByRole("menuitem", { name: /Account/ }).click();
      },
    },
  };
}

async function openService(page: Page, part: string): Promise<void> {
  await page.keyboard.press("Alt+v");
  await page.getByRole("navigation", { name: "Services" }).getByRole("button", { name: /Sales/ }).click();
  await page.getByRole("tab", { name: part }).click();
}

const SHOTS: Record<string, Shot> = {
  ...sessionShots(),
  ...adminShots(),
  calm: { view: views.calm },
  ringing: { view: views.ringing },
  busy: { view: views.busy },
  callbacks: { view: views.callbacks },
  searching: {
    view: views.busy,
    act: async (page) => {
      await page.keyboard.press("t");
      await page.keyboard.type("kel");
      await page.getByRole("combobox").press("ArrowDown");
    },
  },
  why: {
    view: views.busy,
    act: async (page) => {
      await page.getByRole("grid", { name: "Waiting callers" }).focus();
      await page.keyboard.press("w");
      await page.getByRole("heading", { name: "Now" }).waitFor();
    },
  },
  why_past: {
    view: views.calm,
    act: async (page) => {
      await page.keyboard.press("Alt+l");
      await page.getByRole("grid").waitFor();
      await page.keyboard.press("w");
      await page.getByText("Who was considered (35)").last().click();
    },
  },
  why_row: {
    view: views.busy,
    act: (page) => page.getByRole("grid", { name: "Waiting callers" }).getByRole("row").nth(1).hover(),
  },
  preflight: {
    view: views.busy,
    act: async (page) => {
      await page.keyboard.press("t");
      await page.keyboard.type("s");
      await page.getByText("The caller will wait").waitFor();
    },
  },
  preflight_nobody: {
    view: views.busy,
    act: async (page) => {
      await page.keyboard.press("t");
      await page.keyboard.type("repairs");
      await page.getByText("Nobody is on duty there").waitFor();
    },
  },
  consulting: { view: views.consulting },
  keypad: { view: views.busy, act: (page) => page.keyboard.press("k") },
  training: { view: views.training },
  missed: { view: views.missed },
  first_run: { view: views.firstRun },
  sip_form: {
    view: views.firstRun,
    act: async (page) => {
      await page.getByRole("button", { name: "Connect …" }).click();
      await page.getByRole("button", { name: "Connect", exact: true }).click();
    },
  },
  history: { view: views.calm, act: (page) => page.keyboard.press("Alt+l") },
  card: {
    view: views.calm,
    act: async (page) => {
      await page.keyboard.press("Alt+l");
      await page.getByRole("grid").waitFor();
      await page.keyboard.press("Enter");
      await page.getByRole("dialog").waitFor();
    },
  },
  import: {
    view: views.calm,
    act: async (page) => {
      await page.keyboard.press("Alt+b");
      await page
        .locator("input[type=file]")
        .setInputFiles({ name: "staff.csv", mimeType: "text/csv", buffer: Buffer.from("a,b\n1,2\n") });
      await page.getByRole("table").waitFor();
    },
  },
  favourites: {
    view: views.busy,
    act: async (page, host) => {
      host.group(people.GROUPS);
      await page.keyboard.press("t");
      await page.getByRole("radiogroup", { name: "Whom to list" }).waitFor();
      await page.keyboard.press("ArrowDown");
    },
  },
  contact_card: { view: views.calm, act: contactCard },
  contact_note: {
    view: views.calm,
    act: async (page, host) => {
      await contactCard(page, host);
      await page.getByRole("region", { name: "Note" }).getByRole("button", { name: "Change …" }).click();
      await page
        .getByRole("button", { name: "Choose …" })
        .or(page.getByRole("button", { name: "Change …" }))
        .first()
        .click();
      await page.getByLabel("Who stands in").fill("kel");
      await page
        .getByRole("group", { name: "Contacts to stand in" })
        .getByText("Anna Keller")
        .first()
        .waitFor();
    },
  },
  sources: { view: views.calm, act: sources },
  source_form: {
    view: views.calm,
    act: async (page, host) => {
      await sources(page, host);
      await page.getByRole("button", { name: "Add a source" }).click();
      await page.getByRole("button", { name: "Save and read" }).click();
    },
  },
  numbers: {
    view: views.calm,
    act: async (page) => {
      await page.keyboard.press("Alt+b");
      await page.getByRole("tab", { name: "Numbers" }).click();
      await page.getByRole("list", { name: "Listed numbers" }).waitFor();
    },
  },
  own_groups: {
    view: views.calm,
    act: async (page, host) => {
      host.group(people.GROUPS);
      await page.keyboard.press("Alt+b");
      await page.getByRole("tab", { name: "Your groups" }).click();
      await page.getByText("Emergency desk").waitFor();
    },
  },
  caller_card: {
    view: views.busy,
    act: async (page, host) => {
      const listed = people.NUMBERS.listed[0] ?? null;
      const value = { ...views.card(views.MARIA), listed };
      host.answers.set("get_caller_card", () => ({ kind: "caller_card", value }));
      host.tell({ event: "callers_changed" });
      await page.getByRole("button", { name: "Maria Huber" }).first().click();
      await page.getByText("kept for 90 days").waitFor();
    },
  },
  behind: {
    view: () => {
      const view = views.ringing();
      return {
        ...view,
        queue: view.queue.map((row) => ({ ...row, caller: { ...row.caller, marked: "spam" } })),
      };
    },
    act: async (page, host) => {
      host.stand(directory.SOURCES);
      await page.getByText("Not up to date").waitFor();
    },
  },
  wallboard: { view: views.calm, act: wallboard },
  wallboard_full: {
    view: views.calm,
    act: async (page) => {
      await wallboard(page);
      await page.keyboard.press("f");
      await page.getByRole("button", { name: "Leave full screen" }).waitFor();
    },
  },
  wallboard_crowded: {
    view: views.calm,
    act: async (page, host) => {
      await wallboard(page);
      host.tell({ event: "board", payload: crowded() });
      await page.getByText("Service 1", { exact: true }).waitFor();
    },
  },
  wallboard_rules: {
    view: views.calm,
    act: async (page) => {
      await wallboard(page);
      await page.getByRole("button", { name: "Thresholds …" }).click();
      await page.getByRole("dialog").getByLabel("Thresholds of").waitFor();
    },
  },
  wallboard_actions: {
    view: views.calm,
    act: async (page) => {
      await wallboard(page);
      const beno = page.getByRole("button", { name: /Beno Frei/ });
      // In a low window attendants come after the services.
      for (let turn = 0; turn < 8 && !(await beno.isVisible()); turn += 1)
        await page.keyboard.press("ArrowRight");
      await beno.press("Enter");
      await page.getByRole("menu").waitFor();
    },
  },
  reports: { view: views.calm, act: reported },
  reports_calls: {
    view: views.calm,
    act: async (page) => {
      await reported(page);
      await page.getByRole("button", { name: "Calls: Main number" }).click();
      await page.getByRole("dialog").getByRole("table").waitFor();
    },
  },
  reports_below: {
    view: views.calm,
    act: async (page) => {
      await reported(page);
      await page.getByRole("img", { name: "How long they waited" }).scrollIntoViewIfNeeded();
    },
  },
  reports_callers: {
    view: views.calm,
    act: async (page) => {
      await reported(page);
      await page.getByRole("table", { name: /^By caller/ }).scrollIntoViewIfNeeded();
    },
  },
  reports_schedules: {
    view: views.calm,
    act: async (page, host) => {
      host.schedules = reports.schedules();
      await reported(page);
      await page.getByRole("button", { name: "Scheduled …" }).click();
      await page.getByRole("dialog").getByText("Management", { exact: true }).waitFor();
    },
  },
  reports_schedule: {
    view: views.calm,
    act: async (page) => {
      await reported(page);
      await page.getByRole("button", { name: "Scheduled …" }).click();
      await page.getByRole("button", { name: "Add a report" }).click();
      await page.getByLabel("Folder").waitFor();
    },
  },
  past_calls: { view: views.calm, act: pastCalls },
  past_calls_mapping: {
    view: views.calm,
    act: (page) => chosenCalls(page),
  },
  past_calls_check: {
    view: views.calm,
    act: async (page) => {
      await chosenCalls(page);
      await page
        .getByRole("heading", { name: "What this gives" })
        .evaluate((title) => title.scrollIntoView());
    },
  },
  past_calls_outcomes: {
    view: views.calm,
    act: async (page) => {
      await chosenCalls(page);
      await page.getByText("What tells a row from all others").evaluate((title) => title.scrollIntoView());
    },
  },
  past_calls_under_way: {
    view: views.calm,
    act: async (page, host) => {
      await chosenCalls(page);
      host.delay("import_calls_part");
      await page.getByRole("button", { name: "Import the calls" }).click();
      await page.getByRole("progressbar").waitFor();
    },
  },
  past_calls_done: {
    view: views.calm,
    act: async (page) => {
      await chosenCalls(page);
      await page.getByRole("button", { name: "Import the calls" }).click();
      await page.getByText("The whole file was read.").waitFor();
    },
  },
  planner: { view: views.calm, act: planned },
  planner_forecast: {
    view: views.calm,
    act: async (page) => {
      await page.keyboard.press("Alt+n");
      const fan = page.getByRole("slider", { name: /^Forecast by interval/ });
      await fan.focus();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowRight");
    },
  },
  planner_forecast_numbers: {
    view: views.calm,
    act: async (page) => {
      await page.keyboard.press("Alt+n");
      const numbers = page.locator("summary", { hasText: "in numbers" });
      await numbers.click();
      await numbers.scrollIntoViewIfNeeded();
      await page.getByRole("table", { name: "The same week" }).evaluate((table) => table.scrollIntoView());
    },
  },
  importing: {
    view: views.calm,
    act: async (page, host) => {
      await page.keyboard.press("Alt+b");
      host.delay("import_part");
      const buffer = Buffer.from("name,number\nAnna,1\n");
      await page
        .locator("input[type=file]")
        .setInputFiles({ name: "staff.csv", mimeType: "text/csv", buffer });
      await page.getByRole("progressbar").evaluate((bar) => bar.scrollIntoView());
    },
  },
  planner_reasons: {
    view: views.calm,
    act: async (page) => {
      await planned(page);
      await page.getByRole("rowheader", { name: "09:00" }).evaluate((row) => row.scrollIntoView());
    },
  },
  planner_working: {
    view: views.busy,
    act: async (page, host) => {
      host.delay("plan_staffing");
      await planning(page);
      host.tell({ event: "planning", payload: { done: 700, total: 1_200 } });
      await page.getByText("700").waitFor();
    },
  },
  planner_empty: {
    view: views.calm,
    act: async (page, host) => {
      host.answers.set("get_staffing_basis", () => ({
        kind: "staffing_basis",
        value: staffing.noBasis("2026-12-01"),
      }));
      await page.keyboard.press("Alt+n");
      await page.getByRole("table").waitFor();
    },
  },
  settings: { view: views.calm, act: (page) => page.keyboard.press("Control+,") },
  settings_feed: { view: views.calm, act: feed },
  messages: {
    view: () => ({ ...views.calm(), voicemails: 4 }),
    act: async (page) => {
      await page.keyboard.press("Alt+i");
      await page.getByRole("grid").waitFor();
      await page.keyboard.press("ArrowDown");
    },
  },
  messages_none: {
    view: views.calm,
    act: async (page, host) => {
      const value = { rows: [], next: null, unhandled: 0 };
      host.answers.set("list_voicemails", () => ({ kind: "voicemails", value }));
      await page.keyboard.press("Alt+i");
      await page.getByText("No message waits").waitFor();
    },
  },
  announcements: { view: views.calm, act: announcements },
  announcements_text: {
    view: views.calm,
    act: async (page) => {
      await announcements(page);
      await page.getByRole("button", { name: "Let a text be spoken" }).click();
      await page.getByRole("button", { name: "Speak and save" }).click();
    },
  },
  announcements_file: {
    view: views.calm,
    act: async (page, host) => {
      await announcements(page);
      host.answers.set("add_sound", () => ({
        refuse: {
          code: "sound.unreadable",
          message: "This is not a sound file that Usher can read; WAV, MP3, Ogg Vorbis and FLAC files are.",
          field: "file",
        },
      }));
      await page.getByRole("button", { name: "Add a sound file" }).click();
      const picked = { name: "lunch.doc", mimeType: "audio/mpeg", buffer: Buffer.from("x") };
      await page.locator("input[type=file]").setInputFiles(picked);
      await page.getByRole("button", { name: "Add", exact: true }).click();
      await page.getByText("not a sound file").waitFor();
    },
  },
  services: { view: views.busy, act: (page) => openService(page, "General") },
  services_addresses: { view: views.calm, act: (page) => openService(page, "Addresses") },
  services_members: { view: views.calm, act: (page) => openService(page, "Members") },
  services_distribution: { view: views.calm, act: (page) => openService(page, "Distribution") },
  services_times: {
    view: views.calm,
    act: async (page) => {
      await openService(page, "Times");
      await page.getByLabel(/Ring one member for/).fill("45");
      await page.keyboard.press("Control+s");
    },
  },
  services_workflow: {
    view: views.calm,
    act: async (page, host) => {
      host.answers.set("get_services", () => ({ kind: "services", value: examples.withWorkflow() }));
      host.answers.set("check_workflow", () => ({ kind: "workflow_faults", value: [TOO_LONG] }));
      await page.keyboard.press("Alt+v");
      await page.getByRole("tab", { name: /^Workflow/ }).click();
      await page.getByRole("button", { name: /^Step 4:/ }).click();
    },
  },
  services_templates: { view: views.calm, act: (page) => openService(page, "Workflow") },
  services_leaving: {
    view: views.calm,
    act: async (page) => {
      await openService(page, "General");
      await page.getByLabel("Name").fill("Sales and repairs");
      await page.getByRole("tab", { name: "Limits" }).click();
      await page.getByRole("alertdialog").waitFor();
    },
  },
  skills: {
    view: views.calm,
    act: async (page) => {
      await page.keyboard.press("Alt+v");
      await page.getByRole("tab", { name: "Skills and profiles" }).click();
      await page.getByRole("button", { name: "Change Front desk" }).click();
    },
  },
  limits: {
    view: views.calm,
    act: async (page) => {
      await page.keyboard.press("Alt+v");
      await page.getByRole("tab", { name: "Limits" }).click();
    },
  },
  elsewhere: {
    view: views.calm,
    act: async (page, host) => {
      await page.keyboard.press("Alt+l");
      host.show(() => views.ringing());
      await page.getByRole("region", { name: "Ringing call" }).waitFor();
    },
  },
  help: { view: views.calm, act: (page) => page.keyboard.press("F1") },
  recovery: { view: views.firstRun, protection: views.unkept },
  recovery_only: {
    view: views.firstRun,
    protection: () => ({ ...views.unkept(), key_home: "recovery_key" }),
  },
  recovery_confirm: {
    view: views.firstRun,
    protection: views.unkept,
    act: async (page) => {
      await page.getByRole("button", { name: "I have kept it" }).click();
      await page.getByLabel("Word 4").fill("wrong");
    },
  },
  recovery_later: {
    view: views.ringing,
    protection: views.unkept,
  },
  recovery_new: {
    view: views.calm,
    protection: () => ({ ...views.safe(), recovery: "renewing" }),
    act: async (page) => {
      await page.keyboard.press("Control+,");
      await page.getByRole("button", { name: "Show it …" }).click();
      await page.getByRole("heading", { name: "Your new recovery key" }).waitFor();
    },
  },
  protection: { view: views.calm, act: protection },
  protection_bad: { view: views.busy, protection: views.neglected, act: protection },
  protection_new: { view: views.calm, protection: views.unkept, act: protection },
  backup_form: {
    view: views.calm,
    act: async (page, host) => {
      await protection(page);
      host.answers.set("set_backup", () => ({
        refuse: {
          code: "backup.misplaced",
          message:
            "The backup cannot go there: s3://usher-bern/reception lies in Germany, and the data of this deployment may be kept in Switzerland only.",
        },
      }));
      await page.getByRole("button", { name: "Change …" }).click();
      await page.getByLabel("Region").fill("eu-central-1");
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByRole("alert").getByText("cannot go there").waitFor();
    },
  },
  backup_folder: {
    view: views.calm,
    protection: views.unkept,
    act: async (page) => {
      await protection(page);
      await page.getByRole("button", { name: "Set a backup up" }).click();
      await page.getByRole("button", { name: "Save" }).click();
    },
  },
  points: {
    view: views.calm,
    act: async (page) => {
      await protection(page);
      await page.getByRole("button", { name: "Show points" }).click();
      await page.getByRole("table").waitFor();
      await page.getByRole("table").scrollIntoViewIfNeeded();
    },
  },
  ...Object.fromEntries(
    LOCKS.map((reason) => [
      `locked_${reason}`,
      {
        view: views.calm,
        act: async (page: Page, host: FixtureHost) => {
          host.setLock(views.locked(reason));
          await page.locator("#locked-title").waitFor();
          if (reason === "key_gone")
            await page
              .getByRole("textbox")
              .fill(`${views.RECOVERY_WORDS.slice(0, 9).join(" ")} abotu zzz able`);
          if (reason === "key_not_kept")
            await page.getByRole("textbox").fill(views.RECOVERY_WORDS.join("\n"));
          if (reason === "data_damaged") await page.getByText("What the computer says").click();
        },
      },
    ]),
  ),
};

async function announcements(page: Page): Promise<void> {
  await page.keyboard.press("Control+,");
  await page.getByRole("button", { name: "Announcements …" }).click();
  await page.getByRole("list", { name: /Announcements/ }).waitFor();
}

async function contactCard(page: Page, host: FixtureHost): Promise<void> {
  host.group(people.GROUPS);
  await page.keyboard.press("/");
  await page.keyboard.type("keller");
  await page
    .getByRole("row", { name: /Anna Keller/ })
    .first()
    .waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Control+i");
  await page.getByRole("dialog").getByText("Same department").waitFor();
}

async function sources(page: Page, host: FixtureHost): Promise<void> {
  host.stand(directory.SOURCES);
  await page.keyboard.press("Alt+b");
  await page.getByRole("list", { name: "Sources of contacts" }).waitFor();
}

/** A plan is asked for. */
async function planning(page: Page): Promise<void> {
  await page.keyboard.press("Alt+n");
  await page.getByLabel("Day", { exact: true }).fill("2026-12-01");
  await page.getByRole("table", { name: "Interval by interval" }).waitFor();
  await page.getByRole("button", { name: "Plan", exact: true }).click();
}

/** … and there. */
async function planned(page: Page): Promise<void> {
  await planning(page);
  await page.getByRole("img", { name: "Attendants needed by interval" }).waitFor();
}

async function wallboard(page: Page): Promise<void> {
  await page.keyboard.press("Alt+w");
  await page.getByRole("list", { name: "Services" }).waitFor();
}

async function reported(page: Page): Promise<void> {
  await page.keyboard.press("Alt+g");
  await page.getByRole("img", { name: "Calls by interval" }).waitFor();
}

/** The screen that takes past calls over. */
async function pastCalls(page: Page): Promise<void> {
  await reported(page);
  await page.getByRole("button", { name: "Import past calls …" }).click();
  await page.getByRole("heading", { name: "Import past calls" }).waitFor();
}

/** A file on it, looked at and checked. */
async function chosenCalls(page: Page): Promise<void> {
  await pastCalls(page);
  const buffer = Buffer.alloc(3 * 1024 * 1024, "x");
  await page
    .locator("input[type=file]")
    .setInputFiles({ name: "calls-2026.csv", mimeType: "text/csv", buffer });
  await page.getByText("Of the first 4,812 rows").waitFor();
}

/** The password of the report feed, which is shown once. */
async function feed(page: Page): Promise<void> {
  await page.keyboard.press("Control+,");
  await page.getByRole("button", { name: "Switch on" }).click();
  await page
    .getByRole("heading", { name: "Reports in Power BI and Excel" })
    .evaluate((heading) => heading.scrollIntoView());
}

/** Down to the part of the settings that says how the data is protected. */
async function protection(page: Page): Promise<void> {
  await page.keyboard.press("Control+,");
  await page.getByRole("heading", { name: "Data protection" }).waitFor();
  await page
    .getByRole("heading", { name: "Data protection" })
    .evaluate((heading) => heading.scrollIntoView());
}

const SIZES: Record<string, { width: number; height: number }> = {
  "1280x800": { width: 1280, height: 800 },
  "1024x640": { width: 1024, height: 640 },
  "1920x1080": { width: 1920, height: 1080 },
  "640x400": { width: 640, height: 400 },
};

const THEMES = {
  light: { colorScheme: "light" as const, forcedColors: "none" as const },
  dark: { colorScheme: "dark" as const, forcedColors: "none" as const },
  forced: { colorScheme: "dark" as const, forcedColors: "active" as const },
};

describe.skipIf(!folder)("pictures", () => {
  let browser: Browser;

  beforeAll(async () => {
    mkdirSync(folder ?? "", { recursive: true });
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  for (const [name, shot] of Object.entries(SHOTS)) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      for (const [theme, media] of Object.entries(THEMES)) {
        const title = `${name}-${size}-${theme}`;
        if (only && !new RegExp(only).test(title)) continue;
        it(title, async () => {
          const context = await browser.newContext({ viewport, ...media });
          const page = await context.newPage();
          const errors: string[] = [];
          // A refusal by the fixture host is what some pictures are of.
          const failed = (text: string) => !text.includes("status of 422");
          page.on(
            "console",
            (message) => message.type() === "error" && failed(message.text()) && errors.push(message.text()),
          );
          page.on("pageerror", (error) => errors.push(error.message));
          const host = new FixtureHost(shot.view(), shot.protection?.());
          await host.attach(page);
          await page.goto(ORIGIN);
          await page.locator("main :is(section, h1)").first().waitFor();
          await shot.act?.(page, host);
          await page.waitForTimeout(400);
          await page.screenshot({ path: join(folder ?? "", `${title}.png`) });
          await context.close();
          expect(errors).toEqual([]);
        });
      }
    }
  }
});
