//! What a calendar says, drawn: a moment, a week, a year. All of it is the host's; nothing is worked out here.

import { Button, Field, Input } from "@fluentui/react-components";
import {
  ArrowClockwiseRegular,
  ChevronLeftRegular,
  ChevronRightRegular,
  ClockArrowDownloadRegular,
} from "@fluentui/react-icons";
import { type ReactNode, useId } from "react";
import type {
  CalendarForm,
  CalendarSays,
  DayView,
  MomentView,
  ShiftView,
  SpecialDayView,
  VerdictView,
  YearDayView,
} from "../../platform/bindings";
import { hoursWords as words } from "../../shared/hoursWords";
import styles from "./hours.module.css";
import { State } from "./Periods";
import {
  dayName,
  mondayOf,
  monthName,
  plusDays,
  reason,
  runs,
  sayDate,
  sayDateAloud,
  sayMoment,
  sayOpen,
  sayShortDate,
  sayTime,
  stateName,
  today,
} from "./say";

const DAY_MS = 86_400_000;
/** Dates that a calendar may have. */
const YEARS = { min: 1970, max: 2199 };

export default function Says(props: {
  form: CalendarForm;
  says: CalendarSays | null;
  /** It is as it was before the last change, which cannot be read yet. */
  isStale: boolean;
  moment: string | null;
  week: string;
  year: number;
  onMoment: (moment: string | null) => void;
  onWeek: (week: string) => void;
  onYear: (year: number) => void;
}) {
  const { form, says, week, year } = props;
  const sunday = plusDays(week, 6);
  return (
    <div className={styles["half"]}>
      {props.isStale && says !== null && (
        <p className={styles["shift"]} role="status">
          {words.moment.stale}
        </p>
      )}
      <Card title={words.moment.title}>
        <Moment form={form} view={says?.moment ?? null} moment={props.moment} onMoment={props.onMoment} />
      </Card>
      <Card
        title={words.week.title}
        extra={
          <Steps
            shown={words.week.of(sayShortDate(week), sayShortDate(sunday), sunday.slice(0, 4))}
            before={words.week.before}
            after={words.week.after}
            onStep={(by) => props.onWeek(plusDays(week, by * 7))}
          >
            <Button size="small" onClick={() => props.onWeek(mondayOf(today()))}>
              {words.week.today}
            </Button>
          </Steps>
        }
      >
        {says === null ? <Cannot /> : <Week form={form} week={says.week} />}
      </Card>
      <Card
        title={words.year.title}
        extra={
          <Steps
            shown={String(year)}
            before={words.year.before}
            after={words.year.after}
            onStep={(by) => props.onYear(Math.min(YEARS.max, Math.max(YEARS.min, year + by)))}
          />
        }
      >
        {says === null ? (
          <Cannot />
        ) : (
          <Year form={form} year={year} days={says.year} special={says.special} onWeek={props.onWeek} />
        )}
      </Card>
    </div>
  );
}

function Card({ title, extra, children }: { title: string; extra?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section className={styles["card"]} aria-labelledby={id}>
      <header className={styles["cardHead"]}>
        <h2 id={id}>{title}</h2>
        {extra}
      </header>
      {children}
    </section>
  );
}

const Cannot = () => <p className="quiet">{words.moment.cannot}</p>;

function Steps(props: {
  shown: string;
  before: string;
  after: string;
  onStep: (by: -1 | 1) => void;
  children?: ReactNode;
}) {
  return (
    <div className={styles["steps"]}>
      <span aria-live="polite">{props.shown}</span>
      {props.children}
      <Button
        size="small"
        icon={<ChevronLeftRegular />}
        aria-label={props.before}
        title={props.before}
        onClick={() => props.onStep(-1)}
      />
      <Button
        size="small"
        icon={<ChevronRightRegular />}
        aria-label={props.after}
        title={props.after}
        onClick={() => props.onStep(1)}
      />
    </div>
  );
}

// -- a moment ----------------------------------------------------------------------------------------------------

