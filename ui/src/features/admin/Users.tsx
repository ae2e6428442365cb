//! The users of the organisation (ID-4, ID-6): found by name, and the chosen one with licence and roles beside the list.

import { Button, Input, Spinner, Switch } from "@fluentui/react-components";
import { PersonAddRegular, SearchRegular } from "@fluentui/react-icons";
import { memo, useCallback, useState } from "react";
import type { OrganisationView, UserView } from "../../platform/bindings";
import { MayNot } from "../../shared/MayNot";
import { useMay } from "../../shared/rights";
import { rightsWords } from "../../shared/rightsWords";
import { VirtualGrid } from "../../shared/VirtualGrid";
import styles from "./admin.module.css";
import { adminWords } from "./adminWords";
import { useOrganisation } from "./asking";
import { User } from "./User";
import { useUsers } from "./userPages";

const words = adminWords.users;
const ROW_HEIGHT = 48;
const keyOf = (user: UserView) => user.id;

export function Users() {
  const organisation = useOrganisation().found;
  const allowed = useMay("change-users");
  const [query, setQuery] = useState("");
  const [licensed, setLicensed] = useState(false);
  const { users, state, problem, more } = useUsers(query, licensed);
  const [selected, select] = useState(0);
  const [chosen, choose] = useState<string | null>(null);
  const [adding, setAdding] = useState(false);
  const shown = adding ? null : (users.find(({ id }) => id === chosen) ?? null);
  const open = useCallback((user: UserView) => {
    setAdding(false);
    choose(user.id);
    focusUser();
  }, []);

  return (
    <>
      <MayNot action="change-users" />
      <div className={styles["bar"]}>
        <Input
          className={styles["search"] ?? ""}
          aria-label={words.search}
          placeholder={words.searchHint}
          contentBefore={<SearchRegular />}
          value={query}
          onChange={(_, { value }) => {
            setQuery(value);
            select(0);
          }}
        />
        <Switch
          label={words.licensedOnly}
          checked={licensed}
          onChange={(_, { checked }) => setLicensed(checked)}
        />
        <Button icon={<PersonAddRegular />} disabledFocusable={!allowed} onClick={() => setAdding(true)}>
          {words.add}
        </Button>
      </div>
      {state === "failed" && (
        <p role="alert" className={styles["warning"]}>
          {words.failed} {problem}
        </p>
      )}
      <div className={styles["users"]}>
        <div className={styles["people"]}>
          {state === "loading" && users.length === 0 && <Spinner label={adminWords.loading} />}
          {state === "whole" && users.length === 0 && (
            <p className="quiet">{query === "" && !licensed ? words.empty : words.none}</p>
          )}
          {users.length > 0 && (
            <VirtualGrid
              id="users"
              label={words.grid}
              items={users}
              keyOf={keyOf}
              rowHeight={ROW_HEIGHT}
              selected={Math.min(selected, users.length - 1)}
              onSelect={(index) => {
                select(index);
                setAdding(false);
                choose(users[index]?.id ?? null);
              }}
              onActivate={open}
              onEnd={more}
            >
              {(user) => <Cells user={user} organisation={organisation} />}
            </VirtualGrid>
          )}
        </div>
        {adding || shown !== null ? (
          <User
            key={shown?.id ?? "new"}
            user={shown}
            organisation={organisation}
            allowed={allowed}
            onAdded={(id) => {
              setAdding(false);
              choose(id);
            }}
            onCancel={() => setAdding(false)}
            onRemoved={() => choose(null)}
          />
        ) : (
          <p className="quiet">{words.choose}</p>
        )}
      </div>
    </>
  );
}

/** Enter on a row goes on in the form of the user. */
function focusUser(): void {
  requestAnimationFrame(() => document.getElementById("user-title")?.focus());
}

const Cells = memo(function Cells(props: { user: UserView; organisation: OrganisationView | null }) {
  const { user, organisation } = props;
  const roles = rolesText(user);
  return (
    <>
      <span role="gridcell" className={styles["two"]}>
        <strong className="cut">{user.name}</strong>
        <span className={`${styles["small"]} cut`}>{user.email ?? user.username}</span>
      </span>
      <span role="gridcell" className={styles["two"]} data-out={!user.enabled || user.blocked || undefined}>
        <span className="cut">{entranceText(user, organisation)}</span>
        <span className={`${styles["small"]} cut`}>{roles}</span>
      </span>
    </>
  );
});

export function entranceText(user: UserView, organisation: OrganisationView | null): string {
  if (user.blocked) return words.blocked;
  if (!user.enabled) return words.disabled;
  if (user.licence !== "team") return words.licence[user.licence];
  const team = organisation?.teams.find(
    ({ id, name }) => id === user.licence_team || name === user.licence_team,
  );
  return team === undefined ? words.licence.team : words.byTeam(team.name);
}

function rolesText(user: UserView): string {
  const roles = user.roles.map(({ role }) => rightsWords.roles[role]);
  return roles.length === 0 ? words.noRoles : [...new Set(roles)].join(", ");
}
