//! The home country, how the telephone system is dialled, and the numbers that are blocked or marked as spam: why, by whom, and what they turned away. How numbers
//! are read and what becomes of callers is the host's.

import { Button, Checkbox, Field, Input, Select, Spinner } from "@fluentui/react-components";
import { type SubmitEvent, useState } from "react";
import type { ListedForm, ListedView, ListingName, NumbersView } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { useAsked } from "../../shared/asking";
import { useClock } from "../../shared/clock";
import { act, useDesk } from "../../shared/desk";
import { MayNot } from "../../shared/MayNot";
import { useMay } from "../../shared/rights";
import { DiallingBlock } from "./Dialling";
import styles from "./directory.module.css";
import { numberWords } from "./numberWords";

const words = numberWords.listed;
const asked = () => ask("get_numbers", {});
const countryNames = new Intl.DisplayNames(undefined, { type: "region", fallback: "code" });

export function Numbers() {
  const revision = useDesk((desk) => desk.numbers_revision);
  const { found, problem, again } = useAsked(asked, revision);
  return (
    <>
      {problem !== null && (
        <p role="alert" className={styles["refused"]}>
          {numberWords.failed(problem)}{" "}
          <Button size="small" onClick={() => void again()}>
            {numberWords.retry}
          </Button>
        </p>
      )}
      {found === null && problem === null && (
        <Spinner className={styles["busy"] ?? ""} size="small" label={numberWords.loading} />
      )}
      {found !== null && (
        <>
          <HomeCountry numbers={found} />
          <DiallingBlock kept={found.dialling} />
          <Listed listed={found.listed} />
        </>
      )}
    </>
  );
}

function HomeCountry({ numbers: { home, countries } }: { numbers: NumbersView }) {
  const allowed = useMay("change-connection");
  const named = countries
    .map((code) => ({ code, name: countryNames.of(code) ?? code }))
    .sort((a, b) => a.name.localeCompare(b.name));
  return (
    <section className={styles["block"]}>
      <h2>{numberWords.home.title}</h2>
      <p>{numberWords.home.text}</p>
      <MayNot action="change-connection" />
      <Field label={numberWords.home.label} className={styles["short"] ?? ""}>
        <Select
          value={home ?? ""}
          disabled={!allowed}
          onChange={(_, { value }) => value !== "" && void act("set_home_country", { country: value })}
        >
          {home === null && <option value="">{numberWords.home.none}</option>}
          {named.map(({ code, name }) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </Select>
      </Field>
    </section>
  );
}

function Listed({ listed }: { listed: readonly ListedView[] }) {
  const allowed = useMay("list-numbers");
  return (
    <section className={styles["block"]}>
      <h2>{words.title}</h2>
      <p>{words.text}</p>
      <MayNot action="list-numbers" />
      {listed.length === 0 ? (
        <p className="quiet">{words.empty}</p>
      ) : (
        <ul className={styles["sources"]} aria-label={words.list}>
          {listed.map((one) => (
            <Line key={one.id} listed={one} allowed={allowed} />
          ))}
        </ul>
      )}
      {allowed && <ListForm />}
    </section>
  );
}

function Line({ listed, allowed }: { listed: ListedView; allowed: boolean }) {
  const { id, kind, number, prefix, reason, by, at, calls, last } = listed;
  const shown = prefix ? words.prefix(number) : number;
  const told = useClock((now) =>
    [
      words.by(by, now - at),
      words.calls[kind](calls),
      ...(last === null ? [] : [words.last(now - last)]),
    ].join(" · "),
  );
  return (
    <li className={styles["listed"]}>
      <div className={styles["source-said"]}>
        <p>
          <strong className="digits">{shown}</strong>{" "}
          <span className="quiet">{prefix && words.prefixHint}</span>{" "}
          <span className={styles["kind"]}>{words.kinds[kind]}</span>
        </p>
        {reason !== "" && <p>{reason}</p>}
        <p className={styles["standing"]}>{told}</p>
      </div>
      {allowed && (
        <Button
          size="small"
          aria-label={words.takeBackWho(shown)}
          onClick={() => void act("unlist_number", { listed: id })}
        >
          {words.takeBack}
        </Button>
      )}
    </li>
  );
}

const FRESH: ListedForm = { kind: "blocked", number: "", prefix: false, reason: "" };

function ListForm() {
  const [form, setForm] = useState(FRESH);
  const [problem, setProblem] = useState<string | null>(null);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (form.number.trim() === "") {
      setProblem(words.needed);
      return;
    }
    try {
      await ask("list_number", { form: { ...form, number: form.number.trim(), reason: form.reason.trim() } });
      setForm(FRESH);
      setProblem(null);
    } catch (error) {
      setProblem(RefusedError.from(error).message);
    }
  }

  return (
    <form className={styles["list-form"]} noValidate onSubmit={(event) => void submit(event)}>
      <h3>{words.add}</h3>
      <div className={styles["fields"]}>
        <Field
          label={words.number}
          hint={words.numberHint}
          required
          {...(problem !== null && { validationMessage: problem })}
        >
          <Input
            autoComplete="off"
            value={form.number}
            onChange={(_, { value }) => setForm({ ...form, number: value })}
          />
        </Field>
        <Field label={words.kind}>
          <Select
            value={form.kind}
            onChange={(_, { value }) => setForm({ ...form, kind: value as ListingName })}
          >
            {(Object.keys(words.kinds) as ListingName[]).map((kind) => (
              <option key={kind} value={kind}>
                {words.kinds[kind]}
              </option>
            ))}
          </Select>
        </Field>
        <Field label={words.reason}>
          <Input
            autoComplete="off"
            value={form.reason}
            onChange={(_, { value }) => setForm({ ...form, reason: value })}
          />
        </Field>
      </div>
      <div className={styles["head-line"]}>
        <Checkbox
          label={words.beginning}
          checked={form.prefix}
          onChange={(_, { checked }) => setForm({ ...form, prefix: checked === true })}
        />
        <Button type="submit">{words.save}</Button>
      </div>
    </form>
  );
}
