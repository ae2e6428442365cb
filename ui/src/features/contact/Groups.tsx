//! Which of her groups a contact is in, and a new group for it. Their order is changed in the console's list.

import { Button, Checkbox, Input } from "@fluentui/react-components";
import { type SubmitEvent, useState } from "react";
import { ask, RefusedError } from "../../platform/platform";
import { act } from "../../shared/desk";
import { FAVOURITES, place, useGroups } from "../../shared/personal";
import styles from "./contact.module.css";
import { contactWords } from "./contactWords";

const words = contactWords.groups;

export function Groups({ contact, groups }: { contact: string; groups: readonly string[] }) {
  const all = useGroups();
  const [name, setName] = useState("");
  const [refused, setRefused] = useState("");

  async function add(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (name.trim() === "") return;
    try {
      const { id } = await ask("put_group", { group: null, name: name.trim() });
      if (await place(id, contact, null)) setName("");
      setRefused("");
    } catch (error) {
      setRefused(RefusedError.from(error).message);
    }
  }

  return (
    <section className={styles["part"]} aria-label={words.title}>
      <h3>{words.title}</h3>
      {all.map((group) => (
        <Checkbox
          key={group.id}
          label={group.id === FAVOURITES ? words.favourites : group.name}
          checked={groups.includes(group.id)}
          onChange={(_, { checked }) =>
            void (checked === true
              ? place(group.id, contact, null)
              : act("take_contact", { group: group.id, contact }))
          }
        />
      ))}
      <form className={styles["line"]} onSubmit={(event) => void add(event)}>
        <Input
          size="small"
          aria-label={words.add}
          placeholder={words.add}
          value={name}
          onChange={(_, { value }) => setName(value)}
        />
        <Button size="small" type="submit" disabledFocusable={name.trim() === ""}>
          {words.addButton}
        </Button>
      </form>
      <p role="alert">{refused}</p>
    </section>
  );
}
