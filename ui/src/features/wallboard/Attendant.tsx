//! An attendant on the wall: what she does and since when, her calls of today, and what whoever looks after the service may do for
//! her. The host decides what is allowed.

import {
  Menu,
  MenuItem,
  MenuItemCheckbox,
  MenuList,
  MenuPopover,
  MenuTrigger,
} from "@fluentui/react-components";
import {
  BookmarkFilled,
  CallFilled,
  CallInboundFilled,
  CallOutboundFilled,
  CheckmarkCircleFilled,
  ClockFilled,
  DrinkCoffeeFilled,
  EditFilled,
  ErrorCircleFilled,
  PauseFilled,
  PersonProhibitedFilled,
} from "@fluentui/react-icons";
import { memo, type ReactElement, type ReactNode } from "react";
import type { BoardAttendant, BoardService, BoardStateName } from "../../platform/bindings";
import { act } from "../../shared/desk";
import { span } from "../../shared/format";
import { Elapsed } from "../../shared/marks";
import { useMay } from "../../shared/rights";
import { words as shared } from "../../shared/words";
import styles from "./wallboard.module.css";
import { wallboardWords as words } from "./wallboardWords";

const ICONS: Readonly<Record<BoardStateName, ReactElement>> = {
  ringing: <CallInboundFilled />,
  dialing: <CallOutboundFilled />,
  talking: <CallFilled />,
  on_hold: <PauseFilled />,
  after_call_work: <EditFilled />,
  off_duty: <PersonProhibitedFilled />,
  rona: <ErrorCircleFilled />,
  not_available: <DrinkCoffeeFilled />,
  away: <ClockFilled />,
  parked: <BookmarkFilled />,
  ready: <CheckmarkCircleFilled />,
};

export const Attendant = memo(function Attendant(props: {
  attendant: BoardAttendant;
  services: readonly BoardService[];
}) {
  const { attendant, services } = props;
  const isAllowed = useMay("supervise");
  return (
    <li className={styles["person"]} data-state={attendant.state}>
      {isAllowed ? (
        <Actions attendant={attendant} services={services}>
          <Face attendant={attendant} />
        </Actions>
      ) : (
        <div className={styles["face"]}>
          <Face attendant={attendant} />
        </div>
      )}
    </li>
  );
});

function Face({ attendant }: { attendant: BoardAttendant }) {
  const { name, state, since, calls, talk_ms } = attendant;
  return (
    <span className={styles["face-in"]}>
      <span aria-hidden className={styles["icon"]}>
        {ICONS[state]}
      </span>
      <span className={styles["line"]}>
        <strong className="cut">{name}</strong>
        {since !== null && (
          <span className={styles["age"]}>
            <span className="visually-hidden">{words.inState} </span>
            <Elapsed since={since} />
          </span>
        )}
      </span>
      <span className={styles["line"]}>
        <span className={`cut ${styles["state"]}`}>{stateText(attendant)}</span>
        {calls !== null && (
          <span className={`digits ${styles["sum"]}`}>
            {words.callsOf(calls)} · <span className="visually-hidden">{words.talk} </span>
            {span(talk_ms ?? 0)}
          </span>
        )}
      </span>
    </span>
  );
}

function stateText({ state, reason, presence }: BoardAttendant): string {
  if (state === "not_available" && reason !== null) return shared.notAvailable[reason];
  if (state === "away" && presence !== null) return shared.presence[presence];
  return words.states[state];
}

function Actions(props: {
  attendant: BoardAttendant;
  services: readonly BoardService[];
  children: ReactNode;
}) {
  const { attendant, services, children } = props;
  const { id, name, on_duty, here, state, switched_off } = attendant;
  const hers = services.filter((service) => attendant.services.includes(service.id));
  const serves = hers.map((service) => service.id).filter((service) => !switched_off.includes(service));

  function serve(checked: readonly string[]): void {
    const changed = hers.find(({ id }) => checked.includes(id) !== serves.includes(id));
    if (changed === undefined) return;
    const serving = checked.includes(changed.id);
    void act("set_attendant_serving", { attendant: id, service: changed.id, serving });
  }

  return (
    <Menu checkedValues={{ serves }} onCheckedValueChange={(_, { checkedItems }) => serve(checkedItems)}>
      <MenuTrigger disableButtonEnhancement>
        <button type="button" className={styles["face"]} data-attendant title={words.actions(name)}>
          {children}
        </button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList aria-label={words.actions(name)}>
          {state === "rona" && (
            <MenuItem onClick={() => void act("clear_attendant_rona", { attendant: id })}>
              {words.back}
            </MenuItem>
          )}
          {on_duty ? (
            <MenuItem onClick={() => void act("set_attendant_duty", { attendant: id, on_duty: false })}>
              {words.offDuty}
            </MenuItem>
          ) : (
            <MenuItem
              disabled={!here}
              {...(!here && { subText: words.notHere })}
              onClick={() => void act("set_attendant_duty", { attendant: id, on_duty: true })}
            >
              {words.goOnDuty}
            </MenuItem>
          )}
          {hers.map((service) => (
            <MenuItemCheckbox key={service.id} name="serves" value={service.id}>
              {words.serves} {service.name}
            </MenuItemCheckbox>
          ))}
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
