//! One of the two lists of a calendar. Each period is a line that says itself; one of them lies open to be changed.

import { Button, Checkbox, Field, Input, Select } from "@fluentui/react-components";
import {
  AddRegular,
  ArrowDownRegular,
  ArrowUpRegular,
  CheckmarkCircleFilled,
  DeleteRegular,
  EditRegular,
  ErrorCircleRegular,
  SubtractCircleRegular,
} from "@fluentui/react-icons";
import { useId } from "react";
import type { PeriodForm, WhenForm } from "../../platform/bindings";
import { hoursWords as words } from "../../shared/hoursWords";
import {
  addPeriods,
  asKind,
  type Draft,
  isAt,
  type ListName,
  movePeriod,
  newPeriod,
  openPeriod,
  putPeriod,
  removePeriod,
} from "./draft";
import { type Faults, ofPeriod, wrong } from "./faults";
import styles from "./hours.module.css";
import { dayName, monthName, sayPeriod, sayWhen, stateName, today } from "./say";

export default function Periods(props: {
  id: string;
  list: ListName;
  draft: Draft;
  faults: Faults;
  max: number;
}) {
  const { id, list, draft, faults, max } = props;
  const title = useId();
  const form = draft.past.now;
  const periods = form[list];
  const used = form.primary.length + form.secondary.length;

  function add(): void {
    addPeriods(list, [newPeriod(list, today())]);
    openPeriod({ kind: list, at: periods.length });
    focusSoon(`${id}-${list}.${periods.length}.label`);
  }

  return (
    <section className={styles["card"]} aria-labelledby={title}>
      <header className={styles["cardHead"]}>
        <h2 id={title}>{words.lists[list]}</h2>
        <Button
          size="small"
          icon={<AddRegular />}
          aria-label={words.lists.addTo[list]}
          disabledFocusable={used >= max}
          onClick={add}
        >
          {words.lists.add}
        </Button>
      </header>
      <p className="quiet">{list === "primary" ? words.lists.primaryHint : words.lists.secondaryHint}</p>
      {faults["periods"] !== undefined && <p className={styles["wrong"]}>{faults["periods"]}</p>}
      {periods.length === 0 ? (
        <p className="quiet">{words.lists.empty}</p>
      ) : (
        <ol className={styles["periods"]}>
          {periods.map((period, at) =>
            isAt(draft.opened, list, at) ? (
              <li key={at} className={styles["opened"]}>
                <PeriodFields
                  id={id}
                  list={list}
                  at={at}
                  last={at === periods.length - 1}
                  period={period}
                  faults={faults}
                />
              </li>
            ) : (
              <li key={at}>
                <PeriodLine id={id} list={list} at={at} period={period} fault={ofPeriod(faults, list, at)} />
              </li>
            ),
          )}
        </ol>
      )}
    </section>
  );
}

interface Place {
  id: string;
  list: ListName;
  at: number;
}

function PeriodLine({
  id,
  list,
  at,
  period,
  fault,
}: Place & { period: PeriodForm; fault: string | undefined }) {
  function open(): void {
    openPeriod({ kind: list, at });
    focusSoon(`${id}-${list}.${at}.label`);
  }
  return (
    <button
      type="button"
      id={`${id}-${list}.${at}`}
      className={styles["line"]}
      aria-label={words.period.edit(sayPeriod(period)) + (fault === undefined ? "" : `. ${fault}`)}
      onClick={open}
    >
      <State open={period.open} />
      <span className={styles["what"]}>
        <span>{period.label === "" ? sayWhen(period.when) : period.label}</span>
        {period.label !== "" && <span className="quiet">{sayWhen(period.when)}</span>}
        {fault !== undefined && (
          <span className={styles["wrong"]}>
            <ErrorCircleRegular aria-hidden /> {fault}
          </span>
        )}
      </span>
      <EditRegular aria-hidden className={styles["pen"]} />
    </button>
  );
}

/** Open or closed, by word, shape and colour. */
export function State({ open }: { open: boolean }) {
  return (
    <span className={styles["now"]} data-open={open || undefined}>
      {open ? <CheckmarkCircleFilled aria-hidden /> : <SubtractCircleRegular aria-hidden />}
      {stateName(open)}
    </span>
  );
}

