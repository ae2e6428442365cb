//! The SIP account: what the administrator gave, field by field, with what to ask for beside it. The password is held here
//! until it is sent and nowhere after.

import { Button, Field, Input, Radio, RadioGroup } from "@fluentui/react-components";
import { type SubmitEvent, useState } from "react";
import type { SetupView, SipAccountForm, SipTransport } from "../../platform/bindings";
import { CopyButton } from "../../shared/CopyButton";
import { act } from "../../shared/desk";
import { formFrom, problemsOf, trimmed } from "./account";
import styles from "./setup.module.css";
import { setupWords } from "./setupWords";

interface Props {
  setup: SetupView | null;
  onBack: () => void;
  onSent: () => void;
}

export function SipForm(props: Props) {
  // The stored account arrives a moment later; the form then begins with it.
  return <AccountForm key={props.setup === null ? "asking" : "known"} {...props} />;
}

function AccountForm({ setup, onBack, onSent }: Props) {
  const stored = setup?.sip ?? null;
  const [form, setForm] = useState<SipAccountForm>(() => formFrom(stored));
  const [tried, setTried] = useState(false);
  const [sending, setSending] = useState(false);
  const problems = problemsOf(form, stored !== null);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    setTried(true);
    if (Object.keys(problems).length > 0) {
      focusFirstProblem(problems);
      return;
    }
    setSending(true);
    const sent = await act("connect_sip", { account: trimmed(form) });
    setSending(false);
    if (!sent) return;
    setForm({ ...form, password: "" });
    onSent();
  }

  function text(
    name: Exclude<keyof SipAccountForm, "transport">,
    label: string,
    hint: string,
    type?: "password",
  ) {
    const problem = tried ? problems[name] : undefined;
    return (
      <Field
        label={label}
        hint={hint}
        required={name in REQUIRED}
        {...(problem && { validationMessage: problem })}
      >
        <Input
          id={`sip-${name}`}
          type={type ?? "text"}
          autoComplete={type ? "new-password" : "off"}
          spellCheck={false}
          value={form[name]}
          onChange={(_, data) => setForm({ ...form, [name]: data.value })}
        />
      </Field>
    );
  }

  return (
    <div className={styles["scroll"]}>
      <div className={styles["connect"]}>
        <form className={styles["form"]} noValidate onSubmit={(event) => void submit(event)}>
          <h1>{setupWords.sipTitle}</h1>
          {setup?.keychain_problem && (
            <p className={styles["warning"]} role="alert">
              {setupWords.keychain(setup.keychain_problem)}
            </p>
          )}
          <div className={styles["fields"]}>
            {text("registrar", setupWords.registrar, setupWords.registrarHint)}
            <Field label={setupWords.transport}>
              <RadioGroup
                layout="horizontal"
                value={form.transport}
                onChange={(_, data) => setForm({ ...form, transport: data.value as SipTransport })}
              >
                <Radio value="udp" label={setupWords.udp} />
                <Radio value="tcp" label={setupWords.tcp} />
              </RadioGroup>
            </Field>
            {text("user", setupWords.user, setupWords.userHint)}
            {text(
              "password",
              setupWords.password,
              stored === null ? setupWords.passwordHint : setupWords.passwordKept,
              "password",
            )}
            {text("auth_user", setupWords.auth, setupWords.authHint)}
            {text("domain", setupWords.domain, setupWords.domainHint)}
            {text("display_name", setupWords.displayName, setupWords.displayNameHint)}
          </div>
          <p className="quiet">{setupWords.plain}</p>
          <div className={styles["actions"]}>
            <Button appearance="primary" size="large" type="submit" disabled={sending}>
              {setupWords.connect}
            </Button>
            <Button size="large" onClick={onBack}>
              {setupWords.back}
            </Button>
          </div>
        </form>
        <aside className={styles["ask"]} aria-labelledby="ask-title">
          <h2 id="ask-title">{setupWords.askTitle}</h2>
          <ul>
            {setupWords.ask.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
          <CopyButton text={setupWords.ask.map((line) => `- ${line}`).join("\n")} label={setupWords.copy} />
        </aside>
      </div>
    </div>
  );
}

const REQUIRED = { registrar: true, user: true, password: true };

function focusFirstProblem(problems: Partial<Record<string, string>>): void {
  const first = ["registrar", "user", "password", "auth_user", "domain"].find((name) => problems[name]);
  document.getElementById(`sip-${first ?? ""}`)?.focus();
}
