//! The first second of a ring: who, for which service, how long they have waited, what happened before, and the one key.

import { Button } from "@fluentui/react-components";
import { ArrowReplyRegular, CallFilled } from "@fluentui/react-icons";
import type { CallerCard, OfferView, QueueRow } from "../../platform/bindings";
import { targetsOf, useCallerCard } from "../../shared/callerCard";
import { CallerPast } from "../../shared/CallerPast";
import { useClock } from "../../shared/clock";
import { run } from "../../shared/commands";
import { useDesk } from "../../shared/desk";
import { partyDetail, partyName } from "../../shared/format";
import { CallbackTag } from "../../shared/CallbackTag";
import { Key, Left, MarkedTag, ServiceMark, shortcut, SimulatedTag, Wait } from "../../shared/marks";
import { words } from "../../shared/words";
import styles from "./console.module.css";

/** A ring is short: more would not be read. */
const EARLIER_MAX = 3;

export function RingCard({ ring, offer }: { ring: QueueRow; offer: OfferView }) {
  const sla_ms = useDesk(
    (desk) => desk.view?.services.find((service) => service.id === ring.service)?.sla_ms ?? Infinity,
  );
  const card = useCallerCard(ring.caller.party);
  return (
    <section className={styles["ring"]} aria-label={words.ring.region}>
      <div className={styles["ring-head"]}>
        <ServiceMark name={ring.service_name} />
        <strong>{ring.service_name}</strong>
        {ring.callback && <CallbackTag />}
        {ring.returned_to_me && (
          <span className={styles["returned"]}>
            <ArrowReplyRegular /> {words.queue.returned}
          </span>
        )}
        <MarkedTag party={ring.caller} />
        {ring.simulated && <SimulatedTag />}
        <span className={styles["ring-wait"]}>
          {words.ring.waits} <Wait since={ring.arrived} sla_ms={sla_ms} />
        </span>
      </div>
      <p className={styles["big-name"]}>{partyName(ring.caller)}</p>
      <p className={styles["big-detail"]}>{partyDetail(ring.caller)}</p>
      <Before card={card} />
      <div className={styles["ring-actions"]}>
        <Button
          appearance="primary"
          size="large"
          className={styles["answer"] ?? ""}
          icon={<CallFilled />}
          onClick={() => run("answer")}
          {...shortcut("answer")}
        >
          {ring.callback ? words.queue.callBack : words.actions.answer} <Key show="Enter" />
        </Button>
        <Button
          size="large"
          className={styles["decline"] ?? ""}
          onClick={() => run("decline")}
          {...shortcut("decline")}
        >
          {words.actions.decline} <Key of="decline" />
        </Button>
        <span className={styles["countdown"]}>
          <Left until={offer.until} />
          <Countdown offer={offer} />
        </span>
      </div>
      {card && <CallerPast card={card} earlierMax={EARLIER_MAX} />}
    </section>
  );
}

/** What is left of the ring, as a bar that only this element redraws. */
function Countdown({ offer }: { offer: OfferView }) {
  const percent = useClock((now) =>
    Math.max(
      0,
      Math.min(100, Math.round(((offer.until - now) * 100) / Math.max(1, offer.until - offer.since))),
    ),
  );
  return (
    <span className={styles["bar"]} aria-hidden>
      <span style={{ transform: `scaleX(${percent / 100})` }} />
    </span>
  );
}

/** Whom the caller most likely wants, before a word is spoken. */
function Before({ card }: { card: CallerCard | null }) {
  const targets = targetsOf(card);
  // The line keeps its place when it is empty: the button below must not move under the pointer.
  if (targets.length === 0) return <p className={styles["before"]} />;
  return (
    <p className={styles["before"]}>
      {words.calls.before}:{" "}
      {targets.map((past, index) => (
        <span key={past.target.party}>
          {index > 0 && ", "}
          <strong>{partyName(past.target)}</strong> {words.calls.times(past.times)}
        </span>
      ))}
    </p>
  );
}
