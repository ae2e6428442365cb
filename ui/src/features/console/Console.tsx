//! The screen of the day: who waits, whom one speaks with, whom to put them through to. Lays out the three panes only.

import { CallsPane } from "./CallsPane";
import styles from "./console.module.css";
import { QueuePane } from "./QueuePane";
import { SearchPane } from "./SearchPane";

export function Console() {
  return (
    <div className={styles["console"]}>
      <QueuePane />
      <CallsPane />
      <SearchPane />
    </div>
  );
}
