//! What a team owner looks at (REPORT-2, REPORT-3): the question, key figures with their formulas beside those of the days before,
//! pictures and tables. Each number leads to its calls. The host works everything out; see `reports.ts` for what is kept.

import { Button, Checkbox, Field, Input, Select, Spinner } from "@fluentui/react-components";
import { ArrowDownloadRegular, PrintRegular } from "@fluentui/react-icons";
import { useEffect } from "react";
import type { GroupingName, ReportView, ServiceView } from "../../platform/bindings";
import { hostNow } from "../../shared/clock";
import { useDesk } from "../../shared/desk";
import { saveCsv } from "../../shared/files";
import { WhyNot } from "../../shared/MayNot";
import { useMay } from "../../shared/rights";
import { Calls } from "./Calls";
import { HeatMap } from "./HeatMap";
import { IntervalChart } from "./IntervalChart";
import styles from "./reports.module.css";
import {
  choose,
  csv,
  daysFrom,
  dayText,
  type Period,
  PERIODS,
  question,
  read,
  secondsOf,
  THRESHOLD_MAX,
  type Thresholds,
  useReports,
} from "./reports";
import { reportsWords as words } from "./reportsWords";
import { Tables } from "./Tables";
import { Tiles } from "./Tiles";
import { WaitChart } from "./WaitChart";

const NO_SERVICES: readonly ServiceView[] = [];

export default function Reports() {
  const revision = useDesk((desk) => desk.history_revision);
  const problem = useReports((reports) => reports.problem);
  const report = useReports((reports) => reports.report);
  const isReading = useReports((reports) => reports.is_reading);
  const drill = useReports((reports) => reports.drill);
  const isAllowed = useMay("see-reports");

  // A call that has ended since is told by a new revision, and counts only where today is looked at.
  useEffect(() => {
    const { report, last_day } = useReports.getState();
    if (isAllowed && (report === null || last_day >= dayText(new Date(hostNow())))) void read();
  }, [isAllowed, revision]);

  if (!isAllowed)
    return (
      <section className={styles["reports"]} aria-labelledby="reports-title">
        <h1 id="reports-title">{words.title}</h1>
        <p role="note">
          {words.mayNot} <WhyNot action="see-reports" />
        </p>
      </section>
    );

  return (
    <section className={styles["reports"]} aria-labelledby="reports-title" aria-busy={isReading}>
      <header className={styles["head"]}>
        <h1 id="reports-title">{words.title}</h1>
        <span className="quiet">{words.lead}</span>
        <span className={styles["buttons"]}>
          {isReading && <Spinner size="tiny" label={words.reading} labelPosition="after" />}
          <Button
            size="small"
            icon={<ArrowDownloadRegular />}
            disabled={report === null}
            onClick={() =>
              report !== null &&
              saveCsv(csv(report), `report-${report.intervals[0]?.began.slice(0, 10) ?? ""}.csv`)
            }
          >
            {words.save}
          </Button>
          <Button
            size="small"
            icon={<PrintRegular />}
            disabled={report === null}
            onClick={() => window.print()}
          >
            {words.print}
          </Button>
        </span>
      </header>
      <Question />
      {problem !== null && (
        <p role="alert" className={styles["warning"]}>
          {words.failed(problem)}
        </p>
      )}
      {report !== null && <Answer report={report} />}
      {drill !== null && <Calls key={JSON.stringify(drill)} drill={drill} />}
    </section>
  );
}

