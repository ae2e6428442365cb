// Fuse.js at the work of `cargo xtask bench search`: all words of a contact as one text and those of the city as another, each word of
// a query required and matched with its own tolerance of errors, wherever it stands. Ranks by its own measure.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import Fuse from "fuse.js";

/** Longest that one kind may take; what was asked until then counts. As in `keystrokes.rs`. */
const KIND_MS_MAX = 10_000;
const PAGE = 20;

const folder = process.argv[2];
const begun = performance.now();
const rows = readFileSync(`${folder}/book.tsv`, "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => {
    const columns = line.split("\t").slice(1);
    return { all: columns.join(" "), city: columns[4] };
  });
const fuse = new Fuse(rows, { keys: ["all", "city"], useExtendedSearch: true, ignoreLocation: true, threshold: 0.2 });
const ready = performance.now() - begun;
globalThis.gc?.();
console.log(JSON.stringify({ ready_ms: Math.round(ready), memory_mib: memoryMib() }));

for await (const kind of createInterface({ input: process.stdin })) {
  const texts = readFileSync(`${folder}/${kind}.txt`, "utf8").split("\n");
  const costs = [];
  let found = 0;
  const until = performance.now() + KIND_MS_MAX;
  for (const text of texts) {
    if (performance.now() > until) break;
    const [plain, city = ""] = text.split("city:");
    const cpu = process.cpuUsage();
    const from = performance.now();
    found += fuse.search(asked(words(plain), words(city)), { limit: PAGE }).length;
    const elapsed = performance.now() - from;
    const spent = process.cpuUsage(cpu);
    // As the others count: the processor's time, and never more than the clock says.
    costs.push(Math.min((spent.user + spent.system) * 1e3, elapsed * 1e6));
  }
  costs.sort((a, b) => a - b);
  const at = (percent) => Math.round(costs[Math.min(Math.floor((costs.length * percent) / 100), costs.length - 1)]);
  console.log(JSON.stringify({ p50: at(50), p99: at(99), found, queries: costs.length }));
}

function words(text) {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

function asked(plain, city) {
  const parts = [];
  if (plain.length > 0) parts.push({ all: plain.join(" ") });
  if (city.length > 0) parts.push({ city: city.join(" ") });
  return { $and: parts };
}

/** What the process holds in memory without files, as Linux tells it. */
function memoryMib() {
  const line = readFileSync("/proc/self/status", "utf8").match(/^RssAnon:\s+(\d+) kB/m);
  return line === null ? 0 : Number(line[1]) / 1024;
}
