import { containersOf } from '../../lib/kubernetes/pods';
import { type Read, readsOf, secretMadeBy } from '../../lib/kubernetes/reads';
import type { Manifest } from '../../lib/manifests';
import type { Rendering } from './rendering';
import type { Workload } from './workloads';

/** The object that brings what a pod reads: itself, or the one from which an operator makes it. */
export function makersOf(
  rendering: Rendering,
  { kind, name }: Pick<Read, 'kind' | 'name'>,
  namespace: string | undefined,
): Manifest[] {
  return rendering.objects.filter((object) => {
    if (object.metadata.namespace !== namespace) return false;
    if (object.kind === kind) return object.metadata.name === name;
    return kind === 'Secret' && secretMadeBy(object) === name;
  });
}

/** The workloads that read an object or what is made of it. */
export function readersOf(workloads: readonly Workload[], object: Manifest): Workload[] {
  const name = secretMadeBy(object) ?? object.metadata.name;
  const kind = secretMadeBy(object) === undefined ? object.kind : 'Secret';
  return workloads.filter(
    ({ namespace, pod }) =>
      namespace === object.metadata.namespace &&
      readsOf(pod).some((read) => read.kind === kind && read.name === name),
  );
}

/** The settings of a container: its own and those of its ConfigMaps. */
export function settingsOf(rendering: Rendering, { pod, namespace }: Workload): [string, string][] {
  return containersOf(pod).flatMap(({ env = [], envFrom = [] }) => [
    ...envFrom.flatMap(({ configMapRef, prefix = '' }) =>
      configMapRef === undefined
        ? []
        : makersOf(rendering, { kind: 'ConfigMap', name: configMapRef.name }, namespace).flatMap(
            ({ data }) =>
              Object.entries((data ?? {}) as Record<string, string>).map(
                ([name, value]): [string, string] => [`${prefix}${name}`, value],
              ),
          ),
    ),
    ...env.map(({ name, value = '' }): [string, string] => [name, value]),
  ]);
}

const SCHEMES: { readonly [scheme: string]: number } = {
  http: 80,
  https: 443,
  redis: 6379,
  rediss: 6379,
  postgres: 5432,
  postgresql: 5432,
  amqp: 5672,
  kafka: 9092,
};

/** An address that a setting names. */
export interface Address {
  readonly variable: string;
  readonly host: string;
  readonly port: number;
}

/** The addresses in the settings of a workload: what its pods call, its own public one among them. */
export function addressesOf(rendering: Rendering, workload: Workload): Address[] {
  return settingsOf(rendering, workload).flatMap(([variable, value]) => {
    const [, scheme = '', host = '', port] =
      /^(\w+):\/\/(?:[^/@\s]*@)?([^/:@\s]+)(?::(\d+))?(?:[/?]|$)/.exec(value) ?? [];
    const number = Number(port ?? SCHEMES[scheme]);
    return host === '' || Number.isNaN(number) ? [] : [{ variable, host, port: number }];
  });
}
