//! Reports that are made by themselves (REPORT-3): which there are, when each comes next, what came of the last one, and changing
//! them. When one is due and what is written is the host's; who may change them is asked there too.

import {
  Button,
  Checkbox,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
  Select,
  Spinner,
} from "@fluentui/react-components";
import { type SubmitEvent, useState } from "react";
import type {
  FileFormatName,
  ReportScheduleForm,
  ReportScheduleView,
  RhythmName,
} from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { hostNow } from "../../shared/clock";
import { useDesk } from "../../shared/desk";
import { moment } from "../../shared/format";
import { WhyNot } from "../../shared/MayNot";
import { useMay } from "../../shared/rights";
import { PERIOD_ZONE, useReports } from "./reports";
import styles from "./reports.module.css";
import { reportsWords } from "./reportsWords";
import { readSchedules, useSchedules } from "./scheduled";

const words = reportsWords.schedules;
const RHYTHMS = ["day", "week", "month"] as const satisfies readonly RhythmName[];
const FORMATS = ["xlsx", "csv"] as const satisfies readonly FileFormatName[];

export function Schedules() {
  const { schedules, problem } = useSchedules();
  const mayChange = useMay("change-protection", null);
  const [form, setForm] = useState<ReportScheduleForm | null>(null);
  const close = (): void => useSchedules.setState({ isOpen: false });
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && close()}>
      <DialogSurface>
        {form !== null ? (
          <Form form={form} onDone={() => setForm(null)} />
        ) : (
          <DialogBody>
            <DialogTitle>{words.title}</DialogTitle>
            <DialogContent className={styles["schedules"]}>
              <p className="quiet">{words.lead}</p>
              {problem !== null && <p role="alert">{problem}</p>}
              {schedules === null && problem === null && (
                <Spinner label={words.loading} labelPosition="after" />
              )}
              {schedules?.length === 0 && <p>{words.none}</p>}
              {schedules?.map((schedule) => (
                <Schedule
                  key={schedule.form.id}
                  schedule={schedule}
                  mayChange={mayChange}
                  onChange={() => setForm(schedule.form)}
                />
              ))}
              {!mayChange && (
                <p role="note">
                  {words.mayNot} <WhyNot action="change-protection" />
                </p>
              )}
            </DialogContent>
            <DialogActions>
              {mayChange && <Button onClick={() => setForm(newForm())}>{words.add}</Button>}
              <Button appearance="primary" onClick={close}>
                {words.close}
              </Button>
            </DialogActions>
          </DialogBody>
        )}
      </DialogSurface>
    </Dialog>
  );
}

function Schedule(props: { schedule: ReportScheduleView; mayChange: boolean; onChange: () => void }) {
  const { schedule, mayChange, onChange } = props;
  const { form, next, last, problem } = schedule;
  const [isMaking, setMaking] = useState(false);
  const act = async (what: () => Promise<unknown>): Promise<void> => {
    setMaking(true);
    try {
      await what();
    } catch {
      // What went wrong stands in the schedule, which is read again.
    }
    await readSchedules();
    setMaking(false);
  };
  const id = form.id ?? "";
  const now = hostNow();
  return (
    <section className={styles["schedule"]} aria-label={form.name}>
      <div>
        <strong>{form.name}</strong>
        <p>{words.row(words.rhythms[form.rhythm], timeText(form.at_minute), form.time_zone)}</p>
        <p className="quiet">
          {form.folder} · {form.formats.map((format) => reportsWords.formats[format]).join(", ")}
        </p>
        <p className="quiet">
          {words.next(moment(next, now))} ·{" "}
          {last === null ? words.never : words.last(moment(last.at, now), last.files.join(", "))}
        </p>
        {problem !== null && (
          <p role="alert" className={styles["warning"]}>
            {words.problem(problem)}
          </p>
        )}
      </div>
      {mayChange && (
        <div className={styles["buttons"]}>
          <Button
            size="small"
            disabled={isMaking}
            aria-label={words.run(form.name)}
            onClick={() => void act(() => ask("run_report_schedule", { schedule: id }))}
          >
            {isMaking ? words.making : words.runNow}
          </Button>
          <Button size="small" disabled={isMaking} aria-label={words.edit(form.name)} onClick={onChange}>
            {words.change}
          </Button>
          <Button
            size="small"
            disabled={isMaking}
            aria-label={words.removing(form.name)}
            onClick={() => void act(() => ask("remove_report_schedule", { schedule: id }))}
          >
            {words.remove}
          </Button>
        </div>
      )}
    </section>
  );
}

