import { checkName, checkObjectName, checkPath, checkWholeNumber, fault } from './checks';
import { UNITS } from './quantity';
import { checkQuantity, hidesSystem } from './resources';

/** A volume of the pods: a name and exactly one source. Containers mount it by its name. */
export interface PodVolume {
  /** Unique among the volumes of the pods; at most 63 lower-case letters, digits and "-". */
  readonly name: string;
  /**
   * Name of a ConfigMap of the namespace, for example one that carries certificates.
   * @default - another source
   */
  readonly configMap?: string;
  /**
   * Name of a Secret of the namespace; its keys become files.
   * @default - another source
   */
  readonly secret?: string;
  /**
   * Name of a PersistentVolumeClaim. All pods mount the same claim, those of both colours too, so it needs
   * the access mode ReadWriteMany or ReadOnlyMany as soon as there is more than one node.
   * @default - another source
   */
  readonly persistentVolumeClaim?: string;
  /**
   * Size limit of an empty folder that lives as long as the pod, such as `64Mi`. For a folder of the API's
   * container alone, `writablePaths` is shorter.
   * @default - another source
   */
  readonly emptyDir?: string;
  /**
   * Several sources in one folder.
   * @default - another source
   */
  readonly projected?: readonly ProjectedSource[];
  /**
   * File name for each key of the ConfigMap or Secret that is mounted.
   * @default - every key, under its own name
   */
  readonly items?: { readonly [key: string]: string };
  /**
   * Permission bits of the files of a ConfigMap, a Secret or projected sources, as a number: 0o440.
   * @default 0o644
   */
  readonly defaultMode?: number;
  /**
   * The pods start although the ConfigMap or Secret does not exist.
   * @default false
   */
  readonly optional?: boolean;
  /**
   * The migration Job has the volume as well, and mounts it where the API does.
   * @default false
   */
  readonly migration?: boolean;
}

/** One source of a projected volume. */
export interface ProjectedSource {
  /**
   * Name of a ConfigMap of the namespace.
   * @default - another source
   */
  readonly configMap?: string;
  /**
   * Name of a Secret of the namespace.
   * @default - another source
   */
  readonly secret?: string;
  /**
   * A token of the ServiceAccount for a system outside, such as a cloud or Vault.
   * @default - another source
   */
  readonly serviceAccountToken?: ServiceAccountToken;
  /**
   * File name for each key of the ConfigMap or Secret.
   * @default - every key, under its own name
   */
  readonly items?: { readonly [key: string]: string };
}

/** A token that the kubelet renews; the API server of the cluster does not accept it unless it is the audience. */
export interface ServiceAccountToken {
  /** Who accepts the token, for example `sts.amazonaws.com`. */
  readonly audience: string;
  /** File name in the volume. */
  readonly path: string;
  /**
   * Lifetime in seconds, at least 600.
   * @default 3600
   */
  readonly expirationSeconds?: number;
}

/** Where a container sees a volume. */
export interface PodVolumeMount {
  /** Name of a volume of the same pods. */
  readonly name: string;
  /** Absolute path in the container, which nothing else is mounted at. */
  readonly mountPath: string;
  /**
   * A file or folder of the volume instead of all of it.
   * @default - the whole volume
   */
  readonly subPath?: string;
  /**
   * The container cannot write.
   * @default - true, except for `emptyDir` and `persistentVolumeClaim`
   */
  readonly readOnly?: boolean;
}

const SOURCES = ['configMap', 'secret', 'persistentVolumeClaim', 'emptyDir', 'projected'] as const;
const PROJECTED = ['configMap', 'secret', 'serviceAccountToken'] as const;

/** A volume as a manifest has it. */
export function volumeManifest(volume: PodVolume): object {
  const { name, configMap, secret, persistentVolumeClaim, emptyDir, projected } = volume;
  const { defaultMode, optional } = volume;
  const files = { items: itemsOf(volume.items), defaultMode, optional };
  if (configMap !== undefined) return { name, configMap: { name: configMap, ...files } };
  if (secret !== undefined) return { name, secret: { secretName: secret, ...files } };
  if (persistentVolumeClaim !== undefined)
    return { name, persistentVolumeClaim: { claimName: persistentVolumeClaim } };
  if (emptyDir !== undefined) return { name, emptyDir: { sizeLimit: emptyDir } };
  return {
    name,
    projected: { defaultMode, sources: (projected ?? []).map((one) => sourceOf(one, optional)) },
  };
}

/** The mounts of a container as a manifest has them. */
export function mountManifests(
  mounts: readonly PodVolumeMount[] = [],
  volumes: readonly PodVolume[] = [],
): object[] {
  return mounts.map(({ name, mountPath, subPath, readOnly }) => {
    const volume = volumes.find((one) => one.name === name);
    const writable = volume?.emptyDir !== undefined || volume?.persistentVolumeClaim !== undefined;
    // False is what Kubernetes takes for granted.
    return { name, mountPath, subPath, readOnly: (readOnly ?? !writable) || undefined };
  });
}

