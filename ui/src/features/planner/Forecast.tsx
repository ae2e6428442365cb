//! The forecast of the chosen day (REPORT-1, ROUTE-8): what is expected and how sure that is, as sentence, picture and table, and the
//! other days of its week. Works nothing out: see the host.

import type { ForecastView } from "../../platform/bindings";
import styles from "./forecast.module.css";
import { ForecastChart } from "./ForecastChart";
import { forecastWords as words } from "./forecastWords";
import { timeAt, usePlanner } from "./staffing";

/** The place of the band of 80 of 100 days. */
const EIGHTY = 1;

export function Forecast({ forecast, day }: { forecast: ForecastView; day: string }) {
  const from = usePlanner((planner) => planner.from);
  const to = usePlanner((planner) => planner.to);
  const interval_minutes = usePlanner((planner) => planner.interval_minutes);
  const weekday = named(day, { weekday: "long" });
  const title = named(day, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
  const { total, week } = forecast;
  return (
    <section className={styles["forecast"]} aria-labelledby="forecast-title">
      <h2 id="forecast-title">{words.title(title)}</h2>
      <p>
        {forecast.is_closed
          ? words.closed(title)
          : words.total(total.mean, total.low[EIGHTY] ?? 0, total.high[EIGHTY] ?? 0)}{" "}
        <span className="quiet">
          {words.from(forecast.days_used, forecast.first, forecast.trend_of_week)}{" "}
          <LeftOut forecast={forecast} />
        </span>
      </p>
      {!forecast.is_closed && <ForecastChart {...{ forecast, from, to, interval_minutes, weekday }} />}
      <div className={styles["tables"]}>
        <table className={styles["table"]}>
          <caption>{words.week.title}</caption>
          <thead>
            <tr>
              <th scope="col">{words.week.day}</th>
              <th scope="col">{words.week.mean}</th>
              <th scope="col">{words.week.band}</th>
            </tr>
          </thead>
          <tbody>
            {week.map((it) => (
              <tr key={it.day} aria-current={it.day === day ? "date" : undefined}>
                <th scope="row">{named(it.day, { weekday: "short", day: "numeric", month: "short" })}</th>
                {it.total === null || it.is_closed ? (
                  <td colSpan={2} className="quiet">
                    {it.is_closed ? words.week.closed : words.week.unknown}
                  </td>
                ) : (
                  <>
                    <td className="digits">{words.whole(it.total.mean)}</td>
                    <td className="digits">
                      {words.range(it.total.low[EIGHTY] ?? 0, it.total.high[EIGHTY] ?? 0)}
                    </td>
                  </>
                )}
              </tr>
            ))}
          </tbody>
        </table>
        {!forecast.is_closed && (
          <details className={styles["details"]}>
            <summary>{words.table.open}</summary>
            <Numbers {...{ forecast, from, to, interval_minutes }} />
          </details>
        )}
      </div>
    </section>
  );
}

function Numbers(props: { forecast: ForecastView; from: number; to: number; interval_minutes: number }) {
  const { forecast, from, to, interval_minutes } = props;
  const places = Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);
  return (
    <table className={styles["table"]}>
      <caption className="visually-hidden">{words.table.open}</caption>
      <thead>
        <tr>
          <th scope="col">{words.table.from}</th>
          <th scope="col">{words.week.mean}</th>
          {forecast.shares.map((share) => (
            <th key={share} scope="col">
              {words.chart.band(share)}
            </th>
          ))}
          <th scope="col">{words.table.were}</th>
        </tr>
      </thead>
      <tbody>
        {places.map((place) => {
          const interval = forecast.intervals[place];
          return (
            <tr key={place}>
              <th scope="row" className="digits">
                {timeAt(place, interval_minutes)}
              </th>
              <td className="digits">{words.fine(interval?.mean ?? 0)}</td>
              {forecast.shares.map((share, band) => (
                <td key={share} className="digits">
                  {words.range(interval?.low[band] ?? 0, interval?.high[band] ?? 0)}
                </td>
              ))}
              <td className="digits">
                {forecast.comparable.map(({ calls }) => (calls[place] ?? 0).toLocaleString()).join(", ")}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function LeftOut({ forecast }: { forecast: ForecastView }) {
  const kinds = ["gap", "other_hours", "odd"] as const;
  const sentences = kinds.flatMap((kind) => {
    const days = forecast.left_out.filter(({ why }) => why === kind).map(({ day }) => day);
    return days.length === 0 ? [] : [words.leftOut[kind](words.more(days))];
  });
  return sentences.join(" ");
}

function named(day: string, how: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat("en", how).format(new Date(`${day}T12:00`));
}
