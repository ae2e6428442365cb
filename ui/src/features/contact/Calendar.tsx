//! Whether somebody is free by her calendar, now and next, and how old that is (DIR-3). Asked when the card opens; what a time is
//! taken up by is neither asked nor shown.

import { useCallback } from "react";
import type { FreeBusyView } from "../../platform/bindings";
import { ask } from "../../platform/platform";
import { useAsked } from "../../shared/asking";
import { hostNow, useClock } from "../../shared/clock";
import { moment } from "../../shared/format";
import styles from "./contact.module.css";
import { contactWords } from "./contactWords";

const words = contactWords.calendar;
/** Its age moves in steps. */
const STEP_MS = 5_000;

interface Told {
  /** `null`: there is no calendar to ask. */
  says: FreeBusyView | null;
}

export function Calendar({ contact }: { contact: string }) {
  const request = useCallback(
    (): Promise<Told> => ask("get_calendar", { contact }).then((says) => ({ says })),
    [contact],
  );
  const { found, problem } = useAsked(request, 0);
  return (
    <section className={styles["part"]} aria-live="polite" aria-label={words.title}>
      <h3>{words.title}</h3>
      {found === null && problem === null && <p className="quiet">{words.asking}</p>}
      {problem !== null && <p>{words.failed(problem)}</p>}
      {found !== null &&
        (found.says === null ? <p className="quiet">{words.none}</p> : <Says says={found.says} />)}
    </section>
  );
}

function Says({ says: { now, next, at } }: { says: FreeBusyView }) {
  const aged_ms = useClock((clock) => Math.max(0, Math.floor((clock - at) / STEP_MS) * STEP_MS));
  return (
    <>
      <p>
        <span className="quiet">{words.now}</span> <strong>{words.of[now.status]}</strong>{" "}
        {words.until(moment(now.until, hostNow()))}
      </p>
      {next !== null && (
        <p>
          <span className="quiet">{words.next}</span> {words.of[next.status]}{" "}
          {words.from(moment(next.from, hostNow()))} {words.until(moment(next.until, hostNow()))}
        </p>
      )}
      <p className={styles["by"]}>{words.told(aged_ms)}</p>
    </>
  );
}
