//! Left: the services with their switches, and everybody who waits, in the order in which they are offered (CALL-1).

import { Badge, Button } from "@fluentui/react-components";
import { ArrowReplyRegular, CallRegular } from "@fluentui/react-icons";
import { memo, useState } from "react";
import type { QueueRow, ServiceView } from "../../platform/bindings";
import { pick, run } from "../../shared/commands";
import { act, useDesk } from "../../shared/desk";
import { partyName, thenDetail } from "../../shared/format";
import { CallbackTag } from "../../shared/CallbackTag";
import { Elapsed, MarkedTag, ServiceMark, SimulatedTag, Wait } from "../../shared/marks";
import { useScreen } from "../../shared/screen";
import { VirtualGrid } from "../../shared/VirtualGrid";
import { words } from "../../shared/words";
import styles from "./console.module.css";

const ROW_HEIGHT = 60;
const NO_QUEUE: readonly QueueRow[] = [];
const NO_SERVICES: readonly ServiceView[] = [];

export function QueuePane() {
  const queue = useDesk((desk) => desk.view?.queue ?? NO_QUEUE);
  const services = useDesk((desk) => desk.view?.services ?? NO_SERVICES);
  const [selectedCall, select] = useState<string | null>(null);
  const found = queue.findIndex((row) => row.call === selectedCall);
  const selected = found < 0 && queue.length > 0 ? 0 : found;

  return (
    <section
      className={`${styles["pane"]} ${styles["queue-pane"]}`}
      aria-label={words.queue.title}
      data-pane="queue"
    >
      <h2 className={styles["heading"]}>{words.queue.services}</h2>
      <ul className={styles["services"]}>
        {services.map((service) => (
          <ServiceSwitch key={service.id} service={service} />
        ))}
      </ul>
      <h2 className={styles["heading"]}>
        {words.queue.title}
        <Badge appearance="tint" color={queue.length > 0 ? "brand" : "informative"}>
          {queue.length}
        </Badge>
      </h2>
      {queue.length === 0 ? (
        <p className={styles["nobody"]} data-region="queue" tabIndex={-1}>
          {words.queue.empty}
        </p>
      ) : (
        <QueueGrid queue={queue} services={services} selected={selected} onSelect={select} />
      )}
    </section>
  );
}

function QueueGrid(props: {
  queue: readonly QueueRow[];
  services: readonly ServiceView[];
  selected: number;
  onSelect: (call: string) => void;
}) {
  const { queue, services } = props;
  const slaOf = new Map(services.map((service) => [service.id, service.sla_ms]));
  return (
    <VirtualGrid
      id="queue"
      region="queue"
      label={words.queue.grid}
      items={queue}
      keyOf={(row) => row.call}
      rowHeight={ROW_HEIGHT}
      selected={props.selected}
      onSelect={(index) => props.onSelect(queue[index]?.call ?? "")}
      onActivate={answer}
      onKey={(event, row) => {
        if (event.key.toLowerCase() !== "w" || row === undefined) return;
        event.preventDefault();
        askWhy(row);
      }}
    >
      {(row) => <QueueCells row={row} sla_ms={slaOf.get(row.service) ?? Infinity} />}
    </VirtualGrid>
  );
}

/** The call that rings here goes first, whichever row is selected: Enter must never answer somebody else. */
function answer(row: QueueRow): void {
  const offer = useDesk.getState().view?.me.offer ?? null;
  if (offer !== null) run("answer");
  else void pick(row.call);
}

function askWhy(row: QueueRow): void {
  useScreen.setState({ why: { call: row.call, who: partyName(row.caller), past: false } });
}

const QueueCells = memo(function QueueCells({ row, sla_ms }: { row: QueueRow; sla_ms: number }) {
  const name = partyName(row.caller);
  const verb = row.callback ? words.queue.callBack : words.queue.pick;
  return (
    <>
      <div role="gridcell" className={styles["waiting"]} data-here={row.offered_to_me || undefined}>
        <ServiceMark name={row.service_name} />
        <div className={styles["lines"]}>
          <span className={`${styles["who"]} cut`} title={name}>
            {name}
          </span>
          <span className={`${styles["what"]} cut`}>
            {row.service_name}
            {thenDetail(row.caller)}
          </span>
          <QueueTags row={row} />
        </div>
      </div>
      <div role="gridcell" className={styles["wait-cell"]}>
        <Wait since={row.arrived} sla_ms={sla_ms} />
        {row.simulated && <SimulatedTag />}
        <span className={styles["pick"]}>
          <Button
            size="small"
            tabIndex={-1}
            aria-label={words.queue.whyWho(name)}
            onClick={() => askWhy(row)}
          >
            {words.queue.why}
          </Button>
          <Button
            size="small"
            tabIndex={-1}
            icon={<CallRegular />}
            aria-label={`${verb} ${name}`}
            onClick={() => answer(row)}
          >
            {verb}
          </Button>
        </span>
      </div>
    </>
  );
});

function QueueTags({ row }: { row: QueueRow }) {
  const rings = row.offered_to_me ? words.queue.ringsHere : row.offered ? words.queue.ringsElsewhere : null;
  return (
    <span className={styles["tags"]}>
      <MarkedTag party={row.caller} />
      {row.callback && <CallbackTag />}
      {row.returned_to_me && (
        <span className={styles["returned"]}>
          <ArrowReplyRegular /> {words.queue.returned}
        </span>
      )}
      <span className={styles["tag"]} title={words.queue.priorityLong(row.priority)}>
        <span aria-hidden>{words.queue.priority(row.priority)}</span>
        <span className="visually-hidden">{words.queue.priorityLong(row.priority)}</span>
      </span>
      {rings !== null && <span className={row.offered_to_me ? styles["here"] : styles["tag"]}>{rings}</span>}
    </span>
  );
}

const ServiceSwitch = memo(function ServiceSwitch({ service }: { service: ServiceView }) {
  return (
    <li>
      <button
        type="button"
        role="switch"
        aria-checked={service.serving}
        aria-label={words.queue.serve(service.name)}
        className={styles["service"]}
        onClick={() => void act("set_serving", { service: service.id, serving: !service.serving })}
      >
        <span className={styles["toggle"]} aria-hidden />
        <ServiceMark name={service.name} size="small" />
        <span className="cut">{service.name}</span>
        <span className={styles["service-count"]}>
          {service.waiting > 0 ? service.waiting : service.serving ? "" : words.queue.notServed}
          {service.longest_since !== null && (
            <>
              {" · "}
              <Elapsed since={service.longest_since} />
            </>
          )}
        </span>
      </button>
    </li>
  );
});
