//! Where backups go: a folder, S3 or Azure, and in whose law. The host tries the target before it keeps it and says what it
//! found. A secret is held here until it is sent and nowhere after.

import { Button, Field, Input, Radio, RadioGroup, Select, Spinner } from "@fluentui/react-components";
import { type SubmitEvent, useEffect, useId, useState } from "react";
import type { BackupPlanView, JurisdictionView } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { protectionWords } from "../../shared/protectionWords";
import {
  asksLocated,
  credentialsFrom,
  formFrom,
  KINDS,
  planFrom,
  type PlanForm,
  problemsOf,
  type TargetKind,
} from "./backupPlan";
import styles from "./settings.module.css";

const words = protectionWords.form;

export function BackupForm({ plan, onClose }: { plan: BackupPlanView | null; onClose: () => void }) {
  const id = useId();
  const [form, setForm] = useState<PlanForm>(() => formFrom(plan));
  const [tried, setTried] = useState(false);
  const [saving, setSaving] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const countries = useJurisdictions();
  const stored = plan?.target.kind === form.kind;
  const problems = problemsOf(form, stored);

  async function save(next: BackupPlanView | null): Promise<void> {
    setSaving(true);
    setRefused(null);
    try {
      await ask("set_backup", { plan: next, credentials: next === null ? null : credentialsFrom(form) });
      onClose();
    } catch (error) {
      setRefused(RefusedError.from(error).message);
      setSaving(false);
    }
  }

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    setTried(true);
    const first = Object.keys(problems)[0];
    if (first === undefined) void save(planFrom(form));
    else document.getElementById(`${id}-${first}`)?.focus();
  }

  function wrong(name: keyof PlanForm) {
    const problem = tried ? problems[name] : undefined;
    return problem === undefined ? {} : { validationMessage: problem };
  }

  function text(name: keyof PlanForm, label: string, hint?: string, type: "text" | "password" = "text") {
    return (
      <Field label={label} {...(hint !== undefined && { hint })} {...wrong(name)}>
        <Input
          id={`${id}-${name}`}
          type={type}
          autoComplete={type === "password" ? "new-password" : "off"}
          spellCheck={false}
          value={form[name]}
          onChange={(_, data) => setForm({ ...form, [name]: data.value })}
        />
      </Field>
    );
  }

  function country(name: "home" | "recovery" | "located", label: string, none: string) {
    return (
      <Field label={label} {...wrong(name)}>
        <Select
          id={`${id}-${name}`}
          value={form[name]}
          onChange={(_, data) => setForm({ ...form, [name]: data.value })}
        >
          <option value="">{none}</option>
          {countries.map(({ code, name: shown }) => (
            <option key={code} value={code}>
              {shown}
            </option>
          ))}
        </Select>
      </Field>
    );
  }

  const secretHint = stored ? words.secretKept : words.secretHint;
  return (
    <form className={styles["form"]} noValidate onSubmit={submit}>
      <RadioGroup
        aria-label={words.kind}
        layout="horizontal"
        value={form.kind}
        onChange={(_, data) => setForm({ ...form, kind: data.value as TargetKind })}
      >
        {KINDS.map((kind) => (
          <Radio key={kind} value={kind} label={words[kind]} />
        ))}
      </RadioGroup>
      <div className={styles["fields"]}>
        {form.kind === "folder" && text("path", words.path, words.pathHint)}
        {form.kind === "s3" && (
          <>
            {text("bucket", words.bucket)}
            {text("region", words.region, words.regionHintS3)}
            {text("endpoint", words.endpoint, words.endpointHint)}
            {text("prefix", words.prefix, words.prefixHint)}
            {text("key_id", words.keyId)}
            {text("secret", words.secretS3, secretHint, "password")}
          </>
        )}
        {form.kind === "azure" && (
          <>
            {text("account", words.account)}
            {text("container", words.container)}
            {text("region", words.region, words.regionHintAzure)}
            {text("prefix", words.prefix, words.prefixHint)}
            {text("secret", words.secretAzure, secretHint, "password")}
          </>
        )}
      </div>
      <fieldset className={styles["law"]}>
        <legend>{words.law}</legend>
        <div className={styles["fields"]}>
          {country("home", words.home, words.choose)}
          {country("recovery", words.recovery, words.nowhereElse)}
          {asksLocated(form) && country("located", words.located, words.sameCountry)}
        </div>
        <p className="quiet">{words.lawHint}</p>
      </fieldset>
      {refused !== null && (
        <p className={styles["warning"]} role="alert">
          {words.refused} {refused}
        </p>
      )}
      <div className={styles["row"]}>
        <Button appearance="primary" type="submit" disabled={saving}>
          {words.save}
        </Button>
        <Button onClick={onClose}>{words.cancel}</Button>
        {plan !== null && (
          <Button className={styles["last"] ?? ""} appearance="subtle" onClick={() => void save(null)}>
            {words.stop}
          </Button>
        )}
      </div>
      {saving && <Spinner size="tiny" label={words.saving} className={styles["start"] ?? ""} />}
    </form>
  );
}

function useJurisdictions(): readonly JurisdictionView[] {
  const [all, setAll] = useState<readonly JurisdictionView[]>([]);
  useEffect(() => {
    let gone = false;
    ask("get_jurisdictions", {}).then(
      (found) => !gone && setAll(found),
      // The form then offers none and says that one is needed; asking again is opening it again.
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, []);
  return all;
}
