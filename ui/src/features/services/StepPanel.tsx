//! The chosen step in plain words: what it does, its fields with unit and range, and where each exit leads. What the
//! validator has against a field stands at the field.

import { Button, Checkbox, Field, Input, Select, SpinButton } from "@fluentui/react-components";
import type { ReactNode } from "react";
import type { StepForm } from "../../platform/bindings";
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
  const put = (changed: StepForm, of?: string) =>
    editing.put(putStep(workflow, id, changed), of && `${id} ${of}`);
  const at = (field: string) => wrong(editing, id, field);
  switch (step.kind) {
    case "accept":
    case "availability":
    case "disconnect":
      return null;
    case "announce":
      return (
        <Chosen
          label={words.sound}
          wrong={at("sound")}
          things={places.sounds}
          id={step.sound}
          none={words.choose}
          onChange={(sound) => put({ ...step, sound })}
        />
      );
    case "callback":
      return (
        <Chosen
          label={words.greeting}
          wrong={at("sound")}
          things={places.sounds}
          id={step.sound}
          none={words.none}
          onChange={(sound) => put({ ...step, sound })}
        />
      );
    case "hours":
      return (
        <Chosen
          label={words.calendar}
          wrong={at("calendar")}
          things={places.calendars}
          id={step.calendar}
          none={words.choose}
          onChange={(calendar) => put({ ...step, calendar })}
        />
      );
    case "menu":
      return (
        <>
          <Chosen
            label={words.sound}
            wrong={at("sound")}
            things={places.sounds}
            id={step.sound}
            none={words.choose}
            onChange={(sound) => put({ ...step, sound })}
          />
          <Field label={words.keys} hint={words.keysHint} {...at("choices")}>
            <div role="group" aria-label={words.keys} className={styles["keypad"]}>
              {KEYS.map((key) => (
                <Checkbox
                  key={key}
                  label={key}
                  checked={step.choices.some((choice) => choice.key === key)}
                  onChange={(_, { checked }) => {
                    const others = step.choices.filter((choice) => choice.key !== key);
                    const all = checked === true ? [...others, { key, next: null }] : others;
                    put({ ...step, choices: all.sort((a, b) => KEYS.indexOf(a.key) - KEYS.indexOf(b.key)) });
                  }}
                />
              ))}
            </div>
          </Field>
          <Amount
            label={words.tries}
            hint={words.triesHint}
            wrong={at("tries")}
            value={step.tries}
            min={1}
            max={5}
            onChange={(tries) => put({ ...step, tries }, "tries")}
          />
          <Amount
            label={words.timeout}
            hint={words.timeoutHint}
            wrong={at("timeout")}
            value={step.timeout_ms / 1000}
            min={1}
            max={60}
            onChange={(s) => put({ ...step, timeout_ms: s * 1000 }, "timeout")}
          />
        </>
      );
    case "save":
      return (
        <>
          <Text
            label={words.parameter}
            wrong={at("parameter")}
            value={step.parameter}
            onChange={(parameter) => put({ ...step, parameter }, "parameter")}
          />
          <Text
            label={words.value}
            wrong={at("value")}
            value={step.value}
            onChange={(value) => put({ ...step, value }, "value")}
          />
        </>
      );
    case "check":
      return (
        <>
          <Text
            label={words.parameter}
            wrong={at("parameter")}
            value={step.parameter}
            onChange={(parameter) => put({ ...step, parameter }, "parameter")}
          />
          <Text
            label={words.equals}
            wrong={at("equals")}
            value={step.equals}
            onChange={(equals) => put({ ...step, equals }, "equals")}
          />
        </>
      );
    case "queue":
      return (
        <>
          <Checkbox
            label={words.ownLimit}
            checked={step.limit_ms !== null}
            onChange={(_, { checked }) => put({ ...step, limit_ms: checked === true ? 300_000 : null })}
          />
          {step.limit_ms !== null && (
            <Amount
              label={words.limit}
              hint={words.limitHint}
              wrong={at("limit")}
              value={step.limit_ms / 1000}
              min={5}
              max={3600}
              onChange={(s) => put({ ...step, limit_ms: s * 1000 }, "limit")}
            />
          )}
          <Checkbox
            label={words.leaves}
            checked={step.nobody.kind === "leaves"}
            onChange={(_, { checked }) =>
              put({ ...step, nobody: checked === true ? { kind: "leaves", next: null } : { kind: "waits" } })
            }
          />
        </>
      );
    case "position":
      return (
        <>
          <Checkbox
            label={words.limitPosition}
            checked={step.position_max !== null}
            onChange={(_, { checked }) => put({ ...step, position_max: checked === true ? 5 : null })}
          />
          {step.position_max !== null && (
            <Amount
              label={words.positionMax}
              wrong={at("position_max")}
              value={step.position_max}
              min={0}
              max={10_000}
              onChange={(position_max) => put({ ...step, position_max }, "position_max")}
            />
          )}
          <Checkbox
            label={words.limitWait}
            checked={step.wait_max_ms !== null}
            onChange={(_, { checked }) => put({ ...step, wait_max_ms: checked === true ? 120_000 : null })}
          />
          {step.wait_max_ms !== null && (
            <Amount
              label={`${words.waitMax} (${words.seconds})`}
              wrong={at("wait_max")}
              value={step.wait_max_ms / 1000}
              min={0}
              max={3600}
              onChange={(s) => put({ ...step, wait_max_ms: s * 1000 }, "wait_max")}
            />
          )}
        </>
      );
    case "voicemail":
      return (
        <>
          <Chosen
            label={words.greeting}
            wrong={at("sound")}
            things={places.sounds}
            id={step.sound}
            none={words.none}
            onChange={(sound) => put({ ...step, sound })}
          />
          <Amount
            label={words.lengthMax}
            hint={words.lengthHint}
            wrong={at("length_max")}
            value={step.length_max_ms / 1000}
            min={5}
            max={600}
            onChange={(s) => put({ ...step, length_max_ms: s * 1000 }, "length_max")}
          />
        </>
      );
    case "transfer": {
      const { target } = step;
      return (
        <>
          <Field label={words.target}>
            <Select
              value={target.kind}
              onChange={(_, { value }) =>
                put({
                  ...step,
                  target:
                    value === "address"
                      ? { kind: "address", address: "" }
                      : { kind: "service", service: null },
                })
              }
            >
              <option value="service">{words.toService}</option>
              <option value="address">{words.toAddress}</option>
            </Select>
          </Field>
          {target.kind === "service" ? (
            <Chosen
              label={words.service}
              wrong={at("target")}
              things={places.services}
              id={target.service}
              none={words.choose}
              onChange={(service) => put({ ...step, target: { kind: "service", service } })}
            />
          ) : (
            <Text
              label={words.address}
              wrong={at("target")}
              value={target.address}
              onChange={(address) => put({ ...step, target: { kind: "address", address } }, "target")}
            />
          )}
        </>
      );
    }
  }
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

function Text(props: {
  label: string;
  wrong: Wrong;
  value: string;
  onChange: (value: string) => void;
}): ReactNode {
  return (
    <Field label={props.label} {...props.wrong}>
      <Input value={props.value} onChange={(_, { value }) => props.onChange(value)} />
    </Field>
  );
}

function Amount(props: {
  label: string;
  hint?: string;
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
