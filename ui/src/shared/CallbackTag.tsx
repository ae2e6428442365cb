//! Tells a callback from a caller: nobody is on the line yet, and taking it calls her.

import { CallRegular } from "@fluentui/react-icons";
import styles from "./marks.module.css";
import { words } from "./words";

export function CallbackTag() {
  return (
    <span className={styles["callback"]}>
      <CallRegular aria-hidden /> {words.queue.callback}
    </span>
  );
}