function Moment(props: {
  form: CalendarForm;
  view: MomentView | null;
  moment: string | null;
  onMoment: (moment: string | null) => void;
}) {
  const { form, view, moment, onMoment } = props;
  return (
    <div className={styles["moment"]}>
      <div className={styles["asked"]}>
        <Field label={words.moment.when}>
          <Input
            type="datetime-local"
            min={`${YEARS.min}-01-01T00:00`}
            max={`${YEARS.max}-12-31T23:59`}
            value={moment ?? view?.verdicts[0]?.at.slice(0, 16) ?? ""}
            onChange={(_, { value }) => onMoment(value === "" ? null : value)}
          />
        </Field>
        <Button
          icon={<ArrowClockwiseRegular />}
          disabledFocusable={moment === null}
          onClick={() => onMoment(null)}
        >
          {words.moment.now}
        </Button>
      </div>
      <div role="status" className={styles["verdicts"]}>
        {view === null && <Cannot />}
        {view?.shown === "twice" && <p className={styles["shift"]}>{words.moment.twice}</p>}
        {view?.shown === "never" && (
          <p className={styles["shift"]}>{words.moment.never(view.verdicts[0]?.at.slice(11) ?? "")}</p>
        )}
        {view?.verdicts.map((verdict) => (
          <Verdict
            key={verdict.offset}
            form={form}
            verdict={verdict}
            withOffset={view.shown !== "once" || moment === null}
          />
        ))}
      </div>
    </div>
  );
}

function Verdict(props: { form: CalendarForm; verdict: VerdictView; withOffset: boolean }) {
  const { at, offset, open, because, until } = props.verdict;
  const why = reason(props.form, because);
  return (
    <div className={styles["verdict"]}>
      <strong>
        <State open={open} /> {until === null ? words.moment.forLong : words.moment.until(sayMoment(until))}
      </strong>
      <span>{why === "" ? words.moment.becauseOtherwise : words.moment.because(why)}</span>
      {props.withOffset && (
        <span className="quiet">
          {sayMoment(at)} ({words.moment.utc(offset)})
        </span>
      )}
    </div>
  );
}

// -- a week ------------------------------------------------------------------------------------------------------

const HOURS_MARKED = [0, 6, 12, 18, 24];

function Week({ form, week }: { form: CalendarForm; week: readonly DayView[] }) {
  const now = today();
  return (
    <div className={styles["week"]}>
      <div className={styles["scale"]} aria-hidden>
        {HOURS_MARKED.map((hour) => (
          <span key={hour} style={{ top: `${(hour / 24) * 100}%` }}>
            {String(hour).padStart(2, "0")}
          </span>
        ))}
      </div>
      {week.map((day, place) => (
        <Day key={day.date} form={form} day={day} place={place} isToday={day.date === now} />
      ))}
    </div>
  );
}

function Day(props: { form: CalendarForm; day: DayView; place: number; isToday: boolean }) {
  const { form, day, place } = props;
  const said = day.parts.map((part) =>
    words.week.part(
      stateName(part.open).toLowerCase(),
      sayTime(part.from_ms),
      sayTime(part.to_ms),
      reason(form, part.because),
    ),
  );
  const shifts = day.shifts.map(sayShift);
  const label = words.week.day(sayDateAloud(day.date), [...said, ...shifts].join("; "));
  return (
    <div className={styles["day"]} data-today={props.isToday || undefined} role="img" aria-label={label}>
      <span className={styles["dayName"]}>
        {dayName(place)} <small>{sayShortDate(day.date)}</small>
      </span>
      <div className={styles["column"]}>
        {day.parts.map((part) => {
          const isSpecial = part.because.kind === "primary";
          const why = isSpecial ? reason(form, part.because) : "";
          return (
            <span
              key={part.from_ms}
              className={styles["part"]}
              data-open={part.open || undefined}
              data-special={isSpecial || undefined}
              title={`${stateName(part.open)} ${sayTime(part.from_ms)}–${sayTime(part.to_ms)}${why && `: ${why}`}`}
              style={{
                top: `${(part.from_ms / DAY_MS) * 100}%`,
                height: `${((part.to_ms - part.from_ms) / DAY_MS) * 100}%`,
              }}
            >
              {(part.open || isSpecial) && (
                <>
                  {why !== "" && <b>{why}</b>}
                  {part.open && (
                    <small>
                      {sayTime(part.from_ms)}–{sayTime(part.to_ms)}
                    </small>
                  )}
                </>
              )}
            </span>
          );
        })}
        {day.shifts.map((shift) => (
          <span
            key={shift.from}
            className={styles["clock"]}
            title={sayShift(shift)}
            style={{ top: `${(minutesOf(shift) / 1440) * 100}%` }}
          >
            <ClockArrowDownloadRegular aria-hidden /> {shift.is_forward ? "+" : "−"}
            {gap(shift)}
          </span>
        ))}
      </div>
    </div>
  );
}

