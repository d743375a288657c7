import { gatewayRefsOf, type ParentRef } from '../../lib/kubernetes/routes';
import type { Manifest } from '../../lib/manifests';
import type { Kubectl } from './kubectl';

/** An object of the cluster: as it is, not there, or not to be seen by who asks. */
export type Looked = Manifest | 'absent' | 'hidden';

/** A Gateway that an HTTPRoute is attached to, with what decides whether it takes the route. */
export interface Parent {
  readonly ref: ParentRef;
  readonly gateway: Looked;
  /** Namespaces that have a Gateway of that name, asked where `ref.namespace` has none. */
  readonly elsewhere: readonly string[];
  readonly gatewayClass: Looked;
  /** The namespace of the route, whose labels a listener may select. */
  readonly namespace: Looked;
}

const GROUP = 'gateway.networking.k8s.io';

/** The Gateways of a cluster. Each is read once, however many routes it has. */
export class Gateways {
  private readonly answers = new Map<string, Promise<Looked>>();

  constructor(private readonly kubectl: Kubectl) {}

  async parentsOf(route: Manifest): Promise<Parent[]> {
    return Promise.all(
      gatewayRefsOf(route, this.kubectl.namespace).map(async (ref): Promise<Parent> => {
        const gateway = await this.look(`gateways.${GROUP}`, ref.name, ref.namespace);
        const known = typeof gateway === 'object';
        return {
          ref,
          gateway,
          elsewhere: gateway === 'absent' ? await this.namespacesWith(ref.name) : [],
          gatewayClass: known
            ? await this.look(`gatewayclasses.${GROUP}`, gateway.spec.gatewayClassName)
            : 'hidden',
          namespace:
            known && selectsNamespaces(gateway)
              ? await this.look('namespaces', this.kubectl.namespace)
              : 'hidden',
        };
      }),
    );
  }

  /** Who works in one namespace may mostly not see what is beside it, which says nothing about it. */
  private look(resource: string, name: string, namespace?: string): Promise<Looked> {
    const key = `${resource} ${namespace} ${name}`;
    const answer =
      this.answers.get(key) ??
      this.kubectl
        .run(`cannot read ${resource}`, [
          ...['get', resource, name, '--ignore-not-found', '--output=json'],
          ...(namespace === undefined ? [] : [`--namespace=${namespace}`]),
        ])
        .then(
          (text): Looked => (text.trim() === '' ? 'absent' : (JSON.parse(text) as Manifest)),
          (): Looked => 'hidden',
        );
    this.answers.set(key, answer);
    return answer;
  }

  private async namespacesWith(name: string): Promise<string[]> {
    const { items } = await this.kubectl
      .json<{ items: Manifest[] }>('cannot read the gateways', [
        ...[
          'get',
          `gateways.${GROUP}`,
          '--all-namespaces',
          `--field-selector=metadata.name=${name}`,
        ],
      ])
      .catch(() => ({ items: [] }));
    return items.flatMap(({ metadata }) => metadata.namespace ?? []).sort();
  }
}

function selectsNamespaces({ spec }: Manifest): boolean {
  type Listener = { allowedRoutes?: { namespaces?: { from?: string } } };
  return ((spec?.listeners ?? []) as Listener[]).some(
    ({ allowedRoutes }) => allowedRoutes?.namespaces?.from === 'Selector',
  );
}
