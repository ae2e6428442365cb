//! The answer as a picture: attendants by interval by each method, and beneath the service level with its uncertainty. Lines
//! differ by dashes and marks, not by colour alone; a screen reader hears the peaks and is sent to the table.

import { useId } from "react";
import type { PlannedIntervalView, StaffingPlan } from "../../platform/bindings";
import { niceTicks, useWidth } from "../../shared/charts";
import styles from "./planner.module.css";
import { plannerWords as words } from "./plannerWords";

const METHODS = ["erlang_c", "erlang_a", "simulation"] as const;
type Method = (typeof METHODS)[number];

/** From back to front: dashes over the thick line, so that lines which agree are all seen. */
const DRAWN: readonly Method[] = ["simulation", "erlang_c", "erlang_a"];
/** Where the mark stands within the interval. */
const MARK_AT: Record<Method, number> = { erlang_c: 0.25, simulation: 0.5, erlang_a: 0.75 };

const LEFT = 44;
const RIGHT = 12;
const TOP = 12;
const ATTENDANTS_HEIGHT = 190;
const GAP = 44;
const LEVEL_HEIGHT = 110;
const BOTTOM = 26;
const HEIGHT = TOP + ATTENDANTS_HEIGHT + GAP + LEVEL_HEIGHT + BOTTOM;
/** The level below which the lower picture does not go, unless a bar does. */
const LEVEL_MIN = 0.5;

export function StaffingChart({ plan, target }: { plan: StaffingPlan; target: number }) {
  const { intervals } = plan;
  const [box, width] = useWidth();
  const title = useId();
  const description = useId();
  const most = Math.max(1, ...intervals.flatMap((it) => METHODS.map((method) => it[method] ?? 0)));
  const ticks = niceTicks(most);
  const top = ticks[ticks.length - 1] ?? most;
  const step = (width - LEFT - RIGHT) / Math.max(1, intervals.length);
  const x = (place: number): number => LEFT + step * place;
  const y = (attendants: number): number => TOP + ATTENDANTS_HEIGHT * (1 - attendants / top);
  const levelTop = TOP + ATTENDANTS_HEIGHT + GAP;
  const lowest = Math.min(
    LEVEL_MIN,
    target,
    ...intervals.map((it) => it.level_bad_day ?? it.level?.low ?? 1),
  );
  const floor = Math.floor(lowest * 10) / 10;
  const levelY = (level: number): number => levelTop + LEVEL_HEIGHT * (1 - (level - floor) / (1 - floor));
  return (
    <figure className={styles["chart"]}>
      <Legend />
      <div ref={box}>
        <svg width={width} height={HEIGHT} role="img" aria-labelledby={title} aria-describedby={description}>
          <title id={title}>{words.chart.title}</title>
          <desc id={description}>{words.chart.describe(intervals.map(spoken))}</desc>
          {ticks.map((tick) => (
            <g key={tick}>
              <line className={styles["grid"]} x1={LEFT} x2={width - RIGHT} y1={y(tick)} y2={y(tick)} />
              <text className={styles["tick"]} x={LEFT - 8} y={y(tick) + 4} textAnchor="end">
                {tick}
              </text>
            </g>
          ))}
          {DRAWN.map((method) => (
            <Steps key={method} method={method} intervals={intervals} x={x} y={y} step={step} />
          ))}
          <text className={styles["caption"]} x={LEFT} y={levelTop - 14}>
            {words.chart.levelTitle}
          </text>
          {[floor, (floor + 1) / 2, 1].map((level) => (
            <g key={level}>
              <line
                className={styles["grid"]}
                x1={LEFT}
                x2={width - RIGHT}
                y1={levelY(level)}
                y2={levelY(level)}
              />
              <text className={styles["tick"]} x={LEFT - 8} y={levelY(level) + 4} textAnchor="end">
                {words.percent(level)}
              </text>
            </g>
          ))}
          {intervals.map((interval, place) => (
            <Level
              key={interval.from_local}
              interval={interval}
              x={x(place) + step / 2}
              y={levelY}
              half={Math.min(5, step / 3)}
            />
          ))}
          <line
            className={styles["target"]}
            x1={LEFT}
            x2={width - RIGHT}
            y1={levelY(target)}
            y2={levelY(target)}
          />
          <text className={styles["targetText"]} x={width - RIGHT} y={levelTop - 14} textAnchor="end">
            {words.chart.target(target)}
          </text>
          <Hours intervals={intervals} x={x} step={step} y={HEIGHT - 8} />
        </svg>
      </div>
    </figure>
  );
}

