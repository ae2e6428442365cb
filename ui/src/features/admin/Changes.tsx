//! The history of changes (issue "Who may do what"): who changed what when, what was before and after, and putting it back.

import { Button, Select, Spinner } from "@fluentui/react-components";
import { ArrowUndoRegular } from "@fluentui/react-icons";
import { memo, useCallback, useEffect, useRef, useState } from "react";
import type { ChangeView, SubjectName } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { hostNow } from "../../shared/clock";
import { useDesk } from "../../shared/desk";
import { moment } from "../../shared/format";
import { useScreen } from "../../shared/screen";
import { VirtualGrid } from "../../shared/VirtualGrid";
import styles from "./admin.module.css";
import { adminWords } from "./adminWords";
import { sayDone } from "./asking";
import { readable } from "./differences";
import { Sure } from "../../shared/Sure";

const words = adminWords.changes;
const ROW_HEIGHT = 48;
const PAGE_ROWS = 100;
const SUBJECTS = Object.keys(words.subjects) as SubjectName[];
const keyOf = ({ id }: ChangeView) => id;

export function Changes() {
  const only = useScreen((screen) => screen.changes_of);
  const [subject, setSubject] = useState<SubjectName | null>(null);
  const { changes, state, problem, more, again } = useChanges(only?.subject ?? subject, only?.object ?? null);
  const [selected, select] = useState(0);
  const chosen = changes[Math.min(selected, changes.length - 1)];

  return (
    <>
      <p className="quiet">{words.text}</p>
      <div className={styles["bar"]}>
        {only === null ? (
          <label className={styles["filter"]}>
            {words.filter}
            <Select
              value={subject ?? ""}
              onChange={(_, { value }) => {
                setSubject(value === "" ? null : (value as SubjectName));
                select(0);
              }}
            >
              <option value="">{words.all}</option>
              {SUBJECTS.map((name) => (
                <option key={name} value={name}>
                  {words.subjects[name]}
                </option>
              ))}
            </Select>
          </label>
        ) : (
          <>
            <strong>{words.only(words.subjects[only.subject], only.name)}</strong>
            <Button onClick={() => useScreen.setState({ changes_of: null })}>{words.showAll}</Button>
          </>
        )}
      </div>
      {state === "failed" && (
        <p role="alert" className={styles["warning"]}>
          {adminWords.failed(problem ?? "")}
        </p>
      )}
      {state === "loading" && changes.length === 0 && <Spinner label={adminWords.loading} />}
      {state === "whole" && changes.length === 0 && <p className="quiet">{words.none}</p>}
      {chosen !== undefined && (
        <div className={styles["users"]}>
          <div className={styles["people"]}>
            <VirtualGrid
              id="changes"
              label={words.grid}
              items={changes}
              keyOf={keyOf}
              rowHeight={ROW_HEIGHT}
              selected={Math.min(selected, changes.length - 1)}
              onSelect={select}
              onActivate={() => document.getElementById("change-title")?.focus()}
              onEnd={more}
            >
              {(change) => <Cells change={change} />}
            </VirtualGrid>
          </div>
          <Change key={chosen.id} change={chosen} onUndone={again} />
        </div>
      )}
    </>
  );
}

const Cells = memo(function Cells({ change }: { change: ChangeView }) {
  return (
    <>
      <span role="gridcell" className={styles["two"]}>
        <strong className="cut">{titleOf(change)}</strong>
        <span className={`${styles["small"]} cut`}>
          {words.kinds[change.kind]}
          {change.undoes !== null && `, ${words.tookBack}`}
        </span>
      </span>
      <span role="gridcell" className={styles["two"]}>
        <span className="cut digits">{moment(change.at, hostNow())}</span>
        <span className={`${styles["small"]} cut`}>{change.by}</span>
      </span>
    </>
  );
});

