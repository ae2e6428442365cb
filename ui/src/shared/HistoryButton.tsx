//! The way from a thing to the history of what was changed about it; nothing where she may not see that.

import { Button } from "@fluentui/react-components";
import { HistoryRegular } from "@fluentui/react-icons";
import type { SubjectName } from "../platform/bindings";
import { useMay } from "./rights";
import { rightsWords } from "./rightsWords";
import { useScreen } from "./screen";

export function HistoryButton(props: { subject: SubjectName; object: string | null; name: string }) {
  const allowed = useMay("see-changes");
  if (!allowed) return null;
  return (
    <Button
      size="small"
      appearance="subtle"
      icon={<HistoryRegular />}
      onClick={() =>
        useScreen.setState({ name: "administration", area: "changes", changes_of: { ...props } })
      }
    >
      {rightsWords.history}
    </Button>
  );
}