function Form({ form: before, onDone }: { form: ReportScheduleForm; onDone: () => void }) {
  const services = useDesk((desk) => desk.view?.services);
  const [form, setForm] = useState(before);
  const [problem, setProblem] = useState<RefusedError | null>(null);
  const [isSaving, setSaving] = useState(false);
  const put = (change: Partial<ReportScheduleForm>): void => setForm({ ...form, ...change });
  /** What the host says of this field. */
  const wrong = (field: keyof ReportScheduleForm) =>
    problem?.field === field ? { validationMessage: problem.message } : {};
  const save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setSaving(true);
    try {
      await ask("put_report_schedule", { schedule: form });
      await readSchedules();
      onDone();
    } catch (error) {
      setProblem(RefusedError.from(error));
      setSaving(false);
    }
  };
  return (
    <form onSubmit={(event) => void save(event)} aria-label={words.title}>
      <DialogBody>
        <DialogTitle>{before.id === null ? words.add : words.edit(before.name)}</DialogTitle>
        <DialogContent>
          <div className={styles["fields"]}>
            <Field label={words.name} hint={words.nameHint} required {...wrong("name")}>
              <Input value={form.name} maxLength={60} onChange={(_, { value }) => put({ name: value })} />
            </Field>
            <Field label={reportsWords.service} {...wrong("services")}>
              <Select
                value={form.services[0] ?? ""}
                onChange={(_, { value }) => put({ services: value === "" ? [] : [value] })}
              >
                <option value="">{reportsWords.allServices}</option>
                {services?.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </Select>
            </Field>
            <Field label={words.rhythm}>
              <Select value={form.rhythm} onChange={(_, { value }) => put({ rhythm: value as RhythmName })}>
                {RHYTHMS.map((name) => (
                  <option key={name} value={name}>
                    {words.rhythms[name]}
                  </option>
                ))}
              </Select>
            </Field>
            <Field label={words.at} {...wrong("at_minute")}>
              <Input
                type="time"
                value={timeText(form.at_minute)}
                onChange={(_, { value }) => put({ at_minute: minutesOf(value) ?? form.at_minute })}
              />
            </Field>
            <Field label={words.zone} required {...wrong("time_zone")}>
              <Input value={form.time_zone} onChange={(_, { value }) => put({ time_zone: value })} />
            </Field>
            <Field label={words.format} {...wrong("formats")}>
              <div className={styles["formats"]}>
                {FORMATS.map((format) => (
                  <Checkbox
                    key={format}
                    label={reportsWords.formats[format]}
                    checked={form.formats.includes(format)}
                    onChange={(_, { checked }) =>
                      put({
                        formats: FORMATS.filter((one) =>
                          one === format ? checked === true : form.formats.includes(one),
                        ),
                      })
                    }
                  />
                ))}
              </div>
            </Field>
            <Field
              className={styles["whole"] ?? ""}
              label={words.folder}
              hint={words.folderHint}
              required
              {...wrong("folder")}
            >
              <Input
                value={form.folder}
                maxLength={200}
                onChange={(_, { value }) => put({ folder: value })}
              />
            </Field>
            <Field className={styles["whole"] ?? ""} hint={words.callsHint}>
              <Checkbox
                label={words.calls}
                checked={form.calls}
                disabled={!form.formats.includes("xlsx")}
                onChange={(_, { checked }) => put({ calls: checked === true })}
              />
            </Field>
          </div>
          {problem !== null && <p role="alert">{problem.message}</p>}
        </DialogContent>
        <DialogActions>
          <Button onClick={onDone}>{words.cancel}</Button>
          <Button appearance="primary" type="submit" disabled={isSaving}>
            {words.save}
          </Button>
        </DialogActions>
      </DialogBody>
    </form>
  );
}

/** With the thresholds and the service that are looked at just now. */
function newForm(): ReportScheduleForm {
  const { asked } = useReports.getState();
  return {
    id: null,
    name: "",
    rhythm: "day",
    at_minute: 6 * 60,
    time_zone: PERIOD_ZONE,
    folder: "",
    services: asked?.filter.services ?? [],
    formats: ["xlsx"],
    calls: false,
    sla_seconds: asked?.sla_seconds ?? 20,
    hang_up_seconds: asked?.hang_up_seconds ?? 20,
    short_call_seconds: asked?.short_call_seconds ?? 5,
  };
}

function timeText(minutes: number): string {
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** `null` while it is being typed. */
function minutesOf(time: string): number | null {
  const [hours, minutes] = time.split(":").map(Number);
  if (hours === undefined || minutes === undefined || !Number.isInteger(hours + minutes)) return null;
  return hours * 60 + minutes;
}
