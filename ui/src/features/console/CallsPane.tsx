//! Middle: the call that rings or is spoken on, the ones on hold, the ones being put through, the parked ones.

import { Button } from "@fluentui/react-components";
import { CallOutboundRegular, CallInboundRegular, CallRegular } from "@fluentui/react-icons";
import { memo, useEffect, useState } from "react";
import type { CallRow, ConsoleView, HistoryRow, ParkedRow } from "../../platform/bindings";
import { ask } from "../../platform/platform";
import { activeCall, heldCalls, ringing } from "../../shared/calls";
import { nextWaiting, placeCall, retrieve, retrieveParked, run } from "../../shared/commands";
import { act, useDesk } from "../../shared/desk";
import { moment, outcomeText, partyDetail, partyName } from "../../shared/format";
import { hostNow } from "../../shared/clock";
import { Elapsed, Key, Left, ServiceMark, shortcut, SimulatedTag } from "../../shared/marks";
import { useScreen } from "../../shared/screen";
import { words } from "../../shared/words";
import { ActiveCall } from "./ActiveCall";
import styles from "./console.module.css";
import { RingCard } from "./RingCard";

export function CallsPane() {
  const view = useDesk((desk) => desk.view);
  if (!view) return null;
  const ring = ringing(view);
  const active = activeCall(view);
  const held = heldCalls(view);
  return (
    <section
      className={`${styles["pane"]} ${styles["calls-pane"]}`}
      aria-label={words.calls.region}
      data-pane="calls"
      data-region="calls"
      tabIndex={-1}
    >
      <div className={styles["calls"]}>
        {ring && view.me.offer && <RingCard ring={ring} offer={view.me.offer} />}
        {active && <ActiveCall call={active} muted={view.muted} />}
        {held.length > 0 && <HeldCalls held={held} first={!active} />}
        {view.leaving.length > 0 && <LeavingCalls leaving={view.leaving} />}
        {!ring && !active && held.length === 0 && <Idle view={view} />}
      </div>
      <Parked parked={view.parked} slots={view.park_slots} />
    </section>
  );
}

function HeldCalls({ held, first }: { held: readonly CallRow[]; first: boolean }) {
  return (
    <section aria-label={words.calls.held}>
      <h2 className={styles["heading"]}>{words.calls.held}</h2>
      <ul className={styles["stack"]}>
        {held.map((call, index) => (
          <HeldCall key={call.call} call={call} key_shown={first && index === held.length - 1} />
        ))}
      </ul>
    </section>
  );
}

const HeldCall = memo(function HeldCall({ call, key_shown }: { call: CallRow; key_shown: boolean }) {
  const name = partyName(call.caller);
  return (
    <li className={styles["small-call"]} data-alert={call.alert || undefined}>
      {call.service_name !== null && <ServiceMark name={call.service_name} />}
      <div className={styles["lines"]}>
        <span className={`${styles["who"]} cut`}>{name}</span>
        <span className={`${styles["what"]} cut`}>
          {[call.service_name, partyDetail(call.caller)].filter(Boolean).join(" · ")}
        </span>
      </div>
      {call.simulated && <SimulatedTag />}
      <span className={styles["since"]}>
        {call.alert && <span>{words.calls.holdTooLong}</span>}
        <Elapsed since={call.since} />
      </span>
      <Button
        size="small"
        appearance={key_shown ? "primary" : "secondary"}
        aria-label={words.calls.retrieveWho(name)}
        onClick={() => void retrieve(call.call)}
        {...(key_shown ? shortcut("hold") : {})}
      >
        {words.calls.retrieve} {key_shown && <Key of="hold" />}
      </Button>
    </li>
  );
});

