//! The whole window while nobody sits here: one button, or what goes on in the browser, or why somebody is not let in and what
//! she can do. Sees no password and no token; the host says when somebody is here.

import { Button, Spinner } from "@fluentui/react-components";
import { PersonKeyRegular, PersonProhibitedRegular } from "@fluentui/react-icons";
import { type ReactNode, useEffect, useRef, useState } from "react";
import type { DeviceCodeView, ProblemView, SessionView } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { CopyButton } from "../../shared/CopyButton";
import { useDesk } from "../../shared/desk";
import { signInWords } from "./signInWords";
import styles from "./signin.module.css";

export default function SignIn() {
  const session = useDesk((desk) => desk.session);
  useEffect(() => {
    // A dialog that went together with the console it stood over leaves the page hidden from screen readers.
    document.getElementById("root")?.removeAttribute("aria-hidden");
  }, []);
  if (session === null) return null;
  return (
    <div className={styles["scroll"]}>
      <State session={session} />
    </div>
  );
}

function State({ session }: { session: SessionView }) {
  switch (session.state) {
    case "signed_out":
      return <SignedOut problem={session.problem} />;
    case "underway":
      return <Underway link={session.link} code={session.code} />;
    case "refused":
      return <Refused session={session} />;
    case "signed_in":
    case "local":
      return null;
  }
}

/** Asks the host; what it refuses stays on the page. */
function useAsking(): {
  busy: boolean;
  problem: ProblemView | null;
  begin: (asked: () => Promise<unknown>) => void;
} {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ProblemView | null>(null);
  function begin(asked: () => Promise<unknown>): void {
    setBusy(true);
    setProblem(null);
    asked()
      .catch((error: unknown) => {
        const { code, message } = RefusedError.from(error);
        setProblem({ code, message });
      })
      .finally(() => setBusy(false));
  }
  return { busy, problem, begin };
}

function Page(props: { icon: ReactNode; title: string; children: ReactNode; alert?: boolean }) {
  const title = useRef<HTMLHeadingElement>(null);
  // A change of what is to be done is read out, and Tab goes on from there.
  useEffect(() => title.current?.focus(), [props.title]);
  return (
    <section
      className={styles["page"]}
      aria-labelledby="sign-in-title"
      role={props.alert ? "alert" : undefined}
    >
      <span className={styles["mark"]} aria-hidden>
        {props.icon}
      </span>
      <h1 id="sign-in-title" ref={title} tabIndex={-1}>
        {props.title}
      </h1>
      {props.children}
    </section>
  );
}

function SignedOut({ problem: told }: { problem: ProblemView | null }) {
  const words = signInWords.signedOut;
  const { busy, problem: own, begin } = useAsking();
  const button = useRef<HTMLButtonElement>(null);
  const problem = own ?? told;
  // There is one thing to do here: Enter does it.
  useEffect(() => button.current?.focus(), [problem]);
  return (
    <Page
      icon={<PersonKeyRegular />}
      title={problem === null ? words.title : (words.titles[problem.code] ?? words.other)}
      alert={problem !== null}
    >
      <p>{problem === null ? words.text : problem.message}</p>
      <Button
        ref={button}
        size="large"
        appearance="primary"
        disabledFocusable={busy}
        onClick={() => begin(() => ask("sign_in", {}))}
      >
        {words.start}
      </Button>
      {problem !== null && <p className={styles["code"]}>{problem.code}</p>}
    </Page>
  );
}

function Underway({ link, code }: { link: string | null; code: DeviceCodeView | null }) {
  const words = signInWords.underway;
  const { problem, begin } = useAsking();
  return (
    <Page icon={<PersonKeyRegular />} title={words.title}>
      <p>{words.text}</p>
      <Spinner size="small" label={words.waiting} />
      {link !== null && link !== "" && (
        <div className={styles["other"]}>
          <h2>{words.noBrowser}</h2>
          <p>{words.linkText}</p>
          <p className={styles["link"]}>{link}</p>
          <CopyButton text={link} label={words.copyLink} />
        </div>
      )}
      {code !== null && (
        <div className={styles["other"]}>
          <h2>{words.code}</h2>
          <p>{words.codeText(code.address)}</p>
          <p className={styles["device"]}>{code.code}</p>
          <CopyButton text={code.code} label={words.copyCode} />
        </div>
      )}
      <Button onClick={() => begin(() => ask("cancel_sign_in", {}))}>{words.cancel}</Button>
      <p role="alert">{problem?.message}</p>
    </Page>
  );
}

function Refused({ session: { person, problem } }: { session: SessionView }) {
  const words = signInWords.refused;
  const { busy, problem: own, begin } = useAsking();
  return (
    <Page
      icon={<PersonProhibitedRegular />}
      title={problem === null ? words.other : (words.titles[problem.code] ?? words.other)}
      alert
    >
      {problem !== null && <p>{problem.message}</p>}
      {person !== null && <p className="quiet">{words.known(person.name, person.username)}</p>}
      <div className={styles["row"]}>
        <Button appearance="primary" disabledFocusable={busy} onClick={() => begin(() => ask("sign_in", {}))}>
          {words.other_account}
        </Button>
        <Button disabledFocusable={busy} onClick={() => begin(() => ask("sign_out", {}))}>
          {words.signOut}
        </Button>
      </div>
      {problem !== null && (
        <p className={styles["code"]}>
          {words.code} {problem.code}
        </p>
      )}
      <p role="alert">{own?.message}</p>
    </Page>
  );
}
