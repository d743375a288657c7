const UNITS: { readonly [unit: string]: number } = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** The seconds of a duration as Prometheus or Go write it, such as `1h30m` or `1.5h`; nothing is none. */
export function seconds(duration: unknown = '0s'): number {
  return [...String(duration).matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNITS[unit!] ?? 0.001),
    0,
  );
}
