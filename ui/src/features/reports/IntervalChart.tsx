//! Calls by interval as stacked bars, and beneath how many were answered in time. A bar leads to its calls; the table does so by
//! keyboard.

import { useId } from "react";
import type { ReportInterval, ReportView } from "../../platform/bindings";
import { niceTicks, useWidth } from "../../shared/charts";
import { Hatch, LEFT, Legend, RIGHT, Rule, Stack } from "./bars";
import { beginning, percent } from "./figures";
import styles from "./reports.module.css";
import { kpi, others, useReports } from "./reports";
import { reportsWords as words } from "./reportsWords";
import { SavePicture } from "./SavePicture";

const TOP = 10;
const BARS = 170;
const GAP = 34;
const LEVEL = 70;
const BOTTOM = 24;
const HEIGHT = TOP + BARS + GAP + LEVEL + BOTTOM;
const LEVELS = [0, 0.5, 1] as const;
/** Room a label needs beneath. */
const LABEL = 86;

export function IntervalChart({ report }: { report: ReportView }) {
  const { intervals } = report;
  const [box, width] = useWidth();
  const [title, description, hatch] = [useId(), useId(), useId()];
  const grouping = useReports((reports) => reports.asked?.grouping);
  const isWithinDay = (grouping === "quarter_hour" || grouping === "hour") && isOneDay(intervals);
  const ticks = niceTicks(Math.max(1, ...intervals.map(({ figures }) => figures.queued)));
  const top = ticks[ticks.length - 1] ?? 1;
  const step = (width - LEFT - RIGHT) / Math.max(1, intervals.length);
  const y = (calls: number): number => TOP + BARS * (1 - calls / top);
  const levelTop = TOP + BARS + GAP;
  const levelY = (level: number): number => levelTop + LEVEL * (1 - level);
  const every = Math.max(1, Math.ceil(LABEL / step));
  return (
    <figure className={styles["chart"]}>
      <figcaption>
        <h2>{words.chart.title}</h2>
        <Legend hatch={hatch} />
        <span className="quiet">{words.chart.hint}</span>
        <span className={styles["save"]}>
          <SavePicture
            report={report}
            title={words.chart.title}
            kpis={["service_level_abandons_ignored"]}
            hasLegend
          />
        </span>
      </figcaption>
      <div ref={box}>
        <svg width={width} height={HEIGHT} role="img" aria-labelledby={title} aria-describedby={description}>
          <title id={title}>{words.chart.title}</title>
          <desc id={description}>{words.chart.describe(intervals.map((it) => spoken(it, isWithinDay)))}</desc>
          <Hatch id={hatch} />
          {ticks.map((tick) => (
            <Rule key={tick} y={y(tick)} width={width} text={tick.toLocaleString()} />
          ))}
          {intervals.map((interval, place) => (
            <Bar
              key={interval.from}
              interval={interval}
              x={LEFT + step * place}
              width={step}
              y={y}
              hatch={hatch}
              label={beginning(interval.began, isWithinDay)}
              title={spoken(interval, isWithinDay)}
            />
          ))}
          <text className={styles["caption"]} x={LEFT} y={levelTop - 10}>
            {words.chart.level}
          </text>
          {LEVELS.map((level) => (
            <Rule key={level} y={levelY(level)} width={width} text={`${level * 100} %`} />
          ))}
          <path
            className={styles["level"]}
            d={levelPath(intervals, (place) => LEFT + step * (place + 0.5), levelY)}
          />
          {intervals.map(({ from, figures }, place) => {
            const level = kpi(figures, "service_level_abandons_ignored");
            return (
              level !== null && (
                <circle
                  key={from}
                  className={styles["dot"]}
                  cx={LEFT + step * (place + 0.5)}
                  cy={levelY(level)}
                  r={Math.min(3.5, step / 2)}
                />
              )
            );
          })}
          {intervals.map(
            ({ from, began }, place) =>
              place % every === 0 && (
                <text key={from} className={styles["tick"]} x={LEFT + step * place} y={HEIGHT - 6}>
                  {beginning(began, isWithinDay)}
                </text>
              ),
          )}
        </svg>
      </div>
    </figure>
  );
}

function isOneDay(intervals: readonly ReportInterval[]): boolean {
  return intervals[0]?.began.slice(0, 10) === intervals[intervals.length - 1]?.began.slice(0, 10);
}

function spoken({ began, figures }: ReportInterval, isWithinDay: boolean): string {
  const level = kpi(figures, "service_level_abandons_ignored");
  const calls = words.chart.point(
    beginning(began, isWithinDay),
    figures.queued,
    figures.answered,
    figures.abandoned,
  );
  return level === null ? calls : `${calls}, ${percent(level)}`;
}

/** Where nobody was answered or hung up there is no level: the line is broken, not zero. */
function levelPath(
  intervals: readonly ReportInterval[],
  x: (place: number) => number,
  y: (level: number) => number,
): string {
  let path = "";
  let isBroken = true;
  intervals.forEach(({ figures }, place) => {
    const level = kpi(figures, "service_level_abandons_ignored");
    if (level !== null) path += `${isBroken ? "M" : "L"}${x(place)},${y(level)}`;
    isBroken = level === null;
  });
  return path;
}

function Bar(props: {
  interval: ReportInterval;
  x: number;
  width: number;
  y: (calls: number) => number;
  hatch: string;
  label: string;
  title: string;
}) {
  const { interval, x, width, y, hatch, label, title } = props;
  const { figures, from, to } = interval;
  const inner = Math.max(1, width * 0.72);
  return (
    <g
      className={styles["bar"]}
      onClick={() => useReports.setState({ drill: { title: label, within: { from, to } } })}
    >
      <title>{title}</title>
      <rect className={styles["reach"]} x={x} y={TOP} width={width} height={BARS} />
      <Stack
        parts={{ answered: figures.answered, abandoned: figures.abandoned, others: others(figures) }}
        x={x + (width - inner) / 2}
        width={inner}
        y={y}
        hatch={hatch}
      />
    </g>
  );
}
