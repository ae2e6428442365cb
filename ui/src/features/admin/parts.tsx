//! Small parts that the areas of the administration share.

import { Button, Field, Input, Spinner } from "@fluentui/react-components";
import type { ReactNode } from "react";
import styles from "./admin.module.css";
import { adminWords as words } from "./adminWords";
import type { Asked } from "../../shared/asking";
import type { Problems } from "./forms";

/** What was asked for, or that it is on its way, or why it is not there. */
export function Answer<T>({ asked, children }: { asked: Asked<T>; children: (found: T) => ReactNode }) {
  return (
    <>
      {asked.problem !== null && (
        <p role="alert" className={styles["warning"]}>
          {words.failed(asked.problem)} <Button onClick={() => void asked.again()}>{words.retry}</Button>
        </p>
      )}
      {asked.found === null
        ? asked.problem === null && <Spinner label={words.loading} />
        : children(asked.found)}
    </>
  );
}

export function TextField(props: {
  name: string;
  label: string;
  value: string;
  problems: Problems;
  hint?: string;
  required?: boolean;
  disabled?: boolean;
  onChange: (value: string) => void;
}) {
  const problem = props.problems[props.name];
  return (
    <Field
      label={props.label}
      required={props.required ?? false}
      {...(props.hint !== undefined && { hint: props.hint })}
      {...(problem !== undefined && { validationMessage: problem, validationState: "error" as const })}
    >
      <Input
        name={props.name}
        value={props.value}
        readOnly={props.disabled ?? false}
        appearance={props.disabled ? "filled-darker" : "outline"}
        autoComplete="off"
        spellCheck={false}
        onChange={(_, { value }) => props.onChange(value)}
      />
    </Field>
  );
}
