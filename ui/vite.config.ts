//! How the screens are built and unit-tested. The host serves `dist/` as it is; there is no server of our own.

import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/**
 * Each icon from a module of its own: the package keeps hundreds of them in one, and what a later screen takes from it
 * would be fetched with the first.
 */
const iconsApart: Plugin = {
  name: "icons-apart",
  enforce: "pre",
  transform(code, id) {
    if (!/\/src\/.*\.tsx?$/.test(id)) return null;
    return code.replace(/import \{([^}]*)\} from "@fluentui\/react-icons";/g, (_, names: string) =>
      names
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== "")
        .map((name) => `import { ${name} } from "@fluentui/react-icons/svg/${fileOf(name)}";`)
        .join(" "),
    );
  },
};

/** `CallInboundRegular` is in `call-inbound`. */
function fileOf(icon: string): string {
  return icon
    .replace(/(\d+)?(Regular|Filled)$/, "")
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase();
}

/** What the search found is fetched once the console is drawn, the keypad with a call, the pre-flight of a service when one is
 * chosen. */
const FIRST =
  /\/src\/(features\/console\/(?!Preflight|preflightWords|FoundList|SearchHints|GroupBar|found\.|Keypad|keypad\.)|shell\/(App|Rail|TopBar|Bands|RingBar|Notices|Announcer)\.)/;

export default defineConfig({
  plugins: [iconsApart, react()],
  clearScreen: false,
  server: { port: 1420, strictPort: true, host: "127.0.0.1" },
  build: {
    target: "es2022",
    manifest: true,
    // A data: URL in a style sheet would need a wider content policy than 'self'.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // What the first screen needs is compressed as one, with all it imports: in pieces shared with later screens it
        // weighs some kilobytes more.
        codeSplitting: { groups: [{ name: "first", test: FIRST }] },
      },
    },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
  },
});
