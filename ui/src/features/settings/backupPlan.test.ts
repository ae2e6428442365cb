//! What a backup target needs before it is tried, and what is sent.

import { describe, expect, it } from "vitest";
import type { BackupPlanView } from "../../platform/bindings";
import { credentialsFrom, formFrom, planFrom, problemsOf } from "./backupPlan";

const S3: BackupPlanView = {
  home: "CH",
  recovery: "",
  located: "",
  target: { kind: "s3", endpoint: "", region: "eu-central-2", bucket: "usher", prefix: "bern" },
};
const empty = formFrom(null);

describe("a backup target", () => {
  it("comes back from the form as it went in, without credentials", () => {
    expect(planFrom(formFrom(S3))).toEqual(S3);
    expect(credentialsFrom(formFrom(S3))).toBeNull();
  });

  it("in a folder needs a country and a whole path, of any system", () => {
    expect(Object.keys(problemsOf(empty, false))).toEqual(["home", "path"]);
    for (const path of ["/mnt/backup", "D:\\Backup", "\\\\nas\\usher"]) {
      expect(problemsOf({ ...empty, home: "CH", path }, false)).toEqual({});
    }
    expect(Object.keys(problemsOf({ ...empty, home: "CH", path: "backup" }, false))).toEqual(["path"]);
  });

  it("at Amazon needs a region, and a key unless one is stored", () => {
    expect(problemsOf(formFrom(S3), true)).toEqual({});
    expect(Object.keys(problemsOf(formFrom(S3), false))).toEqual(["key_id", "secret"]);
    expect(Object.keys(problemsOf({ ...formFrom(S3), key_id: "AKIA" }, true))).toEqual(["secret"]);
    expect(Object.keys(problemsOf({ ...formFrom(S3), region: "" }, true))).toEqual(["region"]);
  });

  it("on a server of one's own says in which country it stands, and needs no region", () => {
    const own = { ...formFrom(S3), region: "", endpoint: " https://minio.example.com ", located: "CH" };
    expect(problemsOf(own, true)).toEqual({});
    expect(planFrom(own)).toMatchObject({
      located: "CH",
      target: { endpoint: "https://minio.example.com" },
    });
    expect(Object.keys(problemsOf({ ...own, endpoint: "minio" }, true))).toEqual(["endpoint"]);
    expect(planFrom({ ...own, endpoint: "" }).located).toBe("");
  });

  it("at Azure needs account, container, region and key", () => {
    const azure = { ...empty, kind: "azure" as const, home: "CH" };
    expect(Object.keys(problemsOf(azure, false))).toEqual(["account", "container", "region", "secret"]);
    expect(credentialsFrom({ ...azure, key_id: "left from S3", secret: "s" })).toEqual({
      key_id: "",
      secret: "s",
    });
  });
});
