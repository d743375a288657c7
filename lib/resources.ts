import { checkPath, fault } from './checks';
import { nearest } from './nearest';
import { isGood, meantQuantity, parseQuantity, type Unit, UNITS } from './quantity';

/** Resources of one container, as Kubernetes writes them. */
export interface Resources {
  /** e.g. `{ cpu: '250m', memory: '256Mi' }` */
  readonly requests: { readonly [resource: string]: string };
  /** e.g. `{ memory: '512Mi' }` */
  readonly limits: { readonly [resource: string]: string };
}

/** What a container may write where it names no limit, in bytes; see `quantities`. */
export const DEFAULT_STORAGE = { request: '64Mi', limit: '256Mi' } as const;

const STORAGE = 'ephemeral-storage';

const RESOURCES: { readonly [resource: string]: Unit } = {
  cpu: UNITS.cpu,
  memory: UNITS.memory,
  [STORAGE]: UNITS.storage,
};

/** Folders of the image or the kernel, which an empty folder would hide. */
const SYSTEM =
  /^\/(?:bin|boot|dev|etc|lib|lib64|proc|root|sbin|sys|usr|var)$|^\/(?:dev|proc|sys)\//;

/** Where the kubelet puts credentials of the pod. */
const SERVICE_ACCOUNT = /^\/(?:var\/)?run\/secrets(?:$|\/)/;

/** A quantity that can be meant, in the notation of Kubernetes. */
export function checkQuantity(path: string, value: unknown, unit: Unit): string[] {
  if (typeof value === 'string' && isGood(unit, value)) return [];
  const text = String(value);
  const meant = isGood(unit, text) ? `"${text}"` : meantQuantity(unit, text);
  const remedy = meant === undefined ? 'correct it' : `did you mean ${meant}?`;
  return [fault(path, `is not ${unit.what}`, value, unit.expected, remedy)];
}

/** Quantities of resources that exist, and no request above its limit. */
export function checkResources(path: string, resources: Resources): string[] {
  const { requests = {}, limits = {} } = resources ?? {};
  const faults = Object.entries({ requests, limits }).flatMap(([side, quantities]) =>
    Object.entries(quantities).flatMap(([resource, text]) => {
      const unit = Object.hasOwn(RESOURCES, resource) ? RESOURCES[resource] : undefined;
      return unit === undefined
        ? [unknownResource(`${path}.${side}`, resource)]
        : checkQuantity(`${path}.${side}.${resource}`, text, unit);
    }),
  );
  for (const [resource, request] of Object.entries(requests)) {
    const limit = limits[resource];
    if (limit !== undefined && (parseQuantity(request) ?? 0) > (parseQuantity(limit) ?? Infinity)) {
      faults.push(
        fault(
          `${path}.requests.${resource}`,
          'is above the limit',
          request,
          `at most ${limit}`,
          'lower the request or raise the limit',
        ),
      );
    }
  }
  return faults;
}

function unknownResource(path: string, resource: string): string {
  const known = Object.keys(RESOURCES);
  const meant = nearest(resource, known);
  return fault(
    path,
    'names an unknown resource',
    resource,
    known.join(', '),
    meant === undefined ? 'correct the name' : `did you mean ${meant}?`,
  );
}

/** What a container may write in all. */
export function storageLimit(resources: Resources): string {
  const { requests = {}, limits = {} } = resources ?? {};
  return limits[STORAGE] ?? requests[STORAGE] ?? DEFAULT_STORAGE.limit;
}

/** True for a folder of the image or the kernel, which a mount would hide. */
export function hidesSystem(folder: string): boolean {
  return SYSTEM.test(folder);
}

/** Folders that can be written to, each with a size that the pod may use. */
export function checkWritablePaths(
  path: string,
  writablePaths: { readonly [path: string]: string },
  resources: Resources,
): string[] {
  const folders = Object.keys(writablePaths);
  const limit = storageLimit(resources);
  return Object.entries(writablePaths).flatMap(([folder, text]) => {
    const at = `${path}.${folder}`;
    const wrong = [...checkFolder(path, folder), ...checkQuantity(at, text, UNITS.storage)];
    const around = folders.find((other) => folder.startsWith(`${other}/`));
    return [
      ...wrong,
      ...(around === undefined
        ? []
        : [
            fault(
              path,
              'is inside of another one',
              folder,
              'folders side by side',
              `drop it or ${around}`,
            ),
          ]),
      // The kubelet counts what is in the folder as what the container writes, and evicts the pod.
      ...(wrong.length === 0 && parseQuantity(text)! > (parseQuantity(limit) ?? Infinity)
        ? [
            fault(
              at,
              'is larger than what the container may write in all',
              text,
              `at most ${limit}, its limit of ${STORAGE}`,
              `shrink it or raise resources.limits.${STORAGE}`,
            ),
          ]
        : []),
    ];
  });
}

function checkFolder(path: string, folder: string): string[] {
  if (folder.endsWith('/'))
    return [
      fault(path, 'ends with "/"', folder, 'a folder such as /var/cache', 'name the folder alone'),
    ];
  const hidden = SYSTEM.test(folder) || SERVICE_ACCOUNT.test(folder);
  return hidden
    ? [
        fault(
          path,
          'would hide a folder of the system',
          folder,
          'a folder such as /var/cache',
          'choose one that the image does not need',
        ),
      ]
    : checkPath(path, folder);
}

/** Bytes to which the heap may grow, as `NODE_OPTIONS` says it. */
export function heapOf(options: string): number | undefined {
  const [, megabytes] = /--max[-_]old[-_]space[-_]size[= ](\d+)/.exec(options) ?? [];
  return megabytes === undefined ? undefined : Number(megabytes) * 2 ** 20;
}

/** The heap that `NODE_OPTIONS` allows must fit into the memory that the container may use. */
export function heapFaults(
  path: string,
  config: { readonly [variable: string]: unknown },
  resources: Resources,
): string[] {
  const heap = heapOf(String(config?.NODE_OPTIONS ?? ''));
  const limit = resources?.limits?.memory;
  if (heap === undefined || limit === undefined) return [];
  return heap < (parseQuantity(limit) ?? Infinity)
    ? []
    : [
        fault(
          path,
          'lets the heap grow beyond the memory of the container',
          `--max-old-space-size=${heap / 2 ** 20}`,
          `less than the limit of ${limit}`,
          'lower it, or leave it out for three quarters of the limit',
        ),
      ];
}
