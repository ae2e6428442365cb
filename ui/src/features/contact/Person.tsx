//! A contact by name, with what she does; the name leads to her card.

import type { ContactView } from "../../platform/bindings";
import { LivePresence } from "../../shared/livePresence";
import { useScreen } from "../../shared/screen";
import styles from "./contact.module.css";
import { contactWords } from "./contactWords";

export function Person({ contact }: { contact: ContactView }) {
  return (
    <>
      <LivePresence contact={contact} />
      <button
        type="button"
        className={styles["person"]}
        aria-label={contactWords.colleagues.open(contact.display_name)}
        onClick={() => useScreen.setState({ contact: contact.id })}
      >
        {contact.display_name}
      </button>
    </>
  );
}
