//! The chosen step in plain words: what it does, its fields with unit and range, and where each exit leads. What the
//! validator has against a field stands at the field.

import { Button, Checkbox, Field, Input, Select, SpinButton } from "@fluentui/react-components";
import type { ChoiceForm, StepForm, TransferTargetForm } from "../../platform/bindings";
import { servicesWords } from "../../shared/servicesWords";
import { connect, exitsOf, nodeOf, putStep, rename } from "./graph";
import { exitWords, type Named, titleOf } from "./stepWords";
import type { Editing } from "./WorkflowEditor";
import { InsertMenu } from "./WorkflowPicture";
import styles from "./workflow.module.css";

const words = servicesWords.workflow;
const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

export function StepPanel({ editing, id }: { editing: Editing; id: number }) {
  const { workflow } = editing;
  const node = nodeOf(workflow, id);
  if (node === undefined) return null;
  const exits = exitsOf(node.step);
  const whole = editing.faults.filter((fault) => fault.node === id && fault.field === "");
  return (
    <div className={styles["fields"]}>
      <h3>{titleOf(workflow, id)}</h3>
      <p className="quiet">{words.does[node.step.kind]}</p>
      {whole.map(({ message }) => (
        <p key={message} className={styles["wrong"]}>
          {message}
        </p>
      ))}
      <Fields editing={editing} id={id} step={node.step} />
      <Field label={words.name} hint={words.nameHint} {...wrong(editing, id, "name")}>
        <Input
          value={node.name}
          maxLength={60}
          placeholder={words.kinds[node.step.kind]}
          onChange={(_, { value }) => editing.put(rename(workflow, id, value), `${id} name`)}
        />
      </Field>
      <h4>{words.exitsTitle}</h4>
      {exits.length === 0 && <p className="quiet">{words.noExits}</p>}
      {exits.map(({ name, next }) => (
        <Field key={name} label={exitWords(name)} {...wrong(editing, id, name)}>
          <span className={styles["exit"]}>
            <Select
              aria-label={exitWords(name)}
              value={next ?? ""}
              onChange={(_, { value }) =>
                editing.put(connect(workflow, { node: id, exit: name }, value === "" ? null : Number(value)))
              }
            >
              <option value="">{words.nowhere}</option>
              {workflow.nodes.map((other) => (
                <option key={other.id} value={other.id}>
                  {titleOf(workflow, other.id)}
                </option>
              ))}
            </Select>
            <InsertMenu editing={editing} at={{ node: id, exit: name }}>
              <Button size="small" aria-label={`${words.insertHere}: ${exitWords(name)}`}>
                +
              </Button>
            </InsertMenu>
          </span>
        </Field>
      ))}
      <InsertMenu editing={editing} at={{ before: id }}>
        <Button>{words.before}</Button>
      </InsertMenu>
      <Button disabledFocusable={workflow.nodes.length === 1} onClick={() => editing.remove(id)}>
        {words.remove}
      </Button>
    </div>
  );
}

function Fields({ editing, id, step }: { editing: Editing; id: number; step: StepForm }) {
  const { places, workflow } = editing;
  /** `of`: the field that is typed into. */
  const put = (change: object, of?: string) =>
    editing.put(putStep(workflow, id, { ...step, ...change }), of && `${id} ${of}`);
  /** A fault names a span without its unit. */
  const at = (field: string) => wrong(editing, id, field.replace(/_ms$/, ""));

  const chosen = (
    field: string,
    label: string,
    none: string,
    things: readonly Named[],
    value: string | null,
  ) => (
    <Chosen
      label={label}
      wrong={at(field)}
      things={things}
      id={value}
      none={none}
      onChange={(value) => put({ [field]: value })}
    />
  );
  const text = (field: string, label: string, value: string) => (
    <Field label={label} {...at(field)}>
      <Input value={value} onChange={(_, data) => put({ [field]: data.value }, field)} />
    </Field>
  );
  const amount = (field: string, label: string, value: number, [min, max]: Ends, hint?: string) => {
    const scale = field.endsWith("_ms") ? 1000 : 1;
    return (
      <Amount
        label={scale === 1 ? label : `${label} (${words.seconds})`}
        hint={hint}
        wrong={at(field)}
        value={value / scale}
        min={min}
        max={max}
        onChange={(value) => put({ [field]: value * scale }, field)}
      />
    );
  };
  /** A box that is ticked where there is a limit, and the limit below it. */
  const limit = (
    field: string,
    [box, label, hint]: readonly [string, string, string?],
    value: number | null,
    initial: number,
    ends: Ends,
  ) => (
    <>
      <Checkbox
        label={box}
        checked={value !== null}
        onChange={(_, { checked }) => put({ [field]: checked === true ? initial : null })}
      />
      {value !== null && amount(field, label, value, ends, hint)}
    </>
  );

  switch (step.kind) {
    case "accept":
    case "availability":
    case "disconnect":
      return null;
    case "announce":
      return chosen("sound", words.sound, words.choose, places.sounds, step.sound);
    case "callback":
      return chosen("sound", words.greeting, words.none, places.sounds, step.sound);
    case "hours":
      return chosen("calendar", words.calendar, words.choose, places.calendars, step.calendar);
    case "menu":
      return (
        <>
          {chosen("sound", words.sound, words.choose, places.sounds, step.sound)}
          <Keys wrong={at("choices")} choices={step.choices} onChange={(choices) => put({ choices })} />
          {amount("tries", words.tries, step.tries, [1, 5], words.triesHint)}
          {amount("timeout_ms", words.timeout, step.timeout_ms, [1, 60], words.timeoutHint)}
        </>
      );
    case "save":
      return (
        <>
          {text("parameter", words.parameter, step.parameter)}
          {text("value", words.value, step.value)}
        </>
      );
    case "check":
      return (
        <>
          {text("parameter", words.parameter, step.parameter)}
          {text("equals", words.equals, step.equals)}
        </>
      );
    case "queue":
      return (
        <>
          {limit(
            "limit_ms",
            [words.ownLimit, words.limit, words.limitHint],
            step.limit_ms,
            300_000,
            [5, 3600],
          )}
          <Checkbox
            label={words.leaves}
            checked={step.nobody.kind === "leaves"}
            onChange={(_, { checked }) =>
              put({ nobody: checked === true ? { kind: "leaves", next: null } : { kind: "waits" } })
            }
          />
        </>
      );
    case "position":
      return (
        <>
          {limit("position_max", [words.limitPosition, words.positionMax], step.position_max, 5, [0, 999])}
          {limit("wait_max_ms", [words.limitWait, words.waitMax], step.wait_max_ms, 120_000, [0, 3600])}
        </>
      );
    case "voicemail":
      return (
        <>
          {chosen("sound", words.greeting, words.none, places.sounds, step.sound)}
          {amount("length_max_ms", words.lengthMax, step.length_max_ms, [5, 600], words.lengthHint)}
        </>
      );
    case "transfer":
      return (
        <Target
          target={step.target}
          services={places.services}
          wrong={at("target")}
          onChange={(target, of) => put({ target }, of)}
        />
      );
  }
}

