//! What callers hear in a workflow (ROUTE-3): the sounds there are, each to be listened to, and the ways to make, change and
//! remove one.

import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  Spinner,
} from "@fluentui/react-components";
import { AddRegular, MoreHorizontalRegular, PersonVoiceRegular } from "@fluentui/react-icons";
import { useEffect, useState } from "react";
import type { SoundsView, SoundView } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { AudioPlayer } from "../../shared/AudioPlayer";
import { act, useDesk } from "../../shared/desk";
import { soundsWords as words } from "../../shared/soundsWords";
import styles from "./announcements.module.css";
import { languageOf, type Wish } from "./draft";
import { SoundForm } from "./SoundForm";

export default function Announcements() {
  const { view, problem, again } = useSounds();
  const [wish, setWish] = useState<Wish | null>(null);
  const [removed, setRemoved] = useState<SoundView | null>(null);
  const full = view !== null && view.sounds.length >= view.sounds_max;
  return (
    <section className={styles["announcements"]} aria-labelledby="announcements-title">
      <header className={styles["head"]}>
        <h1 id="announcements-title">{words.title}</h1>
        {view !== null && view.sounds.length > 0 && (
          <span className="quiet">{words.held(view.sounds.length, view.sounds_max)}</span>
        )}
      </header>
      <p className={styles["intro"]}>{words.intro}</p>
      <div className={styles["ways"]}>
        <Button
          appearance="primary"
          icon={<AddRegular />}
          disabled={full}
          onClick={() => setWish({ kind: "file", sound: null })}
        >
          {words.addFile}
        </Button>
        <Button
          icon={<PersonVoiceRegular />}
          disabled={full}
          onClick={() => setWish({ kind: "text", sound: null })}
        >
          {words.addText}
        </Button>
      </div>
      {problem !== null && (
        <p role="alert">
          {words.failed(problem)} <Button onClick={again}>{words.retry}</Button>
        </p>
      )}
      {view === null && problem === null && <Spinner />}
      {view !== null && view.sounds.length === 0 && <p className={styles["empty"]}>{words.empty}</p>}
      {view !== null && view.sounds.length > 0 && (
        <ul className={styles["list"]} aria-label={words.list}>
          {view.sounds.map((sound) => (
            <Sound key={`${sound.id}-${sound.added}`} sound={sound} onWish={setWish} onRemove={setRemoved} />
          ))}
        </ul>
      )}
      {wish !== null && view !== null && (
        <SoundForm wish={wish} limits={view} onClose={() => setWish(null)} />
      )}
      {removed !== null && <Removal sound={removed} onClose={() => setRemoved(null)} />}
    </section>
  );
}

function useSounds(): { view: SoundsView | null; problem: string | null; again: () => void } {
  const revision = useDesk((desk) => desk.sounds_revision + desk.services_revision);
  const [tries, setTries] = useState(0);
  const [view, setView] = useState<SoundsView | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    let gone = false;
    ask("list_sounds", {}).then(
      (sounds) => {
        if (gone) return;
        setView(sounds);
        setProblem(null);
      },
      (error: unknown) => !gone && setProblem(RefusedError.from(error).message),
    );
    return () => {
      gone = true;
    };
  }, [revision, tries]);
  return { view, problem, again: () => setTries((n) => n + 1) };
}

interface RowProps {
  sound: SoundView;
  onWish: (wish: Wish) => void;
  onRemove: (sound: SoundView) => void;
}

function Sound({ sound, onWish, onRemove }: RowProps) {
  const { name, speech, used_by } = sound;
  const inUse = used_by.length > 0;
  return (
    <li className={styles["sound"]}>
      <div className={styles["about"]}>
        <h2 className="cut">{name}</h2>
        <p className="quiet">
          {speech === null ? words.file : words.spoken(languageOf(speech.language))}
          {" · "}
          {inUse ? words.usedBy(used_by) : words.unused}
        </p>
        {speech !== null && (
          <p className={styles["text"]} title={speech.text}>
            “{speech.text}”
          </p>
        )}
      </div>
      <AudioPlayer
        label={name}
        length_ms={sound.length_ms}
        fetch={async () => (await ask("get_sound", { sound: sound.id })).wav_base64}
      />
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <Button appearance="subtle" icon={<MoreHorizontalRegular />} aria-label={words.more(name)} />
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            <MenuItem onClick={() => onWish({ kind: "name", sound })}>{words.rename}</MenuItem>
            <MenuItem onClick={() => onWish({ kind: "text", sound })}>
              {speech === null ? words.replaceByText : words.replaceText}
            </MenuItem>
            <MenuItem onClick={() => onWish({ kind: "file", sound })}>{words.replaceFile}</MenuItem>
            <MenuItem
              disabled={inUse}
              {...(inUse && { secondaryContent: words.inUse(used_by) })}
              onClick={() => onRemove(sound)}
            >
              {words.remove}
            </MenuItem>
          </MenuList>
        </MenuPopover>
      </Menu>
    </li>
  );
}

function Removal({ sound, onClose }: { sound: SoundView; onClose: () => void }) {
  async function remove(): Promise<void> {
    await act("remove_sound", { sound: sound.id });
    onClose();
  }
  return (
    <Dialog open modalType="alert" onOpenChange={(_, { open }) => !open && onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{words.removeTitle(sound.name)}</DialogTitle>
          <DialogContent>{words.removeText}</DialogContent>
          <DialogActions>
            <Button appearance="primary" onClick={() => void remove()}>
              {words.removeYes}
            </Button>
            <Button onClick={onClose}>{words.cancel}</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
