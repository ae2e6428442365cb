//! The table of rights as Usher applies it: who may do what, the columns of one's own roles marked (ID-5).

import { CheckmarkRegular } from "@fluentui/react-icons";
import type { RightsView, RoleName } from "../../platform/bindings";
import { ask } from "../../platform/platform";
import { useDesk } from "../../shared/desk";
import { rightsWords } from "../../shared/rightsWords";
import styles from "./admin.module.css";
import { adminWords } from "./adminWords";
import { useAsked } from "../../shared/asking";
import { Answer } from "./parts";

const words = adminWords.rights;
const ROLES = Object.keys(rightsWords.roles) as RoleName[];
const rights = () => ask("get_rights", {});

export function Rights() {
  const revision = useDesk((desk) => desk.users_revision);
  const asked = useAsked(rights, revision);
  return (
    <div className={styles["scroll"]}>
      <p className="quiet">{words.text}</p>
      <Answer asked={asked}>{(found) => <Table rights={found} />}</Answer>
    </div>
  );
}

function Table({ rights }: { rights: RightsView }) {
  const roles = useDesk((desk) => desk.session?.person?.roles);
  const mine = new Set((roles ?? []).map(({ role }) => role));
  return (
    <>
      {/* A table that scrolls must be reachable by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={styles["wide"]} tabIndex={0} role="region" aria-label={words.table}>
        <table className={styles["table"]}>
          <thead>
            <tr>
              <th scope="col">{words.action}</th>
              {ROLES.map((role) => (
                <th
                  key={role}
                  scope="col"
                  data-mine={mine.has(role) || undefined}
                  title={rightsWords.roleText[role]}
                >
                  {rightsWords.roles[role]}
                  {mine.has(role) && <em> ({words.mine})</em>}
                </th>
              ))}
              <th scope="col">{words.reach}</th>
            </tr>
          </thead>
          <tbody>
            {rights.rows.map((row) => (
              <tr key={row.action}>
                <th scope="row">
                  {row.allows}
                  {row.privileged && <span className={styles["small"]}>{words.privileged}</span>}
                </th>
                {ROLES.map((role) => (
                  <td key={role} data-mine={mine.has(role) || undefined}>
                    {row.roles.includes(role) ? (
                      <CheckmarkRegular aria-label={words.yes} />
                    ) : (
                      <span className="quiet">
                        <span aria-hidden>–</span>
                        <span className="visually-hidden">{words.no}</span>
                      </span>
                    )}
                  </td>
                ))}
                <td>{rightsWords.reach[row.reach]}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <h2>{words.holders}</h2>
      <dl className={styles["facts"]}>
        {rights.holders.map(({ role, names, more }) => (
          <div key={role}>
            <dt>{rightsWords.roles[role]}</dt>
            <dd>
              {names.length === 0
                ? words.nobody
                : more > 0
                  ? `${names.join(", ")} +${more}`
                  : names.join(", ")}
              <span className={styles["small"]}>{rightsWords.roleText[role]}</span>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
