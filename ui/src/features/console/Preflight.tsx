//! Pre-flight (CALL-6): what awaits a caller at the service that is chosen as a target, told before Enter is pressed. Asks the
//! host again whenever the console changes; decides nothing.

import { useEffect, useState } from "react";
import type { PreflightView } from "../../platform/bindings";
import { ask } from "../../platform/platform";
import { useDesk } from "../../shared/desk";
import { Elapsed } from "../../shared/marks";
import styles from "./found.module.css";
import { preflightWords } from "./preflightWords";

export default function Preflight({ service, name }: { service: string; name: string }) {
  const revision = useDesk((desk) => desk.view?.revision ?? 0);
  const [told, setTold] = useState<{ service: string; view: PreflightView | null } | null>(null);
  useEffect(() => {
    let wanted = true;
    ask("get_preflight", { services: [service] }).then(
      (views) => wanted && setTold({ service, view: views[0] ?? null }),
      () => wanted && setTold({ service, view: null }),
    );
    return () => void (wanted = false);
  }, [service, revision]);

  const view = told?.service === service ? told.view : undefined;
  return (
    <section
      className={styles["preflight"]}
      aria-label={preflightWords.region(name)}
      aria-live="polite"
      data-expected={view?.expected}
    >
      {view === undefined && <p className="quiet">{preflightWords.asking}</p>}
      {view === null && <p>{preflightWords.gone}</p>}
      {view && <Told view={view} />}
    </section>
  );
}

function Told({ view }: { view: PreflightView }) {
  return (
    <>
      <p className={styles["expected"]}>
        <span aria-hidden>{view.expected === "rings" ? "●" : "!"}</span> {sentence(view)}
      </p>
      <p className="quiet">
        {view.open === true && `${preflightWords.open} · `}
        {preflightWords.waiting(view.waiting)}
        {view.longest_since !== null && (
          <>
            , {preflightWords.longest("")}
            <Elapsed since={view.longest_since} />
          </>
        )}
        {" · "}
        {preflightWords.free(view.selectable, view.on_duty, view.members)}
      </p>
    </>
  );
}

function sentence({ expected, has_workflow }: PreflightView): string {
  return expected === "rings" && has_workflow ? preflightWords.free_first : preflightWords.expected[expected];
}
