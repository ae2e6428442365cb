//! "How many attendants do I need for 80/20 next Tuesday?" (ROUTE-8): the question, prefilled from earlier days, and the
//! answer as picture and table. The host works it out; see `staffing.ts` for what is kept.

import { Button, Field, Input, ProgressBar, Select, Spinner } from "@fluentui/react-components";
import { ArrowDownloadRegular } from "@fluentui/react-icons";
import { useEffect, useState } from "react";
import type { ServiceView } from "../../platform/bindings";
import { CopyButton } from "../../shared/CopyButton";
import { useDesk } from "../../shared/desk";
import { saveCsv } from "../../shared/files";
import { Forecast } from "./Forecast";
import { forecastWords } from "./forecastWords";
import styles from "./planner.module.css";
import { plannerWords as words } from "./plannerWords";
import {
  csv,
  fieldProblem,
  type Fields,
  INTERVALS,
  plan,
  question,
  readHistory,
  type Source,
  stop,
  takeFrom,
  timeAt,
  usePlanner,
} from "./staffing";
import { StaffingChart } from "./StaffingChart";
import { StaffingTable } from "./StaffingTable";

const NO_SERVICES: readonly ServiceView[] = [];

export default function Planner() {
  const services = useDesk((desk) => desk.view?.services ?? NO_SERVICES);
  const simulated = useDesk((desk) => desk.view?.mode.simulated ?? false);
  const service = usePlanner((planner) => planner.service);
  const isRead = usePlanner((planner) => planner.basis !== null);

  useEffect(() => {
    const first = services[0];
    if (service === null && first !== undefined) {
      usePlanner.setState({ service: first.id });
      void readHistory(simulated);
    }
  }, [service, services, simulated]);

  return (
    <section className={styles["planner"]} aria-labelledby="planner-title">
      <header className={styles["head"]}>
        <h1 id="planner-title">{words.title}</h1>
        <span className="quiet">{words.lead}</span>
      </header>
      <Question services={services} simulated={simulated} />
      <Basis />
      {isRead && <Answer />}
    </section>
  );
}

function Question({ services, simulated }: { services: readonly ServiceView[]; simulated: boolean }) {
  const planner = usePlanner();
  const { service, day, interval_minutes, calls, from, to, state, basis } = planner;
  const source = basis?.forecast === null ? "average" : planner.source;
  const [isMore, setMore] = useState(false);
  const asked = question(planner);
  const choose = (choice: { service?: string; day?: string; interval_minutes?: number }): void => {
    usePlanner.setState(choice);
    void readHistory(simulated);
  };
  const times = Array.from({ length: calls.length + 1 }, (_, place) => place);
  return (
    <form
      className={styles["form"]}
      aria-label={words.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (state === "idle") void plan();
      }}
    >
      <Field label={words.service} className={styles["wide"] ?? ""}>
        <Select value={service ?? ""} onChange={(_, { value }) => choose({ service: value })}>
          {services.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      </Field>
      <Field label={words.day}>
        <Input type="date" value={day} required onChange={(_, { value }) => choose({ day: value })} />
      </Field>
      <Field label={words.interval}>
        <Select
          value={String(interval_minutes)}
          onChange={(_, { value }) => choose({ interval_minutes: Number(value) })}
        >
          {INTERVALS.map((minutes) => (
            <option key={minutes} value={minutes}>
              {words.minutes(minutes)}
            </option>
          ))}
        </Select>
      </Field>
      <Field label={forecastWords.source}>
        <Select value={source} onChange={(_, { value }) => takeFrom(value as Source)}>
          {(["forecast", "average"] as const).map((name) => (
            <option key={name} value={name} disabled={name === "forecast" && basis?.forecast === null}>
              {forecastWords.sources[name]}
            </option>
          ))}
        </Select>
      </Field>
      <Field label={words.from}>
        <Select
          value={String(from)}
          onChange={(_, { value }) =>
            usePlanner.setState({ from: Number(value), to: Math.max(to, Number(value) + 1) })
          }
        >
          {times.slice(0, -1).map((place) => (
            <option key={place} value={place}>
              {timeAt(place, interval_minutes)}
            </option>
          ))}
        </Select>
      </Field>
      <Field label={words.to}>
        <Select value={String(to)} onChange={(_, { value }) => usePlanner.setState({ to: Number(value) })}>
          {times.slice(from + 1).map((place) => (
            <option key={place} value={place}>
              {timeAt(place, interval_minutes)}
            </option>
          ))}
        </Select>
      </Field>
      <NumberField name="target_percent" label={words.target} spoken={words.targetLong} unit="%" />
      <NumberField name="target_seconds" label={words.within} unit="s" />
      <NumberField name="talk_seconds" label={words.talk} unit="s" />
      <NumberField name="after_call_work_seconds" label={words.work} unit="s" />
      <NumberField name="patience_seconds" label={words.patience} unit="s" hint={words.patienceHint} />
      {isMore && (
        <>
          <NumberField
            name="talk_variation"
            label={words.talkVariation}
            unit=""
            hint={words.talkVariationHint}
          />
          <NumberField
            name="day_variation_percent"
            label={words.dayVariation}
            unit="%"
            hint={words.dayVariationHint}
          />
          <NumberField name="queue_time_max_seconds" label={words.queueLimit} unit="s" />
        </>
      )}
      <div className={styles["buttons"]}>
        <Button appearance="subtle" aria-expanded={isMore} onClick={() => setMore(!isMore)}>
          {words.more}
        </Button>
        {state === "planning" ? (
          <Button onClick={stop}>{words.stop}</Button>
        ) : (
          <Button appearance="primary" type="submit" disabled={asked === null}>
            {words.plan}
          </Button>
        )}
      </div>
    </form>
  );
}

