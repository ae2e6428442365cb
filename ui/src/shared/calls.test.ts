//! Which call has the ear, and which one a transfer would be about.

import { describe, expect, it } from "vitest";
import { busy, call, calm, consulting, MARIA, ringing as ringingView } from "../../e2e/fixtures/views";
import { activeCall, retrievable, ringing, transferable } from "./calls";
import { COMMANDS } from "./commands";

describe("a console's view", () => {
  it("names the caller of the offer that rings here", () => {
    expect(ringing(ringingView())?.caller.name).toBe("Maria Huber");
    expect(ringing(calm())).toBeNull();
  });

  it("puts through the active call, else the one held last", () => {
    expect(transferable(busy())?.call).toBe("c1");
    const onlyHeld = { ...calm(), calls: [call("a", MARIA, "held"), call("b", MARIA, "held")] };
    expect(transferable(onlyHeld)?.call).toBe("b");
  });

  it("puts nothing through while a transfer of it is under way", () => {
    expect(transferable(consulting())).toBeNull();
  });

  it("hears the consulted colleague as the active call's part", () => {
    expect(activeCall(consulting())?.call).toBe("c1");
  });

  it("retrieves one's own parked calls first, oldest first", () => {
    const view = busy();
    const rows = view.parked.map((row, index) => ({ ...row, since: index, parked_by_me: index > 0 }));
    expect(retrievable({ ...view, parked: rows }).map(({ slot }) => slot)).toEqual([4]);
  });
});

describe("a command", () => {
  it("is there only when it means something", () => {
    const available = (view: ReturnType<typeof calm>): string[] =>
      (["answer", "hold", "park", "transfer", "swap", "hang_up", "unpark", "ready"] as const).filter(
        (action) => COMMANDS[action].available(view),
      );
    expect(available(calm())).toEqual([]);
    expect(available(ringingView())).toEqual(["answer"]);
    expect(available(busy())).toEqual(["hold", "park", "transfer", "hang_up", "unpark"]);
    expect(available(consulting())).toEqual(["park", "transfer", "swap", "hang_up", "unpark"]);
  });
});
