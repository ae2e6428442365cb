//! The window: which screen is open, and what lies around all of them. Screens other than the console are fetched when
//! they are first opened.

import { Spinner } from "@fluentui/react-components";
import { lazy, Suspense } from "react";
import { Console } from "../features/console/Console";
import { isHere, useDesk } from "../shared/desk";
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
const Voicemail = lazy(() => import("../features/voicemail/Voicemail"));
const PastCalls = lazy(() => import("../features/pastcalls/PastCalls"));
const Announcements = lazy(() => import("../features/announcements/Announcements"));
const Setup = lazy(() => import("../features/setup/Setup"));
const Services = lazy(() => import("../features/services/Services"));
const Hours = lazy(() => import("../features/hours/Hours"));
const Reports = lazy(() => import("../features/reports/Reports"));
const Wallboard = lazy(() => import("../features/wallboard/Wallboard"));
const Planner = lazy(() => import("../features/planner/Planner"));
const Settings = lazy(() => import("../features/settings/Settings"));
const Recovery = lazy(() => import("../features/recovery/Recovery"));
const Locked = lazy(() => import("../features/locked/Locked"));
const Help = lazy(() => import("./Help"));
const CardDialog = lazy(() => import("../shared/CardDialog"));
const ContactCard = lazy(() => import("../features/contact/ContactCard"));
const Why = lazy(() => import("../features/why/Why"));
const SignIn = lazy(() => import("../features/signin/SignIn"));
const SourcesBand = lazy(() => import("../features/directory/SourcesBand"));
const SessionBand = lazy(() => import("../features/signin/SessionBand"));
const Account = lazy(() => import("../features/signin/Account"));
const Administration = lazy(() => import("../features/admin/Administration"));
const CallAsked = lazy(() => import("./CallAsked"));

export function App() {
  useKeys();
  const kind = useDesk((desk) => desk.view?.mode.kind);
  const screen = useScreen((state) => state.name);
  const help = useScreen((state) => state.help);
  const card = useScreen((state) => state.card);
  const contact = useScreen((state) => state.contact);
  const why = useScreen((state) => state.why);
  const asked = useDesk((desk) => desk.call_asked);
  const lock = useDesk((desk) => desk.lock);
  const nobody = useDesk(({ session }) => session !== null && !isHere(session));
  const told = useDesk(
    ({ session }) => session !== null && (session.step_up || session.offline_since !== null),
  );
  const account = useScreen((state) => state.account);
  const recovery = useRecoveryFirst();
  const firstRun = kind === "unset" || screen === "setup";

  return (
    <>
      <Bands />
      <Suspense>
        {told && <SessionBand />}
        {kind !== undefined && !nobody && lock === null && !firstRun && <SourcesBand />}
      </Suspense>
      <div className={styles["window"]}>
        {kind !== undefined && !firstRun && <Rail />}
        <div className={styles["body"]}>
          {kind !== undefined && !firstRun && <TopBar />}
          {kind !== undefined && !firstRun && screen !== "console" && <RingBar />}
          <main className={styles["main"]}>
            <Suspense fallback={<Waiting />}>
              {lock !== null ? (
                <Locked lock={lock} />
              ) : nobody ? (
                <SignIn />
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
        {account && !nobody && <Account />}
        {card && !nobody && <CardDialog party={card} />}
        {contact !== null && !nobody && <ContactCard contact={contact} />}
        {why && !nobody && <Why key={why.call} asked={why} />}
        {asked !== null && !nobody && <CallAsked address={asked} />}
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
    case "voicemail":
      return <Voicemail />;
    case "administration":
      return <Administration />;
    case "services":
      return <Administration children={<Services />} />;
    case "announcements":
      return <Administration children={<Announcements />} />;
    case "hours":
      return <Administration children={<Hours />} />;
    case "reports":
      return <Reports />;
    case "past_calls":
      return <PastCalls />;
    case "wallboard":
      return <Wallboard />;
    case "planner":
      return <Planner />;
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
