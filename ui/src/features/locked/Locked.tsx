//! The whole window while the data cannot be opened: what is wrong in plain words, and what can be done about it from here.
//! Makes nothing new. When the data is open, the host says so and the console takes this page's place.

import { Button, Field, Spinner, Textarea } from "@fluentui/react-components";
import { LockClosedRegular } from "@fluentui/react-icons";
import { type SubmitEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import type { LockReason, LockView } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { CopyButton } from "../../shared/CopyButton";
import { protectionWords } from "../../shared/protectionWords";
import styles from "./locked.module.css";
import { asKey, isWhole, readWords, RECOVERY_WORDS, type TypedWord } from "./typedWords";

const words = protectionWords.locked;

export default function Locked({ lock }: { lock: LockView }) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), [lock.reason]);
  return (
    <div className={styles["scroll"]}>
      <section className={styles["page"]} aria-labelledby="locked-title">
        <header className={styles["head"]}>
          <LockClosedRegular aria-hidden />
          <div>
            <h1 id="locked-title" ref={title} tabIndex={-1}>
              {words.title[lock.reason]}
            </h1>
            <p>{words.why[lock.reason]}</p>
            <p className="quiet">{words.calm}</p>
          </div>
        </header>
        {lock.reason !== "key_not_kept" && <Retry primary={retryHelps(lock.reason)} />}
        {lock.recovery_helps && <RecoveryField lock={lock} />}
        {lock.restoring_helps && <Restore command={lock.restore_command} />}
        <details className={styles["details"]}>
          <summary>{words.details}</summary>
          <p>{lock.detail}</p>
          <p>
            {words.folder} <code>{lock.folder}</code>
          </p>
        </details>
      </section>
    </div>
  );
}

/** Whether trying again is the first thing to do: something outside of Usher is to be put right. */
function retryHelps(reason: LockReason): boolean {
  switch (reason) {
    case "keychain_locked":
    case "keychain_missing":
    case "key_file_missing":
    case "data_rolled_back":
      return true;
    case "key_gone":
    case "key_foreign":
    case "key_not_kept":
    case "key_file_damaged":
    case "data_damaged":
      return false;
  }
}

/** Asks the host; says why not, for as long as the page stays. */
function useTry(): { trying: boolean; problem: string | null; attempt: (asked: Promise<unknown>) => void } {
  const [trying, setTrying] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  function attempt(asked: Promise<unknown>): void {
    setTrying(true);
    setProblem(null);
    asked
      .catch((error: unknown) => {
        const refused = RefusedError.from(error);
        setProblem(refused.code === "store.locked" ? words.still : refused.message);
      })
      .finally(() => setTrying(false));
  }
  return { trying, problem, attempt };
}

function Retry({ primary }: { primary: boolean }) {
  const { trying, problem, attempt } = useTry();
  return (
    <div className={styles["row"]}>
      <Button
        size="large"
        appearance={primary ? "primary" : "secondary"}
        disabledFocusable={trying}
        onClick={() => attempt(ask("retry_unlock", {}))}
      >
        {trying ? words.retrying : words.retry}
      </Button>
      <p role="alert">{problem}</p>
    </div>
  );
}

function RecoveryField({ lock }: { lock: LockView }) {
  const id = useId();
  const [text, setText] = useState("");
  const { trying, problem, attempt } = useTry();
  const typed = useMemo(() => readWords(text, lock.word_list), [text, lock.word_list]);
  const whole = isWhole(typed);

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    if (whole) attempt(ask("unlock_with_recovery", { words: asKey(typed) }));
  }

  return (
    <form className={styles["card"]} aria-labelledby={id} onSubmit={submit}>
      <h2 id={id}>{words.recoveryTitle}</h2>
      <p>
        {words.recoveryText} {lock.reason !== "key_not_kept" && words.recoveryTextNew}
      </p>
      <Field label={words.field} hint={words.count(typed.length, RECOVERY_WORDS)}>
        <Textarea
          rows={4}
          size="large"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={text}
          onChange={(_, data) => setText(data.value)}
          onKeyDown={(event) => {
            // Enter in a field of several lines would only make another line.
            if (event.key === "Enter" && whole) submit(event as unknown as SubmitEvent);
          }}
        />
      </Field>
      <Doubts typed={typed} text={text} />
      <p role="alert" className={styles["problem"]}>
        {problem}
      </p>
      <div className={styles["row"]}>
        <Button appearance="primary" size="large" type="submit" disabled={!whole || trying}>
          {words.open}
        </Button>
        {trying && <Spinner size="small" label={words.opening} />}
      </div>
    </form>
  );
}

/** Words that are none. The one still being typed is not doubted yet. */
function Doubts({ typed, text }: { typed: readonly TypedWord[]; text: string }) {
  const finished = /\p{L}$/u.test(text) && typed.length < RECOVERY_WORDS ? typed.slice(0, -1) : typed;
  const wrong = finished.flatMap((word, at) => (word.word === null ? [{ ...word, position: at + 1 }] : []));
  return (
    <ul className={styles["doubts"]} aria-live="polite">
      {typed.length > RECOVERY_WORDS && <li>{words.tooMany(typed.length)}</li>}
      {wrong.map(({ position, typed: as, guesses }) => (
        <li key={position}>
          <span className={styles["number"]}>{position}</span> {words.unknown(as)}{" "}
          {guesses.length > 0 && words.perhaps(guesses.join(", "))}
        </li>
      ))}
    </ul>
  );
}

function Restore({ command }: { command: string | null }) {
  const id = useId();
  return (
    <section className={styles["card"]} aria-labelledby={id}>
      <h2 id={id}>{words.restoreTitle}</h2>
      <p>{command === null ? words.restoreNone : words.restoreText}</p>
      {command !== null && (
        <div className={styles["command"]}>
          <code>{command}</code>
          <CopyButton text={command} label={words.copy} />
        </div>
      )}
    </section>
  );
}