function Question() {
  const services = useDesk((desk) => desk.view?.services ?? NO_SERVICES);
  const form = useReports();
  const { period, first_day, last_day } = form;
  const wrongDays = period === "own" && !(daysFrom(first_day, last_day) >= 1);
  return (
    <form className={styles["form"]} aria-label={words.form} onSubmit={(event) => event.preventDefault()}>
      <Field label={words.period}>
        <Select value={period} onChange={(_, { value }) => choose({ period: value as Period })}>
          {PERIODS.map((name) => (
            <option key={name} value={name}>
              {words.periods[name]}
            </option>
          ))}
        </Select>
      </Field>
      {period === "own" && (
        <>
          <Field label={words.firstDay} {...(wrongDays && { validationMessage: words.wrongDays })}>
            <Input type="date" value={first_day} onChange={(_, { value }) => choose({ first_day: value })} />
          </Field>
          <Field label={words.lastDay}>
            <Input type="date" value={last_day} onChange={(_, { value }) => choose({ last_day: value })} />
          </Field>
        </>
      )}
      <Field label={words.service} className={styles["wide"] ?? ""}>
        <Select
          value={form.service ?? ""}
          onChange={(_, { value }) => choose({ service: value === "" ? null : value })}
        >
          <option value="">{words.allServices}</option>
          {services.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      </Field>
      <Field label={words.grouping}>
        <Select
          value={form.grouping ?? ""}
          onChange={(_, { value }) => choose({ grouping: value === "" ? null : (value as GroupingName) })}
        >
          <option value="">{words.suited}</option>
          {(["quarter_hour", "hour", "day", "week", "month"] as const).map((name) => (
            <option key={name} value={name}>
              {words.groupings[name]}
            </option>
          ))}
        </Select>
      </Field>
      <ThresholdField name="sla_seconds" label={words.sla} />
      <ThresholdField name="hang_up_seconds" label={words.hangUp} />
      <ThresholdField name="short_call_seconds" label={words.shortCall} />
      <Checkbox
        className={styles["compare"] ?? ""}
        label={words.compare}
        checked={form.compare}
        onChange={(_, { checked }) => choose({ compare: checked === true })}
      />
    </form>
  );
}

function ThresholdField({ name, label }: { name: keyof Thresholds; label: string }) {
  const value = useReports((reports) => reports.thresholds[name]);
  const isWrong = secondsOf(value) === null;
  return (
    <Field
      label={{
        children: (
          <>
            {label}
            <span className="visually-hidden"> {words.seconds}</span>
          </>
        ),
      }}
      className={styles["number"] ?? ""}
      {...(isWrong && { validationMessage: words.wrong(THRESHOLD_MAX) })}
    >
      <Input
        inputMode="numeric"
        value={value}
        contentAfter={<span aria-hidden>s</span>}
        onChange={(_, data) =>
          choose({ thresholds: { ...useReports.getState().thresholds, [name]: data.value } })
        }
      />
    </Field>
  );
}

function Answer({ report }: { report: ReportView }) {
  const isStale = useReports((form) => JSON.stringify(question(form)) !== JSON.stringify(form.asked));
  const { catching_up, total } = report;
  return (
    <div className={styles["answer"]} data-stale={isStale || undefined}>
      {catching_up !== null && (
        <p role="status" className={styles["warning"]}>
          {words.catchingUp(catching_up.done, catching_up.total)}
        </p>
      )}
      <Scope report={report} />
      {total.sessions === 0 && <p className={styles["empty"]}>{words.empty}</p>}
      {total.sessions > 0 && (
        <>
          <Tiles report={report} />
          <IntervalChart report={report} />
          <div className={styles["pair"]}>
            <WaitChart report={report} />
            <HeatMap report={report} />
          </div>
          <Tables report={report} />
        </>
      )}
    </div>
  );
}

/** What the numbers are of: zone and clock changes are named, never guessed (REPORT-2). */
function Scope({ report }: { report: ReportView }) {
  const { from, to, time_zone, odd_days, percentile_error } = report;
  const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: time_zone });
  return (
    <p className="quiet">
      {words.scope(day.format(from), day.format(to - 1), time_zone)}{" "}
      {odd_days.map(({ day, minutes }) => `${words.oddDay(day, (minutes / 60).toLocaleString())} `)}
      {words.error(percentile_error)}
    </p>
  );
}
