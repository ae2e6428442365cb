//! Everything an administrator looks after, in one place: a list of the areas beside the chosen one. Services, hours and sounds
//! are screens of their own and come in as children. What a role does not let see is left out; what it does not let change is
//! shown with the reason.

import { type ReactNode, useEffect, useRef } from "react";
import { may } from "../../shared/rights";
import { useDesk } from "../../shared/desk";
import { type AdminArea, type ScreenName, showProtection, showScreen, useScreen } from "../../shared/screen";
import styles from "./admin.module.css";
import { adminWords as words } from "./adminWords";
import { Changes } from "./Changes";
import { Rights } from "./Rights";
import { SignInSettings } from "./SignInSettings";
import { Subjects } from "./Subjects";
import { Teams } from "./Teams";
import { Units } from "./Units";
import { Users } from "./Users";

export default function Administration({ children }: { children?: ReactNode }) {
  const area = useScreen((screen) => screen.area);
  return (
    <div className={styles["administration"]}>
      <Places />
      <div className={styles["content"]}>{children ?? <Area area={area} />}</div>
    </div>
  );
}

function Area({ area }: { area: AdminArea }) {
  const here = useRef<HTMLHeadingElement>(null);
  useEffect(() => here.current?.focus(), [area]);
  return (
    <section className={styles["area"]} aria-labelledby="area-title">
      <h1 id="area-title" ref={here} tabIndex={-1}>
        {words.areas[area]}
      </h1>
      <Part area={area} />
    </section>
  );
}

function Part({ area }: { area: AdminArea }) {
  switch (area) {
    case "users":
      return <Users />;
    case "teams":
      return <Teams />;
    case "units":
      return <Units />;
    case "rights":
      return <Rights />;
    case "sign_in":
      return <SignInSettings />;
    case "changes":
      return <Changes />;
    case "subjects":
      return <Subjects />;
  }
}

function Places() {
  const session = useDesk((desk) => desk.session);
  const users = may(session, "see-users");
  const changes = may(session, "see-changes");
  return (
    <nav className={styles["places"]} aria-label={words.navigation}>
      <h2>{words.groups.callers}</h2>
      <Screen name="services" />
      <Screen name="hours" />
      <Screen name="announcements" />
      <h2>{words.groups.people}</h2>
      {users && <AreaPlace area="users" />}
      {users && <AreaPlace area="teams" />}
      {users && <AreaPlace area="units" />}
      <AreaPlace area="rights" />
      {users && <AreaPlace area="sign_in" />}
      <h2>{words.groups.more}</h2>
      {changes && <AreaPlace area="changes" />}
      <AreaPlace area="subjects" />
      <Screen name="directory" />
      <Place label={words.places.settings} current={false} onGo={showProtection} />
    </nav>
  );
}

function Screen({ name }: { name: ScreenName & keyof typeof words.places }) {
  const current = useScreen((screen) => screen.name === name);
  return <Place label={words.places[name]} current={current} onGo={() => showScreen(name)} />;
}

function AreaPlace({ area }: { area: AdminArea }) {
  const current = useScreen((screen) => screen.name === "administration" && screen.area === area);
  return (
    <Place
      label={words.areas[area]}
      current={current}
      onGo={() => useScreen.setState({ name: "administration", area, card: null, changes_of: null })}
    />
  );
}

function Place(props: { label: string; current: boolean; onGo: () => void }) {
  return (
    <button type="button" aria-current={props.current ? "page" : undefined} onClick={props.onGo}>
      {props.label}
    </button>
  );
}
