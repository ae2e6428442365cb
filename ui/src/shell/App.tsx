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
              {kind === undefined ? <Waiting /> : firstRun ? <Setup /> : <CurrentScreen />}
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
  }
}

function Waiting() {
  return (
    <div className={styles["waiting"]}>
      <Spinner label={words.connection.connecting} />
    </div>
  );
}
