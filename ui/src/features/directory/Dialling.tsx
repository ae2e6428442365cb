//! How the telephone system of this site is dialled: what gets an outside line, how long extensions are, and the block they are in.
//! The host says what is out of range; what is typed while it is being saved stays to be saved.

import { Button, Checkbox, Field, Input } from "@fluentui/react-components";
import { type SubmitEvent, useState } from "react";
import type { DiallingForm } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { MayNot } from "../../shared/MayNot";
import { useMay } from "../../shared/rights";
import styles from "./directory.module.css";
import { numberWords } from "./numberWords";

const words = numberWords.dialling;

type Typed = {
  [Name in keyof DiallingForm]: DiallingForm[Name] extends number ? string : DiallingForm[Name];
};

function typed(form: DiallingForm): Typed {
  return {
    ...form,
    extension_min: String(form.extension_min),
    extension_max: String(form.extension_max),
  };
}

/** A whole number that the wire carries; what is none is refused by the host with its range. */
function digits(text: string): number {
  const number = Number(text.trim() === "" ? "0" : text);
  return Number.isInteger(number) && number >= 0 && number <= 255 ? number : 0;
}

export function DiallingBlock({ kept }: { kept: DiallingForm }) {
  const allowed = useMay("change-connection");
  const [draft, setDraft] = useState<Typed | null>(null);
  const [refused, setRefused] = useState<RefusedError | null>(null);
  const [saving, setSaving] = useState(false);
  const [saved, setSaved] = useState(false);
  const form = draft ?? typed(kept);
  const change = (difference: Partial<Typed>) => {
    setRefused(null);
    setSaved(false);
    setDraft({ ...form, ...difference });
  };
  const wrong = (field: keyof Typed) =>
    refused?.field === field ? { validationMessage: refused.message } : {};

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (draft === null || saving) return;
    setSaving(true);
    try {
      const { extension_min, extension_max } = draft;
      await ask("set_dialling", {
        form: { ...draft, extension_min: digits(extension_min), extension_max: digits(extension_max) },
      });
      setRefused(null);
      setDraft((now) => (now === draft ? null : now));
      setSaved(true);
    } catch (error) {
      setRefused(RefusedError.from(error));
    } finally {
      setSaving(false);
    }
  }

  const text = (name: "outside" | "extension_min" | "extension_max" | "block") => (
    <Field label={words.labels[name]} hint={words.hints[name]} {...wrong(name)}>
      <Input
        autoComplete="off"
        value={form[name]}
        readOnly={!allowed}
        onChange={(_, { value }) => change({ [name]: value })}
      />
    </Field>
  );
  return (
    <form
      className={styles["block"]}
      aria-label={words.title}
      noValidate
      onSubmit={(event) => void submit(event)}
    >
      <h2>{words.title}</h2>
      <p>{words.text}</p>
      <MayNot action="change-connection" />
      <div className={styles["fields"]}>
        {text("outside")}
        {text("extension_min")}
        {text("extension_max")}
        {text("block")}
      </div>
      <div className={styles["head-line"]}>
        <Field {...wrong("comes_with_outside")}>
          <Checkbox
            label={words.comes}
            checked={form.comes_with_outside}
            disabled={!allowed}
            onChange={(_, { checked }) => change({ comes_with_outside: checked === true })}
          />
        </Field>
        <Button type="submit" disabledFocusable={!allowed || draft === null || saving}>
          {words.save}
        </Button>
      </div>
      <p role="status" className="quiet">
        {saved && draft === null && words.saved}
      </p>
      {refused !== null && refused.field === null && (
        <p role="alert" className={styles["refused"]}>
          {refused.message}
        </p>
      )}
    </form>
  );
}
