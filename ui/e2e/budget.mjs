//! Holds the first screen to its weight: what the browser must fetch before the console is drawn, compressed. Run after
//! `npm run build`.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** Rule 4 of the screens: a slow reception PC parses about this much in half a second. */
const FIRST_GZ_BYTES_MAX = 200 * 1024;

const dist = join(import.meta.dirname, "..", "dist");
const manifest = JSON.parse(readFileSync(join(dist, ".vite", "manifest.json"), "utf8"));

/** The entry and everything it imports at once; what is fetched later is not counted. */
function firstFiles(key, seen = new Set()) {
  if (seen.has(key)) return [];
  seen.add(key);
  const chunk = manifest[key];
  const imported = (chunk.imports ?? []).flatMap((other) => firstFiles(other, seen));
  return [chunk.file, ...(chunk.css ?? []), ...imported];
}

const files = [...new Set(firstFiles("index.html")), "index.html"];
const sizes = files.map((file) => [file, gzipSync(readFileSync(join(dist, file))).length]);
const total = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);

for (const [file, bytes] of sizes) console.log(`${String(bytes).padStart(8)}  ${file}`);
console.log(`${String(total).padStart(8)}  before the console is drawn; at most ${FIRST_GZ_BYTES_MAX}`);
if (total > FIRST_GZ_BYTES_MAX) process.exit(1);
