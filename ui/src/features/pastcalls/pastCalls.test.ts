import { beforeEach, describe, expect, it, vi } from "vitest";
import type { CallsMapping, CallsStep, Request } from "../../platform/bindings";
import { check, look, step } from "../../../e2e/fixtures/pastCalls";
import {
  bringIn,
  column,
  exampleOf,
  listOf,
  lookAt,
  meaning,
  meaningOf,
  refusedAsCsv,
  serviceMeant,
  stop,
  usePastCalls,
} from "./pastCalls";

const asked: Request[] = [];
let answer: (request: Request) => unknown;

vi.mock("../../platform/platform", async (original) => ({
  ...(await original<object>()),
  ask: (cmd: Request["cmd"], payload: unknown) => {
    const request = { cmd, payload } as Request;
    asked.push(request);
    return Promise.resolve(answer(request));
  },
}));

const usual = (request: Request): unknown => {
  switch (request.cmd) {
    case "look_at_calls":
      return look();
    case "check_calls":
      return check(request.payload.mapping);
    case "import_calls_part":
      return step(request.payload.part);
    default:
      return null;
  }
};

const parts = () =>
  asked.flatMap((request) => (request.cmd === "import_calls_part" ? [request.payload.part] : []));

beforeEach(() => {
  asked.length = 0;
  answer = usual;
  usePastCalls.setState(usePastCalls.getInitialState(), true);
});

describe("a mapping (REPORT-5)", () => {
  const mapping: CallsMapping = look().mapping;

  it("has a meaning for each word of the file, or none yet", () => {
    expect(meaningOf(mapping, "ANSWERED")).toBe("answered");
    expect(meaningOf(mapping, "NO ANSWER")).toBe("hung_up");
    expect(meaningOf(mapping, "TRANSFER FAILED")).toBeNull();
    const lost = meaning(mapping, "TRANSFER FAILED", "lost");
    expect(meaningOf(lost, "TRANSFER FAILED")).toBe("lost");
    expect(lost.outcomes).toHaveLength(3);
    expect(meaning(lost, "TRANSFER FAILED", null).outcomes).toEqual(mapping.outcomes);
    const loaded = {
      ...mapping,
      outcomes: [{ text: "X", meaning: "unanswered", outcome: 4, otherwise: 3, why: "" }],
    };
    expect(meaningOf(loaded as CallsMapping, "X")).toBe("other");
  });

  it("says which service of this console a word is, or a name", () => {
    const own = serviceMeant(mapping, "Verkauf", { service: "7" });
    expect(own.services).toEqual([{ text: "Verkauf", service: "7", name: null }]);
    const named = serviceMeant(own, "Verkauf", { name: "Sales" });
    expect(named.services).toEqual([{ text: "Verkauf", service: null, name: "Sales" }]);
    expect(serviceMeant(named, "Verkauf", { name: "Verkauf" }).services).toEqual([]);
  });

  it("takes a column away only where there may be none", () => {
    expect(column(mapping, "caller", "").columns.caller).toBeNull();
    expect(column(mapping, "arrived", "").columns.arrived).toBe("");
    expect(exampleOf(look(), "Answered")).toBe("04.08.2026 09:00:31, 04.08.2026 09:02:20");
    expect(listOf(" 0, NO_SERVER ,")).toEqual(["0", "NO_SERVER"]);
  });

  it("gives refused rows as a table in which no formula runs", () => {
    expect(refusedAsCsv([{ line: 3, reason: "=1+1" }])).toBe("Line,Reason\r\n3,'=1+1\r\n");
  });
});

describe("a file's way (REPORT-5)", () => {
  const file = new File([new Uint8Array(5 * 1024 * 1024)], "calls.csv");

  it("is looked at, and goes part by part with its mapping in the first", async () => {
    await lookAt(file);
    expect(usePastCalls.getState().mapping).toEqual(look().mapping);
    const [first] = asked;
    expect(first?.cmd === "look_at_calls" && first.payload.is_whole).toBe(false);
    await bringIn();
    expect(parts().map((part) => [part.import, part.mapping !== undefined, part.is_last])).toEqual([
      [null, true, false],
      ["1", false, false],
      ["1", false, true],
    ]);
    const { result, sent } = usePastCalls.getState();
    expect([sent, result?.isStopped, result?.step?.taken, result?.refused.length]).toEqual([
      null,
      false,
      95_118,
      3,
    ]);
  });

  it("is stopped before the next part, and can go on", async () => {
    await lookAt(file);
    answer = (request) => {
      if (request.cmd === "import_calls_part") stop();
      return usual(request);
    };
    await bringIn();
    expect(parts()).toHaveLength(1);
    expect(asked.at(-1)).toEqual({ cmd: "cancel_calls_import", payload: { import: "1" } });
    expect(usePastCalls.getState().result?.isStopped).toBe(true);
    answer = (request) =>
      request.cmd === "import_calls_part"
        ? ({ ...step(request.payload.part), before: 40_000 } satisfies CallsStep)
        : usual(request);
    await bringIn();
    expect(usePastCalls.getState().result).toMatchObject({ isStopped: false, step: { before: 40_000 } });
  });

  it("that is gone says so", async () => {
    await lookAt(file);
    vi.spyOn(File.prototype, "slice").mockImplementation(() => {
      throw new DOMException("gone", "NotFoundError");
    });
    await bringIn();
    vi.restoreAllMocks();
    expect(usePastCalls.getState().problem).toContain("cannot be read any more");
    expect(usePastCalls.getState().sent).toBeNull();
  });
});
