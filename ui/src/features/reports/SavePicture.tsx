//! The button of a chart that saves it as a picture, with what it is of written above it.

import { Button } from "@fluentui/react-components";
import { ImageRegular } from "@fluentui/react-icons";
import { useRef, useState } from "react";
import type { KpiName, ReportView } from "../../platform/bindings";
import { narrowed } from "./figures";
import { savePicture } from "./picture";
import { useReports } from "./reports";
import { reportsWords } from "./reportsWords";
import { scopeText } from "./scope";

const words = reportsWords.picture;

export function SavePicture(props: {
  report: ReportView;
  title: string;
  /** KPIs that the picture shows. */
  kpis?: readonly KpiName[];
  hasLegend?: boolean;
  /** Short calls are counted like others. */
  hasShort?: boolean;
}) {
  const { report, title, kpis = [], hasLegend = false, hasShort = false } = props;
  const button = useRef<HTMLButtonElement>(null);
  const [isFailed, setFailed] = useState(false);
  const save = async (): Promise<void> => {
    const box = button.current?.closest("figure");
    if (box === null || box === undefined) return;
    const formulas = report.formulas.filter(({ kpi }) => kpis.includes(kpi));
    const lines = [
      scopeText(report),
      ...narrowed(useReports.getState()),
      ...formulas.map(({ name, formula }) =>
        formula.includes("_T") ? words.timed(name, formula, report.sla_seconds) : `${name}: ${formula}`,
      ),
      ...(hasShort ? [] : [words.short(report.short_call_seconds)]),
    ];
    const name = `${title} ${report.intervals[0]?.began.slice(0, 10) ?? ""}`.trim();
    setFailed(!(await savePicture(box, { title, lines, hasLegend }, name)));
  };
  return (
    <>
      {isFailed && <span role="alert">{words.failed}</span>}
      <Button
        ref={button}
        size="small"
        appearance="subtle"
        icon={<ImageRegular />}
        aria-label={words.of(title)}
        title={words.of(title)}
        onClick={() => void save()}
      />
    </>
  );
}
