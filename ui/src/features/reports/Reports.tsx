//! What a team owner looks at (REPORT-2, REPORT-3): the question, key figures with their formulas beside those of the days before,
//! pictures and tables. Each number leads to its calls. The host works everything out; see `reports.ts` for what is kept.

import {
  Button,
  Field,
  InteractionTag,
  InteractionTagPrimary,
  InteractionTagSecondary,
  Input,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  Select,
  Spinner,
} from "@fluentui/react-components";
import {
  ArrowDownloadRegular,
  ArrowUploadRegular,
  CalendarClockRegular,
  PrintRegular,
} from "@fluentui/react-icons";
import { useEffect } from "react";
import type { GroupingName, ReportView, ServiceView } from "../../platform/bindings";
import { hostNow } from "../../shared/clock";
import { useDesk } from "../../shared/desk";
import { WhyNot } from "../../shared/MayNot";
import { useMay } from "../../shared/rights";
import { showScreen } from "../../shared/screen";
import { Calls } from "./Calls";
import { HeatMap } from "./HeatMap";
import { IntervalChart } from "./IntervalChart";
import styles from "./reports.module.css";
import {
  choose,
  type Comparison,
  COMPARISONS,
  daysFrom,
  dayText,
  isNumber,
  type Period,
  PERIODS,
  question,
  read,
  secondsOf,
  take,
  THRESHOLD_MAX,
  type Thresholds,
  useReports,
} from "./reports";
import { reportsWords as words } from "./reportsWords";
import { daysText, scopeText } from "./scope";
import { Schedules } from "./Schedules";
import { readSchedules, useSchedules } from "./scheduled";
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
  const takingProblem = useReports((reports) => reports.taking_problem);
  const isScheduling = useSchedules((known) => known.isOpen);
  const isAllowed = useMay("see-reports");
  const mayImport = useMay("import-calls");

  useEffect(() => {
    if (isAllowed) void readSchedules();
  }, [isAllowed, isScheduling]);

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
          {mayImport && (
            <Button size="small" icon={<ArrowUploadRegular />} onClick={() => showScreen("past_calls")}>
              {words.pastCalls}
            </Button>
          )}
          <Save />
          <Button
            size="small"
            icon={<CalendarClockRegular />}
            onClick={() => useSchedules.setState({ isOpen: true })}
          >
            {words.schedules.open}
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
      {takingProblem !== null && (
        <p role="alert" className={styles["warning"]}>
          {words.notSaved(takingProblem)}
        </p>
      )}
      <NotMade />
      {report !== null && <Answer report={report} />}
      {isScheduling && <Schedules />}
      {drill !== null && <Calls key={JSON.stringify(drill)} drill={drill} />}
    </section>
  );
}

function Save() {
  const isEmpty = useReports((reports) => reports.report === null);
  const isTaking = useReports((reports) => reports.is_taking);
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <Button size="small" icon={<ArrowDownloadRegular />} disabled={isEmpty || isTaking}>
          {words.save}
        </Button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          <MenuItem onClick={() => void take("xlsx", false)}>{words.savings.xlsx}</MenuItem>
          <MenuItem onClick={() => void take("xlsx", true)}>{words.savings.calls}</MenuItem>
          <MenuItem onClick={() => void take("csv", false)}>{words.savings.csv}</MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}

/** Reports that should lie in their folders by now, and do not. */
function NotMade() {
  const schedules = useSchedules((known) => known.schedules);
  return schedules?.map(
    ({ form, problem }) =>
      problem !== null && (
        <p key={form.id} role="status" className={styles["warning"]}>
          {words.schedules.notice(form.name, problem)}{" "}
          <Button size="small" onClick={() => useSchedules.setState({ isOpen: true })}>
            {words.schedules.look}
          </Button>
        </p>
      ),
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
      <Field label={words.compare}>
        <Select value={form.compare} onChange={(_, { value }) => choose({ compare: value as Comparison })}>
          {COMPARISONS.map((name) => (
            <option key={name} value={name}>
              {words.comparisons[name]}
            </option>
          ))}
        </Select>
      </Field>
      {form.compare === "own" && (
        <Field label={words.compareDay}>
          <Input
            type="date"
            value={form.compare_day}
            onChange={(_, { value }) => choose({ compare_day: value })}
          />
        </Field>
      )}
      <Field
        label={words.caller}
        className={styles["wide"] ?? ""}
        {...(!isNumber(form.number) && { validationMessage: words.wrongNumber })}
      >
        <Input
          value={form.number}
          placeholder={words.callerHint}
          maxLength={256}
          onChange={(_, { value }) => choose({ number: value })}
        />
      </Field>
      <Narrowed />
    </form>
  );
}

/** What a table was asked to narrow the report to, each to be taken away again. */
function Narrowed() {
  const { attendant, caller, outcome } = useReports();
  const tags = [
    attendant && { text: words.only.attendant(attendant.title), none: { attendant: null } },
    caller && { text: words.only.caller(caller.title), none: { caller: null } },
    outcome && { text: words.only.outcome(outcome.title), none: { outcome: null } },
  ].filter((tag) => tag !== null);
  if (tags.length === 0) return null;
  return (
    <div className={styles["tags"]}>
      <span>{words.only.label}</span>
      {tags.map(({ text, none }) => (
        <InteractionTag key={text} size="small">
          <InteractionTagPrimary hasSecondaryAction onClick={() => choose(none)}>
            {text}
          </InteractionTagPrimary>
          <InteractionTagSecondary aria-label={words.only.remove(text)} onClick={() => choose(none)} />
        </InteractionTag>
      ))}
    </div>
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
  const before = useReports((reports) => reports.before);
  return (
    <p className="quiet">
      {scopeText(report)} {words.error(report.percentile_error)}{" "}
      {before !== null && words.compared(...daysText(before.from, before.to, before.time_zone))}
    </p>
  );
}
