//! What is noted about a contact, for everybody at this console: who wrote it and when. What somebody else wrote meanwhile is
//! never overwritten: the host keeps both, and here it is said.

import { Button, Textarea } from "@fluentui/react-components";
import { useState } from "react";
import type { NotePartView, NoteView } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { hostNow } from "../../shared/clock";
import { moment } from "../../shared/format";
import styles from "./contact.module.css";
import { contactWords } from "./contactWords";

const words = contactWords.note;

export function Note({ contact, note }: { contact: string; note: NoteView }) {
  /** The text that is written and the revision it began from; `null` while nothing is. */
  const [draft, setDraft] = useState<{ text: string; revision: number } | null>(null);
  const [saving, setSaving] = useState(false);
  const [said, setSaid] = useState("");
  const parts = note.parts;

  async function save({ text, revision }: { text: string; revision: number }): Promise<void> {
    setSaving(true);
    try {
      const kept = await ask("put_note", { contact, text: text.trim(), revision });
      setDraft(null);
      setSaid(kept.parts.at(-1)?.conflict ? words.kept : words.saved);
    } catch (error) {
      setSaid(RefusedError.from(error).message);
    }
    setSaving(false);
  }

  return (
    <section className={styles["part"]} aria-label={words.title}>
      <h3>{words.title}</h3>
      {draft === null ? (
        <>
          {parts.map((part, index) => (
            <Written key={index} part={part} />
          ))}
          <Button
            size="small"
            className={styles["start"] ?? ""}
            onClick={() => {
              setDraft({ text: note.text, revision: note.revision });
              setSaid("");
            }}
          >
            {parts.length === 0 ? words.write : words.change}
          </Button>
        </>
      ) : (
        <>
          <Textarea
            aria-label={words.label}
            rows={5}
            value={draft.text}
            onChange={(_, { value }) => setDraft({ ...draft, text: value })}
          />
          <p className="quiet">{words.hint}</p>
          <div className={styles["line"]}>
            <Button
              size="small"
              appearance="primary"
              disabledFocusable={saving}
              onClick={() => void save(draft)}
            >
              {saving ? words.saving : words.save}
            </Button>
            <Button size="small" onClick={() => setDraft(null)}>
              {words.cancel}
            </Button>
          </div>
        </>
      )}
      <p role="status">{said}</p>
    </section>
  );
}

function Written({ part: { text, by, at, conflict } }: { part: NotePartView }) {
  return (
    <div className={styles["written"]} data-conflict={conflict || undefined}>
      {text}
      <p className={styles["by"]}>
        {words.by(by, moment(at, hostNow()))}
        {conflict && ` · ${words.conflict}`}
      </p>
    </div>
  );
}
