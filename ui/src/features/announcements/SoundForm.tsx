//! Makes, changes or renames one sound: a file that is chosen, or a text and a voice. The host decodes and speaks; what it has
//! against it is shown at the field.

import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
  Select,
  Spinner,
  Textarea,
} from "@fluentui/react-components";
import { ArrowUploadRegular } from "@fluentui/react-icons";
import { type SubmitEvent, useEffect, useRef, useState } from "react";
import type { SoundsView, SoundView, VoiceView } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { asBase64 } from "../../shared/base64";
import { soundsWords } from "../../shared/soundsWords";
import styles from "./announcements.module.css";
import { charsOf, type Draft, languageOf, problemsOf, voiceFor, type Wish } from "./draft";

const words = soundsWords.form;

interface Props {
  wish: Wish;
  limits: SoundsView;
  onClose: () => void;
}

export function SoundForm({ wish, limits, onClose }: Props) {
  const { kind, sound } = wish;
  const voices = useVoices(kind === "text");
  const [draft, setDraft] = useState<Draft>({
    name: sound?.name ?? "",
    file: null,
    text: sound?.speech?.text ?? "",
    voice: sound?.speech?.voice ?? "",
  });
  const [tried, setTried] = useState(false);
  const [working, setWorking] = useState(false);
  const [refused, setRefused] = useState<RefusedError | null>(null);
  const voice = voiceFor(draft.voice, voices.list ?? []);
  const problems = problemsOf(kind, { ...draft, voice }, limits);
  const put = (change: Partial<Draft>): void => {
    setRefused(null);
    setDraft({ ...draft, ...change });
  };

  async function save(): Promise<void> {
    setWorking(true);
    try {
      await send(wish, { ...draft, voice });
      onClose();
    } catch (error) {
      setRefused(RefusedError.from(error));
      setWorking(false);
    }
  }

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    setTried(true);
    const first = Object.keys(problems)[0];
    if (first === undefined) void save();
    else document.getElementById(`sound-${first}`)?.focus();
  }

  function wrong(field: keyof Draft) {
    const problem = refused?.field === field ? refused.message : tried ? problems[field] : undefined;
    return problem === undefined ? {} : { validationMessage: problem };
  }

  const isElsewhere = refused !== null && !(refused.field !== null && refused.field in draft);
  return (
    <Dialog open onOpenChange={(_, { open }) => !open && !working && onClose()}>
      <DialogSurface>
        <form onSubmit={submit} noValidate>
          <DialogBody>
            <DialogTitle>{titleOf(kind, sound)}</DialogTitle>
            <DialogContent className={styles["form"] ?? ""}>
              <Field label={words.name} hint={words.nameHint} required {...wrong("name")}>
                <Input
                  id="sound-name"
                  value={draft.name}
                  maxLength={256}
                  onChange={(_, { value }) => put({ name: value })}
                />
              </Field>
              {kind === "file" && (
                <FileField
                  file={draft.file}
                  wrong={wrong("file")}
                  onFile={(file) => put({ file, name: draft.name || nameOf(file) })}
                />
              )}
              {kind === "text" && (
                <>
                  <Field
                    label={words.text}
                    required
                    hint={words.textHint(charsOf(draft.text), limits.text_chars_max)}
                    {...wrong("text")}
                  >
                    <Textarea
                      id="sound-text"
                      rows={5}
                      resize="vertical"
                      value={draft.text}
                      onChange={(_, { value }) => put({ text: value })}
                    />
                  </Field>
                  <Field label={words.voice} required {...wrong("voice")}>
                    <Select
                      id="sound-voice"
                      value={voice}
                      disabled={voices.list === null}
                      onChange={(_, { value }) => put({ voice: value })}
                    >
                      {(voices.list ?? []).map(({ id, name, language }) => (
                        <option key={id} value={id}>
                          {languageOf(language)} · {name}
                        </option>
                      ))}
                      {voices.list === null && <option value="">{words.noVoices}</option>}
                    </Select>
                  </Field>
                  {voices.problem !== null && <p role="alert">{voices.problem}</p>}
                </>
              )}
              {kind !== "name" && <p className="quiet">{words.listenFirst}</p>}
              {isElsewhere && <p role="alert">{refused.message}</p>}
            </DialogContent>
            <DialogActions>
              <Button
                type="submit"
                appearance="primary"
                disabled={working || (kind === "text" && voices.list === null)}
                {...(working && { icon: <Spinner size="tiny" /> })}
              >
                {working ? words.working : buttonOf(kind, sound)}
              </Button>
              <Button disabled={working} onClick={onClose}>
                {soundsWords.cancel}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}

async function send({ kind, sound }: Wish, { name, file, text, voice }: Draft): Promise<void> {
  const replaced = sound?.id ?? null;
  switch (kind) {
    case "name":
      if (replaced !== null) await ask("rename_sound", { sound: replaced, name });
      return;
    case "text":
      await ask("speak_sound", { sound: replaced, name, text, voice });
      return;
    case "file":
      if (file !== null)
        await ask("add_sound", { sound: replaced, name, content_base64: await asBase64(file) });
  }
}

function titleOf(kind: Wish["kind"], sound: SoundView | null): string {
  if (kind === "name") return words.renameTitle(sound?.name ?? "");
  if (sound === null) return kind === "file" ? words.fileTitle : words.textTitle;
  return kind === "file" ? words.fileReplaceTitle(sound.name) : words.textReplaceTitle(sound.name);
}

function buttonOf(kind: Wish["kind"], sound: SoundView | null): string {
  if (kind === "text") return words.speak;
  return kind === "file" && sound === null ? words.add : soundsWords.save;
}

/** `opening-hours.mp3` is called `opening-hours` unless somebody says otherwise. */
function nameOf(file: File): string {
  return file.name.replace(/\.[a-z0-9]{2,4}$/i, "");
}

interface FileProps {
  file: File | null;
  wrong: { validationMessage?: string };
  onFile: (file: File) => void;
}

function FileField({ file, wrong, onFile }: FileProps) {
  const picker = useRef<HTMLInputElement>(null);
  return (
    <Field label={words.file} hint={words.fileHint} required {...wrong}>
      <div className={styles["file"]}>
        <Button id="sound-file" icon={<ArrowUploadRegular />} onClick={() => picker.current?.click()}>
          {words.choose}
        </Button>
        {file !== null && <span className="cut">{words.chosen(file.name, file.size)}</span>}
        <input
          ref={picker}
          className="visually-hidden"
          type="file"
          tabIndex={-1}
          aria-label={words.choose}
          accept=".wav,.mp3,.ogg,.oga,.flac,audio/*"
          onChange={(event) => {
            const chosen = event.target.files?.[0];
            if (chosen) onFile(chosen);
            // The same file again, mended, is a change too.
            event.target.value = "";
          }}
        />
      </div>
    </Field>
  );
}

function useVoices(wanted: boolean): { list: VoiceView[] | null; problem: string | null } {
  const [list, setList] = useState<VoiceView[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    if (!wanted) return;
    let gone = false;
    ask("list_voices", {}).then(
      (voices) => !gone && setList(voices),
      (error: unknown) => !gone && setProblem(RefusedError.from(error).message),
    );
    return () => {
      gone = true;
    };
  }, [wanted]);
  return { list, problem };
}