function PeriodFields(props: Place & { last: boolean; period: PeriodForm; faults: Faults }) {
  const { id, list, at, last, period, faults } = props;
  const path = `${list}.${at}`;
  const put = (change: Partial<PeriodForm>, of: string | null = null) =>
    putPeriod(list, at, { ...period, ...change }, of === null ? null : `${path}.${of}`);

  function done(): void {
    openPeriod(null);
    focusSoon(`${id}-${path}`);
  }

  return (
    // Escape closes what its button closes too.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <fieldset
      className={styles["fields"]}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        done();
      }}
    >
      <legend className="visually-hidden">{sayPeriod(period)}</legend>
      <Field label={words.period.label} className={styles["wide"] ?? ""} {...wrong(faults, `${path}.label`)}>
        <Input
          id={`${id}-${path}.label`}
          value={period.label}
          placeholder={words.period.labelHint}
          onChange={(_, { value }) => put({ label: value }, "label")}
        />
      </Field>
      <Field label={words.period.state}>
        <Select value={String(period.open)} onChange={(_, { value }) => put({ open: value === "true" })}>
          <option value="false">{words.closed}</option>
          <option value="true">{words.open}</option>
        </Select>
      </Field>
      <Field label={words.period.kind}>
        <Select
          value={period.when.kind}
          onChange={(_, { value }) => put({ when: asKind(period.when, value as WhenForm["kind"], today()) })}
        >
          {(["weekly", "dates", "span", "yearly"] as const).map((kind) => (
            <option key={kind} value={kind}>
              {words.period.kinds[kind]}
            </option>
          ))}
        </Select>
      </Field>
      <WhenFields id={`${id}-${path}`} path={path} when={period.when} faults={faults} onChange={put} />
      <div className={`${styles["wide"] ?? ""} ${styles["row"] ?? ""}`}>
        <Button size="small" appearance="primary" onClick={done}>
          {words.period.done}
        </Button>
        <Button
          size="small"
          icon={<ArrowUpRegular />}
          aria-label={words.period.up}
          title={words.period.up}
          disabledFocusable={at === 0}
          onClick={() => movePeriod(list, at, -1)}
        />
        <Button
          size="small"
          icon={<ArrowDownRegular />}
          aria-label={words.period.down}
          title={words.period.down}
          disabledFocusable={last}
          onClick={() => movePeriod(list, at, 1)}
        />
        <Button
          size="small"
          icon={<DeleteRegular />}
          className={styles["end"] ?? ""}
          onClick={() => removePeriod(list, at)}
        >
          {words.period.remove}
        </Button>
      </div>
    </fieldset>
  );
}

function WhenFields(props: {
  id: string;
  path: string;
  when: WhenForm;
  faults: Faults;
  onChange: (change: { when: WhenForm }, of: string | null) => void;
}) {
  const { id, path, when, faults } = props;
  const put = (changed: WhenForm, of: string | null = null) => props.onChange({ when: changed }, of);

  function ends(type: "text" | "date" | "datetime-local", from: string, to: string) {
    if (when.kind === "yearly") return null;
    return (["from", "to"] as const).map((end) => (
      <Field key={end} label={end === "from" ? from : to} {...wrong(faults, `${path}.${end}`)}>
        <Input
          id={`${id}.${end}`}
          type={type}
          value={when[end]}
          onChange={(_, { value }) => put({ ...when, [end]: value }, end)}
        />
      </Field>
    ));
  }

  switch (when.kind) {
    case "weekly":
      return (
        <>
          <Field
            label={{ children: words.period.days, id: `${id}.days-label` }}
            className={styles["wide"] ?? ""}
            {...wrong(faults, `${path}.days`)}
          >
            <div role="group" aria-labelledby={`${id}.days-label`} className={styles["days"]}>
              {[0, 1, 2, 3, 4, 5, 6].map((day) => (
                <Checkbox
                  key={day}
                  {...(day === 0 && { id: `${id}.days` })}
                  label={dayName(day)}
                  checked={(when.days & (1 << day)) !== 0}
                  onChange={() => put({ ...when, days: when.days ^ (1 << day) })}
                />
              ))}
            </div>
          </Field>
          {ends("text", words.period.from, words.period.to)}
          <p className={`quiet ${styles["wide"] ?? ""}`}>{words.period.timeHint}</p>
        </>
      );
    case "dates":
      return ends("date", words.period.firstDay, words.period.lastDay);
    case "span":
      return ends("datetime-local", words.period.from, words.period.to);
    case "yearly":
      return (
        <>
          <Field label={words.period.month} {...wrong(faults, `${path}.month`)}>
            <Select
              id={`${id}.month`}
              value={String(when.month)}
              onChange={(_, { value }) => put({ ...when, month: Number(value) })}
            >
              {[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((month) => (
                <option key={month} value={month}>
                  {monthName(month)}
                </option>
              ))}
            </Select>
          </Field>
          <Field label={words.period.day} {...wrong(faults, `${path}.day`)}>
            <Input
              id={`${id}.day`}
              type="number"
              min={1}
              max={31}
              value={when.day === 0 ? "" : String(when.day)}
              onChange={(_, { value }) => put({ ...when, day: byte(value) }, "day")}
            />
          </Field>
        </>
      );
  }
}

/** A number that the wire carries; whether it is a day the host says. */
function byte(text: string): number {
  const number = Math.round(Number(text));
  return Number.isFinite(number) ? Math.min(255, Math.max(0, number)) : 0;
}

/** After what was just asked for is drawn. */
function focusSoon(id: string): void {
  requestAnimationFrame(() => document.getElementById(id)?.focus());
}
