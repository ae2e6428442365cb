//! The workflow editor (ROUTE-3): the picture or the outline, the chosen step beside it, what is to be mended above.
//! Holds undo and redo. Does not check and does not save: whoever shows it does, and hands the faults in.

import { Button, Tab, TabList } from "@fluentui/react-components";
import {
  ArrowRedoRegular,
  ArrowUndoRegular,
  CheckmarkCircleRegular,
  WarningRegular,
} from "@fluentui/react-icons";
import { type KeyboardEvent, useId, useMemo, useRef, useState } from "react";
import type { WorkflowFaultView, WorkflowForm } from "../../platform/bindings";
import { servicesWords } from "../../shared/servicesWords";
import { type ExitAt, insertAt, insertBefore, nodeOf, removeNode, type StepKind } from "./graph";
import { layout } from "./layout";
import { Outline } from "./Outline";
import { begin, change, redo, undo } from "../../shared/past";
import { WorkflowPicture } from "./WorkflowPicture";
import { StepPanel } from "./StepPanel";
import { exitLabel, type Places, titleOf } from "./stepWords";
import styles from "./workflow.module.css";

const words = servicesWords.workflow;

/** What the picture, the outline and the panel share. */
export interface Editing {
  workflow: WorkflowForm;
  faults: readonly WorkflowFaultView[];
  places: Places;
  chosen: number | null;
  choose: (id: number | null) => void;
  /** `of`: the field that is typed into, so that its letters are undone together. */
  put: (workflow: WorkflowForm, of?: string) => void;
  insert: (at: ExitAt | { before: number }, kind: StepKind) => void;
  remove: (id: number) => void;
}

export default function WorkflowEditor(props: {
  /** What is edited; a later change of it is not looked at. */
  workflow: WorkflowForm;
  faults: readonly WorkflowFaultView[];
  places: Places;
  onChange: (workflow: WorkflowForm) => void;
}) {
  const [past, setPast] = useState(() => begin(props.workflow));
  const [chosen, choose] = useState<number | null>(null);
  const [view, setView] = useState<"picture" | "outline">("picture");
  const [full, setFull] = useState(false);
  const panel = useRef<HTMLElement>(null);
  const id = useId();
  const workflow = past.now;
  const picture = useMemo(() => layout(workflow, exitLabel), [workflow]);

  function turn(next: typeof past): void {
    if (next === past) return;
    setPast(next);
    setFull(false);
    if (chosen !== null && nodeOf(next.now, chosen) === undefined) choose(null);
    props.onChange(placed(next.now));
  }

  const editing: Editing = {
    workflow,
    faults: props.faults,
    places: props.places,
    chosen,
    choose,
    put: (next, of) => turn(change(past, next, of ?? null)),
    insert: (at, kind) => {
      const inserted =
        "before" in at ? insertBefore(workflow, at.before, kind) : insertAt(workflow, at, kind);
      setFull(inserted === null);
      if (inserted === null) return;
      turn(change(past, inserted.workflow));
      choose(inserted.id);
    },
    remove: (node) => turn(change(past, removeNode(workflow, node))),
  };

  function keys(event: KeyboardEvent): void {
    // In a field these keys undo what was typed there.
    if (event.target instanceof HTMLInputElement || !(event.ctrlKey || event.metaKey)) return;
    const key = event.key.toLowerCase();
    if (key === "z" && !event.shiftKey) turn(undo(past));
    else if (key === "y" || key === "z") turn(redo(past));
    else return;
    event.preventDefault();
  }

  return (
    // The keys come up from the buttons within.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section className={styles["editor"]} aria-label={words.title} onKeyDown={keys}>
      <div className={styles["bar"]}>
        <TabList
          size="small"
          aria-label={words.views}
          selectedValue={view}
          onTabSelect={(_, { value }) => setView(value === "outline" ? "outline" : "picture")}
        >
          <Tab value="picture">{words.picture}</Tab>
          <Tab value="outline">{words.outline}</Tab>
        </TabList>
        <Button
          size="small"
          appearance="subtle"
          icon={<ArrowUndoRegular />}
          title="Ctrl+Z"
          disabledFocusable={past.before.length === 0}
          onClick={() => turn(undo(past))}
        >
          {words.undo}
        </Button>
        <Button
          size="small"
          appearance="subtle"
          icon={<ArrowRedoRegular />}
          title="Ctrl+Y"
          disabledFocusable={past.after.length === 0}
          onClick={() => turn(redo(past))}
        >
          {words.redo}
        </Button>
        {full && <span role="alert">{words.full}</span>}
      </div>
      <Faults editing={editing} onGo={() => panel.current?.focus()} />
      <div className={styles["halves"]}>
        {view === "picture" ? (
          <WorkflowPicture
            editing={editing}
            picture={picture}
            hint={`${id}-hint`}
            onOpen={() => panel.current?.focus()}
          />
        ) : (
          <Outline editing={editing} />
        )}
        <section ref={panel} tabIndex={-1} className={styles["panel"]} aria-label={words.panel}>
          {chosen === null ? (
            <p className="quiet">{words.nothingChosen}</p>
          ) : (
            <StepPanel key={chosen} editing={editing} id={chosen} />
          )}
        </section>
      </div>
      <p id={`${id}-hint`} className={`quiet ${styles["hint"]}`}>
        {words.pictureHint}
      </p>
    </section>
  );
}

function Faults({ editing, onGo }: { editing: Editing; onGo: () => void }) {
  const { faults, workflow } = editing;
  if (faults.length === 0) {
    return (
      <p role="status" className={styles["sound"]}>
        <CheckmarkCircleRegular aria-hidden /> {words.noFaults}
      </p>
    );
  }
  return (
    <div role="status" className={styles["faults"]}>
      <strong>
        <WarningRegular aria-hidden /> {words.faults(faults.length)}
      </strong>
      <ul>
        {faults.map(({ node, field, message }) => (
          <li key={`${node} ${field} ${message}`}>
            {node === null ? (
              <span>
                {words.whole}: {message}
              </span>
            ) : (
              <button
                type="button"
                onClick={() => {
                  editing.choose(node);
                  onGo();
                }}
              >
                <b>{titleOf(workflow, node)}</b> {message}
              </button>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** With the places where the steps are drawn, so that what is kept says where each was seen. */
function placed(workflow: WorkflowForm): WorkflowForm {
  const places = new Map(layout(workflow, exitLabel).nodes.map((node) => [node.id, node]));
  return {
    ...workflow,
    nodes: workflow.nodes.map((node) => {
      const { x, y } = places.get(node.id) ?? node;
      return { ...node, x: Math.round(x), y: Math.round(y) };
    }),
  };
}
