//! The same in numbers: by service, attendant, outcome and interval. The first column of a row leads to its calls.

import { Button } from "@fluentui/react-components";
import { FilterRegular } from "@fluentui/react-icons";
import type { ReactNode } from "react";
import type { FiguresView, ReportView } from "../../platform/bindings";
import { hostNow } from "../../shared/clock";
import { moment, outcomeText, partyDetail, partyName } from "../../shared/format";
import { beginning, percent, time } from "./figures";
import styles from "./reports.module.css";
import { choose, type Drill, kpi, type Question, useReports } from "./reports";
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
              only={service === null ? null : { service }}
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
                only={{ attendant: { id: of.attendant, title: of.name } }}
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
        words={3}
      >
        {[...outcomes]
          .sort((one, other) => other.calls - one.calls)
          .map((of) => {
            const title = outcomeText({ outcome: of.outcome, outcome_text: of.name });
            return (
              <Row
                key={of.outcome}
                title={title}
                drill={{ title, filter: { outcomes: [of.outcome] } }}
                only={{ outcome: { id: of.outcome, title } }}
              >
                <td>{of.group}</td>
                <td>{of.handled ? words.tables.yes : words.tables.no}</td>
                <td>{of.calls.toLocaleString()}</td>
                <td>{percent(calls === 0 ? null : of.calls / calls)}</td>
              </Row>
            );
          })}
      </Table>
      <Callers />
      <Table title={words.tables.intervals} columns={[words.tables.interval, ...FIGURE_COLUMNS]}>
        {intervals
          .filter(({ figures }) => figures.sessions > 0)
          .map(({ from, to, began, figures }) => {
            const isShort = to - from < 86_400_000 / 2;
            const day = beginning(began, false);
            const title = isShort ? `${day} ${beginning(began, true)}` : day;
            return (
              <Row key={from} title={title} drill={{ title, within: { from, to } }} only={null}>
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

/** Who called most. */
function Callers() {
  const callers = useReports((reports) => reports.callers);
  const problem = useReports((reports) => reports.callers_problem);
  if (problem !== null)
    return (
      <section className={styles["tableBox"]}>
        <p className={styles["empty"]}>{words.tables.noCallers(problem)}</p>
      </section>
    );
  if (callers === null || callers.total === 0) return null;
  return (
    <Table
      title={words.tables.someCallers(callers.callers.length, callers.total)}
      columns={[
        words.calls.caller,
        words.tables.number,
        words.tables.calls,
        words.tables.answered,
        words.tables.abandoned,
        words.tables.last,
      ]}
      words={2}
    >
      {callers.callers.map(({ caller, calls, answered, abandoned, last }) => {
        const title = partyName(caller);
        return (
          <Row
            key={caller.party}
            title={title}
            drill={{ title, filter: { caller: caller.party } }}
            only={{ caller: { id: caller.party, title } }}
          >
            <td>{partyDetail(caller)}</td>
            <td>{calls.toLocaleString()}</td>
            <td>{answered.toLocaleString()}</td>
            <td>{abandoned.toLocaleString()}</td>
            <td>{moment(last, hostNow())}</td>
          </Row>
        );
      })}
    </Table>
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

function Table(props: {
  title: string;
  columns: readonly string[];
  /** How many columns are words, from the left; the others are numbers. */
  words?: number;
  children: ReactNode;
}) {
  return (
    <section className={styles["tableBox"]}>
      <table className={styles["table"]} data-words={props.words ?? 1}>
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

function Row(props: {
  title: string;
  drill: Drill | null;
  /** Asks for the report of this alone; `null`: there is none. */
  only: Partial<Question> | null;
  children: ReactNode;
}) {
  const { title, drill, only, children } = props;
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
        {only !== null && (
          <Button
            className={styles["narrow"] ?? ""}
            size="small"
            appearance="subtle"
            icon={<FilterRegular />}
            aria-label={words.only.choose(title)}
            title={words.only.choose(title)}
            onClick={() => choose(only)}
          />
        )}
      </th>
      {children}
    </tr>
  );
}
