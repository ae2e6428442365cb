//! The SIP account: what the administrator gave, field by field, with what to ask for beside it. The password is held here
//! until it is sent and nowhere after.

import { Button, Field, Input, Radio, RadioGroup } from "@fluentui/react-components";
import { type SubmitEvent, useState } from "react";
import type { SetupView, SipAccountForm, SipTransport } from "../../platform/bindings";
import { CopyButton } from "../../shared/CopyButton";
import { act } from "../../shared/desk";
import { words } from "../../shared/words";
import { formFrom, problemsOf, trimmed } from "./account";
import styles from "./setup.module.css";

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
          <h1>{words.setup.sipTitle}</h1>
          {setup?.keychain_problem && (
            <p className={styles["warning"]} role="alert">
              {words.setup.keychain(setup.keychain_problem)}
            </p>
          )}
          <div className={styles["fields"]}>
            {text("registrar", words.setup.registrar, words.setup.registrarHint)}
            <Field label={words.setup.transport}>
              <RadioGroup
                layout="horizontal"
                value={form.transport}
                onChange={(_, data) => setForm({ ...form, transport: data.value as SipTransport })}
              >
                <Radio value="udp" label={words.setup.udp} />
                <Radio value="tcp" label={words.setup.tcp} />
              </RadioGroup>
            </Field>
            {text("user", words.setup.user, words.setup.userHint)}
            {text(
              "password",
              words.setup.password,
              stored === null ? words.setup.passwordHint : words.setup.passwordKept,
              "password",
            )}
            {text("auth_user", words.setup.auth, words.setup.authHint)}
            {text("domain", words.setup.domain, words.setup.domainHint)}
            {text("display_name", words.setup.displayName, words.setup.displayNameHint)}
          </div>
          <p className="quiet">{words.setup.plain}</p>
          <div className={styles["actions"]}>
            <Button appearance="primary" size="large" type="submit" disabled={sending}>
              {words.setup.connect}
            </Button>
            <Button size="large" onClick={onBack}>
              {words.setup.back}
            </Button>
          </div>
        </form>
        <aside className={styles["ask"]} aria-labelledby="ask-title">
          <h2 id="ask-title">{words.setup.askTitle}</h2>
          <ul>
            {words.setup.ask.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
          <CopyButton text={words.setup.ask.map((line) => `- ${line}`).join("\n")} label={words.setup.copy} />
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
