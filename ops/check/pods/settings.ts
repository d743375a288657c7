import { listOf } from '../../../lib/kubernetes/pods';
import { readsOf, secretMadeBy } from '../../../lib/kubernetes/reads';
import { heapOf } from '../../../lib/resources';
import { canonical } from '../../rendering/canonical';
import { settingsOf } from '../../rendering/reads';
import type { Rendering } from '../../rendering/rendering';
import type { Workload } from '../../rendering/workloads';

/** Pods, and the rendering in which they are. */
export interface Placed {
  readonly rendering: Rendering;
  readonly workload: Workload;
}

/**
 * Settings of new pods with which they guard less, or live elsewhere, than those that they follow, wherever the settings
 * come from; each a clause.
 */
export function settingGuards(before: Placed | undefined, after: Placed): string[] {
  const known = before === undefined ? [] : alwaysBad(before);
  return [
    ...alwaysBad(after).filter((clause) => !known.includes(clause)),
    ...(before === undefined ? [] : changedSettings(before, after)),
  ];
}

/** A debugger runs whatever it is sent; a package of the image, such as one for traces, is named without a path. */
const FOREIGN_CODE =
  /--inspect|(?:--(?:require|import|loader|experimental-loader)[= ]|-r )["']?[./]/;

function alwaysBad({ rendering, workload }: Placed): string[] {
  const settings = new Map(settingsOf(rendering, workload));
  const heap = heapOf(settings.get('NODE_OPTIONS') ?? '');
  const memory = memoryOf(workload);
  return [
    ...(settings.get('NODE_TLS_REJECT_UNAUTHORIZED') === '0'
      ? ['NODE_TLS_REJECT_UNAUTHORIZED has them look at no certificate']
      : []),
    ...(settings.get('METRICS_ENABLED') === 'false'
      ? ['METRICS_ENABLED leaves them without metrics, so that no alert sees them']
      : []),
    ...(heap !== undefined && memory !== undefined && heap >= memory
      ? [`NODE_OPTIONS lets their heap grow to ${heap} bytes, beyond their memory of ${memory}`]
      : []),
    ...[...settings.keys()]
      .filter((name) => /^(LD_\w+|NODE_PATH|PATH)$/.test(name))
      .map((name) => `${name} has other code loaded before their own`),
    ...(FOREIGN_CODE.test(settings.get('NODE_OPTIONS') ?? '')
      ? ['NODE_OPTIONS opens a debugger, or has a file of the pod run before their own']
      : []),
    ...certificateKeys({ rendering, workload }),
  ];
}

/** Who answers at a host needs its private key, and the API does not. */
function certificateKeys({ rendering, workload: { pod, namespace } }: Placed): string[] {
  const keys = rendering.objects
    .filter(({ metadata }) => metadata.namespace === namespace)
    .flatMap((object): (string | undefined)[] => {
      const tls = object.kind === 'Ingress' ? object.spec?.tls : undefined;
      return object.kind === 'Certificate'
        ? [secretMadeBy(object)]
        : listOf(tls as readonly { secretName?: string }[]).map(({ secretName }) => secretName);
    });
  return readsOf(pod)
    .filter(({ kind, name }) => kind === 'Secret' && keys.includes(name))
    .map(({ name }) => `they get ${name}, the private key of a certificate`);
}

/** Which environment pods take themselves for: no decision about an environment changes that. */
const IDENTITY = /^(SEDA_ENV|NODE_ENV)$/;

/** Connections of each pod, which its database has to give. More than that in one step is a typing error. */
const POOL_GROWTH = 4;

/** What every environment gives its pods, whatever is decided about it. */
const ALWAYS = ['NODE_ENV', 'SEDA_ENV', 'PUBLIC_URL', 'METRICS_ENABLED', 'PORT'];

function changedSettings(before: Placed, after: Placed): string[] {
  const [old, now] = [before, after].map(
    ({ rendering, workload }) => new Map(settingsOf(rendering, workload)),
  ) as [Map<string, string>, Map<string, string>];
  const moved = [...now].filter(
    ([name, value]) => IDENTITY.test(name) && old.has(name) && old.get(name) !== value,
  );
  const [pool, more] = [old, now].map((settings) => Number(settings.get('DATABASE_POOL_SIZE')));
  return [
    ...moved.map(([name, value]) => `${name} changes from ${old.get(name)} to ${value}`),
    ...(more! > pool! * POOL_GROWTH
      ? [
          `DATABASE_POOL_SIZE grows from ${pool} to ${more}, for which the database has no connections`,
        ]
      : []),
    ...ALWAYS.filter((name) => old.has(name) && !now.has(name)).map(
      (name) => `the setting ${name} is gone`,
    ),
    ...portChanges(before, after, now.get('PORT')),
  ];
}

/** The API listens where it is told, and a Service sends where the pods say that it does. */
function portChanges(before: Placed, after: Placed, listens: string | undefined): string[] {
  const [old, now] = [before, after].map(({ workload }) =>
    listOf(workload.pod.containers).flatMap(({ ports }) => listOf(ports)),
  );
  const isHeard =
    listens === undefined ||
    now!.length === 0 ||
    now!.some(({ containerPort }) => listens === String(containerPort));
  const deaf = isHeard ? [] : [`PORT is ${listens}, and no container has that port`];
  const moved = now!.flatMap(({ name, containerPort }) => {
    const was = old!.find((port) => name !== undefined && port.name === name)?.containerPort;
    return was === undefined || was === containerPort || listens === String(containerPort)
      ? []
      : [
          `the port ${name} moves from ${was} to ${containerPort}, and no PORT tells their program so`,
        ];
  });
  return [...deaf, ...moved];
}

/** Bytes that the first container may use. */
function memoryOf({ object }: Workload): number | undefined {
  const [container] = listOf(canonical(object).spec?.template?.spec?.containers);
  return (container as { resources?: { limits?: { memory?: number } } } | undefined)?.resources
    ?.limits?.memory;
}
