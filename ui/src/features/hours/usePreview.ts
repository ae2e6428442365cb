//! What the host says of a draft while it is typed. Asked shortly after the last key; an answer to what is no longer there is
//! not shown.

import { useEffect, useState } from "react";
import type { CalendarForm, CalendarPreview } from "../../platform/bindings";
import { ask } from "../../platform/platform";

/** Long enough for the next letter, short enough to seem at once. */
const PAUSE_MS = 120;

export interface Asked {
  moment: string | null;
  week: string;
  year: number;
}

/** What the host said last. While a time is half typed it can say nothing: then what it said before goes on to be shown. */
export interface Preview extends CalendarPreview {
  isStale: boolean;
}

export function usePreview(form: CalendarForm, { moment, week, year }: Asked): Preview | null {
  const [preview, setPreview] = useState<Preview | null>(null);
  useEffect(() => {
    let gone = false;
    const wait = setTimeout(() => {
      ask("preview_calendar", { form, moment, week, year }).then(
        (said) => {
          if (gone) return;
          const isStale = said.says === null;
          setPreview((before) => ({ ...said, says: said.says ?? before?.says ?? null, isStale }));
        },
        // A moment beyond the years there are: what stood there goes on to stand until it is another.
        () => undefined,
      );
    }, PAUSE_MS);
    return () => {
      gone = true;
      clearTimeout(wait);
    };
  }, [form, moment, week, year]);
  return preview;
}
