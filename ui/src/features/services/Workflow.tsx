//! The workflow of a service (ROUTE-3): templates to begin with, the editor, and what the host's validator has against it
//! while it is drawn. It is saved with the service.

import { Button, Spinner } from "@fluentui/react-components";
import { DeleteRegular } from "@fluentui/react-icons";
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";
import type { ServiceForm, ServicesView, WorkflowFaultView, WorkflowForm } from "../../platform/bindings";
import { ask } from "../../platform/platform";
import { servicesWords } from "../../shared/servicesWords";
import type { PartProps } from "./ServiceEditor";
import styles from "./services.module.css";
import type { Places } from "./stepWords";
import { TEMPLATES, workflowOf } from "./templates";

const WorkflowEditor = lazy(() => import("./WorkflowEditor"));

const words = servicesWords.workflowPart;

/** As long as somebody types on, nobody is asked. */
const CHECK_AFTER_MS = 250;

export function Workflow(props: PartProps & { faults: readonly WorkflowFaultView[] }) {
  const { view, form, faults, onChange } = props;
  const places = useMemo(() => placesOf(view, form.id), [view, form.id]);
  if (form.workflow === null) return <Beginning onBegin={(workflow) => onChange({ workflow })} />;
  return (
    <div className={styles["workflow"]}>
      <Suspense fallback={<Spinner />}>
        <Drawn
          workflow={form.workflow}
          faults={faults}
          places={places}
          onChange={(workflow) => onChange({ workflow })}
        />
      </Suspense>
      <Button
        size="small"
        appearance="subtle"
        className={styles["start"] ?? ""}
        icon={<DeleteRegular />}
        onClick={() => onChange({ workflow: null })}
      >
        {words.without}
      </Button>
    </div>
  );
}

/** The editor keeps its own past; it begins anew when something other than itself has changed the workflow. */
function Drawn(props: {
  workflow: WorkflowForm;
  faults: readonly WorkflowFaultView[];
  places: Places;
  onChange: (workflow: WorkflowForm) => void;
}) {
  const now = JSON.stringify(props.workflow);
  const [own, setOwn] = useState({ text: now, generation: 0 });
  if (own.text !== now) setOwn({ text: now, generation: own.generation + 1 });
  return (
    <WorkflowEditor
      key={own.generation}
      workflow={props.workflow}
      faults={props.faults}
      places={props.places}
      onChange={(workflow) => {
        setOwn({ ...own, text: JSON.stringify(workflow) });
        props.onChange(workflow);
      }}
    />
  );
}

function Beginning({ onBegin }: { onBegin: (workflow: WorkflowForm) => void }) {
  return (
    <div className={styles["fields"]}>
      <p>{words.none}</p>
      <h3 className={styles["small"]}>{words.begin}</h3>
      <ul className={styles["stack"]}>
        {TEMPLATES.map((template) => (
          <li key={template} className={styles["template"]}>
            <Button onClick={() => onBegin(workflowOf(template))}>{words.templates[template]}</Button>
            <span className="quiet">{words.does[template]}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What a step may point to. A service does not hand callers to itself. */
function placesOf(view: ServicesView, own: string | null): Places {
  const services = view.services.flatMap(({ id, name }) => (id === null || id === own ? [] : [{ id, name }]));
  return { sounds: view.sounds, calendars: view.calendars, services };
}

/** What the host's validator has against the workflow, asked a moment after the last change. */
export function useFaults(form: ServiceForm): readonly WorkflowFaultView[] {
  const [faults, setFaults] = useState<readonly WorkflowFaultView[]>(NONE);
  const { id, workflow } = form;
  const asked = useRef(0);
  useEffect(() => {
    asked.current += 1;
    const mine = asked.current;
    if (workflow === null) return;
    const timer = setTimeout(() => {
      ask("check_workflow", { service: id, workflow }).then(
        (found) => mine === asked.current && setFaults(found),
        // Saving asks again, and says what is wrong.
        () => undefined,
      );
    }, CHECK_AFTER_MS);
    return () => clearTimeout(timer);
  }, [id, workflow]);
  return workflow === null ? NONE : faults;
}

const NONE: readonly WorkflowFaultView[] = [];
