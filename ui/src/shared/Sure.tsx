//! A question before something is done that cannot be taken back or that others will feel.

import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  DialogTrigger,
} from "@fluentui/react-components";
import { type ReactElement, type ReactNode, useState } from "react";
import { RefusedError } from "../platform/platform";
import styles from "./Sure.module.css";
import { words } from "./words";

/** A refusal stays in the dialog. */
export function Sure(props: {
  trigger: ReactElement;
  title: string;
  yes: string;
  children: ReactNode;
  onYes: () => Promise<unknown>;
  onDone?: () => void;
}) {
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  function yes(): void {
    setBusy(true);
    setProblem(null);
    props
      .onYes()
      .then(
        () => {
          setOpen(false);
          props.onDone?.();
        },
        (error: unknown) => setProblem(RefusedError.from(error).message),
      )
      .finally(() => setBusy(false));
  }
  return (
    <Dialog
      open={open}
      onOpenChange={(_, data) => {
        setOpen(data.open);
        setProblem(null);
      }}
    >
      <DialogTrigger disableButtonEnhancement>{props.trigger}</DialogTrigger>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{props.title}</DialogTitle>
          <DialogContent className={styles["sure"] ?? ""}>
            {props.children}
            <p role="alert" className={problem === null ? undefined : styles["warning"]}>
              {problem}
            </p>
          </DialogContent>
          <DialogActions>
            <DialogTrigger disableButtonEnhancement>
              <Button>{words.callAsked.cancel}</Button>
            </DialogTrigger>
            <Button appearance="primary" disabledFocusable={busy} onClick={yes}>
              {props.yes}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
