/** One metric as a monitor reads it. */
export interface ParsedMetric {
  readonly help: string;
  readonly type: string;
  /** By name and labels, as they are written. */
  readonly samples: Readonly<Record<string, number>>;
}

const SAMPLE =
  /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (NaN|[+-]Inf|[-+]?[\d.]+(?:e[-+]?\d+)?)$/;

/**
 * Reads the text format of Prometheus (version 0.0.4) as strictly as a monitor may: help, type and samples of a metric
 * together and in this order, nothing twice.
 *
 * @throws Error for the first line that is wrong
 */
export const parseMetrics = (text: string): Record<string, ParsedMetric> => {
  if (!text.endsWith("\n")) throw new Error("the last line does not end");
  const metrics: Record<string, { help: string; type: string; samples: Record<string, number> }> = {};
  let current = "";
  for (const line of text.slice(0, -1).split("\n")) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/.exec(line);
    if (comment !== null) {
      const [, what, name = "", rest = ""] = comment;
      if (what === "HELP") {
        if (metrics[name] !== undefined) throw new Error(`twice: ${line}`);
        metrics[name] = { help: rest, type: "", samples: {} };
        current = name;
      }
      const metric = metrics[name];
      if (metric === undefined || name !== current) throw new Error(`out of place: ${line}`);
      if (what === "TYPE") metric.type = rest;
      continue;
    }
    const sample = SAMPLE.exec(line);
    const metric = metrics[current];
    if (sample === null || metric === undefined || metric.type === "") throw new Error(`no sample: ${line}`);
    const [, name = "", labels, value = ""] = sample;
    const base = metric.type === "histogram" ? name.replace(/_(?:bucket|sum|count)$/, "") : name;
    if (base !== current) throw new Error(`of another metric: ${line}`);
    const key = labels === undefined ? name : `${name}{${labels}}`;
    if (metric.samples[key] !== undefined) throw new Error(`twice: ${line}`);
    metric.samples[key] = Number(value);
  }
  return metrics;
};
