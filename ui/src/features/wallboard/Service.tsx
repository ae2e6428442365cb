//! A service on the wall: now, today, and what of it warns, by colour, shape and word.

import { memo } from "react";
import type { BoardService } from "../../platform/bindings";
import { useClock } from "../../shared/clock";
import { span } from "../../shared/format";
import { percent, type Verdict, verdicts, worst } from "./board";
import styles from "./wallboard.module.css";
import { wallboardWords as words } from "./wallboardWords";

export const Service = memo(function Service({ service }: { service: BoardService }) {
  const { id, name, today, formula_name, formula_text, sla_seconds, short_call_seconds } = service;
  const all = useClock((now) => worst(Object.values(verdicts(service, now))));
  const judged = verdicts(service, 0);
  const formula = words.formula(formula_name, formula_text, sla_seconds);
  const share = percent(today?.service_level ?? null);
  const short = short_call_seconds > 0 ? `; ${words.short(short_call_seconds)}` : "";
  return (
    <li className={styles["tile"]} data-verdict={all} aria-labelledby={`board-${id}`}>
      <div className={styles["tile-in"]}>
        <div className={styles["tile-head"]}>
          <h2 id={`board-${id}`} className="cut">
            {name}
          </h2>
          {all !== "good" && (
            <span className={styles["chip"]} data-verdict={all}>
              <Shape verdict={all} /> {words.verdict[all]}
            </span>
          )}
        </div>
        <dl className={styles["big"]}>
          <Figure label={words.waitingNow} verdict={judged.waiting}>
            {service.waiting.toLocaleString()}
          </Figure>
          <Longest service={service} />
        </dl>
        <dl className={styles["small"]}>
          <Figure label={words.offered}>{service.offered.toLocaleString()}</Figure>
          <Figure label={words.connected}>{service.connected.toLocaleString()}</Figure>
          <Figure label={words.selectable} verdict={judged.selectable}>
            {service.selectable.toLocaleString()}
          </Figure>
          <Figure label={words.onDuty}>{service.on_duty.toLocaleString()}</Figure>
        </dl>
        {today === null ? (
          <p className={styles["adding"]} role="status">
            {words.addingUp}
          </p>
        ) : (
          <dl className={styles["small"]} data-part="today">
            <Figure label={words.calls}>{today.calls.toLocaleString()}</Figure>
            <Figure label={words.answered}>{today.answered.toLocaleString()}</Figure>
            <Figure label={words.abandoned} verdict={judged.abandoned}>
              {today.abandoned.toLocaleString()}
            </Figure>
            <Figure
              label={words.within(sla_seconds)}
              long={words.withinLong(sla_seconds)}
              verdict={judged.service_level}
            >
              {share === null ? null : `${share.toLocaleString()}\u00a0%`}
            </Figure>
            <Figure label={words.asa} verdict={judged.asa}>
              {today.asa_ms === null ? null : span(today.asa_ms)}
            </Figure>
          </dl>
        )}
        <p className={`cut ${styles["foot"]}`} title={formula + short}>
          {formula}
          {short}
        </p>
      </div>
    </li>
  );
});

/** Ticks by itself; nothing else of the tile is drawn again for it. */
function Longest({ service }: { service: BoardService }) {
  const since = service.longest_since;
  const text = useClock((now) => (since === null ? "" : span(now - since)));
  const judged = useClock((now) => verdicts(service, now).longest_wait);
  return (
    <Figure label={words.longest} verdict={judged}>
      {text === "" ? "–" : text}
    </Figure>
  );
}

/** A value under its label; `null`: no data. */
function Figure(props: { label: string; long?: string; verdict?: Verdict; children: string | null }) {
  const { label, long, verdict = "good", children } = props;
  return (
    <div className={styles["figure"]} data-verdict={verdict}>
      <dt title={long ?? label}>
        {long === undefined ? (
          label
        ) : (
          <>
            <span aria-hidden>{label}</span>
            <span className="visually-hidden">{long}</span>
          </>
        )}
      </dt>
      <dd>
        {verdict !== "good" && (
          <>
            <Shape verdict={verdict} />
            <span className="visually-hidden">{words.verdict[verdict]}: </span>
          </>
        )}
        {children ?? <span className={styles["none"]}>{words.noData}</span>}
      </dd>
    </div>
  );
}

/** Triangle for a warning, filled diamond for an alarm; as the waits of the console have them. */
export function Shape({ verdict }: { verdict: Verdict }) {
  if (verdict === "good") return null;
  return (
    <svg viewBox="0 0 12 12" aria-hidden focusable="false" className={styles["shape"]}>
      {verdict === "warn" ? (
        <path d="M6 1.5 11 10.5H1Z" fill="none" stroke="currentColor" strokeWidth="1.5" />
      ) : (
        <path d="M6 .5 11.5 6 6 11.5.5 6Z" fill="currentColor" />
      )}
    </svg>
  );
}
