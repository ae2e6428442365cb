//! What the attendant should know now, at the foot of the window, above everything but in the way of nothing.

import { Button } from "@fluentui/react-components";
import { DismissRegular, ErrorCircleRegular, InfoRegular } from "@fluentui/react-icons";
import { memo, useEffect } from "react";
import { dismissNotice, type ShownNotice, useDesk } from "../shared/desk";
import { words } from "../shared/words";
import styles from "./shell.module.css";

/** Long enough to read two lines twice. */
const LOW_SHOWN_MS = 7_000;
/** A refusal or a lost call stays until it is dismissed or this is over. */
const HIGH_SHOWN_MS = 30_000;

export function Notices() {
  const notices = useDesk((desk) => desk.notices);
  return (
    <div className={styles["notices"]} role="log" aria-live="polite" aria-relevant="additions">
      {notices.map((notice) => (
        <NoticeBar key={notice.id} notice={notice} />
      ))}
    </div>
  );
}

const NoticeBar = memo(function NoticeBar({ notice }: { notice: ShownNotice }) {
  const high = notice.urgency === "high";
  useEffect(() => {
    const timer = setTimeout(() => dismissNotice(notice.id), high ? HIGH_SHOWN_MS : LOW_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [notice.id, high]);
  return (
    <div className={styles["notice"]} data-urgency={notice.urgency}>
      {high ? <ErrorCircleRegular fontSize={20} /> : <InfoRegular fontSize={20} />}
      <span>
        {notice.message}
        {notice.reference !== null && (
          <span className="quiet"> {words.notice.reference(notice.reference)}</span>
        )}
      </span>
      <Button
        size="small"
        appearance="subtle"
        icon={<DismissRegular />}
        aria-label={words.notice.dismiss}
        onClick={() => dismissNotice(notice.id)}
      />
    </div>
  );
});
