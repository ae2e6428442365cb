//! The window: which screen is open, and what lies around all of them. Screens other than the console are fetched when
//! they are first opened.

import { Spinner } from "@fluentui/react-components";
import { lazy, Suspense } from "react";
import { Console } from "../features/console/Console";
import { useDesk } from "../shared/desk";
import { useScreen } from "../shared/screen";
import { words } from "../shared/words";
import { Announcer } from "./Announcer";
import { Bands, FootLine } from "./Bands";
import { useKeys } from "./keys";
import { Notices } from "./Notices";
import { Rail } from "./Rail";
import { RingBar } from "./RingBar";
import styles from "./shell.module.css";
import { TopBar } from "./TopBar";

const History = lazy(() => import("../features/history/History"));
const Directory = lazy(() => import("../features/directory/Directory"));
const Setup = lazy(() => import("../features/setup/Setup"));
const Settings = lazy(() => import("../features/settings/Settings"));
const Recovery = lazy(() => import("../features/recovery/Recovery"));
const Locked = lazy(() => import("../features/locked/Locked"));
const Help = lazy(() => import("./Help"));
const CardDialog = lazy(() => import("../shared/CardDialog"));
const CallAsked = lazy(() => import("./CallAsked"));

export function App() {
  useKeys();
  const kind = useDesk((desk) => desk.view?.mode.kind);
  const screen = useScreen((state) => state.name);
  const help = useScreen((state) => state.help);
  const card = useScreen((state) => state.card);
  const asked = useDesk((desk) => desk.call_asked);
  const lock = useDesk((desk) => desk.lock);
  const recovery = useRecoveryFirst();
  const firstRun = kind === "unset" || screen === "setup";

  return (
    <>
      <Bands />
      <div className={styles["window"]}>
        {kind !== undefined && !firstRun && <Rail />}
        <div className={styles["body"]}>
          {kind !== undefined && !firstRun && <TopBar />}
          {kind !== undefined && !firstRun && screen !== "console" && <RingBar />}
          <main className={styles["main"]}>
            <Suspense fallback={<Waiting />}>
              {lock !== null ? (
                <Locked lock={lock} />
              ) : kind === undefined ? (
                <Waiting />
              ) : firstRun ? (
                recovery ? (
                  <Recovery />
                ) : (
                  <Setup />
                )
              ) : (
                <CurrentScreen />
              )}
            </Suspense>
          </main>
        </div>
      </div>
      <FootLine />
      <Notices />
      <Announcer />
      <Suspense>
        {help && <Help />}
        {card && <CardDialog party={card} />}
        {asked !== null && <CallAsked address={asked} />}
      </Suspense>
    </>
  );
}

/** Before anything else is set up the recovery key is kept. Where the key is kept nowhere else, that cannot be put off. */
function useRecoveryFirst(): boolean {
  const open = useDesk(({ protection }) => protection !== null && protection.recovery !== "confirmed");
  const only = useDesk((desk) => desk.protection?.key_home === "recovery_key");
  const later = useScreen((screen) => screen.recovery_later);
  // Once begun it is seen to its end, also after the host has said that it is confirmed.
  const begun = useScreen((screen) => screen.name === "recovery");
  return begun || (open && (only || !later));
}

function CurrentScreen() {
  const name = useScreen((screen) => screen.name);
  switch (name) {
    case "console":
      return <Console />;
    case "history":
      return <History />;
    case "directory":
      return <Directory />;
    case "settings":
      return <Settings />;
    case "setup":
      return <Setup />;
    case "recovery":
      return <Recovery />;
  }
}

function Waiting() {
  return (
    <div className={styles["waiting"]}>
      <Spinner label={words.connection.connecting} />
    </div>
  );
}