function NumberField(props: {
  name: keyof Fields;
  label: string;
  /** What a screen reader hears after the label. */
  spoken?: string;
  unit: string;
  hint?: string;
}) {
  const { name, label, unit, spoken = unit === "s" ? words.seconds : "", hint } = props;
  const value = usePlanner((planner) => planner.fields[name]);
  const problem = fieldProblem(name, value);
  return (
    <Field
      label={{
        children: (
          <>
            {label}
            <span className="visually-hidden"> {spoken}</span>
          </>
        ),
      }}
      className={styles["number"] ?? ""}
      {...(hint !== undefined && problem === null && { hint })}
      {...(problem !== null && { validationMessage: problem })}
    >
      <Input
        inputMode="decimal"
        value={value}
        {...(unit !== "" && { contentAfter: <span aria-hidden>{unit}</span> })}
        onChange={(_, data) =>
          usePlanner.setState(({ fields }) => ({ fields: { ...fields, [name]: data.value } }))
        }
      />
    </Field>
  );
}

function Basis() {
  const basis = usePlanner((planner) => planner.basis);
  const problem = usePlanner((planner) => planner.basis_problem);
  const source = usePlanner((planner) => planner.source);
  if (problem !== null)
    return (
      <p role="alert" className={styles["warning"]}>
        {words.failed(problem)}
      </p>
    );
  if (basis === null) return <Spinner size="small" label={words.loading} labelPosition="after" />;
  if (basis.forecast !== null && source === "forecast")
    return <Forecast forecast={basis.forecast} day={basis.day} />;
  const weekday = new Intl.DateTimeFormat("en", { weekday: "long" }).format(new Date(`${basis.day}T12:00`));
  return (
    <p className="quiet">
      {words.basis(basis.days, weekday, basis.calls_read)}
      {basis.days.length === 1 && ` ${words.oneDay}`}
      {basis.is_cut && ` ${words.cut}`}
      {basis.no_forecast !== null && ` ${forecastWords.none(basis.no_forecast)}`}
    </p>
  );
}

function Answer() {
  const planner = usePlanner();
  const { state, plan: found, planned, problem } = planner;
  const asked = question(planner);
  const isStale = found !== null && JSON.stringify(asked) !== JSON.stringify(planned);
  return (
    <>
      {state === "planning" && <Working />}
      {problem !== null && (
        <p role="alert" className={styles["warning"]}>
          {words.planFailed(problem)}
        </p>
      )}
      {asked === null && state === "idle" && <p className="quiet">{words.none}</p>}
      <div className={styles["answer"]} data-stale={isStale || undefined}>
        {found !== null && planned !== null && (
          <>
            <div className={styles["result"]}>
              <p role="status">
                <strong>{sentence(found)}</strong> {isStale && words.stale}
              </p>
              <span className={styles["buttons"]}>
                <CopyButton text={csv(planner)} label={words.copy} />
                <Button
                  size="small"
                  icon={<ArrowDownloadRegular />}
                  onClick={() => saveCsv(csv(planner), `attendants-${planned.start.slice(0, 10)}.csv`)}
                >
                  {words.save}
                </Button>
              </span>
            </div>
            <StaffingChart plan={found} target={planned.target_share} />
          </>
        )}
        <StaffingTable />
      </div>
    </>
  );
}

function sentence({ intervals, level }: NonNullable<ReturnType<typeof usePlanner.getState>["plan"]>): string {
  const numbers = intervals.map(({ simulation }) => simulation);
  const peak = numbers.includes(null) ? null : Math.max(...numbers.map((number) => number ?? 0));
  const at = intervals[numbers.indexOf(peak)]?.from_local.slice(11) ?? "";
  return words.result(peak, at, level === null ? words.table.none : words.percent(level.mean));
}

function Working() {
  const progress = useDesk((desk) => desk.planning);
  return (
    <div className={styles["working"]}>
      <ProgressBar
        aria-label={words.beginning}
        {...(progress !== null && { value: progress.done, max: progress.total })}
      />
      <span className="quiet digits">
        {progress === null ? words.beginning : words.working(progress.done, progress.total)}
      </span>
    </div>
  );
}
