//! What is kept of calls and for how long, what the last purge erased, and when the next one is.

import { useEffect, useId, useState } from "react";
import type { PurgeView } from "../../platform/bindings";
import { ask } from "../../platform/platform";
import { hostNow } from "../../shared/clock";
import { day, moment } from "../../shared/format";
import { purgeWords as words } from "./purgeWords";
import styles from "./settings.module.css";

export function Purge() {
  const [purge, setPurge] = useState<PurgeView | null>(null);
  const id = useId();

  useEffect(() => {
    let gone = false;
    ask("get_purge", {}).then(
      (told) => !gone && setPurge(told),
      // Whoever may not see it sees the rest of the page.
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, []);

  if (purge === null) return null;
  return (
    <section className={styles["group"]} aria-labelledby={id}>
      <h3 id={id}>{words.title}</h3>
      <p>{words.kept}</p>
      <p className="quiet">{words.others}</p>
      {purge.doubted && <p className={styles["warning"]}>{words.doubted}</p>}
      <dl className={styles["facts"]}>
        <dt>{words.last}</dt>
        <dd>{purge.finished === null ? words.never : moment(purge.finished, hostNow())}</dd>
        {purge.before !== null && (
          <>
            <dt>{words.before}</dt>
            <dd>{day(purge.before)}</dd>
          </>
        )}
        {purge.finished !== null && (
          <>
            <dt>{words.erased}</dt>
            <dd>
              {purge.erased.length === 0 && words.nothing}
              {purge.erased.map((of) => (
                <div key={of.what}>{words.count(of)}</div>
              ))}
            </dd>
          </>
        )}
        <dt>{words.next}</dt>
        <dd>{purge.next === null ? words.soon : moment(purge.next, hostNow())}</dd>
      </dl>
      <p className="quiet">{words.proof}</p>
    </section>
  );
}
