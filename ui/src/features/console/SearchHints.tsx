//! Beside the count: what a search can be narrowed with, and what Tab would complete. Keys only; the field handles them.

import { Key } from "../../shared/marks";
import { directoryWords } from "../../shared/directoryWords";
import styles from "./found.module.css";
import { begunOperator, OPERATORS } from "./search";

const words = directoryWords.found;

export default function SearchHints({ query }: { query: string }) {
  if (query === "") return <p className={styles["hints"]}>{directoryWords.groups.keys}</p>;
  const begun = begunOperator(query);
  if (begun !== null)
    return (
      <p className={styles["hints"]}>
        <Key show="Tab" /> <span className="visually-hidden">{words.complete} </span>
        <b>{begun}:</b>
      </p>
    );
  return (
    <p className={styles["hints"]}>
      <span className="visually-hidden">{words.operators} </span>
      {OPERATORS.map((name) => `${name}:`).join(" ")}
    </p>
  );
}
