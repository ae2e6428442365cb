//! Messages that callers left (CALL-8): who waits for an answer, what she said, and what becomes of it — call back, mark as
//! handled, forward to another service. All by the keys of the list.

import { Button, Field, Radio, RadioGroup, Select, Spinner } from "@fluentui/react-components";
import {
  ArrowForwardRegular,
  CallRegular,
  CheckmarkCircleFilled,
  CheckmarkCircleRegular,
  CircleRegular,
  ContactCardRegular,
} from "@fluentui/react-icons";
import { type KeyboardEvent, memo, type RefObject, useCallback, useEffect, useRef, useState } from "react";
import type { VoicemailRow } from "../../platform/bindings";
import { ask } from "../../platform/platform";
import { AudioPlayer, type PlayerHandle, seekByKey } from "../../shared/AudioPlayer";
import { hostNow } from "../../shared/clock";
import { placeCall } from "../../shared/commands";
import { act, sayNotice, useDesk } from "../../shared/desk";
import { moment, partyDetail, partyName, span } from "../../shared/format";
import { SimulatedTag } from "../../shared/marks";
import { useScreen } from "../../shared/screen";
import { VirtualGrid } from "../../shared/VirtualGrid";
import { voicemailWords as words } from "../../shared/voicemailWords";
import { useMessages } from "./messages";
import styles from "./voicemail.module.css";

const ROW_HEIGHT = 48;

export default function Voicemail() {
  const simulated = useDesk((desk) => desk.view?.mode.simulated ?? false);
  const [all, showAll] = useState(false);
  const { rows, unhandled, state, more } = useMessages(all ? null : false);
  // Where the chosen one has left the list (it was dealt with), the one in its place is next.
  const [chosen, choose] = useState<{ id: string; place: number } | null>(null);
  const player = useRef<PlayerHandle>(null);
  const found = rows.findIndex(({ id }) => id === chosen?.id);
  const selected = Math.min(found >= 0 ? found : (chosen?.place ?? 0), rows.length - 1);
  const message = rows[selected];

  // The screen was asked for, so its list takes the keys at once.
  useEffect(() => {
    if (rows.length > 0) document.getElementById("messages")?.focus({ preventScroll: true });
  }, [rows.length > 0]); // eslint-disable-line react-hooks/exhaustive-deps

  function onKey(event: KeyboardEvent, row: VoicemailRow | undefined): void {
    if (row === undefined) return;
    const seconds = seekByKey(event.key);
    if (event.key === " ") player.current?.toggle();
    else if (seconds !== null) player.current?.skip(seconds);
    else if (event.key.toLowerCase() === "c") callBack(row);
    else if (event.key.toLowerCase() === "h") void mark(row);
    else return;
    event.preventDefault();
  }

  const keyOf = useCallback(({ id }: VoicemailRow) => id, []);
  return (
    <section className={styles["voicemail"]} aria-labelledby="voicemail-title">
      <header className={styles["head"]}>
        <h1 id="voicemail-title">{words.title}</h1>
        <span className="quiet" role="status">
          {words.waiting(unhandled)}
        </span>
        {simulated && <SimulatedTag />}
        <RadioGroup
          layout="horizontal"
          aria-label={words.show}
          value={all ? "all" : "waiting"}
          onChange={(_, { value }) => showAll(value === "all")}
        >
          <Radio value="waiting" label={words.filters.waiting} />
          <Radio value="all" label={words.filters.all} />
        </RadioGroup>
        <span className={styles["keys"]}>{words.keys}</span>
      </header>
      {state === "failed" && <p role="alert">{words.failed}</p>}
      {state === "loading" && rows.length === 0 && <Spinner />}
      {state === "whole" && rows.length === 0 && (
        <p className={styles["empty"]}>{all ? words.emptyAll : words.emptyWaiting}</p>
      )}
      {rows.length > 0 && (
        <div className={styles["both"]}>
          <VirtualGrid
            id="messages"
            label={words.grid}
            items={rows}
            keyOf={keyOf}
            rowHeight={ROW_HEIGHT}
            selected={selected}
            onSelect={(place) => choose({ id: rows[place]?.id ?? "", place })}
            onActivate={openCard}
            onEnd={more}
            onKey={onKey}
            header={<Header />}
          >
            {(row) => <Cells row={row} />}
          </VirtualGrid>
          {message === undefined ? (
            <p className={styles["empty"]}>{words.choose}</p>
          ) : (
            <Message key={message.id} message={message} player={player} />
          )}
        </div>
      )}
    </section>
  );
}

