//! How the data on this computer is protected, in words, and what an administrator does about it: recovery key, keys, backup.

import { Button, ProgressBar } from "@fluentui/react-components";
import { useEffect, useId, useRef } from "react";
import type { ProgressView, ProtectionView } from "../../platform/bindings";
import { act, sayNotice, useDesk } from "../../shared/desk";
import { hostNow } from "../../shared/clock";
import { moment } from "../../shared/format";
import { MayNot } from "../../shared/MayNot";
import { protectionWords } from "../../shared/protectionWords";
import { showScreen, useScreen } from "../../shared/screen";
import { Backup } from "./Backup";
import { Purge } from "./Purge";
import styles from "./settings.module.css";

const words = protectionWords.encryption;

export function Protection() {
  const protection = useDesk((desk) => desk.protection);
  const asked = useScreen((screen) => screen.section === "protection");
  const here = useRef<HTMLElement>(null);
  const id = useId();
  const there = protection !== null;

  useEffect(() => {
    if (!asked || !there) return;
    here.current?.scrollIntoView({ block: "start" });
    here.current?.focus({ preventScroll: true });
    useScreen.setState({ section: null });
  }, [asked, there]);

  if (protection === null) return null;
  return (
    <section ref={here} tabIndex={-1} className={styles["protection"]} aria-labelledby={id}>
      <h2 id={id}>{protectionWords.title}</h2>
      <MayNot action="change-protection" />
      <div className={styles["halves"]}>
        <Encryption protection={protection} />
        <Backup backup={protection.backup} />
        <Purge />
      </div>
    </section>
  );
}

function Encryption({ protection }: { protection: ProtectionView }) {
  const id = useId();
  return (
    <section className={styles["group"]} aria-labelledby={id}>
      <h3 id={id}>{words.title}</h3>
      <p>{words.state}</p>
      <dl className={styles["facts"]}>
        <dt>{words.key}</dt>
        <dd>{words.home[protection.key_home]}</dd>
        <dt>{words.recovery}</dt>
        <dd>
          <RecoveryState protection={protection} />
        </dd>
        <dt>{words.dataKey}</dt>
        <dd>
          {protection.data_key_since === null
            ? words.sinceUnknown
            : words.since(moment(protection.data_key_since, hostNow()))}
        </dd>
      </dl>
      {protection.rotation !== null && <Running label={words.rotating} progress={protection.rotation} />}
      {protection.rotation_problem !== null && (
        <p className={styles["warning"]}>{words.rotationStopped(protection.rotation_problem)}</p>
      )}
      <ul className={styles["deeds"]}>
        {protection.recovery === "confirmed" && (
          <Deed
            text={words.renewRecoveryText}
            label={words.renewRecovery}
            onDo={() =>
              void act("renew_recovery_key", {}).then((renewing) => renewing && showScreen("recovery"))
            }
          />
        )}
        <Deed
          text={words.rotateText}
          label={words.rotate}
          disabled={protection.rotation !== null}
          onDo={() => void act("rotate_data_key", {})}
        />
        {protection.key_home === "keychain" && (
          <Deed
            text={words.renewKeychainText}
            label={words.renewKeychain}
            onDo={() => void act("renew_keychain_key", {}).then((done) => done && say(words.renewed))}
          />
        )}
      </ul>
    </section>
  );
}

function say(message: string): void {
  sayNotice({ urgency: "low", code: "protection", message, call: null });
}

function RecoveryState({ protection: { recovery } }: { protection: ProtectionView }) {
  const show = (
    <Button size="small" onClick={() => showScreen("recovery")}>
      {words.showRecovery}
    </Button>
  );
  switch (recovery) {
    case "confirmed":
      return words.confirmed;
    case "unconfirmed":
      return (
        <span className={styles["row"]}>
          <strong>{words.unconfirmed}</strong> {show}
        </span>
      );
    case "renewing":
      return (
        <span className={styles["row"]}>
          {words.renewing} {show}
          <Button size="small" appearance="subtle" onClick={() => void act("keep_recovery_key", {})}>
            {words.keepOld}
          </Button>
        </span>
      );
  }
}

function Deed(props: { text: string; label: string; disabled?: boolean; onDo: () => void }) {
  const id = useId();
  return (
    <li>
      <Button disabledFocusable={props.disabled ?? false} aria-describedby={id} onClick={props.onDo}>
        {props.label}
      </Button>
      <span id={id} className="quiet">
        {props.text}
      </span>
    </li>
  );
}

/** A bar with what it is of; without an end while the whole is not known. */
export function Running(props: { label: string; progress: ProgressView; text?: string }) {
  const { done, total } = props.progress;
  const id = useId();
  return (
    <div className={styles["running"]}>
      <span id={id}>{props.label}</span>
      <span className="digits quiet">{props.text ?? (total > 0 ? percent(done / total) : "")}</span>
      <ProgressBar
        className={styles["bar"] ?? ""}
        aria-labelledby={id}
        max={1}
        {...(total > 0 && { value: Math.min(1, done / total) })}
      />
    </div>
  );
}

const percents = new Intl.NumberFormat(undefined, { style: "percent" });

function percent(part: number): string {
  return percents.format(Math.min(1, part));
}
