//! Opening hours (ROUTE-4): which there are, and the one that is being looked at or changed. Nothing is kept before it is
//! saved, and whatever is changed can be taken back until then.

import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Spinner,
} from "@fluentui/react-components";
import { AddRegular, CheckmarkCircleFilled, SubtractCircleRegular } from "@fluentui/react-icons";
import { useEffect, useState } from "react";
import type { CalendarsView, CalendarView } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { sayNotice, useDesk } from "../../shared/desk";
import { hoursWords as words } from "../../shared/hoursWords";
import {
  closeDraft,
  discard,
  type Draft,
  isChanged,
  keptAs,
  leave,
  newCalendar,
  openDraft,
  useDraft,
} from "./draft";
import Editor from "./Editor";
import styles from "./hours.module.css";
import { sayMoment } from "./say";

export default function Hours() {
  const { view, problem } = useCalendars();
  const draft = useDraft((drafts) => drafts.draft);
  useEffect(() => {
    const guard = (event: BeforeUnloadEvent) => {
      if (isChanged(useDraft.getState().draft)) event.preventDefault();
    };
    window.addEventListener("beforeunload", guard);
    return () => window.removeEventListener("beforeunload", guard);
  }, []);
  // The first one lies open: most have one only.
  const first = view?.calendars[0];
  useEffect(() => {
    if (first !== undefined && useDraft.getState().draft === null) openDraft(first.id, first.form);
  }, [first]);

  if (problem !== null)
    return (
      <p className={styles["failed"]}>
        {words.failed} {problem}
      </p>
    );
  if (view === null) return <Spinner className={styles["loading"] ?? ""} label={words.loading} />;
  return (
    <section className={styles["hours"]} aria-labelledby="hours-title">
      <div className={styles["list"]}>
        <h1 id="hours-title">{words.title}</h1>
        <List calendars={view.calendars} />
        <Button icon={<AddRegular />} onClick={() => leave(() => openDraft(null, newCalendar()))}>
          {words.add}
        </Button>
      </div>
      {draft === null ? (
        <p className={`quiet ${styles["nothing"] ?? ""}`}>
          {view.calendars.length === 0 ? words.none : words.choose}
        </p>
      ) : (
        <Editor
          key={draft.opening}
          draft={draft}
          zones={view.zones}
          periodsMax={view.periods_max}
          onSave={save}
          onRemove={remove}
        />
      )}
      <Leaving />
    </section>
  );
}

/** Asked again whenever the host says that something changed. */
function useCalendars(): { view: CalendarsView | null; problem: string | null } {
  const revision = useDesk((desk) => desk.services_revision);
  const [view, setView] = useState<CalendarsView | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    let gone = false;
    ask("get_calendars", {}).then(
      (found) => {
        if (gone) return;
        setView(found);
        setProblem(null);
      },
      (error: unknown) => !gone && setProblem(RefusedError.from(error).message),
    );
    return () => {
      gone = true;
    };
  }, [revision]);
  return { view, problem };
}

async function save({ id, opening, past: { now: form } }: Draft): Promise<boolean> {
  try {
    const saved = await ask("put_calendar", { calendar: id, form });
    keptAs(opening, saved.id, form);
    return true;
  } catch (error) {
    refused(error);
    return false;
  }
}

async function remove(id: string): Promise<void> {
  try {
    await ask("remove_calendar", { calendar: id });
    closeDraft();
  } catch (error) {
    refused(error);
  }
}

function refused(error: unknown): void {
  const { code, message, reference } = RefusedError.from(error);
  sayNotice({ urgency: "high", code, message, call: null }, reference);
}

function List({ calendars }: { calendars: readonly CalendarView[] }) {
  const draft = useDraft((drafts) => drafts.draft);
  const changed = isChanged(draft);
  if (calendars.length === 0 && draft === null) return null;
  return (
    <ul aria-label={words.list} className={styles["names"]}>
      {calendars.map((calendar) => {
        const chosen = draft?.id === calendar.id;
        return (
          <li key={calendar.id}>
            <button
              type="button"
              aria-current={chosen ? "true" : undefined}
              onClick={() => !chosen && leave(() => openDraft(calendar.id, calendar.form))}
            >
              <span className="cut">{calendar.form.name}</span>
              <OpenNow calendar={calendar} />
              {chosen && changed && <span className={styles["unsaved"]}>{words.unsaved}</span>}
            </button>
          </li>
        );
      })}
      {draft?.id === null && (
        <li>
          <button type="button" aria-current="true">
            <span className="cut">{draft.past.now.name || words.period.unnamed}</span>
            <span className={styles["unsaved"]}>{words.unsaved}</span>
          </button>
        </li>
      )}
    </ul>
  );
}

function OpenNow({ calendar: { open, until } }: { calendar: CalendarView }) {
  const when = until === null ? null : sayMoment(until);
  return (
    <span className={styles["now"]} data-open={open || undefined}>
      {open ? <CheckmarkCircleFilled aria-hidden /> : <SubtractCircleRegular aria-hidden />}
      {open ? words.openUntil(when) : words.closedUntil(when)}
    </span>
  );
}

function Leaving() {
  const { draft, leaving } = useDraft();
  if (draft === null || leaving === null) return null;
  const { past } = draft;
  const stay = () => useDraft.setState({ leaving: null });
  async function saveAndGo(): Promise<void> {
    stay();
    if (draft !== null && (await save(draft))) leaving?.();
  }
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && stay()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{words.leaving.title}</DialogTitle>
          <DialogContent>{words.leaving.text(past.now.name)}</DialogContent>
          <DialogActions fluid>
            <Button onClick={stay}>{words.leaving.stay}</Button>
            <Button
              onClick={() => {
                discard();
                stay();
                leaving();
              }}
            >
              {words.leaving.discard}
            </Button>
            <Button appearance="primary" onClick={() => void saveAndGo()}>
              {words.leaving.save}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
