//! The key figures: counts, and every KPI with the name of its formula and the formula itself, beside what it was before.

import type { FiguresView, FormulaView, ReportView } from "../../platform/bindings";
import { figure } from "./figures";
import styles from "./reports.module.css";
import { type Drill, isBetterHigher, isTime, kpi, useReports } from "./reports";
import { reportsWords as words } from "./reportsWords";

const COUNTS = ["sessions", "queued", "answered", "abandoned", "short"] as const;

export function Tiles({ report }: { report: ReportView }) {
  const before = useReports((reports) => reports.before?.total ?? null);
  const { total, formulas } = report;
  return (
    <section aria-label={words.tiles}>
      <ul className={styles["tiles"]}>
        {COUNTS.map((name) => (
          <li key={name} className={styles["tile"]} title={words.countsHint[name]}>
            <span className={styles["name"]}>{words.counts[name]}</span>
            <Number value={total[name]} drill={name === "sessions" ? { title: words.tables.all } : null} />
            <span className="quiet">{before !== null && words.before(before[name].toLocaleString())}</span>
          </li>
        ))}
        {formulas.map((formula) => (
          <Kpi key={formula.kpi} formula={formula} total={total} before={before} />
        ))}
      </ul>
    </section>
  );
}

function Number({ value, drill }: { value: number; drill: Drill | null }) {
  const text = value.toLocaleString();
  if (drill === null) return <span className={styles["value"]}>{text}</span>;
  return (
    <button
      type="button"
      className={`${styles["value"]} ${styles["link"]}`}
      aria-label={`${text}: ${words.tables.show(drill.title)}`}
      onClick={() => useReports.setState({ drill })}
    >
      {text}
    </button>
  );
}

function Kpi(props: { formula: FormulaView; total: FiguresView; before: FiguresView | null }) {
  const { formula, total, before } = props;
  const value = kpi(total, formula.kpi);
  const was = before === null ? null : kpi(before, formula.kpi);
  return (
    <li className={styles["tile"]}>
      <span className={styles["name"]}>{formula.name}</span>
      <span className={styles["value"]} data-empty={value === null || undefined}>
        {figure(formula.kpi, value)}
      </span>
      {before !== null && <Change kpi={formula.kpi} value={value} was={was} />}
      <span className={styles["formula"]}>{formula.formula}</span>
    </li>
  );
}

/** An arrow says where it went, a word whether that is good: neither needs colours. */
function Change(props: { kpi: FormulaView["kpi"]; value: number | null; was: number | null }) {
  const { value, was } = props;
  // What is shown the same is the same.
  const [now, then] = [figure(props.kpi, value), figure(props.kpi, was)];
  if (value === null || was === null) return <span className="quiet">{words.before(then)}</span>;
  if (now === then) return <span className="quiet">= {words.change.same}</span>;
  const isUp = value > was;
  const higher = isBetterHigher(props.kpi);
  const verdict = higher === null ? "other" : higher === isUp ? "better" : "worse";
  const by = isTime(props.kpi)
    ? null
    : words.points(`${isUp ? "+" : "−"}${Math.abs((value - was) * 100).toFixed(1)}`);
  return (
    <span className="quiet">
      <span className={styles["change"]} data-verdict={verdict}>
        {isUp ? "▲" : "▼"} {by} {verdict !== "other" && words.change[verdict]}
      </span>{" "}
      {words.before(then)}
    </span>
  );
}
