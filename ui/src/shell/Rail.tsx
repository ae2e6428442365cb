//! The way between the screens, at the left edge as in Teams.

import {
  CallRegular,
  CallFilled,
  ContactCardGroupRegular,
  ContactCardGroupFilled,
  HistoryRegular,
  HistoryFilled,
  KeyboardRegular,
  SettingsRegular,
  SettingsFilled,
} from "@fluentui/react-icons";
import type { ReactElement } from "react";
import { type Action, KEYMAP } from "../shared/keymap";
import { shortcut } from "../shared/marks";
import { showScreen, type ScreenName, useScreen } from "../shared/screen";
import { words } from "../shared/words";
import styles from "./shell.module.css";

interface Place {
  name: Exclude<ScreenName, "setup" | "recovery">;
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
  { name: "settings", action: "show_settings", icon: <SettingsRegular />, chosen: <SettingsFilled /> },
];

export function Rail() {
  const current = useScreen((screen) => screen.name);
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
