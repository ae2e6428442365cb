//! A ringing call while another screen is open: who, which service, answer or decline, without leaving what one does.

import { Button } from "@fluentui/react-components";
import { CallRegular } from "@fluentui/react-icons";
import { ringing } from "../shared/calls";
import { run } from "../shared/commands";
import { useDesk } from "../shared/desk";
import { partyName, thenDetail } from "../shared/format";
import { CallbackTag } from "../shared/CallbackTag";
import { Elapsed, Key, ServiceMark, shortcut, SimulatedTag } from "../shared/marks";
import { words } from "../shared/words";
import styles from "./shell.module.css";

export function RingBar() {
  const ring = useDesk((desk) => (desk.view ? ringing(desk.view) : null));
  if (!ring) return null;
  return (
    <section className={styles["ring-bar"]} aria-label={words.ring.region}>
      <ServiceMark name={ring.service_name} />
      <div className={styles["ring-who"]}>
        <strong className="cut">{partyName(ring.caller)}</strong>
        <span className="cut">
          {ring.service_name} · <Elapsed since={ring.arrived} />
          {thenDetail(ring.caller)}
        </span>
      </div>
      {ring.callback && <CallbackTag />}
      {ring.simulated && <SimulatedTag />}
      <Button
        appearance="primary"
        icon={<CallRegular />}
        onClick={() => run("answer")}
        {...shortcut("answer")}
      >
        {ring.callback ? words.queue.callBack : words.actions.answer} <Key show="F2" />
      </Button>
      <Button onClick={() => run("decline")} {...shortcut("decline")}>
        {words.actions.decline} <Key of="decline" />
      </Button>
    </section>
  );
}
