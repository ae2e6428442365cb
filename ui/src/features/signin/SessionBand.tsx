//! A thin band while somebody works on without the sign-in service, and while an action waits for her to confirm in the browser.

import { Button } from "@fluentui/react-components";
import { CloudOffRegular, PersonKeyRegular } from "@fluentui/react-icons";
import { hostNow } from "../../shared/clock";
import { CopyButton } from "../../shared/CopyButton";
import { act, useDesk } from "../../shared/desk";
import { moment } from "../../shared/format";
import { signInWords } from "./signInWords";
import styles from "./signin.module.css";

const words = signInWords.band;

export default function SessionBand() {
  const session = useDesk((desk) => desk.session);
  if (session === null) return null;
  if (session.step_up)
    return (
      <div className={styles["band"]} data-kind="waits" role="alert">
        <PersonKeyRegular fontSize={16} aria-hidden />
        <span>
          <strong>{words.stepUp}</strong> {words.stepUpText}
        </span>
        {session.link !== null && session.link !== "" && (
          <CopyButton text={session.link} label={words.copyLink} />
        )}
        <Button size="small" onClick={() => void act("cancel_sign_in", {})}>
          {words.cancel}
        </Button>
      </div>
    );
  if (session.offline_since === null) return null;
  return (
    <div className={styles["band"]} role="status">
      <CloudOffRegular fontSize={16} aria-hidden />
      <span>{words.offline(moment(session.offline_since, hostNow()))}</span>
    </div>
  );
}
