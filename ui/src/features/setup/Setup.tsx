//! First run, and the way back to it: connect a telephone system, or practise with simulated callers.

import { Button } from "@fluentui/react-components";
import { PersonVoiceRegular, PhoneDesktopRegular } from "@fluentui/react-icons";
import { useEffect, useState } from "react";
import type { SetupView } from "../../platform/bindings";
import { ask } from "../../platform/platform";
import { act, useDesk } from "../../shared/desk";
import { showScreen } from "../../shared/screen";
import { ConnectionResult } from "./ConnectionResult";
import styles from "./setup.module.css";
import { SipForm } from "./SipForm";
import { setupWords } from "./setupWords";

type Step = "choose" | "form" | "result";

export default function Setup() {
  const setup = useSetup();
  const kind = useDesk((desk) => desk.view?.mode.kind);
  // Whoever comes back from the settings came for the account.
  const [step, setStep] = useState<Step>(kind === "sip" ? "form" : "choose");

  function goTo(next: Step): void {
    // The console is "unset" no more as soon as an account is sent: stay here until the result was seen.
    showScreen(next === "choose" ? "console" : "setup");
    setStep(next);
  }

  switch (step) {
    case "choose":
      return <Choice onSip={() => goTo("form")} />;
    case "form":
      return (
        <SipForm
          setup={setup}
          onBack={() => (kind === "sip" ? showScreen("settings") : goTo("choose"))}
          onSent={() => goTo("result")}
        />
      );
    case "result":
      return <ConnectionResult onChange={() => goTo("form")} />;
  }
}

function useSetup(): SetupView | null {
  const [setup, setSetup] = useState<SetupView | null>(null);
  useEffect(() => {
    let gone = false;
    ask("get_setup", {}).then(
      (view) => !gone && setSetup(view),
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, []);
  return setup;
}

function Choice({ onSip }: { onSip: () => void }) {
  return (
    <div className={styles["scroll"]}>
      <section className={styles["choice"]} aria-labelledby="setup-title">
        <img src="/usher.svg" alt="" width="72" height="72" />
        <h1 id="setup-title">{setupWords.welcome}</h1>
        <p className={styles["lead"]}>{setupWords.lead}</p>
        <div className={styles["ways"]}>
          <Way
            icon={<PhoneDesktopRegular />}
            title={setupWords.sipTitle}
            text={setupWords.sipText}
            action={setupWords.sipAction}
            primary
            onChoose={onSip}
          />
          <Way
            icon={<PersonVoiceRegular />}
            title={setupWords.trainTitle}
            text={setupWords.trainText}
            action={setupWords.trainAction}
            onChoose={() => void act("start_training", {})}
          />
        </div>
        <p className="quiet">{setupWords.later}</p>
      </section>
    </div>
  );
}

function Way(props: {
  icon: React.ReactElement;
  title: string;
  text: string;
  action: string;
  primary?: boolean;
  onChoose: () => void;
}) {
  return (
    <section className={styles["way"]}>
      {props.icon}
      <h2>{props.title}</h2>
      <p>{props.text}</p>
      <Button size="large" appearance={props.primary ? "primary" : "secondary"} onClick={props.onChoose}>
        {props.action}
      </Button>
    </section>
  );
}
