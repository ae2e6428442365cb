//! The same as the picture in numbers, for the keyboard and for screen readers; callers are changed here. Why the methods
//! differ stands in the row.

import { Input } from "@fluentui/react-components";
import type { PlannedIntervalView, StaffingBasis } from "../../platform/bindings";
import { forecastWords } from "./forecastWords";
import styles from "./planner.module.css";
import { plannerWords as words } from "./plannerWords";
import { callsProblem, type Source, timeAt, usePlanner } from "./staffing";

export function StaffingTable() {
  const { basis, source, calls, from, to, interval_minutes, plan, planned } = usePlanner();
  const places = Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);
  const start = planned === null ? null : planned.start.slice(11);
  const offset = start === null ? 0 : minutesOf(start) / interval_minutes;
  return (
    <table className={styles["table"]}>
      <caption className="visually-hidden">{words.table.title}</caption>
      <thead>
        <tr>
          <th scope="col">{words.table.from}</th>
          <th scope="col">{words.table.calls}</th>
          <th scope="col">{words.methods.erlang_c}</th>
          <th scope="col">{words.methods.erlang_a}</th>
          <th scope="col">{words.methods.simulation}</th>
          <th scope="col">{words.table.level}</th>
          <th scope="col">{words.table.badDay}</th>
          <th scope="col" className={styles["why"]}>
            {words.table.why}
          </th>
        </tr>
      </thead>
      <tbody>
        {places.map((place) => (
          <Row
            key={place}
            place={place}
            time={timeAt(place, interval_minutes)}
            typed={calls[place] ?? ""}
            beside={basis === null ? null : beside(basis, source, place)}
            planned={plan?.intervals[place - offset]}
          />
        ))}
      </tbody>
      {plan !== null && (
        <tfoot>
          <tr>
            <th scope="row">{words.table.total}</th>
            <td className="digits">
              {Math.round(plan.intervals.reduce((sum, { calls }) => sum + calls, 0)).toLocaleString()}
            </td>
            {(["erlang_c", "erlang_a", "simulation"] as const).map((method) => (
              <td key={method} className="digits">
                {hours(
                  plan.intervals.map((interval) => interval[method]),
                  interval_minutes,
                )}
              </td>
            ))}
            <td className={`${styles["level"]} digits`}>
              {plan.level && words.level(plan.level.mean, plan.level.low, plan.level.high)}
            </td>
            <td />
            <td className={styles["why"]} />
          </tr>
        </tfoot>
      )}
    </table>
  );
}

/** Of a forecast the band of 80 of 100 days, of earlier days their standard deviation. */
function beside(basis: StaffingBasis, source: Source, place: number): string | null {
  const band = source === "forecast" ? basis.forecast?.intervals[place] : undefined;
  if (band !== undefined) return forecastWords.range(band.low[1] ?? 0, band.high[1] ?? 0);
  const spread = basis.intervals[place]?.spread ?? 0;
  return spread > 0 ? words.table.spread(spread.toFixed(1)) : null;
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

/** Attendant hours; nothing where one interval has no number. */
function hours(numbers: readonly (number | null)[], interval_minutes: number): string {
  if (numbers.includes(null)) return words.table.none;
  const sum = numbers.reduce<number>((sum, number) => sum + (number ?? 0), 0);
  return `${((sum * interval_minutes) / 60).toLocaleString(undefined, { maximumFractionDigits: 1 })} h`;
}

function Row(props: {
  place: number;
  time: string;
  typed: string;
  /** How far the callers may be off. */
  beside: string | null;
  planned: PlannedIntervalView | undefined;
}) {
  const { place, time, typed, beside, planned } = props;
  const problem = callsProblem(typed);
  return (
    <tr>
      <th scope="row" className="digits">
        {time}
      </th>
      <td className={styles["calls"]}>
        <Input
          size="small"
          inputMode="decimal"
          value={typed}
          aria-label={words.table.callsOf(time)}
          aria-invalid={problem !== null}
          title={problem ?? undefined}
          onChange={(_, { value }) =>
            usePlanner.setState(({ calls }) => ({
              calls: calls.map((old, at) => (at === place ? value : old)),
            }))
          }
        />
        {beside !== null && <span className="quiet digits">{beside}</span>}
      </td>
      <Numbers planned={planned} />
    </tr>
  );
}

function Numbers({ planned }: { planned: PlannedIntervalView | undefined }) {
  if (planned === undefined) {
    return (
      <>
        {[0, 1, 2, 3, 4].map((column) => (
          <td key={column} className="quiet">
            {words.table.none}
          </td>
        ))}
        <td className={styles["why"]} />
      </>
    );
  }
  const { level, level_bad_day, reasons, erlang_a, erlang_c, simulation } = planned;
  const agree = reasons.length === 0 && erlang_a === simulation && erlang_c === simulation;
  return (
    <>
      <td className="digits">{erlang_c ?? words.table.notEnough}</td>
      <td className="digits">{erlang_a ?? words.table.none}</td>
      <td className={`${styles["found"]} digits`}>{simulation ?? words.table.notEnough}</td>
      <td className={`${styles["level"]} digits`}>
        {level ? words.level(level.mean, level.low, level.high) : words.table.none}
      </td>
      <td className="digits">{level_bad_day === null ? words.table.none : words.percent(level_bad_day)}</td>
      <td className={styles["why"]}>
        {agree ? (
          <span className="quiet">{words.table.agree}</span>
        ) : (
          <ul>
            {reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        )}
      </td>
    </>
  );
}