function LeavingCalls({ leaving }: { leaving: readonly CallRow[] }) {
  return (
    <section aria-label={words.calls.leaving}>
      <h2 className={styles["heading"]}>{words.calls.leaving}</h2>
      <ul className={styles["stack"]}>
        {leaving.map((call) => (
          <li key={call.call} className={styles["small-call"]}>
            {call.service_name !== null && <ServiceMark name={call.service_name} />}
            <div className={styles["lines"]}>
              <span className={`${styles["who"]} cut`}>
                {partyName(call.caller)}
                {call.transfer && ` → ${partyName(call.transfer.target)}`}
              </span>
              <span className={`${styles["what"]} cut`}>
                {call.transfer ? words.transferState[call.transfer.state] : words.state.leaving}
              </span>
            </div>
            {call.simulated && <SimulatedTag />}
            <span className={styles["since"]}>
              <Elapsed since={call.transfer?.since ?? call.since} />
            </span>
            {call.transfer && call.transfer.mode !== "blind" && (
              <Button
                size="small"
                onClick={() =>
                  call.transfer && void act("cancel_transfer", { transfer: call.transfer.transfer })
                }
              >
                {words.calls.takeBack}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Parked({ parked, slots }: { parked: readonly ParkedRow[]; slots: number }) {
  return (
    <section className={styles["parked"]} aria-label={words.calls.parked}>
      <h2 className={styles["heading"]}>
        {words.calls.parked}
        <span className={styles["free"]}>{words.calls.freeSlots(Math.max(0, slots - parked.length))}</span>
      </h2>
      {parked.length > 0 && (
        <ul className={styles["slots"]}>
          {parked.map((row, index) => (
            <ParkedCall key={row.call} row={row} key_shown={parked.length === 1} first={index === 0} />
          ))}
        </ul>
      )}
    </section>
  );
}

const ParkedCall = memo(function ParkedCall(props: { row: ParkedRow; key_shown: boolean; first: boolean }) {
  const { row } = props;
  const name = partyName(row.caller);
  return (
    <li>
      <button
        type="button"
        className={styles["slot"]}
        data-alert={row.alert || undefined}
        data-parked={props.first || undefined}
        aria-label={`${words.calls.slot(row.slot)}: ${words.calls.retrieveWho(name)}`}
        onClick={() => void retrieveParked(row.slot)}
        {...(props.key_shown ? shortcut("unpark") : {})}
      >
        <span className={styles["slot-number"]}>{row.slot}</span>
        <span className={styles["lines"]}>
          <span className={`${styles["who"]} cut`}>{name}</span>
          <span className={`${styles["what"]} cut`}>
            <Left until={row.until} /> {words.calls.left}
            {" · "}
            {row.alert ? words.calls.parkEndsSoon : (row.service_name ?? "")}
          </span>
          {row.simulated && <SimulatedTag />}
        </span>
        {props.key_shown && <Key of="unpark" />}
      </button>
    </li>
  );
});

/** As many as fit without scrolling on the smallest window. */
const LATEST_MAX = 8;

function Idle({ view }: { view: ConsoleView }) {
  const next = nextWaiting(view);
  return (
    <div className={styles["idle"]}>
      <CallRegular className={styles["idle-icon"]} aria-hidden />
      <h2>{words.calls.idle}</h2>
      {next && (
        <Button appearance="primary" onClick={() => run("answer")} {...shortcut("answer")}>
          {words.calls.answerNext(partyName(next.caller))} <Key show="F2" />
        </Button>
      )}
      <Latest simulated={view.mode.simulated} />
    </div>
  );
}

function Latest({ simulated }: { simulated: boolean }) {
  const revision = useDesk((desk) => desk.history_revision);
  const [rows, setRows] = useState<readonly HistoryRow[]>([]);
  useEffect(() => {
    let gone = false;
    ask("get_history", { before: null, limit: LATEST_MAX, simulated }).then(
      (page) => !gone && setRows(page.rows.filter((row) => row.ended !== null)),
      // The console is whole without it; the history screen says what is wrong.
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [revision, simulated]);
  if (rows.length === 0) return null;
  return (
    <section className={styles["latest"]} aria-label={words.calls.latest}>
      <h3 className={styles["heading"]}>{words.calls.latest}</h3>
      <ul>
        {rows.map((row) => (
          <li key={`${row.call}-${row.part}`} className={styles["latest-row"]}>
            {row.outbound ? (
              <CallOutboundRegular aria-label={words.history.outbound} />
            ) : (
              <CallInboundRegular aria-label={words.history.inbound} />
            )}
            <span className="quiet digits">{moment(row.arrived, hostNow())}</span>
            <button
              type="button"
              className={styles["link"]}
              onClick={() => useScreen.setState({ card: row.caller })}
            >
              {partyName(row.caller)}
            </button>
            <span className="quiet cut">{outcomeText(row)}</span>
            {row.simulated && <SimulatedTag />}
            <Button
              size="small"
              appearance="subtle"
              icon={<CallRegular />}
              disabled={row.caller.number === null}
              aria-label={words.history.redialWho(partyName(row.caller))}
              onClick={() => redial(row)}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

function redial({ caller }: HistoryRow): void {
  if (caller.number !== null) {
    void placeCall({ address: caller.number, contact: caller.contact, voicemail: false });
  }
}
