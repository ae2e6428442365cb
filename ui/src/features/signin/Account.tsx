//! Who is signed in, with which roles, and signing out: what happens to calls is said before.

import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
} from "@fluentui/react-components";
import { useState } from "react";
import { ask, RefusedError } from "../../platform/platform";
import { useDesk } from "../../shared/desk";
import { rightsWords } from "../../shared/rightsWords";
import { useScreen } from "../../shared/screen";
import { signInWords } from "./signInWords";
import styles from "./signin.module.css";

const words = signInWords.account;

function close(): void {
  useScreen.setState({ account: false });
}

export default function Account() {
  const session = useDesk((desk) => desk.session);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const person = session?.person ?? null;
  if (person === null) return null;

  function signOut(): void {
    setBusy(true);
    setProblem(null);
    ask("sign_out", {})
      .then(close, (error: unknown) => setProblem(RefusedError.from(error).message))
      .finally(() => setBusy(false));
  }

  return (
    <Dialog open onOpenChange={(_, { open }) => !open && close()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{words.title}</DialogTitle>
          <DialogContent className={styles["account"] ?? ""}>
            <dl className={styles["facts"]}>
              <dt>{words.name}</dt>
              <dd>{person.name}</dd>
              <dt>{words.username}</dt>
              <dd>{person.username}</dd>
              <dt>{words.roles}</dt>
              <dd>{rolesOf(person.roles.map(({ role }) => rightsWords.roles[role]))}</dd>
              {session?.issuer != null && (
                <>
                  <dt>{words.issuer}</dt>
                  <dd>{session.issuer}</dd>
                </>
              )}
            </dl>
            <p>{words.text}</p>
            <p role="alert">{problem}</p>
          </DialogContent>
          <DialogActions>
            <Button onClick={close}>{words.close}</Button>
            <Button appearance="primary" disabledFocusable={busy} onClick={signOut}>
              {busy ? words.signingOut : words.signOut}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function rolesOf(names: readonly string[]): string {
  return names.length === 0 ? words.noRole : [...new Set(names)].join(", ");
}
