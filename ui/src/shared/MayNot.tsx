//! Where an action is not allowed: that it is not, why, which role can do it and who holds that role. The control itself stays
//! where it is, disabled. Decides nothing: the host does.

import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  DialogTrigger,
  Spinner,
} from "@fluentui/react-components";
import { LockClosedRegular } from "@fluentui/react-icons";
import { useEffect, useState } from "react";
import type { RightsView, RoleName } from "../platform/bindings";
import { ask, RefusedError } from "../platform/platform";
import { useDesk } from "./desk";
import { type ActionName, useMay } from "./rights";
import { rightsWords } from "./rightsWords";
import styles from "./MayNot.module.css";

const words = rightsWords.mayNot;

/** A line above what she may look at but not change; nothing where she may. */
export function MayNot({ action, unit }: { action: ActionName; unit?: string | null }) {
  const allowed = useMay(action, unit);
  if (allowed) return null;
  return (
    <p className={styles["line"]} role="note">
      <LockClosedRegular aria-hidden />
      <span>{words.look}</span>
      <WhyNot action={action} />
    </p>
  );
}

/** The question, and its answer in a dialog. */
export function WhyNot({ action }: { action: ActionName }) {
  return (
    <Dialog>
      <DialogTrigger disableButtonEnhancement>
        <Button size="small" appearance="subtle">
          {words.why}
        </Button>
      </DialogTrigger>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{words.title}</DialogTitle>
          <DialogContent>
            <Because action={action} />
          </DialogContent>
          <DialogActions>
            <DialogTrigger disableButtonEnhancement>
              <Button appearance="primary">{words.close}</Button>
            </DialogTrigger>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function Because({ action }: { action: ActionName }) {
  const mine = useDesk((desk) => desk.session?.person?.roles);
  const line = useDesk((desk) => desk.session?.may.find((line) => line.action === action));
  const [rights, setRights] = useState<RightsView | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    let gone = false;
    ask("get_rights", {}).then(
      (found) => !gone && setRights(found),
      (error: unknown) => !gone && setProblem(RefusedError.from(error).message),
    );
    return () => {
      gone = true;
    };
  }, []);

  if (problem !== null) return <p role="alert">{words.failed(problem)}</p>;
  if (rights === null) return <Spinner size="small" label={words.loading} />;
  const row = rights.rows.find((row) => row.action === action);
  if (row === undefined) return null;
  const roles = namesOf([...new Set((mine ?? []).map(({ role }) => role))]);
  const holders = rights.holders.filter(({ role, names }) => row.roles.includes(role) && names.length > 0);
  return (
    <div className={styles["because"]}>
      <p>
        {row.roles.length === 0 ? words.nobody(row.allows) : words.takes(row.allows, namesOf(row.roles))}{" "}
        {line !== undefined && words.elsewhere} {row.reach === "tenant" && words.tenantOnly}
      </p>
      <p>{roles === "" ? words.noRole : words.you(roles)}</p>
      {row.roles.length > 0 && (
        <>
          <h3>{words.ask}</h3>
          {holders.length === 0 && <p>{words.nobodyHolds}</p>}
          <ul>
            {holders.map(({ role, names, more }) => (
              <li key={role}>{words.holders(rightsWords.roles[role], names.join(", "), more)}</li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

export function namesOf(roles: readonly RoleName[]): string {
  return roles.map((role) => rightsWords.roles[role]).join(", ");
}
