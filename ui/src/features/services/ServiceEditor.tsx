//! The form of one service in parts: what is typed is a draft until it is saved, problems stand at their fields and on the
//! part they are in, and the host has the last word.

import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  DialogTrigger,
  Tab,
  TabList,
} from "@fluentui/react-components";
import { CopyRegular, DeleteRegular, WarningRegular } from "@fluentui/react-icons";
import { type KeyboardEvent, type SubmitEvent, useId, useMemo, useState } from "react";
import { flushSync } from "react-dom";
import type { ServiceForm, ServicesView, WorkflowFaultView } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { act } from "../../shared/desk";
import { HistoryButton } from "../../shared/HistoryButton";
import { MayNot } from "../../shared/MayNot";
import { useMay } from "../../shared/rights";
import { servicesWords } from "../../shared/servicesWords";
import { type Problems, problemsOf } from "./checks";
import { Distribution } from "./Distribution";
import { dropDraft, putDraft } from "./drafts";
import { FormContext } from "./fields";
import { Members } from "./Members";
import { Addresses, General, Times } from "./sections";
import styles from "./services.module.css";
import { useFaults, Workflow } from "./Workflow";

const words = servicesWords.service;

type Part = keyof typeof words.sections;
const PARTS = Object.keys(words.sections) as Part[];

/** What each part of the form gets. */
export interface PartProps {
  view: ServicesView;
  form: ServiceForm;
  onChange: (change: Partial<ServiceForm>) => void;
}

export function ServiceEditor(props: {
  view: ServicesView;
  form: ServiceForm;
  changed: boolean;
  onSaved: (id: string) => Promise<void>;
  onDuplicate: () => void;
  onRemoved: () => Promise<void>;
}) {
  const { view, form, changed } = props;
  const id = useId();
  // A new one may lie in any unit that is hers: the host says which.
  const allowed = useMay("change-services", form.id === null ? undefined : form.unit);
  const [part, setPart] = useState<Part>("general");
  const [tried, setTried] = useState(false);
  const [saving, setSaving] = useState(false);
  const [refused, setRefused] = useState<RefusedError | null>(null);
  const own = useMemo(() => problemsOf(form, view), [form, view]);
  // A new form is not red from the start; what is there already and does not fit says so at once.
  const shown = changed && (tried || form.id !== null) ? own : NO_PROBLEMS;
  const faults = useFaults(form);
  const problems = useMemo(
    () => ({
      ...shown,
      ...Object.fromEntries(faults.map(({ message }, place) => [`workflow.${place}`, message])),
      ...(refused?.field != null && { [refused.field]: refused.message }),
    }),
    [shown, faults, refused],
  );
  const context = useMemo(() => ({ problems, id }), [problems, id]);

  function change(difference: Partial<ServiceForm>): void {
    setRefused(null);
    putDraft({ of: "service", form: { ...form, ...difference } });
  }

  async function save(): Promise<void> {
    setTried(true);
    const first = Object.keys(own)[0];
    if (first !== undefined) {
      show(first);
      return;
    }
    setSaving(true);
    try {
      const saved = await ask("put_service", { service: form });
      setRefused(null);
      await props.onSaved(saved.id);
    } catch (error) {
      const why = RefusedError.from(error);
      setRefused(why);
      if (why.field !== null) show(why.field);
    } finally {
      setSaving(false);
    }
  }

  /** Opens the part that a field is in, and goes to the field. */
  function show(field: string): void {
    flushSync(() => setPart(partOf(field)));
    document.getElementById(`${id}-${field}`)?.focus();
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

  const title = form.name.trim() === "" ? servicesWords.list.fresh : form.name;
  return (
    // The keys come up from the fields within.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <form
      id="service-form"
      tabIndex={-1}
      className={styles["editor"]}
      aria-labelledby={`${id}-title`}
      noValidate
      onSubmit={submit}
      onKeyDown={keys}
    >
      <header className={styles["editorHead"]}>
        <h2 id={`${id}-title`} className="cut">
          {title}
        </h2>
        {form.id !== null && (
          <>
            <HistoryButton subject="service" object={form.id} name={form.name} />
            <Button size="small" appearance="subtle" icon={<CopyRegular />} onClick={props.onDuplicate}>
              {words.duplicate}
            </Button>
            {allowed && <Remove form={form} onRemoved={props.onRemoved} />}
          </>
        )}
      </header>
      <MayNot action="change-services" {...(form.id !== null && { unit: form.unit })} />
      <TabList
        size="small"
        aria-label={words.sectionsLabel}
        selectedValue={part}
        onTabSelect={(_, { value }) => setPart(value as Part)}
      >
        {PARTS.map((name) => (
          <PartTab key={name} name={name} problems={problems} />
        ))}
      </TabList>
      <FormContext value={context}>
        <div role="tabpanel" aria-label={words.sections[part]} className={styles["part"]}>
          <CurrentPart part={part} view={view} form={form} faults={faults} onChange={change} />
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
          title={words.saveKey}
          aria-keyshortcuts="Control+S"
        >
          {form.id === null ? words.create : words.save}
        </Button>
        <Button disabledFocusable={!changed || saving} onClick={() => changed && dropDraft()}>
          {words.discard}
        </Button>
        <span role="status" className="quiet">
          {changed ? words.unsaved : words.saved}
        </span>
      </footer>
    </form>
  );
}

const NO_PROBLEMS: Problems = {};

function PartTab({ name, problems }: { name: Part; problems: Problems }) {
  const count = Object.keys(problems).filter((field) => partOf(field) === name).length;
  return (
    <Tab value={name} {...(count > 0 && { "aria-label": `${words.sections[name]}, ${words.wrong(count)}` })}>
      {words.sections[name]}
      {count > 0 && (
        <span className={styles["badge"]}>
          <WarningRegular /> {count}
        </span>
      )}
    </Tab>
  );
}

function CurrentPart({
  part,
  faults,
  ...props
}: PartProps & { part: Part; faults: readonly WorkflowFaultView[] }) {
  switch (part) {
    case "general":
      return <General {...props} />;
    case "addresses":
      return <Addresses {...props} />;
    case "members":
      return <Members {...props} />;
    case "distribution":
      return <Distribution {...props} />;
    case "times":
      return <Times {...props} />;
    case "workflow":
      return <Workflow {...props} faults={faults} />;
  }
}

/** By the beginning of its name; whatever is not known stands on the first part. */
function partOf(field: string): Part {
  const [first = ""] = field.split(".");
  if (first === "addresses" || first === "otherwise") return "addresses";
  if (first === "workflow") return "workflow";
  if (first === "members" || first === "preferred") return "members";
  if (first === "distribution" || first === "levels") return "distribution";
  return first.endsWith("_ms") ? "times" : "general";
}

function Remove({ form, onRemoved }: { form: ServiceForm; onRemoved: () => Promise<void> }) {
  const [open, setOpen] = useState(false);

  async function remove(): Promise<void> {
    setOpen(false);
    if (form.id !== null && (await act("remove_service", { service: form.id }))) await onRemoved();
  }

  return (
    <Dialog open={open} onOpenChange={(_, data) => setOpen(data.open)}>
      <DialogTrigger disableButtonEnhancement>
        <Button size="small" appearance="subtle" icon={<DeleteRegular />}>
          {words.remove}
        </Button>
      </DialogTrigger>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{words.removeTitle(form.name)}</DialogTitle>
          <DialogContent>{words.removeText}</DialogContent>
          <DialogActions>
            <Button appearance="primary" onClick={() => setOpen(false)}>
              {words.cancel}
            </Button>
            <Button onClick={() => void remove()}>{words.removeYes}</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
