//! A thin line while sources of contacts cannot be read or nobody's presence is told (DIR-5): which, since when, and that the
//! search goes on. A consent that was never given is no news and stands in the list of sources only.

import { CloudOffRegular } from "@fluentui/react-icons";
import type { SourceView } from "../../platform/bindings";
import { ask } from "../../platform/platform";
import { useAsked } from "../../shared/asking";
import { hostNow } from "../../shared/clock";
import { useDesk } from "../../shared/desk";
import { moment } from "../../shared/format";
import { showScreen } from "../../shared/screen";
import styles from "./directory.module.css";
import { isDegraded } from "./sources";
import { sourceWords as words } from "./sourceWords";

const asked = () => ask("get_sources", {});

export default function SourcesBand() {
  const revision = useDesk((desk) => desk.sources_revision);
  const { found } = useAsked(asked, revision);
  const behind = (found ?? []).filter(isBehind);
  if (behind.length === 0) return null;
  return (
    <div className={styles["band"]} role="status">
      <CloudOffRegular fontSize={16} aria-hidden />
      <span>{words.degraded(behind.map(nameSince))}</span>
      <button type="button" className={styles["look"]} onClick={() => showScreen("directory")}>
        {words.look}
      </button>
    </div>
  );
}

/** It was read once, and can be no more. */
function isBehind(source: SourceView): boolean {
  return isDegraded(source) && source.state !== "needs_consent" && source.last_ok !== null;
}

function nameSince({ name, last_ok }: SourceView): string {
  return last_ok === null ? name : words.since(name, moment(last_ok, hostNow()));
}