function titleOf({ subject, name }: ChangeView): string {
  return name === "" ? words.subjects[subject] : `${words.subjects[subject]}: ${name}`;
}

function Change({ change, onUndone }: { change: ChangeView; onUndone: () => void }) {
  return (
    <section className={`${styles["card"]} ${styles["detail"]}`} aria-labelledby="change-title">
      <header className={styles["cardHead"]}>
        <h2 id="change-title" tabIndex={-1}>
          {titleOf(change)}
        </h2>
      </header>
      <p>
        {words.kinds[change.kind]}. {words.by(change.by, moment(change.at, hostNow()))}
      </p>
      <Differences change={change} />
      {change.lasting === null ? (
        <Sure
          trigger={
            <Button className={styles["start"] ?? ""} icon={<ArrowUndoRegular />}>
              {words.undo}
            </Button>
          }
          title={words.undoTitle}
          yes={words.undoYes}
          onYes={() => ask("undo_change", { change: change.id })}
          onDone={() => {
            sayDone(words.undone);
            onUndone();
          }}
        >
          <p>{words.undoText[change.kind](titleOf(change))}</p>
          {change.kind === "changed" && <PutBack change={change} />}
          <p className="quiet">{words.undoNote}</p>
        </Sure>
      ) : (
        <p className="quiet">{change.lasting}</p>
      )}
    </section>
  );
}

function Differences({ change }: { change: ChangeView }) {
  const rows = readable(change.differences);
  if (rows.length === 0) return <p className="quiet">{words.noDifferences}</p>;
  return (
    // A table that scrolls must be reachable by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles["wide"]} tabIndex={0} role="region" aria-label={titleOf(change)}>
      <table className={styles["table"]}>
        <thead>
          <tr>
            <th scope="col">{words.field}</th>
            <th scope="col">{words.before}</th>
            <th scope="col">{words.after}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, field, before, after }) => (
            <tr key={key}>
              <th scope="row">{field}</th>
              <td data-side="before">{before ?? <span className="quiet">{words.nothing}</span>}</td>
              <td data-side="after">{after ?? <span className="quiet">{words.nothing}</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function PutBack({ change }: { change: ChangeView }) {
  return (
    <dl className={styles["facts"]}>
      {readable(change.differences).map(({ key, field, before }) => (
        <div key={key}>
          <dt>{field}</dt>
          <dd>{before ?? words.nothing}</dd>
        </div>
      ))}
    </dl>
  );
}

interface Pages {
  changes: readonly ChangeView[];
  next: string | null;
  state: "loading" | "more" | "whole" | "failed";
  problem: string | null;
}

const NONE: Pages = { changes: [], next: null, state: "loading", problem: null };

function useChanges(
  subject: SubjectName | null,
  object: string | null,
): Pages & { more: () => void; again: () => void } {
  const [pages, setPages] = useState(NONE);
  const revision = useDesk((desk) => desk.users_revision + desk.services_revision + desk.sounds_revision);
  const question = useRef(0);

  const page = useCallback(
    (before: string | null, known: readonly ChangeView[]) => {
      const mine = ++question.current;
      ask("get_changes", { subject, object, before, limit: PAGE_ROWS }).then(
        ({ changes, next }) =>
          mine === question.current &&
          setPages({
            changes: [...known, ...changes],
            next,
            state: next === null ? "whole" : "more",
            problem: null,
          }),
        (error: unknown) =>
          mine === question.current &&
          setPages({
            changes: known,
            next: before,
            state: "failed",
            problem: RefusedError.from(error).message,
          }),
      );
    },
    [subject, object],
  );
  useEffect(() => page(null, []), [page, revision]);

  const { next, state, changes } = pages;
  const more = useCallback(() => {
    if (next === null || state !== "more") return;
    setPages((before) => ({ ...before, state: "loading" }));
    page(next, changes);
  }, [next, state, changes, page]);
  return { ...pages, more, again: () => page(null, []) };
}
