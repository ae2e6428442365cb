//! What the day will bring, as a picture: bands for how sure it is, a line for what is expected, dots for what earlier days of the
//! same weekday had. Bands differ by their edges, not by shade alone. Arrow keys and the mouse choose an interval, whose numbers stand
//! beneath and are what a screen reader hears; all of them are in the table.

import { type KeyboardEvent, type PointerEvent, useState } from "react";
import type { ForecastView } from "../../platform/bindings";
import { niceTicks, useWidth } from "../../shared/charts";
import styles from "./forecast.module.css";
import { forecastWords as words } from "./forecastWords";
import { timeAt } from "./staffing";

const LEFT = 44;
const RIGHT = 12;
const TOP = 10;
const HEIGHT = 220;
const BOTTOM = 26;
const PLOT = HEIGHT - TOP - BOTTOM;

interface Shown {
  forecast: ForecastView;
  from: number;
  to: number;
  interval_minutes: number;
  weekday: string;
}

export function ForecastChart(shown: Shown) {
  const { forecast, from, to, interval_minutes, weekday } = shown;
  const [box, width] = useWidth();
  const [chosen, choose] = useState<number | null>(null);
  const places = Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);
  const bands = forecast.shares.map((_, band) => band).reverse();
  const widest = forecast.shares.length - 1;
  const most = Math.max(
    1,
    ...places.map((place) => forecast.intervals[place]?.high[widest] ?? 0),
    ...forecast.comparable.flatMap(({ calls }) => places.map((place) => calls[place] ?? 0)),
  );
  const ticks = niceTicks(most);
  const top = ticks[ticks.length - 1] ?? most;
  const step = (width - LEFT - RIGHT) / Math.max(1, places.length);
  const x = (place: number): number => LEFT + step * (place - from);
  const y = (calls: number): number => TOP + PLOT * (1 - calls / top);
  const at = chosen === null || chosen < from || chosen >= to ? from : chosen;
  const every = Math.max(1, Math.ceil(52 / step));

  function onKeyDown(event: KeyboardEvent): void {
    const next: Record<string, number> = {
      ArrowRight: at + 1,
      ArrowUp: at + 1,
      ArrowLeft: at - 1,
      ArrowDown: at - 1,
      Home: from,
      End: to - 1,
    };
    const place = next[event.key];
    if (place === undefined) return;
    event.preventDefault();
    choose(Math.min(to - 1, Math.max(from, place)));
  }

  function onPointerMove(event: PointerEvent): void {
    const left = event.currentTarget.getBoundingClientRect().left;
    const place = from + Math.floor((event.clientX - left - LEFT) / step);
    if (place >= from && place < to) choose(place);
  }

  return (
    <figure className={styles["chart"]}>
      <Legend forecast={forecast} weekday={weekday} />
      <div
        ref={box}
        className={styles["plot"]}
        role="slider"
        tabIndex={0}
        aria-label={words.chart.name}
        aria-valuemin={from}
        aria-valuemax={to - 1}
        aria-valuenow={at}
        aria-valuetext={numbers(shown, at)}
        onKeyDown={onKeyDown}
        onPointerMove={onPointerMove}
      >
        <svg width={width} height={HEIGHT} aria-hidden>
          {ticks.map((tick) => (
            <g key={tick}>
              <line className={styles["grid"]} x1={LEFT} x2={width - RIGHT} y1={y(tick)} y2={y(tick)} />
              <text className={styles["tick"]} x={LEFT - 8} y={y(tick) + 4} textAnchor="end">
                {tick.toLocaleString()}
              </text>
            </g>
          ))}
          <rect
            className={styles["cursor"]}
            x={x(at)}
            y={TOP}
            width={Math.max(1, step)}
            height={PLOT}
            data-chosen={chosen !== null || undefined}
          />
          {bands.map((band) => (
            <path key={band} className={styles[`band${band}`]} d={area(forecast, places, band, x, y)} />
          ))}
          <path className={styles["mean"]} d={line(forecast, places, x, y)} />
          {forecast.comparable.map(({ day, calls }, nth) =>
            places.map((place) => (
              <circle
                key={`${day} ${place}`}
                className={styles["dot"]}
                // Beside each other, the newest to the right, so that days which agree are all seen.
                cx={x(place) + (step * (forecast.comparable.length - nth)) / (forecast.comparable.length + 1)}
                cy={y(calls[place] ?? 0)}
                r={Math.min(2.5, Math.max(1.2, step / 10))}
              />
            )),
          )}
          {places.map(
            (place, nth) =>
              nth % every === 0 && (
                <text key={place} className={styles["tick"]} x={x(place)} y={HEIGHT - 8}>
                  {timeAt(place, interval_minutes)}
                </text>
              ),
          )}
        </svg>
      </div>
      <p className={`${styles["numbers"]} digits`} aria-hidden>
        {numbers(shown, at)}
      </p>
    </figure>
  );
}

function Legend({ forecast, weekday }: { forecast: ForecastView; weekday: string }) {
  return (
    <figcaption className={styles["legend"]}>
      <span>
        <svg width={28} height={12} aria-hidden>
          <line className={styles["mean"]} x1={0} x2={28} y1={6} y2={6} />
        </svg>
        {words.chart.mean}
      </span>
      {forecast.shares.map((share, band) => (
        <span key={share}>
          <svg width={22} height={14} aria-hidden>
            <rect className={styles[`band${band}`]} x={1} y={1} width={20} height={12} />
          </svg>
          {words.chart.band(share)}
        </span>
      ))}
      {forecast.comparable.length > 0 && (
        <span>
          <svg width={10} height={12} aria-hidden>
            <circle className={styles["dot"]} cx={5} cy={6} r={2.5} />
          </svg>
          {words.chart.dots(weekday, forecast.comparable.length)}
        </span>
      )}
    </figcaption>
  );
}

/** An interval in words and figures. */
function numbers({ forecast, interval_minutes }: Shown, place: number): string {
  const interval = forecast.intervals[place];
  if (interval === undefined) return "";
  const until = timeAt(place + 1, interval_minutes);
  return [
    words.chart.at(timeAt(place, interval_minutes), until, interval.mean),
    ...forecast.shares.map((share, band) =>
      words.chart.in(share, interval.low[band] ?? 0, interval.high[band] ?? 0),
    ),
    ...(forecast.comparable.length > 0
      ? [words.chart.were(forecast.comparable.map(({ calls }) => calls[place] ?? 0))]
      : []),
  ].join("; ");
}

type Scale = (value: number) => number;

/** Steps along the upper edge and back along the lower one. */
function area(forecast: ForecastView, places: readonly number[], band: number, x: Scale, y: Scale): string {
  const upper = places.map((place) => {
    const high = y(forecast.intervals[place]?.high[band] ?? 0);
    return `L${x(place)},${high}H${x(place + 1)}`;
  });
  const lower = [...places].reverse().map((place) => {
    const low = y(forecast.intervals[place]?.low[band] ?? 0);
    return `L${x(place + 1)},${low}H${x(place)}`;
  });
  const path = [...upper, ...lower].join("");
  return path === "" ? "" : `M${path.slice(1)}Z`;
}

function line(forecast: ForecastView, places: readonly number[], x: Scale, y: Scale): string {
  const path = places.map(
    (place) => `L${x(place)},${y(forecast.intervals[place]?.mean ?? 0)}H${x(place + 1)}`,
  );
  return path.length === 0 ? "" : `M${path.join("").slice(1)}`;
}
