import type { Manifest } from '../../lib/manifests';
import { canonical, canonicalText } from '../rendering/canonical';
import type { Container } from '../../lib/kubernetes/pods';
import { variableOf } from '../rendering/workloads';

/** The container that a Job of a release runs. */
export function containerOf(job: Manifest): Container | undefined {
  return (job.spec?.template?.spec?.containers ?? [])[0] as Container | undefined;
}

/** The pods that a gate asks for; none where it says no number. */
export function gateFloor(gate: Manifest | undefined): number {
  const floor = Number(variableOf(gate && containerOf(gate), 'GATE_FLOOR'));
  return Number.isInteger(floor) ? floor : 0;
}

/** Whether two Jobs are of one application and one part of it. */
export function isAlike(one: Manifest, other: Manifest): boolean {
  const app = ({ spec }: Manifest) => spec?.template?.metadata?.labels?.app as unknown;
  return one.metadata.namespace === other.metadata.namespace && app(one) === app(other);
}

/**
 * How a Job runs: how often, and what its containers do. Its image and its variables follow the release, what guards its pods
 * is compared with that of other pods, and the time that it may take is compared apart.
 */
export function runOf(job: Manifest): string {
  const { template, activeDeadlineSeconds: _, ...spec } = canonical(job).spec ?? {};
  const { containers = [], initContainers, restartPolicy } = template?.spec ?? {};
  const asked = (containers as Container[]).map(
    ({ name, command, args, workingDir, lifecycle }) => ({
      name,
      command,
      args,
      workingDir,
      lifecycle: lifecycle as unknown,
    }),
  );
  return canonicalText([spec, asked, initContainers, restartPolicy]);
}
