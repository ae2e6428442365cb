//! The recovery key, shown once: words and QR code to print or copy, then three of the words typed back. The words live in
//! this component until it is left, and nowhere else.

import { Button, Field, Input, Spinner } from "@fluentui/react-components";
import { CheckmarkCircleFilled, KeyRegular, PrintRegular } from "@fluentui/react-icons";
import { type SubmitEvent, useEffect, useRef, useState } from "react";
import type { RecoveryKeyView } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { CopyButton } from "../../shared/CopyButton";
import { act, useDesk } from "../../shared/desk";
import { protectionWords } from "../../shared/protectionWords";
import { showScreen, useScreen } from "../../shared/screen";
import { QrCode } from "./QrCode";
import styles from "./recovery.module.css";

const words = protectionWords.recovery;

type Step = "show" | "confirm" | "done";

export default function Recovery() {
  const { key, problem } = useRecoveryKey();
  const [step, setStep] = useState<Step>("show");
  useEffect(() => showScreen("recovery"), []);

  if (step === "done") return <Done />;
  if (problem !== null) return <Refused problem={problem} />;
  if (key === null) {
    return (
      <div className={styles["asking"]}>
        <Spinner label={words.asking} />
      </div>
    );
  }
  return step === "show" ? (
    <Shown recovery={key} onNext={() => setStep("confirm")} />
  ) : (
    <Confirm recovery={key} onBack={() => setStep("show")} onDone={() => setStep("done")} />
  );
}

function useRecoveryKey(): { key: RecoveryKeyView | null; problem: string | null } {
  const [key, setKey] = useState<RecoveryKeyView | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    let gone = false;
    ask("show_recovery_key", {}).then(
      (shown) => !gone && setKey(shown),
      (error: unknown) => !gone && setProblem(RefusedError.from(error).message),
    );
    return () => {
      gone = true;
    };
  }, []);
  return { key, problem };
}

/** First run goes on where it was; everybody else came from the settings or a band. */
function leave(): void {
  showScreen("console");
}

function Shown({ recovery, onNext }: { recovery: RecoveryKeyView; onNext: () => void }) {
  const renewing = useDesk((desk) => desk.protection?.recovery === "renewing");
  const only = useDesk((desk) => desk.protection?.key_home === "recovery_key");
  return (
    <div className={styles["scroll"]}>
      <section className={styles["page"]} aria-labelledby="recovery-title">
        <header className={styles["head"]}>
          <KeyRegular aria-hidden />
          <div>
            <h1 id="recovery-title">{renewing ? words.titleNew : words.title}</h1>
            <p>{renewing ? words.leadNew : only ? words.leadOnly : words.lead}</p>
          </div>
        </header>
        <Sheet recovery={recovery} />
        <div className={styles["advice"]}>
          <h2>{words.how}</h2>
          <ul>
            {words.advice.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </div>
        <div className={styles["actions"]}>
          <Button appearance="primary" size="large" onClick={onNext}>
            {words.next}
          </Button>
          <Button size="large" icon={<PrintRegular />} onClick={() => window.print()}>
            {words.print}
          </Button>
          <CopyButton size="large" text={recovery.words.join(" ")} label={words.copy} />
          <Later renewing={renewing} only={only} />
        </div>
      </section>
    </div>
  );
}

/** Where no keychain holds a key there is no later: the data would be lost with this run of Usher. */
function Later({ renewing, only }: { renewing: boolean; only: boolean }) {
  if (renewing) {
    return (
      <Button
        size="large"
        appearance="subtle"
        className={styles["later"] ?? ""}
        onClick={() => void act("keep_recovery_key", {}).then((kept) => kept && leave())}
      >
        {words.keepOld}
      </Button>
    );
  }
  if (only) return null;
  return (
    <Button
      size="large"
      appearance="subtle"
      className={styles["later"] ?? ""}
      onClick={() => {
        useScreen.setState({ recovery_later: true });
        leave();
      }}
    >
      {words.later}
    </Button>
  );
}

/** What is on the page and on the printed sheet alike. */
function Sheet({ recovery }: { recovery: RecoveryKeyView }) {
  const today = new Date().toLocaleDateString(undefined, { dateStyle: "long" });
  return (
    <div className={styles["sheet"]}>
      <div className={styles["print-only"]}>
        <p className={styles["sheet-title"]}>{words.sheetTitle}</p>
        <p>{words.sheetLine(today)}</p>
      </div>
      <ol className={styles["words"]} aria-label={words.words}>
        {recovery.words.map((word, at) => (
          <li key={at}>
            <span className={styles["number"]}>{at + 1}</span>
            {word}
          </li>
        ))}
      </ol>
      <QrCode side={recovery.qr_side} modules={recovery.qr_modules} label={words.qr} />
      <p className={styles["print-only"]}>{words.sheetUse}</p>
    </div>
  );
}

function Confirm(props: { recovery: RecoveryKeyView; onBack: () => void; onDone: () => void }) {
  const { asked } = props.recovery;
  const [typed, setTyped] = useState<readonly string[]>(() => asked.map(() => ""));
  const [problem, setProblem] = useState<string | null>(null);
  const [sending, setSending] = useState(false);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    setSending(true);
    try {
      const answers = asked.map((position, at) => ({ position, word: typed[at] ?? "" }));
      await ask("confirm_recovery_key", { words: answers });
      props.onDone();
    } catch (error) {
      const refused = RefusedError.from(error);
      setProblem(refused.code === "recovery.wrong-words" ? words.wrong : refused.message);
      first.current?.focus();
    } finally {
      setSending(false);
    }
  }

  return (
    <div className={styles["scroll"]}>
      <form className={styles["narrow"]} noValidate onSubmit={(event) => void submit(event)}>
        <h1>{words.confirmTitle}</h1>
        <p>{words.confirmLead}</p>
        <div className={styles["asked"]}>
          {asked.map((position, at) => (
            <Field key={position} label={words.word(position)}>
              <Input
                ref={at === 0 ? first : null}
                size="large"
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                value={typed[at] ?? ""}
                onChange={(_, data) => setTyped(typed.with(at, data.value))}
              />
            </Field>
          ))}
        </div>
        <p className={styles["problem"]} role="alert">
          {problem}
        </p>
        <div className={styles["actions"]}>
          <Button
            appearance="primary"
            size="large"
            type="submit"
            disabled={sending || typed.some((word) => word.trim() === "")}
          >
            {words.confirm}
          </Button>
          <Button size="large" onClick={props.onBack}>
            {words.back}
          </Button>
        </div>
      </form>
    </div>
  );
}

function Done() {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), []);
  return (
    <div className={styles["scroll"]}>
      <section className={styles["narrow"]} aria-live="polite">
        <h1 className={styles["done"]}>
          <CheckmarkCircleFilled className={styles["good"]} /> {words.done}
        </h1>
        <p>{words.doneText}</p>
        <div className={styles["actions"]}>
          <Button ref={button} appearance="primary" size="large" onClick={leave}>
            {words.go}
          </Button>
        </div>
      </section>
    </div>
  );
}

function Refused({ problem }: { problem: string }) {
  return (
    <div className={styles["scroll"]}>
      <section className={styles["narrow"]} role="alert">
        <h1>{words.title}</h1>
        <p>{problem}</p>
        <div className={styles["actions"]}>
          <Button
            appearance="primary"
            size="large"
            onClick={() => {
              useScreen.setState({ recovery_later: true });
              leave();
            }}
          >
            {words.go}
          </Button>
        </div>
      </section>
    </div>
  );
}
