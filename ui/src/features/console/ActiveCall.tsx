//! The call that has the ear: who, since when, and everything that can be done with it, each with its key. A consultation
//! shows both sides and who of them hears whom.

import {
  ArrowReplyRegular,
  ArrowSwapRegular,
  CallEndFilled,
  CallParkRegular,
  CallTransferRegular,
  DialpadRegular,
  MicOffRegular,
  MicRegular,
  PauseRegular,
  PeopleAddRegular,
  PersonChatRegular,
} from "@fluentui/react-icons";
import { lazy, type ReactElement, Suspense, useEffect } from "react";
import type { CallRow, TransferState, TransferView } from "../../platform/bindings";
import { useCallerCard } from "../../shared/callerCard";
import { CallerPast } from "../../shared/CallerPast";
import { COMMANDS, run } from "../../shared/commands";
import { useDesk } from "../../shared/desk";
import { partyDetail, partyName } from "../../shared/format";
import type { Action } from "../../shared/keymap";
import { CallbackTag } from "../../shared/CallbackTag";
import { Elapsed, Key, MarkedTag, ServiceMark, shortcut, SimulatedTag } from "../../shared/marks";
import { useScreen } from "../../shared/screen";
import { words } from "../../shared/words";
import styles from "./console.module.css";

const keypadModule = () => import("./Keypad");
const Keypad = lazy(keypadModule);

export function ActiveCall({ call, muted }: { call: CallRow; muted: boolean }) {
  const keypad = useScreen((screen) => screen.keypad);
  const card = useCallerCard(call.caller.party);
  // Fetched with the call: digits typed right behind the key that opens it must not be lost.
  useEffect(() => void keypadModule(), []);
  const consulting = call.transfer?.mode === "consult" ? call.transfer : null;
  return (
    <section className={styles["active"]} aria-label={words.state[call.state]} data-state={call.state}>
      <div className={styles["active-head"]}>
        <span className={styles["state"]}>
          {words.state[call.state]} <Elapsed since={call.since} />
        </span>
        {call.service_name !== null && (
          <span className={styles["service-name"]}>
            <ServiceMark name={call.service_name} size="small" /> {call.service_name}
          </span>
        )}
        {call.callback ? (
          <CallbackTag />
        ) : (
          call.outbound && <span className={styles["tag"]}>{words.calls.outbound}</span>
        )}
        <MarkedTag party={call.caller} />
        {call.simulated && <SimulatedTag />}
        <span className={styles["total"]}>
          {words.calls.total} <Elapsed since={call.arrived} />
        </span>
      </div>
      {consulting ? (
        <TwoSides call={call} transfer={consulting} />
      ) : (
        <>
          <button
            type="button"
            className={styles["big-name"]}
            title={words.calls.card}
            onClick={() => useScreen.setState({ card: call.caller })}
          >
            {partyName(call.caller)}
          </button>
          <p className={styles["big-detail"]}>{partyDetail(call.caller)}</p>
          {call.transfer && (
            <p className={styles["transferring"]}>
              → <strong>{partyName(call.transfer.target)}</strong>: {words.transferState[call.transfer.state]}{" "}
              <Elapsed since={call.transfer.since} />
            </p>
          )}
        </>
      )}
      {muted && (
        <p className={styles["muted"]} role="status">
          <MicOffRegular fontSize={16} /> {words.calls.muted}
        </p>
      )}
      <Controls consulting={consulting !== null} transferring={call.transfer !== null} muted={muted} />
      <Suspense>{keypad && <Keypad call={call.call} />}</Suspense>
      {card?.contact?.notes && (
        <p className={styles["notes"]}>
          <strong>{words.calls.notes}:</strong> {card.contact.notes}
        </p>
      )}
      {card && !consulting && !keypad && <CallerPast card={card} earlierMax={4} />}
    </section>
  );
}

/** The caller and the colleague side by side, the one who is spoken with marked. */
function TwoSides({ call, transfer }: { call: CallRow; transfer: TransferView }) {
  const ear = hearing(transfer.state);
  return (
    <div className={styles["sides"]}>
      <div className={styles["side"]} data-hears={ear.caller || undefined}>
        <span className={styles["side-name"]}>{partyName(call.caller)}</span>
        <span className="cut quiet">{partyDetail(call.caller)}</span>
        <span className={styles["side-state"]}>{callerState(transfer.state)}</span>
      </div>
      <span className={styles["arrow"]} aria-hidden>
        →
      </span>
      <div className={styles["side"]} data-hears={ear.target || undefined}>
        <span className={styles["side-name"]}>{partyName(transfer.target)}</span>
        <span className="cut quiet">{partyDetail(transfer.target)}</span>
        <span className={styles["side-state"]}>
          {words.transferState[transfer.state]} <Elapsed since={transfer.since} />
        </span>
      </div>
    </div>
  );
}

function callerState(state: TransferState): string {
  if (state === "conference") return words.transferState.conference;
  return hearing(state).caller ? words.consult.talking : words.consult.waiting;
}

function hearing(state: TransferState): { caller: boolean; target: boolean } {
  switch (state) {
    case "trying":
    case "ringing":
    case "completing":
      return { caller: false, target: false };
    case "talking_to_target":
      return { caller: false, target: true };
    case "talking_to_caller":
      return { caller: true, target: false };
    case "conference":
      return { caller: true, target: true };
  }
}

function Controls(props: { consulting: boolean; transferring: boolean; muted: boolean }) {
  const mute = (
    <Control
      action="mute"
      icon={props.muted ? <MicOffRegular /> : <MicRegular />}
      label={props.muted ? words.unmute : undefined}
      pressed={props.muted}
    />
  );
  return (
    <div
      className={styles["controls"]}
      data-consulting={props.consulting || undefined}
      role="toolbar"
      aria-label={words.calls.controls}
    >
      {props.consulting ? (
        <>
          <Control action="transfer" icon={<CallTransferRegular />} label={words.putThrough} primary />
          <Control action="swap" icon={<ArrowSwapRegular />} />
          <Control action="conference" icon={<PeopleAddRegular />} />
          <Control action="back_to_caller" icon={<ArrowReplyRegular />} />
        </>
      ) : (
        <>
          <Control action="hold" icon={<PauseRegular />} />
          <Control action="park" icon={<CallParkRegular />} />
          {props.transferring ? (
            <Control action="back_to_caller" icon={<ArrowReplyRegular />} />
          ) : (
            <Control action="transfer" icon={<CallTransferRegular />} />
          )}
          <Control action="consult" icon={<PersonChatRegular />} />
        </>
      )}
      {mute}
      <Control action="keypad" icon={<DialpadRegular />} />
      <Control action="hang_up" icon={<CallEndFilled />} danger />
    </div>
  );
}

function Control(props: {
  action: Action;
  icon: ReactElement;
  label?: string | undefined;
  pressed?: boolean;
  primary?: boolean;
  danger?: boolean;
}) {
  const available = useDesk((desk) => desk.view !== null && COMMANDS[props.action].available(desk.view));
  const tone = props.danger ? "danger" : props.primary ? "primary" : undefined;
  return (
    <button
      type="button"
      className={styles["control"]}
      data-tone={tone}
      aria-pressed={props.pressed}
      disabled={!available}
      onClick={() => run(props.action)}
      {...shortcut(props.action)}
    >
      {props.icon}
      <span>{props.label ?? words.actions[props.action]}</span>
      <Key of={props.action} />
    </button>
  );
}
