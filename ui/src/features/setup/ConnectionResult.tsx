//! Did the telephone system accept the account? Watches the line until it does, and says what it says if it does not.

import { Button, Spinner } from "@fluentui/react-components";
import { CheckmarkCircleFilled, ErrorCircleFilled } from "@fluentui/react-icons";
import type { LinkState } from "../../platform/bindings";
import { useDesk } from "../../shared/desk";
import { showScreen } from "../../shared/screen";
import { words } from "../../shared/words";
import styles from "./setup.module.css";
import { setupWords } from "./setupWords";

export function ConnectionResult({ onChange }: { onChange: () => void }) {
  const link = useDesk((desk) => desk.view?.link);
  const mode = useDesk((desk) => desk.view?.mode.detail ?? "");
  const state = link?.state ?? "connecting";
  return (
    <div className={styles["scroll"]}>
      <section className={styles["result"]} data-link={state} aria-live="polite">
        <Sign state={state} />
        {link?.detail && <p>{link.detail}</p>}
        <p className="quiet">{mode}</p>
        {link?.plain_text && <p className={styles["warning"]}>{words.plainText.long}</p>}
        {state === "down" && <p className="quiet">{setupWords.stillTrying}</p>}
        <div className={styles["actions"]}>
          <Button
            size="large"
            appearance={state === "up" ? "primary" : "secondary"}
            onClick={() => showScreen("console")}
          >
            {setupWords.open}
          </Button>
          {state !== "up" && (
            <Button size="large" appearance={state === "down" ? "primary" : "secondary"} onClick={onChange}>
              {setupWords.change}
            </Button>
          )}
        </div>
      </section>
    </div>
  );
}

function Sign({ state }: { state: LinkState }) {
  switch (state) {
    case "up":
      return (
        <h1>
          <CheckmarkCircleFilled className={styles["good"]} /> {setupWords.connected}
        </h1>
      );
    case "down":
      return (
        <h1>
          <ErrorCircleFilled className={styles["bad"]} /> {setupWords.failed}
        </h1>
      );
    case "off":
    case "connecting":
      return (
        <h1>
          <Spinner size="small" /> {setupWords.connecting}
        </h1>
      );
  }
}
