//! The journeys through a real browser: `npm run e2e`. One browser at a time, because they share one host.

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    environment: "node",
    include: ["e2e/**/*.e2e.ts"],
    // Pictures for people to look at, drawn only when a folder for them is named: SHOTS=folder npm run e2e.
    exclude: process.env.SHOTS ? [] : ["e2e/shots.e2e.ts"],
    // What is polled for must happen, but a busy machine may take its time.
    expect: { poll: { timeout: 20_000 } },
    fileParallelism: false,
    // As with the journeys of the host (.config/nextest.toml): a second try, told as such.
    retry: process.env.CI ? 1 : 0,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
