//! One calendar: its name, its clock, its two lists of periods, and beside them what it says. What is wrong stands at its
//! field, in the host's words.

import {
  Button,
  Combobox,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
  Option,
  Select,
  Toolbar,
} from "@fluentui/react-components";
import {
  ArrowRedoRegular,
  ArrowUndoRegular,
  CalendarAddRegular,
  CopyRegular,
  DeleteRegular,
  ErrorCircleRegular,
  SaveRegular,
} from "@fluentui/react-icons";
import { type KeyboardEvent, useId, useState } from "react";
import type { CalendarFaultView, CalendarForm } from "../../platform/bindings";
import { HistoryButton } from "../../shared/HistoryButton";
import { MayNot } from "../../shared/MayNot";
import { useMay } from "../../shared/rights";
import { hoursWords as words } from "../../shared/hoursWords";
import {
  closeDraft,
  discard,
  doAgain,
  type Draft,
  edit,
  isChanged,
  leave,
  openDraft,
  openPeriod,
  takeBack,
} from "./draft";
import { byField, type Faults, pathOf, wrong } from "./faults";
import Holidays from "./Holidays";
import styles from "./hours.module.css";
import Periods from "./Periods";
import Says from "./Says";
import { mondayOf, today } from "./say";
import { usePreview } from "./usePreview";

export default function Editor(props: {
  draft: Draft;
  zones: readonly string[];
  periodsMax: number;
  onSave: (draft: Draft) => Promise<boolean>;
  onRemove: (id: string) => Promise<void>;
}) {
  const { draft, zones, periodsMax } = props;
  const form = draft.past.now;
  const id = useId();
  const [importing, setImporting] = useState(false);
  const [moment, setMoment] = useState<string | null>(null);
  const [week, setWeek] = useState(() => mondayOf(today()));
  const [year, setYear] = useState(() => new Date().getFullYear());
  const preview = usePreview(form, { moment, week, year });
  const faults = byField(preview?.faults ?? []);

  /** The pictures go along with the moment that is asked about. */
  function askFor(asked: string | null): void {
    const day = asked ?? today();
    setMoment(asked);
    setWeek(mondayOf(day));
    setYear(Number(day.slice(0, 4)));
  }

  function goToFault(found: CalendarFaultView | undefined): void {
    if (found === undefined) return;
    if (found.place.kind !== "calendar") openPeriod(found.place);
    const name = `${id}-${pathOf(found.place, found.field)}`;
    // After the period has opened.
    requestAnimationFrame(() => document.getElementById(name)?.focus());
  }

  const allowed = useMay("change-services");
  function onKeyDown(event: KeyboardEvent): void {
    // In a field the browser takes back what was typed there.
    const isTyping = event.target instanceof HTMLInputElement;
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key === "s") {
      if (allowed) void props.onSave(draft);
    } else if (key === "z" && !isTyping) (event.shiftKey ? doAgain : takeBack)();
    else if (key === "y" && !isTyping) doAgain();
    else return;
    event.preventDefault();
  }

  return (
    // Keys of the whole form; every one of them has its button.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div className={styles["editor"]} onKeyDown={onKeyDown}>
      <Head
        draft={draft}
        faults={preview?.faults ?? []}
        onSave={() => void props.onSave(draft)}
        onImport={() => setImporting(true)}
        onRemove={props.onRemove}
        onFault={goToFault}
      />
      <MayNot action="change-services" />
      <Basics id={id} form={form} faults={faults} zones={zones} />
      <div className={styles["halves"]}>
        <div className={styles["half"]}>
          <Periods id={id} list="secondary" draft={draft} faults={faults} max={periodsMax} />
          <Periods id={id} list="primary" draft={draft} faults={faults} max={periodsMax} />
        </div>
        <Says
          form={form}
          says={preview?.says ?? null}
          isStale={preview?.isStale ?? false}
          moment={moment}
          week={week}
          year={year}
          onMoment={askFor}
          onWeek={setWeek}
          onYear={setYear}
        />
      </div>
      {importing && <Holidays form={form} onClose={() => setImporting(false)} />}
    </div>
  );
}