function spoken({ from_local, simulation, erlang_a, erlang_c }: PlannedIntervalView): string {
  const number = (value: number | null): string => (value === null ? words.table.none : String(value));
  return words.chart.point(from_local.slice(11), number(simulation), number(erlang_a), number(erlang_c));
}

function Legend() {
  return (
    <figcaption className={styles["legend"]}>
      {METHODS.map((method) => (
        <span key={method}>
          <svg width={34} height={12} aria-hidden>
            <line className={styles[method]} x1={0} x2={34} y1={6} y2={6} />
            <Mark method={method} x={17} y={6} />
          </svg>
          {words.methods[method]}
        </span>
      ))}
      <span>
        <svg width={12} height={14} aria-hidden>
          <line className={styles["whisker"]} x1={6} x2={6} y1={1} y2={13} />
        </svg>
        {words.chart.interval}
      </span>
      <span>
        <svg width={12} height={12} aria-hidden>
          <path className={styles["badDay"]} d="M2,3 h8 l-4,7 z" />
        </svg>
        {words.chart.badDay}
      </span>
    </figcaption>
  );
}

function Steps(props: {
  method: Method;
  intervals: readonly PlannedIntervalView[];
  x: (place: number) => number;
  y: (attendants: number) => number;
  step: number;
}) {
  const { method, intervals, x, y, step } = props;
  let path = "";
  let broken = true;
  intervals.forEach((interval, place) => {
    const value = interval[method];
    if (value === null) {
      broken = true;
      return;
    }
    path += `${broken ? "M" : "L"}${x(place)},${y(value)}H${x(place + 1)}`;
    broken = false;
  });
  return (
    <g>
      <path className={styles[method]} d={path} />
      {intervals.map((interval, place) => {
        const value = interval[method];
        return value === null ? null : (
          <Mark
            key={interval.from_local}
            method={method}
            x={x(place) + step * MARK_AT[method]}
            y={y(value)}
          />
        );
      })}
    </g>
  );
}

/** A circle, a square and a diamond. */
function Mark({ method, x, y }: { method: Method; x: number; y: number }) {
  const className = styles[`${method}_mark`];
  switch (method) {
    case "simulation":
      return <circle className={className} cx={x} cy={y} r={4} />;
    case "erlang_a":
      return <rect className={className} x={x - 3.5} y={y - 3.5} width={7} height={7} />;
    case "erlang_c":
      return <path className={className} d={`M${x},${y - 4.5}l4.5,4.5l-4.5,4.5l-4.5,-4.5z`} />;
  }
}

function Level(props: {
  interval: PlannedIntervalView;
  x: number;
  y: (level: number) => number;
  half: number;
}) {
  const { interval, x, y, half } = props;
  const { level, level_bad_day } = interval;
  if (level === null) return null;
  const bad = level_bad_day === null ? null : y(level_bad_day);
  return (
    <g>
      <line className={styles["whisker"]} x1={x} x2={x} y1={y(level.low)} y2={y(level.high)} />
      <line className={styles["whisker"]} x1={x - half} x2={x + half} y1={y(level.low)} y2={y(level.low)} />
      <line className={styles["whisker"]} x1={x - half} x2={x + half} y1={y(level.high)} y2={y(level.high)} />
      <circle className={styles["simulation_mark"]} cx={x} cy={y(level.mean)} r={3.5} />
      {bad !== null && <path className={styles["badDay"]} d={`M${x - 4},${bad - 3}h8l-4,7z`} />}
    </g>
  );
}

/** Times beneath, as many as have room. */
function Hours(props: {
  intervals: readonly PlannedIntervalView[];
  x: (place: number) => number;
  step: number;
  y: number;
}) {
  const { intervals, x, step, y } = props;
  const every = Math.max(1, Math.ceil(52 / step));
  return intervals.map(
    ({ from_local }, place) =>
      place % every === 0 && (
        <text key={from_local} className={styles["tick"]} x={x(place)} y={y}>
          {from_local.slice(11)}
        </text>
      ),
  );
}
