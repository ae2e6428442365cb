//! Tones for menus and door openers at the other end: by mouse, or by typing while no text field has the focus.

import { useCallback, useEffect, useState } from "react";
import { act } from "../../shared/desk";
import styles from "./keypad.module.css";

/** Here and not with the other words: they are fetched with the keypad. */
const words = {
  title: "Keypad",
  region: "Keypad: type digits, star or hash",
  sent: "Sent",
  digit: (d: string) => (d === "*" ? "star" : d === "#" ? "hash" : d),
} as const;

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"] as const;
/** Shown of what was sent; a card number should not stay on the screen whole. */
const SENT_SHOWN = 16;

export default function Keypad({ call }: { call: string }) {
  const [sent, setSent] = useState("");
  const send = useCallback(
    (digit: string) => {
      setSent((before) => (before + digit).slice(-SENT_SHOWN));
      void act("send_digits", { call, digits: digit });
    },
    [call],
  );

  useEffect(() => {
    function onKeyDown(event: KeyboardEvent): void {
      const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
      if (typing || event.ctrlKey || event.altKey || event.metaKey || !/^[0-9*#]$/.test(event.key)) return;
      event.preventDefault();
      send(event.key);
    }
    document.addEventListener("keydown", onKeyDown, { capture: true });
    return () => document.removeEventListener("keydown", onKeyDown, { capture: true });
  }, [send]);

  return (
    <div className={styles["keypad"]} role="group" aria-label={words.region}>
      <output className={styles["sent"]} aria-label={words.sent}>
        {sent || words.title}
      </output>
      {DIGITS.map((digit) => (
        <button
          key={digit}
          type="button"
          className={styles["digit"]}
          aria-label={words.digit(digit)}
          onClick={() => send(digit)}
        >
          {digit}
        </button>
      ))}
    </div>
  );
}
