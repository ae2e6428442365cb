//! An attendant's own groups (DIR-4): their names and their order. Who is in them is changed on the card of a contact, and the
//! order within one in the console's list.

import { Button, Input } from "@fluentui/react-components";
import { ArrowDownRegular, ArrowUpRegular } from "@fluentui/react-icons";
import { type KeyboardEvent, type SubmitEvent, useState } from "react";
import type { GroupView } from "../../platform/bindings";
import { ask } from "../../platform/platform";
import { act } from "../../shared/desk";
import { FAVOURITES, useGroups } from "../../shared/personal";
import { Sure } from "../../shared/Sure";
import styles from "./directory.module.css";
import { numberWords } from "./numberWords";

const words = numberWords.groups;

export function OwnGroups() {
  // Favourites are always there and always first.
  const groups = useGroups().filter(({ id }) => id !== FAVOURITES);
  return (
    <section className={styles["block"]}>
      <h2>{words.title}</h2>
      <p>
        {words.text} {groups.length > 1 && words.keys}
      </p>
      {groups.length === 0 ? (
        <p className="quiet">{words.none}</p>
      ) : (
        <ol className={styles["sources"]} aria-label={words.list}>
          {groups.map((group, at) => (
            <Group key={group.id} group={group} at={at} groups={groups} />
          ))}
        </ol>
      )}
      <NewGroup />
    </section>
  );
}

function Group({ group, at, groups }: { group: GroupView; at: number; groups: readonly GroupView[] }) {
  const { id, name, contacts } = group;
  const [draft, setDraft] = useState<string | null>(null);

  function move(step: 1 | -1): void {
    if (at + step < 0 || at + step >= groups.length) return;
    void act("move_group", { group: id, before: groups[step < 0 ? at - 1 : at + 2]?.id ?? null });
  }

  function onKeyDown(event: KeyboardEvent): void {
    const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : null;
    if (!event.altKey || step === null) return;
    event.preventDefault();
    move(step);
  }

  async function rename(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (draft === null || draft.trim() === "") return;
    if (await act("put_group", { group: id, name: draft.trim() })) setDraft(null);
  }

  return (
    // Alt and an arrow on any control of the line moves the group; the buttons say so one by one.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <li className={styles["listed"]} onKeyDown={onKeyDown}>
      {draft === null ? (
        <div className={styles["source-said"]}>
          <p>
            <strong>{name}</strong> <span className="quiet">{words.size(contacts.length)}</span>
          </p>
        </div>
      ) : (
        <form className={styles["head-line"]} onSubmit={(event) => void rename(event)}>
          <Input
            size="small"
            aria-label={words.renameWho(name)}
            value={draft}
            onChange={(_, { value }) => setDraft(value)}
          />
          <Button size="small" type="submit">
            {words.save}
          </Button>
        </form>
      )}
      <div className={styles["source-deeds"]}>
        <Button
          size="small"
          icon={<ArrowUpRegular />}
          aria-label={words.up(name)}
          disabledFocusable={at === 0}
          onClick={() => move(-1)}
        />
        <Button
          size="small"
          icon={<ArrowDownRegular />}
          aria-label={words.down(name)}
          disabledFocusable={at === groups.length - 1}
          onClick={() => move(1)}
        />
        {draft === null && (
          <Button size="small" onClick={() => setDraft(name)}>
            {words.rename}
          </Button>
        )}
        <Sure
          trigger={
            <Button size="small" aria-label={words.removeWho(name)}>
              {words.remove}
            </Button>
          }
          title={words.removeTitle(name)}
          yes={words.removeYes}
          onYes={() => ask("remove_group", { group: id })}
        >
          <p>{words.removeText}</p>
        </Sure>
      </div>
    </li>
  );
}

function NewGroup() {
  const [name, setName] = useState("");

  async function add(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (name.trim() === "") return;
    if (await act("put_group", { group: null, name: name.trim() })) setName("");
  }

  return (
    <form className={styles["new-group"]} onSubmit={(event) => void add(event)}>
      <Input
        aria-label={words.add}
        placeholder={words.add}
        value={name}
        onChange={(_, { value }) => setName(value)}
      />
      <Button type="submit" disabledFocusable={name.trim() === ""}>
        {words.addButton}
      </Button>
    </form>
  );
}