function openCard(row: VoicemailRow): void {
  useScreen.setState({ card: row.caller });
}

function callBack({ caller }: VoicemailRow): void {
  if (caller.number !== null) {
    void placeCall({ address: caller.number, contact: caller.contact, voicemail: false });
  }
}

async function mark({ id, handled }: VoicemailRow): Promise<void> {
  if (await act("set_voicemail_handled", { voicemail: id, handled: !handled })) say(words.marked(!handled));
}

function say(message: string): void {
  sayNotice({ urgency: "low", code: "voicemail", message, call: null });
}

function Header() {
  return (
    <div role="rowgroup" className={styles["header"]}>
      <div role="row">
        {(["when", "who", "service", "length", "state"] as const).map((name) => (
          <span role="columnheader" key={name} data-column={name}>
            {words.columns[name]}
          </span>
        ))}
      </div>
    </div>
  );
}

const Cells = memo(function Cells({ row }: { row: VoicemailRow }) {
  return (
    <>
      <span role="gridcell" className="digits">
        {moment(row.left, hostNow())}
      </span>
      <span role="gridcell" className={styles["two"]}>
        <strong className="cut">{partyName(row.caller)}</strong>
        <span className={`${styles["small"]} cut`}>{partyDetail(row.caller)}</span>
      </span>
      <span role="gridcell" className="cut" data-column="service">
        {row.service_name ?? words.noService}
      </span>
      <span role="gridcell" className="digits">
        {span(row.length_ms)}
      </span>
      <span role="gridcell" className={styles["state"]} data-handled={row.handled || undefined}>
        {row.handled ? <CheckmarkCircleFilled aria-hidden /> : <CircleRegular aria-hidden />}
        <span className="cut">{row.handled ? words.states.handled : words.states.waiting}</span>
      </span>
    </>
  );
});

function Message({ message, player }: { message: VoicemailRow; player: RefObject<PlayerHandle | null> }) {
  const name = partyName(message.caller);
  const service = message.service_name ?? words.noService;
  return (
    <section className={styles["message"]} aria-label={words.details}>
      <div>
        <h2 className="cut">{name}</h2>
        <p className="quiet">{partyDetail(message.caller)}</p>
        <p>{words.left(moment(message.left, hostNow()), service)}</p>
      </div>
      <AudioPlayer
        ref={player}
        label={name}
        length_ms={message.length_ms}
        fetch={async () => (await ask("get_voicemail", { voicemail: message.id })).wav_base64}
      />
      <div className={styles["acts"]}>
        <Button
          appearance="primary"
          icon={<CallRegular />}
          disabled={message.caller.number === null}
          {...(message.caller.number === null && { title: words.noNumber })}
          aria-label={words.callBackWho(name)}
          aria-keyshortcuts="C"
          onClick={() => callBack(message)}
        >
          {words.callBack} <kbd aria-hidden>C</kbd>
        </Button>
        <Button
          icon={message.handled ? <CircleRegular /> : <CheckmarkCircleRegular />}
          aria-keyshortcuts="H"
          onClick={() => void mark(message)}
        >
          {message.handled ? words.unhandled : words.handled} <kbd aria-hidden>H</kbd>
        </Button>
        <Button icon={<ContactCardRegular />} onClick={() => openCard(message)}>
          {words.card}
        </Button>
      </div>
      <Forward message={message} />
    </section>
  );
}

function Forward({ message }: { message: VoicemailRow }) {
  const services = useDesk((desk) => desk.view?.services) ?? [];
  const others = services.filter(({ id }) => id !== message.service);
  const [to, setTo] = useState("");
  const target = others.find(({ id }) => id === to) ?? others[0];
  if (target === undefined) return null;

  async function forward(service: string, name: string): Promise<void> {
    if (await act("forward_voicemail", { voicemail: message.id, service })) say(words.forwarded(name));
  }

  return (
    <div className={styles["forward"]}>
      <Field label={words.forward}>
        <Select value={target.id} onChange={(_, { value }) => setTo(value)}>
          {others.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      </Field>
      <Button icon={<ArrowForwardRegular />} onClick={() => void forward(target.id, target.name)}>
        {words.forwardNow}
      </Button>
    </div>
  );
}