type Ends = readonly [min: number, max: number];

function Keys(props: {
  wrong: Wrong;
  choices: readonly ChoiceForm[];
  onChange: (choices: ChoiceForm[]) => void;
}) {
  const { choices } = props;
  return (
    <Field label={words.keys} hint={words.keysHint} {...props.wrong}>
      <div role="group" aria-label={words.keys} className={styles["keypad"]}>
        {KEYS.map((key) => (
          <Checkbox
            key={key}
            label={key}
            checked={choices.some((choice) => choice.key === key)}
            onChange={(_, { checked }) => {
              const others = choices.filter((choice) => choice.key !== key);
              const all = checked === true ? [...others, { key, next: null }] : others;
              props.onChange(all.sort((a, b) => KEYS.indexOf(a.key) - KEYS.indexOf(b.key)));
            }}
          />
        ))}
      </div>
    </Field>
  );
}

function Target(props: {
  target: TransferTargetForm;
  services: readonly Named[];
  wrong: Wrong;
  onChange: (target: TransferTargetForm, of?: string) => void;
}) {
  const { target, onChange } = props;
  return (
    <>
      <Field label={words.target}>
        <Select
          value={target.kind}
          onChange={(_, { value }) =>
            onChange(
              value === "address" ? { kind: "address", address: "" } : { kind: "service", service: null },
            )
          }
        >
          <option value="service">{words.toService}</option>
          <option value="address">{words.toAddress}</option>
        </Select>
      </Field>
      {target.kind === "service" ? (
        <Chosen
          label={words.service}
          wrong={props.wrong}
          things={props.services}
          id={target.service}
          none={words.choose}
          onChange={(service) => onChange({ kind: "service", service })}
        />
      ) : (
        <Field label={words.address} {...props.wrong}>
          <Input
            value={target.address}
            onChange={(_, { value }) => onChange({ kind: "address", address: value }, "target")}
          />
        </Field>
      )}
    </>
  );
}

type Wrong = { validationMessage?: string };

function wrong(editing: Editing, node: number, field: string): Wrong {
  const fault = editing.faults.find((fault) => fault.node === node && fault.field === field);
  return fault === undefined ? {} : { validationMessage: fault.message };
}

function Chosen(props: {
  label: string;
  wrong: Wrong;
  things: readonly Named[];
  id: string | null;
  none: string;
  onChange: (id: string | null) => void;
}) {
  return (
    <Field label={props.label} {...props.wrong}>
      <Select value={props.id ?? ""} onChange={(_, { value }) => props.onChange(value === "" ? null : value)}>
        <option value="">{props.none}</option>
        {props.things.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </Select>
    </Field>
  );
}

function Amount(props: {
  label: string;
  hint: string | undefined;
  wrong: Wrong;
  value: number;
  min: number;
  max: number;
  onChange: (value: number) => void;
}) {
  return (
    <Field label={props.label} {...(props.hint !== undefined && { hint: props.hint })} {...props.wrong}>
      <SpinButton
        value={props.value}
        min={props.min}
        max={props.max}
        onChange={(_, { value, displayValue }) => {
          const typed = value ?? Number.parseInt(displayValue ?? "", 10);
          if (Number.isFinite(typed))
            props.onChange(Math.min(props.max, Math.max(props.min, Math.round(typed))));
        }}
      />
    </Field>
  );
}
