//! A running `usher serve` for a journey: the one at `USHER_URL` (its one-time link), or one started from `USHER_BIN` with
//! a data folder of its own and ended afterwards.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A debug build on a busy machine; it prints its link as soon as its store is open. */
const START_MS_MAX = 30_000;

export interface Usher {
  /** Works once. */
  link: string;
  end(): Promise<void>;
}

export const usherIsGiven = Boolean(process.env["USHER_URL"] ?? process.env["USHER_BIN"]);

export async function openUsher(): Promise<Usher> {
  const given = process.env["USHER_URL"];
  if (given) return { link: given, end: () => Promise.resolve() };
  const program = process.env["USHER_BIN"];
  if (!program) throw new Error("set USHER_BIN to the usher program, or USHER_URL to the link it printed");
  const folder = await mkdtemp(join(tmpdir(), "usher-ui-"));
  const ui = join(import.meta.dirname, "..", "dist");
  const key = join(folder, "key");
  // So that no keychain is asked. A secret of nobody.
  await writeFile(key, "5e2b9c0f".repeat(8));
  const child = spawn(
    program,
    [
      "serve",
      ...["--data-dir", join(folder, "data"), "--ui", ui, "--audio", "none"],
      ...["--forget-secrets", "--store-key", key],
    ],
    {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, USHER_LOG: process.env["USHER_LOG"] ?? "warn" },
    },
  );
  try {
    return { link: await printedLink(child), end: () => ended(child, folder) };
  } catch (error) {
    await ended(child, folder);
    throw error;
  }
}

function printedLink(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("usher serve printed no link in time")), START_MS_MAX);
    if (child.stdout === null) throw new Error("its output is piped");
    createInterface(child.stdout).on("line", (line) => {
      const link = /https?:\/\/\S+/.exec(line)?.[0];
      if (link === undefined) return;
      clearTimeout(late);
      resolve(link);
    });
    child.once("exit", (code) => {
      clearTimeout(late);
      reject(new Error(`usher serve ended with ${String(code)} before it printed a link`));
    });
  });
}

async function ended(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null) {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await gone;
  }
  await rm(folder, { recursive: true, force: true });
}
