//! The workflow read from the top, as a nested list: the same steps and exits as in the picture, for those who read it with
//! their ears, and for narrow windows. A step is written once; where it comes again, only its name stands.

import { WarningRegular } from "@fluentui/react-icons";
import { servicesWords } from "../../shared/servicesWords";
import { exitsOf, nodeOf, reading } from "./graph";
import type { Editing } from "./WorkflowEditor";
import { exitWords, summaryOf, titleOf } from "./stepWords";
import styles from "./workflow.module.css";

const words = servicesWords.workflow;

interface Written {
  id: number;
  exits: { name: string; next: number | null; below: Written | null }[];
}

export function Outline({ editing }: { editing: Editing }) {
  const { workflow } = editing;
  const reached = new Set(reading(workflow));
  const written = new Set<number>();
  const first = write(editing, workflow.start, written);
  const lonely = workflow.nodes.filter(({ id }) => !reached.has(id));
  return (
    <div className={styles["outline"]}>
      <p className="quiet">{words.start}</p>
      <ul>
        <Step editing={editing} written={first} />
      </ul>
      {lonely.length > 0 && (
        <>
          <p className="quiet">{words.unreached}</p>
          <ul>
            {lonely.map(({ id }) => (
              <Step key={id} editing={editing} written={{ id, exits: [] }} />
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function write(editing: Editing, id: number, written: Set<number>): Written {
  written.add(id);
  const step = nodeOf(editing.workflow, id)?.step ?? { kind: "disconnect" };
  return {
    id,
    exits: exitsOf(step).map(({ name, next }) => ({
      name,
      next,
      below: next === null || written.has(next) ? null : write(editing, next, written),
    })),
  };
}

function Step({ editing, written }: { editing: Editing; written: Written }) {
  const { workflow, chosen, places } = editing;
  const node = nodeOf(workflow, written.id);
  const wrong = editing.faults.filter((fault) => fault.node === written.id);
  const [only] = written.exits;
  // A line of steps that follow each other is not indented: only a choice is.
  const straight = written.exits.length === 1 && only?.below != null ? only.below : null;
  return (
    <>
      <li>
        <button type="button" aria-pressed={chosen === written.id} onClick={() => editing.choose(written.id)}>
          <b>{titleOf(workflow, written.id)}</b>
          {node !== undefined && <span className="quiet"> {summaryOf(node, places)}</span>}
        </button>
        {wrong.map(({ field, message }) => (
          <p key={field + message} className={styles["wrong"]}>
            <WarningRegular aria-hidden /> {message}
          </p>
        ))}
        {straight === null && written.exits.length > 0 && (
          <ul>
            {written.exits.map(({ name, next, below }) => (
              <li key={name}>
                <span className={styles["exitName"]}>{exitWords(name)}:</span>
                {below === null ? (
                  <span className={next === null ? styles["wrong"] : "quiet"}>
                    {" "}
                    {next === null ? words.nowhere : words.goesTo(titleOf(workflow, next))}
                  </span>
                ) : (
                  <ul>
                    <Step editing={editing} written={below} />
                  </ul>
                )}
              </li>
            ))}
          </ul>
        )}
      </li>
      {straight !== null && <Step editing={editing} written={straight} />}
    </>
  );
}