function Head(props: {
  draft: Draft;
  faults: readonly CalendarFaultView[];
  onSave: () => void;
  onImport: () => void;
  onRemove: (id: string) => Promise<void>;
  onFault: (first: CalendarFaultView | undefined) => void;
}) {
  const { draft, faults, onRemove } = props;
  const changed = isChanged(draft);
  const allowed = useMay("change-services");
  const [removing, setRemoving] = useState(false);
  const { now: form, before, after } = draft.past;
  const copy = () => openDraft(null, { ...form, name: words.copyOf(form.name) });
  return (
    <>
      <Toolbar className={styles["tools"] ?? ""} aria-label={form.name}>
        <Button
          appearance="primary"
          icon={<SaveRegular />}
          disabledFocusable={!changed || !allowed || faults.length > 0}
          onClick={props.onSave}
        >
          {words.form.save}
        </Button>
        <Button disabledFocusable={!changed} onClick={draft.kept === null ? closeDraft : discard}>
          {words.form.discard}
        </Button>
        <Button
          icon={<ArrowUndoRegular />}
          aria-label={words.form.undo}
          title={`${words.form.undo} (Ctrl+Z)`}
          disabledFocusable={before.length === 0}
          onClick={takeBack}
        />
        <Button
          icon={<ArrowRedoRegular />}
          aria-label={words.form.redo}
          title={`${words.form.redo} (Ctrl+Y)`}
          disabledFocusable={after.length === 0}
          onClick={doAgain}
        />
        <Button icon={<CalendarAddRegular />} onClick={props.onImport}>
          {words.form.importFile}
        </Button>
        <span className={styles["gap"]} />
        <Button
          appearance="subtle"
          icon={<CopyRegular />}
          aria-label={words.form.copy}
          title={words.form.copy}
          onClick={() => leave(copy)}
        />
        {draft.id !== null && <HistoryButton subject="calendar" object={draft.id} name={form.name} />}
        {draft.id !== null && (
          <Button
            appearance="subtle"
            icon={<DeleteRegular />}
            aria-label={words.form.remove}
            title={words.form.remove}
            onClick={() => setRemoving(true)}
          />
        )}
      </Toolbar>
      <div role="status">
        {faults.length > 0 && (
          <p className={styles["faults"]}>
            <ErrorCircleRegular fontSize={18} aria-hidden /> {words.form.faults(faults.length)}
            <Button size="small" onClick={() => props.onFault(faults[0])}>
              {words.form.goToFault}
            </Button>
          </p>
        )}
      </div>
      {removing && draft.id !== null && (
        <Removal
          name={form.name}
          onYes={() => void onRemove(draft.id ?? "").then(() => setRemoving(false))}
          onNo={() => setRemoving(false)}
        />
      )}
    </>
  );
}

function Removal({ name, onYes, onNo }: { name: string; onYes: () => void; onNo: () => void }) {
  return (
    <Dialog open modalType="alert" onOpenChange={(_, data) => !data.open && onNo()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{words.removal.title(name)}</DialogTitle>
          <DialogContent>{words.removal.text}</DialogContent>
          <DialogActions>
            <Button onClick={onNo}>{words.removal.no}</Button>
            <Button appearance="primary" onClick={onYes}>
              {words.removal.yes}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function Basics(props: { id: string; form: CalendarForm; faults: Faults; zones: readonly string[] }) {
  const { id, form, faults } = props;
  return (
    <div className={styles["basics"]}>
      <Field label={words.form.name} {...wrong(faults, "name")}>
        <Input
          id={`${id}-name`}
          value={form.name}
          onChange={(_, { value }) => edit((old) => ({ ...old, name: value }), "name")}
        />
      </Field>
      <ZoneChoice id={`${id}-zone`} zone={form.zone} zones={props.zones} fault={wrong(faults, "zone")} />
      <Field label={words.form.otherwise}>
        <Select
          value={String(form.open)}
          onChange={(_, { value }) => edit((old) => ({ ...old, open: value === "true" }))}
        >
          <option value="false">{words.closed}</option>
          <option value="true">{words.open}</option>
        </Select>
      </Field>
    </div>
  );
}

/** More than fit into the eye; typing narrows them. */
const ZONES_SHOWN = 60;

function ZoneChoice(props: {
  id: string;
  zone: string;
  zones: readonly string[];
  fault: { validationMessage?: string };
}) {
  const { id, zone, zones } = props;
  const [typed, setTyped] = useState<string | null>(null);
  const parts = (typed ?? "").toLowerCase().split(/[\s/]+/);
  const spoken = (name: string) => name.toLowerCase().replaceAll("_", " ");
  const found = zones.filter((name) => parts.every((part) => spoken(name).includes(part)));
  const shown = typed === null ? [zone, ...zones.filter((name) => name !== zone)] : found;
  return (
    <Field label={words.form.zone} {...props.fault}>
      <Combobox
        id={id}
        className={styles["zone"] ?? ""}
        value={typed ?? zone}
        selectedOptions={[zone]}
        placeholder={words.form.zoneHint}
        title={words.form.zoneHint}
        onChange={(event) => setTyped(event.target.value)}
        onOptionSelect={(_, { optionValue }) => {
          setTyped(null);
          if (optionValue !== undefined) edit((old) => ({ ...old, zone: optionValue }));
        }}
        onBlur={() => setTyped(null)}
      >
        {shown.length === 0 && (
          <Option key="none" disabled value="">
            {words.form.noZone}
          </Option>
        )}
        {shown.slice(0, ZONES_SHOWN).map((name) => (
          <Option key={name} value={name}>
            {name}
          </Option>
        ))}
      </Combobox>
    </Field>
  );
}
