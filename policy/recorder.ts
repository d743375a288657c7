/** Plain data behind a proxy that notes what is read of it. */
export interface Recorder<T extends object> {
  readonly proxy: T;
  /** Paths of the fields that exist and that nobody asked for. */
  unread(): string[];
}

/**
 * The validators of kubernetes-models let unknown fields pass, but they ask an object for every field
 * that they know, whether it is there or not. What a validation did not ask for is therefore unknown.
 * An object that it asked nothing is free of form: its schema names no fields.
 */
export function recorder<T extends object>(data: T): Recorder<T> {
  const reads = new Map<object, Set<PropertyKey>>();
  const proxies = new Map<object, object>();

  const wrap = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const known = proxies.get(value);
    if (known) return known;
    const read = new Set<PropertyKey>();
    const proxy = new Proxy(value, {
      get: (target, key) => {
        read.add(key);
        return wrap(Reflect.get(target, key));
      },
    });
    reads.set(value, read);
    proxies.set(value, proxy);
    return proxy;
  };

  const unread = (value: unknown, path: string): string[] => {
    if (typeof value !== 'object' || value === null) return [];
    const read = reads.get(value);
    if (!read || read.size === 0) return [];
    return Object.entries(value).flatMap(([key, entry]) => {
      const at = path === '' ? key : `${path}.${key}`;
      return read.has(key) ? unread(entry, at) : [at];
    });
  };

  return { proxy: wrap(data) as T, unread: () => unread(data, '') };
}
