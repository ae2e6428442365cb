//! While nothing is typed: which of her groups is listed, her favourites first, or everybody. Arrows choose, here and in the
//! empty field.

import type { KeyboardEvent } from "react";
import type { GroupView } from "../../platform/bindings";
import { directoryWords } from "../../shared/directoryWords";
import { FAVOURITES } from "../../shared/personal";
import styles from "./found.module.css";
import { EVERYBODY, groupBeside } from "./search";

const words = directoryWords.groups;

interface Props {
  groups: readonly GroupView[];
  shown: string;
  onShow: (group: string) => void;
}

export default function GroupBar({ groups, shown, onShow }: Props) {
  function onKeyDown(event: KeyboardEvent<HTMLDivElement>): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = groupBeside(groups, shown, step);
    onShow(next);
    event.currentTarget.querySelector<HTMLElement>(`[data-group="${next}"]`)?.focus();
  }

  const all = [
    ...groups.map(({ id, name }) => ({ id, name: nameOf(id, name) })),
    { id: EVERYBODY, name: words.all },
  ];
  return (
    // The buttons hold the focus; the arrows of all of them are handled in one place.
    // eslint-disable-next-line jsx-a11y/interactive-supports-focus
    <div className={styles["groups"]} role="radiogroup" aria-label={words.label} onKeyDown={onKeyDown}>
      {all.map(({ id, name }) => (
        <button
          key={id}
          type="button"
          role="radio"
          data-group={id}
          aria-checked={id === shown}
          tabIndex={id === shown ? 0 : -1}
          className={styles["group"]}
          onClick={() => onShow(id)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}

function nameOf(id: string, name: string): string {
  return id === FAVOURITES ? words.favourites : name;
}
