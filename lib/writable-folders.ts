import { contentHash } from './content-hash';
import { k8s } from './k8s';
import type { ApiRevision } from './revision';

/** Every container may write here; Node and Prisma expect it. */
const TMP = { '/tmp': '64Mi' };

/** Sized emptyDirs over the read-only root. */
export function writableVolumes(revision: Pick<ApiRevision, 'writablePaths'>): {
  readonly volumes: k8s.Volume[];
  readonly volumeMounts: k8s.VolumeMount[];
} {
  const paths: { readonly [path: string]: string } = { ...TMP, ...revision.writablePaths };
  const mounts = Object.keys(paths).map((mountPath) => ({
    name: volumeName(mountPath),
    mountPath,
  }));
  return {
    volumeMounts: mounts,
    volumes: mounts.map(({ name, mountPath }) => ({
      name,
      emptyDir: { sizeLimit: k8s.Quantity.fromString(paths[mountPath]!) },
    })),
  };
}

/** A name that no two paths share, and that can be read wherever that is possible. */
function volumeName(path: string): string {
  return /^(\/[a-z0-9]+)+$/.test(path) && path.length <= 64
    ? path.slice(1).replaceAll('/', '-')
    : `folder-${contentHash(path)}`;
}
