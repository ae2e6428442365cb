//! A source of contacts as an administrator enters it. The host has the last word on every field and then reads the source. A
//! password is held here until it is sent and nowhere after.

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
  Textarea,
} from "@fluentui/react-components";
import { type SubmitEvent, useId, useState } from "react";
import type { LdapForm, LdapSecurityName, SourceForm, SourceKindName } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import styles from "./directory.module.css";
import { ENTERED, ofKind, type Problems, secured, sourceProblems } from "./sources";
import { sourceWords } from "./sourceWords";

const words = sourceWords.form;

interface Props {
  begun: SourceForm;
  onClose: () => void;
  onKept: () => void;
}

export function SourceDialog({ begun, onClose, onKept }: Props) {
  const [form, setForm] = useState(begun);
  const [tried, setTried] = useState(false);
  const [saving, setSaving] = useState(false);
  const [refused, setRefused] = useState<RefusedError | null>(null);
  const id = useId();
  const own = sourceProblems(form);
  const problems: Problems = {
    ...(tried ? own : {}),
    ...(refused?.field != null && { [refused.field]: refused.message }),
  };

  function change(part: Partial<SourceForm>): void {
    setForm({ ...form, ...part });
    setRefused(null);
  }

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    setTried(true);
    const first = Object.keys(own)[0];
    if (first !== undefined) document.getElementById(`${id}${first}`)?.focus();
    if (first !== undefined || saving) return;
    setSaving(true);
    setRefused(null);
    ask("put_source", { source: form })
      .then(onKept, (error: unknown) => {
        const refusal = RefusedError.from(error);
        setRefused(refusal);
        document.getElementById(`${id}${refusal.field ?? ""}`)?.focus();
      })
      .finally(() => setSaving(false));
  }

  return (
    <Dialog open onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface>
        <form noValidate onSubmit={submit}>
          <DialogBody>
            <DialogTitle>{begun.id === null ? words.add : words.change(begun.name)}</DialogTitle>
            <DialogContent className={styles["source-form"] ?? ""}>
              <div className={styles["fields"]}>
                <Field label={words.kind}>
                  <Select
                    value={form.kind}
                    disabled={begun.id !== null}
                    onChange={(_, { value }) => change(ofKind(form, value as SourceKindName))}
                  >
                    {ENTERED.map((kind) => (
                      <option key={kind} value={kind}>
                        {sourceWords.kinds[kind]}
                      </option>
                    ))}
                  </Select>
                </Field>
                <Text
                  id={id}
                  name="name"
                  label={words.name}
                  hint={words.nameHint}
                  required
                  value={form.name}
                  problems={problems}
                  onChange={(name) => change({ name })}
                />
              </div>
              {form.mailbox !== null && (
                <Text
                  id={id}
                  name="mailbox"
                  label={words.mailbox}
                  hint={words.mailboxHint}
                  required
                  value={form.mailbox}
                  problems={problems}
                  onChange={(mailbox) => change({ mailbox })}
                />
              )}
              {form.ldap === null ? (
                <p className="quiet">{words.consent}</p>
              ) : (
                <LdapFields
                  id={id}
                  isKept={begun.id !== null}
                  form={form.ldap}
                  problems={problems}
                  onChange={(ldap) => change({ ldap })}
                />
              )}
              {refused !== null && refused.field === null && (
                <p role="alert" className={styles["refused"]}>
                  {refused.message}
                </p>
              )}
            </DialogContent>
            <DialogActions>
              <Button onClick={onClose}>{words.cancel}</Button>
              <Button appearance="primary" type="submit" disabledFocusable={saving}>
                {saving ? words.saving : words.save}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}

interface LdapProps {
  id: string;
  isKept: boolean;
  form: LdapForm;
  problems: Problems;
  onChange: (form: LdapForm) => void;
}

function LdapFields({ id, isKept, form, problems, onChange }: LdapProps) {
  const change = (part: Partial<LdapForm>) => onChange({ ...form, ...part });
  const text = (
    name: "host" | "bind_dn" | "password" | "base_dn" | "filter",
    label: string,
    hint: string,
    more: { required?: boolean; type?: "password" } = {},
  ) => (
    <Text
      id={id}
      name={`ldap.${name}`}
      label={label}
      hint={hint}
      value={form[name]}
      problems={problems}
      onChange={(value) => change({ [name]: value })}
      {...more}
    />
  );
  // Where something is wrong among the attributes they lie open.
  const wrongBelow = Object.keys(problems).some((name) => name.startsWith("ldap.attributes."));
  return (
    <>
      <div className={styles["fields"]}>
        {text("host", words.host, words.hostHint, { required: true })}
        <Text
          id={id}
          name="ldap.port"
          label={words.port}
          value={Number.isNaN(form.port) ? "" : String(form.port)}
          problems={problems}
          onChange={(value) => change({ port: Number.parseInt(value, 10) })}
        />
        <Field label={words.security}>
          <Select
            value={form.security}
            onChange={(_, { value }) => onChange(secured(form, value as LdapSecurityName))}
          >
            {(Object.keys(words.securities) as LdapSecurityName[]).map((name) => (
              <option key={name} value={name}>
                {words.securities[name]}
              </option>
            ))}
          </Select>
        </Field>
        {text("base_dn", words.base, words.baseHint)}
        {text("filter", words.filter, words.filterHint, { required: true })}
        {text("bind_dn", words.bind, words.bindHint)}
        {text("password", words.password, isKept ? words.passwordKept : words.passwordHint, {
          type: "password",
        })}
      </div>
      {form.security === "none" && <p className={styles["careful"]}>{words.plain}</p>}
      <details open={wrongBelow || undefined}>
        <summary>{words.attributes}</summary>
        <p className="quiet">{words.attributesHint}</p>
        <div className={styles["attributes"]}>
          {(Object.keys(words.names) as (keyof typeof words.names)[]).map((name) => (
            <Text
              key={name}
              id={id}
              name={`ldap.attributes.${name}`}
              label={words.names[name]}
              value={form.attributes[name]}
              problems={problems}
              onChange={(value) => change({ attributes: { ...form.attributes, [name]: value } })}
            />
          ))}
        </div>
      </details>
      <details open={problems["ldap.authority"] !== undefined || undefined}>
        <summary>{words.authority}</summary>
        <Field
          label={words.authority}
          hint={words.authorityHint}
          {...(problems["ldap.authority"] !== undefined && { validationMessage: problems["ldap.authority"] })}
        >
          <Textarea
            id={`${id}ldap.authority`}
            rows={4}
            spellCheck={false}
            value={form.authority}
            onChange={(_, { value }) => change({ authority: value })}
          />
        </Field>
      </details>
    </>
  );
}

interface TextProps {
  id: string;
  /** As the host names the field. */
  name: string;
  label: string;
  hint?: string;
  value: string;
  problems: Problems;
  required?: boolean;
  type?: "password";
  onChange: (value: string) => void;
}

function Text({ id, name, label, hint, value, problems, required, type, onChange }: TextProps) {
  const problem = problems[name];
  return (
    <Field
      label={label}
      required={required ?? false}
      {...(hint !== undefined && { hint })}
      {...(problem !== undefined && { validationMessage: problem })}
    >
      <Input
        id={`${id}${name}`}
        type={type ?? "text"}
        autoComplete={type === undefined ? "off" : "new-password"}
        spellCheck={false}
        value={value}
        onChange={(_, data) => onChange(data.value)}
      />
    </Field>
  );
}
