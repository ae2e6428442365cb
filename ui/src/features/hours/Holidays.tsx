//! Bringing holidays in from an iCalendar file: choose it, see what was found and every line that did not come along, tick
//! what is wanted, add it to the draft. The host reads the file and keeps nothing; taking back is one undo.

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
  Select,
  Spinner,
} from "@fluentui/react-components";
import { ArrowUploadRegular, CheckmarkCircleRegular, ErrorCircleRegular } from "@fluentui/react-icons";
import { useRef, useState } from "react";
import type { CalendarForm, HolidayNoteView, HolidaysView } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { asBase64 } from "../../shared/base64";
import { hoursWords } from "../../shared/hoursWords";
import { addPeriods, holds, type ListName } from "./draft";
import styles from "./hours.module.css";
import { sayWhen } from "./say";

const words = hoursWords.holidays;

/** The host's own limit; checked here so that nobody waits for a refusal. */
const FILE_BYTES_MAX = 2 * 1024 * 1024;

type Progress =
  | { step: "idle" }
  | { step: "reading"; name: string }
  | { step: "failed"; why: string }
  | { step: "read"; view: HolidaysView };

export default function Holidays({ form, onClose }: { form: CalendarForm; onClose: () => void }) {
  const picker = useRef<HTMLInputElement>(null);
  const [progress, setProgress] = useState<Progress>({ step: "idle" });
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [open, setOpen] = useState(false);
  const [list, setList] = useState<ListName>("primary");

  async function read(file: File): Promise<void> {
    if (file.size === 0 || file.size > FILE_BYTES_MAX) {
      setProgress({ step: "failed", why: file.size === 0 ? words.empty : words.tooLarge });
      return;
    }
    setProgress({ step: "reading", name: file.name });
    try {
      const content_base64 = await asBase64(file);
      const year = new Date().getFullYear();
      const view = await ask("read_holidays", { content_base64, zone: form.zone, year });
      const isNew = (at: number) => view.found[at] !== undefined && !holds(form, view.found[at]);
      setChosen(new Set([...view.found.keys()].filter(isNew)));
      setProgress({ step: "read", view });
    } catch (error) {
      setProgress({ step: "failed", why: RefusedError.from(error).message });
    }
  }

  function add(view: HolidaysView): void {
    const wanted = view.found.filter((_, at) => chosen.has(at));
    addPeriods(
      list,
      wanted.map(({ label, when }) => ({ open, label, when })),
    );
    onClose();
  }

  const view = progress.step === "read" ? progress.view : null;
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface className={styles["import"] ?? ""}>
        <DialogBody>
          <DialogTitle>{words.title}</DialogTitle>
          <DialogContent className={styles["importBody"] ?? ""}>
            {view === null && <p>{words.intro}</p>}
            <input
              ref={picker}
              className="visually-hidden"
              type="file"
              tabIndex={-1}
              aria-label={words.choose}
              accept=".ics,.ical,.ifb,text/calendar"
              onChange={(event) => {
                const file = event.target.files?.[0];
                if (file) void read(file);
                // The same file again, mended, is a change too.
                event.target.value = "";
              }}
            />
            <div className={styles["row"]}>
              <Button
                appearance={view === null ? "primary" : "secondary"}
                icon={<ArrowUploadRegular />}
                disabledFocusable={progress.step === "reading"}
                onClick={() => picker.current?.click()}
              >
                {view === null ? words.choose : words.another}
              </Button>
            </div>
            <div aria-live="polite">
              {progress.step === "reading" && <Spinner size="tiny" label={words.reading(progress.name)} />}
              {progress.step === "failed" && (
                <p className={styles["failed"]}>
                  <ErrorCircleRegular fontSize={20} aria-hidden /> {words.failed} {progress.why}
                </p>
              )}
              {view !== null && (
                <p>
                  <strong>{words.found(view.found.length)}</strong>{" "}
                  {view.name !== null && words.from(view.name)}
                </p>
              )}
            </div>
            {view !== null && view.found.length > 0 && (
              <>
                <Found form={form} view={view} chosen={chosen} onChoose={setChosen} />
                <div className={styles["choices"]}>
                  <Field label={words.state}>
                    <Select value={String(open)} onChange={(_, data) => setOpen(data.value === "true")}>
                      <option value="false">{hoursWords.closed}</option>
                      <option value="true">{hoursWords.open}</option>
                    </Select>
                  </Field>
                  <Field label={words.into}>
                    <Select value={list} onChange={(_, data) => setList(data.value as ListName)}>
                      <option value="primary">{hoursWords.lists.primary}</option>
                      <option value="secondary">{hoursWords.lists.secondary}</option>
                    </Select>
                  </Field>
                </div>
              </>
            )}
            {view !== null && <Notes notes={view.notes} />}
          </DialogContent>
          <DialogActions>
            <Button onClick={onClose}>{words.cancel}</Button>
            {view !== null && (
              <Button appearance="primary" disabledFocusable={chosen.size === 0} onClick={() => add(view)}>
                {words.add(chosen.size)}
              </Button>
            )}
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function Found(props: {
  form: CalendarForm;
  view: HolidaysView;
  chosen: ReadonlySet<number>;
  onChoose: (chosen: ReadonlySet<number>) => void;
}) {
  const { form, view, chosen, onChoose } = props;
  const all = chosen.size === view.found.length ? true : chosen.size === 0 ? false : "mixed";

  function toggle(at: number): void {
    const next = new Set(chosen);
    if (!next.delete(at)) next.add(at);
    onChoose(next);
  }

  return (
    <div className={styles["table"]} role="region" aria-label={words.foundTable}>
      <table>
        <thead>
          <tr>
            <th scope="col">
              <Checkbox
                aria-label={words.all}
                checked={all}
                onChange={() => onChoose(new Set(all === true ? [] : view.found.keys()))}
              />
            </th>
            <th scope="col">{words.what}</th>
            <th scope="col">{words.when}</th>
            <th scope="col">{words.line}</th>
          </tr>
        </thead>
        <tbody>
          {view.found.map((found, at) => {
            const label = found.label === "" ? hoursWords.period.unnamed : found.label;
            const when = sayWhen(found.when);
            return (
              <tr key={at}>
                <td>
                  <Checkbox
                    aria-label={`${label}, ${when}`}
                    checked={chosen.has(at)}
                    onChange={() => toggle(at)}
                  />
                </td>
                <td>
                  {label}
                  {holds(form, found) && <span className={styles["unsaved"]}>{words.known}</span>}
                </td>
                <td>{when}</td>
                <td className="digits">{found.line}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Notes({ notes }: { notes: readonly HolidayNoteView[] }) {
  if (notes.length === 0)
    return (
      <p className={styles["good"]}>
        <CheckmarkCircleRegular fontSize={20} aria-hidden /> {words.noNotes}
      </p>
    );
  return (
    <>
      <h3>{words.notes(notes.length)}</h3>
      {/* Scrolls, so the keyboard must be able to reach it. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={styles["table"]} tabIndex={0} role="region" aria-label={words.notesTable}>
        <table>
          <thead>
            <tr>
              <th scope="col">{words.line}</th>
              <th scope="col">{words.field}</th>
              <th scope="col">{words.value}</th>
              <th scope="col">{words.permitted}</th>
            </tr>
          </thead>
          <tbody>
            {notes.map((note, at) => (
              <tr key={at}>
                <td className="digits">{note.line}</td>
                <td>{note.field}</td>
                <td className={styles["value"]}>{note.value}</td>
                <td>
                  <strong>{note.is_left_out ? words.leftOut : words.changed}</strong>: {note.permitted}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
