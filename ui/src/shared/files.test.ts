//! Tables as files (REPORT-3): separators and quotes as RFC 4180 has them, and no text that a spreadsheet works out.

import { expect, it } from "vitest";
import { csvOf } from "./files";

it("a text that a spreadsheet would work out stays a text, a number stays a number", () => {
  const row = ["=1+1", "+41445556677", "-2", "@SUM(A1)", -2, null, 'say "a, b"'];
  expect(csvOf([row])).toBe(`'=1+1,'+41445556677,'-2,'@SUM(A1),-2,,"say ""a, b"""\r\n`);
});
