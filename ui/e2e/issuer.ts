//! A real OpenID Connect issuer (`oidc-provider`) on a free loopback port, as the acceptance tests use it; people sign in on its own
//! page. `cargo xtask test --only set-up` installs it.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const ROOT = join(import.meta.dirname, "..", "..");
const PACKAGES = join(process.env["CARGO_TARGET_DIR"] ?? join(ROOT, "target"), "peers-oidc");

/** Where it is missing in CI, the test fails instead of being skipped. */
export const issuerIsThere = existsSync(PACKAGES) || process.env["CI"] !== undefined;

export interface Issuer {
  url: string;
  end(): Promise<void>;
}

export async function startIssuer(): Promise<Issuer> {
  const program = join(ROOT, "tests", "fixtures", "oidc-provider", "issuer.mjs");
  const child = spawn(process.execPath, [program], { cwd: PACKAGES, stdio: ["ignore", "pipe", "inherit"] });
  return { url: await saidAddress(child), end: () => ended(child) };
}

function saidAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) throw new Error("its output is piped");
    createInterface(child.stdout).once("line", (line) => {
      resolve((JSON.parse(line) as { issuer: string }).issuer);
    });
    child.once("exit", (code) => {
      reject(new Error(`the issuer ended with ${String(code)} before it said where it is`));
    });
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await gone;
}
