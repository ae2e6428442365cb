//! The accessibility rules every screen is held to (CALL-11): WCAG 2.0 to 2.2, A and AA, without exception but one.

import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** What axe finds, one line each. Left out: Fluent's own focus guards, which hide nothing from anybody
 * (microsoft/tabster#288). */
export async function axeFindings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(TAGS)
    .exclude("[data-tabster-dummy]")
    .analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} ${String(target)}: ${failureSummary ?? ""}`),
  );
}
