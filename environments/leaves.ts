/** The values in a structure that are no structures themselves, by their path, such as `resources.limits.memory`. */
export function leaves(value: unknown, path = ''): Map<string, unknown> {
  if (value === null || typeof value !== 'object') return new Map([[path, value]]);
  return new Map(
    Object.entries(value).flatMap(([key, entry]) => [
      ...leaves(entry, path === '' ? key : `${path}.${key}`),
    ]),
  );
}