/** The faults of volumes; `taken` are the names that the pods have anyway. */
export function volumeFaults(
  path: string,
  volumes: readonly PodVolume[],
  taken: readonly string[],
): string[] {
  return volumes.flatMap((volume, index) => {
    const at = `${path}.${index}`;
    const earlier = [...taken, ...volumes.slice(0, index).map(({ name }) => name)];
    return [
      ...checkName(`${at}.name`, volume.name),
      ...(earlier.includes(volume.name)
        ? [
            fault(
              `${at}.name`,
              'is taken',
              volume.name,
              'a name that no other volume has',
              'rename the volume',
            ),
          ]
        : []),
      ...sourceFaults(at, volume, SOURCES),
      ...(['configMap', 'secret', 'persistentVolumeClaim'] as const).flatMap((source) =>
        volume[source] === undefined ? [] : checkObjectName(`${at}.${source}`, volume[source]),
      ),
      ...(volume.emptyDir === undefined
        ? []
        : checkQuantity(`${at}.emptyDir`, volume.emptyDir, UNITS.storage)),
      ...(volume.projected ?? []).flatMap((source, position) =>
        projectedFaults(`${at}.projected.${position}`, source),
      ),
      ...(volume.defaultMode === undefined
        ? []
        : checkWholeNumber(`${at}.defaultMode`, volume.defaultMode, 0, 0o777)),
      ...fileFaults(`${at}.items`, volume.items),
    ];
  });
}

/** The faults of the mounts of a container; `taken` are the paths that it has anyway. */
export function mountFaults(
  path: string,
  mounts: readonly PodVolumeMount[],
  volumes: readonly PodVolume[],
  taken: readonly string[],
): string[] {
  const names = volumes.map(({ name }) => name);
  return mounts.flatMap(({ name, mountPath, subPath }, index) => {
    const at = `${path}.${index}`;
    const earlier = [...taken, ...mounts.slice(0, index).map((one) => one.mountPath)];
    const bad = (field: string, problem: string, got: string, expected: string, remedy: string) =>
      fault(`${at}.${field}`, problem, got, expected, remedy);
    return [
      ...(names.includes(name)
        ? []
        : [bad('name', 'is no volume', name, names.join(', ') || 'a volume', 'add it to volumes')]),
      ...checkPath(`${at}.mountPath`, mountPath),
      ...(mountPath === '/' || earlier.includes(mountPath)
        ? [bad('mountPath', 'is taken', mountPath, 'a path of its own', 'choose another path')]
        : []),
      ...(hidesSystem(mountPath)
        ? [
            bad(
              'mountPath',
              'would hide a folder of the system',
              mountPath,
              'a folder such as /etc/shop',
              'choose one that the image does not need',
            ),
          ]
        : []),
      ...(subPath === undefined || checkPath('', `/${subPath}`).length === 0
        ? []
        : [bad('subPath', 'is not a path', subPath, 'a relative path', 'name it without ".."')]),
    ];
  });
}

function sourceOf(source: ProjectedSource, optional: boolean | undefined): object {
  const { configMap, secret, serviceAccountToken } = source;
  const items = itemsOf(source.items);
  if (configMap !== undefined) return { configMap: { name: configMap, items, optional } };
  if (secret !== undefined) return { secret: { name: secret, items, optional } };
  return { serviceAccountToken: { ...serviceAccountToken } };
}

function itemsOf(items: PodVolume['items'] = {}): object[] | undefined {
  const files = Object.entries(items).map(([key, path]) => ({ key, path }));
  return files.length === 0 ? undefined : files;
}

function projectedFaults(at: string, source: ProjectedSource): string[] {
  const { serviceAccountToken: token } = source;
  return [
    ...sourceFaults(at, source, PROJECTED),
    ...(['configMap', 'secret'] as const).flatMap((kind) =>
      source[kind] === undefined ? [] : checkObjectName(`${at}.${kind}`, source[kind]),
    ),
    ...fileFaults(`${at}.items`, source.items),
    ...(token === undefined
      ? []
      : fileFaults(`${at}.serviceAccountToken.path`, { token: token.path })),
    ...(token?.expirationSeconds === undefined
      ? []
      : checkWholeNumber(
          `${at}.serviceAccountToken.expirationSeconds`,
          token.expirationSeconds,
          600,
          2 ** 32,
        )),
  ];
}

function sourceFaults<T extends string>(
  at: string,
  volume: { readonly [source in T]?: unknown },
  sources: readonly T[],
): string[] {
  const named = sources.filter((source) => volume[source] !== undefined);
  if (named.length === 1) return [];
  return [
    fault(at, 'needs exactly one source', named, `one of ${sources.join(', ')}`, 'name one source'),
  ];
}

function fileFaults(path: string, items: PodVolume['items'] = {}): string[] {
  return Object.values(items)
    .filter((file) => checkPath('', `/${file}`).length > 0)
    .map((file) =>
      fault(path, 'is not a file', file, 'a relative path such as ca.crt', 'name it without ".."'),
    );
}
