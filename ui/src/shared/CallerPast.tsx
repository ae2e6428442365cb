//! What happened with a caller before: where they were put through, and their earlier calls. Shows; asks nobody.

import type { CallerCard } from "../platform/bindings";
import { hostNow } from "./clock";
import { moment, outcomeText, partyName, span } from "./format";
import { SimulatedTag } from "./marks";
import styles from "./CallerPast.module.css";
import { words } from "./words";

export function CallerPast({ card, earlierMax }: { card: CallerCard; earlierMax: number }) {
  // The call that goes on is among them, but it is not earlier.
  const earlier = card.earlier.filter((row) => row.ended !== null).slice(0, earlierMax);
  if (earlier.length === 0) return <p className={styles["none"]}>{words.calls.noEarlier}</p>;
  return (
    <section className={styles["past"]} aria-label={words.calls.earlier}>
      <h3>{words.calls.earlier}</h3>
      <ul>
        {earlier.map((row) => (
          <li key={`${row.call}-${row.part}`}>
            <span className="digits quiet">{moment(row.arrived, hostNow())}</span>
            <span className="cut">
              {row.service_name !== null && <span className="quiet">{row.service_name} · </span>}
              {outcomeText(row)}
              {row.transferred_to && (
                <>
                  {" → "}
                  <strong>{partyName(row.transferred_to)}</strong>
                </>
              )}
            </span>
            <span className="digits quiet">{span(row.connected_ms)}</span>
            {row.simulated && <SimulatedTag />}
          </li>
        ))}
      </ul>
    </section>
  );
}
