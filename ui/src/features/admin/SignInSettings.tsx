//! How people sign in (ID-1): the issuer and what Usher is to it. The host asks the issuer before anything is kept.

import { Button, Field, Radio, RadioGroup, Select, Textarea } from "@fluentui/react-components";
import { type SubmitEvent, useState } from "react";
import type { IssuerName, SignInForm, SignInView } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { CopyButton } from "../../shared/CopyButton";
import { useDesk } from "../../shared/desk";
import { MayNot } from "../../shared/MayNot";
import { useMay } from "../../shared/rights";
import { HistoryButton } from "../../shared/HistoryButton";
import styles from "./admin.module.css";
import { adminWords } from "./adminWords";
import { useAsked } from "../../shared/asking";
import { sayDone } from "./asking";
import { cleaned, freshSignIn, type Problems, signInProblems, tenantsOf } from "./forms";
import { Sure } from "../../shared/Sure";
import { Answer, TextField } from "./parts";

const words = adminWords.signIn;
const kept = () => ask("get_sign_in", {});

export function SignInSettings() {
  const revision = useDesk((desk) => desk.users_revision);
  const asked = useAsked(kept, revision);
  return (
    <div className={styles["scroll"]}>
      <p className="quiet">{words.text}</p>
      <MayNot action="change-sign-in" />
      <Answer asked={asked}>
        {(found) => <Form key={JSON.stringify(found.form)} view={found} onKept={asked.again} />}
      </Answer>
    </div>
  );
}

function Form({ view, onKept }: { view: SignInView; onKept: () => Promise<void> }) {
  const allowed = useMay("change-sign-in");
  const [form, setForm] = useState<SignInForm>(view.form ?? freshSignIn());
  const [tenants, setTenants] = useState(form.tenants.join("\n"));
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<RefusedError | null>(null);
  const own = signInProblems(form);
  const problems: Problems = {
    ...(tried ? own : {}),
    ...(refused?.field != null && { [refused.field]: refused.message }),
  };
  const entra = form.issuer !== "other";
  const change = (part: Partial<SignInForm>) => setForm({ ...form, ...part });

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    setTried(true);
    if (!allowed || busy || Object.keys(own).length > 0) return;
    setBusy(true);
    setRefused(null);
    ask("put_sign_in", { form: cleaned(form) })
      .then(
        () => {
          sayDone(words.kept);
          return onKept();
        },
        (error: unknown) => setRefused(RefusedError.from(error)),
      )
      .finally(() => setBusy(false));
  }

  return (
    <form className={styles["card"]} onSubmit={submit} aria-labelledby="sign-in-form">
      <header className={styles["cardHead"]}>
        <h2 id="sign-in-form">{view.form === null ? words.off : words.on}</h2>
        <HistoryButton subject="sign_in" object={null} name={adminWords.areas.sign_in} />
      </header>
      <fieldset className={styles["bare"]} disabled={!allowed}>
        <Field label={words.issuer}>
          <Select
            value={form.issuer}
            onChange={(_, { value }) =>
              change({ issuer: value as IssuerName, tenant: value === "other" ? null : (form.tenant ?? "") })
            }
          >
            {(Object.keys(words.issuers) as IssuerName[]).map((name) => (
              <option key={name} value={name}>
                {words.issuers[name]}
              </option>
            ))}
          </Select>
        </Field>
        {entra && (
          <Field label={words.whose}>
            <RadioGroup
              layout="horizontal"
              value={form.tenant === null ? "many" : "one"}
              onChange={(_, { value }) => change({ tenant: value === "many" ? null : "" })}
            >
              <Radio value="one" label={words.one} />
              <Radio value="many" label={words.many} />
            </RadioGroup>
          </Field>
        )}
        {entra && form.tenant !== null && (
          <TextField
            name="tenant"
            label={words.tenant}
            hint={words.tenantHint}
            required
            value={form.tenant}
            problems={problems}
            onChange={(tenant) => change({ tenant })}
          />
        )}
        {entra && form.tenant === null && (
          <Field
            label={words.tenants}
            hint={words.tenantsHint}
            required
            {...(problems["tenants"] !== undefined && {
              validationMessage: problems["tenants"],
              validationState: "error" as const,
            })}
          >
            <Textarea
              rows={3}
              spellCheck={false}
              value={tenants}
              onChange={(_, { value }) => {
                setTenants(value);
                change({ tenants: tenantsOf(value) });
              }}
            />
          </Field>
        )}
        {!entra && (
          <TextField
            name="url"
            label={words.url}
            hint={words.urlHint}
            required
            value={form.url ?? ""}
            problems={problems}
            onChange={(url) => change({ url })}
          />
        )}
        <TextField
          name="client_id"
          label={words.clientId}
          hint={words.clientIdHint}
          required
          value={form.client_id}
          problems={problems}
          onChange={(client_id) => change({ client_id })}
        />
        <div className={styles["redirect"]}>
          <span>{words.redirect}</span>
          <code>{view.redirect}</code>
          <CopyButton text={view.redirect} label={words.copyRedirect} />
        </div>
        <TextField
          name="step_up"
          label={words.stepUp}
          hint={words.stepUpHint}
          value={form.step_up ?? ""}
          problems={problems}
          onChange={(value) => change({ step_up: value.trim() === "" ? null : value.trim() })}
        />
      </fieldset>
      <p>{words.check}</p>
      <p>{view.form === null ? words.consequence : words.consequenceChanged}</p>
      {refused !== null && refused.field === null && (
        <p role="alert" className={styles["warning"]}>
          {refused.message} <span className={styles["small"]}>{refused.code}</span>
        </p>
      )}
      <div className={styles["row"]}>
        <Button type="submit" appearance="primary" disabledFocusable={!allowed || busy}>
          {busy ? words.saving : words.save}
        </Button>
        {view.form !== null && allowed && (
          <Sure
            trigger={<Button className={styles["last"] ?? ""}>{words.remove}</Button>}
            title={words.removeTitle}
            yes={words.removeYes}
            onYes={() => ask("put_sign_in", { form: null })}
            onDone={() => void onKept()}
          >
            <p>{words.removeText}</p>
          </Sure>
        )}
      </div>
    </form>
  );
}
