//! Organisation units (ID-5): the tree, and the chosen unit with what belongs to it. A unit is added, renamed, moved, removed.

import { Button, Field, Input, Select } from "@fluentui/react-components";
import { AddRegular } from "@fluentui/react-icons";
import { type KeyboardEvent, type SubmitEvent, useState } from "react";
import type { OrganisationView, UnitForm } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { MayNot } from "../../shared/MayNot";
import { useMay } from "../../shared/rights";
import { HistoryButton } from "../../shared/HistoryButton";
import styles from "./admin.module.css";
import { adminWords } from "./adminWords";
import { type Asked } from "../../shared/asking";
import { sayDone, useOrganisation } from "./asking";
import { Sure } from "../../shared/Sure";
import { Answer } from "./parts";
import { branches, homes, NAME_CHARACTERS_MAX, unitProblem } from "./tree";

const words = adminWords.units;

export function Units() {
  const asked = useOrganisation();
  return (
    <>
      <p className="quiet">{words.text}</p>
      <MayNot action="change-users" />
      <Answer asked={asked}>{(found) => <Halves view={found} again={asked.again} />}</Answer>
    </>
  );
}

function Halves({ view, again }: { view: OrganisationView; again: Asked<OrganisationView>["again"] }) {
  const allowed = useMay("change-users");
  const [chosen, choose] = useState<string | null>(view.units[0]?.id ?? null);
  /** A unit that is not there yet. */
  const [fresh, setFresh] = useState<UnitForm | null>(null);
  const unit = view.units.find(({ id }) => id === chosen);
  const form = fresh ?? (unit && { id: unit.id, name: unit.name, parent: unit.parent });
  return (
    <div className={styles["halves"]}>
      <div className={styles["side"]}>
        {view.units.length === 0 ? (
          <p className="quiet">{words.none}</p>
        ) : (
          <Tree
            view={view}
            chosen={fresh === null ? chosen : null}
            onChoose={(id) => {
              setFresh(null);
              choose(id);
            }}
          />
        )}
        <div className={styles["row"]}>
          <Button
            icon={<AddRegular />}
            disabledFocusable={!allowed}
            onClick={() => setFresh({ id: null, name: "", parent: null })}
          >
            {words.add}
          </Button>
          {unit !== undefined && (
            <Button
              icon={<AddRegular />}
              disabledFocusable={!allowed}
              onClick={() => setFresh({ id: null, name: "", parent: unit.id })}
            >
              {words.addBelow}
            </Button>
          )}
        </div>
      </div>
      {form === undefined ? (
        <p className="quiet">{words.choose}</p>
      ) : (
        <Editor
          key={`${form.id ?? ""}-${form.parent ?? ""}-${fresh === null ? "kept" : "fresh"}`}
          view={view}
          form={form}
          allowed={allowed}
          onSaved={async (id) => {
            await again();
            setFresh(null);
            choose(id);
          }}
          onCancel={() => setFresh(null)}
          onRemoved={async () => {
            choose(null);
            await again();
          }}
        />
      )}
    </div>
  );
}

function Tree(props: { view: OrganisationView; chosen: string | null; onChoose: (id: string) => void }) {
  const rows = branches(props.view.units);
  const at = Math.max(
    0,
    rows.findIndex(({ unit }) => unit.id === props.chosen),
  );

  function keys(event: KeyboardEvent<HTMLDivElement>): void {
    const steps: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: rows.length - 1,
      ArrowLeft: rows.findIndex(({ unit }) => unit.id === rows[at]?.unit.parent),
      ArrowRight: rows[at + 1]?.unit.parent === rows[at]?.unit.id ? at + 1 : at,
    };
    const target = steps[event.key];
    const branch = target === undefined ? undefined : rows[target];
    if (target === undefined) return;
    event.preventDefault();
    if (branch === undefined) return;
    props.onChoose(branch.unit.id);
    event.currentTarget.querySelectorAll<HTMLElement>('[role="treeitem"]')[target]?.focus();
  }

  return (
    // The focus is on its items, one of which always takes it.
    // eslint-disable-next-line jsx-a11y/interactive-supports-focus
    <div role="tree" aria-label={words.tree} className={styles["list"]} onKeyDown={keys}>
      {rows.map(({ unit, level }, index) => (
        // The tree takes the keys.
        // eslint-disable-next-line jsx-a11y/click-events-have-key-events
        <div
          key={unit.id}
          role="treeitem"
          aria-level={level}
          aria-selected={unit.id === props.chosen}
          tabIndex={index === at ? 0 : -1}
          style={{ paddingInlineStart: 10 + (level - 1) * 18 }}
          onClick={() => props.onChoose(unit.id)}
        >
          <span className="cut">{unit.name}</span>
          {unit.services.length > 0 && <span className={styles["small"]}>{unit.services.length}</span>}
        </div>
      ))}
    </div>
  );
}

