//! Fields that the forms of this area share: numbers, spans of time in seconds, and skills with a level. What is wrong with
//! a field stands under it; its id is the field's name, so that a form can go there.

import { Button, Field, Input, Select } from "@fluentui/react-components";
import { DismissRegular, WarningRegular } from "@fluentui/react-icons";
import { createContext, type ReactNode, use, useState } from "react";
import type { RangeView, ServicesView, SkillLevelForm } from "../../platform/bindings";
import { servicesWords } from "../../shared/servicesWords";
import type { Problems } from "./checks";
import styles from "./services.module.css";

const words = servicesWords.skills;

/** What a form's fields know: its problems, and the prefix of their ids. */
export const FormContext = createContext<{ problems: Problems; id: string }>({ problems: {}, id: "" });

/** The id and the problem of a field. */
export function useField(name: string): { id: string; wrong: { validationMessage?: string } } {
  const { problems, id } = use(FormContext);
  const problem = problems[name];
  return { id: `${id}-${name}`, wrong: problem === undefined ? {} : { validationMessage: problem } };
}

/** `scale` 1,000: shown in seconds, kept in milliseconds. While no number stands there, `NaN` is kept. */
export function NumberField(props: {
  name: string;
  label: string;
  hint?: string;
  range: RangeView;
  scale?: 1 | 1000;
  value: number;
  onChange: (value: number) => void;
}) {
  const { name, label, hint, range, value, scale = 1, onChange } = props;
  const field = useField(name);
  const shown = Number.isNaN(value) ? "" : String(value / scale);
  const [typed, setTyped] = useState(shown);
  // What is typed stays as typed ("05") while it means the value; a change from outside replaces it.
  const text = read(typed, scale) === value || Number.isNaN(value) ? typed : shown;
  return (
    <Field
      label={label}
      className={styles["number"] ?? ""}
      {...(hint !== undefined && hint !== "" && { hint })}
      {...field.wrong}
    >
      <Input
        id={field.id}
        type="number"
        min={range.min / scale}
        max={range.max / scale}
        value={text}
        {...(scale === 1000 && { contentAfter: <span aria-hidden>s</span> })}
        aria-label={scale === 1000 ? `${label} (${servicesWords.checks.seconds})` : label}
        onChange={(_, data) => {
          setTyped(data.value);
          onChange(read(data.value, scale));
        }}
      />
    </Field>
  );
}

function read(text: string, scale: number): number {
  return text.trim() === "" ? Number.NaN : Math.round(Number(text) * scale);
}

/** Several controls under one label. Not a `Field`, which would give its label to each of them. */
export function FieldGroup(props: { name: string; label: string; hint?: string; children: ReactNode }) {
  const { id, wrong } = useField(props.name);
  return (
    <div
      role="group"
      aria-labelledby={`${id}-label`}
      aria-describedby={`${id}-hint`}
      className={styles["stack"]}
    >
      <span id={`${id}-label`}>{props.label}</span>
      {props.children}
      <span id={`${id}-hint`} className={styles["small"]}>
        {wrong.validationMessage !== undefined && (
          <span role="alert" className={styles["wrong"]}>
            <WarningRegular aria-hidden /> {wrong.validationMessage}{" "}
          </span>
        )}
        {props.hint}
      </span>
    </div>
  );
}

/** Skills with a level each: of a need, a profile or an attendant. */
export function SkillLevels(props: {
  name: string;
  label: string;
  levelLabel: string;
  empty?: string;
  view: ServicesView;
  skills: readonly SkillLevelForm[];
  onChange: (skills: SkillLevelForm[]) => void;
}) {
  const { name, label, view, skills, onChange } = props;
  const whole = useField(name);
  const nameOf = (skill: string) => view.skills.find(({ id }) => id === skill)?.name ?? skill;
  const left = view.skills.filter(({ id }) => !skills.some(({ skill }) => skill === id));
  return (
    <FieldGroup name={name} label={label}>
      {skills.length === 0 && props.empty !== undefined && <span className="quiet">{props.empty}</span>}
      {skills.map(({ skill, level }, place) => (
        <div key={skill} className={styles["skill"]}>
          <span className="cut">{nameOf(skill)}</span>
          <Level
            name={`${name}.${place}.level`}
            label={`${nameOf(skill)}, ${props.levelLabel.toLowerCase()}`}
            shown={props.levelLabel}
            range={view.ranges.skill_level}
            value={level}
            onChange={(changed) =>
              onChange(skills.map((one) => (one.skill === skill ? { skill, level: changed } : one)))
            }
          />
          <Button
            size="small"
            appearance="subtle"
            icon={<DismissRegular />}
            aria-label={words.takeOut(nameOf(skill))}
            onClick={() => onChange(skills.filter((one) => one.skill !== skill))}
          />
        </div>
      ))}
      {view.skills.length === 0 ? (
        <span className="quiet">{words.none}</span>
      ) : (
        left.length > 0 && (
          <Adder
            id={whole.id}
            label={`${label}: ${words.add}`}
            prompt={words.add}
            choices={left.map(({ id, name: shown }) => ({ id: id ?? "", name: shown }))}
            onAdd={(skill) => onChange([...skills, { skill, level: 50 }])}
          />
        )
      )}
    </FieldGroup>
  );
}

function Level(props: {
  name: string;
  label: string;
  shown: string;
  range: RangeView;
  value: number;
  onChange: (value: number) => void;
}) {
  const field = useField(props.name);
  return (
    <Field className={styles["level"] ?? ""} {...field.wrong}>
      <Input
        id={field.id}
        size="small"
        type="number"
        aria-label={props.label}
        min={props.range.min}
        max={props.range.max}
        contentBefore={<span aria-hidden>{props.shown}</span>}
        value={Number.isNaN(props.value) ? "" : String(props.value)}
        onChange={(_, { value }) => props.onChange(read(value, 1))}
      />
    </Field>
  );
}

/** A list to add one thing from; it goes back to its prompt. */
export function Adder(props: {
  id?: string;
  label: string;
  prompt: string;
  choices: readonly { id: string; name: string }[];
  onAdd: (id: string) => void;
}) {
  return (
    <Select
      className={styles["adder"] ?? ""}
      {...(props.id !== undefined && { id: props.id })}
      aria-label={props.label}
      value=""
      onChange={(_, { value }) => value !== "" && props.onAdd(value)}
    >
      <option value="">{props.prompt}</option>
      {props.choices.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </Select>
  );
}
