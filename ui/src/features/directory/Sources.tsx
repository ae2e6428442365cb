//! The sources of contacts (DIR-1): how each stands and how old that is, what is missing and what that costs; reading one again,
//! adding, changing and removing. The host reads them and says how they stand.

import { Button, Spinner } from "@fluentui/react-components";
import {
  AddRegular,
  ArrowClockwiseRegular,
  ArrowSyncCircleRegular,
  CheckmarkCircleRegular,
  ClockRegular,
  ErrorCircleRegular,
  ShieldLockRegular,
} from "@fluentui/react-icons";
import { type ReactElement, useState } from "react";
import type { SourceForm, SourceHealthName, SourceView } from "../../platform/bindings";
import { ask } from "../../platform/platform";
import { useAsked } from "../../shared/asking";
import { useClock } from "../../shared/clock";
import { act, useDesk } from "../../shared/desk";
import { useMay } from "../../shared/rights";
import { Sure } from "../../shared/Sure";
import styles from "./directory.module.css";
import { SourceDialog } from "./SourceDialog";
import { freshSource, isDegraded, standing } from "./sources";
import { sourceWords as words } from "./sourceWords";

const asked = () => ask("get_sources", {});

export function Sources() {
  const revision = useDesk((desk) => desk.sources_revision);
  const { found, problem, again } = useAsked(asked, revision);
  const allowed = useMay("change-sources");
  const noPresence = useDesk((desk) => desk.presence_problem);
  const [form, setForm] = useState<SourceForm | null>(null);
  return (
    <>
      <div className={styles["head-line"]}>
        <h2>{words.title}</h2>
        {allowed && (
          <Button size="small" icon={<AddRegular />} onClick={() => setForm(freshSource())}>
            {words.add}
          </Button>
        )}
      </div>
      {noPresence !== null && (
        <p className={styles["careful"]}>
          <strong>{words.noPresence}</strong> {noPresence}
        </p>
      )}
      {problem !== null && (
        <p role="alert" className={styles["refused"]}>
          {words.failed(problem)}{" "}
          <Button size="small" onClick={() => void again()}>
            {words.retry}
          </Button>
        </p>
      )}
      {found === null && problem === null && (
        <Spinner className={styles["busy"] ?? ""} size="small" label={words.loading} />
      )}
      {found !== null && (
        <ul className={styles["sources"]} aria-label={words.list}>
          {found.map((source) => (
            <Source key={source.id} source={source} onChange={setForm} />
          ))}
        </ul>
      )}
      {form !== null && (
        <SourceDialog
          key={form.id ?? "new"}
          begun={form}
          onClose={() => setForm(null)}
          onKept={() => {
            setForm(null);
            void again();
          }}
        />
      )}
    </>
  );
}

const SIGNS: Readonly<Record<SourceHealthName, ReactElement>> = {
  ok: <CheckmarkCircleRegular fontSize={20} aria-hidden />,
  reading: <ArrowSyncCircleRegular fontSize={20} aria-hidden />,
  stale: <ClockRegular fontSize={20} aria-hidden />,
  needs_consent: <ShieldLockRegular fontSize={20} aria-hidden />,
  failed: <ErrorCircleRegular fontSize={20} aria-hidden />,
};

function Source({ source, onChange }: { source: SourceView; onChange: (form: SourceForm) => void }) {
  const { id, name, kind, state, message, costs, contacts, form } = source;
  const line = useClock((now) => standing(source, now));
  return (
    <li className={styles["source"]} data-state={state}>
      <span className={styles["state"]}>{SIGNS[state]}</span>
      <div className={styles["source-said"]}>
        <p>
          <strong>{name}</strong> <span className="quiet">{words.kinds[kind]}</span>
        </p>
        <p className={styles["standing"]}>
          {words.state[state]} · {line}
        </p>
        {message !== null && <p className={styles["wrong"]}>{message}</p>}
        {costs !== null && (
          <p>
            <strong>{words.costs}</strong> {costs}
          </p>
        )}
        {isDegraded(source) && contacts > 0 && <p className="quiet">{words.stillSearched(contacts)}</p>}
      </div>
      <div className={styles["source-deeds"]}>
        {source.can_refresh && (
          <Button
            size="small"
            icon={<ArrowClockwiseRegular />}
            aria-label={words.refreshWho(name)}
            disabledFocusable={state === "reading"}
            onClick={() => void act("refresh_source", { source: id })}
          >
            {words.refresh}
          </Button>
        )}
        {form !== null && (
          <Button size="small" aria-label={words.changeWho(name)} onClick={() => onChange(form)}>
            {words.change}
          </Button>
        )}
        {source.can_remove && (
          <Sure
            trigger={
              <Button size="small" aria-label={words.removeWho(name)}>
                {words.remove}
              </Button>
            }
            title={words.removeTitle(name)}
            yes={words.removeYes}
            onYes={() => ask("remove_source", { source: id })}
          >
            <p>{words.removeText(contacts)}</p>
          </Sure>
        )}
      </div>
    </li>
  );
}
