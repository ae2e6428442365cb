//! What the columns of a file mean: a field for each thing a call has, with what stands in the chosen column; the words of the file for
//! outcomes and services, and what they are here. Checks nothing: the host does, after each change.

import { Checkbox, Field, Input, Select } from "@fluentui/react-components";
import type { ReactNode } from "react";
import type { CallsColumns, CallsLook, CallsMapping, CallsValue } from "../../platform/bindings";
import { useDesk } from "../../shared/desk";
import {
  column,
  exampleOf,
  listOf,
  map,
  meaning,
  type Meaning,
  meaningOf,
  MEANINGS,
  NEEDED,
  OPTIONAL,
  serviceMeant,
} from "./pastCalls";
import { pastCallsWords as words } from "./pastCallsWords";
import styles from "./pastcalls.module.css";

export function Mapping({ look, mapping }: { look: CallsLook; mapping: CallsMapping }) {
  const put = (change: Partial<CallsMapping>): void => map({ ...mapping, ...change });
  const when = mapping.columns.date ?? mapping.columns.arrived;
  const knownFormat = mapping.format in words.formats || mapping.format === "";
  return (
    <section className={styles["card"]} aria-labelledby="past-calls-mapping">
      <h2 id="past-calls-mapping">{words.mapping}</h2>
      <p className="quiet">{words.mappingLead}</p>
      <div className={styles["fields"]}>
        {NEEDED.map((field) => (
          <Column key={field} look={look} mapping={mapping} field={field} />
        ))}
        <Field
          label={words.format}
          required
          hint={words.formatHint(exampleOf(look, when).split(", ")[0] ?? "")}
        >
          <Select value={mapping.format} onChange={(_, { value }) => put({ format: value })}>
            {mapping.format === "" && <option value="">{words.noFormat}</option>}
            {Object.entries(words.formats).map(([format, shown]) => (
              <option key={format} value={format}>
                {shown}
              </option>
            ))}
            {!knownFormat && <option value={mapping.format}>{words.otherFormat(mapping.format)}</option>}
          </Select>
        </Field>
        <Field label={words.zone} required>
          <Input value={mapping.time_zone} onChange={(_, { value }) => put({ time_zone: value })} />
        </Field>
        {OPTIONAL.map((field) => (
          <Column key={field} look={look} mapping={mapping} field={field} />
        ))}
        <Field label={words.source} required hint={words.sourceHint}>
          <Input value={mapping.source} maxLength={200} onChange={(_, { value }) => put({ source: value })} />
        </Field>
        <Words label={words.never} value={mapping.never} onChange={(never) => put({ never })} />
        <Words
          label={words.noCaller}
          value={mapping.no_caller}
          onChange={(no_caller) => put({ no_caller })}
        />
        <Words
          label={words.noAttendant}
          value={mapping.no_attendant}
          onChange={(no_attendant) => put({ no_attendant })}
        />
      </div>
      <fieldset className={styles["key"]}>
        <legend>{words.key}</legend>
        <p className="quiet">{words.keyHint}</p>
        <div className={styles["checks"]}>
          {look.columns.map(({ name }, place) => (
            <Checkbox
              key={place}
              label={name}
              checked={mapping.key.includes(name)}
              onChange={(_, { checked }) => {
                const others = mapping.key.filter((one) => one !== name);
                put({ key: checked === true ? [...others, name] : others });
              }}
            />
          ))}
        </div>
      </fieldset>
      <Outcomes look={look} mapping={mapping} />
      <Services look={look} mapping={mapping} />
    </section>
  );
}

function Column(props: { look: CallsLook; mapping: CallsMapping; field: keyof CallsColumns }) {
  const { look, mapping, field } = props;
  const value = mapping.columns[field] ?? "";
  const isNeeded = NEEDED.includes(field);
  return (
    <Field
      label={words.columns[field]}
      required={isNeeded}
      {...(value === "" ? {} : { hint: words.example(exampleOf(look, value)) })}
    >
      <Select value={value} onChange={(_, chosen) => map(column(mapping, field, chosen.value))}>
        <option value="">{isNeeded ? words.chooseColumn : words.noColumn}</option>
        {look.columns.map(({ name }, place) => (
          <option key={place} value={name}>
            {name}
          </option>
        ))}
        {value !== "" && look.columns.every(({ name }) => name !== value) && (
          <option value={value}>{value}</option>
        )}
      </Select>
    </Field>
  );
}

