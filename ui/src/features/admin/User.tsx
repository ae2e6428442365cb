//! One user: who she is, whether she may come in, and her roles. What the directory says is shown and not changed here.

import { Button, Checkbox, Select } from "@fluentui/react-components";
import { DismissRegular } from "@fluentui/react-icons";
import { type SubmitEvent, useState } from "react";
import type {
  GrantForm,
  GrantView,
  OrganisationView,
  RoleName,
  UserForm,
  UserView,
} from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { act } from "../../shared/desk";
import { rightsWords } from "../../shared/rightsWords";
import { HistoryButton } from "../../shared/HistoryButton";
import styles from "./admin.module.css";
import { adminWords } from "./adminWords";
import { sayDone } from "./asking";
import { formOf, freshUser, type Problems, userProblems } from "./forms";
import { Sure } from "../../shared/Sure";
import { TextField } from "./parts";
import { branches } from "./tree";
import { entranceText } from "./Users";

const words = adminWords.user;

export function User(props: {
  /** `null`: one who is added. */
  user: UserView | null;
  organisation: OrganisationView | null;
  allowed: boolean;
  onAdded: (id: string) => void;
  onCancel: () => void;
  onRemoved: () => void;
}) {
  const { user, organisation, allowed } = props;
  return (
    <div className={styles["detail"]}>
      <section className={styles["card"]} aria-labelledby="user-title">
        <header className={styles["cardHead"]}>
          <h2 id="user-title" tabIndex={-1}>
            {user?.name ?? words.fresh}
          </h2>
          {user !== null && <HistoryButton subject="user" object={user.id} name={user.name} />}
        </header>
        <Details
          key={user === null ? "new" : JSON.stringify(formOf(user))}
          user={user}
          organisation={organisation}
          allowed={allowed}
          onAdded={props.onAdded}
          onCancel={props.onCancel}
        />
      </section>
      {user !== null && <Roles user={user} organisation={organisation} allowed={allowed} />}
      {user !== null && !user.synchronised && allowed && (
        <Sure
          trigger={<Button className={styles["start"] ?? ""}>{adminWords.remove}</Button>}
          title={words.removeTitle(user.name)}
          yes={words.removeYes}
          onYes={() => ask("remove_user", { user: user.id })}
          onDone={props.onRemoved}
        >
          <p>{words.removeText}</p>
        </Sure>
      )}
    </div>
  );
}

function Details(props: {
  user: UserView | null;
  organisation: OrganisationView | null;
  allowed: boolean;
  onAdded: (id: string) => void;
  onCancel: () => void;
}) {
  const { user, allowed } = props;
  const kept = user === null ? freshUser() : formOf(user);
  const [form, setForm] = useState<UserForm>(kept);
  const [tried, setTried] = useState(user !== null);
  const [refused, setRefused] = useState<RefusedError | null>(null);
  const synchronised = user?.synchronised ?? false;
  const own = userProblems(form, synchronised);
  const changed = user === null || JSON.stringify(form) !== JSON.stringify(kept);
  const problems: Problems = {
    ...(tried && changed ? own : {}),
    ...(refused?.field != null && { [refused.field]: refused.message }),
  };
  const fixed = synchronised || !allowed;

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    setTried(true);
    if (!allowed || !changed || Object.keys(own).length > 0) return;
    setRefused(null);
    ask("put_user", { user: form }).then(
      ({ id }) => {
        sayDone(adminWords.saved);
        if (user === null) props.onAdded(id);
      },
      (error: unknown) => setRefused(RefusedError.from(error)),
    );
  }

  const text = (
    name: "name" | "first_name" | "last_name" | "username" | "object",
    label: string,
    more: { hint?: string; required?: boolean } = {},
  ) => (
    <TextField
      name={name}
      label={label}
      value={form[name]}
      problems={problems}
      disabled={fixed}
      {...more}
      onChange={(value) => setForm({ ...form, [name]: value })}
    />
  );

  return (
    <form className={styles["stack"]} onSubmit={submit} aria-label={words.details}>
      {synchronised && <p className="quiet">{words.fromDirectory}</p>}
      <div className={styles["fields"]}>
        {text("name", words.name, { required: !fixed })}
        {text("username", words.username, { ...(!fixed && { hint: words.usernameHint }), required: !fixed })}
        {text("first_name", words.firstName)}
        {text("last_name", words.lastName)}
        <TextField
          name="email"
          label={words.email}
          value={form.email ?? ""}
          problems={problems}
          disabled={fixed}
          onChange={(value) => setForm({ ...form, email: value === "" ? null : value })}
        />
        {user === null && text("object", words.object, { hint: words.objectHint, required: true })}
      </div>
      <fieldset className={styles["set"]}>
        <legend>{words.entrance}</legend>
        {user !== null && <p>{entranceText(user, props.organisation)}</p>}
        {user !== null && !user.enabled && <p className={styles["warning"]}>{words.disabled}</p>}
        <Checkbox
          label={words.licensed}
          checked={form.licensed}
          disabled={!allowed}
          onChange={(_, { checked }) => setForm({ ...form, licensed: checked === true })}
        />
        {!form.licensed && user?.licence !== "team" && <p className="quiet">{words.noLicence}</p>}
        <Checkbox
          label={words.blocked}
          checked={form.blocked}
          disabled={!allowed}
          onChange={(_, { checked }) => setForm({ ...form, blocked: checked === true })}
        />
        {form.blocked && <p className="quiet">{words.blockedHint}</p>}
        <p className="quiet">
          {words.attendant}: {user?.attendant ?? words.noAttendant}
        </p>
      </fieldset>
      {refused !== null && refused.field === null && (
        <p role="alert" className={styles["warning"]}>
          {refused.message}
        </p>
      )}
      <div className={styles["row"]}>
        <Button type="submit" appearance="primary" disabledFocusable={!allowed || !changed}>
          {user === null ? words.create : adminWords.save}
        </Button>
        {user === null && <Button onClick={props.onCancel}>{adminWords.cancel}</Button>}
      </div>
    </form>
  );
}

