import { records } from "@blacksky/protocol";
import type { RecordSizes } from "@blacksky/protocol";
import type { Metric, Sample } from "./render-metrics.ts";

const samplesOf = ({ kind, bytes, classes }: RecordSizes): Sample[] => {
  let below = 0;
  const buckets = classes.map((count, at): Sample => {
    below += count;
    const bound = records.SIZE_BOUNDS[at];
    return {
      suffix: "_bucket",
      labels: { kind, le: bound === undefined ? "+Inf" : String(bound) },
      value: below,
    };
  });
  return [
    ...buckets,
    { suffix: "_sum", labels: { kind }, value: bytes },
    { suffix: "_count", labels: { kind }, value: below },
  ];
};

/** The records that there are now, as a histogram: its counts may fall, so that `rate` says nothing of it. */
export const describeRecordSizes = (kinds: readonly RecordSizes[]): Metric => ({
  name: "blacksky_session_record_bytes",
  help: "Sizes of the records of the session as they are now, by kind.",
  type: "histogram",
  samples: kinds.flatMap((sizes) => samplesOf(sizes)),
});
