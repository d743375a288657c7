import { COLOURS, controllerNamespace } from '../lib';
import { fault } from '../lib/checks';
import type { Bundles } from './bundle';
import { listOf } from '../lib/kubernetes/pods';
import type { Node } from './bundle-pods';
import {
  type BlueGreenRelease,
  isBlueGreen,
  type Release,
  type SedaEnvironment,
} from './environment';

/**
 * What a change of the ways in would take from a colour that has pods: the host that it says is its own, and the
 * controller that it admits. Both are of its stage, and the ways in are of the merge.
 */
export function wayInFaults(
  environment: SedaEnvironment,
  release: Release,
  frozen: Bundles,
): string[] {
  if (!isBlueGreen(release) || environment.ingress === undefined) return [];
  return [...hostFaults(environment, release), ...admissionFaults(environment, frozen)];
}

function hostFaults(environment: SedaEnvironment, release: BlueGreenRelease): string[] {
  const { name, domain, extraHosts = [] } = environment;
  const hosts = [domain, ...extraHosts];
  const missing = COLOURS.filter((colour) => release[colour].replicas > 0).flatMap((colour) => {
    const host = hostOf(release[colour].config.PUBLIC_URL);
    return host === undefined || hosts.includes(host) ? [] : [{ colour, host }];
  });
  // Both colours mostly have the same one, and it is one mistake.
  return [...new Map(missing.map((one) => [one.host, one])).values()].map(({ colour, host }) =>
    fault(
      `${name}: domain`,
      `takes away the host that ${colour} says is its own, PUBLIC_URL`,
      hosts.join(', '),
      `${host} among domain and extraHosts`,
      `write extraHosts: ['${host}'] beside the new domain, stage and promote, and remove it once no colour with pods has it`,
    ),
  );
}

function hostOf(url: string | undefined): string | undefined {
  return /^https?:\/\/([^/:]+)/.exec(url ?? '')?.[1];
}

/** The policy of a frozen colour admits whom it admitted when it was staged. */
function admissionFaults(environment: SedaEnvironment, frozen: Bundles): string[] {
  const namespace = environment.ingress && controllerNamespace(environment.ingress);
  if (namespace === undefined) return [];
  return COLOURS.flatMap((colour) => {
    const bundle = frozen[colour];
    if (bundle === undefined) return [];
    const admitted = bundle
      .filter(({ kind }) => kind === 'NetworkPolicy')
      .flatMap(({ spec }) => listOf<Node>(spec?.ingress))
      .flatMap(({ from }) => listOf<Node>(from))
      .flatMap(
        ({ namespaceSelector }) =>
          namespaceSelector?.matchLabels?.['kubernetes.io/metadata.name'] ?? [],
      );
    if (admitted.includes(namespace)) return [];
    return [
      fault(
        `${environment.name}: ingress`,
        `leads through a namespace that ${colour} does not admit`,
        namespace,
        [...new Set(admitted)].join(' or ') || 'a namespace, of which it admits none',
        `write clientNamespaces: ['${namespace}'] first, stage, promote and retire, and change ingress then`,
      ),
    ];
  });
}
