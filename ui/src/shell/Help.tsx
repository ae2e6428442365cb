//! The cheat sheet: every key, from the table that the listener itself reads.

import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
} from "@fluentui/react-components";
import { type Action, KEYMAP } from "../shared/keymap";
import { useScreen } from "../shared/screen";
import { words } from "../shared/words";
import { helpWords } from "./helpWords";
import styles from "./shell.module.css";

const GROUPS: Readonly<Record<keyof typeof helpWords.groups, readonly Action[]>> = {
  calls: ["answer", "decline", "hang_up", "hold", "park", "unpark", "mute", "keypad"],
  people: [
    "search",
    "open_card",
    "favourite",
    "transfer",
    "consult",
    "swap",
    "conference",
    "back_to_caller",
    "target_1",
    "target_2",
    "target_3",
  ],
  me: ["ready", "duty"],
  screens: [
    "show_console",
    "show_history",
    "show_directory",
    "show_voicemail",
    "show_services",
    "show_hours",
    "show_reports",
    "show_wallboard",
    "show_planner",
    "show_settings",
    "next_region",
    "back",
    "help",
  ],
};

const close = (): void => useScreen.setState({ help: false });

export default function Help() {
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && close()}>
      <DialogSurface className={styles["help"]}>
        <DialogBody>
          <DialogTitle>{words.help.title}</DialogTitle>
          {/* It scrolls, so the keyboard must be able to reach it. */}
          <DialogContent tabIndex={0} role="region" aria-label={words.help.title}>
            <p>{words.help.rule}</p>
            <div className={styles["sheets"]}>
              {(Object.keys(GROUPS) as (keyof typeof GROUPS)[]).map((group) => (
                <section key={group}>
                  <h3>{helpWords.groups[group]}</h3>
                  <dl>
                    {GROUPS[group].map((action) => (
                      <KeyLine key={action} chords={KEYMAP[action]} text={words.actions[action]} />
                    ))}
                  </dl>
                </section>
              ))}
              <section>
                <h3>{helpWords.searchKeys}</h3>
                <dl>
                  {helpWords.searchRows.map(([chord, text]) => (
                    <KeyLine key={chord} chords={[chord]} text={text} />
                  ))}
                </dl>
              </section>
              <section>
                <h3>{helpWords.lists}</h3>
                <dl>
                  {helpWords.listRows.map(([chord, text]) => (
                    <KeyLine key={chord} chords={[chord]} text={text} />
                  ))}
                </dl>
              </section>
            </div>
          </DialogContent>
          <DialogActions>
            <Button appearance="primary" onClick={close}>
              {words.help.close}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function KeyLine({ chords, text }: { chords: readonly string[]; text: string }) {
  return (
    <div className={styles["key-line"]}>
      <dt>
        {chords.map((chord) => (
          <kbd key={chord}>{chord.replace("+", " ")}</kbd>
        ))}
      </dt>
      <dd>{text}</dd>
    </div>
  );
}
