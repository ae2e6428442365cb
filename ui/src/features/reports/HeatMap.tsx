//! Weekday by hour: when callers come, and when they are not answered. A table whose cells are coloured by their number, so that
//! it is read without the colours too; a cell leads to its calls.

import { Select } from "@fluentui/react-components";
import { useState } from "react";
import type { HeatCell, ReportView } from "../../platform/bindings";
import { percent } from "./figures";
import styles from "./reports.module.css";
import { useReports } from "./reports";
import { SavePicture } from "./SavePicture";
import { reportsWords as words } from "./reportsWords";

const MEASURES = ["queued", "level", "abandonment"] as const;
type Measure = (typeof MEASURES)[number];

/** How much of the brand's colour the strongest cell has: its number is still read with ease, in both themes. */
const STRONGEST = 60;

/** Four characters at most, so that a whole day stands side by side. */
const short = new Intl.NumberFormat(undefined, { notation: "compact" });

const KPI_OF = { level: "service_level_abandons_ignored", abandonment: "abandonment_rate" } as const;

export function HeatMap({ report }: { report: ReportView }) {
  const [measure, setMeasure] = useState<Measure>("queued");
  const cells = new Map(report.heat_map.map((cell) => [`${cell.weekday}-${cell.hour}`, cell]));
  const busy = report.heat_map.filter(({ queued }) => queued > 0);
  const hours = (busy.length > 0 ? busy : report.heat_map).map(({ hour }) => hour);
  const [first, last] = [Math.min(...hours), Math.max(...hours)];
  const columns = Array.from({ length: Math.max(0, last - first + 1) }, (_, place) => first + place);
  const most = Math.max(1, ...report.heat_map.map(({ queued }) => queued));
  return (
    <figure className={styles["chart"]}>
      <figcaption>
        <h2>{words.heat.title}</h2>
        <Select
          size="small"
          aria-label={words.heat.measure}
          value={measure}
          onChange={(_, { value }) => setMeasure(value as Measure)}
        >
          {MEASURES.map((name) => (
            <option key={name} value={name}>
              {words.heat[name]}
            </option>
          ))}
        </Select>
        <span className={styles["save"]}>
          <SavePicture
            report={report}
            title={`${words.heat.title}: ${words.heat[measure]}`}
            kpis={measure === "queued" ? [] : [KPI_OF[measure]]}
          />
        </span>
      </figcaption>
      <div className={styles["heatBox"]}>
        <table className={styles["heat"]} aria-label={words.heat.title}>
          <thead>
            <tr>
              <td />
              {columns.map((hour) => (
                <th key={hour} scope="col">
                  {words.heat.hour(hour)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {words.weekdays.map((weekday, place) => (
              <tr key={weekday}>
                <th scope="row">{weekday}</th>
                {columns.map((hour) => (
                  <td key={hour}>
                    <Cell
                      cell={cells.get(`${place + 1}-${hour}`)}
                      weekday={weekday}
                      measure={measure}
                      most={most}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}

function Cell(props: { cell: HeatCell | undefined; weekday: string; measure: Measure; most: number }) {
  const { cell, weekday, measure, most } = props;
  if (cell === undefined) return null;
  const { weekday: day, hour } = cell;
  const share = measure === "queued" ? cell.queued / most : shareOf(cell, KPI_OF[measure]);
  const value = measure === "queued" ? cell.queued.toLocaleString() : percent(share);
  // Dark is what asks for attention: many callers, few answered in time, many who hung up.
  const weight = share === null ? 0 : measure === "level" ? 1 - share : share;
  return (
    <button
      type="button"
      className={styles["cell"]}
      style={{ "--weight": `${Math.round(weight * STRONGEST)}%` } as React.CSSProperties}
      aria-label={words.heat.cell(weekday, hour, value)}
      title={value}
      onClick={() =>
        useReports.setState({
          drill: { title: `${weekday} ${words.heat.hour(hour)}:00`, within: { weekday: day, hour } },
        })
      }
    >
      {share === null ? "–" : measure === "queued" ? short.format(cell.queued) : Math.round(share * 100)}
    </button>
  );
}

function shareOf({ kpis }: HeatCell, name: (typeof KPI_OF)[keyof typeof KPI_OF]): number | null {
  return kpis.find(({ kpi }) => kpi === name)?.value ?? null;
}
