//! The services with what goes on in each now, and the form of the chosen one beside them.

import { Button } from "@fluentui/react-components";
import { AddRegular } from "@fluentui/react-icons";
import { type KeyboardEvent, useRef, useState } from "react";
import { flushSync } from "react-dom";
import type { ServiceForm, ServicesView, ServiceView } from "../../platform/bindings";
import { useDesk } from "../../shared/desk";
import { Elapsed, ServiceMark } from "../../shared/marks";
import { servicesWords } from "../../shared/servicesWords";
import { dropDraft, keptDraft, leave, putDraft, useDrafts } from "./drafts";
import { ServiceEditor } from "./ServiceEditor";
import styles from "./services.module.css";
import type { Administering } from "./Services";

const words = servicesWords.list;

/** In place of the id of a service that is not there yet. */
const FRESH = "";

export function ServiceList({ view, again }: Administering) {
  const draft = useDrafts(({ draft }) => (draft?.of === "service" ? draft.form : null));
  const [chosen, choose] = useState<string | null>(view.services[0]?.id ?? null);
  /** How many were begun, and the id that the last of them was saved under: the keyboard stays in its form. */
  const [begun, setBegun] = useState({ nth: 0, saved: null as string | null });
  const current = draft === null ? chosen : (draft.id ?? FRESH);
  const isBegun = current === FRESH || (current !== null && current === begun.saved);
  const form = draft ?? view.services.find(({ id }) => id === chosen) ?? null;

  function begin(fresh: ServiceForm): void {
    leave(() => {
      setBegun(({ nth }) => ({ nth: nth + 1, saved: null }));
      flushSync(() => putDraft({ of: "service", form: fresh }));
      document.querySelector<HTMLInputElement>("#service-form input")?.select();
    });
  }

  return (
    <div className={styles["halves"]}>
      <Rows
        view={view}
        current={current}
        fresh={draft?.id === null ? draft : null}
        unsaved={draft === null ? null : current}
        onChoose={(id) => id !== current && leave(() => choose(id))}
        onAdd={() => begin(freshService(view))}
      />
      {form === null ? (
        <p className="quiet">{words.choose}</p>
      ) : (
        <ServiceEditor
          key={isBegun ? `new ${begun.nth}` : current}
          view={view}
          form={form}
          changed={draft !== null}
          onSaved={async (id) => {
            await again();
            choose(id);
            if (form.id === null) setBegun(({ nth }) => ({ nth, saved: id }));
            keptDraft(form, id);
          }}
          onDuplicate={() => begin(copyOf(form, view))}
          onRemoved={async () => {
            dropDraft();
            choose(view.services.find(({ id }) => id !== form.id)?.id ?? null);
            await again();
          }}
        />
      )}
    </div>
  );
}

function Rows(props: {
  view: ServicesView;
  current: string | null;
  fresh: ServiceForm | null;
  unsaved: string | null;
  onChoose: (id: string) => void;
  onAdd: () => void;
}) {
  const live = useDesk((desk) => desk.view?.services);
  const list = useRef<HTMLUListElement>(null);

  function keys(event: KeyboardEvent): void {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const rows = [...(list.current?.querySelectorAll("button") ?? [])];
    const here = rows.findIndex((row) => row === document.activeElement);
    if (step === 0 || here < 0) return;
    event.preventDefault();
    rows[here + step]?.focus();
  }

  return (
    <nav className={styles["side"]} aria-label={words.label}>
      {/* The keys come up from the buttons within. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <ul ref={list} className={styles["rows"]} onKeyDown={keys}>
        {props.view.services.map(({ id, name }) => (
          <Row
            key={id}
            name={props.unsaved === id ? name : name}
            live={live?.find((service) => service.id === id)}
            current={props.current === id}
            unsaved={props.unsaved === id}
            onChoose={() => props.onChoose(id ?? FRESH)}
          />
        ))}
        {props.fresh !== null && (
          <Row
            name={props.fresh.name.trim() === "" ? words.fresh : props.fresh.name}
            live={undefined}
            current
            unsaved
            onChoose={() => props.onChoose(FRESH)}
          />
        )}
      </ul>
      <Button icon={<AddRegular />} onClick={props.onAdd}>
        {words.add}
      </Button>
    </nav>
  );
}

function Row(props: {
  name: string;
  live: ServiceView | undefined;
  current: boolean;
  unsaved: boolean;
  onChoose: () => void;
}) {
  const { name, live } = props;
  return (
    <li>
      <button
        type="button"
        className={styles["row"]}
        aria-current={props.current ? "true" : undefined}
        onClick={props.onChoose}
      >
        <ServiceMark name={name} />
        <span className={styles["two"]}>
          <span className="cut">
            {name}
            {props.unsaved && <em> · {words.unsaved}</em>}
          </span>
          {live !== undefined && <Standing live={live} />}
        </span>
      </button>
    </li>
  );
}

function Standing({ live }: { live: ServiceView }) {
  return (
    <span className={styles["standing"]}>
      <span>
        {live.waiting === 0 ? words.nobodyWaits : words.waiting(live.waiting)}
        {live.longest_since !== null && (
          <>
            , {words.longest} <Elapsed since={live.longest_since} />
          </>
        )}
      </span>
      <span>{live.members === 0 ? words.noMembers : words.onDuty(live.on_duty, live.members)}</span>
    </span>
  );
}

/** With the defaults of the handbook; everybody there is a member. */
function freshService({ attendants }: ServicesView): ServiceForm {
  return {
    id: null,
    name: "",
    unit: null,
    addresses: [],
    otherwise: false,
    priority: 50,
    sla_ms: 20_000,
    hang_up_threshold_ms: 5_000,
    rona_ms: 20_000,
    acw_ms: 0,
    queue_time_max_ms: 300_000,
    waiting: "ringing",
    members: { kind: "listed", attendants: attendants.map(({ id }) => id) },
    distribution: "longest_idle",
    levels: [],
    preferred: [],
    parallel_work: true,
    busy_selectable: false,
    away_selectable: false,
    workflow: null,
  };
}

/** All but what only one service can have. */
function copyOf(form: ServiceForm, { services }: ServicesView): ServiceForm {
  let name = servicesWords.service.copyOf(form.name.trim());
  while (services.some((other) => other.name === name)) name = servicesWords.service.copyOf(name);
  return { ...form, id: null, name, addresses: [], otherwise: false };
}
