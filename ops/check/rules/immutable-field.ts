import type { Manifest } from '../../../lib/manifests';
import { canonical, canonicalText } from '../../rendering/canonical';
import { finding, type Rule } from '../rule';

/** What of an object the API server never lets change; undefined where all of it may. */
const FIELDS: { readonly [kind: string]: (object: Manifest) => unknown } = {
  Deployment: ({ spec }) => spec?.selector,
  DaemonSet: ({ spec }) => spec?.selector,
  StatefulSet: ({ spec }) => [spec?.selector, spec?.serviceName, spec?.volumeClaimTemplates],
  Job: ({ spec }) => [spec?.template, spec?.selector, spec?.completions, spec?.completionMode],
  Service: ({ spec }) => [spec?.clusterIP],
  ConfigMap: ({ immutable, data, binaryData }) =>
    immutable ? [data, binaryData, immutable] : undefined,
  Secret: ({ immutable, data, stringData, type }) => [
    type,
    immutable ? [data, stringData, immutable] : undefined,
  ],
  PersistentVolumeClaim: ({ spec }) => {
    const { resources: _, ...rest } = spec ?? {};
    return rest as unknown;
  },
  RoleBinding: ({ roleRef }) => roleRef as unknown,
  ClusterRoleBinding: ({ roleRef }) => roleRef as unknown,
};

/** Fields that the API server refuses to change under one name. */
export const immutableField: Rule = {
  name: 'immutable-field',
  protects:
    'A field that Kubernetes never lets change keeps its value as long as its object has its name.',
  overridable: false,
  refuse: ({ base, next }) => {
    return next.objects.flatMap((object) => {
      const old = base.sameAs(object);
      const field = FIELDS[object.kind];
      if (old === undefined || old === object || field === undefined) return [];
      const [was, is] = [old, object].map((one) => field(canonical(one)));
      // What was free before may be fixed now.
      return was === undefined || canonicalText(was) === canonicalText(is)
        ? []
        : [
            finding(
              object,
              'a field that Kubernetes never lets change is another one under the same name',
              'give the object a new name, or leave the field',
            ),
          ];
    });
  },
  permit: ({ object, path }) =>
    object.kind === 'PersistentVolumeClaim' &&
    path.slice(0, 3).join('.') === 'spec.resources.requests',
};
