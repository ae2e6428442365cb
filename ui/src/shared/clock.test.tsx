//! Timers run by the host's clock, and only what changes renders.

import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { setHostTime, useClock } from "./clock";
import { Elapsed } from "./marks";

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(1_000_000);
  setHostTime(5_000_000);
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function pass(ms: number): void {
  act(() => {
    vi.advanceTimersByTime(ms);
  });
}

describe("a timer", () => {
  it("shows the host's time, not this computer's", () => {
    render(<Elapsed since={5_000_000 - 65_000} />);
    expect(screen.getByText("1:05")).toBeDefined();
    pass(2_000);
    expect(screen.getByText("1:07")).toBeDefined();
  });

  it("renders only when what it shows changes", () => {
    let renders = 0;
    function Late() {
      renders += 1;
      return <>{useClock((now) => now >= 5_003_000)}</>;
    }
    render(<Late />);
    pass(2_000);
    expect(renders).toBe(1);
    pass(2_000);
    expect(renders).toBe(2);
  });
});
