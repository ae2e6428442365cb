//! The QR code is drawn as the modules say.

import { expect, it } from "vitest";
import { darkPath } from "./QrCode";

it("a run of dark modules is one rectangle, inside the quiet zone", () => {
  expect(darkPath(3, "110000011")).toBe("M4 4h2v1h-2zM5 6h2v1h-2z");
  expect(darkPath(1, "0")).toBe("");
});
