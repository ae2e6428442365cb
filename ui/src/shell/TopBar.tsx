//! The state of the attendant, always in sight: do calls come, and if not why, and the one key that changes it. Beside it the
//! backup, when it is too old.

import {
  Button,
  Menu,
  MenuButton,
  MenuDivider,
  MenuGroup,
  MenuGroupHeader,
  MenuItem,
  MenuItemRadio,
  MenuList,
  MenuPopover,
  MenuTrigger,
  Switch,
} from "@fluentui/react-components";
import {
  CallProhibitedRegular,
  CheckmarkCircleRegular,
  CallRegular,
  WarningRegular,
} from "@fluentui/react-icons";
import type { BackupView, MeView, NotAvailableName, NotSelectable, PresenceName } from "../platform/bindings";
import { useClock } from "../shared/clock";
import { run } from "../shared/commands";
import { act, useDesk } from "../shared/desk";
import { age } from "../shared/format";
import { Key, Left, shortcut } from "../shared/marks";
import { PresenceSign } from "../shared/PresenceSign";
import { showProtection, useScreen } from "../shared/screen";
import { words } from "../shared/words";
import styles from "./shell.module.css";

/** What one may choose; "in a call" is the telephone system's to say. */
const CHOOSABLE: readonly PresenceName[] = ["available", "busy", "away", "do_not_disturb", "offline"];
const REASONS: readonly NotAvailableName[] = ["break", "lunch", "meeting", "training", "other"];

export function TopBar() {
  const me = useDesk((desk) => desk.view?.me);
  if (!me) return null;
  return (
    <header className={styles["top"]}>
      <Readiness me={me} />
      <BackupMark />
      <PresenceMenu me={me} />
      <Switch
        className={styles["duty"]}
        label={words.me.onDuty}
        checked={me.on_duty}
        onChange={(_, data) => void act("set_duty", { on_duty: data.checked })}
        {...shortcut("duty")}
      />
    </header>
  );
}

/** Silent while the newest good backup is young enough; counts its age when it is not. */
function BackupMark() {
  const backup = useDesk((desk) => desk.protection?.backup);
  const old = useClock((now) => (backup ? overdue(backup, now) : ""));
  if (!backup || old === "") return null;
  const none = backup.plan === null;
  return (
    <Button
      size="small"
      appearance={none ? "subtle" : "outline"}
      className={styles["backup"] ?? ""}
      {...(!none && { icon: <WarningRegular /> })}
      title={none ? words.protection.noBackupHint : words.protection.oldHint}
      onClick={showProtection}
    >
      {old}
    </Button>
  );
}

/** What is wrong with the age of the backup, in few words; empty: nothing. */
function overdue({ plan, last_good, age_ms_max, running, problem }: BackupView, now: number): string {
  if (plan === null) return words.protection.noBackup;
  // The first one is on its way, or about to be.
  if (last_good === null) return running === null && problem !== null ? words.protection.noneGood : "";
  return now - last_good > age_ms_max ? words.protection.old(age(now - last_good)) : "";
}

function Readiness({ me }: { me: MeView }) {
  const why = me.not_selectable;
  const tone = toneOf(why);
  const way = wayBack(why);
  return (
    <div className={styles["readiness"]} data-tone={tone}>
      {tone === "good" && <CheckmarkCircleRegular fontSize={20} />}
      {tone === "busy" && <CallRegular fontSize={20} />}
      {tone === "stopped" && <CallProhibitedRegular fontSize={20} />}
      {tone === "missed" && <WarningRegular fontSize={20} />}
      <span role="status" className={styles["why"]}>
        {whyText(me)}
        {why === "acw" && me.acw_until !== null && (
          <>
            {" · "}
            <Left until={me.acw_until} />
          </>
        )}
      </span>
      {why === "acw" && (
        <Button size="small" appearance="subtle" onClick={() => void act("extend_acw", {})}>
          {words.me.moreTime}
        </Button>
      )}
      {way !== null && (
        <Button
          size="small"
          appearance={tone === "missed" ? "primary" : "secondary"}
          onClick={() => run("ready")}
          {...shortcut("ready")}
        >
          {way} <Key of="ready" />
        </Button>
      )}
    </div>
  );
}

type Tone = "good" | "busy" | "stopped" | "missed";

function toneOf(why: NotSelectable | null): Tone {
  switch (why) {
    case null:
      return "good";
    case "offered":
    case "connected":
      return "busy";
    case "rona":
      return "missed";
    case "presence":
    case "off_duty":
    case "not_serving":
    case "skills":
    case "acw":
    case "not_available":
    case "parked":
      return "stopped";
  }
}

function whyText(me: MeView): string {
  const why = me.not_selectable;
  switch (why) {
    case null:
      return words.me.callsCome;
    case "presence":
      return words.why.presence(words.presence[me.presence]);
    case "not_available":
      return words.why.not_available(words.notAvailable[me.not_available ?? "other"]);
    case "off_duty":
    case "not_serving":
    case "skills":
    case "offered":
    case "connected":
    case "acw":
    case "rona":
    case "parked":
      return words.why[why];
  }
}

/** What the key R does about it; `null` where there is nothing to undo. */
function wayBack(why: NotSelectable | null): string | null {
  switch (why) {
    case "presence":
      return words.me.becomeAvailable;
    case "off_duty":
      return words.me.goOnDuty;
    case "acw":
      return words.me.ready;
    case "rona":
    case "not_available":
      return words.me.back;
    case "not_serving":
    case "skills":
    case "offered":
    case "connected":
    case "parked":
    case null:
      return null;
  }
}

function PresenceMenu({ me }: { me: MeView }) {
  const shown =
    me.not_available === null ? words.presence[me.presence] : words.notAvailable[me.not_available];
  return (
    <Menu
      checkedValues={{
        presence: [me.presence],
        reason: me.not_available === null ? [] : [me.not_available],
      }}
    >
      <MenuTrigger disableButtonEnhancement>
        <MenuButton appearance="subtle" size="medium" className={styles["presence"]}>
          <PresenceSign availability={me.not_available === null ? me.presence : "away"} />
          <span className={styles["me-name"]}>{me.name}</span>
          <span className={styles["me-state"]}>{shown}</span>
        </MenuButton>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          <MenuGroup>
            <MenuGroupHeader>{words.me.presenceGroup}</MenuGroupHeader>
            {CHOOSABLE.map((presence) => (
              <MenuItemRadio
                key={presence}
                name="presence"
                value={presence}
                icon={<PresenceSign availability={presence} />}
                onClick={() => void act("set_presence", { presence })}
              >
                {words.presence[presence]}
              </MenuItemRadio>
            ))}
          </MenuGroup>
          <MenuDivider />
          <MenuGroup>
            <MenuGroupHeader>{words.me.notAvailableGroup}</MenuGroupHeader>
            {REASONS.map((reason) => (
              <MenuItemRadio
                key={reason}
                name="reason"
                value={reason}
                onClick={() => void act("set_not_available", { reason })}
              >
                {words.notAvailable[reason]}
              </MenuItemRadio>
            ))}
          </MenuGroup>
          {me.identity === "signed_in" && (
            <>
              <MenuDivider />
              <MenuItem onClick={() => useScreen.setState({ account: true })}>
                {words.identity.account}
              </MenuItem>
            </>
          )}
          {me.not_available !== null && (
            <>
              <MenuDivider />
              <MenuItem onClick={() => void act("set_not_available", { reason: null })}>
                {words.me.back}
              </MenuItem>
            </>
          )}
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
