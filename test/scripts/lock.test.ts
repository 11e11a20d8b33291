import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { withLock } from "../../scripts/setup/lock.mjs";
import { withFolder } from "./with-folder.js";

describe("withLock", () => {
  it("lets two at once work one after the other, and says that it waits", () =>
    withFolder({}, async (folder) => {
      const events: string[] = [];
      const work = (name: string) =>
        withLock(
          join(folder, "lock"),
          (message) => events.push(message.split(" (")[0] ?? ""),
          async () => {
            events.push(`${name} starts`);
            await sleep(50);
            events.push(`${name} ends`);
          },
        );
      await Promise.all([work("first"), work("second")]);
      expect(events).toEqual([
        "first starts",
        "another set-up is at work",
        "first ends",
        "second starts",
        "second ends",
      ]);
    }));

  it("takes over the lock of a process that is gone", () => {
    const gone = spawnSync(process.execPath, ["-e", "0"]).pid;
    return withFolder({ "lock/pid": String(gone) }, async (folder) => {
      expect(
        await withLock(
          join(folder, "lock"),
          () => {},
          async () => "done",
        ),
      ).toBe("done");
    });
  });

  it("gives the lock back when the work fails", () =>
    withFolder({}, async (folder) => {
      const fail = withLock(
        join(folder, "lock"),
        () => {},
        () => Promise.reject(new Error("broken")),
      );
      await expect(fail).rejects.toThrow("broken");
      expect(
        await withLock(
          join(folder, "lock"),
          () => {},
          async () => "again",
        ),
      ).toBe("again");
    }));
});