function sayShift(shift: ShiftView): string {
  const [from, to] = [shift.from.slice(11), shift.to.slice(11)];
  return shift.is_forward ? words.week.forward(from, to) : words.week.back(from, to);
}

/** Where the mark stands: at the earlier of the two times. */
function minutesOf({ from, to }: ShiftView): number {
  const earlier = from < to ? from : to;
  return Number(earlier.slice(11, 13)) * 60 + Number(earlier.slice(14, 16));
}

/** `1 h`, `30 min`. */
function gap({ from, to }: ShiftView): string {
  const minutes = Math.abs(Date.parse(`${to}Z`) - Date.parse(`${from}Z`)) / 60_000;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}

// -- a year ------------------------------------------------------------------------------------------------------

function Year(props: {
  form: CalendarForm;
  year: number;
  days: readonly YearDayView[];
  special: readonly SpecialDayView[];
  onWeek: (week: string) => void;
}) {
  const { form, year, days, special } = props;
  const open = days.filter((day) => day.open_ms > 0).length;
  return (
    <>
      <div className={styles["year"]} role="img" aria-label={words.year.picture(year, open)}>
        {[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((month) => (
          <Month key={month} year={year} month={month} days={days} />
        ))}
      </div>
      <ul className={styles["legend"]}>
        <Legend name={words.year.legendOpen} open />
        <Legend name={words.year.legendClosed} />
        <Legend name={words.year.legendSpecial} special />
        <Legend name={words.year.legendShift} shifted />
      </ul>
      {special.length === 0 ? (
        <p className="quiet">{words.year.none}</p>
      ) : (
        <ul className={styles["special"]} aria-label={words.year.list(year)}>
          {runs(special).map(({ from, to, day }) => {
            const names = day.primary.map((at) => reason(form, { kind: "primary", at })).join(", ");
            const shown = from === to ? sayDate(from) : `${sayDate(from)} – ${sayDate(to)}`;
            return (
              <li key={from}>
                <button
                  type="button"
                  title={words.year.show(shown)}
                  onClick={() => props.onWeek(mondayOf(from))}
                >
                  <span className={styles["date"]}>{shown}</span>
                  <span>
                    {[names, ...day.shifts.map(sayShift)].filter((part) => part !== "").join(" · ")}
                  </span>
                  <span className="quiet">{day.primary.length > 0 && sayOpen(day.open_ms)}</span>
                </button>
              </li>
            );
          })}
        </ul>
      )}
    </>
  );
}

function Month({ year, month, days }: { year: number; month: number; days: readonly YearDayView[] }) {
  const first = Math.round((Date.UTC(year, month - 1, 1) - Date.UTC(year, 0, 1)) / DAY_MS);
  const length = Math.round((Date.UTC(year, month, 1) - Date.UTC(year, month - 1, 1)) / DAY_MS);
  return (
    <>
      <span className={styles["month"]}>{monthName(month)}</span>
      {Array.from({ length: 31 }, (_, at) => {
        const day = at < length ? days[first + at] : undefined;
        if (day === undefined) return <span key={at} />;
        const date = `${year}-${String(month).padStart(2, "0")}-${String(at + 1).padStart(2, "0")}`;
        return (
          <span
            key={at}
            className={styles["cell"]}
            data-open={day.open_ms > 0 || undefined}
            data-special={day.is_special || undefined}
            data-shifted={day.is_shifted || undefined}
            title={`${sayDate(date)}: ${sayOpen(day.open_ms)}`}
          />
        );
      })}
    </>
  );
}

function Legend(props: { name: string; open?: true; special?: true; shifted?: true }) {
  return (
    <li>
      <span
        className={styles["cell"]}
        data-open={props.open}
        data-special={props.special}
        data-shifted={props.shifted}
        aria-hidden
      />
      {props.name}
    </li>
  );
}
