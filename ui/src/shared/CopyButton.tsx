//! Puts a text on the clipboard and says so.

import { Button } from "@fluentui/react-components";
import { CheckmarkRegular, CopyRegular } from "@fluentui/react-icons";
import { useState } from "react";
import { sayNotice } from "./desk";
import { words } from "./words";

export function CopyButton(props: { text: string; label: string; size?: "small" | "large" }) {
  const { text, label, size = "small" } = props;
  const [copied, setCopied] = useState(false);

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      sayNotice({ urgency: "low", code: "clipboard", message: words.copy.refused, call: null });
    }
  }

  return (
    <Button size={size} icon={copied ? <CheckmarkRegular /> : <CopyRegular />} onClick={() => void copy()}>
      {copied ? words.copy.done : label}
    </Button>
  );
}
