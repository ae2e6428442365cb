//! The area of the services (ROUTE-1, ROUTE-2): the services themselves, skills and responsibility profiles, limits. Fetches
//! what there is, again when the host says that it has changed, and guards what is not saved.

import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Spinner,
  Tab,
  TabList,
} from "@fluentui/react-components";
import { useCallback, useEffect, useState } from "react";
import type { ServicesView } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { useDesk } from "../../shared/desk";
import { servicesWords } from "../../shared/servicesWords";
import { dropDraft, guardWindow, leave, useDrafts } from "./drafts";
import { Limits } from "./Limits";
import { ServiceList } from "./ServiceList";
import styles from "./services.module.css";
import { Skills } from "./Skills";

const words = servicesWords;

type Area = keyof typeof words.areas;
const AREAS = Object.keys(words.areas) as Area[];

/** What every part of this area gets: what there is, and a way to ask for it again. */
export interface Administering {
  view: ServicesView;
  again: () => Promise<void>;
}

export default function Services() {
  const [area, setArea] = useState<Area>(areaOfDraft);
  const { view, problem, again } = useServices();

  useEffect(() => {
    window.addEventListener("beforeunload", guardWindow);
    return () => window.removeEventListener("beforeunload", guardWindow);
  }, []);

  return (
    <section className={styles["area"]} aria-labelledby="services-title">
      <header className={styles["head"]}>
        <h1 id="services-title">{words.title}</h1>
        <TabList
          aria-label={words.title}
          selectedValue={area}
          onTabSelect={(_, { value }) => leave(() => setArea(value as Area))}
        >
          {AREAS.map((name) => (
            <Tab key={name} value={name}>
              {words.areas[name]}
            </Tab>
          ))}
        </TabList>
      </header>
      {problem !== null && (
        <p role="alert" className={styles["warning"]}>
          {words.failed(problem)} <Button onClick={() => void again()}>{words.retry}</Button>
        </p>
      )}
      {view === null ? (
        problem === null && <Spinner label={words.loading} />
      ) : (
        <CurrentArea area={area} view={view} again={again} />
      )}
      <Leaving />
    </section>
  );
}

function CurrentArea({ area, ...administering }: Administering & { area: Area }) {
  switch (area) {
    case "services":
      return <ServiceList {...administering} />;
    case "skills":
      return <Skills {...administering} />;
    case "limits":
      return <Limits {...administering} />;
  }
}

/** Who comes back from a call goes on where she was. */
function areaOfDraft(): Area {
  switch (useDrafts.getState().draft?.of) {
    case "skill":
    case "profile":
    case "attendant":
      return "skills";
    case "limits":
      return "limits";
    case "service":
    case undefined:
      return "services";
  }
}

function useServices() {
  const revision = useDesk((desk) => desk.services_revision + desk.sounds_revision);
  const [view, setView] = useState<ServicesView | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const again = useCallback(
    () =>
      ask("get_services", {}).then(
        (found) => {
          setView(found);
          setProblem(null);
        },
        (error: unknown) => setProblem(RefusedError.from(error).message),
      ),
    [],
  );
  useEffect(() => void again(), [again, revision]);
  return { view, problem, again };
}

function Leaving() {
  const leaving = useDrafts((drafts) => drafts.leaving);
  return (
    <Dialog
      modalType="alert"
      open={leaving !== null}
      onOpenChange={(_, { open }) => !open && useDrafts.setState({ leaving: null })}
    >
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{words.leaving.title}</DialogTitle>
          <DialogContent>{words.leaving.text}</DialogContent>
          <DialogActions>
            <Button appearance="primary" onClick={() => useDrafts.setState({ leaving: null })}>
              {words.leaving.stay}
            </Button>
            <Button
              onClick={() => {
                dropDraft();
                leaving?.();
              }}
            >
              {words.leaving.go}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