function Words(props: { label: string; value: string[]; onChange: (value: string[]) => void }) {
  const { label, value, onChange } = props;
  return (
    <Field label={label} hint={words.several}>
      {/* What is typed stays as it is until the field is left: a comma at its end is the beginning of another word. */}
      <Input
        key={value.join(",")}
        defaultValue={value.join(", ")}
        onBlur={(event) => {
          const list = listOf(event.target.value);
          if (list.join() !== value.join()) onChange(list);
        }}
      />
    </Field>
  );
}

/** What the file has in a column, and what only the mapping speaks of. */
function wordsOf(look: CallsLook, name: string, others: readonly string[]): CallsValue[] {
  const found = look.columns.find((column) => column.name === name)?.values ?? [];
  const met = found.filter(({ text }) => text !== "");
  const missing = others.filter((text) => met.every((value) => value.text !== text));
  return [...met, ...missing.map((text) => ({ text, count: 0 }))];
}

function Outcomes({ look, mapping }: { look: CallsLook; mapping: CallsMapping }) {
  const known = mapping.outcomes.map(({ text }) => text).sort();
  const values = wordsOf(look, mapping.columns.outcome, known);
  if (values.length === 0) return null;
  return (
    <Meant
      title={words.outcomes}
      hint={words.outcomesHint}
      columns={[words.outcomeText, words.rows, words.meaning]}
    >
      {values.map(({ text, count }) => {
        const chosen = meaningOf(mapping, text);
        return (
          <tr key={text}>
            <th scope="row">{text}</th>
            <td className="digits">{count.toLocaleString()}</td>
            <td>
              <Select
                size="small"
                aria-label={`${words.meaning}: ${text}`}
                value={chosen ?? ""}
                onChange={(_, { value }) =>
                  map(meaning(mapping, text, value === "" ? null : (value as Meaning)))
                }
              >
                <option value="">{words.noMeaning}</option>
                {(Object.keys(MEANINGS) as Meaning[]).map((name) => (
                  <option key={name} value={name}>
                    {words.meanings[name]}
                  </option>
                ))}
                {chosen === "other" && <option value="other">{words.asLoaded}</option>}
              </Select>
            </td>
          </tr>
        );
      })}
    </Meant>
  );
}

function Services({ look, mapping }: { look: CallsLook; mapping: CallsMapping }) {
  const services = useDesk((desk) => desk.view?.services);
  const known = mapping.services.map(({ text }) => text).sort();
  const values = wordsOf(look, mapping.columns.service, known);
  if (values.length === 0) return null;
  return (
    <Meant
      title={words.services}
      hint={words.servicesHint}
      columns={[words.serviceText, words.rows, words.serviceIs]}
    >
      {values.map(({ text, count }) => {
        const meant = mapping.services.find((service) => service.text === text);
        return (
          <tr key={text}>
            <th scope="row">{text}</th>
            <td className="digits">{count.toLocaleString()}</td>
            <td>
              <div className={styles["service"]}>
                <Select
                  size="small"
                  aria-label={`${words.serviceIs}: ${text}`}
                  value={meant?.service ?? ""}
                  onChange={(_, { value }) =>
                    map(serviceMeant(mapping, text, value === "" ? { name: text } : { service: value }))
                  }
                >
                  <option value="">{words.keepsName}</option>
                  {services?.map(({ id, name }) => (
                    <option key={id} value={id}>
                      {name}
                    </option>
                  ))}
                </Select>
                {(meant?.service ?? null) === null && (
                  <Input
                    size="small"
                    aria-label={words.serviceName(text)}
                    value={meant?.name ?? text}
                    maxLength={200}
                    onChange={(_, { value }) => map(serviceMeant(mapping, text, { name: value }))}
                  />
                )}
              </div>
            </td>
          </tr>
        );
      })}
    </Meant>
  );
}

/** A table of words and what they are here. */
function Meant(props: { title: string; hint: string; columns: readonly string[]; children: ReactNode }) {
  return (
    <div className={styles["meant"]}>
      <table className={styles["table"]}>
        <caption>
          {props.title} <span className="quiet">{props.hint}</span>
        </caption>
        <thead>
          <tr>
            {props.columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </div>
  );
}
