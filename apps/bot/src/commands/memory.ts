import { describeError } from "@blacksky/errors";
import { formatDuration } from "@blacksky/machine";
import type { Health } from "@blacksky/protocol";
import { defineCommand } from "./command.ts";

const mb = (megabytes: number): string => `${String(Math.round(megabytes))} MB`;

const growthLine = ({ forecast }: Health["memory"]): string => {
  if (forecast === null) return "Growth: not known yet, it takes half an hour";
  const { growthMbPerHour, quotaInHours } = forecast;
  const end = quotaInHours === null ? "" : `; full in about ${formatDuration(quotaInHours * 3600)}`;
  return `Growth: ${String(growthMbPerHour)} MB an hour${end}`;
};

const processLine = ({ name, usedMb, heapUsedMb, heapLimitMb }: Health["memory"]["processes"][number]): string => {
  const heap = heapUsedMb === null || heapLimitMb === null ? "" : `, its heap ${mb(heapUsedMb)} of ${mb(heapLimitMb)}`;
  return `   ${name}: ${mb(usedMb)}${heap}`;
};

/** What the memory is used for, in the words of a chat. */
export const describeMemory = ({ memory, memoryOptimizationEnabled }: Health): string => {
  const { usedMb, quotaMb, level, percentages, processes } = memory;
  return [
    `Memory: ${mb(usedMb)} of ${mb(quotaMb)} (${String(percentages.systemUsage)} %), ${level}`,
    growthLine(memory),
    ...(memoryOptimizationEnabled ? [] : ["It is only measured: ENABLE_MEMORY_OPTIMIZATION is false"]),
    "Processes:",
    ...processes.toSorted((one, other) => other.usedMb - one.usedMb).map(processLine),
  ].join("\n");
};

/** `.memory`: how much each process takes, and where growth leads to. */
export const memory = defineCommand({
  name: "memory",
  summary: "Tells how much memory each process takes, and whether it grows.",
  async run({ readHealth, reply }) {
    try {
      await reply(describeMemory(await readHealth()));
    } catch (error) {
      await reply(`The memory of the other workers is not known: ${describeError(error)}`);
    }
  },
});
