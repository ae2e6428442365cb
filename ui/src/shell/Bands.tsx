//! The bands across the window that must not be missed: training, a lost host, a telephone system that is away, a recovery
//! key that nobody keeps; and the foot line that says who is signed in and to what the console is connected.

import { Button } from "@fluentui/react-components";
import { LockOpenRegular, PlugDisconnectedRegular } from "@fluentui/react-icons";
import type { LinkState } from "../platform/bindings";
import type { Connection } from "../platform/platform";
import { useDesk } from "../shared/desk";
import { Key } from "../shared/marks";
import { showScreen, useScreen } from "../shared/screen";
import { words } from "../shared/words";
import styles from "./shell.module.css";

export function Bands() {
  const simulated = useDesk((desk) => desk.view?.mode.simulated ?? false);
  const connection = useDesk((desk) => desk.connection);
  const link = useDesk((desk) => desk.view?.link);
  const live = useDesk((desk) => desk.view?.mode.kind === "sip");
  const troubled = connectionTrouble(connection);
  return (
    <>
      {simulated && (
        <div className={styles["training"]} role="note">
          <strong>{words.simulated.tag}</strong>
          <span>{words.simulated.banner}</span>
        </div>
      )}
      {troubled !== null && (
        <div className={styles["trouble"]} role="alert">
          <PlugDisconnectedRegular fontSize={16} /> {troubled}
        </div>
      )}
      {live && link && troubled === null && linkTrouble(link.state) && (
        <div className={styles["trouble"]} role="alert">
          <PlugDisconnectedRegular fontSize={16} />
          <span>
            <strong>{words.link[link.state]}.</strong> {link.detail}
          </span>
        </div>
      )}
      <RecoveryBand />
    </>
  );
}

/** First run has a page for it. */
function RecoveryBand() {
  const open = useDesk(
    ({ view, protection }) => view?.mode.kind !== "unset" && protection?.recovery === "unconfirmed",
  );
  const only = useDesk((desk) => desk.protection?.key_home === "recovery_key");
  const shown = useScreen((screen) => screen.name === "recovery");
  if (!open || shown) return null;
  return (
    <div className={styles["reminder"]} role="note">
      <span>
        <strong>{words.protection.unconfirmed}</strong>{" "}
        <span className={styles["why-long"]}>
          {only ? words.protection.unconfirmedOnlyWhy : words.protection.unconfirmedWhy}
        </span>
      </span>
      <Button size="small" onClick={() => showScreen("recovery")}>
        {words.protection.show}
      </Button>
    </div>
  );
}

function connectionTrouble(connection: Connection): string | null {
  switch (connection) {
    case "lost":
      return words.connection.lost;
    case "refused":
      return words.connection.refused;
    case "connecting":
    case "open":
      return null;
  }
}

function linkTrouble(state: LinkState): boolean {
  switch (state) {
    case "connecting":
    case "down":
      return true;
    case "off":
    case "up":
      return false;
  }
}

export function FootLine() {
  const view = useDesk((desk) => desk.view);
  if (!view) return null;
  return (
    <footer className={styles["foot"]}>
      <span className="cut" title={view.me.identity === "signed_in" ? undefined : words.identity.aloneHint}>
        {view.me.identity === "signed_in"
          ? words.identity.signedIn(view.me.name)
          : words.identity.alone(view.me.name)}
      </span>
      <span className={styles["dot"]} data-link={view.link.state} aria-hidden />
      <span className="cut" title={view.link.detail}>
        {view.mode.detail || words.link[view.link.state]}
      </span>
      {view.link.plain_text && (
        <span className={styles["plain"]} title={words.plainText.long}>
          <LockOpenRegular fontSize={14} /> {words.plainText.short}
        </span>
      )}
      <span className={styles["keys"]}>
        <Key show="F1" /> {words.help.title}
      </span>
    </footer>
  );
}