/** Given one by one, at once; the host says no where the last administrator would be lost. */
function Roles(props: { user: UserView; organisation: OrganisationView | null; allowed: boolean }) {
  const { user, organisation, allowed } = props;
  const [role, setRole] = useState<RoleName>("service_owner");
  const [unit, setUnit] = useState("");
  const own: GrantForm[] = user.roles
    .filter(({ by_team }) => !by_team)
    .map(({ role, unit }) => ({ role, unit }));
  const put = (grants: GrantForm[]) => void act("set_grants", { user: user.id, grants });
  const place = (grant: GrantView) =>
    grant.unit === null
      ? rightsWords.everywhere
      : (organisation?.units.find(({ id }) => id === grant.unit)?.name ?? grant.unit);
  const wanted = { role, unit: unit === "" ? null : unit };
  const has = own.some((grant) => grant.role === wanted.role && grant.unit === wanted.unit);

  return (
    <section className={styles["card"]} aria-labelledby="roles-title">
      <header className={styles["cardHead"]}>
        <h2 id="roles-title">{words.roles}</h2>
        <HistoryButton subject="grants" object={user.id} name={user.name} />
      </header>
      <p className="quiet">{words.rolesText}</p>
      <ul className={styles["stack"]}>
        {user.roles.map((grant) => (
          <li key={`${grant.role}-${grant.unit ?? ""}-${String(grant.by_team)}`} className={styles["line"]}>
            <span className={styles["two"]}>
              <span>
                {rightsWords.roles[grant.role]}, {place(grant)}
              </span>
              {grant.by_team && <span className={styles["small"]}>{words.byTeam}</span>}
            </span>
            {!grant.by_team && (
              <Button
                size="small"
                appearance="subtle"
                icon={<DismissRegular />}
                disabledFocusable={!allowed}
                aria-label={words.take(rightsWords.roles[grant.role], place(grant))}
                onClick={() =>
                  put(own.filter((other) => other.role !== grant.role || other.unit !== grant.unit))
                }
              />
            )}
          </li>
        ))}
      </ul>
      {allowed && (
        <div className={styles["give"]}>
          <Select
            aria-label={words.role}
            value={role}
            onChange={(_, { value }) => setRole(value as RoleName)}
          >
            {(Object.keys(rightsWords.roles) as RoleName[]).map((name) => (
              <option key={name} value={name}>
                {rightsWords.roles[name]}
              </option>
            ))}
          </Select>
          <Select aria-label={words.unit} value={unit} onChange={(_, { value }) => setUnit(value)}>
            <option value="">{adminWords.wholeOrganisation}</option>
            {branches(organisation?.units ?? []).map(({ unit, level }) => (
              <option key={unit.id} value={unit.id}>
                {"\u2003".repeat(level - 1) + unit.name}
              </option>
            ))}
          </Select>
          <Button disabledFocusable={has} onClick={() => put([...own, wanted])}>
            {words.give}
          </Button>
          <span className="quiet">{rightsWords.roleText[role]}</span>
        </div>
      )}
    </section>
  );
}
