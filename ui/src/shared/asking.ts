//! Asking the host for what a screen shows, again when it says that it has changed.

import { useCallback, useEffect, useState } from "react";
import { RefusedError } from "../platform/platform";

export interface Asked<T> {
  found: T | null;
  problem: string | null;
  again: () => Promise<void>;
}

/** `request` must stay the same function from render to render. */
export function useAsked<T>(request: () => Promise<T>, revision: number): Asked<T> {
  const [found, setFound] = useState<T | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const again = useCallback(
    () =>
      request().then(
        (answer) => {
          setFound(answer);
          setProblem(null);
        },
        (error: unknown) => setProblem(RefusedError.from(error).message),
      ),
    [request],
  );
  useEffect(() => void again(), [again, revision]);
  return { found, problem, again };
}
