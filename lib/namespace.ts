import { JsonPatch } from 'cdk8s';
import { Construct } from 'constructs';
import { checkNamespace, fault } from './checks';
import { k8s } from './k8s';
import { recommendedLabels } from './labels';
import { SEDA_NAMESPACE_PROPS } from './prop-shapes';
import { checkProps } from './shape';
import { addWaves } from './wave';

/** What a `SedaNamespace` needs. */
export interface SedaNamespaceProps {
  /** At most 63 lower-case letters, digits and "-". */
  readonly name: string;
  /**
   * Kubernetes version whose Pod Security rules apply, e.g. `v1.30`.
   * @default latest
   */
  readonly podSecurityVersion?: string;
}

/** A Namespace that admits only pods of the Pod Security level `restricted`. */
export class SedaNamespace extends Construct {
  constructor(scope: Construct, id: string, props: SedaNamespaceProps) {
    super(scope, id);
    checkProps(this, SEDA_NAMESPACE_PROPS, props);
    const { podSecurityVersion = 'latest' } = props;
    this.node.addValidation({
      validate: () => [...checkNamespace('name', props.name), ...versionFaults(podSecurityVersion)],
    });
    const labels: Record<string, string> = {
      ...recommendedLabels({ name: props.name, instance: props.name, component: 'namespace' }),
    };
    for (const mode of ['enforce', 'audit', 'warn']) {
      labels[`pod-security.kubernetes.io/${mode}`] = 'restricted';
      labels[`pod-security.kubernetes.io/${mode}-version`] = podSecurityVersion;
    }
    // Everything in a namespace goes with it, so a sync never deletes one, whatever is no longer rendered.
    const annotations = { 'argocd.argoproj.io/sync-options': 'Prune=false' };
    const namespace = new k8s.KubeNamespace(this, 'Resource', {
      metadata: { name: props.name, labels, annotations },
    });
    // cdk8s stamps the chart's namespace on every object; this one is cluster-scoped.
    namespace.addJsonPatch(JsonPatch.remove('/metadata/namespace'));
    addWaves(this);
  }
}

function versionFaults(version: string): string[] {
  if (/^(latest|v1\.\d{1,3})$/.test(version)) return [];
  return [
    fault(
      'podSecurityVersion',
      'is not a version',
      version,
      '"latest" or a minor version such as v1.30',
      'correct it',
    ),
  ];
}
