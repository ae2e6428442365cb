//! Groups of the directory (ID-6): which of them let their members in, whose services their owners look after, and how the
//! directory is read: how old what is known is, and what is missing.

import { Button, Input, Select, Switch } from "@fluentui/react-components";
import {
  ArrowSyncRegular,
  CheckmarkCircleRegular,
  DismissRegular,
  SearchRegular,
  WarningRegular,
} from "@fluentui/react-icons";
import { useState } from "react";
import type { OrganisationView, SyncView, TeamView } from "../../platform/bindings";
import { hostNow } from "../../shared/clock";
import { act } from "../../shared/desk";
import { moment } from "../../shared/format";
import { MayNot } from "../../shared/MayNot";
import { useMay } from "../../shared/rights";
import styles from "./admin.module.css";
import { adminWords } from "./adminWords";
import { sayDone, useOrganisation } from "./asking";
import { Answer } from "./parts";
import { branches } from "./tree";

const words = adminWords.teams;
/** More are found by the search: a directory has thousands of groups. */
const TEAMS_SHOWN_MAX = 200;

export function Teams() {
  const asked = useOrganisation();
  return (
    <div className={styles["scroll"]}>
      <MayNot action="change-users" />
      <Answer asked={asked}>
        {(found) => (
          <>
            <Sync sync={found.sync} />
            <List view={found} />
          </>
        )}
      </Answer>
    </div>
  );
}

function Sync({ sync }: { sync: SyncView }) {
  const own = adminWords.sync;
  const allowed = useMay("change-users");
  const trouble = sync.state === "failing" || sync.state === "stopped";
  return (
    <section className={styles["card"]} aria-labelledby="sync-title" data-trouble={trouble || undefined}>
      <h2 id="sync-title">{own.title}</h2>
      <p className={styles["state"]}>
        {trouble ? <WarningRegular aria-hidden /> : <CheckmarkCircleRegular aria-hidden />}
        <strong>{own.state[sync.state]}.</strong>
        <span>
          {sync.last_success === null ? own.never : own.last(moment(sync.last_success, hostNow()))}
          {sync.next_attempt !== null && `; ${own.next(moment(sync.next_attempt, hostNow()))}`}
        </span>
      </p>
      {sync.problem !== null && (
        <p className={styles["warning"]}>
          {sync.problem.message} <span className={styles["small"]}>{sync.problem.code}</span>
        </p>
      )}
      <p className="quiet">{own.text[sync.state]}</p>
      {sync.state !== "off" && (
        <div className={styles["row"]}>
          <Button
            icon={<ArrowSyncRegular />}
            disabledFocusable={!allowed}
            onClick={() => void act("sync_directory", {}).then((done) => done && sayDone(own.asked))}
          >
            {own.now}
          </Button>
        </div>
      )}
    </section>
  );
}

function List({ view }: { view: OrganisationView }) {
  const [query, setQuery] = useState("");
  const wanted = query.trim().toLocaleLowerCase();
  const found = view.teams.filter(({ name }) => name.toLocaleLowerCase().includes(wanted));
  return (
    <section aria-labelledby="teams-title" className={styles["stack"]}>
      <h2 id="teams-title">{words.title}</h2>
      <p className="quiet">{words.text}</p>
      {view.teams.length === 0 ? (
        <p>{words.none}</p>
      ) : (
        <>
          <Input
            className={styles["search"] ?? ""}
            aria-label={words.search}
            placeholder={words.search}
            contentBefore={<SearchRegular />}
            value={query}
            onChange={(_, { value }) => setQuery(value)}
          />
          {/* A table that scrolls must be reachable by keyboard. */}
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <div className={styles["wide"]} tabIndex={0} role="region" aria-label={words.title}>
            <table className={styles["table"]}>
              <thead>
                <tr>
                  {Object.entries(words.columns).map(([name, label]) => (
                    <th key={name} scope="col">
                      {label}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {found.slice(0, TEAMS_SHOWN_MAX).map((team) => (
                  <Row key={team.id} team={team} view={view} />
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </section>
  );
}

function Row({ team, view }: { team: TeamView; view: OrganisationView }) {
  const allowed = useMay("change-users");
  const put = (change: Partial<TeamView>) => {
    const { id, licensed, units } = { ...team, ...change };
    void act("set_team", { team: { id, licensed, units } });
  };
  const free = branches(view.units).filter(({ unit }) => !team.units.includes(unit.id));
  return (
    <tr>
      <th scope="row">{team.name}</th>
      <td className="digits">{team.members}</td>
      <td className="digits">{team.owners}</td>
      <td>
        <Switch
          aria-label={words.licence(team.name)}
          checked={team.licensed}
          disabled={!allowed}
          onChange={(_, { checked }) => put({ licensed: checked })}
        />
      </td>
      <td>
        <div className={styles["row"]}>
          {team.units.length === 0 && <span className="quiet">{words.noUnits}</span>}
          {team.units.map((id) => {
            const name = view.units.find((unit) => unit.id === id)?.name ?? id;
            return (
              <span key={id} className={styles["tag"]}>
                {name}
                {allowed && (
                  <Button
                    size="small"
                    appearance="transparent"
                    icon={<DismissRegular />}
                    aria-label={words.removeUnit(name, team.name)}
                    onClick={() => put({ units: team.units.filter((other) => other !== id) })}
                  />
                )}
              </span>
            );
          })}
          {allowed && free.length > 0 && (
            <Select
              size="small"
              aria-label={words.unitsOf(team.name)}
              value=""
              onChange={(_, { value }) => value !== "" && put({ units: [...team.units, value] })}
            >
              <option value="">{words.addUnit}</option>
              {free.map(({ unit, level }) => (
                <option key={unit.id} value={unit.id}>
                  {"\u2003".repeat(level - 1) + unit.name}
                </option>
              ))}
            </Select>
          )}
        </div>
      </td>
    </tr>
  );
}