function Editor(props: {
  view: OrganisationView;
  form: UnitForm;
  allowed: boolean;
  onSaved: (id: string) => Promise<void>;
  onCancel: () => void;
  onRemoved: () => Promise<void>;
}) {
  const { view, allowed } = props;
  const [form, setForm] = useState(props.form);
  const [tried, setTried] = useState(props.form.id !== null);
  const [refused, setRefused] = useState<RefusedError | null>(null);
  const unit = view.units.find(({ id }) => id === form.id);
  const changed = form.id === null || form.name !== props.form.name || form.parent !== props.form.parent;
  const own = unitProblem(form, view.units);
  const problem = refused?.field === "name" ? refused.message : tried && changed ? problemText(own) : null;

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    setTried(true);
    if (!allowed || !changed || own !== null) return;
    setRefused(null);
    ask("put_unit", { unit: { ...form, name: form.name.trim() } }).then(
      async ({ id }) => {
        sayDone(adminWords.saved);
        await props.onSaved(id);
      },
      (error: unknown) => setRefused(RefusedError.from(error)),
    );
  }

  return (
    <form className={styles["card"]} onSubmit={submit} aria-label={props.form.name || words.fresh}>
      <header className={styles["cardHead"]}>
        <h2>{props.form.name || words.fresh}</h2>
        {unit !== undefined && <HistoryButton subject="unit" object={unit.id} name={unit.name} />}
      </header>
      <Field
        label={words.name}
        required
        {...(problem !== null && { validationMessage: problem, validationState: "error" as const })}
      >
        <Input
          // Asked for by a button a moment ago: the cursor belongs here.
          // eslint-disable-next-line jsx-a11y/no-autofocus
          autoFocus={form.id === null}
          value={form.name}
          readOnly={!allowed}
          autoComplete="off"
          onChange={(_, { value }) => setForm({ ...form, name: value })}
        />
      </Field>
      <Field label={words.parent}>
        <Select
          value={form.parent ?? ""}
          disabled={!allowed}
          onChange={(_, { value }) => setForm({ ...form, parent: value === "" ? null : value })}
        >
          <option value="">{words.top}</option>
          {homes(view.units, form.id).map(({ unit, level }) => (
            <option key={unit.id} value={unit.id}>
              {"\u2003".repeat(level - 1) + unit.name}
            </option>
          ))}
        </Select>
      </Field>
      {unit !== undefined && <Belongings view={view} unit={unit.id} />}
      {refused !== null && refused.field === null && (
        <p role="alert" className={styles["warning"]}>
          {refused.message}
        </p>
      )}
      <div className={styles["row"]}>
        <Button type="submit" appearance="primary" disabledFocusable={!allowed || !changed}>
          {form.id === null ? words.create : adminWords.save}
        </Button>
        {form.id === null && <Button onClick={props.onCancel}>{adminWords.cancel}</Button>}
        {form.id !== null && allowed && (
          <Sure
            trigger={<Button className={styles["last"] ?? ""}>{adminWords.remove}</Button>}
            title={words.removeTitle(props.form.name)}
            yes={words.removeYes}
            onYes={() => ask("remove_unit", { unit: form.id ?? "" })}
            onDone={() => void props.onRemoved()}
          >
            <p>{words.removeText}</p>
          </Sure>
        )}
      </div>
    </form>
  );
}

function problemText(problem: ReturnType<typeof unitProblem>): string | null {
  switch (problem) {
    case "needed":
      return adminWords.user.needed;
    case "long":
      return adminWords.user.tooLong(NAME_CHARACTERS_MAX);
    case "twin":
      return words.twin;
    case null:
      return null;
  }
}

function Belongings({ view, unit }: { view: OrganisationView; unit: string }) {
  const services = view.units.find(({ id }) => id === unit)?.services ?? [];
  const below = view.units.filter(({ parent }) => parent === unit);
  const teams = view.teams.filter(({ units }) => units.includes(unit));
  return (
    <dl className={styles["facts"]}>
      <div>
        <dt>{words.services}</dt>
        <dd>
          {services.length === 0 ? words.noServices : services.map(({ name }) => name).join(", ")}
          <span className={styles["small"]}>{words.holders}</span>
        </dd>
      </div>
      {below.length > 0 && (
        <div>
          <dt>{words.below}</dt>
          <dd>{below.map(({ name }) => name).join(", ")}</dd>
        </div>
      )}
      {teams.length > 0 && (
        <div>
          <dt>{words.teams}</dt>
          <dd>{teams.map(({ name }) => name).join(", ")}</dd>
        </div>
      )}
    </dl>
  );
}
