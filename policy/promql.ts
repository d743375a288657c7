import { parser } from '@prometheus-io/lezer-promql';

/** Where Prometheus' own grammar does not understand an expression; empty for a good one. */
export function promqlFaults(expression: string): string[] {
  const faults: string[] = [];
  parser.parse(expression).iterate({
    enter: ({ type, from }) => {
      if (type.isError) faults.push(`is not PromQL at character ${from + 1}: ${expression}`);
    },
  });
  return faults;
}
