//! The pages of the users as one growing list, for what is searched now. A change of users asks for as many as are shown.

import { useCallback, useEffect, useRef, useState } from "react";
import type { UserView } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { useDesk } from "../../shared/desk";

/** The most that the host tells at once. */
const PAGE_ROWS = 200;

export interface UserPages {
  users: readonly UserView[];
  next: string | null;
  state: "loading" | "more" | "whole" | "failed";
  problem: string | null;
}

const NONE: UserPages = { users: [], next: null, state: "loading", problem: null };

export function useUsers(query: string, licensed: boolean): UserPages & { more: () => void } {
  const [pages, setPages] = useState(NONE);
  const revision = useDesk((desk) => desk.users_revision);
  /** Grows with every new question, so that a late answer to an old one is not taken. */
  const question = useRef(0);

  useEffect(() => {
    const mine = ++question.current;
    ask("get_users", { query, licensed, after: null, limit: PAGE_ROWS }).then(
      ({ users, next }) => mine === question.current && setPages(grown([], users, next)),
      (error: unknown) => mine === question.current && setPages((before) => failed(before, error)),
    );
  }, [query, licensed, revision]);

  const { next, state } = pages;
  const more = useCallback(() => {
    if (next === null || state !== "more") return;
    const mine = question.current;
    setPages((before) => ({ ...before, state: "loading" }));
    ask("get_users", { query, licensed, after: next, limit: PAGE_ROWS }).then(
      (page) => mine === question.current && setPages((before) => grown(before.users, page.users, page.next)),
      (error: unknown) => mine === question.current && setPages((before) => failed(before, error)),
    );
  }, [next, state, query, licensed]);

  return { ...pages, more };
}

/** Nobody stands twice in the list, also when people joined between two pages. */
export function grown(
  before: readonly UserView[],
  users: readonly UserView[],
  next: string | null,
): UserPages {
  const known = new Set(before.map(({ id }) => id));
  const all = [...before, ...users.filter(({ id }) => !known.has(id))];
  return { users: all, next, state: next === null ? "whole" : "more", problem: null };
}

function failed(before: UserPages, error: unknown): UserPages {
  return { ...before, state: "failed", problem: RefusedError.from(error).message };
}
