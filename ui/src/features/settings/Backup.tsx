//! The backup: how old the newest good one is, where it goes, what it does just now, and what could be restored.

import { Button } from "@fluentui/react-components";
import { useEffect, useId, useState } from "react";
import type { BackupPlanView, BackupView, RestorePointView } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { size } from "../../shared/bytes";
import { hostNow, useClock } from "../../shared/clock";
import { act } from "../../shared/desk";
import { age, moment } from "../../shared/format";
import { protectionWords } from "../../shared/protectionWords";
import { BackupForm } from "./BackupForm";
import { Running } from "./Protection";
import styles from "./settings.module.css";

const words = protectionWords.backup;
/** More would be a list to scroll through for a choice that nobody makes here. */
const POINTS_SHOWN_MAX = 12;
const MINUTE_MS = 60_000;

export function Backup({ backup }: { backup: BackupView }) {
  const [editing, setEditing] = useState(false);
  const id = useId();
  return (
    <section className={styles["group"]} aria-labelledby={id}>
      <h3 id={id}>{words.title}</h3>
      {editing ? (
        <BackupForm plan={backup.plan} onClose={() => setEditing(false)} />
      ) : (
        <Standing backup={backup} onEdit={() => setEditing(true)} />
      )}
    </section>
  );
}

function Standing({ backup, onEdit }: { backup: BackupView; onEdit: () => void }) {
  const { plan, running, problem } = backup;
  if (plan === null) {
    return (
      <>
        <p>{words.none}</p>
        <p className="quiet">{words.schedule}</p>
        <Button appearance="primary" className={styles["start"] ?? ""} onClick={onEdit}>
          {words.setUp}
        </Button>
      </>
    );
  }
  return (
    <>
      <Age backup={backup} />
      <dl className={styles["facts"]}>
        <dt>{words.to}</dt>
        <dd>{targetText(plan)}</dd>
      </dl>
      {problem !== null && <p className={styles["warning"]}>{words.failed(problem)}</p>}
      {running !== null && (
        <Running
          label={words.running}
          progress={running}
          text={
            running.total > 0 ? words.progress(size(running.done), size(running.total)) : size(running.done)
          }
        />
      )}
      <div className={styles["row"]}>
        {running === null ? (
          <Button onClick={() => void act("back_up_now", {})}>{words.now}</Button>
        ) : (
          <Button onClick={() => void act("cancel_backup", {})}>{words.cancel}</Button>
        )}
        <Button onClick={onEdit}>{words.change}</Button>
      </div>
      <Points last_good={backup.last_good} />
    </>
  );
}

function Age({ backup: { last_good, age_ms_max } }: { backup: BackupView }) {
  const minutes = useClock((now) => (last_good === null ? 0 : Math.floor((now - last_good) / MINUTE_MS)));
  if (last_good === null) return <p className={styles["warning"]}>{words.neverGood}</p>;
  const when = moment(last_good, hostNow());
  if (minutes * MINUTE_MS >= age_ms_max) {
    return (
      <p className={styles["warning"]}>
        {words.lastGood(when, age(minutes * MINUTE_MS))} {words.overdue}
      </p>
    );
  }
  return <p>{minutes < 1 ? words.justNow(when) : words.lastGood(when, age(minutes * MINUTE_MS))}</p>;
}

/** In one line, as `usher backup` names it too. */
function targetText({ target }: BackupPlanView): string {
  switch (target.kind) {
    case "folder":
      return target.path;
    case "s3":
      return [`s3://${target.bucket}`, target.prefix].filter((part) => part !== "").join("/");
    case "azure":
      return [`azure://${target.account}/${target.container}`, target.prefix]
        .filter((part) => part !== "")
        .join("/");
  }
}

/** Asked for when opened, and again when there is a newer one. */
function Points({ last_good }: { last_good: number | null }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <>
      <Button
        size="small"
        className={styles["start"] ?? ""}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        {open ? words.hidePoints : words.showPoints}
      </Button>
      <div id={id}>{open && <PointList key={last_good} />}</div>
    </>
  );
}

function PointList() {
  const [points, setPoints] = useState<readonly RestorePointView[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    let gone = false;
    ask("get_restore_points", {}).then(
      (found) => !gone && setPoints(found),
      (error: unknown) => !gone && setProblem(RefusedError.from(error).message),
    );
    return () => {
      gone = true;
    };
  }, []);

  if (problem !== null) return <p className={styles["warning"]}>{problem}</p>;
  if (points === null) return <p className="quiet">{words.pointsAsking}</p>;
  if (points.length === 0) return <p>{words.noPoints}</p>;
  return (
    <>
      <table className={styles["points"]}>
        <caption className="visually-hidden">{words.points}</caption>
        <thead>
          <tr>
            <th scope="col">{words.when}</th>
            <th scope="col">{words.kind}</th>
            <th scope="col">{words.size}</th>
          </tr>
        </thead>
        <tbody>
          {points.slice(0, POINTS_SHOWN_MAX).map((point) => (
            <tr key={point.id}>
              <td className="digits">{moment(point.at, hostNow())}</td>
              <td>{words.kinds[point.kind]}</td>
              <td className="digits">{size(point.size_bytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {points.length > POINTS_SHOWN_MAX && (
        <p className="quiet">{words.pointsCount(POINTS_SHOWN_MAX, points.length)}</p>
      )}
    </>
  );
}
