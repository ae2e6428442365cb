//! The way between the screens, at the left edge as in Teams.

import {
  CallRegular,
  CallFilled,
  ContactCardGroupRegular,
  ContactCardGroupFilled,
  DataBarVerticalFilled,
  DataBarVerticalRegular,
  DataTrendingFilled,
  DataTrendingRegular,
  HistoryRegular,
  HistoryFilled,
  KeyboardRegular,
  BuildingPeopleFilled,
  BuildingPeopleRegular,
  SettingsRegular,
  SettingsFilled,
  TvFilled,
  TvRegular,
  VoicemailRegular,
  VoicemailFilled,
} from "@fluentui/react-icons";
import type { ReactElement } from "react";
import { type Action, KEYMAP } from "../shared/keymap";
import { useDesk } from "../shared/desk";
import { shortcut } from "../shared/marks";
import { showScreen, type ScreenName, useScreen } from "../shared/screen";
import { words } from "../shared/words";
import styles from "./shell.module.css";

interface Place {
  name: Exclude<
    ScreenName,
    "hours" | "announcements" | "administration" | "past_calls" | "setup" | "recovery"
  >;
  action: Action;
  icon: ReactElement;
  chosen: ReactElement;
}

const PLACES: readonly Place[] = [
  { name: "console", action: "show_console", icon: <CallRegular />, chosen: <CallFilled /> },
  { name: "history", action: "show_history", icon: <HistoryRegular />, chosen: <HistoryFilled /> },
  {
    name: "directory",
    action: "show_directory",
    icon: <ContactCardGroupRegular />,
    chosen: <ContactCardGroupFilled />,
  },
  { name: "voicemail", action: "show_voicemail", icon: <VoicemailRegular />, chosen: <VoicemailFilled /> },
  {
    name: "services",
    action: "show_services",
    icon: <BuildingPeopleRegular />,
    chosen: <BuildingPeopleFilled />,
  },
  {
    name: "reports",
    action: "show_reports",
    icon: <DataBarVerticalRegular />,
    chosen: <DataBarVerticalFilled />,
  },
  { name: "wallboard", action: "show_wallboard", icon: <TvRegular />, chosen: <TvFilled /> },
  { name: "planner", action: "show_planner", icon: <DataTrendingRegular />, chosen: <DataTrendingFilled /> },
  { name: "settings", action: "show_settings", icon: <SettingsRegular />, chosen: <SettingsFilled /> },
];

/** The screens of the administration have one place, where their own list begins; past calls belong to the reports. */
function placeOf(name: ScreenName): ScreenName {
  if (name === "past_calls") return "reports";
  return name === "hours" || name === "announcements" || name === "administration" ? "services" : name;
}

export function Rail() {
  const current = useScreen((screen) => placeOf(screen.name));
  const waiting = useDesk((desk) => desk.view?.voicemails ?? 0);
  return (
    <nav className={styles["rail"]} aria-label={words.screens.navigation}>
      {PLACES.map(({ name, action, icon, chosen }) => (
        <button
          key={name}
          type="button"
          className={styles["place"]}
          aria-current={current === name ? "page" : undefined}
          title={`${words.screens[name]} (${KEYMAP[action].join(", ")})`}
          onClick={() => showScreen(name)}
          {...shortcut(action)}
        >
          {current === name ? chosen : icon}
          {words.screens[name]}
          {name === "voicemail" && waiting > 0 && (
            <span className={styles["count"]}>
              {waiting}
              <span className="visually-hidden"> {words.screens.waiting}</span>
            </span>
          )}
        </button>
      ))}
      <button
        type="button"
        className={`${styles["place"]} ${styles["last"]}`}
        title={`${words.help.title} (F1)`}
        onClick={() => useScreen.setState({ help: true })}
        {...shortcut("help")}
      >
        <KeyboardRegular />
        {words.screens.help}
      </button>
    </nav>
  );
}
