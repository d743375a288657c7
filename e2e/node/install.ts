import type { Node } from '../node';

/** Creates objects, one after the other. */
export async function createAll(node: Node, objects: readonly object[]): Promise<void> {
  for (const object of objects) await node.run(['create', '--filename=-'], JSON.stringify(object));
}

/** A namespace of its own, with a ServiceAccount that may do everything in the cluster. */
export function administratorOf(account: {
  readonly name: string;
  readonly namespace: string;
}): object[] {
  const group = 'rbac.authorization.k8s.io';
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: account.namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account },
    {
      apiVersion: `${group}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: `${account.namespace}-${account.name}` },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', ...account }],
    },
  ];
}
