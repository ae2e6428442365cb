//! Is a backup target filled in so that it is worth trying? Shape only; whether it works, the host finds out.

import type { BackupCredentialsForm, BackupPlanView, BackupTargetView } from "../../platform/bindings";
import { protectionWords } from "../../shared/protectionWords";

const words = protectionWords.form;

export type TargetKind = BackupTargetView["kind"];
export const KINDS: readonly TargetKind[] = ["folder", "s3", "azure"];

/** Every field of every kind, so that what was typed is not lost on the way between them. */
export interface PlanForm {
  kind: TargetKind;
  home: string;
  recovery: string;
  located: string;
  path: string;
  endpoint: string;
  region: string;
  bucket: string;
  account: string;
  container: string;
  prefix: string;
  key_id: string;
  secret: string;
}

export type Problems = Partial<Record<keyof PlanForm, string>>;

/** The form as it begins: what is stored, but never a credential. */
export function formFrom(plan: BackupPlanView | null): PlanForm {
  const empty: PlanForm = {
    kind: "folder",
    home: "",
    recovery: "",
    located: "",
    path: "",
    endpoint: "",
    region: "",
    bucket: "",
    account: "",
    container: "",
    prefix: "",
    key_id: "",
    secret: "",
  };
  if (plan === null) return empty;
  const { target, ...law } = plan;
  return { ...empty, ...law, ...target };
}

export function planFrom(form: PlanForm): BackupPlanView {
  const text = (field: keyof PlanForm): string => form[field].trim();
  return { home: form.home, recovery: form.recovery, located: located(form), target: target() };

  function target(): BackupTargetView {
    switch (form.kind) {
      case "folder":
        return { kind: "folder", path: text("path") };
      case "s3":
        return {
          kind: "s3",
          endpoint: text("endpoint"),
          region: text("region"),
          bucket: text("bucket"),
          prefix: text("prefix"),
        };
      case "azure":
        return {
          kind: "azure",
          account: text("account"),
          container: text("container"),
          prefix: text("prefix"),
          region: text("region"),
        };
    }
  }
}

/** Where the region of a cloud says it, nobody is asked. */
export function asksLocated(form: PlanForm): boolean {
  switch (form.kind) {
    case "folder":
      return true;
    case "s3":
      return form.endpoint.trim() !== "";
    case "azure":
      return false;
  }
}

function located(form: PlanForm): string {
  return asksLocated(form) ? form.located : "";
}

/** `null`: those stored are used, or none are needed. */
export function credentialsFrom(form: PlanForm): BackupCredentialsForm | null {
  switch (form.kind) {
    case "folder":
      return null;
    case "s3":
      return form.secret === "" ? null : { key_id: form.key_id.trim(), secret: form.secret };
    case "azure":
      return form.secret === "" ? null : { key_id: "", secret: form.secret };
  }
}

/** `stored`: credentials for this kind of target are in the keychain. */
export function problemsOf(form: PlanForm, stored: boolean): Problems {
  const problems: Problems = {};
  for (const field of neededOf(form, stored)) {
    if (form[field].trim() === "") problems[field] = words.needed;
  }
  if (form.kind === "folder" && !problems.path && !isAbsolute(form.path.trim()))
    problems.path = words.absolute;
  if (form.kind === "s3" && !/^(https?:\/\/.+)?$/.test(form.endpoint.trim())) problems.endpoint = words.https;
  return problems;
}

function neededOf(form: PlanForm, stored: boolean): (keyof PlanForm)[] {
  switch (form.kind) {
    case "folder":
      return ["home", "path"];
    case "s3": {
      const secret: (keyof PlanForm)[] = stored && form.key_id === "" ? [] : ["key_id", "secret"];
      // A server of one's own often knows no regions.
      const region: (keyof PlanForm)[] = form.endpoint.trim() === "" ? ["region"] : [];
      return ["home", "bucket", ...region, ...secret];
    }
    case "azure":
      return ["home", "account", "container", "region", ...(stored ? [] : (["secret"] as const))];
  }
}

/** `/…`, `C:\…`, `\\server\share`. */
function isAbsolute(path: string): boolean {
  return /^(\/|[A-Za-z]:[\\/]|\\\\)/.test(path);
}
