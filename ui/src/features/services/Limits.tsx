//! The limits of the whole switchboard, as one form.

import { Button, Field, Select } from "@fluentui/react-components";
import { type KeyboardEvent, type SubmitEvent, useId, useMemo, useState } from "react";
import type { LimitsForm, RangesView, ServicesView } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { MayNot } from "../../shared/MayNot";
import { useMay } from "../../shared/rights";
import { servicesWords } from "../../shared/servicesWords";
import { LIMIT_SPANS, limitsProblems } from "./checks";
import { dropDraft, keptDraft, putDraft, useDrafts } from "./drafts";
import { FormContext, NumberField, useField } from "./fields";
import { TreatmentField } from "./sections";
import styles from "./services.module.css";
import type { Administering } from "./Services";

const words = servicesWords.limits;

type NumberName = Exclude<keyof LimitsForm, "on_hold" | "park_fallback">;

const GROUPS: Record<keyof typeof words.groups, readonly NumberName[]> = {
  park: ["hold_alert_ms", "held_max", "park_slots", "park_time_ms", "park_alert_ms", "recall_time_ms"],
  transfer: ["target_ring_ms", "hand_over_ms"],
  queue: ["decline_pause_ms", "priority_wait_max_ms", "callback_time_max_ms", "acw_extension_ms"],
  size: ["calls_max"],
};

const isSpan = (name: NumberName): boolean => (LIMIT_SPANS as readonly string[]).includes(name);

export function Limits({ view, again }: Administering) {
  const draft = useDrafts(({ draft }) => (draft?.of === "limits" ? draft.form : null));
  const form = draft ?? view.limits;
  const id = useId();
  const allowed = useMay("change-skills");
  const [saving, setSaving] = useState(false);
  const [refused, setRefused] = useState<RefusedError | null>(null);
  const own = useMemo(() => limitsProblems(form, view.ranges), [form, view.ranges]);
  const problems = useMemo(
    () => (refused?.field == null ? own : { ...own, [refused.field]: refused.message }),
    [own, refused],
  );
  const context = useMemo(() => ({ problems, id }), [problems, id]);
  const changed = draft !== null;

  function change(difference: Partial<LimitsForm>): void {
    setRefused(null);
    putDraft({ of: "limits", form: { ...form, ...difference } });
  }

  async function save(): Promise<void> {
    const first = Object.keys(own)[0];
    if (first !== undefined) {
      document.getElementById(`${id}-${first}`)?.focus();
      return;
    }
    setSaving(true);
    try {
      await ask("put_limits", { limits: form });
      await again();
      keptDraft(form);
    } catch (error) {
      setRefused(RefusedError.from(error));
    } finally {
      setSaving(false);
    }
  }

  function keys(event: KeyboardEvent): void {
    if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (changed && allowed && !saving) void save();
  }

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    if (changed && allowed && !saving) void save();
  }

  return (
    // The keys come up from the fields within.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <form
      className={styles["editor"]}
      aria-label={servicesWords.areas.limits}
      noValidate
      onSubmit={submit}
      onKeyDown={keys}
    >
      <MayNot action="change-skills" />
      <FormContext value={context}>
        <div className={styles["part"]}>
          <div className={styles["groups"]}>
            {(Object.keys(GROUPS) as (keyof typeof GROUPS)[]).map((group) => (
              <fieldset key={group} className={styles["group"]}>
                <legend>{words.groups[group]}</legend>
                {GROUPS[group].map((name) => (
                  <Amount key={name} name={name} form={form} ranges={view.ranges} onChange={change} />
                ))}
                {group === "park" && (
                  <>
                    <FallbackField view={view} form={form} onChange={change} />
                    <TreatmentField
                      name="on_hold"
                      label={words.labels.on_hold}
                      hint={words.hints.on_hold}
                      value={form.on_hold}
                      onChange={(on_hold) => change({ on_hold })}
                    />
                  </>
                )}
              </fieldset>
            ))}
          </div>
        </div>
      </FormContext>
      <footer className={styles["foot"]}>
        {refused !== null && (
          <p role="alert" className={styles["warning"]}>
            {servicesWords.checks.refused} {refused.message}
          </p>
        )}
        <Button
          type="submit"
          appearance="primary"
          disabledFocusable={!changed || !allowed || saving}
          title={servicesWords.service.saveKey}
          aria-keyshortcuts="Control+S"
        >
          {servicesWords.service.save}
        </Button>
        <Button disabledFocusable={!changed || saving} onClick={() => changed && dropDraft()}>
          {servicesWords.service.discard}
        </Button>
        <span role="status" className="quiet">
          {changed ? servicesWords.service.unsaved : servicesWords.service.saved}
        </span>
      </footer>
    </form>
  );
}

function FallbackField(props: {
  view: ServicesView;
  form: LimitsForm;
  onChange: (change: Partial<LimitsForm>) => void;
}) {
  const field = useField("park_fallback");
  return (
    <Field label={words.labels.park_fallback} hint={words.hints.park_fallback} {...field.wrong}>
      <Select
        id={field.id}
        value={props.form.park_fallback ?? ""}
        onChange={(_, { value }) => props.onChange({ park_fallback: value === "" ? null : value })}
      >
        <option value="">{words.ownService}</option>
        {props.view.services.map(({ id, name }) => (
          <option key={id} value={id ?? ""}>
            {name}
          </option>
        ))}
      </Select>
    </Field>
  );
}

function Amount(props: {
  name: NumberName;
  form: LimitsForm;
  ranges: RangesView;
  onChange: (change: Partial<LimitsForm>) => void;
}) {
  const { name } = props;
  return (
    <NumberField
      name={name}
      label={words.labels[name]}
      hint={words.hints[name]}
      range={props.ranges[name]}
      scale={isSpan(name) ? 1000 : 1}
      value={props.form[name]}
      onChange={(value) => props.onChange({ [name]: value })}
    />
  );
}
