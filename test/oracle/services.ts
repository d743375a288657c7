import { namespaceOf, selects } from './objects';
import { labelsOf, portOf } from './pods';
import { find, type Pods, type State } from './state';

/** Pods behind a Service, and the port on which it calls them. */
export interface Endpoint {
  readonly pods: Pods;
  readonly port: number;
}

/** What a Service leads to by one of its ports, ready or not; or why it leads nowhere. */
export function endpoints(
  state: State,
  namespace: string,
  name: string,
  port: number | string,
): { readonly behind: readonly Endpoint[] } | { readonly problem: string } {
  const service = find(state, 'Service', namespace, name);
  if (service === undefined) return { problem: `there is no Service ${name}` };
  const { type, selector, ports = [] } = service.spec ?? {};
  if (type === 'ExternalName') return { problem: `the Service ${name} leads out of the cluster` };
  if (Object.keys(selector ?? {}).length === 0)
    return { problem: `the Service ${name} selects nothing` };
  const entry = ports.find(
    (one: { name?: string; port: number }) => one.name === port || one.port === port,
  );
  if (entry === undefined) return { problem: `the Service ${name} has no port ${port}` };
  const behind: Endpoint[] = [];
  for (const pods of state.pods) {
    if (pods.namespace !== namespaceOf(service)) continue;
    if (!selects({ matchLabels: selector }, labelsOf(pods.template))) continue;
    const target = portOf(pods.template, entry.targetPort ?? entry.port);
    if (target === undefined)
      return { problem: `the pods behind ${name} have no port ${entry.targetPort}` };
    behind.push({ pods, port: target });
  }
  return { behind };
}
