//! The same in numbers: by service, attendant, outcome and interval. The first column of a row leads to its calls.

import type { ReactNode } from "react";
import type { FiguresView, ReportView } from "../../platform/bindings";
import { outcomeText } from "../../shared/format";
import { beginning, percent, time } from "./figures";
import styles from "./reports.module.css";
import { type Drill, kpi, useReports } from "./reports";
import { reportsWords as words } from "./reportsWords";

export function Tables({ report }: { report: ReportView }) {
  const { services, attendants, outcomes, intervals, total } = report;
  const calls = outcomes.reduce((sum, outcome) => sum + outcome.calls, 0);
  return (
    <>
      <Table title={words.tables.services} columns={[words.tables.service, ...FIGURE_COLUMNS]}>
        {[...services].sort(moreCalls).map(({ service, name, figures }) => {
          const title = name ?? (service === null ? words.tables.noService : words.tables.goneService);
          return (
            <Row
              key={service ?? ""}
              title={title}
              drill={service === null ? null : { title, filter: { services: [service] } }}
            >
              <Figures figures={figures} />
            </Row>
          );
        })}
      </Table>
      {attendants.length > 0 && (
        <Table
          title={words.tables.attendants}
          columns={[
            words.tables.attendant,
            words.tables.had,
            words.tables.declined,
            words.tables.timedOut,
            words.tables.aht,
            words.tables.p90,
            words.tables.occupancy,
          ]}
        >
          {[...attendants]
            .sort((one, other) => other.had - one.had)
            .map((of) => (
              <Row
                key={of.attendant}
                title={of.name}
                drill={{ title: of.name, filter: { attendant: of.attendant } }}
              >
                <td>{of.had.toLocaleString()}</td>
                <td>{of.declined.toLocaleString()}</td>
                <td>{of.timed_out.toLocaleString()}</td>
                <td>{time(of.aht_ms)}</td>
                <td>{time(of.handling.p90_ms)}</td>
                <td>{percent(of.occupancy)}</td>
              </Row>
            ))}
        </Table>
      )}
      <Table
        title={words.tables.outcomes}
        columns={[
          words.tables.outcome,
          words.tables.group,
          words.tables.handled,
          words.tables.calls,
          words.tables.share,
        ]}
      >
        {[...outcomes]
          .sort((one, other) => other.calls - one.calls)
          .map((of) => {
            const title = outcomeText({ outcome: of.outcome, outcome_text: of.name });
            return (
              <Row key={of.outcome} title={title} drill={{ title, filter: { outcomes: [of.outcome] } }}>
                <td>{of.group}</td>
                <td>{of.handled ? words.tables.yes : words.tables.no}</td>
                <td>{of.calls.toLocaleString()}</td>
                <td>{percent(calls === 0 ? null : of.calls / calls)}</td>
              </Row>
            );
          })}
      </Table>
      <Table title={words.tables.intervals} columns={[words.tables.interval, ...FIGURE_COLUMNS]}>
        {intervals
          .filter(({ figures }) => figures.sessions > 0)
          .map(({ from, to, began, figures }) => {
            const isShort = to - from < 86_400_000 / 2;
            const day = beginning(began, false);
            const title = isShort ? `${day} ${beginning(began, true)}` : day;
            return (
              <Row key={from} title={title} drill={{ title, within: { from, to } }}>
                <Figures figures={figures} />
              </Row>
            );
          })}
        <tr>
          <th scope="row">{words.groupings.whole}</th>
          <Figures figures={total} />
        </tr>
      </Table>
    </>
  );
}

const FIGURE_COLUMNS = [
  words.tables.calls,
  words.tables.queued,
  words.tables.answered,
  words.tables.abandoned,
  words.tables.level,
  words.tables.asa,
  words.tables.p90,
  words.tables.aht,
] as const;

/** Whom most called first. */
function moreCalls(one: { figures: FiguresView }, other: { figures: FiguresView }): number {
  return other.figures.sessions - one.figures.sessions;
}

function Figures({ figures }: { figures: FiguresView }) {
  return (
    <>
      <td>{figures.sessions.toLocaleString()}</td>
      <td>{figures.queued.toLocaleString()}</td>
      <td>{figures.answered.toLocaleString()}</td>
      <td>{figures.abandoned.toLocaleString()}</td>
      <td>{percent(kpi(figures, "service_level_abandons_ignored"))}</td>
      <td>{time(kpi(figures, "asa"))}</td>
      <td>{time(figures.wait.p90_ms)}</td>
      <td>{time(kpi(figures, "aht"))}</td>
    </>
  );
}

function Table(props: { title: string; columns: readonly string[]; children: ReactNode }) {
  return (
    <section className={styles["tableBox"]}>
      <table className={styles["table"]}>
        <caption>{props.title}</caption>
        <thead>
          <tr>
            {props.columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </section>
  );
}

function Row({ title, drill, children }: { title: string; drill: Drill | null; children: ReactNode }) {
  return (
    <tr>
      <th scope="row">
        {drill === null ? (
          title
        ) : (
          <button
            type="button"
            className={styles["link"]}
            aria-label={words.tables.show(title)}
            onClick={() => useReports.setState({ drill })}
          >
            {title}
          </button>
        )}
      </th>
      {children}
    </tr>
  );
}
