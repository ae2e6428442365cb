//! Speaks to screen readers: a new ring at once, the rest when there is a pause. Shows nothing and never takes the focus.

import { useEffect } from "react";
import { ringing } from "../shared/calls";
import { useDesk } from "../shared/desk";
import { partyName } from "../shared/format";
import { words } from "../shared/words";

export function Announcer() {
  const ring = useDesk((desk) => (desk.view ? ringing(desk.view) : null));
  const waiting = useDesk((desk) => desk.view?.queue.length ?? 0);
  const spoken = ring
    ? ring.returned_to_me
      ? words.ring.announceReturned(partyName(ring.caller))
      : words.ring.announce(partyName(ring.caller), ring.service_name)
    : "";
  const title = ring
    ? words.ring.title_window(partyName(ring.caller), ring.service_name)
    : waiting > 0
      ? `(${waiting}) ${words.product}`
      : words.product;

  useEffect(() => {
    document.title = title;
  }, [title]);

  return (
    <>
      <div className="visually-hidden" role="alert" aria-live="assertive">
        {spoken}
      </div>
      <div className="visually-hidden" role="status" aria-live="polite">
        {waiting > 0 && !ring ? words.queue.waiting(waiting) : ""}
      </div>
    </>
  );
}
