import { describe, expect, test } from "@jest/globals";
import { createFakeClock } from "@blacksky/machine";
import { detectQuotaMb } from "./quota.ts";
import { startMemorySampler } from "./sampler.ts";
import { measureUsage } from "@blacksky/supervisor";

const files =
  (contents: Record<string, string>) =>
  (path: string): string => {
    const content = contents[path];
    if (content === undefined) throw new Error("ENOENT");
    return content;
  };

const V2 = "/sys/fs/cgroup/memory.max";
const V1 = "/sys/fs/cgroup/memory/memory.limit_in_bytes";

describe("the memory quota", () => {
  const quota = (
    configuredMb: number | undefined,
    platformMb: number | undefined,
    contents: Record<string, string>,
  ): number => detectQuotaMb({ configuredMb, platformMb, readFile: files(contents) });

  test("is what the owner says, then the platform, then the cgroup, then a basic dyno's", () => {
    const both = { [V2]: "1073741824\n", [V1]: "536870912\n" };
    expect(quota(256, 1024, both)).toBe(256);
    expect(quota(undefined, 2560, both)).toBe(2560);
    expect(quota(undefined, undefined, both)).toBe(1024);
    expect(quota(undefined, undefined, { [V1]: "536870912\n" })).toBe(512);
    expect(quota(undefined, undefined, {})).toBe(512);
  });

  test("takes a cgroup without a limit for what it is", () => {
    expect(quota(undefined, undefined, { [V2]: "max\n" })).toBe(512);
    expect(quota(undefined, undefined, { [V1]: "9223372036854771712\n" })).toBe(512);
  });
});

describe("the memory in use", () => {
  test("counts this process in a plausible number of megabytes, and a dead one as nothing", async () => {
    const [own, dead] = await measureUsage([
      { id: "runner", pid: process.pid },
      { id: "bot", pid: 2 ** 22 + 1 },
    ]);
    expect(own).toMatchObject({ id: "runner", pid: process.pid });
    expect(own?.mb).toBeGreaterThan(10);
    expect(own?.mb).toBeLessThan(4096);
    expect(dead?.mb).toBe(0);
  });

  test("is looked at again and again until stopped", async () => {
    const clock = createFakeClock();
    let looks = 0;
    const sampler = startMemorySampler({
      clock,
      intervalMs: 1000,
      processes: () => [{ id: "bot", pid: 1 }],
      measure: (processes) => Promise.resolve(processes.map((one) => ({ ...one, mb: ++looks }))),
    });
    const mb = (): number | undefined => sampler.usage[0]?.mb;
    await Promise.resolve();
    expect(mb()).toBe(1);
    clock.advance(1000);
    await Promise.resolve();
    expect(mb()).toBe(2);
    sampler.lookSoon();
    clock.advance(1000);
    await Promise.resolve();
    expect(mb()).toBe(3);
    sampler.stop();
    expect(clock.pending).toBe(0);
  });
});
