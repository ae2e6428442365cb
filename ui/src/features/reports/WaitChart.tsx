//! How long callers waited until they were answered, hung up or left otherwise, as bars, with the percentiles beside the mean.

import { useId } from "react";
import type { ReportView, WaitFigures } from "../../platform/bindings";
import { niceTicks, useWidth } from "../../shared/charts";
import { Hatch, LEFT, Legend, RIGHT, Rule, Stack } from "./bars";
import { edge, time } from "./figures";
import styles from "./reports.module.css";
import { reportsWords as words } from "./reportsWords";
import { SavePicture } from "./SavePicture";

const TOP = 10;
const BARS = 190;
const BOTTOM = 26;
const HEIGHT = TOP + BARS + BOTTOM;
const PERCENTILES = ["p50_ms", "p80_ms", "p90_ms", "p95_ms", "p99_ms"] as const;
/** Room a label needs beneath. */
const LABEL = 46;

export function WaitChart({ report }: { report: ReportView }) {
  const { waits, total } = report;
  const [box, width] = useWidth();
  const [title, description, hatch] = [useId(), useId(), useId()];
  const ticks = niceTicks(
    Math.max(1, ...waits.map(({ answered, abandoned, left }) => answered + abandoned + left)),
  );
  const top = ticks[ticks.length - 1] ?? 1;
  const step = (width - LEFT - RIGHT) / Math.max(1, waits.length);
  const every = Math.max(1, Math.ceil(LABEL / step));
  const y = (calls: number): number => TOP + BARS * (1 - calls / top);
  return (
    <figure className={styles["chart"]}>
      <figcaption>
        <h2>{words.waits.title}</h2>
        <Legend hatch={hatch} />
        <span className={styles["save"]}>
          <SavePicture report={report} title={words.waits.title} hasLegend hasShort />
        </span>
      </figcaption>
      <div ref={box}>
        <svg width={width} height={HEIGHT} role="img" aria-labelledby={title} aria-describedby={description}>
          <title id={title}>{words.waits.title}</title>
          <desc id={description}>{words.waits.describe(waits.map(spoken))}</desc>
          <Hatch id={hatch} />
          {ticks.map((tick) => (
            <Rule key={tick} y={y(tick)} width={width} text={tick.toLocaleString()} />
          ))}
          {waits.map((wait, place) => (
            <Bar
              key={wait.from_seconds}
              wait={wait}
              x={LEFT + step * place}
              width={step}
              y={y}
              hatch={hatch}
            />
          ))}
          {waits.map(
            ({ from_seconds }, place) =>
              place % every === 0 && (
                <text key={from_seconds} className={styles["tick"]} x={LEFT + step * place} y={HEIGHT - 8}>
                  {edge(from_seconds)}
                </text>
              ),
          )}
        </svg>
      </div>
      <dl className={styles["percentiles"]} aria-label={words.waits.percentiles}>
        <div>
          <dt>{words.waits.mean}</dt>
          <dd>{time(total.wait.mean_ms)}</dd>
        </div>
        {PERCENTILES.map((name) => (
          <div key={name}>
            <dt>{name.slice(1, 3)} %</dt>
            <dd>{time(total.wait[name])}</dd>
          </div>
        ))}
      </dl>
    </figure>
  );
}

function spoken({ from_seconds, to_seconds, answered, abandoned, left }: WaitFigures): string {
  const span = words.waits.span(edge(from_seconds), to_seconds === null ? null : edge(to_seconds));
  return words.waits.point(span, answered, abandoned, left);
}

function Bar(props: {
  wait: WaitFigures;
  x: number;
  width: number;
  y: (calls: number) => number;
  hatch: string;
}) {
  const { wait, x, width, y, hatch } = props;
  const inner = Math.max(1, width * 0.8);
  return (
    <g>
      <title>{spoken(wait)}</title>
      <Stack
        parts={{ answered: wait.answered, abandoned: wait.abandoned, others: wait.left }}
        x={x + (width - inner) / 2}
        width={inner}
        y={y}
        hatch={hatch}
      />
    </g>
  );
}
