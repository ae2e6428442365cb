//! The plain parts of a service's form: general, addresses, times.

import { Button, Checkbox, Field, Input, Select } from "@fluentui/react-components";
import { AddRegular, DismissRegular } from "@fluentui/react-icons";
import { useEffect, useState } from "react";
import { flushSync } from "react-dom";
import type { TreatmentName, UnitView } from "../../platform/bindings";
import { ask } from "../../platform/platform";
import { useDesk } from "../../shared/desk";
import { useMay } from "../../shared/rights";
import { servicesWords } from "../../shared/servicesWords";
import { TIMES } from "./checks";
import { NumberField, useField } from "./fields";
import type { PartProps } from "./ServiceEditor";
import styles from "./services.module.css";

const words = servicesWords.service;

const TREATMENTS = Object.keys(words.treatments) as TreatmentName[];

export function General({ view, form, onChange }: PartProps) {
  const name = useField("name");
  return (
    <div className={styles["fields"]}>
      <Field label={words.name} hint={words.nameHint} {...name.wrong} required>
        <Input
          id={name.id}
          value={form.name}
          autoComplete="off"
          onChange={(_, { value }) => onChange({ name: value })}
        />
      </Field>
      <UnitField unit={form.unit} onChange={(unit) => onChange({ unit })} />
      <NumberField
        name="priority"
        label={words.priority}
        hint={words.priorityHint}
        range={view.ranges.priority}
        value={form.priority}
        onChange={(priority) => onChange({ priority })}
      />
      <TreatmentField
        name="waiting"
        label={words.waiting}
        value={form.waiting}
        onChange={(waiting) => onChange({ waiting })}
      />
    </div>
  );
}

/** Whose it is. The units are told to those who may see them; to others the service is of the unit it is of. */
function UnitField(props: { unit: string | null; onChange: (unit: string | null) => void }) {
  const field = useField("unit");
  const seen = useMay("see-users");
  const revision = useDesk((desk) => desk.users_revision);
  const [units, setUnits] = useState<readonly UnitView[]>([]);
  useEffect(() => {
    if (!seen) return;
    let gone = false;
    ask("get_organisation", {}).then(
      ({ units }) => !gone && setUnits(units),
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [seen, revision]);
  if (units.length === 0) return null;
  return (
    <Field label={words.unit} hint={words.unitHint} {...field.wrong}>
      <Select
        id={field.id}
        value={props.unit ?? ""}
        onChange={(_, { value }) => props.onChange(value === "" ? null : value)}
      >
        <option value="">{words.noUnit}</option>
        {units.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </Select>
    </Field>
  );
}

/** What somebody hears. */
export function TreatmentField(props: {
  name: string;
  label: string;
  hint?: string;
  value: TreatmentName;
  onChange: (value: TreatmentName) => void;
}) {
  const field = useField(props.name);
  return (
    <Field label={props.label} {...(props.hint !== undefined && { hint: props.hint })} {...field.wrong}>
      <Select
        id={field.id}
        value={props.value}
        onChange={(_, { value }) => props.onChange(value as TreatmentName)}
      >
        {TREATMENTS.map((treatment) => (
          <option key={treatment} value={treatment}>
            {words.treatments[treatment]}
          </option>
        ))}
      </Select>
    </Field>
  );
}

export function Addresses({ view, form, onChange }: PartProps) {
  const whole = useField("addresses");
  const otherwise = useField("otherwise");
  const { addresses } = form;
  // Who has it keeps it until another service takes it: the host holds to exactly one.
  const had = view.services.some((service) => service.id === form.id && service.otherwise);

  function add(): void {
    // Drawn at once: whoever types fast has the first digit down before the next frame.
    flushSync(() => onChange({ addresses: [...addresses, ""] }));
    document.getElementById(`${whole.id}.${addresses.length}`)?.focus();
  }

  return (
    <div className={styles["fields"]}>
      <p className="quiet">{words.addressesHint}</p>
      {addresses.length === 0 && !form.otherwise && <p>{words.noAddresses}</p>}
      {addresses.map((address, place) => (
        <Address
          // Addresses have no names but their places, and may be equal while they are typed.
          key={place}
          place={place}
          address={address}
          onChange={(changed) =>
            onChange({ addresses: addresses.map((other, at) => (at === place ? changed : other)) })
          }
          onRemove={() => onChange({ addresses: addresses.filter((_, at) => at !== place) })}
        />
      ))}
      <Button
        id={whole.id}
        className={styles["start"] ?? ""}
        icon={<AddRegular />}
        disabledFocusable={addresses.length >= view.ranges.addresses.max}
        onClick={add}
      >
        {words.addAddress}
      </Button>
      <Field hint={words.otherwiseHint} {...otherwise.wrong}>
        <Checkbox
          id={otherwise.id}
          label={words.otherwise}
          checked={form.otherwise}
          onChange={(_, { checked }) => onChange({ otherwise: had || checked === true })}
        />
      </Field>
    </div>
  );
}

function Address(props: {
  place: number;
  address: string;
  onChange: (address: string) => void;
  onRemove: () => void;
}) {
  const field = useField(`addresses.${props.place}`);
  return (
    <Field label={words.address(props.place + 1)} {...field.wrong}>
      <span className={styles["withButton"]}>
        <Input
          id={field.id}
          aria-label={words.address(props.place + 1)}
          value={props.address}
          autoComplete="off"
          spellCheck={false}
          onChange={(_, { value }) => props.onChange(value)}
        />
        <Button
          appearance="subtle"
          icon={<DismissRegular />}
          aria-label={words.removeAddress(props.address)}
          onClick={props.onRemove}
        />
      </span>
    </Field>
  );
}

export function Times({ view, form, onChange }: PartProps) {
  return (
    <div className={styles["columns"]}>
      {TIMES.map((name) => (
        <NumberField
          key={name}
          name={name}
          label={words.times[name]}
          hint={words.timesHint[name]}
          range={view.ranges[name]}
          scale={1000}
          value={form[name]}
          onChange={(value) => onChange({ [name]: value })}
        />
      ))}
    </div>
  );
}
