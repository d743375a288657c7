import type { Manifest } from '../../lib/manifests';
import { canonical, canonicalText } from '../rendering/canonical';
import type { Container } from '../rendering/workloads';

/** The container that a Job of a release runs. */
export function containerOf(job: Manifest): Container | undefined {
  return (job.spec?.template?.spec?.containers ?? [])[0] as Container | undefined;
}

/** Whether two Jobs are of one application and one part of it. */
export function isAlike(one: Manifest, other: Manifest): boolean {
  const app = ({ spec }: Manifest) => spec?.template?.metadata?.labels?.app as unknown;
  return one.metadata.namespace === other.metadata.namespace && app(one) === app(other);
}

/**
 * How a Job runs: all of it but its image, its variables and what its pods ask of a node, which follow the release, and
 * the time that it may take, which is compared apart.
 */
export function runOf(job: Manifest): string {
  const {
    template = {},
    activeDeadlineSeconds: _,
    ...spec
  } = (canonical(job).spec ?? {}) as Record<string, never>;
  const { containers = [], ...pod } = ((template as Manifest).spec ?? {}) as Record<string, never>;
  const asked = (containers as Container[]).map(
    ({
      image: _image,
      imagePullPolicy: _policy,
      env: _env,
      envFrom: _from,
      resources: _res,
      ...rest
    }) => rest,
  );
  const settings = ['nodeSelector', 'tolerations', 'affinity', 'topologySpreadConstraints'];
  const fixed = Object.fromEntries(
    Object.entries(pod).filter(
      ([field]) =>
        ![...settings, 'volumes', 'imagePullSecrets', 'dnsConfig', 'priorityClassName'].includes(
          field,
        ),
    ),
  );
  return canonicalText([spec, fixed, asked]);
}
